package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
)

type restoreFlags struct {
	to, genesis, recovery string
	newer                 []string
	nothing               bool
}

func (a *app) restoreCommand() *cobra.Command {
	var o restoreFlags
	c := a.build(command{
		use:   "restore FILE FOLDER --to ADDRESS",
		short: a.tr("make a register of a backup again, without bringing back who was erased"),
		long: a.tr("Opens a backup with your identity or the recovery secret, verifies it from its first commit, and puts it onto an empty server. FOLDER becomes your copy of it.\n\n" +
			"Who was erased after the backup is erased again before anything is sent: name with --newer whatever knows of later erasures, a clone, a mirror, an officer's copy, an address, or a signed list (medlem erasure list). " +
			"Where one of them holds the newer register with every keyring, that one is restored. Is there nothing newer, say --nothing-newer.\n\n" +
			"Access that a newer copy says has ended is ended again, and officers' keys are the newer ones. A list says nothing of access: then all of it is shown, for you to look at.\n\n" +
			"Officers clone again afterwards. The backup itself still opens with the keys of its day: delete it when it has served."),
		example: "medlem restore 2026-11-22.age register --to https://git.example.org/register.git --newer old-clone",
		codes:   "134",
		min:     2, max: 2,
		run: func(c *cobra.Command, args []string) error { return a.restore(c.Context(), args[0], args[1], o) },
	})
	f := c.Flags()
	f.StringVar(&o.to, "to", "", a.tr("the `ADDRESS` of an empty repository on a server"))
	f.StringArrayVar(&o.newer, "newer", nil, a.tr("a copy, an `ADDRESS` or a list of erasures that is newer than the backup; may be given more than once"))
	f.BoolVar(&o.nothing, "nothing-newer", false, a.tr("there is nothing newer"))
	f.StringVar(&o.genesis, "genesis", "", a.tr("what the register must begin with, the 40 characters `ID` from the secretariat"))
	f.StringVar(&o.recovery, "recovery", "", a.tr("the `FILE` with the recovery secret, typed or scanned from its paper"))
	return c
}

func (a *app) restore(ctx context.Context, file, dir string, o restoreFlags) error {
	opt, err := a.restoreOptions(dir, o)
	if err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	opt.File = f
	res, err := desk.Restore(ctx, *opt)
	if err != nil {
		return a.restoreError(err)
	}
	out := struct {
		Genesis gitstore.ID         `json:"genesis"`
		Backup  gitstore.ID         `json:"backup"`
		Main    gitstore.ID         `json:"main"`
		Newer   string              `json:"newer,omitempty"` // the copy whose register was restored
		Erased  []register.RecordID `json:"erased"`          // again
		Units   int                 `json:"units"`
		Folder  string              `json:"folder"`
		Hook    string              `json:"hook,omitempty"`

		Ended     []restoredAccess    `json:"access_ended"` // again
		Still     []restoredAccess    `json:"access_not_ended"`
		Look      []restoredAccess    `json:"access_to_look_at"`
		OldPaper  bool                `json:"recovery_replaced_since"`
		Emptied   []register.UnitID   `json:"units_erased"` // again
		Dissolved []restoredDissolved `json:"units_not_erased"`
	}{res.Genesis, res.Backup, res.Main, res.Copy, append([]register.RecordID{}, res.Erased...), res.Units, dir, res.Hook,
		restoredGrants(res.Ended), restoredGrants(res.Still), restoredGrants(res.Look), res.OldPaper, append([]register.UnitID{}, res.Emptied...), restoredUnits(res.Dissolved)}
	return a.result(out, func(w io.Writer) {
		if res.Copy != "" {
			fmt.Fprintln(w, a.tr("{{.Path}} holds the newer register, with every keyring: that one is restored.", "Path", res.Copy))
		} else {
			fmt.Fprintln(w, a.trn(len(res.Erased), "{{.N}} record that was erased since the backup is erased again.", "{{.N}} records that were erased since the backup are erased again."))
		}
		a.printRestoredAccess(w, res)
		a.printRestoredUnits(w, res)
		fmt.Fprintln(w, a.trn(res.Units, "The register with {{.N}} unit is on the server, and your copy of it in {{.Path}}.", "The register with {{.N}} units is on the server, and your copy of it in {{.Path}}.", "Path", dir))
		fmt.Fprintln(w, a.tr("It begins with {{.Genesis}}. Officers clone it again: medlem clone ADDRESS FOLDER --genesis {{.Genesis}}", "Genesis", res.Genesis))
		fmt.Fprintln(w, a.tr("The backup still opens with the keys of its day: delete it when it has served."))
	})
}

// restoredAccess is one grant of what a restoration tells.
type restoredAccess struct {
	Unit   register.UnitID `json:"unit"`
	Handle register.Handle `json:"handle"`
	Office string          `json:"office"`
}

func restoredGrants(gs []*access.Grant) []restoredAccess {
	out := []restoredAccess{}
	for _, g := range gs {
		out = append(out, restoredAccess{g.Unit, g.Handle, g.Office})
	}
	return out
}

// restoredDissolved is a unit that was erased since, and what it has here.
type restoredDissolved struct {
	Unit     register.UnitID `json:"unit"`
	Members  int             `json:"members"`
	Officers int             `json:"officers"`
	Closed   int             `json:"closed"`
}

func restoredUnits(us []*desk.UnitErasure) []restoredDissolved {
	out := []restoredDissolved{}
	for _, u := range us {
		out = append(out, restoredDissolved{u.Unit, u.Members, u.Officers, len(u.Closed)})
	}
	return out
}

// printRestoredAccess tells what became of access that ended since the backup.
func (a *app) printRestoredAccess(w io.Writer, res *desk.Restored) {
	for _, g := range res.Ended {
		fmt.Fprintln(w, a.tr("Ended since the backup, and ended again: {{.Office}} in {{.Unit}}, {{.Handle}}", "Office", g.Office, "Unit", g.Unit, "Handle", g.Handle))
	}
	revoke := func(gs []*access.Grant) {
		for _, g := range gs {
			fmt.Fprintf(w, "  medlem revoke %s %s\n", g.Unit, g.Handle)
		}
	}
	if len(res.Still) > 0 {
		fmt.Fprintln(w, a.tr("This access was ended since the backup too, and is in force: it is your own, or the rules do not let it go. Give access to others, and end it:"))
		revoke(res.Still)
	}
	if len(res.Look) > 0 {
		fmt.Fprintln(w, a.tr("No copy says who lost access since the backup. All of its access is in force again. Look at each (medlem access), and end what should not be:"))
		revoke(res.Look)
	}
	switch {
	case res.NewPaper:
		fmt.Fprintln(w, a.tr("The newest recovery secret opens it, not the one of the backup's day."))
	case res.OldPaper:
		fmt.Fprintln(w, a.tr("The recovery secret is that of the backup's day, which was replaced since. Make a new one: medlem rotate --recovery"))
	}
}

// printRestoredUnits tells what became of units that were erased since the backup.
func (a *app) printRestoredUnits(w io.Writer, res *desk.Restored) {
	for _, u := range res.Emptied {
		fmt.Fprintln(w, a.tr("Dissolved and erased since the backup, and erased again: {{.Unit}}", "Unit", u))
	}
	for _, u := range res.Dissolved {
		if u.Members+u.Officers+len(u.Closed) == 0 {
			fmt.Fprintln(w, a.tr("{{.Unit}} was dissolved and erased since the backup. It is empty again, but the policy does not say that it is dissolved: write that into policies/organisation.yaml.", "Unit", u.Unit))
			continue
		}
		fmt.Fprintln(w, a.tr("{{.Unit}} was dissolved and erased since the backup, and stands again: members: {{.Members}}, closed records: {{.Closed}}, officers: {{.Officers}}. Close or move the members, end the access, and erase it again: medlem erase --unit {{.Unit}}",
			"Unit", u.Unit, "Members", u.Members, "Closed", len(u.Closed), "Officers", u.Officers))
	}
}

func (a *app) restoreOptions(dir string, o restoreFlags) (*desk.RestoreOptions, error) {
	if o.to == "" {
		return nil, usageError(a.tr("say where it is restored to: --to ADDRESS, an empty repository"), "")
	}
	if o.nothing == (len(o.newer) > 0) {
		return nil, usageError(a.tr("say what is newer than the backup: --newer COPY, or --nothing-newer"), a.tr("who was erased since would come back otherwise"))
	}
	if o.genesis != "" {
		if _, err := gitstore.ParseID(strings.ToLower(o.genesis)); err != nil {
			return nil, usageError(a.tr("--genesis: not an id of 40 characters"), "")
		}
	} else if !a.Terminal {
		return nil, usageError(a.tr("say what the register must begin with: --genesis ID"), a.tr("officers' copies know it, and whoever made the register"))
	}
	typed, err := a.typedDay()
	if err != nil {
		return nil, err
	}
	opt := &desk.RestoreOptions{Dir: dir, Today: typed, To: o.to, Newer: o.newer, Nothing: o.nothing, Now: a.Now, Program: a.Program, Progress: a.progress()}
	if o.recovery != "" {
		text, err := recoverySecret(o.recovery)
		if err != nil {
			return nil, err
		}
		id, err := identity.LoadRecovery(text)
		if err != nil {
			return nil, &failure{exitOpen, err.Error(), ""}
		}
		opt.Paper = []age.Identity{id}
	}
	me, err := a.officerIfAny()
	if err != nil {
		return nil, err
	}
	switch {
	case me != nil:
		opt.Identity = me.Identity
	case o.recovery == "":
		return nil, desk.ErrNoIdentity
	}
	opt.Trust = func(genesis gitstore.ID) error {
		if o.genesis != "" && strings.ToLower(o.genesis) != genesis.String() {
			return refused(a.tr("the backup is of a register that begins with {{.Genesis}}, not with what you gave", "Genesis", genesis), "")
		}
		if o.genesis != "" {
			return nil
		}
		return a.agreed(a.tr("The register in the backup begins with {{.Genesis}}. Is that what your officers know?", "Genesis", genesis))
	}
	return opt, nil
}

// restoreError says what a restoration failed of.
func (a *app) restoreError(err error) error {
	switch {
	case errors.Is(err, desk.ErrUsed):
		return refused(a.tr("the server has a register already: a backup is restored to an empty repository"), a.tr("what is there may be newer than the backup; docs/recovery.md says how to mend a server from a copy"))
	case errors.Is(err, desk.ErrReplay):
		return refused(a.tr("members were erased, or officers lost their access, since the backup, and the recovery secret alone cannot do that again"), a.tr("give the identity of an officer who was of the secretariat when the backup was made: --as FILE"))
	case errors.Is(err, desk.ErrReplayBrakes):
		return refused(a.tr("more members were erased since the backup than the policy's brakes let anybody erase without a run, and your offices may not change the policy"),
			a.tr("name a newer copy with every keyring, a mirror or a copy of the secretariat's: then nobody has to be erased again; or restore as one of the secretariat who may change the policy"))
	case errors.Is(err, desk.ErrOtherRegister):
		return refused(err.Error(), a.tr("only copies and lists of this register count"))
	case errors.Is(err, desk.ErrListSigner):
		return refused(err.Error(), a.tr("name a newer copy before the list, whose officers are known"))
	case errors.Is(err, sign.ErrInvalid):
		return refused(a.tr("the signature beside the list of erasures is not of this list"), "")
	case errors.Is(err, seal.ErrNotReader):
		return &failure{exitOpen, a.tr("the backup is not sealed to your identity, or to the recovery secret that you gave"), a.tr("medlem backup status, in the copy that made it, says to whom it is")}
	case errors.Is(err, seal.ErrDamaged), errors.Is(err, gitstore.ErrBundle), errors.Is(err, gitstore.ErrCorrupt):
		return &failure{exitRead, a.tr("the backup is damaged, or is none"), a.tr("try another one; nothing was restored")}
	}
	return a.firstContact(err)
}

func (a *app) erasureListCommand() *cobra.Command {
	var out string
	c := a.build(command{
		use:   "list --out FILE",
		short: a.tr("sign a list of every erasure, to keep beside backups"),
		long: a.tr("Writes the ids of all who have been erased, with the day and the rule, into a file, and signs it. It names nobody and opens nothing. " +
			"Kept apart from the backups, or published, it is what medlem restore --newer needs where no newer copy of the register is left."),
		example: "medlem erasure list --out erased.txt",
		codes:   "134",
		run: func(*cobra.Command, []string) error {
			return a.at(withKey, func(s *session) error { return s.erasureList(out) })
		},
	})
	c.Flags().StringVar(&out, "out", "", a.tr("the new `FILE` for the list; its signature goes beside it, as FILE.sig"))
	return c
}

func (s *session) erasureList(out string) error {
	if out == "" {
		return usageError(s.tr("name the file for the list: --out FILE"), "")
	}
	if err := s.discreet(out); err != nil {
		return err
	}
	l, err := s.ListErasures()
	if err != nil {
		return err
	}
	text := l.Encode()
	sig, err := sign.Receipt(text, s.me.Signer())
	if err != nil {
		return err
	}
	if err := s.writeSigned(filepath.Clean(out), text, sig); err != nil {
		return err
	}
	return s.result(struct {
		File   string      `json:"file"`
		Erased int         `json:"erased"`
		Main   gitstore.ID `json:"main"`
	}{out, len(l.Erased), s.Head()}, func(w io.Writer) {
		fmt.Fprintln(w, s.trn(len(l.Erased), "{{.N}} erasure is in {{.Path}}, with its signature beside it.", "{{.N}} erasures are in {{.Path}}, with their signature beside it.", "Path", out))
	})
}

// writeSigned writes a new file and its signature beside it, both or none.
func (a *app) writeSigned(path string, text, sig []byte) error {
	f, err := a.newFile(path)
	if err != nil {
		return err
	}
	if err := fill(f, text); err != nil {
		_ = os.Remove(path)
		return err
	}
	if f, err = a.newFile(path + signatureEnding); err == nil {
		if err = fill(f, sig); err != nil {
			_ = os.Remove(path + signatureEnding)
		}
	}
	if err != nil {
		_ = os.Remove(path)
	}
	return err
}
