package rules

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sheet"
	"github.com/medlem-register/medlem/internal/slow"
)

// history is a register in which things happen at random. ida is the officer of
// Vetlanda, sec the secretariat; each member has a family name that nobody else has.
type history struct {
	*house
	rng     *rand.Rand
	names   map[register.RecordID]string // of everybody who ever was
	leaving map[register.RecordID]bool   // whom ida has asked to close
	unsure  map[register.RecordID]bool   // who came back since: her request may be answered or wait
	did     map[string]int
	files   int
}

// place is where main has a record.
type place struct {
	unit   register.UnitID
	active bool
}

// places reads where everybody is from main itself, by its paths alone.
func (y *history) places() map[register.RecordID]place {
	y.t.Helper()
	out, err := exec.Command("git", "-C", y.host(), "ls-tree", "-r", "--name-only", "main", "data/").Output()
	y.must(err)
	at := map[register.RecordID]place{}
	for path := range strings.Lines(string(out)) {
		p, err := register.ParsePath(strings.TrimSpace(path))
		y.must(err)
		if p.Kind == register.Member || p.Kind == register.Closed {
			at[p.ID] = place{p.Unit, p.Kind == register.Member}
		}
	}
	return at
}

// pick chooses one of those on main who are active, or who are not.
func (y *history) pick(active bool, units ...register.UnitID) (id register.RecordID, ok bool) {
	var all []register.RecordID
	for id, p := range y.places() {
		if p.active == active && slices.Contains(units, p.unit) {
			all = append(all, id)
		}
	}
	if len(all) == 0 {
		return "", false
	}
	slices.SortFunc(all, func(a, b register.RecordID) int { return strings.Compare(y.names[a], y.names[b]) }) // ids differ from run to run
	return all[y.rng.IntN(len(all))], true
}

// fresh is a family name that nobody has.
func (y *history) fresh() string {
	b := []byte("Qaaaaaaa")
	for i := 1; i < len(b); i++ {
		b[i] = "bdfgklmnprstv"[y.rng.IntN(13)]
	}
	return string(b)
}

func (y *history) somebody() fields {
	given := strings.Fields("Åsa Nils Máret Göran Ylva Rut Frej Sigrid")
	family := y.fresh()
	return person(given[y.rng.IntN(len(given))], family, fields{"email": record.Text(strings.ToLower(family) + "@example.org"), "street": record.Text(fmt.Sprint("Påhittade gatan ", y.rng.IntN(500))), "postcode": record.Text("574 31"), "city": record.Text("Vetlanda")})
}

// csv writes a list of members.
func (y *history) csv(list ...fields) string {
	y.files++
	text := "Förnamn;Efternamn;E-post;Gatuadress;Postnummer;Ort\n"
	for _, f := range list {
		text += fmt.Sprintf("%s;%s;%s;%s;%s;%s\n", f["given"], f["family"], f["email"], f["street"], f["postcode"], f["city"])
	}
	return y.file(fmt.Sprintf("in%d.csv", y.files), text)
}

// step lets one thing happen. What the rules do not allow does not happen.
func (y *history) step() {
	who, here := "ida", []register.UnitID{"vetlanda"}
	if y.rng.IntN(2) == 0 {
		who, here = "sec", []register.UnitID{"vetlanda", "alvesta"}
	}
	u := here[y.rng.IntN(len(here))]
	one, ok := y.pick(true, here...)
	act := []string{"add", "import", "update", "close", "close", "close", "reopen", "move", "erase", "erase", "submit", "submit", "merge", "merge"}[y.rng.IntN(14)]
	var err error
	switch act {
	case "add":
		_, err = y.add(who, u, y.somebody())
	case "import":
		_, code := y.program(who, "import", y.csv(y.somebody(), y.somebody()), "--unit", string(u))
		err = failed(code)
	case "update":
		if !ok {
			return
		}
		r := maps.Clone(y.record(one).Fields)
		r["city"] = record.Text([]string{"Ekenässjön", "Korsberga", "Vetlanda"}[y.rng.IntN(3)])
		_, code := y.program(who, "import", y.csv(r), "--unit", string(y.places()[one].unit), "--update")
		err = failed(code)
	case "close":
		if !ok {
			return
		}
		err = y.as(who, func(d *desk.Desk) error { _, _, err := d.CloseMember(ctx, one, "left", false); return err })
		if err == nil && who == "ida" {
			y.leaving[one] = true
		}
	case "reopen":
		if one, ok = y.pick(false, here...); !ok {
			return
		}
		err = y.as("sec", func(d *desk.Desk) error { _, err := d.Reopen(ctx, one); return err })
		if err == nil && y.leaving[one] {
			delete(y.leaving, one)
			y.unsure[one] = true
		}
	case "move":
		if !ok || who != "sec" {
			return
		}
		err = y.as("sec", func(d *desk.Desk) error { _, err := d.Move(ctx, one, u); return err })
	case "erase":
		if one, ok = y.pick(false, here...); !ok {
			return
		}
		err = y.as("sec", func(d *desk.Desk) error { _, err := d.Erase(ctx, []register.RecordID{one}); return err })
	case "submit":
		err = y.as("ida", func(d *desk.Desk) error { _, err := d.Submit(ctx); return err })
	case "merge":
		err = y.as("sec", func(d *desk.Desk) error {
			ps, err := d.Inbox(ctx)
			if err != nil || len(ps) == 0 {
				return errors.Join(err, errors.New("nothing waits"))
			}
			_, err = d.Merge(ctx, ps[0].Topic, nil)
			return err
		})
	}
	if err == nil {
		switch act {
		case "reopen", "erase", "merge":
			who = "sec"
		case "submit":
			who = "ida"
		}
		y.did[act+" by "+who]++
	}
	y.do("sec", func(d *desk.Desk) error {
		for id := range y.places() {
			if y.names[id] == "" {
				m, err := d.Find(id)
				if err != nil {
					return err
				}
				y.names[id] = m.Record.Fields["family"].String()
			}
		}
		return nil
	})
}

func failed(code int) error {
	if code != 0 {
		return fmt.Errorf("exit code %d", code)
	}
	return nil
}

// look takes out a list, labels and letters, as a file each, and reads back whom
// they name.
func (y *history) look(who string, units ...register.UnitID) {
	y.t.Helper()
	y.do(who, func(*desk.Desk) error { return nil })
	at := y.places()
	want := map[string]bool{}
	for id, name := range y.names {
		p, there := at[id]
		on := there && p.active && slices.Contains(units, p.unit)
		if who == "ida" && on && y.unsure[id] && !y.leaving[id] {
			continue
		}
		want[name] = on && (who != "ida" || !y.leaving[id])
	}
	any := slices.Contains(slices.Collect(maps.Values(want)), true)
	body := y.file("body.txt", "Välkommen.\n")
	for _, form := range [][]string{{"draw", "--out", "l.csv.age"}, {"labels", "--out", "e.pdf.age"}, {"letters", "--body", body, "--out", "b.pdf.age"}} {
		y.files++
		out := filepath.Join(y.dir, fmt.Sprint(y.files, form[len(form)-1]))
		args := append(form[:len(form)-1:len(form)-1], out, "--purpose", "labels")
		for _, u := range units {
			args = append(args, "--unit", string(u))
		}
		if _, code := y.program(who, args...); code != 0 {
			if any {
				y.t.Fatalf("%s: medlem %s: exit code %d", who, form[0], code)
			}
			continue
		}
		b, err := os.ReadFile(out)
		y.must(err)
		plain, err := seal.OpenList(b, actor(who).Ages())
		y.must(err)
		text, ok := y.text(form[0], plain)
		if !ok {
			continue
		}
		for name, on := range want {
			if got := strings.Contains(text, name); got && !on {
				y.t.Fatalf("%s: %s holds somebody who has left, after %v", who, form[0], y.did)
			} else if on && !got {
				y.t.Fatalf("%s: %s lacks a member, after %v", who, form[0], y.did)
			}
		}
	}
}

// text is what stands in a file, read by others where it is a PDF.
func (y *history) text(form string, plain []byte) (string, bool) {
	y.t.Helper()
	if form == "draw" {
		t, err := sheet.Read("list", plain)
		y.must(err)
		var out []string
		for _, r := range t.Rows {
			for _, c := range r.Cells {
				out = append(out, c.Text)
			}
		}
		return strings.Join(out, "\n"), true
	}
	if _, err := exec.LookPath("pdftotext"); err != nil {
		if slow.On() {
			y.t.Fatal("this test needs pdftotext: apt-get install poppler-utils")
		}
		return "", false
	}
	out, err := exec.Command("pdftotext", y.file("look.pdf", string(plain)), "-").Output()
	y.must(err)
	return string(out), true
}

// D16: whatever has happened before, no list, no sheet of labels and no letters hold
// anybody whose membership has ended or who is erased, and all hold everybody else: as
// they are read back from their files, at random moments of random histories. The long
// form runs with MEDLEM_SLOW.
func TestD16NeverOnAList(t *testing.T) {
	t.Parallel()
	seeds, looks, steps := 1, 5, 14
	if slow.On() {
		seeds, looks, steps = 3, 15, 14
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			h := poskHouse(t, "access.yaml: request, merge, grant, policy, erase] → request, merge, grant, policy, erase, draw]",
				"lists.yaml:     by: [diocese-officer, local-officer]\n → ")
			h.now = time.Date(2026, 4, 1, 8, 0, 0, 0, time.UTC)
			h.join("ida", "vetlanda", "local-officer")
			y := &history{house: h, rng: rand.New(rand.NewPCG(uint64(seed), 16)), names: map[register.RecordID]string{}, leaving: map[register.RecordID]bool{}, unsure: map[register.RecordID]bool{}, did: map[string]int{}}
			for range 6 {
				f := y.somebody()
				y.names[h.added("sec", "vetlanda", f)] = f["family"].String()
			}
			for range looks {
				for range steps {
					y.step()
				}
				y.look("ida", "vetlanda")
				y.look("sec", "vetlanda", "alvesta")
			}
			gone := 0
			at := y.places()
			for id := range y.names {
				if !at[id].active {
					gone++
				}
			}
			t.Logf("%d of %d have left; %v", gone, len(y.names), y.did)
			if gone == 0 {
				t.Error("nobody has left: the history shows nothing")
			}
		})
	}
}
