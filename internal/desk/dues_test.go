package desk_test

import (
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/dues/duestest"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/reference"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/retention"
)

const duesPolicy = `collected-by: national
claim: {from: "01-02", to: "01-10"}
new-member-days: 5
reminders: {min: 4, max: 5}
means:
  - {id: bank, for: [join, renewal]}
  - {id: direct-debit, for: [join, renewal]}
  - {id: cash, for: []}
currency: NOK
reference-form: {scheme: kid-mod10}
amounts:
  - {id: adult, amount: 35000}
lapse: {unpaid-years: 2, clock: claims, reason: unpaid}
keep-years: 5
`

// duesOffice is a federation that collects dues, with kari of asker.
func duesOffice(t *testing.T) *office {
	t.Helper()
	o := newOffice(t)
	o.put("dues.yaml", duesPolicy)
	o.join("kari", "asker", "member-officer")
	return o
}

// put puts a new policy file in force.
func (o *office) put(name, text string) {
	o.t.Helper()
	o.do("sec", func(d *desk.Desk) error {
		files, err := desk.PolicyFiles(d.Repo(), d.State().Tree)
		if err != nil {
			return err
		}
		files = maps.Clone(files)
		files[name] = []byte(text)
		effect, _, err := d.PolicyChange(files)
		if err != nil {
			return err
		}
		accept := ""
		if !effect.Empty() {
			accept = effect.Digest()
		}
		_, err = d.Policies(ctx, files, accept)
		return err
	})
}

// claim claims a year and returns what it made.
func (o *office) claim(who string, year int) (c *desk.DuesClaims) {
	o.t.Helper()
	o.do(who, func(d *desk.Desk) (err error) {
		c, err = d.ClaimDues(ctx, desk.DuesClaimOptions{Year: year})
		return err
	})
	return c
}

// books opens the books as the secretariat.
func (o *office) books(look func(x *desk.Dues)) {
	o.t.Helper()
	o.do("sec", func(d *desk.Desk) error {
		x, err := d.Dues("")
		if err == nil {
			look(x)
		}
		return err
	})
}

// line is what the member's record says of a year, as an officer reads it.
func (o *office) line(who string, id register.RecordID, year int) (line record.DuesLine) {
	o.t.Helper()
	o.do(who, func(d *desk.Desk) error {
		if _, err := d.Sync(ctx); err != nil {
			return err
		}
		m, err := d.Find(id)
		if err != nil {
			return err
		}
		for _, l := range d.Policy().Schema().DuesOf(m.Record) {
			if l.Year == year {
				line = l
			}
		}
		return nil
	})
	return line
}

func kid(payload string) string {
	s, err := reference.KIDMod10.Make(payload)
	if err != nil {
		panic(err)
	}
	return s
}

func (o *office) bookFile(who string, file []byte) (b *desk.DuesBooked, err error) {
	o.t.Helper()
	err = o.as(who, func(d *desk.Desk) (err error) { b, err = d.BookDues(ctx, "", file); return err })
	return b, err
}

// N13, N17, N18, N44: the secretariat claims and books, each once; a branch sees which
// years are paid, and no amounts.
func TestN13ClaimAndBook(t *testing.T) {
	o := duesOffice(t)
	ids := o.enter("asker", "Anna Berg", "Bo Ek", "Cato Li")
	c := o.claim("sec", 2026)
	if len(c.Claims) != 3 || c.Sum != 3*35000 {
		t.Fatalf("%d claims of %d together", len(c.Claims), c.Sum)
	}
	err := o.as("sec", func(d *desk.Desk) error {
		_, err := d.ClaimDues(ctx, desk.DuesClaimOptions{Year: 2026})
		return err
	})
	if !errors.Is(err, desk.ErrNothing) {
		t.Errorf("claimed again: %v", err)
	}
	was := o.line("kari", ids[0], 2026)
	if was.State != record.Open || was.Amount != 0 || was.Claimed != "2026-03-02" || was.Due != "2026-04-01" {
		t.Errorf("kari sees %+v", was)
	}
	o.day(3)
	file := duestest.OCR("2026-03-04", duestest.Payment{KID: kid(was.Payload), Amount: 35000, Number: 1}, duestest.Payment{KID: "", Amount: 35000, Number: 2})
	b, err := o.bookFile("sec", file)
	if err != nil || b.Paid != 1 || b.Waits != 1 {
		t.Fatalf("booked %+v, %v", b, err)
	}
	if _, err := o.bookFile("sec", file); !errors.Is(err, dues.ErrBooked) {
		t.Errorf("the same file again: %v", err)
	}
	again := duestest.OCR("2026-03-04", duestest.Payment{KID: kid(was.Payload), Amount: 35000, Number: 1})
	if b, err := o.bookFile("sec", again); err != nil || b.Twice != 1 || b.Paid != 0 {
		t.Errorf("the same payment in another file: %+v, %v", b, err)
	}
	if is := o.line("kari", ids[0], 2026); is.State != record.Paid || is.Since != "2026-03-04" || is.Payload != was.Payload {
		t.Errorf("kari sees %+v", is)
	}
	// What waits is settled by a person.
	ref := kid(o.line("sec", ids[1], 2026).Payload)
	o.do("sec", func(d *desk.Desk) error {
		_, _, err := d.SettleDues(ctx, desk.DuesSettlement{Number: 1, How: dues.SettleTo, Reference: ref, Why: "payer-said"})
		return err
	})
	if is := o.line("kari", ids[1], 2026); is.State != record.Paid {
		t.Errorf("settled: %+v", is)
	}
	o.books(func(x *desk.Dues) {
		if s := x.Sums(); s.Paid != 70000 || s.Open != 35000 || s.Waits != 0 || s.Claimed != 105000 {
			t.Errorf("sums %+v", s)
		}
	})
}

// N11: only the level that the policy names collects. ATTACK: a branch writes into its
// members' records that they have paid. At stake: who has paid. The test proves that her
// tool refuses it, and that the merge refuses what a tool of her own makes; and that the
// honest twin, another field, is merged.
func TestN11OthersClaimNothing(t *testing.T) {
	o := duesOffice(t)
	ids := o.enter("asker", "Anna Berg")
	o.claim("sec", 2026)
	o.sync("kari")
	for name, act := range map[string]func(d *desk.Desk) error{
		"claims": func(d *desk.Desk) error {
			_, err := d.ClaimDues(ctx, desk.DuesClaimOptions{Year: 2026})
			return err
		},
		"reads the books": func(d *desk.Desk) error { _, err := d.Dues(""); return err },
	} {
		if err := o.as("kari", act); !errors.Is(err, desk.ErrDues) && !errors.Is(err, desk.ErrSecretariat) {
			t.Errorf("kari %s: %v", name, err)
		}
	}
	paid := o.line("kari", ids[0], 2026)
	paid.State, paid.Since = record.Paid, "2026-03-01"
	lie := record.DuesValue([]record.DuesLine{paid})
	err := o.as("kari", func(d *desk.Desk) error {
		_, err := d.Edit(ctx, ids[0], map[string]record.Value{record.Dues: lie})
		return err
	})
	if !errors.Is(err, desk.ErrNotAllowed) {
		t.Errorf("kari writes that it is paid: %v", err)
	}
	o.do("kari", func(d *desk.Desk) error { return d.EditSaying(ids[0], map[string]record.Value{record.Dues: lie}) })
	topic := o.submit("kari")
	if err := o.as("sec", func(d *desk.Desk) error { _, err := d.Merge(ctx, topic, nil); return err }); err == nil || !strings.Contains(err.Error(), record.Dues) {
		t.Errorf("a proposal that says it is paid: %v", err)
	}
	o.do("sec", func(d *desk.Desk) error { _, err := d.Reject(ctx, topic, "nei"); return err })
	o.sync("kari")
	err = o.as("kari", func(d *desk.Desk) error {
		m := person("Dag", "Moe")
		m[record.Dues] = lie
		_, err := d.Add(ctx, "asker", "add", []map[string]record.Value{m})
		return err
	})
	if !errors.Is(err, desk.ErrNotAllowed) {
		t.Errorf("kari enters a new member who has paid: %v", err)
	}
	o.edit("kari", ids[0], "city=Asker")
	o.merge("kari")
	if is := o.line("sec", ids[0], 2026); is.State != record.Open {
		t.Errorf("after the merge: %+v", is)
	}
}

// Two who book at once: the second's push is refused, done again upon the first's, and
// nothing is booked twice, whether it is the same file or the same payment in another.
func TestTwoBookAtOnce(t *testing.T) {
	o := duesOffice(t)
	ids := o.enter("asker", "Anna Berg", "Bo Ek")
	o.join("bea", "national", "secretariat")
	o.claim("sec", 2026)
	a, b := o.line("sec", ids[0], 2026), o.line("sec", ids[1], 2026)
	pay := func(n int, l record.DuesLine) duestest.Payment {
		return duestest.Payment{KID: kid(l.Payload), Amount: 35000, Number: n}
	}
	first, other := duestest.OCR("2026-03-02", pay(1, a)), duestest.OCR("2026-03-02", pay(1, a), pay(2, b))
	o.sync("bea")
	// bea's copy has main as it was: it learns of what sec books when it pushes.
	if _, err := o.bookFile("sec", first); err != nil {
		t.Fatal(err)
	}
	if _, err := o.bookFile("bea", first); !errors.Is(err, dues.ErrBooked) {
		t.Errorf("the same file at the other desk: %v", err)
	}
	got, err := o.bookFile("bea", other)
	if err != nil || got.Twice != 1 || got.Paid != 1 {
		t.Errorf("the other file: %+v, %v", got, err)
	}
	// Between bea's fetch and her push sec books: her act is done again.
	ids = append(ids, o.enter("asker", "Cato Li")...)
	o.claim("sec", 2026)
	l := o.line("bea", ids[2], 2026)
	f := duestest.OCR("2026-03-03", pay(3, l))
	var once sync.Once
	d, err := desk.Open(desk.Options{Dir: o.at("bea"), Identity: o.ids["bea"], Now: o.clock, Progress: func(string, int, int) {
		once.Do(func() {
			if _, err := o.bookFile("sec", f); err != nil {
				t.Error(err)
			}
		})
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	_, err = d.BookDues(ctx, "", f)
	if !errors.Is(err, dues.ErrBooked) {
		t.Errorf("booked in between: %v", err)
	}
	o.books(func(x *desk.Dues) {
		if s := x.Sums(); s.Paid != 3*35000 || s.Open != 0 || s.Waits != 0 {
			t.Errorf("sums %+v", s)
		}
	})
}

// Who left is claimed no more and what she pays waits; who was erased leaves accounts
// that name nobody.
func TestLeaversAndErased(t *testing.T) {
	o := duesOffice(t)
	ids := o.enter("asker", "Anna Berg", "Bo Ek", "Cato Li")
	o.claim("sec", 2026)
	left, erased := o.line("sec", ids[0], 2026), o.line("sec", ids[1], 2026)
	o.do("sec", func(d *desk.Desk) error { _, _, err := d.CloseMember(ctx, ids[0], "left", false); return err })
	o.do("sec", func(d *desk.Desk) error { _, _, err := d.CloseMember(ctx, ids[1], "left", true); return err })
	o.do("sec", func(d *desk.Desk) error { _, err := d.Erase(ctx, ids[1:2]); return err })
	o.day(40)
	var r *desk.DuesReminders
	o.do("sec", func(d *desk.Desk) (err error) { r, err = d.RemindDues(ctx, ""); return err })
	if len(r.Claims) != 1 || r.Of[0].ID != ids[2] {
		t.Errorf("reminded: %d", len(r.Claims))
	}
	if err := o.as("sec", func(d *desk.Desk) error { _, err := d.RemindDues(ctx, ""); return err }); !errors.Is(err, desk.ErrNothing) {
		t.Errorf("reminded again: %v", err)
	}
	day := register.DayOf(o.now)
	b, err := o.bookFile("sec", duestest.OCR(day, duestest.Payment{KID: kid(left.Payload), Amount: 35000, Number: 1}, duestest.Payment{KID: kid(erased.Payload), Amount: 35000, Number: 2}))
	if err != nil || b.Waits != 2 {
		t.Fatalf("%+v, %v", b, err)
	}
	o.books(func(x *desk.Dues) {
		if s := x.Sums(); s.Cancelled != 70000 || s.Waits != 70000 || s.Open != 35000 {
			t.Errorf("sums %+v", s)
		}
		for _, f := range x.Files {
			text, err := f.Encode()
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				if strings.Contains(string(text), string(id)) {
					t.Error("the ledger has the id of a member")
				}
			}
		}
	})
	if l := o.line("sec", ids[0], 2026); l.State != record.Cancelled {
		t.Errorf("the record of who left: %+v", l)
	}
	// She had not left: what she owes is claimed after all, once, and her money is for it.
	reclaim := func(d *desk.Desk) error { _, err := d.ReclaimDues(ctx, "", kid(left.Payload)); return err }
	if err := o.as("sec", reclaim); !errors.Is(err, desk.ErrEnded) {
		t.Errorf("claimed after all of who has left: %v", err)
	}
	o.do("sec", func(d *desk.Desk) error { _, err := d.Reopen(ctx, ids[0]); return err })
	if c := o.claim("sec", 2026); len(c.Claims) != 0 || c.Again != 1 {
		t.Errorf("%d claims, %d again", len(c.Claims), c.Again)
	}
	if err := o.as("sec", func(d *desk.Desk) error {
		_, err := d.ClaimDues(ctx, desk.DuesClaimOptions{Year: 2026})
		return err
	}); !errors.Is(err, desk.ErrNothing) {
		t.Errorf("claimed again: %v", err)
	}
	settle := desk.DuesSettlement{Number: 1, How: dues.SettleTo, Reference: kid(left.Payload), Why: "payer-said"}
	o.do("sec", func(d *desk.Desk) error { _, _, err := d.SettleDues(ctx, settle); return err })
	if l := o.line("kari", ids[0], 2026); l.State != record.Paid {
		t.Errorf("the record of who is back and has paid: %+v", l)
	}
	// And back again: the settlement, and what was waived.
	o.do("sec", func(d *desk.Desk) error {
		_, e, err := d.SettleDues(ctx, desk.DuesSettlement{Number: 1, Why: "misread", Back: true})
		if e.Amount != -35000 {
			t.Errorf("taken back: %+v", e)
		}
		return err
	})
	if l := o.line("kari", ids[0], 2026); l.State != record.Open {
		t.Errorf("the record when the money waits again: %+v", l)
	}
	o.do("sec", func(d *desk.Desk) error { _, err := d.WaiveDues(ctx, "", kid(left.Payload)); return err })
	o.do("sec", reclaim)
	if err := o.as("sec", reclaim); !errors.Is(err, dues.ErrStands) {
		t.Errorf("what stands is claimed after all: %v", err)
	}
	o.books(func(x *desk.Dues) {
		if s := x.Sums(); s.Cancelled != 35000 || s.Open != 70000 || s.Waits != 70000 || s.Paid != 0 {
			t.Errorf("sums %+v", s)
		}
	})
	// Nor does her membership end while her money waits.
	o.now, o.sure = time.Date(2028, 3, 1, 9, 0, 0, 0, time.UTC), true
	o.put("dues.yaml", strings.Replace(duesPolicy, "unpaid-years: 2", "unpaid-years: 1", 1))
	o.do("sec", func(d *desk.Desk) error {
		lapsed, queued, err := d.PlanDuesLapse(ctx, "")
		if len(lapsed) != 1 || lapsed[0].Member.ID != ids[2] || queued != 1 {
			t.Errorf("%d memberships end, %d have money in the queue", len(lapsed), queued)
		}
		return err
	})
}

// Where the regions collect, the secretariat of them all sees to each; who moves from one to
// the other is not taken for erased, and owes where it was claimed.
func TestRegionsCollect(t *testing.T) {
	o := newOffice(t)
	o.amend("[read, add, edit, move, request, activity, draw, send]", "[read, add, edit, move, request, activity, draw, send, dues]")
	o.put("dues.yaml", strings.Replace(duesPolicy, "collected-by: national", "collected-by: region", 1))
	id := o.enter("asker", "Anna Berg")[0]
	o.enter("karasjok", "Bo Ek")
	claim := func(u register.UnitID) (n int) {
		t.Helper()
		err := o.as("sec", func(d *desk.Desk) error {
			c, err := d.ClaimDues(ctx, desk.DuesClaimOptions{Unit: u, Year: 2026})
			if err == nil {
				n = len(c.Claims)
			}
			return err
		})
		if err != nil && !errors.Is(err, desk.ErrNothing) {
			t.Fatal(err)
		}
		return n
	}
	if a, b := claim("akershus"), claim("finnmark"); a != 1 || b != 1 {
		t.Fatalf("%d and %d claims", a, b)
	}
	o.do("sec", func(d *desk.Desk) error { _, err := d.Move(ctx, id, "karasjok"); return err })
	if n := claim("finnmark"); n != 0 {
		t.Errorf("who moved is claimed again")
	}
	l := o.line("sec", id, 2026)
	o.day(10)
	remind := func(d *desk.Desk) error {
		r, err := d.PlanDuesReminders(ctx, "akershus", "2026-12-01")
		if err == nil && (len(r.Of) != 1 || r.Of[0].ID != id || !r.Of[0].Moved) {
			t.Errorf("reminded: %d", len(r.Of))
		}
		claims, err := d.DuesClaims([]record.DuesLine{l})
		if c := claims[l.Payload]; c == nil || c.Left() != 35000 {
			t.Errorf("her claim is not found: %+v", c)
		}
		return err
	}
	o.do("sec", remind)
	err := o.as("sec", func(d *desk.Desk) error {
		b, err := d.BookDues(ctx, "akershus", duestest.OCR("2026-03-11", duestest.Payment{KID: kid(l.Payload), Amount: 35000, Number: 1}))
		if err == nil && (b.Paid != 1 || b.Waits != 0) {
			t.Errorf("booked %+v", b.Booking)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if is := o.line("sec", id, 2026); is.State != record.Paid {
		t.Errorf("her record: %+v", is)
	}
	o.do("sec", func(d *desk.Desk) error {
		_, err := d.Due(desk.DueOptions{Day: "2026-12-31", Members: true})
		return err
	})
}

// The books stay whole when the unit is sealed anew, and when the oldest years are past
// what the policy keeps.
func TestLedgerKeeps(t *testing.T) {
	o := duesOffice(t)
	o.enter("asker", "Anna Berg")
	o.claim("sec", 2026)
	o.do("sec", func(d *desk.Desk) error { _, err := d.Rekey(ctx, desk.RekeyOptions{}); return err })
	o.books(func(x *desk.Dues) {
		if x.Sums().Claimed != 35000 {
			t.Errorf("sealed anew: %+v", x.Sums())
		}
	})
	if err := o.as("sec", func(d *desk.Desk) error { _, err := d.Tidy(ctx); return err }); !errors.Is(err, desk.ErrNothing) {
		t.Errorf("the year is tidied away: %v", err)
	}
	o.now, o.sure = time.Date(2031, 12, 31, 9, 0, 0, 0, time.UTC), true // nothing for five years
	o.claim("sec", 2031)
	if err := o.as("sec", func(d *desk.Desk) error { _, err := d.Tidy(ctx); return err }); !errors.Is(err, desk.ErrNothing) {
		t.Errorf("the last day of the fifth year: %v", err)
	}
	o.now = time.Date(2032, 1, 1, 9, 0, 0, 0, time.UTC)
	o.do("sec", func(d *desk.Desk) error {
		x, err := d.Tidy(ctx)
		if err == nil && (len(x.Pieces) != 1 || x.Pieces[0].Kind != retention.LedgerPast || x.Pieces[0].ID != "2026") {
			t.Errorf("tidied %+v", x.Pieces)
		}
		return err
	})
	o.books(func(x *desk.Dues) {
		if x.Sums().Claimed != 35000 || x.Order[0].Year != 2031 {
			t.Errorf("what is left: %+v", x.Sums())
		}
	})
	if c := o.claim("sec", 2032); len(c.Claims) != 1 {
		t.Errorf("%d claims", len(c.Claims))
	}
}
