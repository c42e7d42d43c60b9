package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) identityCommand() *cobra.Command {
	return a.family("identity", a.tr("help an officer whose identity is lost"),
		a.tr("An identity that is lost cannot be restored. Its owner makes a new one, and gets her access by it."),
		a.identityLostCommand())
}

func (a *app) identityLostCommand() *cobra.Command {
	var member string
	c := a.build(command{
		use:   "lost HANDLE [OFFICER-FILE]",
		short: a.tr("end the access of a lost identity, and give it to the same person's new one"),
		long: a.tr("Ends every access of an identity that its owner has lost. With the officer file of her new one (medlem key new, medlem key show), it gives that the same access, from today or from a first day that is to come: the same offices, units and last days. Interrupted, it goes on where it was when it is run again. " +
			"What an office asks for, such as documents, signatures and the guide, is asked for again; until it is there the access waits, and it is said what is missing. " +
			"Run without the file first, it can be run with it later.\n\n" +
			"If the identity may be in other hands, use medlem breach contain instead, and then this."),
		example: "medlem identity lost o-7k3fm2q4x6 kari.officer",
		codes:   "134",
		min:     1, max: 2,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.identityLost(c.Context(), args, member) })
		},
	})
	c.Flags().StringVar(&member, "member", "", a.tr("the `ID` of her own record, where her office asks that she belongs to the unit"))
	return c
}

func (s *session) identityLost(ctx context.Context, args []string, member string) error {
	old, err := s.handleOf(args[0])
	if err != nil {
		return err
	}
	var id register.RecordID
	if member != "" {
		if id, err = s.recordID(member); err != nil {
			return err
		}
	}
	var o *access.Officer
	if len(args) > 1 {
		if o, err = s.newIdentity(args[1], old); err != nil {
			return err
		}
	}
	question := s.tr("End every access of {{.Handle}}?", "Handle", old)
	if o != nil {
		question = s.tr("End every access of {{.Handle}}, and give it to {{.New}}?", "Handle", old, "New", o.Handle)
	}
	if err := s.agreed(question); err != nil {
		return err
	}
	res, err := s.IdentityLost(ctx, old, o, id)
	if err != nil {
		return err
	}
	type givenJSON struct {
		grantJSON
		Pending bool       `json:"pending"`
		Missing []lackJSON `json:"missing"`
	}
	out := struct {
		Handle register.Handle `json:"handle"`
		New    register.Handle `json:"new,omitempty"`
		Old    []grantJSON     `json:"old"`
		Given  []givenJSON     `json:"given"`
	}{old, "", []grantJSON{}, []givenJSON{}}
	if o != nil {
		out.New = o.Handle
	}
	for _, g := range res.Old {
		out.Old = append(out.Old, grantJSON{g.Unit, g.Office})
	}
	for _, x := range res.Given {
		out.Given = append(out.Given, givenJSON{grantJSON{x.Grant.Unit, x.Grant.Office}, len(x.Lacks) > 0, lacksJSON(x.Lacks)})
	}
	return s.result(out, func(w io.Writer) {
		for _, g := range res.Old {
			fmt.Fprintln(w, s.tr("The access of {{.Handle}} to {{.Unit}} has ended.", "Handle", old, "Unit", unitName(s.Policy(), g.Unit)))
		}
		for _, x := range res.Given {
			x.Ended = nil // said above
			s.printGranted(w, x)
		}
		if o == nil {
			fmt.Fprintln(w, s.tr("She makes a new one: medlem key new. Then: medlem identity lost {{.Handle}} OFFICER-FILE", "Handle", old))
		} else {
			fmt.Fprintln(w, s.tr("She clones the register anew with the new identity. What she had not submitted is lost."))
		}
		fmt.Fprintln(w, s.tr("In medlem erasure status the lost identity stays as not confirmed: nobody can state that it is destroyed."))
	})
}

// newIdentity reads whose identity takes the place of one that is lost.
func (s *session) newIdentity(text string, old register.Handle) (*access.Officer, error) {
	o, h, err := s.whom(s.State(), text)
	if err != nil {
		return nil, err
	}
	if h == old {
		return nil, refused(s.tr("that is the identity that is lost"), s.tr("her new one has another handle: medlem key new makes it"))
	}
	if o == nil {
		return s.State().Officers[h], nil
	}
	return o, s.compared(&desk.GrantOptions{Officer: o})
}
