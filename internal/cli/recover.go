package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

type recoverOptions struct {
	remote, recovery, recoveryOut, genesis, keyrings, policies, factor string
}

func (a *app) recoverCommand() *cobra.Command {
	var o recoverOptions
	c := a.build(command{
		use:   "recover COPY FOLDER",
		short: a.tr("make a new register of an old one, when the secretariat has lost every identity"),
		long: a.tr("Makes a new register of what a copy of the old one holds, with the recovery secret from the paper, when nobody is left who can sign for the secretariat. You become the first of its secretariat. " +
			"Members keep their ids and their own pages; who was erased stays erased. Officers have no access until it is given again: who had what is listed. " +
			"The old history, lists taken out and controls stay in the old register: keep it, and its paper, for as long as you may have to answer from it.\n\n" +
			"The new register has a new first commit and a new recovery paper. Nothing is pushed before all of it is made and checked."),
		example: "medlem recover copy.git register --remote ssh://git@example.org/new.git --recovery paper.txt",
		codes:   "134",
		min:     2, max: 2,
		run: func(c *cobra.Command, args []string) error { return a.recover(c.Context(), args[0], args[1], o) },
	})
	f := c.Flags()
	f.StringVar(&o.remote, "remote", "", a.tr("the `ADDRESS` of the server's empty repository"))
	f.StringVar(&o.recovery, "recovery", "", a.tr("the `FILE` with the old recovery secret"))
	f.StringVar(&o.recoveryOut, "recovery-out", "", a.tr("write the recovery secret to this new `FILE` instead of showing it"))
	f.StringVar(&o.genesis, "genesis", "", a.tr("what the old register must begin with, the 40 characters `ID`; of an officer's copy it is known"))
	f.StringVar(&o.keyrings, "keyrings", "", a.tr("the `FOLDER` with the old sealed keys, where they do not lie in the copy"))
	f.StringVar(&o.policies, "policies", "", a.tr("begin from the policy files of this `FOLDER` instead of the old ones"))
	f.StringVar(&o.factor, "factor", "", a.tr("state that your identity is protected by `ssh-key` or plugin, which medlem cannot see"))
	return c
}

func (a *app) recover(ctx context.Context, from, dir string, o recoverOptions) error {
	if o.recovery == "" {
		return usageError(a.tr("say where the old recovery secret is: --recovery FILE"), "")
	}
	if o.genesis != "" {
		if _, err := gitstore.ParseID(o.genesis); err != nil {
			return usageError(a.tr("--genesis: not an id of 40 characters"), "")
		}
	}
	me, err := a.officer()
	if err != nil {
		return err
	}
	r := desk.RecoverOptions{Old: from, Keyrings: o.keyrings, Genesis: o.genesis}
	r.Dir, r.Identity, r.Now, r.Program = dir, me.Identity, a.Now, a.Program
	if r.Factor, err = a.protection(me, o.factor); err != nil {
		return err
	}
	if r.Remote, err = absoluteRemote(o.remote); err != nil {
		return err
	}
	text, err := recoverySecret(o.recovery)
	if err != nil {
		return err
	}
	if r.Recovery, err = identity.LoadRecovery(text); err != nil {
		return &failure{exitOpen, err.Error(), a.tr("type the line from the paper again; white space and case do not matter")}
	}
	if r.Files, err = policyFolder(o.policies); err != nil {
		return err
	}
	paper, err := a.recoveryPaper(o.recoveryOut, a.tr("It counts when medlem has said that the register is made; else it is void."))
	if err != nil {
		return err
	}
	r.Paper = paper.give
	res, err := desk.Recover(ctx, r)
	if err != nil {
		return paper.failed(err, a.tr("the server may have taken the register in: where medlem clone gets it, the recovery secret counts; else it is void"))
	}
	return a.recovered(res, dir, paper)
}

// policyFolder reads the policy files of a folder; "": nil.
func policyFolder(dir string) (map[string][]byte, error) {
	if dir == "" {
		return nil, nil
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no policy files: %w", dir, os.ErrNotExist)
	}
	out := map[string][]byte{}
	for _, name := range names {
		if out["policies/"+filepath.Base(name)], err = readFile(name, policy.FileLimit); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a *app) recovered(res *desk.Recovered, dir string, paper *paper) error {
	type heldJSON struct {
		Unit   register.UnitID `json:"unit"`
		Handle register.Handle `json:"handle"`
		Office string          `json:"office"`
		Until  register.Day    `json:"until,omitempty"`
	}
	out := struct {
		Dir     string     `json:"dir"`
		Genesis string     `json:"genesis"`
		Records int        `json:"records"`
		Closed  int        `json:"closed"`
		Erased  int        `json:"erased"`
		Held    []heldJSON `json:"held"`
		Left    []string   `json:"left"` // kinds of files that stay in the old register
	}{dir, res.Genesis.String(), res.Records, res.Closed, res.Erased, []heldJSON{}, []string{}}
	for _, g := range res.Held {
		out.Held = append(out.Held, heldJSON{g.Unit, g.Handle, g.Office, g.Until})
	}
	for _, k := range res.Left {
		out.Left = append(out.Left, k.String())
	}
	return a.result(out, func(w io.Writer) {
		fmt.Fprintln(w, a.tr("The register is made, in {{.Dir}}.", "Dir", dir))
		fmt.Fprintln(w, a.tr("It has {{.Records}} members, {{.Closed}} ended memberships, and keeps {{.Erased}} erased ids out.", "Records", out.Records, "Closed", out.Closed, "Erased", out.Erased))
		fmt.Fprintln(w, a.tr("It begins with {{.Genesis}}. Give officers this together with the address: they can compare it.", "Genesis", out.Genesis))
		paper.place(w)
		fmt.Fprintln(w, a.tr("Who had access, and has none now:"))
		t := &table{}
		for _, g := range out.Held {
			t.add(string(g.Unit), string(g.Handle), g.Office, string(g.Until))
		}
		t.write(w, "  ")
		fmt.Fprintln(w, a.tr("Next: medlem grant UNIT HANDLE --office OFFICE, for each of them who is known; those of the secretariat send new officer files."))
		fmt.Fprintln(w, a.tr("The old register stays what it was: its history, lists taken out and controls. Keep it and its paper for as long as you may have to answer from it."))
	})
}

// explainLost says what can be wrong where an identity is lost.
func (a *app) explainLost(err error) *failure {
	var begins *desk.WrongGenesisError
	switch {
	case errors.Is(err, desk.ErrRecoveryLost):
		return &failure{exitRefused, a.tr("the recovery identity has no access that could end"), a.tr("make a new one, and every key is sealed to that instead: medlem rotate --recovery; then seal every record anew: medlem rekey --all")}
	case errors.Is(err, desk.ErrContainOwn):
		return &failure{exitRefused, a.tr("this is your own identity, and its access is needed to the end: nothing was done"), a.tr("have another officer of the secretariat do it; or make a new identity (medlem key new), give it your access (medlem identity lost HANDLE OFFICER-FILE), clone anew with it and do this again")}
	case errors.Is(err, desk.ErrNoGrants):
		return &failure{exitRefused, a.tr("this officer has never had access"), a.tr("medlem access shows the handles")}
	case errors.As(err, &begins):
		return &failure{exitRefused, a.tr("this register begins with {{.ID}}, not with what it should", "ID", begins.Have), a.tr("do not use it, and find a copy that is right")}
	case errors.Is(err, desk.ErrPaper):
		return &failure{exitOpen, a.tr("this recovery secret does not open the register"), a.tr("it must be that of the newest paper")}
	case errors.Is(err, desk.ErrNoKeyrings):
		return &failure{exitRead, a.tr("the sealed keys are not all in this copy"), a.tr("use a mirror of the server (git clone --mirror), or the copy of an officer of the secretariat; where they lie in a folder, give it with --keyrings")}
	case errors.Is(err, desk.ErrGenesis):
		return &failure{exitRefused, a.tr("nobody has said what the old register must begin with"), a.tr("officers' copies know it: medlem verify in one of them; then --genesis ID")}
	}
	return nil
}
