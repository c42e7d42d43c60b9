package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/seal"
)

// modules are the sources, as a page could use them: what Go reads and writes, they
// do.
const modules = `
import * as age from "./age.ts"; import * as secret from "./secret.ts"; import * as mrk from "./mrk.ts"; import * as request from "./request.ts";
import { blob } from "./blob.ts"; import { fragment } from "./insert.ts"; import { padded64, unbase64 } from "./bytes.ts";
const bytes = (s) => new TextEncoder().encode(s), text = (b) => new TextDecoder().decode(b);
Object.assign(globalThis, { age, secret, mrk, request, blob, fragment, padded64, unbase64, bytes, text });`

// page starts Chromium with the modules; it evaluates expressions of texts.
func page(t *testing.T) func(js string) string {
	t.Helper()
	return inBrowser(t, modules)
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// Secrets, names and keys are those of the program's vectors.
func TestModulesVectors(t *testing.T) {
	eval := page(t)
	b, err := os.ReadFile("../../internal/seal/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		View struct{ Bytes, Text, Request string }
		Page struct{ Name string }
		Key  struct{ Bytes, Text string }
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	raw, _ := hex.DecodeString(v.View.Bytes)
	parsed := `secret.parse(` + quoted(v.View.Text) + `).secret`
	key, _ := hex.DecodeString(v.Key.Bytes)
	for js, want := range map[string]string{
		`padded64(` + parsed + `)`:                                                  base64.StdEncoding.EncodeToString(raw),
		`text(secret.text(` + parsed + `))`:                                         v.View.Text,
		`"me/" + secret.pagePath(` + parsed + `)`:                                   v.Page.Name,
		`text(mrk.requestKey(` + parsed + `, "akershus", "m4k7aaaaaaaaa"))`:         v.View.Request,
		`text(mrk.mrk(unbase64("` + base64.StdEncoding.EncodeToString(key) + `")))`: v.Key.Text,
	} {
		if got := eval(js); got != want || want == "" {
			t.Errorf("%s: %s, want %s", js, got, want)
		}
	}
	sealed, err := os.ReadFile("../../internal/seal/testdata/page.age")
	if err != nil {
		t.Fatal(err)
	}
	html, err := os.ReadFile("../../internal/seal/testdata/page.html")
	if err != nil {
		t.Fatal(err)
	}
	if got := eval(`text(age.open(unbase64("` + base64.StdEncoding.EncodeToString(sealed) + `"), secret.text(` + parsed + `)))`); strings.TrimRight(got, "\n") != strings.TrimRight(string(html), "\n") {
		t.Errorf("the page of the vectors: %.80s", got)
	}
}

// What people type is understood as the program does, and what is too short is told
// apart from what is wrong.
func TestModulesTyped(t *testing.T) {
	eval := page(t)
	for range 20 {
		good := seal.NewViewSecret()
		read := func(typed string) string {
			return eval(`(p => p.wrong || text(secret.text(p.secret)))(secret.parse(` + quoted(typed) + `))`)
		}
		plain := strings.ReplaceAll(good, "-", "")
		for _, typed := range []string{
			good, strings.ToUpper(good), plain, strings.ReplaceAll(good, "-", " "), strings.ReplaceAll(good, "-", "–"), strings.ReplaceAll(good, "-", "\u2011"), "  " + good + " \n",
			strings.NewReplacer("0", "O", "1", "l").Replace(good), strings.NewReplacer("0", "o", "1", "I").Replace(good), good + ".", good + ")", good + ">", good + "&utm_source=x", good + "?fbclid=y", good[:17] + "\u200b" + good[17:],
		} {
			if got := read(typed); got != good {
				t.Fatalf("a good secret was read as %.8s", got)
			}
		}
		for typed, want := range map[string]string{
			"": "none", " - ": "none", good[:33]: "cut", good[:4]: "cut", plain[:27]: "cut",
			good + "0": "mistyped", "u" + good[1:]: "mistyped", "å" + good[1:]: "mistyped", plain[1:2] + plain[0:1] + plain[2:]: "mistyped",
		} {
			if plain[0] == plain[1] && len(typed) == len(plain) {
				continue
			}
			if got := read(typed); got != want {
				t.Fatalf("want %s, got %.8s", want, got)
			}
			if _, err := seal.ParseViewSecret(typed); err == nil {
				t.Fatal("the program reads it")
			}
		}
	}
}

// What one side seals the other opens, for sizes around a chunk; a file of any other
// form, or with one bit changed, is refused.
func TestModulesAge(t *testing.T) {
	eval := page(t)
	const passphrase = "chjp-csv8-d5n6-pv3d-dsqq-0wbj-ef7r"
	scrypt := func(work int) *age.ScryptRecipient {
		r, err := age.NewScryptRecipient(passphrase)
		if err != nil {
			t.Fatal(err)
		}
		r.SetWorkFactor(work)
		return r
	}
	sealed := func(text []byte, to ...age.Recipient) []byte {
		var b bytes.Buffer
		w, err := age.Encrypt(&b, to...)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(text)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	open := func(file []byte) string {
		return eval(`padded64(age.open(unbase64("` + base64.StdEncoding.EncodeToString(file) + `"), bytes("` + passphrase + `")))`)
	}
	for _, n := range []int{0, 1, 8192, 65535, 65536, 65537, 2 * 65536, 200_000} {
		text := bytes.Repeat([]byte("æ"), n/2+1)[:n]
		if got := open(sealed(text, scrypt(1))); got != base64.StdEncoding.EncodeToString(text) {
			t.Errorf("%d bytes: not opened", n)
		}
		file, err := base64.StdEncoding.DecodeString(eval(`padded64(age.seal(unbase64("` + base64.StdEncoding.EncodeToString(text) + `"), bytes("` + passphrase + `")))`))
		if err != nil {
			t.Fatal(err)
		}
		id, _ := age.NewScryptIdentity(passphrase)
		r, err := age.Decrypt(bytes.NewReader(file), id)
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		var back bytes.Buffer
		if _, err := back.ReadFrom(r); err != nil || !bytes.Equal(back.Bytes(), text) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	good := sealed([]byte("<p>"), scrypt(1))
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if !strings.HasPrefix(open(bad), "threw") {
			t.Fatalf("opened with byte %d changed", i)
		}
	}
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"work factor 2": sealed([]byte("x"), scrypt(2)), "a recipient": sealed([]byte("x"), x.Recipient()), "bytes behind": append(bytes.Clone(good), 0), "nothing": {},
		"cut": good[:len(good)-1], "carriage returns": bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")), "too long": append(bytes.Clone(good), make([]byte, 8<<20)...),
	} {
		if got := open(bad); !strings.HasPrefix(got, "threw") {
			t.Errorf("%s: opened", name)
		}
	}
}

// Requests are written and padded as the program does: its own examples, from the
// values in them.
func TestModulesRequests(t *testing.T) {
	eval := page(t)
	for name, js := range map[string]string{
		"correct": `{id: "m4k7qwertyuio", unit: "asker", kind: "correct", member: "aaaaaaaaaaaaa", note: "Ny adresse fra\n1. mai", from: "member",
			set: new Map([["street", 'Storgata 1 "oppgang B"'], ["offices", ["leader", "treasurer"]], ["newsletter", false], ["number", -12]]), clear: ["email", "phone"]}`,
		"confirm":        `{id: "m4k7qwertyuio", unit: "asker", kind: "confirm", member: "aaaaaaaaaaaaa", from: "member"}`,
		"object":         `{id: "m4k7qwertyuio", unit: "asker", kind: "object", member: "aaaaaaaaaaaaa", purpose: "mailing", from: "member"}`,
		"object-no-more": `{id: "m4k7qwertyuio", unit: "asker", kind: "object", member: "aaaaaaaaaaaaa", from: "member", clear: ["all", "mailing"]}`,
		"restrict":       `{id: "m4k7qwertyuio", unit: "asker", kind: "restrict", member: "aaaaaaaaaaaaa", note: "Adressen er feil", from: "member"}`,
		"copy":           `{id: "m4k7qwertyuio", unit: "asker", kind: "copy", member: "aaaaaaaaaaaaa", from: "member"}`,
		"join": `{id: "m4k7qwertyuio", unit: "asker", kind: "join", note: "Jeg så dere på torget",
			set: new Map([["given", "Åse Márjá"], ["family", "Kvåle"], ["email", "ase.kvåle@example.no"], ["phone", "+47 400 00 001"], ["newsletter", true]])}`,
		"leave": `{id: "m4k7qwertyuio", unit: "asker", kind: "close", member: "aaaaaaaaaaaaa", reason: "left", note: "Takk for meg", from: "member"}`,
	} {
		want, err := os.ReadFile("../../internal/record/testdata/golden/request-" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if got := eval(`request.yaml(` + js + `)`); got != string(want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
		if got := eval(`text(request.pad(request.yaml(` + js + `), 1024, 8192))`); got != string(seal.Pad(want)) {
			t.Errorf("%s: padded otherwise", name)
		}
	}
	for n := 1000; n < 1030; n++ {
		text := strings.Repeat("x", n) + "\n"
		if got := eval(`request.pad("` + strings.Repeat("x", n) + `\n", 1024, 8192).length`); got != fmt.Sprint(len(seal.Pad([]byte(text)))) {
			t.Errorf("%d bytes are padded to %s", n+1, got)
		}
	}
	if got := eval(`request.pad("x".repeat(8191), 1024, 8192)`); got != "threw RangeError" {
		t.Errorf("too long: %.20s", got)
	}
	if id := eval(`request.newID()`); len(id) != 13 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") != "" || id == eval(`request.newID()`) {
		t.Errorf("id %q", id)
	}
	for typed, want := range map[string]string{
		" Å  \u00a0se\t\u200b": "Å se", "A\u030ase": "Åse", "en\nto": "en to", "\x00a\x7f": "a",
	} {
		if got := eval(`request.tidy(` + quoted(typed) + `)`); got != want {
			t.Errorf("%q became %q", typed, got)
		}
	}
	if got := eval(`request.tidy("  a \r\n\r\n\n\n b  c \n", true)`); got != "a\n\nb c" {
		t.Errorf("a note became %q", got)
	}
}

// A blob has the one size and form that the program takes, whatever is in it.
func TestModulesBlob(t *testing.T) {
	eval := page(t)
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"x\n", strings.Repeat("å", 8000) + "\n"} {
		got, err := base64.StdEncoding.DecodeString(eval(`blob(` + quoted(text) + `, "` + id.Recipient().String() + `").then(padded64)`))
		if err != nil {
			t.Fatal(err)
		}
		back, err := seal.OpenBlob(got, []age.Identity{id})
		if err != nil || string(back) != text {
			t.Errorf("%d bytes: %v", len(text), err)
		}
	}
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{`blob("x".repeat(16383), "` + id.Recipient().String() + `")`, `blob("x", "` + x.Recipient().String() + `")`, `blob("x", "")`} {
		if got := eval(bad); !strings.HasPrefix(got, "threw") {
			t.Errorf("%.40s: sealed", bad)
		}
	}
}

// ATTACK: a page that somebody else could seal runs, loads or looks like more than a
// page. It is refused whole.
func TestModulesInsert(t *testing.T) {
	eval := page(t)
	const good = `<article id="page" class="me"><h1>Å</h1><a href="https://x.example/">x</a><a href="mailto:a@example.org">m</a><a href="#h">h</a><a href="/nb/">r</a><template data-text="a">b</template><form><input name="given" value="javascript: x"></form></article>`
	if got := eval(`fragment(` + quoted(good) + `).outerHTML`); got != good {
		t.Errorf("a good page became %s", got)
	}
	for _, bad := range []string{
		`<script>x</script>`, `<iframe></iframe>`, `<object></object>`, `<embed>`, `<svg><script>x</script></svg>`, `<math></math>`, `<style>*{}</style>`, `<link rel="stylesheet" href="/x">`, `<base href="/x">`, `<meta http-equiv="refresh" content="0">`,
		`<p onclick="x">`, `<p style="x">`, `<img src="x" onerror="x">`, `<a href="javascript:x">`, `<a href=" javascript:x">`, `<a href="http://x.example/">`, `<a href="//x.example/">`, `<a href="data:text/html,x">`, `<a href="x">`, `<img src="data:image/png,x">`,
		`<form action="https&#58;x">`, `<button formaction="javascript:x">`, `<a href="#" ping="http://x.example">`, `<template><script>x</script></template>`, `<template><p onclick="x"></template>`, `<p srcdoc="x">`,
	} {
		if got := eval(`fragment("<article>" + ` + quoted(bad) + ` + "</article>").outerHTML`); !strings.HasPrefix(got, "threw") {
			t.Errorf("%s: taken", bad)
		}
	}
	for _, bad := range []string{``, `text`, `<p></p><p></p>`, `<article onclick="x"></article>`} {
		if got := eval(`fragment(` + quoted(bad) + `).outerHTML`); !strings.HasPrefix(got, "threw") {
			t.Errorf("%q: taken", bad)
		}
	}
}
