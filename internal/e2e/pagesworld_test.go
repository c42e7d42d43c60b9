package e2e

import (
	"encoding/json"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/seal"
)

const ownPages = `drop: ` + dropAddress + `
mail: inn@prove.example
lock-after: 5
consents: [newsletter]
confirm: {field: confirmed, every: 12}
leave: [left]
joining:
  levels: [branch]
  fields: [given, family, email, phone, street, postcode, city]
`

const ownFields = `  - key: newsletter
    name: {sv: Nyhetsbrev, da: Nyhedsbrev, nb: Nyhetsbrev, en: Newsletter}
    type: yesno
    category: other
    purpose: service
    legal-basis: consent

  - key: confirmed
    name: {sv: Bekräftat, da: Bekræftet, nb: Bekreftet, en: Confirmed}
    type: date
    category: other
    purpose: service
    legal-basis: agreement

`

// pages gives the register a policy of pages, with the drop of a visitor's.
func (w *world) pages() {
	w.t.Helper()
	mine := w.at("mine")
	w.run("sec", "policy", "get", mine)
	change := func(name string, f func(string) string) {
		b, err := os.ReadFile(filepath.Join(mine, name))
		if err != nil && !os.IsNotExist(err) {
			w.t.Fatal(err)
		}
		text := f(string(b))
		if text == string(b) {
			w.t.Fatalf("%s is as it was", name)
		}
		w.write(filepath.Join("mine", name), text)
	}
	change("pages.yaml", func(string) string { return ownPages })
	change("fields.yaml", func(s string) string { return strings.Replace(s, "  - key: note\n", ownFields+"  - key: note\n", 1) })
	change("organisation.yaml", func(s string) string {
		return regexp.MustCompile(`(?m)^contact:.*$`).ReplaceAllString(s, "contact: inn@prove.example\nsite: "+siteAddress)
	})
	var effect struct{ Digest string }
	if err := json.Unmarshal([]byte(w.run("sec", "policy", "put", mine, "--dry-run", "--format", "json")), &effect); err != nil {
		w.t.Fatal(err)
	}
	w.run("sec", "policy", "put", mine, "--accept", effect.Digest)
}

// takes has the secretariat take in a file that somebody sent, and merge it, after what
// review must say of it. It returns what merge said.
func (w *world) takes(file string, says ...string) string {
	w.t.Helper()
	w.run("sec", "inbox", "add", file)
	return w.run("sec", "merge", w.judged(map[string][]string{"": says})[""])
}

// judged finds the proposal of each name among those that wait, by what review says of
// it, which must be all that is given; there are no others. It returns their numbers.
func (w *world) judged(says map[string][]string) map[string]string {
	w.t.Helper()
	var d struct{ Proposals []struct{ Number int } }
	if err := json.Unmarshal([]byte(w.run("sec", "inbox", "--format", "json")), &d); err != nil || len(d.Proposals) != len(says) {
		w.t.Fatalf("%d proposals wait: %v", len(d.Proposals), err)
	}
	numbers := map[string]string{}
	for _, p := range d.Proposals {
		n := strconv.Itoa(p.Number)
		review := w.run("sec", "review", n)
		for name, all := range says {
			if !strings.Contains(review, name) {
				continue
			}
			numbers[name] = n
			for _, s := range all {
				if !strings.Contains(review, s) {
					w.t.Errorf("review does not say %q:\n%s", s, review)
				}
			}
		}
	}
	if len(numbers) != len(says) {
		w.t.Fatalf("%d of %d are found", len(numbers), len(says))
	}
	return numbers
}

// published fails if a site holds anything about a member or an officer that is not
// sealed: what the members of the story are, where their pages lie, who holds an office.
func (w *world) published(dir string) {
	w.t.Helper()
	personal := []string{"kanarifugl", "øyvør", "plantemor", "storås", "oyvor@", "aase@", "eivind@", "400 00 123", "400 00 777", "40000123", "40000777", "kvitdal", "bakken 1"}
	for _, unit := range []string{"asker", "karasjok"} {
		personal = append(personal, w.members("sec", unit)...)
	}
	for _, who := range []string{"sec", "kari", "astrid"} {
		personal = append(personal, w.handle(who))
	}
	sealed, err := filepath.Glob(filepath.Join(dir, "me", "??", "*.age"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, name := range sealed {
		personal = append(personal, strings.TrimSuffix(filepath.Base(name), ".age"))
	}
	seen := 0
	err = filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "allowed_signers.txt" {
			return err // keys by which a receipt is verified, each under its handle
		}
		b, err := os.ReadFile(name)
		text := strings.ToLower(html.UnescapeString(string(b)))
		if filepath.Ext(name) != ".age" {
			text += strings.ToLower(name)
		}
		for i, p := range personal {
			if strings.Contains(text, strings.ToLower(p)) {
				w.t.Errorf("%s holds personal datum %d", strings.TrimPrefix(name, dir), i)
			}
		}
		seen++
		return err
	})
	if err != nil || seen < 300 || len(sealed) < 2 || len(personal) < 20 {
		w.t.Errorf("%d files, %d own pages, %d things to look for: %v", seen, len(sealed), len(personal), err)
	}
}

// joins has a stranger fill in and send the public form for Asker: the file that the drop
// got.
func (v *visitor) joins(w *world, name string, fields map[string]string) string {
	v.t.Helper()
	v.open(siteAddress + "join/#asker")
	v.until("the form", `document.getElementById("f-unit").value === "asker"`)
	for key, text := range fields {
		v.write("#f-"+key, text)
	}
	v.write("#f-note", "Traff dere på torget")
	v.click(`#join form button[type="submit"]`)
	v.until("what became of it", `!document.querySelector("[data-done]").hidden`)
	file := v.taken(w, name)
	if info, err := os.Stat(file); err != nil || info.Size() != seal.BlobSize {
		v.t.Errorf("what was sent has another size: %v", err)
	}
	return file
}

// letter draws her letter, and returns the address of her page that is printed on it.
func (w *world) letter(family string) string {
	w.t.Helper()
	sealed, plain := w.at(family+".pdf.age"), w.at(family+".pdf")
	w.run("sec", "letters", "--unit", "asker", "--purpose", "mailing", "--where", `family == "`+family+`"`,
		"--body", w.write("letter.md", "# Velkommen\n\nHer er din side.\n"), "--page-link", "site", "--out", sealed)
	w.run("sec", "draw", "open", sealed, plain)
	text := w.must(exec.Command("pdftotext", plain, "-"))
	link := regexp.MustCompile(regexp.QuoteMeta(siteAddress) + `me/#[0-9a-z]{4}(-[0-9a-z]{4}){6}`).FindString(strings.Join(strings.Fields(text), ""))
	if link == "" {
		w.t.Fatal("no address is printed on the letter")
	}
	return link
}
