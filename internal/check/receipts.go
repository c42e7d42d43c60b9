package check

import (
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

var ruleReceipt = newRule("scope/receipt", inProposal|inMain|inAll,
	"a receipt of an erasure that comes without it, says something else than the commit did, or was changed or removed",
	"erase with medlem erase, which writes the receipt; it stays as it is for its own time")

// receipt judges a change of the receipt of an erasure. It comes with the tombstone of
// its id and tells of the same commit: the day, the rule, the keyrings that were
// replaced, who signed. How many keys there were, only who opens the keyrings sees.
func (r *run) receipt(s *step, x *scope, c *change, need func(register.UnitID, *change, ...policy.Act)) {
	switch {
	case !x.onMain:
		r.add(ruleReceipt, s.at(c), "a proposal brings, changes or removes the receipt of an erasure")
		return
	case c.changed():
		r.add(ruleReceipt, s.at(c), "a receipt was changed")
		return
	case c.removed():
		need(c.p.Unit, c, policy.ActErase)
		r.receiptGoes(s, x, c)
		return
	}
	need(c.p.Unit, c, policy.ActErase)
	v, err := r.parseReceipt(c)
	if err != nil || x.state == nil {
		return // said where clear files are read; and the first commit erases nobody
	}
	at := func(line int, format string, args ...any) {
		f := s.at(c)
		f.Line, f.Col = line, 1
		r.add(ruleReceipt, f, format, args...)
	}
	tomb := tombstoneOf(s, c.p)
	if tomb == nil {
		at(1, "no record of this id is erased in unit %q by this commit", string(c.p.Unit))
		return
	}
	if t, err := access.ParseTombstone(r.side(tomb.New, tomb.p)); err == nil && (t.Day != v.Day || t.Rule != v.Rule) {
		at(2, "its day and rule are not those of the tombstone")
	}
	if v.Day != x.day {
		at(2, "its day is not that of the commit, %s", x.day)
	}
	if v.Keys == 0 {
		at(1, "it counts no key, and the record had one")
	}
	r.receiptKeyrings(x, c, v, at)
	r.receiptSigners(s, x, v, at)
	for _, k := range v.Remains {
		if !remainsKind(x.state.Policy, k.Kind) {
			at(1, "it names a kind of data that the policy does not have")
		}
	}
}

func (r *run) parseReceipt(c *change) (*access.Receipt, error) {
	return access.ParseReceipt(r.side(c.New, c.p))
}

// tombstoneOf returns the tombstone of an id that the step adds in the same unit.
func tombstoneOf(s *step, p register.Path) *change {
	for i := range s.changes {
		if c := &s.changes[i]; c.p.Kind == register.Tombstone && c.p.Unit == p.Unit && c.p.ID == p.ID && c.added() {
			return c
		}
	}
	return nil
}

// receiptKeyrings checks that the keyrings which a receipt calls replaced were, and
// that the unit's own is among them.
func (r *run) receiptKeyrings(x *scope, c *change, v *access.Receipt, at func(int, string, ...any)) {
	serial := func(s *access.State, u register.UnitID) uint64 {
		if s == nil || s.Units[u] == nil || s.Units[u].Keyring == nil {
			return 0
		}
		return s.Units[u].Keyring.Serial
	}
	own := false
	for _, k := range v.Keyrings {
		own = own || k.Unit == c.p.Unit
		if before, after := serial(x.state, k.Unit), serial(x.next, k.Unit); before != k.Before || after != k.After {
			at(1, "it says that keyring %d of unit %q became %d, and it was %d and is %d", k.Before, string(k.Unit), k.After, before, after)
		}
	}
	if !own {
		at(1, "it does not say that the keyring of unit %q was replaced", string(c.p.Unit))
	}
}

// receiptSigners checks that a receipt names who signed the erasure, and no others.
func (r *run) receiptSigners(s *step, x *scope, v *access.Receipt, at func(int, string, ...any)) {
	if x.signer == "" {
		return // the signature rules have said so
	}
	want := append([]register.Handle{x.signer}, r.seconders(s, x)...)
	if !slices.Equal(v.Signers, want) {
		at(1, "its signers are not those who signed the erasure")
	}
}

// pairReceipts finds receipts of nobody who was erased.
func (r *run) pairReceipts(receipts []register.Path, erased map[register.RecordID]register.UnitID) {
	for _, p := range receipts {
		if u, ok := erased[p.ID]; !ok || u != p.Unit {
			r.add(ruleReceipt, at(nil, p, p.String()), "no record of this id was erased in unit %q", string(p.Unit))
		}
	}
}

// receiptForm is what a clear file of the kind must be beyond its grammar: its words
// could be names otherwise.
func receiptForm(b []byte) error {
	v, err := access.ParseReceipt(b)
	if err != nil {
		return err
	}
	if !isKey(v.Rule) {
		return &register.FlatError{Line: 3, Col: 7, Msg: "malformed rule: want a policy key"}
	}
	for _, k := range v.Remains {
		if !isKey(k.Kind) {
			return &register.FlatError{Line: 1, Col: 1, Msg: fmt.Sprintf("malformed kind of %d bytes: want a policy key", len(k.Kind))}
		}
	}
	return nil
}

// remainsKind tells whether the policy has a kind of data of that id.
func remainsKind(p *policy.Policy, id string) bool {
	_, ok := p.Kind(id)
	return ok
}

// receiptGoes refuses that a receipt is taken away before its own period is over.
func (r *run) receiptGoes(s *step, x *scope, c *change) {
	if x.state == nil {
		return
	}
	months, ends := x.state.Policy.KeepKind(policy.KindReceipts)
	if !ends {
		r.add(ruleReceipt, s.at(c), "a receipt was removed, and the policy sets no end for receipts")
		return
	}
	v, err := access.ParseReceipt(r.side(c.Old, c.p))
	if err != nil {
		return // it was refused when it came
	}
	if last := v.Day.AddMonths(months); last >= x.day {
		r.add(ruleReceipt, s.at(c), "a receipt was removed on %s, and it is kept until %s", x.day, last)
	}
}
