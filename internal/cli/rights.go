package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// What a member may ask to be done with her record.

func (a *app) subjectRestrictCommand() *cobra.Command {
	var lift bool
	var eraseBy string
	c := a.build(command{
		use:   "restrict ID",
		short: a.tr("keep a member's record, and use it for nothing"),
		long: a.tr("Notes that a member's record is kept and not used (GDPR, Article 18): she is in no list, no labels, no letters and no message, until that is lifted. " +
			"The register still finds her, so that she is not entered once more. Officers see the mark; who may write it, the policy says (subject-rights in access.yaml; else the secretariat). " +
			"With --lift it is lifted; tell her before.\n\n" +
			"When her membership has ended, it is not erased either: medlem erase and medlem retention run keep it, and name it. The check cannot see that, and finds the record overdue when its month is over; with --erase-by the secretariat puts the month off, as far ahead as the policy keeps any record."),
		example: "medlem subject restrict m4k7xq2fjw3pa",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			if lift && eraseBy != "" {
				return usageError(a.tr("--lift and --erase-by do not go together"), "")
			}
			return a.onMember(args[0], func(s *session, id register.RecordID) error {
				if eraseBy != "" {
					return s.putOff(c.Context(), id, eraseBy)
				}
				if err := s.Restrict(c.Context(), id, lift); err != nil {
					return err
				}
				sentence := s.tr("The record of {{.ID}} is kept, and used for nothing.", "ID", id)
				if lift {
					sentence = s.tr("The record of {{.ID}} may be used again.", "ID", id)
				}
				return s.done("edit", []register.RecordID{id}, sentence)
			})
		},
	})
	c.Flags().BoolVar(&lift, "lift", false, a.tr("let the record be used again"))
	c.Flags().StringVar(&eraseBy, "erase-by", "", a.tr("of a membership that has ended: erase it by this `MONTH`, as 2027-06, not before"))
	return c
}

// putOff keeps a record that is restricted until another month.
func (s *session) putOff(ctx context.Context, id register.RecordID, text string) error {
	month, err := register.ParseMonth(text)
	if err != nil {
		return usageError(s.tr("--erase-by: want a month, as 2027-06"), "")
	}
	if err := s.PutOff(ctx, id, month); err != nil {
		return err
	}
	return s.done("reschedule", []register.RecordID{id}, s.tr("The record of {{.ID}} is kept, and used for nothing; it is to be erased by {{.Day}}.", "ID", id, "Day", month.Last()))
}

func (a *app) subjectObjectCommand() *cobra.Command {
	var purposes, channels []string
	var all, withdraw bool
	c := a.build(command{
		use:   "object ID --purpose PURPOSE|--by CHANNEL|--all",
		short: a.tr("note what a member does not want to be used for"),
		long: a.tr("Notes that a member objects to something that lists are taken out for (GDPR, Article 21), or to all of it: she is in no list for it from now on. " +
			"With --by she does not want to be written to that way, whatever it is about; claims of dues then go another way. " +
			"With --withdraw she no longer objects. Who may write it, the policy says (subject-rights in access.yaml; else the secretariat)."),
		example: "medlem subject object m4k7xq2fjw3pa --purpose mailing",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			for _, c := range channels {
				if !slices.Contains(record.Channels, c) {
					return usageError(a.tr("--by: want email, sms or letter"), "")
				}
				purposes = append(purposes, record.ObjectsBy(c))
			}
			if (len(purposes) > 0) == all {
				return usageError(a.tr("say what she objects to: --purpose PURPOSE, --by CHANNEL, or --all"), "")
			}
			if all {
				purposes = []string{record.ObjectsAll}
			}
			return a.onMember(args[0], func(s *session, id register.RecordID) error {
				if err := s.Object(c.Context(), id, purposes, withdraw); err != nil {
					return err
				}
				what := s.objections(s.Policy(), purposes)
				sentence := s.tr("{{.ID}} is no longer used for: {{.Purpose}}", "ID", id, "Purpose", what)
				if withdraw {
					sentence = s.tr("{{.ID}} no longer objects to: {{.Purpose}}", "ID", id, "Purpose", what)
				}
				return s.done("edit", []register.RecordID{id}, sentence)
			})
		},
	})
	f := c.Flags()
	f.StringArrayVar(&purposes, "purpose", nil, a.tr("a `PURPOSE` of policies/lists.yaml; may be given more than once"))
	f.StringArrayVar(&channels, "by", nil, a.tr("being written to by this `CHANNEL`: email, sms or letter; may be given more than once"))
	f.BoolVar(&all, "all", false, a.tr("everything that lists are taken out for"))
	f.BoolVar(&withdraw, "withdraw", false, a.tr("she no longer objects to it"))
	return c
}

// leftOut says how many are not on a list that would be.
func (a *app) leftOut(w io.Writer, n int) {
	if n > 0 {
		fmt.Fprintln(w, a.trn(n, "{{.N}} left out: restricted or objecting", "{{.N}} left out: restricted or objecting"))
	}
}

// objections says to what a member objects.
func (a *app) objections(p *policy.Policy, purposes []string) string {
	var out []string
	for _, id := range purposes {
		if c, ok := record.ObjectedChannel(id); ok {
			id = a.tr("getting it by {{.Channel}}", "Channel", a.channelName(c))
		} else if id == record.ObjectsAll {
			id = a.tr("everything")
		} else {
			id = desk.PurposeName(p, id, a.texts.lang)
		}
		out = append(out, id)
	}
	return strings.Join(out, ", ")
}

func (a *app) subjectCorrectCommand() *cobra.Command {
	var clears []string
	c := a.build(command{
		use:   "correct ID FIELD=VALUE…",
		short: a.tr("correct what is kept about a member, and see who has to be told"),
		long: a.tr("Corrects fields of a member's record (GDPR, Article 16) as medlem edit does, and lists who has what was wrong in a list that still exists: tell them, unless that cannot be done (Article 19). " +
			"Only lists that have one of the fields are shown, as far as you can open whom they named."),
		example: `medlem subject correct m4k7xq2fjw3pa phone="400 00 002"`,
		codes:   "134",
		min:     1, max: -1,
		run: func(c *cobra.Command, args []string) error {
			return a.onMember(args[0], func(s *session, id register.RecordID) error {
				return s.correct(c.Context(), id, args[1:], clears)
			})
		},
	})
	c.Flags().StringArrayVar(&clears, "clear", nil, a.tr("empty this `FIELD`; may be given more than once"))
	return c
}

// heldJSON is a list that has what was wrong.
type heldJSON struct {
	drawJSON
	Corrected []string `json:"corrected"` // its columns among the fields
}

func (s *session) correct(ctx context.Context, id register.RecordID, set, clears []string) error {
	settings, err := s.settings(set, clears)
	if err != nil {
		return err
	}
	if len(settings) == 0 {
		return usageError(s.tr("say what to correct: FIELD=VALUE"), "")
	}
	m, err := s.Find(id)
	if err != nil {
		return err
	}
	fields, err := s.values(settings, m.Record)
	if err != nil {
		return err
	}
	keys := make([]string, 0, len(fields))
	for k := range fields {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	if _, err := s.Edit(ctx, id, fields); err != nil {
		return err
	}
	held, closed, err := s.Holdings(id, keys)
	if err != nil {
		return err
	}
	out := struct {
		ID     register.RecordID `json:"id"`
		Fields []string          `json:"fields"`
		Status string            `json:"status"` // draft, merged
		Tell   []heldJSON        `json:"tell"`   // lists with what was wrong
		Closed int               `json:"closed"` // lists of which it cannot be seen
	}{id, keys, "merged", []heldJSON{}, closed}
	where := s.tr("It is in the register.")
	if !s.Secretary() {
		n, err := s.Drafted()
		if err != nil {
			return err
		}
		out.Status, where = string(desk.Draft), s.drafted(n)
	}
	for _, h := range held {
		out.Tell = append(out.Tell, heldJSON{drawnJSON(h.Drawn), h.Corrected})
	}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.tr("{{.ID}} is changed.", "ID", id))
		fmt.Fprintln(w, where)
		if len(out.Tell) == 0 && closed == 0 {
			fmt.Fprintln(w, s.tr("No list that still exists has what was wrong."))
			return
		}
		if len(out.Tell) > 0 {
			fmt.Fprintln(w, s.tr("Who has what was wrong, and is to be told:"))
		}
		t := &table{head: []string{s.tr("Receipt"), s.tr("Purpose"), s.tr("Drawn"), s.tr("For"), s.tr("Fields")}}
		for _, x := range out.Tell {
			t.add(string(x.ID), s.purposeName(x.Purpose), string(x.Drawn), s.gotIt(x.drawJSON), s.fieldList(x.Corrected))
		}
		if len(out.Tell) > 0 {
			t.write(w, "  ")
		}
		if closed > 0 {
			fmt.Fprintln(w, s.trn(closed, "Of {{.N}} other list it cannot be seen here whom it named.", "Of {{.N}} other lists it cannot be seen here whom they named."))
		}
	})
}

// gotIt is who got a list: an officer, by her handle, or a kind of receiver.
func (s *session) gotIt(x drawJSON) string {
	if x.HandOut != "" {
		if t, ok := policy.FindTerm(s.Policy().Lists.HandOuts.To, x.HandOut); ok {
			return s.label(s.Policy(), t.Name, x.HandOut)
		}
		return x.HandOut
	}
	return string(x.For)
}

func (a *app) subjectProtectCommand() *cobra.Command {
	var unit string
	c := a.build(command{
		use:   "protect ID",
		short: a.tr("move a member with protected identity to a unit of its own"),
		long: a.tr("Moves a member with protected identity to a unit whose policy says that it is protected: nobody reads its members but its own officers and the secretariat, no list of other units has them, and no public page names it. " +
			"Nothing of her stays where she was: she is taken out of activities of other units, versions that are kept are dropped at once, her own page gets a new secret, and proposals that hold her are rejected. Lists that name her and are still out are shown: they are for whoever has them to destroy. " +
			"Whoever read her before may still have an old copy of what she was then, and sees to which unit her record went."),
		example: "medlem subject protect m4k7xq2fjw3pa",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.onMember(args[0], func(s *session, id register.RecordID) error { return s.protectMember(c.Context(), id, unit) })
		},
	})
	c.Flags().StringVar(&unit, "unit", "", a.tr("the protected `UNIT`, where the policy has more than one"))
	return c
}

func (s *session) protectMember(ctx context.Context, id register.RecordID, unit string) error {
	to := register.UnitID("")
	if unit != "" {
		u, err := s.unit(unit)
		if err != nil {
			return err
		}
		to = u
	}
	got, err := s.Protect(ctx, id, to)
	if err != nil {
		return err
	}
	out := struct {
		ID       register.RecordID `json:"id"`
		From     register.UnitID   `json:"from"`
		To       register.UnitID   `json:"to"`
		Rejected []string          `json:"rejected"` // topics of proposals
		Server   bool              `json:"server"`   // it has forgotten the replaced keyrings
		Site     desk.SiteFate     `json:"site"`     // what became of her page there

		Activities []register.RecordID `json:"activities"` // of other units, in which she takes part no more
		Lists      []drawJSON          `json:"lists"`      // that named her and are not said to be destroyed
		OtherLists int                 `json:"other_lists,omitempty"`
	}{id, got.From, got.To, append([]string{}, got.Rejected...), got.Server, got.Site, []register.RecordID{}, []drawJSON{}, got.Closed}
	for _, x := range got.Left {
		out.Activities = append(out.Activities, x.Path.ID)
	}
	for _, x := range got.Lists {
		out.Lists = append(out.Lists, drawnJSON(x))
	}
	err = s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.tr("{{.ID}} is in {{.Unit}} now. Nothing opens there but for its own officers and the secretariat.", "ID", id, "Unit", unitName(s.Policy(), got.To)))
		if got.From != got.To {
			fmt.Fprintln(w, s.tr("Her own page has a new secret: the one in her letter opens nothing any more. Next: medlem page, or medlem letters by an officer of the unit."))
		}
		for _, x := range got.Left {
			fmt.Fprintln(w, s.tr("She is taken out of {{.Name}} ({{.Unit}}, {{.Day}}).", "Name", x.Record.Name, "Unit", unitName(s.Policy(), x.Path.Unit), "Day", x.Path.Day))
		}
		if n := len(got.Rejected); n > 0 {
			fmt.Fprintln(w, s.trn(n, "{{.N}} proposal that held her was rejected.", "{{.N}} proposals that held her were rejected."))
		}
		if len(out.Lists)+out.OtherLists > 0 {
			fmt.Fprintln(w, s.tr("Lists that name her are still out. Ask those who have them to destroy them:"))
			s.drawsNaming(w, out.Lists, out.OtherLists)
		}
		fmt.Fprintln(w, s.tr("Whoever read her before may still have a copy of what she was then."))
	})
	if err == nil && !got.Server {
		s.warn(s.tr("the server may still have the keyrings that were replaced"), got.Hint)
	}
	return err
}

// explainRights explains why a right was not written down.
func (a *app) explainRights(err error) *failure {
	var restricted *desk.RestrictedError
	var month *desk.MonthError
	switch {
	case errors.As(err, &restricted):
		return &failure{exitRefused, a.tr("{{.ID}} is restricted: the record is kept, and nothing was erased", "ID", restricted.ID), a.tr("where she agrees that it goes, or it need not be kept any more: medlem subject restrict {{.ID}} --lift, and then this", "ID", restricted.ID)}
	case errors.As(err, &month):
		return &failure{exitUsage, a.tr("--erase-by: a month from {{.First}} to {{.Last}}", "First", month.First, "Last", month.Last), a.tr("no record is kept longer than the longest time of policies/retention.yaml, counted from today; it can be put off again")}
	case errors.Is(err, desk.ErrNotEnded):
		return &failure{exitRefused, a.tr("this membership has not ended: the record is not to be erased"), ""}
	case errors.Is(err, desk.ErrNotRestricted):
		return &failure{exitRefused, a.tr("only the erasure of a restricted record is put off"), a.tr("restrict it first: medlem subject restrict ID")}
	case errors.Is(err, desk.ErrOwnRights):
		return &failure{exitRefused, a.tr("the policy has a field named restricted or objects of its own, where members' rights would stand"), a.tr("give the field another key in policies/fields.yaml")}
	case errors.Is(err, desk.ErrObjectTo):
		return &failure{exitRefused, a.tr("there is no such purpose to object to"), a.tr("the purposes are those of policies/lists.yaml; --all is everything")}
	case errors.Is(err, desk.ErrNotProtected):
		return &failure{exitRefused, a.tr("there is no unit for members with protected identity, or not the one that was named"), a.tr("policies/organisation.yaml says which unit is: protected: true; with more than one, name it with --unit")}
	case errors.Is(err, desk.ErrProtect):
		return &failure{exitRefused, a.tr("nobody is just moved to a unit for protected identity: something of her would stay where she was"), a.tr("the secretariat does it: medlem subject protect ID")}
	case errors.Is(err, desk.ErrDrawLeft):
		return &failure{exitRefused, a.tr("all who would be on this list are left out: their records are restricted, or they object"), ""}
	}
	return nil
}
