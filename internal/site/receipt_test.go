package site

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/medlem-register/medlem/internal/record"
)

const receipt = `document.querySelector("[data-receipt]")`

// leave sends that she ends her membership, and waits for the text of that key.
func (s *visit) leave(key string) {
	s.t.Helper()
	s.get(`(() => { const f = document.querySelector('form[data-request="close"]').elements; f.note.value = "Takk for meg"; f.sure.checked = true })()||""`)
	s.submit("close", key)
}

// D13: who asks to leave gets a receipt that names the day, the request that was sent,
// and what happens next. She saves it, or prints it alone; it says nothing else of her,
// and is gone when the page is locked. What could not be sent has none.
func TestD13Receipt(t *testing.T) {
	s := startVisit(t)
	s.script(`{ const D = Date; window.Date = class extends D { constructor(...given) { given.length ? super(...given) : super("2026-11-22T12:00:00") } } }`)
	s.expectRefusals()
	s.open(s.site + "me/#" + s.own.secret)
	s.unlocked()
	s.drop.set(503, nil)
	s.leave("unsent")
	if got := s.get(receipt + `.textContent`); got != "" {
		t.Errorf("a receipt for what was not sent: %q", got)
	}
	s.drop.set(204, nil)
	s.leave("sent")
	blobs := s.drop.taken()
	sent := s.opened(blobs[len(blobs)-1])
	if sent.Kind != record.RequestClose {
		t.Fatalf("sent: %s", sent.Kind)
	}
	text := s.get(receipt + `.innerText`)
	for _, want := range []string{"22. november 2026", string(sent.ID), "Folkerørsla Prøve, Asker", "Har meldt seg ut", "3 måneder", "medlem@prove.example", "Dette skjer nå:"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	s.picture("me-receipt")
	s.mustNotHold("the receipt", text)
	s.click(`[data-receipt] a[download="medlem.txt"]`)
	var saved []byte
	for end := time.Now().Add(10 * time.Second); len(saved) == 0 && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		saved, _ = os.ReadFile(filepath.Join(s.downloads, "medlem.txt"))
	}
	for _, want := range []string{"22. november 2026", string(sent.ID), "3 måneder"} {
		if !strings.Contains(string(saved), want) {
			t.Errorf("saved without %q: %q", want, saved)
		}
	}

	// On paper: what is seen while the browser prints.
	if _, err := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	s.get(`window.print = () => { window.printed = document.getElementById("page").innerText }; ""`)
	s.get(receipt + `.querySelector("button").click(); ""`)
	printed := s.get(`printed`)
	if !strings.Contains(printed, "22. november 2026") || strings.Contains(printed, ownName) || strings.Contains(printed, "Dine rettigheter") {
		t.Errorf("printed: %q", printed)
	}
	if whole := s.get(`document.getElementById("page").innerText`); !strings.Contains(whole, ownName) {
		t.Error("the page is not printed whole any more")
	}
	if _, err := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}); err != nil {
		t.Fatal(err)
	}
	s.leave("sent") // pressed once more: nothing is sent, and the receipt stays
	if n := len(s.drop.taken()); n != len(blobs) || s.get(receipt+`.innerText`) == "" {
		t.Errorf("%d sent, want %d", n, len(blobs))
	}
	s.click(`#page > p [data-act="lock"]`)
	s.lockedAgain("after the receipt")
}

// The receipt is there in each language, and only where members can leave by themselves.
func TestReceiptLanguages(t *testing.T) {
	for lang, want := range map[string]string{"sv": "Kvitto: du har bett om att lämna oss", "da": "Kvittering: du har bedt om at melde dig ud", "nb": "Kvittering: du har bedt om å melde deg ut", "en": "Receipt: you have asked to leave"} {
		page := herRendered(t, herPolicy(t, nil), herSubject(map[string]record.Value{"language": record.Text(lang)}))[0]
		if !strings.Contains(page, `<template data-text="receipt"><h3>`+want+`</h3>`) {
			t.Errorf("%s: no %q", lang, want)
		}
	}
	page := herRendered(t, herPolicy(t, map[string]string{"pages.yaml": "lock-after: 3\n"}), herSubject(nil))[0]
	if strings.Contains(page, `data-text="receipt`) {
		t.Error("a receipt of what she cannot send")
	}
}

// The list of what is on her page leads there, and the page stays open and its address
// clean.
func TestHerPageContentsLead(t *testing.T) {
	s := startVisit(t)
	s.open(s.site + "me/#" + s.own.secret)
	s.unlocked()
	for _, part := range strings.Fields(s.get(`[...document.querySelectorAll(".contents a")].map(a => a.hash.slice(1)).join(" ")`)) {
		s.get(`scrollTo(0, 0); ""`)
		s.click(`.contents a[href="#` + part + `"]`)
		s.until(part, `(() => { const y = document.getElementById("`+part+`").getBoundingClientRect().y; return y >= 0 && y < innerHeight && !location.hash })()`)
	}
	if s.get(`String(!!document.getElementById("page") && document.getElementById("locked").hidden)`) != "true" {
		t.Error("it is locked")
	}
}
