package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) introduceCommand() *cobra.Command {
	return a.family("introduce", a.tr("let a member find others who want to be found"),
		a.tr("A member looks for others, to begin a working group or the like. Those who may be interested are asked, and each who wants to be known to her says so in writing; only they are handed over, and to her alone. "+
			"Of an answer its time and its SHA-256 are kept, not its text. Nobody else is known to her, and who has consented may take it back. A round is kept and erased as an activity is."),
		a.introduceOpenCommand(), a.introduceAskCommand(), a.introduceAnswerCommand(), a.introduceWithdrawCommand(), a.introduceHandCommand(),
		a.introduceListCommand(), a.introduceShowCommand())
}

func (a *app) introduceOpenCommand() *cobra.Command {
	var o struct {
		seeker, unit, name, purpose, until, where string
		among                                     []string
		named                                     bool
	}
	c := a.build(command{
		use:   "open --for MEMBER --unit UNIT --purpose FILE --until DATE",
		short: a.tr("begin a round: who looks for others, what for, and who may be asked"),
		long: a.tr("Begins a round of introductions, with everybody who may be asked: the active members of the unit, or those of them for whom a condition holds. " +
			"The file says what she looks for, as those who are asked will read it. She is named to them only with --named, and you have her word for that. " +
			"Nobody is written to before medlem introduce ask."),
		example: "medlem introduce open --for m4k7xq2fjw3pa --unit asker --purpose why.txt --until 2026-12-31",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			switch "" {
			case o.seeker:
				return usageError(a.tr("say who looks for others: --for MEMBER"), "")
			case o.unit:
				return usageError(a.tr("say which unit holds it: --unit UNIT"), "")
			case o.purpose:
				return usageError(a.tr("say what for: --purpose FILE"), "")
			case o.until:
				return usageError(a.tr("say when it ends: --until DATE"), "")
			}
			text, err := readFile(o.purpose, 4*record.ActivityNoteLimit)
			if err != nil {
				return err
			}
			return a.onMember(o.seeker, func(s *session, id register.RecordID) error {
				n := desk.NewRound{Seeker: id, Named: o.named, Name: o.name, Purpose: strings.TrimSpace(string(text)), Candidates: func(*desk.Member) (bool, error) { return true, nil }}
				if n.Purpose == "" || !validText(n.Purpose) {
					return usageError(s.tr("{{.Path}} has no text", "Path", o.purpose), "")
				}
				if n.Name == "" {
					n.Name = firstLine(n.Purpose)
				}
				var err error
				if n.Unit, err = s.unit(o.unit); err != nil {
					return err
				}
				if n.Among, err = s.units(o.among); err != nil {
					return err
				}
				if n.Ends, err = s.day(o.until, "--until"); err != nil {
					return err
				}
				if o.where != "" {
					where, err := s.condition(s.Policy(), o.where, s.Today())
					if err != nil {
						return err
					}
					n.Candidates = func(m *desk.Member) (bool, error) { return where.holds(m, s.visible(m)), nil }
				}
				x, err := s.OpenRound(c.Context(), n)
				return s.roundDone(x, err, s.tr("The round is begun. Nobody has been asked yet: medlem introduce ask"))
			})
		},
	})
	f := c.Flags()
	f.StringVar(&o.seeker, "for", "", a.tr("the `MEMBER` who looks for others, by her id"))
	f.StringVar(&o.unit, "unit", "", a.tr("the `UNIT` that holds it"))
	f.StringArrayVar(&o.among, "among", nil, a.tr("ask members of this `UNIT`; may be given more than once (default: of the unit that holds it)"))
	f.StringVar(&o.where, "where", "", a.tr("only members for whom this `CONDITION` holds, such as 'age < 26 and \"leader\" in offices'"))
	f.StringVar(&o.purpose, "purpose", "", a.tr("the `FILE` that says what she looks for"))
	f.StringVar(&o.until, "until", "", a.tr("its last `DATE`"))
	f.StringVar(&o.name, "name", "", a.tr("what the round is called here: `TEXT` (default: the first line of the file)"))
	f.BoolVar(&o.named, "named", false, a.tr("she agreed that those who are asked are told her name"))
	return c
}

// firstLine is what a round is called that has no name.
func firstLine(text string) string {
	const limit = 60 // characters
	line, _, _ := strings.Cut(text, "\n")
	if r := []rune(line); len(r) > limit {
		line = string(r[:limit]) + "…"
	}
	return line
}

// onRound opens the register and runs act on the round whose id, or the beginning of
// whose id, the person typed.
func (a *app) onRound(text string, act func(s *session, x *desk.Activity) error) error {
	return a.onActivity(text, func(s *session, id register.RecordID) error {
		x, err := s.Round(id)
		if err != nil {
			return err
		}
		return act(s, x)
	})
}

func (a *app) introduceAnswerCommand() *cobra.Command {
	var file string
	c := a.build(command{
		use:   "answer ROUND MEMBER --answer FILE",
		short: a.tr("record that somebody consents, by what she wrote"),
		long: a.tr("Records that a member who was asked wants to be known to the one who looks for others: to whom, for what, when, and the SHA-256 of what she wrote. " +
			"The file is her answer as it came, such as an e-mail that was saved (.eml); its text is not kept, so delete it where you have it."),
		example: "medlem introduce answer h7k2 m4k7xq2fjw3pa --answer svar.eml",
		codes:   "134",
		min:     2, max: 2,
		run: func(c *cobra.Command, args []string) error {
			if file == "" {
				return usageError(a.tr("name the file with her answer: --answer FILE"), a.tr("a consent is in writing"))
			}
			b, err := readFile(file, answerLimit)
			if err != nil {
				return err
			}
			defer clear(b)
			if len(strings.TrimSpace(string(b))) == 0 {
				return usageError(a.tr("{{.Path}} has no text", "Path", file), "")
			}
			return a.onRound(args[0], func(s *session, x *desk.Activity) error {
				member, err := s.recordID(args[1])
				if err != nil {
					return err
				}
				x, err = s.Consent(c.Context(), x.Path.ID, member, b)
				return s.roundDone(x, err, s.tr("Her consent is recorded. The file is not kept: delete it, and the e-mail when the round is over."))
			})
		},
	})
	c.Flags().StringVar(&file, "answer", "", a.tr("the `FILE` with her answer"))
	return c
}

// answerLimit bounds a member's answer, with what mail programs put around it, in bytes.
const answerLimit = 10 << 20 // 10 MiB

func (a *app) introduceWithdrawCommand() *cobra.Command {
	return a.build(command{
		use:     "withdraw ROUND MEMBER",
		short:   a.tr("note that somebody takes her consent back"),
		long:    a.tr("Notes that a member takes her consent back: from now on she is in no list of the round. A list that was handed over before must be asked back; medlem draw list shows it."),
		example: "medlem introduce withdraw h7k2 m4k7xq2fjw3pa",
		codes:   "134",
		min:     2, max: 2,
		run: func(c *cobra.Command, args []string) error {
			return a.onRound(args[0], func(s *session, x *desk.Activity) error {
				member, err := s.recordID(args[1])
				if err != nil {
					return err
				}
				x, err = s.WithdrawConsent(c.Context(), x.Path.ID, member)
				return s.roundDone(x, err, s.tr("Her consent is withdrawn."))
			})
		},
	})
}

// roundJSON is a round as every command gives it to programs.
type roundJSON struct {
	ID         register.RecordID `json:"id"`
	Unit       register.UnitID   `json:"unit"`
	Name       string            `json:"name"`
	Ends       register.Day      `json:"ends"`
	Until      register.Day      `json:"until"` // the last day on which it is kept
	Candidates int               `json:"candidates"`
	Asked      register.Day      `json:"asked,omitempty"` // left out: not yet
	Consented  int               `json:"consented"`       // whose consent holds now
	Over       bool              `json:"over"`            // who asked is erased
	Tell       *int              `json:"tell"`            // how many were asked, which the one who asks may be told; null: nothing
	Status     string            `json:"status"`
}

func (s *session) roundJSON(x *desk.Activity) roundJSON {
	status := string(x.Status)
	if x.Status == desk.Merged {
		status = "merged"
	}
	r := x.Record
	out := roundJSON{ID: r.ID, Unit: r.Unit, Name: r.Name, Ends: r.Ends, Until: s.Until(x), Candidates: len(r.Candidates()), Asked: r.Round.Asked,
		Consented: len(r.Consented(s.Now())), Over: r.Round.Seeker == "", Status: status}
	if s.Policy().Lists.Disclosure.Introductions.Shows == "count" && r.Round.Asked != "" {
		out.Tell = &out.Candidates
	}
	return out
}

// roundDone tells what became of a round.
func (s *session) roundDone(x *desk.Activity, err error, sentence string) error {
	if err != nil {
		return err
	}
	if !s.Secretary() {
		x.Status = desk.Draft
	}
	return s.result(s.roundJSON(x), func(w io.Writer) {
		fmt.Fprintln(w, sentence)
		s.tellRound(w, x)
		if x.Status == desk.Draft {
			fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", "medlem submit"))
		}
	})
}

// tellRound says how far a round has come, and names nobody.
func (s *session) tellRound(w io.Writer, x *desk.Activity) {
	j := s.roundJSON(x)
	t := &table{}
	t.add("Id", string(j.ID))
	t.add(s.tr("Unit"), unitName(s.Policy(), j.Unit))
	t.add(s.tr("Last day"), string(j.Ends))
	asked := s.tr("not yet")
	if j.Asked != "" {
		asked = string(j.Asked)
	}
	t.add(s.tr("Asked"), asked+" ("+s.trn(j.Candidates, "{{.N}} member", "{{.N}} members")+")")
	t.add(s.tr("Consents"), fmt.Sprint(j.Consented))
	tell := s.tr("nothing")
	if j.Tell != nil {
		tell = s.trn(*j.Tell, "that {{.N}} member was asked", "that {{.N}} members were asked")
	}
	if j.Over {
		tell = s.tr("she is erased: the round is over")
	}
	t.add(s.tr("Who asks may be told"), tell)
	t.write(w, "  ")
}

// explainIntroduction explains why desk did not do something about a round.
func (a *app) explainIntroduction(err error) *failure {
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case is(desk.ErrNoWelcome):
		return &failure{exitRefused, a.tr("the policy sends new members no greeting"), a.tr("policies/sendings.yaml says so: automatic, a message with the id welcome, on: join")}
	case is(desk.ErrNoIntroductions):
		return &failure{exitRefused, a.tr("the policy has no introductions: nobody is told who is a member"), a.tr("policies/lists.yaml says who arranges them (disclosure, introductions)")}
	case is(desk.ErrNotIntroducer):
		return &failure{exitRefused, a.tr("the policy lets other offices arrange introductions"), a.tr("policies/lists.yaml says which")}
	case is(desk.ErrNoRound):
		return &failure{exitRefused, a.tr("that is not a round of introductions"), a.tr("medlem introduce list shows the ids")}
	case is(desk.ErrNotAsked):
		return &failure{exitRefused, a.tr("she is not among those who are asked in this round"), ""}
	case is(desk.ErrNobodyAsked):
		return &failure{exitRefused, a.tr("nobody has been asked in this round yet"), a.tr("ask them first: medlem introduce ask ROUND --send")}
	case is(desk.ErrConsented):
		return &failure{exitRefused, a.tr("her consent is recorded already, or this is the letter that she has taken back"), ""}
	case is(desk.ErrNoConsent):
		return &failure{exitRefused, a.tr("there is no consent of hers to take back"), ""}
	case is(desk.ErrSeekerGone):
		return &failure{exitRefused, a.tr("who asked is no member any more: the round is over"), a.tr("erase it: medlem activity erase ID")}
	case is(desk.ErrAskedAlready):
		return &failure{exitRefused, a.tr("they have been asked; nobody is asked twice"), ""}
	case is(desk.ErrNobodyConsented):
		return &failure{exitRefused, a.tr("nobody has consented; there is no list"), ""}
	case is(desk.ErrConsentList):
		return &failure{exitRefused, a.tr("a list for this purpose holds only those who have consented, in writing, to be known to the one who asks"), a.tr("medlem introduce hand ROUND makes it")}
	case is(desk.ErrNoConsentPurpose):
		return &failure{exitRefused, a.tr("the policy has no purpose of lists for those who consent to be known to another member"), a.tr("policies/lists.yaml: a purpose with the id of the rule of disclosure")}
	}
	return nil
}
