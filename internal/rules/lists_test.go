package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/mail/mailtest"
	"github.com/medlem-register/medlem/internal/officecrypt"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// messages are the messages of main's commits, the newest first.
func (h *house) messages() []string {
	h.t.Helper()
	out, err := exec.Command("git", "-C", h.host(), "log", "--format=%B%x00", "main").Output()
	h.must(err)
	return strings.Split(string(out), "\x00\n")
}

// file writes a file into the house and returns its path.
func (h *house) file(name, text string) string {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	h.must(os.WriteFile(path, []byte(text), 0o600))
	return path
}

// K24: members come over from an older register with the numbers and the days that
// they had there; how many rows there were, came in and were left out stands in the
// signed commit, and the sum is right or the commit is refused.
func TestK24Migration(t *testing.T) {
	t.Parallel()
	h := openHouse(t, "kommed")
	old := h.file("old.csv", "Medlemsnr;Förnamn;Efternamn;Inträdesdatum\n0017;Åsa;Öberg;1998-04-01\n0018;Ylva;Björk;2003-11-30\n0019;;;2004-01-01\n0020;Nils;Eira;31.02.2001\n")
	if _, code := h.program("sec", "import", old, "--unit", "motala", "--only-good", "--rest", filepath.Join(h.dir, "rest.xlsx")); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	got := map[string]string{}
	h.do("sec", func(d *desk.Desk) error {
		ms, err := d.Members(desk.Query{})
		for _, m := range ms {
			f := m.Record.Fields
			got[f["family"].String()] = f["number"].String() + " " + f["joined"].String()
		}
		return err
	})
	if len(got) != 2 || got["Öberg"] != "0017 1998-04-01" || got["Björk"] != "0018 2003-11-30" {
		t.Errorf("taken over: %q", got)
	}
	const said = "import 2 in motala\n\nRows: 4 = 2 new + 0 known + 2 left out\n"
	if !slices.ContainsFunc(h.messages(), func(m string) bool { return strings.TrimSpace(m) == strings.TrimSpace(said) }) {
		t.Errorf("main says %q", h.messages())
	}
	if _, err := register.ParseMessage(said); err != nil {
		t.Fatal(err)
	}

	w := open(t, "kommed")
	bring := func(message string) []string {
		w := w.fork()
		return named(w.commit("sec", files{memberPath("motala", register.NewRecordID()): sealed(), memberPath("motala", register.NewRecordID()): sealed()}, message).Findings)
	}
	equal(t, bring(said))
	equal(t, bring(strings.Replace(said, "4 = ", "3 = ", 1)), "sign/message")
	equal(t, bring(strings.Replace(strings.Replace(said, "2 new", "1 new", 1), "4 = ", "3 = ", 1)), "sign/message")
}

// P02: the commonest tasks of a local officer are three commands each at most, with
// nothing but her key, and none speaks of git; so is a message, once an account is set
// up.
func TestP02ThreeSteps(t *testing.T) {
	t.Parallel()
	h := poskHouse(t, "lists.yaml: by: [diocese-officer, local-officer] → by: [diocese-officer, local-officer]\n  - {id: list, name: {sv: Lista}, columns: [given, family]}")
	h.join("ida", "vetlanda", "local-officer")
	who := h.added("sec", "vetlanda", person("Åsa", "Öberg", fields{"email": record.Text("asa@example.org")}))
	moves := h.added("sec", "vetlanda", person("Nils", "Eira"))
	leaves := h.added("sec", "vetlanda", person("Rut", "Ekman"))
	h.do("ida", func(*desk.Desk) error { return nil })
	git := regexp.MustCompile(`(?i)\b(git|commit|branch|merge|push|pull|rebase|refs?|repository)\b`)
	server, err := mailtest.Start(mailtest.Options{})
	h.must(err)
	t.Cleanup(server.Close)
	account := []string{"mail", "setup", "--host", "localhost", "--port", server.Port(), "--ca", h.file("ca.pem", string(server.CA)), "--from", "ida@people.example", "--name", "Ida", "--retry", "0"}
	if out, code := h.program("ida", account...); code != 0 {
		t.Fatalf("medlem mail setup: exit code %d\n%s", code, out)
	}
	call := h.file("call.md", "# Möte\n\nPå lördag.\n")
	for task, steps := range map[string][][]string{
		"message":         {{"mail", "--unit", "vetlanda", "--subject", "Lördag", "--body", call}, {"mail", "--unit", "vetlanda", "--subject", "Lördag", "--body", call, "--send"}},
		"add":             {{"add", "--unit", "vetlanda", "--set", "given=Frej", "--set", "family=Holm"}, {"submit"}},
		"correct":         {{"edit", string(who), "--set", "city=Vetlanda"}, {"submit"}},
		"move":            {{"move", string(moves), "--to", "alvesta"}, {"submit"}},
		"draw a list":     {{"draw", "--unit", "vetlanda", "--purpose", "list", "--out", filepath.Join(h.dir, "list.xlsx"), "--password-file", filepath.Join(h.dir, "password")}},
		"report a leaver": {{"close", string(leaves), "--reason", "left"}, {"submit"}},
	} {
		if len(steps) > 3 {
			t.Errorf("%s: %d steps", task, len(steps))
		}
		for _, step := range steps {
			out, code := h.program("ida", step...)
			if code != 0 {
				t.Errorf("%s: medlem %s: exit code %d\n%s", task, step[0], code, out)
			}
			if w := git.FindString(out); w != "" {
				t.Errorf("%s: medlem %s says %q", task, step[0], w)
			}
		}
		h.do("sec", func(d *desk.Desk) error {
			ps, err := d.Inbox(ctx)
			for _, p := range ps {
				if _, merr := d.Merge(ctx, p.Topic, nil); merr != nil {
					err = errors.Join(err, merr)
				}
			}
			return err
		})
	}
	h.do("sec", func(d *desk.Desk) error {
		ms, err := d.Members(desk.Query{})
		n := map[register.UnitID]int{}
		for _, m := range ms {
			n[m.Path.Unit]++
		}
		if got := server.Messages(); len(got) != 1 || got[0].To != "asa@example.org" {
			t.Errorf("%d e-mails have gone", len(got))
		}
		if n["vetlanda"] != 2 || n["alvesta"] != 1 {
			t.Errorf("members afterwards: %v", n)
		}
		return err
	})
	if n := len(h.receipts()); n != 1 {
		t.Errorf("%d lists were taken out", n)
	}
}

// P36: every group has its template: a workbook of the columns that its members have.
// (The guide and the text on data protection are pages of the site.)
func TestP36Template(t *testing.T) {
	t.Parallel()
	h := poskHouse(t)
	h.join("ida", "vetlanda", "local-officer")
	h.do("ida", func(*desk.Desk) error { return nil })
	path := filepath.Join(h.dir, "template.xlsx")
	if _, code := h.program("ida", "template", "--unit", "vetlanda", "--out", path); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	f, err := excelize.OpenFile(path)
	h.must(err)
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	h.must(err)
	var want []string
	h.do("ida", func(d *desk.Desk) error {
		for _, x := range d.Policy().FieldsIn("vetlanda") {
			if d.State().FieldRight(handle("ida"), x.Key, "vetlanda", d.Today()) >= policy.Read {
				want = append(want, d.Policy().Label(x.Name, "sv"))
			}
		}
		return nil
	})
	if len(rows) != 1 || len(want) == 0 || len(rows[0]) != len(want) {
		t.Errorf("%d rows, columns %q, want %q", len(rows), rows[0], want)
	}
	if _, code := h.program("ida", "guide"); code != 0 {
		t.Error("the guides cannot be listed")
	}
}

// unionHouse is a register under Unionen's pack whose office draws lists too, one
// of them for a purpose whose name tells.
func unionHouse(t *testing.T, edits ...string) *house {
	t.Helper()
	return openHouse(t, "unionen", append([]string{
		"access.yaml: may: [read, add, → may: [draw, read, add,",
		"lists.yaml: destroy-after: 14 → destroy-after: 14\nprinted: true",
		"lists.yaml: purposes:\n → purposes:\n  - {id: post, name: {sv: Brev till fackmedlemmar}, columns: [given, family, street, postcode, city]}\n",
		"fields.yaml: fields:\n → fields:\n" + streetFields,
	}, edits...)...)
}

const streetFields = `  - {key: street, name: {sv: Gata}, type: street, category: address, purpose: activities, legal-basis: basis}
  - {key: postcode, name: {sv: Postnummer}, type: postcode, category: address, purpose: activities, legal-basis: basis}
  - {key: city, name: {sv: Ort}, type: city, category: address, purpose: activities, legal-basis: basis}
`

// U02: that somebody is in the union stands in no title, no sheet's name, no property
// of a file and on no envelope: not of a list, of labels, letters, a template or the
// rows that were left out of an import. File names that tell are refused.
func TestU02NothingTells(t *testing.T) {
	t.Parallel()
	h := unionHouse(t)
	for i := range 3 {
		h.added("sec", "granvik", person("Åsa", fmt.Sprintf("Öberg%c", 'a'+i), fields{"street": record.Text("Storgatan 1"), "postcode": record.Text("574 31"), "city": record.Text("Granvik")}))
	}
	p := new(policy.Policy)
	h.do("sec", func(d *desk.Desk) error { p = d.Policy(); return nil })
	if !p.Reveals() || !p.Tells(p.Name) {
		t.Fatal("the policy does not say that membership is sensitive")
	}
	at := func(name string) string { return filepath.Join(h.dir, name) }
	body := h.file("body.md", "# Inbjudan\n\nVälkommen.\n")
	list := h.file("1.csv", "Förnamn;Efternamn;E-post\nFrej;Holm;frej@example.org\nRut;Ekman;inte en adress\n")
	password := at("pw")
	properties := func(what string, book []byte) {
		f, err := excelize.OpenReader(bytes.NewReader(book))
		h.must(err)
		defer f.Close()
		core, err := f.GetDocProps()
		h.must(err)
		app, err := f.GetAppProps()
		h.must(err)
		said := append(f.GetSheetList(), core.Title, core.Creator, core.LastModifiedBy, core.Subject, core.Description, core.Keywords, app.Company)
		for _, s := range said {
			if p.Tells(s) {
				t.Errorf("%s: %q tells", what, s)
			}
		}
	}
	for _, c := range []struct {
		out  string
		args []string
	}{
		{"list.xlsx", []string{"draw", "--unit", "granvik", "--purpose", "post", "--password-file", password, "--out"}},
		{"list.pdf.age", []string{"draw", "--unit", "granvik", "--purpose", "post", "--out"}},
		{"labels.pdf.age", []string{"labels", "--unit", "granvik", "--purpose", "post", "--out"}},
		{"letters.pdf.age", []string{"letters", "--unit", "granvik", "--purpose", "post", "--body", body, "--out"}},
		{"form.xlsx", []string{"template", "--unit", "unionen", "--out"}},
		{"rest.xlsx", []string{"import", list, "--unit", "granvik", "--only-good", "--rest"}},
	} {
		if _, code := h.program("sec", append(c.args, at("medlemmar-"+c.out))...); code != 2 {
			t.Errorf("%s under a name that tells: exit code %d", c.args[0], code)
		}
		if _, err := os.Stat(at("medlemmar-" + c.out)); err == nil {
			t.Errorf("%s: the file is there", c.args[0])
		}
		path := at(c.out)
		if _, code := h.program("sec", append(c.args, path)...); code != 0 {
			t.Fatalf("%s: exit code %d", c.args[0], code)
		}
		b, err := os.ReadFile(path)
		h.must(err)
		switch {
		case c.out == "list.xlsx":
			word, err := os.ReadFile(password)
			h.must(err)
			b, err = officecrypt.Open(b, strings.TrimSpace(string(word)))
			h.must(err)
			properties(c.out, b)
		case strings.HasSuffix(path, ".xlsx"):
			properties(c.out, b)
		default:
			plain := at("open-" + strings.TrimSuffix(c.out, ".age"))
			if _, code := h.program("sec", "draw", "open", path, at("fack.pdf")); code != 2 {
				t.Errorf("%s is opened under a name that tells: exit code %d", c.out, code)
			}
			if _, code := h.program("sec", "draw", "open", path, plain); code != 0 {
				t.Fatalf("exit code %d", code)
			}
			pdf, err := os.ReadFile(plain)
			h.must(err)
			for _, s := range pdfSays(pdf) {
				if p.Tells(s) {
					t.Errorf("%s: %q tells", c.out, s)
				}
			}
			if c.args[0] == "letters" {
				h.window(plain, p.Name)
			}
		}
	}
}

var pdfInfo = regexp.MustCompile(`(?s)/(Title|Author|Subject|Keywords|Creator|Producer) \((.*?)\)\n`)

// pdfSays is what a PDF says of itself.
func pdfSays(pdf []byte) (out []string) {
	for _, m := range pdfInfo.FindAllSubmatch(pdf, -1) {
		s := string(m[2])
		if strings.HasPrefix(s, "\xfe\xff") {
			s = strings.ReplaceAll(s[2:], "\x00", "")
		}
		out = append(out, s)
	}
	return out
}

// window fails if the sender stands where the window of a letter's envelope shows it:
// once only is she named, in the letter's own head.
func (h *house) window(pdf, sender string) {
	h.t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		return
	}
	text, err := exec.Command("pdftotext", "-f", "1", "-l", "1", pdf, "-").Output()
	h.must(err)
	if n := strings.Count(string(text), sender); n != 1 {
		h.t.Errorf("the sender stands %d times on the first letter", n)
	}
}

// N06: who has joined today is on a list that is drawn today; and the officers of her
// unit learn that somebody has come, without her name.
func TestN06JoinedToday(t *testing.T) {
	t.Parallel()
	h := nordicHouse(t)
	h.do("ingrid", func(*desk.Desk) error { return nil })
	h.added("sec", "asker", person("Sunniva", "Gaup", fields{"joined": record.Text(string(register.DayOf(h.now)))}))
	key := filepath.Join(h.dir, "ingrid.key")
	h.must(actor("ingrid").Save(key, nil))
	out, code := h.program("ingrid", "sync", "--format", "json")
	var said struct{ Newcomers map[register.UnitID]int }
	h.must(json.Unmarshal([]byte(out), &said))
	if code != 0 || len(said.Newcomers) != 1 || said.Newcomers["asker"] != 1 || strings.Contains(out, "Gaup") {
		t.Errorf("exit code %d, she learns %v", code, said.Newcomers)
	}
	_, l := h.drawn("ingrid", akershus("mailing"))
	if !slices.Contains(families(l), "Gaup") {
		t.Error("she is not on the list")
	}
	h.added("sec", "senja", person("Per", "Nakken"))
	if out, _ := h.program("ingrid", "sync", "--format", "json"); strings.Contains(out, "senja") {
		t.Error("she learns of other units")
	}
}

// N48: what is sent by a list goes to just those on it, under its receipt, and the
// condition by which they were chosen is kept with it, sealed. Once the list is out of
// date nothing goes to anybody.
func TestN48ByTheList(t *testing.T) {
	t.Parallel()
	h := nordicHouse(t)
	o := akershus("phone-round")
	o.Condition = `city == "Heggedal"`
	o.Where = func(m *desk.Member) (bool, error) { return m.Record.Fields["city"].String() == "Heggedal", nil }
	taken, l := h.drawn("ingrid", o)
	h.do("sec", func(*desk.Desk) error { return nil })
	for _, who := range []string{"ingrid", "sec"} {
		h.do(who, func(d *desk.Desk) error {
			r, err := d.ReachOf(ctx, taken.Receipt.ID)
			if err != nil {
				return err
			}
			var got []register.RecordID
			for _, m := range r.Members {
				got = append(got, m.Path.ID)
			}
			if len(got) != len(l.Members) || got[0] != l.Members[0].Path.ID || r.Where != o.Condition || r.Fresh.Draw.ID != taken.Receipt.ID {
				t.Errorf("%s reaches %v for %q", who, got, r.Where)
			}
			return nil
		})
	}
	if bytes.Contains(taken.Receipt.Encode(), []byte("Heggedal")) {
		t.Error("the condition stands in clear")
	}
	h.do("sec", func(d *desk.Desk) error {
		_, _, err := d.CloseMember(ctx, l.Members[0].Path.ID, "left", true)
		return err
	})
	if err := h.as("ingrid", func(d *desk.Desk) error { _, err := d.ReachOf(ctx, taken.Receipt.ID); return err }); !errors.Is(err, desk.ErrDrawStale) {
		t.Errorf("somebody on it has left: %v", err)
	}
}

// B05: of every member it can be shown which lists named her: who took them out, for
// what, with which columns, when, and whether they are destroyed; and it is said of how
// many lists it cannot be seen.
func TestB05DrawsOfAMember(t *testing.T) {
	t.Parallel()
	h := nordicHouse(t)
	o := akershus("phone-round")
	o.Where = func(m *desk.Member) (bool, error) { return m.Record.Fields["city"].String() == "Heggedal", nil }
	one, l := h.drawn("ingrid", o)
	id := l.Members[0].Path.ID
	h.do("sec", func(*desk.Desk) error { return nil })
	all, _ := h.drawn("sec", akershus("mailing"))
	other, _ := h.drawn("sec", listOf("mailing", "senja"))
	h.do("ingrid", func(d *desk.Desk) error {
		_, err := d.DestroyDraw(ctx, string(one.Receipt.ID), []string{access.PartDigital, access.PartPaper})
		return err
	})
	h.do("sec", func(*desk.Desk) error { return nil })
	h.do("ingrid", func(*desk.Desk) error { return nil })
	out, code := h.program("ingrid", "draw", "list", "--member", string(id), "--format", "json")
	var said struct {
		Draws []struct {
			ID      register.RecordID
			By      register.Handle
			Purpose string
			Columns []string
			Drawn   register.Day
			Missing []string
		}
		Closed int
	}
	h.must(json.Unmarshal([]byte(out), &said))
	if code != 0 || len(said.Draws) != 2 || said.Closed != 1 {
		t.Fatalf("exit code %d: %+v", code, said)
	}
	for _, x := range said.Draws {
		switch x.ID {
		case one.Receipt.ID:
			if x.By != handle("ingrid") || x.Purpose != "phone-round" || len(x.Columns) != 3 || len(x.Missing) > 0 || x.Drawn == "" {
				t.Errorf("%+v", x)
			}
		case all.Receipt.ID:
			if x.By != handle("sec") || len(x.Missing) == 0 {
				t.Errorf("%+v", x)
			}
		case other.Receipt.ID:
			t.Error("a list of others names her")
		}
	}
	h.do("sec", func(d *desk.Desk) error {
		named, closed, err := d.DrawsOf(id)
		if err == nil && (len(named) != 2 || closed != 0) {
			t.Errorf("the secretariat sees %d lists, %d closed", len(named), closed)
		}
		return err
	})
}

// B09: the check says without any key that a list was out of date when it was drawn:
// its officer's copy lacked what main had had for longer than a list may be used.
func TestB09DrawnFromAnOldCopy(t *testing.T) {
	w := county(t)
	w.members("akershus", 1)
	old := w.head
	w.later(1)
	w.members("akershus", 1)
	drawn := func() *access.Draw {
		d := w.list("ingrid", "akershus", "phone-round", 7, "given", "phone")
		d.Main = old.String()
		return d
	}
	w.warned(w.drawing("ingrid", drawn()))
	w.later(1)
	w.warned(w.drawing("ingrid", drawn()))
	w.later(1)
	w.warned(w.drawing("ingrid", drawn()), "draw/fresh")
	fresh := drawn()
	fresh.Main = w.head.String() // nothing has changed since: however long ago that was
	w.warned(w.drawing("ingrid", fresh))
}
