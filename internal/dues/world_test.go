package dues

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/bankfile"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

const duesYAML = `collected-by: national
claim: {from: "01-02", to: "01-10"}
new-member-days: 5
reminders: {min: 4, max: 5}
channels: [email, sms, letter]
reference: required
means:
  - {id: bank, for: [join, renewal]}
  - {id: direct-debit, for: [join, renewal], offered: true, says: {nb: Du kan opprette avtalegiro., sv: Autogiro., da: Betalingsservice., en: Direct debit.}}
  - {id: sms, for: [renewal]}
  - {id: vipps, for: [join]}
  - {id: cash, for: [], says: {nb: Ta aldri imot kontanter., sv: Aldrig kontant., da: Aldrig kontant., en: Never cash.}}
seen: paid
keep-years: 5
currency: NOK
reference-form: {scheme: kid-mod10}
due-days: 30
amounts:
  - {id: youth, when: age < 26, amount: 10000}
  - {id: late, when: kind == "join" and joined_year == year and joined_month > 6, amount: 20000}
  - {id: adult, amount: 35000}
lapse: {unpaid-years: 2, clock: claims, reason: left}
`

// rulesOf are the rules of the standard policies with a dues.yaml in which each change
// "old → new" is made.
func rulesOf(t testing.TB, changes ...string) Rules {
	t.Helper()
	files := map[string][]byte{}
	for _, n := range []string{"organisation.yaml", "access.yaml", "fields.yaml", "retention.yaml"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "policies", n))
		if err != nil {
			t.Fatal(err)
		}
		files[n] = b
	}
	text := duesYAML
	for _, c := range changes {
		old, is, _ := strings.Cut(c, " → ")
		if !strings.Contains(text, old) {
			t.Fatalf("dues.yaml has no %q", old)
		}
		text = strings.Replace(text, old, is, 1)
	}
	files["dues.yaml"] = []byte(text)
	p, problems := policy.Load(files)
	if len(problems) > 0 {
		t.Fatalf("%+v", problems)
	}
	r, err := NewRules(p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// world is an office that claims and books without a register: what is pure of dues.
type world struct {
	t       testing.TB
	rules   Rules
	books   *Books
	members []*Member
	has     map[string]*Member
	serial  int
	digests int
}

func newWorld(t testing.TB, changes ...string) *world {
	b, err := Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, rules: rulesOf(t, changes...), books: b, has: map[string]*Member{}}
}

// join makes members.
func (w *world) join(joined register.Day, n int) []*Member {
	var out []*Member
	for i := range n {
		i += len(w.members)
		m := &Member{ID: register.NewRecordID(), Unit: "asker", Fields: map[string]record.Value{"joined": record.Text(string(joined)), "born": record.Text(fmt.Sprintf("%d-05-01", 1940+i%80))}}
		switch i % 3 {
		case 0:
			m.Fields["email"] = record.Text(fmt.Sprintf("m%d@example.org", i))
		case 1:
			m.Fields["phone"] = record.Text("+47 400 00 001")
		default:
			m.Fields["street"] = record.Text("Storgata 1")
		}
		out = append(out, m)
	}
	w.members = append(w.members, out...)
	return out
}

// write ends an act: its entries become a file of the ledger, which must read as it was
// written, and every record gets the lines that follow.
func (w *world) write(day register.Day, entries []Entry) {
	w.t.Helper()
	if w.books.Series == "" {
		w.books.Series = NewSeries()
	}
	w.serial++
	f := &File{ID: register.NewRecordID(), Unit: "national", Serial: w.serial, Before: w.books.Last, Day: day, Series: w.books.Series, Next: w.books.Next, Entries: entries}
	text, err := f.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := Read(text); err != nil {
		w.t.Fatal(err)
	}
	w.books.Files, w.books.Serial, w.books.Last = append(w.books.Files, f), w.serial, Digest(text)
	for _, e := range entries {
		if m := w.has[e.Payload]; m != nil {
			for i, l := range m.Lines {
				if c := w.books.Claims[l.Payload]; c != nil {
					m.Lines[i] = c.Line(false)
				}
			}
		}
	}
}

// claim claims a year of everybody, and returns how many claims were made.
func (w *world) claim(year int, day register.Day) int {
	w.t.Helper()
	next, err := w.books.Payloads()
	if err != nil {
		w.t.Fatal(err)
	}
	var es []Entry
	for _, m := range w.members {
		e, why := w.rules.Claim(m, year, day)
		if why != "" {
			continue
		}
		e.Payload = next.Payload()
		if err := w.books.Enter(e, day); err != nil {
			w.t.Fatal(err)
		}
		w.has[e.Payload] = m
		m.Lines = append(m.Lines, w.books.Claims[e.Payload].Line(false))
		es = append(es, e)
	}
	w.books.Next = next.Next
	if len(es) > 0 {
		w.write(day, es)
	}
	return len(es)
}

// pays is a payment of a claim, in its own file's form.
func (w *world) pays(c *Claim, amount int64, means bankfile.Means) bankfile.Payment {
	ref, err := w.rules.Scheme.Make(c.Payload)
	if err != nil {
		w.t.Fatal(err)
	}
	w.digests++
	return bankfile.Payment{Line: w.digests, Amount: amount, Currency: "NOK", References: []string{ref}, Means: means, Key: fmt.Sprint("payment ", w.digests)}
}

// file is a bank's file with the payments, all of a day.
func (w *world) file(day register.Day, ps ...bankfile.Payment) *bankfile.File {
	w.digests++
	f := &bankfile.File{Format: "ocr-giro", Digest: sha256.Sum256(fmt.Append(nil, w.digests)), Payments: ps}
	for i := range ps {
		ps[i].Day = day
		if ps[i].Reversal {
			f.Sum -= ps[i].Amount
		} else {
			f.Sum += ps[i].Amount
		}
	}
	return f
}

func (w *world) book(day register.Day, f *bankfile.File) (*Booking, error) {
	b, err := w.books.Book(w.rules, f, func(p string) *Member { return w.has[p] })
	if err == nil {
		w.write(day, b.Entries)
	}
	return b, err
}

func (w *world) claimOf(m *Member, year int) *Claim {
	w.t.Helper()
	l := m.line(year)
	if l == nil {
		w.t.Fatalf("no claim of %d", year)
	}
	return w.books.Claims[l.Payload]
}
