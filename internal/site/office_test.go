package site

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/slow"
	views "github.com/medlem-register/medlem/internal/view"
)

// officeHTML is the page of the chair of asker, who has n members and a list that she
// should have destroyed.
func officeHTML(t testing.TB, n int) string {
	t.Helper()
	files := packFiles(t, "standard")
	withJoining(files)
	p, problems := policy.Load(files)
	if p == nil {
		t.Fatal(problems)
	}
	o, _ := p.Office("chair")
	const officer = register.Handle("o-aaaaaaaaaa")
	page := views.OfficePage{Unit: "asker", Office: o, Holders: []register.Handle{officer}, Reads: []register.UnitID{"asker"}}
	var members []*record.Record
	given, family := []string{"Åse", "Bjørn", "Cecilie", "Dag", "Éva", "Frøydis"}, []string{"Kvåle", "Østby", "Ærlig", "Åmdal", "Lie", "Moe", "Ødegård"}
	for i := range n {
		r := &record.Record{ID: register.RecordID(fmt.Sprintf("m%012d", i)), Unit: "asker", Rev: 1, Fields: map[string]record.Value{}}
		for key, v := range map[string]string{
			"given": given[i%len(given)], "family": family[i%len(family)], "born": fmt.Sprintf("19%02d-05-17", i%90+10), "email": fmt.Sprintf("m%d@example.org", i),
			"phone": fmt.Sprintf("+47 400 %02d %03d", i/1000%100, i%1000), "street": fmt.Sprintf("Løkka %d", i), "postcode": "1384", "city": "Asker", "language": "nb", "note": "ringer etter klokka seks",
		} {
			r.Fields[key] = record.Text(v)
		}
		members = append(members, r)
	}
	if n > 3 {
		delete(members[3].Fields, "family")
	}
	draw := &access.Draw{Unit: "asker", Day: "2026-11-01", ID: "d4k7aaaaaaaaa", Purpose: "mailing", For: officer, Units: []register.UnitID{"asker"}, Count: n, Format: access.FormatXLSX, Form: access.FormList}
	data, err := views.New(views.Options{Policy: p, Day: testDay}).Office(page, views.OfficeInput{
		State: (&access.State{}).With(p), Draws: []*access.Draw{draw},
		Count:   func(register.UnitID) (int, error) { return n, nil },
		Members: func(register.UnitID) ([]*record.Record, error) { return members, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	spec, _ := testSpec(t)
	templates, err := OpenTemplates(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer templates.Close()
	return executed(t, templates, views.OfficeTemplate, data)
}

// officer is somebody at her browser, with her identity file.
type officer struct {
	*identity.Identity
	file  []byte // under the passphrase, which takes the browser seconds
	plain []byte // the same without one
}

func newOfficer(t testing.TB) officer {
	t.Helper()
	id, err := identity.New(testDay)
	if err != nil {
		t.Fatal(err)
	}
	saved := func(passphrase []byte) []byte {
		path := filepath.Join(t.TempDir(), "identity")
		if err := id.Save(path, passphrase); err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	return officer{id, saved([]byte(passphrase)), saved(nil)}
}

const (
	officeFile  = "office/asker/chair.age"
	passphrase  = "riktig hest batteri stift"
	openedHers  = `document.querySelector("article.office") !== null && document.getElementById("locked").hidden`
	lockedAgain = `document.querySelector("article.office") === null && !document.getElementById("locked").hidden`
)

// sealedTo is a site whose chair of asker has a page.
func sealedTo(t testing.TB, site *built, html string, who officer) *built {
	t.Helper()
	file, err := seal.SealOffice([]byte(html), []string{who.Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	out := &built{files: maps.Clone(site.files)}
	out.files[officeFile] = string(file)
	return out
}

// choose puts a file and a passphrase into the form and sends it.
func choose(t testing.TB, ctx context.Context, file []byte, passphrase string) {
	t.Helper()
	js[int](t, ctx, fmt.Sprintf(`{ const data = new DataTransfer();
		data.items.add(new File([Uint8Array.from(atob(%q), (c) => c.charCodeAt(0))], "identity"));
		const form = document.querySelector("#locked form");
		form.elements.identity.files = data.files; form.elements.passphrase.value = %q; form.requestSubmit(); } 0`, base64.StdEncoding.EncodeToString(file), passphrase))
}

func saidHere(key string) string {
	return fmt.Sprintf(`document.querySelector("#locked [data-status]").innerText === document.querySelector('#locked template[data-text=%q]').content.textContent.trim()`, key)
}

// An officer opens her office's page with her identity file and its passphrase, and
// with nothing else; she finds members as medlem find does, sees what is due, and
// locks the page, which then has nothing left. Who is removed opens no later edition.
func TestBrowserOffice(t *testing.T) {
	slow.Test(t)
	her, other := newOfficer(t), newOfficer(t)
	html := officeHTML(t, 42)
	site := sealedTo(t, makeJoining(t, "https://drop.prove.example/in").out, html, her)
	ctx, base := browser(t, site)
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	to(t, ctx, base+"office/")
	looked(t, ctx, "office-locked")
	choose(t, ctx, her.file, passphrase)
	until(t, ctx, saidHere("no-unit"))
	to(t, ctx, base+"office/#asker/chair")
	if got := js[string](t, ctx, `document.getElementById("unit").value + " " + [...document.getElementById("office").options].map((o) => o.value).join(",")`); got != "asker chair,member-officer,treasurer" {
		t.Errorf("to choose from: %s", got)
	}
	for _, c := range []struct {
		file       []byte
		passphrase string
		says       string
	}{
		{her.file, "", "no-passphrase"}, {her.file, "feil", "wrong-passphrase"}, {[]byte("not an identity"), "", "no-identity"}, {nil, passphrase, "no-identity"},
		{her.file[:100], passphrase, "no-identity"}, {other.plain, "", "no-reader"},
	} {
		choose(t, ctx, c.file, c.passphrase)
		until(t, ctx, saidHere(c.says))
		if !js[bool](t, ctx, `document.activeElement.getAttribute("aria-invalid") === "true"`) {
			t.Errorf("%s: the focus is elsewhere", c.says)
		}
	}
	js[int](t, ctx, `document.getElementById("office").value = "treasurer"; 0`)
	choose(t, ctx, her.plain, "")
	until(t, ctx, saidHere("no-page"))
	js[int](t, ctx, `document.getElementById("office").value = "chair"; 0`)
	choose(t, ctx, her.file, passphrase)
	until(t, ctx, openedHers)
	if got := js[string](t, ctx, `document.activeElement.tagName + document.querySelectorAll("[data-list] tbody tr").length + document.querySelector(".due .late code").innerText`); got != "H142medlem draw destroyed d4k7aaaaaaaaa --file" && !strings.HasPrefix(got, "H142medlem draw destroyed d4k7aaaaaaaaa --") {
		t.Errorf("opened: %s", got)
	}
	if got := js[string](t, ctx, `[...document.querySelectorAll("[data-list] tbody th")].slice(-8).map((e) => e.innerText.split(" ").pop()).join(" ")`); !strings.Contains(got, "Østby") || !strings.HasSuffix(got, "Åmdal") {
		t.Errorf("the last of the list: %s", got)
	}
	looked(t, ctx, "office-open")
	for words, want := range map[string]int{"aase kvale": 1, "KVÅLE": 6, "400 00 007": 1, "m12@example": 1, "m00000000004": 2, "ærlig": 6, "aerlig": 6, "qqzz": 0, "": 42, "1384": 0} {
		js[int](t, ctx, fmt.Sprintf(`document.querySelector("[data-search]").value = %q; document.querySelector("[data-search]").dispatchEvent(new Event("input")); 0`, words))
		const found = `document.querySelectorAll("[data-list] tbody tr:not([hidden])").length`
		time.Sleep(250 * time.Millisecond) // the page waits for the end of a word
		for range 20 {
			if js[int](t, ctx, found) == want {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if got := js[int](t, ctx, found); got != want {
			t.Errorf("%q finds %d, want %d", words, got, want)
		}
	}
	js[int](t, ctx, `document.querySelector("[data-search]").value = "kvale"; document.querySelector("[data-search]").dispatchEvent(new Event("input")); 0`)
	until(t, ctx, `document.querySelector("[data-count]").innerText === "Viser 6 av 42"`)
	if js[int](t, ctx, `JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie]).length`) != len(`[{},{},""]`) {
		t.Error("something is stored")
	}
	js[int](t, ctx, `window.article = document.querySelector("article.office"); document.querySelector('[data-act="lock"]').click(); 0`)
	until(t, ctx, lockedAgain)
	if left := js[string](t, ctx, `document.documentElement.outerHTML + article.outerHTML + document.title + document.getElementById("passphrase").value`); strings.Contains(left, "Kvåle") || strings.Contains(left, passphrase) {
		t.Error("locked, and something is left")
	}

	// Left alone, it locks itself; it is locked when somebody comes back to it.
	choose(t, ctx, her.plain, "")
	until(t, ctx, openedHers)
	js[int](t, ctx, `{ const now = Date.now; Date.now = () => now() + 6 * 60_000; } document.dispatchEvent(new Event("visibilitychange")); 0`)
	until(t, ctx, lockedAgain+` && document.querySelector("#locked [data-status]").innerText.includes("5")`)
	js[int](t, ctx, `Date.now = () => performance.timeOrigin + performance.now(); 0`)
	choose(t, ctx, her.plain, "")
	until(t, ctx, openedHers)
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"nb/")); err != nil {
		t.Fatal(err)
	}
	js[int](t, ctx, `setTimeout(() => history.back()); 0`) // NavigateBack waits for a load that the browser's memory of pages makes none of
	time.Sleep(2 * time.Second)
	until(t, ctx, lockedAgain)

	// A fresh edition without her.
	site.files[officeFile] = sealedTo(t, site, html, other).files[officeFile]
	choose(t, ctx, her.plain, "")
	until(t, ctx, saidHere("no-reader"))
	choose(t, ctx, other.plain, "")
	until(t, ctx, openedHers)
}

// A passkey stands for the identity file on the device where it was made: what the
// browser keeps is sealed, and forgotten when she says so.
func TestBrowserOfficePasskey(t *testing.T) {
	slow.Test(t)
	her := newOfficer(t)
	site := sealedTo(t, makeJoining(t, "https://drop.prove.example/in").out, officeHTML(t, 3), her)
	ctx, base := browser(t, site)
	ctx, cancel := context.WithTimeout(ctx, 110*time.Second)
	defer cancel()
	if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	key, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, HasPrf: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		t.Fatal(err)
	}
	to(t, ctx, strings.Replace(base, "127.0.0.1", "localhost", 1)+"office/#asker/chair") // a passkey wants a name
	if !js[bool](t, ctx, `document.querySelector("[data-passkey]").hidden`) {
		t.Error("a passkey is offered before there is one")
	}
	choose(t, ctx, her.plain, "")
	until(t, ctx, openedHers)
	js[int](t, ctx, `document.querySelector('[data-act="passkey"]').click(); 0`)
	until(t, ctx, `document.querySelector("[data-said]").innerText !== ""`)
	kept := js[string](t, ctx, `JSON.stringify({...localStorage})`)
	if strings.Contains(kept, "SECRET") || !strings.Contains(kept, "medlem-office") {
		t.Errorf("kept: %.80s", kept)
	}
	if _, sealed, ok := strings.Cut(strings.Trim(js[string](t, ctx, `localStorage["medlem-office"]`), " "), " "); !ok {
		t.Error("nothing sealed is kept")
	} else if b, err := base64.StdEncoding.DecodeString(sealed); err != nil || !bytes.HasPrefix(b, []byte("age-encryption.org/v1\n-> age-encryption.org/fido2prf ")) {
		t.Errorf("kept is no age file for a passkey: %v", err)
	} else if _, err := age.Decrypt(bytes.NewReader(b), her.Ages()...); err == nil {
		t.Error("kept is sealed to the identity itself")
	}
	js[int](t, ctx, `document.querySelector('[data-act="lock"]').click(); 0`)
	until(t, ctx, lockedAgain)
	looked(t, ctx, "office-passkey")
	js[int](t, ctx, `document.querySelector('[data-act="use-passkey"]').click(); 0`)
	until(t, ctx, openedHers)
	js[int](t, ctx, `document.querySelector('[data-act="lock"]').click(); 0`)
	if _, err := chromedp.Call(ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: key.AuthenticatorID, IsUserVerified: false}); err != nil {
		t.Fatal(err)
	}
	js[int](t, ctx, `document.querySelector('[data-act="use-passkey"]').click(); 0`)
	until(t, ctx, saidHere("passkey-declined"))
	js[int](t, ctx, `document.querySelector('[data-act="forget"]').click(); 0`)
	until(t, ctx, saidHere("passkey-forgotten")+` && localStorage.length === 0 && document.querySelector("[data-passkey]").hidden`)
}

// A page of a thousand members is open at once, when the identity is: from its file to
// the page that is shown and laid out. Medians of five.
func TestBrowserOfficeUnlock(t *testing.T) {
	slow.Test(t)
	her := newOfficer(t)
	ctx, base := browser(t, sealedTo(t, makeJoining(t, "https://drop.prove.example/in").out, officeHTML(t, 1000), her))
	ctx, cancel := context.WithTimeout(ctx, 110*time.Second)
	defer cancel()
	if _, err := chromedp.Call(ctx, performance.Enable, performance.EnableParams{TimeDomain: "threadTicks"}); err != nil {
		t.Fatal(err)
	}
	var wall, cpu []time.Duration
	for range 5 {
		to(t, ctx, base+"office/#asker/chair")
		before := busy(t, ctx)
		choose(t, ctx, her.plain, "")
		until(t, ctx, openedHers+` && performance.getEntriesByName("unlock", "measure").length === 1`)
		wall = append(wall, time.Duration(js[float64](t, ctx, `performance.getEntriesByName("unlock", "measure")[0].duration * 1e6`)).Round(time.Millisecond))
		cpu = append(cpu, (busy(t, ctx) - before).Round(time.Millisecond))
	}
	slices.Sort(wall)
	slices.Sort(cpu)
	t.Logf("1,000 members: %v, CPU %v", wall[2], cpu[2])
	if cpu[2] > time.Second || cpu[2] <= 0 { // other work moves it less: make bench prints both
		t.Errorf("1,000 members: open after %v of CPU", cpu[2])
	}
}

// busy is the CPU of script, style and layout of a document until now; whoever calls it has
// enabled the metrics of its thread.
func busy(t testing.TB, ctx context.Context) time.Duration {
	t.Helper()
	r, err := chromedp.Call(ctx, performance.GetMetrics, struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, m := range r.Metrics {
		switch m.Name {
		case "ScriptDuration", "RecalcStyleDuration", "LayoutDuration":
			sum += m.Value
		}
	}
	return time.Duration(sum * float64(time.Second))
}
