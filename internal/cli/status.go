package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// changeJSON is a change of a draft or a proposal, for programs.
type changeJSON struct {
	Act    string            `json:"act"`
	ID     register.RecordID `json:"id,omitempty"`
	Unit   register.UnitID   `json:"unit,omitempty"`
	Name   string            `json:"name,omitempty"`
	Fields []string          `json:"fields,omitempty"`
	To     register.UnitID   `json:"to,omitempty"`
	Reason string            `json:"reason,omitempty"`
}

// described turns a change into what is said of it.
func (s *session) described(c *desk.Change) changeJSON {
	out := changeJSON{Act: c.Verb, ID: c.Path.ID, Unit: c.Path.Unit, Fields: c.Fields}
	switch {
	case c.Request != nil:
		out.Act, out.ID, out.To, out.Reason = "request-"+c.Request.Kind, c.Request.Member, c.Request.To, c.Request.Reason
		out.Name = string(c.Request.Member)
		if m, err := s.Find(c.Request.Member); err == nil {
			out.Name = s.name(m.Record)
		}
	case c.Is != nil:
		out.Name = s.name(c.Is)
		out.Reason = c.Is.Fields[record.Reason].String()
		if c.Verb == "move" {
			out.To = c.Path.Unit
		}
	case c.Path.Handle != "":
		out.Name = string(c.Path.Handle)
	}
	if out.Fields == nil {
		out.Fields = []string{}
	}
	return out
}

// sentence says a change in words: "Åse Kvåle: Phone changed".
func (s *session) sentence(c changeJSON) string {
	p := s.Policy()
	reason := c.Reason
	if r, ok := p.Reason(c.Reason); ok {
		reason = s.label(p, r.Name, r.ID)
	}
	var what string
	switch c.Act {
	case "add":
		what = s.tr("new in {{.Unit}}", "Unit", unitName(p, c.Unit))
	case "edit":
		var names []string
		for _, f := range c.Fields {
			names = append(names, s.fieldName(p, f))
		}
		what = s.tr("{{.Fields}} changed", "Fields", strings.Join(names, ", "))
	case "move":
		what = s.tr("moves to {{.Unit}}", "Unit", unitName(p, c.To))
	case "close":
		what = s.tr("membership ended: {{.Reason}}", "Reason", reason)
	case "reopen":
		what = s.tr("member again")
	case "reschedule":
		what = s.tr("to be erased at another time")
	case "request-close":
		what = s.tr("please end the membership: {{.Reason}}", "Reason", reason)
	case "request-move":
		what = s.tr("please move to {{.Unit}}", "Unit", unitName(p, c.To))
	case "request-reopen":
		what = s.tr("please take up the membership again")
	case "rotate", "retire":
		what = s.tr("a new key of her own")
	default:
		what = c.Act
	}
	return cell(c.Name) + ": " + what
}

func (a *app) statusCommand() *cobra.Command {
	return a.build(command{
		use:   "status",
		short: a.tr("show your draft, what waits, and answers"),
		long: a.tr("Shows in words what you have changed and not sent, what you have sent and the secretariat has not yet taken in, " +
			"and what they answered where they did not. It does not ask the server: medlem sync does."),
		example: "medlem status",
		codes:   "34",
		run: func(*cobra.Command, []string) error {
			return a.at(withKey, func(s *session) error { return s.printStatus() })
		},
	})
}

type pendingJSON struct {
	Status  string       `json:"status"` // draft, submitted
	Topic   string       `json:"topic,omitempty"`
	When    time.Time    `json:"when"`
	Changes []changeJSON `json:"changes"`
}

type answerJSON struct {
	Topic  string       `json:"topic"`
	Day    register.Day `json:"day"`
	Reason string       `json:"reason"`
}

func (s *session) printStatus() error {
	pending, err := s.Pending()
	if err != nil {
		return err
	}
	answers, err := s.Answers()
	if err != nil {
		return err
	}
	out := struct {
		Draft     *pendingJSON   `json:"draft"`
		Submitted []*pendingJSON `json:"submitted"`
		Answers   []answerJSON   `json:"answers"`
	}{Submitted: []*pendingJSON{}, Answers: []answerJSON{}}
	for _, p := range pending {
		x := &pendingJSON{Status: string(p.Status), Topic: p.Topic, When: p.When.UTC(), Changes: []changeJSON{}}
		for _, c := range p.Changes {
			x.Changes = append(x.Changes, s.described(c))
		}
		if p.Status == desk.Draft {
			out.Draft = x
		} else {
			out.Submitted = append(out.Submitted, x)
		}
	}
	for _, x := range answers {
		out.Answers = append(out.Answers, answerJSON{x.Topic, register.DayOf(x.When), x.Reason})
	}
	return s.result(out, func(w io.Writer) {
		for _, x := range out.Submitted {
			fmt.Fprintln(w, s.tr("Sent {{.Day}}, waiting for the secretariat ({{.Topic}}):", "Day", register.DayOf(x.When), "Topic", x.Topic))
			s.printChanges(w, x.Changes)
		}
		if len(out.Answers) > 0 {
			fmt.Fprintln(w, s.tr("Not taken in, with the secretariat's answer:"))
			t := &table{}
			for _, x := range out.Answers {
				reason := x.Reason
				if reason == "" {
					reason = s.tr("no reason given; ask the secretariat")
				}
				t.add(string(x.Day), x.Topic, reason)
			}
			t.write(w, "  ")
		}
		if out.Draft == nil {
			fmt.Fprintln(w, s.tr("Your draft is empty."))
			return
		}
		fmt.Fprintln(w, s.tr("Your draft, not sent:"))
		s.printChanges(w, out.Draft.Changes)
		fmt.Fprintln(w, s.drafted(len(out.Draft.Changes)))
	})
}

// changesShown is how many changes are told one by one; after that they are
// counted.
const changesShown = 40

func (s *session) printChanges(w io.Writer, cs []changeJSON) {
	counts := map[string]int{}
	for i, c := range cs {
		if i < changesShown {
			fmt.Fprintln(w, "  "+s.sentence(c))
			continue
		}
		counts[c.Act]++
	}
	if n := len(cs) - changesShown; n > 0 {
		var acts []string
		for act, k := range counts {
			acts = append(acts, fmt.Sprintf("%d %s", k, s.act(act)))
		}
		slices.Sort(acts)
		fmt.Fprintln(w, "  "+s.trn(n, "and {{.N}} more ({{.Acts}})", "and {{.N}} more ({{.Acts}})", "Acts", strings.Join(acts, ", ")))
	}
}

// act names a kind of change.
func (a *app) act(verb string) string {
	switch verb {
	case "add", "import":
		return a.tr("new")
	case "edit":
		return a.tr("changed")
	case "move":
		return a.tr("moved")
	case "close":
		return a.tr("ended")
	case "reopen":
		return a.tr("taken up again")
	case "reschedule":
		return a.tr("to be erased at another time")
	case "rotate", "retire":
		return a.tr("new keys")
	}
	return a.tr("asked for")
}

func (a *app) undoCommand() *cobra.Command {
	var submitted bool
	c := a.build(command{
		use:   "undo [TOPIC]",
		short: a.tr("take back the last thing you did, or what you sent"),
		long: a.tr("Takes the last thing that you did out of your draft. With --submitted, takes back what you have sent, as long as the secretariat has not taken it in: " +
			"it becomes your draft again. TOPIC says which, where more than one waits; medlem status shows them."),
		example: "medlem undo",
		codes:   "134",
		max:     1,
		run: func(c *cobra.Command, args []string) error {
			if len(args) > 0 && !submitted {
				return usageError(a.tr("a topic belongs to --submitted"), "")
			}
			return a.at(withKey, func(s *session) error {
				if submitted {
					topic := ""
					if len(args) > 0 {
						topic = args[0]
					}
					topic, err := s.Withdraw(c.Context(), topic)
					if err != nil {
						return err
					}
					return s.done("withdraw", nil, s.tr("{{.Topic}} is taken back.", "Topic", topic))
				}
				verb, n, unit, err := s.Undo()
				if err != nil {
					return err
				}
				return s.undone(verb, n, unit)
			})
		},
	})
	c.Flags().BoolVar(&submitted, "submitted", false, a.tr("take back what you have sent"))
	return c
}

func (s *session) undone(verb string, n int, unit register.UnitID) error {
	left, err := s.Drafted()
	if err != nil {
		return err
	}
	out := struct {
		Undone string          `json:"undone"`
		N      int             `json:"n"`
		Unit   register.UnitID `json:"unit"`
		Draft  int             `json:"draft"`
	}{verb, n, unit, left}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.tr("Taken back, in {{.Unit}}: {{.N}} {{.Act}}.", "Unit", unitName(s.Policy(), unit), "N", n, "Act", s.act(verb)))
		if left == 0 {
			fmt.Fprintln(w, s.tr("Your draft is empty."))
			return
		}
		fmt.Fprintln(w, s.drafted(left))
	})
}

func (a *app) submitCommand() *cobra.Command {
	return a.build(command{
		use:   "submit",
		short: a.tr("send your draft to the secretariat"),
		long: a.tr("Checks your draft and sends it to the secretariat. Until they have taken it in, medlem status shows it as waiting, " +
			"and your own lists show your changes."),
		example: "medlem submit",
		codes:   "134",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error {
				sub, err := s.Submit(c.Context())
				if err != nil {
					return err
				}
				out := struct {
					Topic   string `json:"topic"`
					Ref     string `json:"ref"`
					Changes int    `json:"changes"`
				}{sub.Topic, sub.Ref, sub.Count}
				return s.result(out, func(w io.Writer) {
					fmt.Fprintln(w, s.trn(sub.Count, "{{.N}} change is sent and waits for the secretariat ({{.Topic}}).",
						"{{.N}} changes are sent and wait for the secretariat ({{.Topic}}).", "Topic", sub.Topic))
				})
			})
		},
	})
}
