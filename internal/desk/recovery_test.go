package desk_test

import (
	"errors"
	"os/exec"
	"testing"

	"github.com/medlem-register/medlem/internal/desk"
)

func (o *office) refs() string {
	o.t.Helper()
	out, err := exec.Command("git", "-C", o.host(), "for-each-ref").Output()
	if err != nil {
		o.t.Fatal(err)
	}
	return string(out)
}

// A recovery secret is on paper before anything has moved, once, although another
// of the secretariat is faster and the act is tried again; without paper nothing
// moves.
func TestPaperFirst(t *testing.T) {
	o := newOffice(t)
	o.join("tove", "national", "secretariat")
	before := o.refs()
	full := errors.New("the disk is full")
	err := o.as("sec", func(d *desk.Desk) error { return d.RotateRecovery(ctx, func(string) error { return full }) })
	if !errors.Is(err, full) || errors.As(err, new(*desk.PaperError)) || o.refs() != before {
		t.Errorf("without paper: %v", err)
	}
	var papers []string
	o.do("sec", func(d *desk.Desk) error {
		return d.RotateRecovery(ctx, func(secret string) error {
			papers = append(papers, secret)
			if o.refs() != before {
				t.Error("the register has moved already")
			}
			o.do("tove", func(d *desk.Desk) error { return d.RotateRecovery(ctx, nil) })
			return nil
		})
	})
	if len(papers) != 1 || papers[0] == "" {
		t.Errorf("%d papers", len(papers))
	}
}
