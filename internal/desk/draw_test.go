package desk_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/slow"
)

const listsPolicy = `purposes:
  - {id: mailing, name: {sv: Utskick, da: Udsendelse, nb: Utsending, en: Mailing}, columns: [given, family, email, street, postcode, city, phone]}
  - {id: round, name: {sv: Ringrunda, da: Ringerunde, nb: Ringerunde, en: Phone round}, columns: [given, family, phone]}
other-columns: reason
destroy-after: 14
printed: true
attest: [paper, digital]
`

// listOffice is an office in which everybody who reads may draw lists; more is added
// to lists.yaml.
func listOffice(t *testing.T, more string) *office {
	t.Helper()
	return officeUnder(t, map[string][]byte{"policies/lists.yaml": []byte(listsPolicy + more)}, "may: [read, request, draw]")
}

// officeUnder is an office under the sample's policy with other files besides; mayRead is
// what whoever only reads may do.
func officeUnder(t *testing.T, files map[string][]byte, mayRead string) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), ids: map[string]*identity.Identity{}}
	if out, err := exec.Command("git", "init", "-q", "--bare", "-b", "main", o.host()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, n := range []string{"organisation.yaml", "access.yaml", "fields.yaml", "retention.yaml"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "policies", n))
		if err != nil {
			t.Fatal(err)
		}
		switch n {
		case "organisation.yaml":
			b = withoutFolder(b)
		case "access.yaml":
			b = bytes.ReplaceAll(b, []byte("may: [read, request]"), []byte(mayRead))
		}
		files["policies/"+n] = b
	}
	o.identity("sec")
	if _, err := desk.Init(ctx, desk.InitOptions{Dir: o.at("sec"), Remote: o.host(), Identity: o.ids["sec"], Now: o.clock, Files: files}); err != nil {
		t.Fatal(err)
	}
	return o
}

// inClear is how these tests render: what a list holds, and nothing that reads it.
func inClear(l *desk.List) ([]byte, error) {
	var b bytes.Buffer
	for _, row := range l.Rows {
		fmt.Fprintln(&b, strings.Join(row, ";"))
	}
	return b.Bytes(), nil
}

func mailing(units ...register.UnitID) desk.DrawOptions {
	return desk.DrawOptions{Units: units, Purpose: "mailing", Form: access.FormList, Format: access.FormatCSV}
}

// draw takes a list out and returns it.
func (o *office) draw(who string, opt desk.DrawOptions) (t *desk.Taken, l *desk.List) {
	o.t.Helper()
	o.do(who, func(d *desk.Desk) (err error) {
		t, err = d.Draw(ctx, opt, func(x *desk.List) ([]byte, error) { l = x; return inClear(x) })
		return err
	})
	return t, l
}

func (o *office) sync(who string) {
	o.t.Helper()
	o.do(who, func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
}

// receipts are the receipts that somebody's copy has.
func (o *office) receipts(who string) (out []*desk.Drawn) {
	o.t.Helper()
	o.do(who, func(d *desk.Desk) (err error) {
		if _, err = d.Sync(ctx); err == nil {
			out, err = d.Draws(nil)
		}
		return err
	})
	return out
}

// add enters members as the secretariat, and returns their ids.
func (o *office) enter(unit register.UnitID, names ...string) (ids []register.RecordID) {
	o.t.Helper()
	var ms []map[string]record.Value
	for i, n := range names {
		given, family, _ := strings.Cut(n, " ")
		m := person(given, family)
		m["phone"] = record.Text(fmt.Sprintf("+47400%05d", i))
		ms = append(ms, m)
	}
	o.do("sec", func(d *desk.Desk) (err error) { ids, err = d.Add(ctx, unit, "add", ms); return err })
	return ids
}

// away takes the server away until the returned function is called.
func (o *office) away() (back func()) {
	o.t.Helper()
	if err := os.Rename(o.host(), o.host()+".away"); err != nil {
		o.t.Fatal(err)
	}
	return func() {
		if err := os.Rename(o.host()+".away", o.host()); err != nil {
			o.t.Fatal(err)
		}
	}
}

// The secretariat takes lists out where no server answers, too: its receipt goes the
// way of everybody's, and its next command that reaches the server takes it in.
func TestDrawSecretariatOffline(t *testing.T) {
	o := listOffice(t, "")
	o.enter("asker", "Åse Kvåle")
	back := o.away()
	taken, _ := o.draw("sec", mailing("asker"))
	if taken.Sent {
		t.Error("sent to a server that is not there")
	}
	back()
	o.sync("sec")
	list := o.receipts("sec")
	if len(list) != 1 || list[0].Waits || list[0].Receipt.ID != taken.Receipt.ID {
		t.Fatalf("%d receipts, waiting %v", len(list), len(list) > 0 && list[0].Waits)
	}
	if out, err := exec.Command("git", "-C", o.host(), "for-each-ref", "refs/heads/proposals").Output(); err != nil || len(out) > 0 {
		t.Errorf("left on the server: %s %v", out, err)
	}
}

// A receipt that has waited since before somebody joined the secretariat is sealed to
// her too when it is sent: otherwise it would be refused for ever. It keeps its day.
func TestDrawResealed(t *testing.T) {
	o := listOffice(t, "")
	o.join("kari", "asker", "member-officer")
	o.enter("asker", "Åse Kvåle")
	o.sync("kari")
	back := o.away()
	taken, _ := o.draw("kari", mailing("asker"))
	back()
	o.join("tove", "national", "secretariat")
	o.day(3)
	o.sync("kari")
	list := o.receipts("tove")
	if len(list) != 1 || list[0].Receipt.Drawn != taken.Receipt.Drawn {
		t.Fatalf("%d receipts came in", len(list))
	}
	if w := o.receipts("kari"); w[0].Waits {
		t.Error("it still waits")
	}
}

// Who is erased stands in no sealed list any more, also in one that came in later;
// the receipts keep their number, and the list counts as stale.
func TestDrawErasure(t *testing.T) {
	o := listOffice(t, "")
	o.join("kari", "asker", "member-officer")
	ids := o.enter("asker", "Åse Kvåle", "Nils Eira")
	o.sync("kari")
	early, _ := o.draw("kari", mailing("asker"))
	o.sync("sec")
	back := o.away()
	late, _ := o.draw("kari", mailing("asker"))
	back()
	o.do("sec", func(d *desk.Desk) error {
		if _, _, err := d.CloseMember(ctx, ids[0], "left", false); err != nil {
			return err
		}
		_, err := d.Erase(ctx, ids[:1])
		return err
	})
	o.sync("kari")
	o.sync("sec")
	o.do("sec", func(d *desk.Desk) error {
		for _, x := range []*desk.Taken{early, late} {
			f, err := d.FreshDraw(ctx, x.Receipt.ID)
			if err != nil {
				return err
			}
			named, err := d.NamedIn(x.Receipt.ID)
			if err != nil {
				return err
			}
			if !slices.Equal(named, ids[1:]) || f.Left != 1 || !f.Exact || f.Draw.Count != 2 {
				t.Errorf("named %v, %+v", named, f)
			}
		}
		return nil
	})
}

// Somebody whom the officer has closed, moved or asked to close herself is on no list
// of hers, though main does not know it yet; nor is somebody whom only her draft has.
// Her own corrections are.
func TestDrawOwnDraft(t *testing.T) {
	o := listOffice(t, "")
	o.join("kari", "asker", "member-officer")
	ids := o.enter("asker", "Åse Kvåle", "Nils Eira", "Ragna Fossli")
	o.do("kari", func(d *desk.Desk) error {
		if _, _, err := d.CloseMember(ctx, ids[0], "left", false); err != nil {
			return err
		}
		if _, err := d.Edit(ctx, ids[1], map[string]record.Value{"phone": record.Text("+4741000009")}); err != nil {
			return err
		}
		_, err := d.Add(ctx, "asker", "add", []map[string]record.Value{person("Ny", "Medlem")})
		return err
	})
	taken, l := o.draw("kari", mailing("asker"))
	text, _ := inClear(l)
	if taken.Receipt.Count != 2 || bytes.Contains(text, []byte("Kvåle")) || bytes.Contains(text, []byte("Medlem")) || !bytes.Contains(text, []byte("+4741000009")) {
		t.Errorf("%d members are on the list, or the wrong ones", taken.Receipt.Count)
	}
}

// What is attested while an earlier attestation of the same list waits goes with it:
// neither is lost, and neither is refused as out of date.
func TestDrawAttestTwice(t *testing.T) {
	o := listOffice(t, "")
	o.join("kari", "asker", "member-officer")
	o.enter("asker", "Åse Kvåle")
	o.sync("kari")
	opt := mailing("asker")
	opt.Copies = 1
	taken, _ := o.draw("kari", opt)
	id := string(taken.Receipt.ID)
	attest := func(part string) error {
		return o.as("kari", func(d *desk.Desk) error { _, err := d.DestroyDraw(ctx, id, []string{part}); return err })
	}
	if err := attest(access.PartPaper); !errors.Is(err, desk.ErrDrawWaiting) {
		t.Errorf("before the receipt is taken in: %v", err)
	}
	o.sync("sec")
	if err := errors.Join(attest(access.PartPaper), attest(access.PartDigital)); err != nil {
		t.Fatal(err)
	}
	if err := attest(access.PartDigital); !errors.Is(err, desk.ErrNothing) {
		t.Errorf("again: %v", err)
	}
	if list := o.receipts("sec"); len(list) != 1 || list[0].Open() || list[0].Waits {
		t.Errorf("missing %q", list[0].Missing)
	}
}

// Two officers attest the same list at the same time: the one the paper, the other
// the file, or both the same. Both come in, each under the name of who says it, and
// nothing is left waiting.
func TestDrawAttestTogether(t *testing.T) {
	o := listOffice(t, "")
	o.join("kari", "asker", "member-officer")
	o.join("liv", "asker", "member-officer")
	o.enter("asker", "Åse Kvåle")
	o.sync("kari")
	for _, parts := range [][2][]string{
		{{access.PartPaper}, {access.PartDigital}},
		{{access.PartPaper, access.PartDigital}, {access.PartDigital}},
	} {
		opt := mailing("asker")
		opt.Copies = 1
		taken, _ := o.draw("kari", opt)
		o.sync("sec")
		o.sync("kari")
		o.sync("liv")
		for i, who := range []string{"kari", "liv"} { // neither knows of the other's: the secretariat takes nothing in between
			o.do(who, func(d *desk.Desk) error { _, err := d.DestroyDraw(ctx, string(taken.Receipt.ID), parts[i]); return err })
		}
		o.sync("sec")
		o.sync("kari")
		o.sync("liv")
		o.sync("sec")
		for _, who := range []string{"sec", "kari", "liv"} {
			list := o.receipts(who)
			i := slices.IndexFunc(list, func(x *desk.Drawn) bool { return x.Receipt.ID == taken.Receipt.ID })
			if x := list[i]; x.Open() || x.Waits || len(x.Receipt.Destroyed) != 2 {
				t.Errorf("%s, %q: missing %q, waits %v", who, parts, x.Missing, x.Waits)
			} else if by := x.Receipt.Destroyed; len(parts[0]) == 1 && by[0].Handle == by[1].Handle {
				t.Errorf("%s: both are said by one", who)
			}
		}
		if out, err := exec.Command("git", "-C", o.host(), "for-each-ref", "refs/heads/proposals").Output(); err != nil || len(out) > 0 {
			t.Errorf("left on the server: %s %v", out, err)
		}
	}
}

// A list whose rendering fails, or that is refused, leaves nothing behind: no receipt
// here and none on the server.
func TestDrawLeavesNothing(t *testing.T) {
	o := listOffice(t, "")
	o.join("kari", "asker", "member-officer")
	o.enter("asker", "Åse Kvåle")
	broken := errors.New("broken")
	for _, who := range []string{"kari", "sec"} {
		err := o.as(who, func(d *desk.Desk) error {
			taken, err := d.Draw(ctx, mailing("asker"), func(*desk.List) ([]byte, error) { return nil, broken })
			if taken != nil {
				t.Error("a list without a receipt")
			}
			return err
		})
		if !errors.Is(err, broken) {
			t.Error(err)
		}
		if n := len(o.receipts(who)); n > 0 {
			t.Errorf("%s: %d receipts", who, n)
		}
	}
}

// The canary of a list is no member: its address tells which draw it is, it is not
// counted, and labels have none.
func TestDrawCanary(t *testing.T) {
	o := listOffice(t, "canary: \"lister+{code}@example.org\"\n")
	o.enter("asker", "Åse Kvåle")
	taken, l := o.draw("sec", mailing("asker"))
	address := "lister+" + desk.CanaryCode(taken.Receipt.ID) + "@example.org"
	text, _ := inClear(l)
	if taken.Receipt.Count != 1 || len(l.Rows) != 2 || !bytes.Contains(text, []byte(address)) || !slices.Contains(l.Members, nil) {
		t.Errorf("%d counted, %d rows", taken.Receipt.Count, len(l.Rows))
	}
	o.draw("sec", mailing("asker"))
	o.do("sec", func(d *desk.Desk) error {
		found, err := d.Identify(l.Header, [][]string{{"x", strings.ToUpper(address)}})
		if err == nil && (found.Draw == nil || found.Draw.ID != taken.Receipt.ID || !found.Canary) {
			t.Error("it does not tell its draw")
		}
		return err
	})
	opt := mailing("asker")
	opt.Form, opt.Format = access.FormLabels, access.FormatPDF
	if _, l := o.draw("sec", opt); len(l.Rows) != 1 {
		t.Error("labels have a canary")
	}
	opt = mailing("asker")
	opt.Purpose = "round"
	if _, l := o.draw("sec", opt); len(l.Rows) != 1 {
		t.Error("a list without addresses has a canary")
	}
}

// crowd enters so many invented people, of a few family names, as registers are.
func (o *office) crowd(unit register.UnitID, n int) []register.RecordID {
	families := []string{"Berg", "Bakke", "Haugen", "Hagen", "Johansen", "Kvåle", "Moen", "Nilsen", "Sætre", "Solberg"}
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("Test%c %s", 'a'+i%26, families[i%len(families)]))
	}
	return o.enter(unit, names...)
}

// A list names its draw among others of the same columns: as it is, with rows
// deleted, with a few rows corrected; and never another's. Sorted anew it names none,
// and those that it can be are told.
func TestDrawIdentify(t *testing.T) {
	o := listOffice(t, "")
	o.crowd("asker", 120)
	var ids []register.RecordID
	lists := map[register.RecordID]*desk.List{}
	for range 6 {
		opt := mailing("asker")
		opt.Purpose = "round"
		taken, l := o.draw("sec", opt)
		ids, lists[taken.Receipt.ID] = append(ids, taken.Receipt.ID), l
	}
	identify := func(l *desk.List, rows [][]string) (found *desk.Identified) {
		o.do("sec", func(d *desk.Desk) (err error) { found, err = d.Identify(l.Header, rows); return err })
		return found
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, id := range ids {
		l := lists[id]
		few := slices.Clone(l.Rows)
		few = slices.DeleteFunc(few, func([]string) bool { return rng.IntN(3) == 0 })
		mended := make([][]string, len(l.Rows))
		for i, r := range l.Rows {
			mended[i] = slices.Clone(r)
			if i%20 == 0 {
				mended[i][len(r)-1] += "0"
			}
		}
		for what, rows := range map[string][][]string{"whole": l.Rows, "rows deleted": few, "rows corrected": mended, "ten rows of a letter": l.Rows[:24]} {
			found := identify(l, rows)
			if found.Draw == nil || found.Draw.ID != id {
				t.Errorf("%s, %d rows: %+v", what, len(rows), found.Candidates[0])
			}
			if what == "whole" && found.Candidates[0].Right != found.Candidates[0].Pairs {
				t.Errorf("%s: %d of %d pairs", what, found.Candidates[0].Right, found.Candidates[0].Pairs)
			}
		}
		sorted := slices.Clone(l.Rows)
		slices.SortFunc(sorted, func(a, b []string) int { return slices.Compare(a, b) })
		if found := identify(l, sorted); found.Draw != nil || len(found.Candidates) == 0 {
			t.Errorf("sorted anew: %d candidates, draw %v", len(found.Candidates), found.Draw != nil)
		}
	}
	// Too few rows tell nothing: that would be chance.
	l := lists[ids[0]]
	if found := identify(l, l.Rows[:3]); found.Draw != nil {
		t.Error("three rows name a draw")
	}
	if found := identify(&desk.List{Header: []string{"Fornavn"}}, l.Rows); len(found.Candidates) > 0 {
		t.Error("other columns have candidates")
	}
}

// The right draw's columns beside the names stand in an order that is its own.
func TestDrawColumnsPermuted(t *testing.T) {
	o := listOffice(t, "")
	o.enter("asker", "Åse Kvåle")
	orders := map[string]bool{}
	for range 6 {
		taken, _ := o.draw("sec", mailing("asker"))
		if c := taken.Receipt.Columns; !slices.Equal(c[:2], []string{"given", "family"}) || len(c) != 7 {
			t.Errorf("columns %q", c)
		}
		orders[strings.Join(taken.Receipt.Columns, " ")] = true
	}
	if len(orders) < 3 {
		t.Errorf("%d orders of five columns in six draws", len(orders))
	}
}

// An officer who cannot open whom a list names learns from the paths alone that
// somebody of its units has left.
func TestDrawFreshWithoutKey(t *testing.T) {
	o := listOffice(t, "")
	o.join("kari", "asker", "member-officer")
	ids := o.enter("asker", "Åse Kvåle", "Nils Eira")
	taken, _ := o.draw("sec", mailing("akershus", "asker"))
	fresh := func() (f *desk.Freshness) {
		o.do("kari", func(d *desk.Desk) (err error) { f, err = d.FreshDraw(ctx, taken.Receipt.ID); return err })
		return f
	}
	if f := fresh(); f.Stale() || f.Exact {
		t.Errorf("%+v", f)
	}
	o.do("sec", func(d *desk.Desk) error { _, _, err := d.CloseMember(ctx, ids[0], "left", false); return err })
	if f := fresh(); f.Left != 1 || f.Exact {
		t.Errorf("after somebody left: %+v", f)
	}
}

// No list ever holds somebody whose membership has ended, whatever has happened
// before: members who come, leave, come back, move and are erased, with drafts,
// proposals and merges in between.
func TestDrawNeverClosed(t *testing.T) {
	o := listOffice(t, "")
	o.join("kari", "asker", "member-officer")
	units := []register.UnitID{"akershus", "asker", "lillestrom"}
	rng := rand.New(rand.NewPCG(7, 7))
	active, closed := map[register.RecordID]register.UnitID{}, map[register.RecordID]bool{}
	for _, id := range o.crowd("asker", 6) {
		active[id] = "asker"
	}
	pick := func(m []register.RecordID) register.RecordID { slices.Sort(m); return m[rng.IntN(len(m))] }
	steps := 20
	if slow.On() {
		steps = 200
	}
	drawn, singly := 0, 0
	for range steps {
		var open, ended []register.RecordID
		for id := range active {
			open = append(open, id)
		}
		for id := range closed {
			ended = append(ended, id)
		}
		switch k := rng.IntN(7); {
		case k == 0:
			u := units[rng.IntN(len(units))]
			active[o.crowd(u, 1)[0]] = u
		case k < 3 && len(open) > 1:
			id := pick(open)
			o.do("sec", func(d *desk.Desk) error { _, _, err := d.CloseMember(ctx, id, "left", false); return err })
			delete(active, id)
			closed[id] = true
		case k == 3 && len(ended) > 0:
			id := pick(ended)
			o.do("sec", func(d *desk.Desk) error { _, err := d.Reopen(ctx, id); return err })
			delete(closed, id)
			active[id] = "asker"
		case k == 4 && len(open) > 0:
			id := pick(open)
			_ = o.as("sec", func(d *desk.Desk) error { _, err := d.Move(ctx, id, units[rng.IntN(len(units))]); return err })
		case k == 5 && len(ended) > 0 && singly < 5: // more a month want a run
			singly++
			id := pick(ended)
			o.do("sec", func(d *desk.Desk) error { _, err := d.Erase(ctx, []register.RecordID{id}); return err })
			delete(closed, id)
		default:
			_ = o.as("kari", func(d *desk.Desk) error {
				_, err := d.Edit(ctx, pick(open), map[string]record.Value{"city": record.Text("Asker")})
				return err
			})
		}
		_, l := o.draw("sec", mailing(units...))
		got := map[register.RecordID]bool{}
		for _, m := range l.Members {
			got[m.Path.ID] = true
			drawn++
			if _, ok := active[m.Path.ID]; !ok || m.Closed() {
				t.Fatal("a list holds somebody whose membership has ended")
			}
		}
		if len(got) != len(active) {
			t.Fatalf("%d of %d members are on the list", len(got), len(active))
		}
	}
	if drawn < steps {
		t.Fatalf("only %d members were ever on a list", drawn)
	}
}

// ATTACK: somebody who may write to the server puts a list of her own where the
// answer to a request is awaited, or an answer to another request. The asker's tool
// takes only what the secretariat signed, for this very request.
func TestAttackPlantedList(t *testing.T) {
	const requests = `requests:
  - {id: local, name: {sv: Lokal, da: Lokal, nb: Lokal, en: Local}, by: [chair], of: own, approved-by: [secretariat]}
`
	o := listOffice(t, requests)
	o.join("kari", "asker", "chair")
	o.enter("asker", "Åse Kvåle")
	ask := func() (topic string) {
		o.do("kari", func(d *desk.Desk) error {
			s, err := d.RequestList(ctx, desk.ListRequestOptions{Kind: "local", Purpose: "round"})
			if err == nil {
				topic = s.Topic
			}
			return err
		})
		return topic
	}
	approve := func(topic string) {
		o.do("sec", func(d *desk.Desk) error {
			_, err := d.ApproveList(ctx, topic, desk.Approval{}, inClear)
			return err
		})
	}
	fetch := func(topic string) error {
		return o.as("kari", func(d *desk.Desk) error { return d.FetchList(ctx, topic, func(*desk.Handed) error { return nil }) })
	}
	first, second := ask(), ask()
	approve(first)
	me := string(o.ids["kari"].Handle())
	server := func(args ...string) string {
		out, err := exec.Command("git", append([]string{"-C", o.host()}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	answer := server("rev-parse", "refs/medlem/answers/"+me+"/"+first)
	server("update-ref", "refs/medlem/answers/"+me+"/"+second, answer)
	if err := fetch(second); err == nil {
		t.Error("the list of another request is taken")
	}
	server("update-ref", "refs/medlem/answers/"+me+"/"+second, server("rev-parse", "main"))
	if err := fetch(second); !errors.Is(err, desk.ErrNoListHere) {
		t.Errorf("something else is taken for a list: %v", err)
	}
	server("update-ref", "-d", "refs/medlem/answers/"+me+"/"+second)
	if err := fetch(first); err != nil { // the honest twin
		t.Error(err)
	}
	approve(second)
	if err := fetch(second); err != nil {
		t.Error(err)
	}
	if _, err := gitstore.ParseID(answer); err != nil {
		t.Fatal(err)
	}
}
