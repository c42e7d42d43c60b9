package rules

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/slow"
)

// A telephone that looks at the code of a letter that was printed reads the address of
// just that member's page: with programs that are not ours.
func TestLettersCode(t *testing.T) {
	slow.Test(t)
	h := poskHouse(t)
	h.join("ida", "vetlanda", "local-officer")
	const pages = "https://medlem.example.org/sida/"
	links := map[string]string{}
	for i := range 3 {
		id := h.added("sec", "vetlanda", person("Åsa", fmt.Sprintf("Öberg%c", 'a'+i), fields{"street": record.Text("Storgatan 1"), "postcode": record.Text("574 31"), "city": record.Text("Vetlanda")}))
		h.do("ida", func(d *desk.Desk) error {
			m, err := d.Find(id)
			if err != nil {
				return err
			}
			secret, ok, err := d.ViewSecret(m)
			if err == nil && !ok {
				t.Error("she has no page")
			}
			links[pages+"#"+secret] = m.Record.Fields["family"].String()
			return err
		})
	}
	sealed, pdf := filepath.Join(h.dir, "1.pdf.age"), filepath.Join(h.dir, "1.pdf")
	if _, code := h.program("ida", "letters", "--unit", "vetlanda", "--purpose", "labels", "--body", h.file("body.md", "# Möte\n\nVälkommen.\n"), "--page-link", pages, "--out", sealed); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	if _, code := h.program("ida", "draw", "open", sealed, pdf); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	h.must(exec.Command("pdftoppm", "-r", "150", "-png", pdf, filepath.Join(h.dir, "page")).Run())
	for n := 1; n <= 3; n++ {
		code, err := exec.Command("zbarimg", "-q", "--raw", filepath.Join(h.dir, fmt.Sprintf("page-%d.png", n))).Output()
		h.must(err)
		text, err := exec.Command("pdftotext", "-f", fmt.Sprint(n), "-l", fmt.Sprint(n), pdf, "-").Output()
		h.must(err)
		name := links[strings.TrimSpace(string(code))]
		if name == "" || !strings.Contains(string(text), name) {
			t.Errorf("the code of letter %d is not her link", n)
		}
		delete(links, strings.TrimSpace(string(code)))
	}
	if len(links) > 0 {
		t.Errorf("%d members have no code", len(links))
	}
}
