package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/retention"
)

// aheadDays is how far ahead is looked, where nobody says otherwise: as long as an
// erasure that is proposed waits.
const aheadDays = 14

// aheadLimit bounds it, in days: ten years.
const aheadLimit = 3653

func (a *app) dueCommand() *cobra.Command {
	var o desk.DueOptions
	var units []string
	c := a.build(command{
		use:   "due",
		short: a.tr("show what the rules ask for now, and soon"),
		long: a.tr("Lists, unit by unit, what is due by a rule, with the day and the rule: ended memberships and activities to erase, lists to destroy, controls of access to make, access that ends, keys to make anew, and what waits for an answer. " +
			"With --members it also looks into the records that you may read, for members who have not confirmed for long that what is kept about them is right. Nothing is changed."),
		example: "medlem due --ahead 30",
		codes:   "134",
		on:      true,
		run: func(*cobra.Command, []string) error {
			if o.Ahead < 0 || o.Ahead > aheadLimit {
				return usageError(a.tr("--ahead: from 0 to {{.Most}} days", "Most", aheadLimit), "")
			}
			var err error
			if o.Day, err = a.today(); err != nil {
				return err
			}
			n := mirror
			if o.Members {
				n = withKey
			}
			return a.at(n, func(s *session) error {
				for _, text := range units {
					u, err := s.unit(text)
					if err != nil {
						return err
					}
					o.Units = append(o.Units, u)
				}
				items, err := s.Due(o)
				if err != nil {
					return err
				}
				return s.due(o.Day, items)
			})
		},
	})
	f := c.Flags()
	f.StringArrayVar(&units, "unit", nil, a.tr("only this `UNIT`; may be given more than once (default: all)"))
	f.IntVar(&o.Ahead, "ahead", aheadDays, a.tr("also what is due within so many `DAYS`"))
	f.BoolVar(&o.Members, "members", false, a.tr("look into the records that you may read, too"))
	return c
}

// dueRules are the rules that ask for each kind: of the check, where one finds it, or
// the place in the policy, and the command that sees to it.
var dueRules = map[retention.Kind]struct{ rule, command string }{
	retention.Closed:      {"retention/overdue", "medlem erase --due"},
	retention.Activity:    {"retention/activity", ""},
	retention.Draw:        {"retention/draw", "medlem draw destroyed"},
	retention.Review:      {"review/overdue", "medlem control"},
	retention.Grant:       {"access.yaml", "medlem access"},
	retention.Identity:    {"retention.yaml:/rotate", "medlem rotate"},
	retention.Proposal:    {"GDPR, Article 12(3)", "medlem inbox"},
	retention.Unconfirmed: {"pages.yaml:/confirm", ""},
}

type dueJSON struct {
	Unit    register.UnitID `json:"unit"`
	Kind    retention.Kind  `json:"kind"`
	Until   register.Day    `json:"until"`
	Overdue bool            `json:"overdue"`
	Rule    string          `json:"rule"`
	IDs     []string        `json:"ids"`
}

// due prints items, those of a unit, kind and day together.
func (s *session) due(day register.Day, items []retention.Item) error {
	out := struct {
		Day register.Day `json:"day"`
		Due []dueJSON    `json:"due"`
	}{day, []dueJSON{}}
	for _, i := range items {
		last := len(out.Due) - 1
		if last < 0 || out.Due[last].Unit != i.Unit || out.Due[last].Kind != i.Kind || out.Due[last].Until != i.Until {
			out.Due = append(out.Due, dueJSON{i.Unit, i.Kind, i.Until, i.Overdue(day), dueRules[i.Kind].rule, []string{}})
			last++
		}
		if i.ID != "" {
			out.Due[last].IDs = append(out.Due[last].IDs, i.ID)
		}
	}
	return s.result(out, func(w io.Writer) {
		if len(out.Due) == 0 {
			fmt.Fprintln(w, s.tr("Nothing is due."))
			return
		}
		var unit register.UnitID
		t := &table{}
		var commands []string
		for _, x := range out.Due {
			if x.Unit != unit {
				t.write(w, "  ")
				t, unit = &table{}, x.Unit
				fmt.Fprintln(w, unitName(s.Policy(), unit)+":")
			}
			when := s.tr("by {{.Day}}", "Day", x.Until)
			if x.Overdue {
				when = s.tr("overdue since {{.Day}}", "Day", x.Until)
			}
			t.add(when, s.dueWords(x), x.Rule)
			if c := dueRules[x.Kind].command; c != "" && !slices.Contains(commands, c) {
				commands = append(commands, c)
			}
		}
		t.write(w, "  ")
		for _, c := range commands {
			fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", c))
		}
	})
}

func (s *session) dueWords(x dueJSON) string {
	n := len(x.IDs)
	switch x.Kind {
	case retention.Closed:
		return s.trn(n, "{{.N}} ended membership to erase", "{{.N}} ended memberships to erase")
	case retention.Activity:
		return s.trn(n, "{{.N}} activity to erase", "{{.N}} activities to erase")
	case retention.Draw:
		return s.trn(n, "{{.N}} list to destroy", "{{.N}} lists to destroy")
	case retention.Review:
		return s.tr("the control of who has access")
	case retention.Grant:
		return s.trn(n, "{{.N}} officer's access ends", "{{.N}} officers' access ends")
	case retention.Identity:
		return s.trn(n, "{{.N}} officer makes new keys", "{{.N}} officers make new keys")
	case retention.Proposal:
		return s.trn(n, "{{.N}} proposal to answer", "{{.N}} proposals to answer")
	}
	return s.trn(n, "{{.N}} member to ask whether all is right", "{{.N}} members to ask whether all is right")
}
