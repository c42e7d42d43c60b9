package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

type signFlags struct {
	as, factor, out string
	attest, yes     bool
}

func (a *app) signCommand() *cobra.Command {
	var o signFlags
	c := a.build(command{
		use:   "sign FILE",
		short: a.tr("add your signature to an appointment"),
		long: a.tr("Shows what an appointment file says and what you would sign, and adds your signature: as the appointee your agreement, that you have read the guide, and how your identity is protected; " +
			"as one who signs for the unit or for those above it, the appointment and its documents. Documents that others have signed you attest with --attest: nobody does both. " +
			"Read each document first: medlem appointment FILE --open KIND --out NEWFILE. Where the register is at hand it is asked who may sign; you do not need it."),
		example: "medlem sign kari.appointment --yes",
		codes:   "134",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error { return a.sign(args[0], o) },
	})
	f := c.Flags()
	f.StringVar(&o.as, "as-signer", "", a.tr("in what capacity you sign, an `ID` of the policy's signers, or appointee"))
	f.BoolVar(&o.attest, "attest", false, a.tr("attest the documents that others have signed"))
	f.StringVar(&o.factor, "factor", "", a.tr("state that your identity is protected by `ssh-key` or plugin, which medlem cannot see"))
	f.BoolVar(&o.yes, "yes", false, a.tr("sign without being asked"))
	f.StringVar(&o.out, "out", "", a.tr("write the signed appointment to this new `FILE` instead of over the old one"))
	return c
}

func (a *app) sign(path string, o signFlags) error {
	ap, err := a.appointments([]string{path})
	if err != nil {
		return err
	}
	state, err := a.stateFor(ap)
	if err != nil {
		return err
	}
	var p *policy.Policy
	if state != nil {
		p = state.Policy
	}
	me, err := a.officer()
	if err != nil {
		return err
	}
	today := register.DayOf(a.Now())
	opt := desk.EndorseOptions{Handle: me.Handle(), State: state, Day: today, As: o.as, Attest: o.attest}
	if state != nil {
		if h, ok := state.SignerOf(me.Signer().PublicKey().Marshal()); ok {
			opt.Handle = h
		}
	}
	if opt.Factor, err = a.protection(me, o.factor); err != nil {
		return err
	}
	can, not, err := ap.Endorsements(opt)
	if err != nil {
		return a.explainCapacity(p, err)
	}
	if ap.Guide != "" && p != nil {
		if office, ok := p.Office(ap.Grant.Office); ok && office.Guide.Version != "" {
			ap.Guide = office.Guide.Version
		}
	}
	for _, l := range not {
		a.notSigned(p, ap, l)
	}
	if len(can) == 0 {
		return refused(a.tr("there is nothing for you to sign now"), a.tr("medlem appointment {{.Path}} shows what is missing", "Path", path))
	}
	if err := a.agreeToSign(p, ap, can, o.yes); err != nil {
		return err
	}
	if err := ap.Sign(me.Signer(), me.Ages(), opt.Handle, can, today); err != nil {
		return err
	}
	if o.out != "" {
		if err := a.writeNew(o.out, ap.Encode()); err != nil {
			return err
		}
		path = o.out
	} else if err := writeOver(path, ap.Encode()); err != nil {
		return err
	}
	return a.showAppointment(ap, state, today, path)
}

// protection is how an identity is protected: what medlem sees itself, or what
// the officer states where it cannot see.
func (a *app) protection(me *officer, stated string) (string, error) {
	const passphrase = "passphrase"
	switch {
	case stated == passphrase && !me.Sealed():
		return "", refused(a.tr("your identity file has no passphrase"), a.tr("protect it: medlem key passphrase"))
	case stated != "":
		return stated, nil
	case me.Sealed():
		return passphrase, nil
	}
	return "", nil
}

// agreeToSign shows what is to be signed and asks. Where nobody can answer,
// --yes must have.
func (a *app) agreeToSign(p *policy.Policy, ap *desk.Appointment, can []desk.Endorsement, yes bool) error {
	show := func(w io.Writer) {
		a.printTerms(w, p, ap)
		fmt.Fprintln(w, a.tr("You sign, as {{.Signer}}:", "Signer", a.signer(p, can[0].Signer)))
		for _, e := range can {
			fmt.Fprintln(w, "  "+a.endorsement(p, ap, e))
		}
	}
	switch {
	case yes:
		return nil
	case !a.Terminal:
		show(a.Stderr)
		return usageError(a.tr("nothing was signed"), a.tr("say --yes to sign this"))
	}
	show(a.Stderr)
	ok, err := a.confirm(a.tr("Sign this?"))
	if err == nil && !ok {
		err = refused(a.tr("nothing was signed"), "")
	}
	return err
}

// notSigned says why something is not among what is signed.
func (a *app) notSigned(p *policy.Policy, ap *desk.Appointment, l access.Lack) {
	switch {
	case l.Matter == access.MatterFactor && ap.Grant.Factor == "passphrase":
		a.warn(a.tr("your identity file has no passphrase, so it is not stated that it has one"), a.tr("protect it: medlem key passphrase; then sign again"))
	case l.Matter == access.MatterFactor:
		a.warn(a.tr("it is not stated how your identity is protected: medlem cannot see it"), a.tr("state it: --factor {{.Factor}}", "Factor", ap.Grant.Factor))
	default:
		a.warn(a.tr("not signed, since the document is not there yet: {{.Name}}", "Name", a.matter(p, ap.Grant.Office, l.Matter)), "")
	}
}

func (a *app) explainCapacity(p *policy.Policy, err error) error {
	var c *desk.CapacityError
	if !errors.As(err, &c) {
		return err
	}
	if len(c.Can) == 0 {
		return refused(a.tr("nothing of this is yours to sign"), a.tr("it is signed by those whom the policy names, on the day on which they hold their office"))
	}
	return usageError(a.tr("say in what capacity you sign: --as-signer ID"), a.tr("one of {{.Choices}}", "Choices", joined(c.Can)))
}
