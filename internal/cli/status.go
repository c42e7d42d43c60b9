package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

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

func answersJSON(as []desk.Answer) []answerJSON {
	out := []answerJSON{}
	for _, x := range as {
		out = append(out, answerJSON{x.Topic, register.DayOf(x.When), x.Reason})
	}
	return out
}

// reasonOf is why a proposal was refused, in the secretariat's words.
func (a *app) reasonOf(x answerJSON) string {
	if x.Reason == "" {
		return a.tr("no reason given; ask the secretariat")
	}
	return x.Reason
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
	}{Submitted: []*pendingJSON{}, Answers: answersJSON(answers)}
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
	return s.result(out, func(w io.Writer) {
		for _, x := range out.Submitted {
			fmt.Fprintln(w, s.tr("Sent {{.Day}}, waiting for the secretariat ({{.Topic}}):", "Day", register.DayOf(x.When), "Topic", x.Topic))
			s.printChanges(w, x.Changes)
		}
		if len(out.Answers) > 0 {
			fmt.Fprintln(w, s.tr("Not taken in, with the secretariat's answer:"))
			t := &table{}
			for _, x := range out.Answers {
				t.add(string(x.Day), x.Topic, s.reasonOf(x))
			}
			t.write(w, "  ")
		}
		if s.DraftClosed() {
			return // as the warning says
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
