package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/medlem-register/medlem/internal/intake"
)

// takeSMS takes in those who ask by SMS to join. Nothing of a message is shown but the name
// of who is proposed: the rest is counted.
func (s *session) takeSMS(ctx context.Context, path, unit string) error {
	u, err := s.unit(unit)
	if err != nil {
		return err
	}
	b, err := readFile(path, intake.SMSFileLimit)
	if err != nil {
		return err
	}
	list, skipped, err := intake.ReadSMS(b)
	if err != nil {
		return err
	}
	t, err := s.TakeSMS(ctx, u, list)
	if t == nil {
		return err
	}
	failed := err
	out := struct {
		Taken   []sentJSON `json:"taken"`
		Waiting int        `json:"waiting"` // whose number waits already
		Members int        `json:"members"` // whose number is a member's
		Others  int        `json:"others"`  // that do not ask to join
		Left    int        `json:"left"`    // for the next time
	}{[]sentJSON{}, t.Waiting, t.Members, t.Junk + skipped, t.Left}
	for _, x := range t.Taken {
		out.Taken = append(out.Taken, sentJSON{"", x.N, x.Submission.Topic, s.described(x.Change)})
	}
	err = s.result(out, func(w io.Writer) {
		for _, x := range out.Taken {
			if x.Number > 0 {
				fmt.Fprintln(w, s.tr("Proposal {{.Number}}: {{.What}}", "Number", x.Number, "What", s.sentence(x.changeJSON)))
			} else {
				fmt.Fprintln(w, s.tr("Sent to the secretariat ({{.Topic}}): {{.What}}", "Topic", x.Topic, "What", s.sentence(x.changeJSON)))
			}
		}
		for _, n := range []struct {
			n    int
			text string
		}{
			{out.Waiting, s.trn(out.Waiting, "{{.N}} SMS is from a number that waits already.", "{{.N}} SMS are from numbers that wait already.")},
			{out.Members, s.trn(out.Members, "{{.N}} SMS is from a member's number.", "{{.N}} SMS are from members' numbers.")},
			{out.Others, s.trn(out.Others, "{{.N}} SMS does not ask to join.", "{{.N}} SMS do not ask to join.")},
			{out.Left, s.trn(out.Left, "{{.N}} more asks to join: run it once more.", "{{.N}} more ask to join: run it once more.")},
		} {
			if n.n > 0 {
				fmt.Fprintln(w, n.text)
			}
		}
		if len(out.Taken) == 0 {
			fmt.Fprintln(w, s.tr("Nobody new asks to join."))
		} else {
			fmt.Fprintln(w, s.tr("They wait, in no list, until the secretariat takes them in with what the form asks for: medlem merge NUMBER --set FIELD=VALUE"))
		}
		if out.Left == 0 && failed == nil {
			fmt.Fprintln(w, s.tr("Now delete the file."))
		}
	})
	if err != nil {
		return err
	}
	return failed
}
