package check_test

import (
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
)

const duesOfTests = `collected-by: national
currency: NOK
reference-form: {scheme: kid-mod10}
amounts:
  - {id: adult, amount: 35000}
keep-years: 2
`

// collecting is a world whose secretariat collects dues, and has books.
func collecting(w *world) *world {
	w.t.Helper()
	w.main("sec", files{
		"policies/access.yaml": []byte(strings.Replace(string(w.content("policies/access.yaml")), "erase]", "erase, dues]", 1)),
		"policies/dues.yaml":   []byte(duesOfTests),
	}, register.Message("policy", 2, "national"))
	return w
}

const book1, book2 = register.RecordID("b2k7aaaaaaaaa"), register.RecordID("c2k7aaaaaaaaa")

func ledgerPath(unit register.UnitID, year string, id register.RecordID) string {
	return register.Path{Kind: register.Ledger, Unit: unit, Year: year, ID: id}.String()
}

// ATTACK: somebody who does not collect writes into the books of dues, or what stands in
// them is changed, taken away before its time, or comes where nobody collects. At stake:
// what members owe and have paid.
func TestAttackDues(t *testing.T) {
	enter := func(who string, unit register.UnitID, year string, more files) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			fs := files{ledgerPath(unit, year, book1): sealed()}
			for path, b := range more {
				fs[path] = b
			}
			return collecting(w).direct(w.mainSpec(who, fs, register.Message(register.VerbDues, 1, unit)))
		}
	}
	later := func(day register.Day, fs files, message string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			collecting(w).main("sec", files{ledgerPath("national", "2026", book1): sealed()}, register.Message(register.VerbDues, 1, "national"))
			w.on(day)
			return w.direct(w.mainSpec("sec", fs, message))
		}
	}
	tidy := func(day register.Day) func(w *world) *check.Report {
		return later(day, files{ledgerPath("national", "2026", book1): nil}, register.Message("tidy", 1, "national"))
	}
	honest := enter("sec", "national", "2026", files{memberPath("asker", anna): sealed()})
	run(t, []attack{
		{"in a proposal", one("dues/act"), honest, func(w *world) *check.Report {
			return collecting(w).draft("kari").add(files{ledgerPath("national", "2026", book1): sealed()}, register.Message(register.VerbDues, 1, "national")).check()
		}},
		{"by an office that may not", []string{"dues/act", "sign/secretariat"}, honest, enter("rut", "national", "2026", nil)},
		{"in a unit that does not collect", []string{"dues/ledger"}, honest, enter("sec", "asker", "2026", nil)},
		{"for a year that has not begun", one("dues/ledger"), honest, enter("sec", "national", "2027", nil)},
		{"under a policy without dues", one("dues/ledger"), honest, func(w *world) *check.Report {
			w.main("sec", files{"policies/access.yaml": []byte(strings.Replace(string(w.content("policies/access.yaml")), "erase]", "erase, dues]", 1))}, register.Message("policy", 1, "national"))
			return w.direct(w.mainSpec("sec", files{ledgerPath("national", "2026", book1): sealed()}, register.Message(register.VerbDues, 1, "national")))
		}},
		{"changed", one("dues/ledger"), honest, later("2026-03-06", files{ledgerPath("national", "2026", book1): sealed()}, register.Message(register.VerbDues, 1, "national"))},
		{"taken away at once", one("dues/ledger"), tidy("2029-01-01"), tidy("2026-03-06")},
		{"taken away on the last day", one("dues/ledger"), tidy("2029-01-01"), tidy("2028-12-31")},
		{"called an edit", one("sign/message"), honest, func(w *world) *check.Report {
			return collecting(w).direct(w.mainSpec("sec", files{ledgerPath("national", "2026", book2): sealed(), memberPath("asker", anna): sealed()}, editAsker))
		}},
	})
}
