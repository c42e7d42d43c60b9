package breach

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// lists finds the draws that she had, or drew to hand out, and that were there in the
// time of the loss: drawn before it ended, and not attested as destroyed before it began.
func lists(r gitstore.Reader, s *access.State, l Loss) ([]List, error) {
	var out []List
	for u := range s.Units {
		err := gitstore.Walk(r, s.Tree, "data/"+string(u)+"/draws", func(path string, e gitstore.Entry) error {
			p, err := register.ParsePath(path)
			if err != nil || p.Kind != register.Draw {
				return err
			}
			_, b, err := r.Object(e.ID)
			if err != nil {
				return err
			}
			x, err := access.ParseDraw(p, b)
			if err != nil {
				return fmt.Errorf("read receipt %s: %w", p.ID, err)
			}
			if x.For != l.Handle && !(x.For == "" && x.By == l.Handle) || l.Until != "" && x.Drawn > l.Until {
				return nil
			}
			missing := x.Missing(s.Policy.Lists.Attest)
			late := slices.ContainsFunc(x.Destroyed, func(d access.Destruction) bool { return d.Day >= l.Since })
			if len(missing) > 0 || late {
				out = append(out, List{x, missing})
			}
			return nil
		})
		if err != nil && !errors.Is(err, gitstore.ErrNotFound) {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b List) int {
		if a.Drawn != b.Drawn {
			return strings.Compare(string(a.Drawn), string(b.Drawn))
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	return out, nil
}

// FindList returns the receipt of one draw, as main has it; nil: there is none.
func FindList(r gitstore.Reader, s *access.State, id register.RecordID) (*List, error) {
	var found *List
	for u := range s.Units {
		err := gitstore.Walk(r, s.Tree, "data/"+string(u)+"/draws", func(path string, e gitstore.Entry) error {
			p, err := register.ParsePath(path)
			if err != nil || p.Kind != register.Draw || p.ID != id {
				return err
			}
			_, b, err := r.Object(e.ID)
			if err != nil {
				return err
			}
			x, err := access.ParseDraw(p, b)
			if err != nil {
				return fmt.Errorf("read receipt %s: %w", p.ID, err)
			}
			found = &List{x, x.Missing(s.Policy.Lists.Attest)}
			return nil
		})
		if err != nil && !errors.Is(err, gitstore.ErrNotFound) {
			return nil, err
		}
	}
	return found, nil
}
