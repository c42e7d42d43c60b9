package desk_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/dues/duestest"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// bankSample is a sample of bankfile, with each pair's first replaced by its second, which
// must be as long.
func bankSample(t *testing.T, name string, pairs ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "bankfile", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if len(pairs[i]) != len(pairs[i+1]) || !bytes.Contains(b, []byte(pairs[i])) {
			t.Fatalf("%s: pair %d does not fit", name, i/2)
		}
		b = bytes.ReplaceAll(b, []byte(pairs[i]), []byte(pairs[i+1]))
	}
	return b
}

// Who has a mandate is what the bank says last of that mandate, for that account; and what
// is asked of the bank is what was planned, once, until it is asked for again.
func TestMandatesAndDebits(t *testing.T) {
	o := newOffice(t)
	o.put("dues.yaml", duesPolicy)
	ids := o.enter("asker", "Anna Berg", "Bo Ek", "Cato Li")
	o.claim("sec", 2026)
	ref := func(i, year int) string { return kid(o.line("sec", ids[i], year).Payload) }
	a, b, c := ref(0, 2026), ref(1, 2026), ref(2, 2026)
	mandate := func(i int) (out string) {
		t.Helper()
		o.do("sec", func(d *desk.Desk) error {
			m, err := d.Find(ids[i])
			if err == nil {
				line, _ := d.Policy().Schema().MandateOf(m.Record)
				out = line.Reference
			}
			return err
		})
		return out
	}
	book := func(file []byte) *desk.DuesBooked {
		t.Helper()
		x, err := o.bookFile("sec", file)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	have := func(when string, want ...string) {
		t.Helper()
		for i, w := range want {
			if is := mandate(i); is != w {
				t.Errorf("%s: member %d has the mandate %q, want %q", when, i+1, is, w)
			}
		}
	}

	// Payments and mandates in one file.
	x := book(duestest.Nets("2026-03-02", []duestest.Payment{{KID: c, Amount: 35000, Number: 1}}, []duestest.Mandate{{Reference: a}, {Reference: b}}))
	if x.Paid != 1 || x.Mandates != 2 {
		t.Errorf("a file of both: %d paid, %d mandates", x.Paid, x.Mandates)
	}
	have("a file of both", a, b, "")

	// A list of somebody else's ends nothing; nor does what waits for us, or was refused.
	stranger := duestest.Mandate{Reference: "12345678903", Listed: true}
	if x := book(duestest.AvtaleGiroOf("12345678911", stranger)); x.Strange != 1 || x.Mandates != 0 {
		t.Errorf("a list of strangers: %+v", x)
	}
	have("a list of strangers", a, b, "")
	if x := book(bankSample(t, "autogiro-asked.txt", "00000048291037565001", "00000"+a+"5001")); x.Asked != 1 || x.Mandates != 0 {
		t.Errorf("asked: %+v", x)
	}
	if x := book(bankSample(t, "autogiro-mandates.txt", "0000001093847562", "00000"+b)); x.Refused != 1 || x.Strange != 2 || x.Mandates != 0 {
		t.Errorf("refused: %+v", x)
	}
	have("asked and refused", a, b, "")

	// With the policy's account another one's mandates are no longer ours to note.
	o.put("dues.yaml", duesPolicy+"account: 9999 10 42764\n")
	if _, err := o.bookFile("sec", duestest.AvtaleGiroOf("12345678911", duestest.Mandate{Reference: a, Listed: true})); !errors.Is(err, desk.ErrDuesAccount) {
		t.Errorf("a list for another account: %v", err)
	}
	have("a list for another account", a, b, "")
	if x := book(duestest.AvtaleGiro(duestest.Mandate{Reference: a, Listed: true}, stranger)); x.Mandates != 2 || x.Strange != 1 {
		t.Errorf("a list of hers and another: %+v", x)
	}
	have("a list", a, "", "")

	// The end of a mandate of before says nothing of the one that came after it.
	o.claim("sec", 2027)
	later := ref(0, 2027)
	if x := book(duestest.AvtaleGiro(duestest.Mandate{Reference: later}, duestest.Mandate{Reference: a, Ended: true})); x.Mandates != 1 || x.Over != 1 {
		t.Errorf("a new one, and the end of the old: %+v", x)
	}
	have("the end of the old one", later, "", "")

	// What changed between the plan and the act is not asked for, and nothing is noted.
	what := desk.DuesDebitOptions{Year: 2027, Kind: "avtalegiro"}
	plan := func() (p *desk.DuesDebits) {
		t.Helper()
		o.do("sec", func(d *desk.Desk) (err error) { p, err = d.PlanDuesDebits(ctx, what); return err })
		return p
	}
	debit := func(p *desk.DuesDebits) error {
		return o.as("sec", func(d *desk.Desk) error { return d.DebitDues(ctx, what, p) })
	}
	asked := func() (n int) {
		o.books(func(x *desk.Dues) {
			for _, c := range x.Order {
				n += len(c.Debits)
			}
		})
		return n
	}
	old := plan()
	if len(old.Claims) != 1 || old.Mandates[0] != later || old.Sum != 35000 {
		t.Fatalf("planned: %+v", old)
	}
	elsewhere := bytes.ReplaceAll(duestest.OCR("2026-03-02", duestest.Payment{KID: later, Amount: 10000, Number: 2}), []byte("99991042764"), []byte("12345678911"))
	if x := book(elsewhere); x.Elsewhere != 1 || x.Parts != 1 {
		t.Errorf("a part, to another account: %+v", x)
	}
	if err := debit(old); !errors.Is(err, desk.ErrDuesChanged) || asked() != 0 {
		t.Errorf("a part was paid meanwhile: %v, %d noted", err, asked())
	}
	if err := debit(plan()); err != nil || asked() != 1 {
		t.Errorf("asked for: %v, %d noted", err, asked())
	}
	if p := plan(); len(p.Claims) != 0 {
		t.Error("it is asked for twice")
	}

	// What the bank did not pay is told with its claim, and asked for again on another day.
	failed := bankSample(t, "autogiro-payments.txt", "109384756226", later+" ")
	if x := book(failed); len(x.Failed) != 1 || x.Failed[0].Claim == nil || x.Failed[0].Member.ID != ids[0] || x.Failed[0].Code != "1" {
		t.Errorf("not paid: %+v", x.Failed)
	}
	again := func(refs ...string) error {
		what.Again = refs
		return o.as("sec", func(d *desk.Desk) error {
			p, err := d.PlanDuesDebits(ctx, what)
			if err == nil {
				err = d.DebitDues(ctx, what, p)
			}
			return err
		})
	}
	if err := again(later); !errors.Is(err, desk.ErrDuesAgain) {
		t.Errorf("again on the same day: %v", err)
	}
	o.day(3)
	for name, refs := range map[string][]string{"another year's": {a}, "one without a mandate": {ref(1, 2027)}, "one twice": {later, later}} {
		if err := again(refs...); !errors.Is(err, desk.ErrDuesAgain) {
			t.Errorf("%s again: %v", name, err)
		}
	}
	if err := again(later); err != nil || asked() != 2 {
		t.Errorf("again: %v, %d noted", err, asked())
	}
	if is := o.line("sec", ids[0], 2027); is.State != record.Part || is.Since != register.Day("2026-03-02") {
		t.Errorf("her line: %+v", is)
	}
}
