package check_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
)

// receiptOf is what an honest erasure of Anna by sec says of itself.
func receiptOf(w *world) *access.Receipt {
	before := w.state(w.head).Units["asker"].Keyring.Serial
	return &access.Receipt{Day: w.day(), Rule: "left", Keys: 1, Keyrings: []access.Replaced{{Unit: "asker", Before: before, After: before + 1}},
		Signers: []register.Handle{handle("sec")}, Check: strings.Repeat("0f", 32)}
}

// erasing is a commit of main that erases Anna with a receipt.
func erasing(change func(*access.Receipt), more files) func(w *world) *check.Report {
	return func(w *world) *check.Report {
		r := receiptOf(w)
		if change != nil {
			change(r)
		}
		fs := files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile(w.day()), receiptPath(anna): r.Encode()}
		for path, b := range more {
			fs[path] = b
		}
		return w.direct(w.mainSpec("sec", fs, msg("erase", "asker")))
	}
}

// ATTACK: a receipt of an erasure that says something else than the commit did, of
// nobody who was erased, or that is changed or taken away. At stake: what a member is
// told, and what a stranger is to believe.
func TestReceiptAttacks(t *testing.T) {
	honest := erasing(nil, nil)
	erased := func(w *world) *access.Receipt {
		r := receiptOf(w)
		w.main("sec", files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile(w.day()), receiptPath(anna): r.Encode()}, msg("erase", "asker"))
		return r
	}
	later := func(fs func(*access.Receipt) files, message string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			r := erased(w)
			return w.direct(w.mainSpec("sec", fs(r), message))
		}
	}
	rule := one("scope/receipt")
	run(t, []attack{
		{"another day", rule, honest, erasing(func(r *access.Receipt) { r.Day = r.Day.Add(-1) }, nil)},
		{"another rule", rule, honest, erasing(func(r *access.Receipt) { r.Rule = "expelled" }, nil)},
		{"a name for a rule", rule, honest, erasing(func(r *access.Receipt) { r.Rule = "Kari" }, nil)},
		{"no key", rule, honest, erasing(func(r *access.Receipt) { r.Keys = 0 }, nil)},
		{"an older keyring", rule, honest, erasing(func(r *access.Receipt) { r.Keyrings[0].Before--; r.Keyrings[0].After-- }, nil)},
		{"another unit's keyring", rule, honest, erasing(func(r *access.Receipt) { r.Keyrings[0].Unit = "karasjok" }, nil)},
		{"a keyring that stayed", rule, honest, erasing(func(r *access.Receipt) {
			r.Keyrings = append(r.Keyrings, access.Replaced{Unit: "karasjok", Before: 1, After: 2})
		}, nil)},
		{"another signer", rule, honest, erasing(func(r *access.Receipt) { r.Signers = []register.Handle{handle("rut")} }, nil)},
		{"one signer too many", rule, honest, erasing(func(r *access.Receipt) { r.Signers = append(r.Signers, handle("rut")) }, nil)},
		{"a kind that is a name", rule, honest, erasing(func(r *access.Receipt) {
			r.Remains = []access.Remaining{{Kind: "nils-hansen"}}
		}, nil)},
		{"of somebody who stays", rule, honest, erasing(nil, files{receiptPath(berit): []byte("medlem: 1\nday: 2026-03-05\nrule: left\nkeys: 1\nkeyrings:\n  - asker 1 2\nsigners:\n  - o-aaaaaaaaaa\ncheck: " + strings.Repeat("0f", 32) + "\n")})},
		{"of somebody who was erased before", rule, honest, func(w *world) *check.Report {
			return w.direct(w.mainSpec("sec", files{receiptPath(erna): receiptOf(w).Encode()}, msg("erase", "asker")))
		}},
		{"in another unit", rule, honest, func(w *world) *check.Report {
			at := register.Path{Kind: register.Receipt, Unit: "karasjok", ID: anna}.String()
			return w.direct(w.mainSpec("sec", files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile(w.day()), at: receiptOf(w).Encode()}, msg("erase", "asker")))
		}},
		{"with something more in it", rule, honest, func(w *world) *check.Report {
			b := append(receiptOf(w).Encode(), "name: Kari\n"...)
			return w.direct(w.mainSpec("sec", files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile(w.day()), receiptPath(anna): b}, msg("erase", "asker")))
		}},
		{"in a proposal", rule, honest, func(w *world) *check.Report {
			return w.draft("rut").add(files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile(w.day()), receiptPath(anna): receiptOf(w).Encode()}, msg("erase", "asker")).check()
		}},
		{"changed afterwards", rule, nil, later(func(r *access.Receipt) files {
			b := bytes.Replace(r.Encode(), []byte("keys: 1"), []byte("keys: 2"), 1)
			return files{receiptPath(anna): b}
		}, msg("erase", "asker"))},
		{"taken away", rule, nil, later(func(*access.Receipt) files { return files{receiptPath(anna): nil} }, msg("erase", "asker"))},
	})

	// With a period of its own it goes when that is over, and not before.
	for days, rules := range map[int][]string{20: rule, 40: nil} {
		w := newWorld(t)
		erased(w)
		text := w.content("policies/retention.yaml")
		w.main("rut", files{"policies/retention.yaml": append(text, "kinds:\n  - {id: receipts, name: {en: Receipts}, keep: 1}\n"...)}, msg("policy", "national"))
		w.now = w.now.AddDate(0, 0, days)
		w.main("sec", files{}, "readers 0 in asker")
		rep := w.direct(w.mainSpec("sec", files{receiptPath(anna): nil}, msg("erase", "asker")))
		var got []string
		for _, f := range rep.Findings {
			if strings.HasPrefix(f.Rule, "scope/") {
				got = append(got, f.Rule)
			}
		}
		if strings.Join(got, " ") != strings.Join(rules, " ") {
			t.Errorf("after %d days: %v, want %v", days, got, rules)
		}
	}
}
