package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) policyExplainCommand() *cobra.Command {
	var why string
	c := a.build(command{
		use:   "explain [RULE]",
		short: a.tr("explain a rule of the check, or what holds at a path"),
		long: a.tr("Says what a rule of the check means, what the way out is, and which lines of the policy files it comes from. " +
			"With --why PATH it says of a file of the register what it is, which offices may read and write it, how long it is kept, and which rules speak of it. " +
			"Without either it lists the rules. It needs no key."),
		example: "medlem policy explain grant/seats\nmedlem policy explain --why data/asker/grants/o-7k3fm2q4x6.yaml",
		codes:   "13",
		max:     1,
		run: func(_ *cobra.Command, args []string) error {
			switch {
			case why != "" && len(args) > 0:
				return usageError(a.tr("a rule and --why do not go together"), "")
			case why != "":
				return a.policyWhy(why)
			case len(args) == 0:
				return a.policyRules()
			}
			return a.policyExplain(args[0])
		},
	})
	c.Flags().StringVar(&why, "why", "", a.tr("the `PATH` of a file of the register"))
	return c
}

type ruleJSON struct {
	ID     string `json:"id"`
	Means  string `json:"means"`
	WayOut string `json:"wayOut"`
}

func rulesJSON(rs []check.Rule) []ruleJSON {
	out := []ruleJSON{}
	for _, r := range rs {
		out = append(out, ruleJSON{r.ID, r.Means, r.WayOut})
	}
	return out
}

func (a *app) policyRules() error {
	rules := check.Rules()
	return a.result(struct {
		Rules []ruleJSON `json:"rules"`
	}{rulesJSON(rules)}, func(w io.Writer) {
		t := &table{}
		for _, r := range rules {
			t.add(r.ID, r.Means)
		}
		t.write(w, "")
	})
}

func (a *app) policyExplain(rule string) error {
	state, files, err := a.inForce()
	if err != nil {
		return err
	}
	a.speak(state.Policy)
	e, ok := desk.Explain(rule, files)
	if !ok {
		return usageError(a.tr("there is no rule {{.Name}}", "Name", quote(rule)), a.tr("medlem policy explain lists them"))
	}
	type sourceJSON struct {
		File  string `json:"file"`
		Line  int    `json:"line"`
		Place string `json:"place"`
		Value string `json:"value"`
	}
	out := struct {
		ruleJSON
		Sources []sourceJSON `json:"sources"`
	}{ruleJSON{e.Rule.ID, e.Rule.Means, e.Rule.WayOut}, []sourceJSON{}}
	for _, s := range e.Sources {
		out.Sources = append(out.Sources, sourceJSON(s))
	}
	return a.result(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s\n%s %s\n", e.Rule.ID, e.Rule.Means, a.tr("hint:"), e.Rule.WayOut)
		if len(e.Sources) == 0 {
			fmt.Fprintln(w, a.tr("It does not come from the policy files: it holds in every register, or the policy files say nothing of it."))
			return
		}
		fmt.Fprintln(w, a.tr("It comes from these lines of the policy files in force:"))
		for _, s := range e.Sources {
			fmt.Fprintf(w, "  policies/%s:%d: %s: %s\n", s.File, s.Line, cell(s.Place), cell(s.Value))
		}
	})
}

func (a *app) policyWhy(path string) error {
	state, _, err := a.inForce()
	if err != nil {
		return err
	}
	p := state.Policy
	a.speak(p)
	x, err := desk.Why(p, strings.TrimPrefix(path, "./"))
	if err != nil {
		return refused(a.tr("nothing can lie there: {{.Reason}}", "Reason", err.Error()), a.tr("a register holds only what docs/format.md lists"))
	}
	type officeJSON struct {
		Office string          `json:"office"`
		Unit   register.UnitID `json:"unit"`
		Acts   []policy.Act    `json:"acts"`
	}
	type keepJSON struct {
		Reason string `json:"reason"`
		Months int    `json:"months"`
	}
	out := struct {
		Kind    string          `json:"kind"`
		Unit    register.UnitID `json:"unit,omitempty"`
		Sealed  bool            `json:"sealed"`
		Offices []officeJSON    `json:"offices"`
		Keep    []keepJSON      `json:"keep"`
		Rules   []ruleJSON      `json:"rules"`
	}{x.Path.Kind.String(), x.Path.Unit, x.Sealed, []officeJSON{}, []keepJSON{}, rulesJSON(x.Rules)}
	for _, o := range x.Offices {
		out.Offices = append(out.Offices, officeJSON{o.Office.ID, o.Unit, append([]policy.Act{}, o.Acts...)})
	}
	for _, r := range x.Keep {
		out.Keep = append(out.Keep, keepJSON{r.ID, r.Keep})
	}
	return a.result(out, func(w io.Writer) { a.printWhy(w, p, x) })
}

func (a *app) printWhy(w io.Writer, p *policy.Policy, x *desk.PathRules) {
	what := a.kind(x.Path.Kind)
	if x.Path.Unit != "" {
		what += ", " + unitName(p, x.Path.Unit)
	}
	fmt.Fprintln(w, what)
	if x.Sealed {
		fmt.Fprintln(w, a.tr("It is sealed: only those who read the unit can open it."))
	} else {
		fmt.Fprintln(w, a.tr("It is in clear: everybody who has a copy can read it."))
	}
	fmt.Fprintln(w, a.tr("Offices that reach it:"))
	t := &table{}
	for _, o := range x.Offices {
		var acts []string
		for _, act := range o.Acts {
			acts = append(acts, string(act))
		}
		t.add(a.label(p, o.Office.Name, o.Office.ID), unitName(p, o.Unit), strings.Join(acts, " "))
	}
	t.write(w, "  ")
	if len(x.Offices) == 0 {
		fmt.Fprintln(w, "  "+a.tr("nobody"))
	}
	if x.Path.Kind == register.Officer {
		fmt.Fprintln(w, "  "+a.tr("and the officer herself, for her own key"))
	}
	fmt.Fprintln(w, a.tr("How long it is kept: {{.Time}}", "Time", a.kept(x.Path.Kind)))
	t = &table{}
	for _, r := range x.Keep {
		t.add(a.label(p, r.Name, r.ID), a.trn(r.Keep, "{{.N}} month", "{{.N}} months"))
	}
	t.write(w, "  ")
	fmt.Fprintln(w, a.tr("Rules that speak of it:"))
	var ids []string
	for _, r := range x.Rules {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	fmt.Fprintln(w, wrap(strings.Join(ids, ", "), helpWidth, "  "))
}

// kind says what lies at a path of a kind.
func (a *app) kind(k register.Kind) string {
	switch k {
	case register.Member:
		return a.tr("the record of a member")
	case register.Closed:
		return a.tr("the record of somebody whose membership has ended")
	case register.Tombstone:
		return a.tr("what is left of a record that was erased: its id, the day and the rule")
	case register.Request:
		return a.tr("something that the secretariat is asked to do")
	case register.Evidence:
		return a.tr("a document that goes with an officer's access")
	case register.Grant:
		return a.tr("an officer's access")
	case register.Officer:
		return a.tr("an officer's keys")
	case register.RecoveryFile:
		return a.tr("the key of the recovery secret")
	case register.Keyring:
		return a.tr("who can open the unit's records")
	case register.Envelope:
		return a.tr("the secret of a proposal")
	case register.Policy:
		return a.tr("a policy file")
	case register.Site:
		return a.tr("a page of the organisation")
	case register.Workflow:
		return a.tr("what the server does with the register")
	case register.Activity:
		return a.tr("the participants of an activity")
	case register.Ledger:
		return a.tr("the books of dues: what was claimed and paid, by payment reference")
	case register.Draw:
		return a.tr("the receipt of a list that was taken out")
	case register.DrawList:
		return a.tr("whom a list named that was taken out")
	case register.Mail:
		return a.tr("what became of the e-mail about an activity")
	case register.Sending:
		return a.tr("the receipt of something that was sent")
	case register.SendingList:
		return a.tr("whom something that was sent reached in the unit")
	case register.Receipt:
		return a.tr("the receipt of an erasure")
	case register.Review:
		return a.tr("a control of who has access")
	case register.Run:
		return a.tr("a run of erasures: proposed, signed, and waiting, so that it can be stopped")
	case register.RunList:
		return a.tr("whom a run of erasures names")
	}
	return a.tr("a file beside the register")
}

// kept says how long what lies at a path of a kind is kept.
func (a *app) kept(k register.Kind) string {
	switch k {
	case register.Member:
		return a.tr("as long as the membership lasts, and then by the reason for its end:")
	case register.Closed:
		return a.tr("to the end of the month in its path, which follows from the reason for the end of the membership:")
	case register.Activity:
		return a.tr("to the day in its path, and the days of the policy after it")
	case register.Mail:
		return a.tr("until all is said, and a year after that")
	case register.Ledger:
		return a.tr("the accounting year in its path, and the years of the policy after it")
	case register.Sending, register.SendingList:
		return a.tr("the month in its path, and the months of the policy after it")
	case register.Draw, register.DrawList:
		return a.tr("the list to the day in the path; its receipt stays")
	case register.RunList:
		return a.tr("until the run is done or stopped")
	case register.Request:
		return a.tr("until it is answered")
	case register.Envelope:
		return a.tr("until the proposal is taken in or refused")
	case register.Grant:
		return a.tr("until the access ends; it stays in the register's history")
	case register.Tombstone:
		return a.tr("for ever, so that the id is never used again")
	}
	return a.tr("until it is replaced or removed; it stays in the register's history")
}
