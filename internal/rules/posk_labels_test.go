package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/cli"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/slow"
)

// program runs a command as an officer types it, in her own copy.
func (h *house) program(who string, args ...string) (stdout string, code int) {
	h.t.Helper()
	key := filepath.Join(h.dir, who+".key")
	if _, err := os.Stat(key); errors.Is(err, os.ErrNotExist) {
		h.must(actor(who).Save(key, nil))
	}
	var out, errs bytes.Buffer
	code = cli.Main(ctx, append([]string{"-C", h.at(who), "--as", key}, args...), cli.Env{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Now: h.clock,
		Getenv:    func(name string) string { return map[string]string{"LC_ALL": "C"}[name] },
		ConfigDir: func() (string, error) { return h.dir, nil },
	})
	if code != 0 {
		h.t.Logf("medlem %s: %s", args[0], errs.String())
	}
	return out.String(), code
}

// P09: 500 labels of 3 x 8 are 21 pages, drawn within five seconds while no server
// answers, with every letter of their names; those without a postal address stand on
// a page after them; the receipt of it is in the register as soon as there is one.
func TestP09Labels(t *testing.T) {
	t.Parallel()
	h := poskHouse(t)
	h.join("ida", "vetlanda", "local-officer")
	const labels, without = 500, 4
	names := [...]string{"Åsa Öländer", "Søren Æbelø", "Máret Áŋŋel", "Þóra Ðórðardóttir"}
	var list []fields
	for i := range labels + without {
		given, family, _ := strings.Cut(names[i%len(names)], " ")
		f := person(given, fmt.Sprint(family, "-", i))
		if i < labels {
			f = person(given, fmt.Sprint(family, "-", i), fields{"street": record.Text(fmt.Sprintf("Påhittade gatan %d", i+1)), "postcode": record.Text("574 31"), "city": record.Text("Vetlanda")})
		}
		list = append(list, f)
	}
	h.do("sec", func(d *desk.Desk) error { _, err := d.Add(ctx, "vetlanda", "import", list); return err })
	h.do("ida", func(*desk.Desk) error { return nil })

	away := h.host() + ".away"
	h.must(os.Rename(h.host(), away))
	sealed, plain := filepath.Join(h.dir, "labels.pdf.age"), filepath.Join(h.dir, "labels.pdf")
	begun := time.Now()
	out, code := h.program("ida", "labels", "--unit", "vetlanda", "--purpose", "labels", "--sheet", "3x8", "--out", sealed, "--format", "json")
	if took := time.Since(begun); code != 0 || took > 5*time.Second {
		t.Fatalf("exit code %d after %v", code, took)
	}
	h.must(os.Rename(away, h.host()))
	var said struct {
		Receipt register.RecordID
		Printed int
		Apart   []struct{ Why string }
		Sent    bool
	}
	h.must(json.Unmarshal([]byte(out), &said))
	if said.Printed != labels || len(said.Apart) != without || said.Sent {
		t.Errorf("%d labels, %d apart, sent %v", said.Printed, len(said.Apart), said.Sent)
	}
	if _, code := h.program("ida", "draw", "open", sealed, plain); code != 0 {
		t.Fatal("she cannot open her labels")
	}
	pdf, err := os.ReadFile(plain)
	h.must(err)
	if n := bytes.Count(pdf, []byte("/Type /Page\n")); n != 21+1 {
		t.Errorf("%d pages, want 21 and one of those without an address", n)
	}
	h.readLabels(plain, names[:], labels, without)

	h.do("ida", func(*desk.Desk) error { return nil }) // the server answers again
	h.do("sec", func(d *desk.Desk) error {
		x, err := d.FindDraw(string(said.Receipt))
		if err != nil {
			return err
		}
		r := x.Receipt
		if r.By != handle("ida") || r.Form != access.FormLabels || r.Count != labels+without || r.Purpose != "labels" || x.Waits {
			t.Errorf("receipt %+v", r)
		}
		return nil
	})
}

// readLabels reads what is printed with a program that is not ours, where there is
// one: every street once, every name's letters, and the rest on the last page.
func (h *house) readLabels(pdf string, names []string, labels, without int) {
	h.t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		if slow.On() {
			h.t.Fatal("this test needs pdftotext: apt-get install poppler-utils")
		}
		return
	}
	text, err := exec.Command("pdftotext", pdf, "-").Output()
	h.must(err)
	pages := strings.Split(strings.TrimSuffix(string(text), "\f"), "\f")
	if n := strings.Count(string(text), "Påhittade gatan "); n != labels {
		h.t.Errorf("%d streets are printed", n)
	}
	for _, name := range names {
		if n := strings.Count(string(text), name+"-"); n != (labels+without)/len(names) {
			h.t.Errorf("the letters of %q are printed %d times", name, n)
		}
	}
	if last := pages[len(pages)-1]; strings.Count(last, "-50") != without {
		h.t.Errorf("the last page does not name those without an address")
	}
}
