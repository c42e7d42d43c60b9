package view

import (
	"cmp"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// lacks tells whether the office could fill in something that the member should have.
func (o *office) lacks(r *record.Record) bool {
	return slices.ContainsFunc(o.p.FieldsIn(r.Unit), func(f *policy.Field) bool {
		return (f.Required || f.Expected != "") && r.Fields[f.Key].Empty() && o.right(f.Key, r.Unit) >= policy.Edit
	})
}

// draws are the lists of members whom the office reaches that a holder got, or handed
// out, and has not said to be destroyed, the most overdue first.
func (o *office) draws() []officeDue {
	var mine []*access.Draw
	for _, r := range o.in.Draws {
		if slices.Contains(o.Holders, r.For) || r.HandOut != "" && slices.Contains(o.Holders, r.By) {
			if slices.ContainsFunc(r.Units, func(u register.UnitID) bool { return slices.Contains(o.Reads, u) }) {
				mine = append(mine, r)
			}
		}
	}
	slices.SortFunc(mine, func(a, b *access.Draw) int {
		return cmp.Or(strings.Compare(string(a.Day), string(b.Day)), strings.Compare(string(a.ID), string(b.ID)))
	})
	var out []officeDue
	for _, r := range mine {
		missing := r.Missing(o.p.Lists.Attest)
		if len(missing) == 0 {
			continue
		}
		due := officeDue{What: "draw", Overdue: r.Day < o.m.Day, Day: o.w.day(r.Day), Date: string(r.Day), List: o.w.listPurpose(r.Purpose), Unit: o.w.unitName(r.Unit),
			Count: r.Count, Command: "medlem draw destroyed " + string(r.ID)}
		if slices.Equal(missing, []string{access.PartPaper}) {
			due.What = "paper"
		}
		for _, part := range missing {
			due.Command += " --" + part
		}
		out = append(out, due)
	}
	return out
}

// reviews are the controls of access that are overdue and that the office makes: where
// it gives access, or judges what is sent in.
func (o *office) reviews() []officeDue {
	if !o.Office.Can(policy.ActGrant) && !o.Office.Can(policy.ActMerge) {
		return nil
	}
	seen := map[register.UnitID]bool{}
	var out []officeDue
	for _, u := range o.Reads {
		at, ok := o.in.State.ReviewUnit(u)
		if !ok || seen[at] {
			continue
		}
		seen[at] = true
		if day, overdue, ok := o.in.State.ReviewDue(at, o.m.Day); ok && overdue {
			out = append(out, officeDue{What: "review", Overdue: true, Day: o.w.day(day), Date: string(day), Unit: o.w.unitName(at), Command: "medlem control --unit " + string(at)})
		}
	}
	return out
}
