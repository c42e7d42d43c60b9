package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) doctorCommand() *cobra.Command {
	var o doctorOptions
	c := a.build(command{
		use:   "doctor",
		short: a.tr("see whether everything is as it should be, and repair it"),
		long: a.tr("Looks at this copy, every byte of it, at this computer's clock, at your identity and the keys that it opens, and, for the secretariat, at the server: whether the register has been set back, whether every unit's keys are there, and, where the server is a folder on this computer, its settings. " +
			"In any other copy, such as a mirror, it looks at that without a key.\n\n" +
			"With --repair it puts back what is missing: on the server from this copy, and in this copy from the server. It never puts back less than there is: where the server has something else than what was verified here, it says so and changes nothing. " +
			"With --recovery FILE it tries whether the recovery secret opens every unit; do that once a year."),
		example:  "medlem doctor --repair",
		codes:    "134",
		findings: a.tr("something is not as it should be"),
		run: func(c *cobra.Command, _ []string) error {
			return a.doctor(c.Context(), o)
		},
	})
	c.Flags().BoolVar(&o.repair, "repair", false, a.tr("put back what is missing"))
	c.Flags().StringVar(&o.recovery, "recovery", "", a.tr("`FILE` with the recovery secret, to try it"))
	c.Flags().BoolVar(&o.offline, "offline", false, a.tr("do not ask the server"))
	return c
}

type doctorOptions struct {
	repair, offline bool
	recovery        string // file with the secret; ""
}

type ailmentJSON struct {
	Kind     string          `json:"kind"`
	Unit     register.UnitID `json:"unit,omitempty"`
	Curable  bool            `json:"curable"`
	Repaired bool            `json:"repaired"`
	Note     bool            `json:"note,omitempty"` // it hinders nothing yet
	Object   string          `json:"object,omitempty"`
	File     string          `json:"file,omitempty"`
	Ref      string          `json:"ref,omitempty"`
	Path     string          `json:"path,omitempty"`
	Setting  string          `json:"setting,omitempty"`
	Day      register.Day    `json:"day,omitempty"`
	Reason   string          `json:"reason,omitempty"` // why the server is of no use
}

// examination is what a doctor found, area by area.
type examination struct {
	looked  []string // areas, in words
	found   []desk.Ailment
	joining []register.UnitID // whose joining identity is to be replaced
	site    register.Day      // of members' pages that are behind; ""
	run     *runJSON          // of erasures that is open; nil
	runs    string            // what is said of it
}

// doctor looks at the copy first, since one that is damaged may not open at all.
func (a *app) doctor(ctx context.Context, o doctorOptions) error {
	dir, err := a.registerDir()
	if err != nil {
		return err
	}
	x := &examination{looked: []string{a.tr("this copy")}, joining: []register.UnitID{}}
	switch {
	case isOwnCopy(dir):
		x.found, err = desk.CheckCopy(ctx, desk.Options{Dir: dir, Now: a.Now, Progress: a.progress(), Warn: a.deskWarning}, o.repair && !o.offline)
		if server, ok := desk.ServerAilment(err); ok { // then the rest is looked at, and nothing is mended
			x.found, err = append(x.found, server), nil
			o.repair, o.offline = false, true
		}
	case isRepository(dir):
		x.found, err = desk.CheckMirror(dir, a.progress())
	default:
		return desk.ErrNoRegister
	}
	if err != nil {
		return err
	}
	hurt := slices.ContainsFunc(x.found, func(f desk.Ailment) bool { return !isNote(f) && (!o.repair || !f.Cure) })
	opened := false
	err = a.at(mirror, func(s *session) error {
		opened = true
		err := s.examine(ctx, o, x)
		if err == nil || hurt || len(x.found) > 0 {
			if rerr := a.reportHealth(x, o.repair, s.Policy()); err == nil || hurt {
				return rerr
			}
		}
		return err
	})
	if hurt && !opened {
		return a.reportHealth(x, o.repair, nil) // what is damaged is why it does not open
	}
	return err
}

// reportHealth tells what was found. Without a policy, units are called by their ids.
func (a *app) reportHealth(x *examination, repair bool, p *policy.Policy) error {
	slices.SortStableFunc(x.found, func(a, b desk.Ailment) int { return noteLast(a) - noteLast(b) })
	reason := func(err error) string {
		if err == nil {
			return ""
		}
		return oneLine(err.Error())
	}
	out := struct {
		Ailments []ailmentJSON     `json:"ailments"`
		Joining  []register.UnitID `json:"joining"`        // whose joining identity is to be replaced
		Site     register.Day      `json:"site,omitempty"` // of members' pages that are behind
		Run      *runJSON          `json:"run,omitempty"`  // of erasures that is open
	}{[]ailmentJSON{}, x.joining, x.site, x.run}
	left, ill, curable := 0, 0, false
	for _, f := range x.found {
		out.Ailments = append(out.Ailments, ailmentJSON{f.Kind, f.Unit, f.Cure, repair && f.Cure, isNote(f), f.Object, f.File, f.Ref, f.Path, f.Setting, f.Day, reason(f.Err)})
		if isNote(f) {
			continue
		}
		ill++
		if !(repair && f.Cure) {
			left++
			curable = curable || f.Cure
		}
	}
	err := a.result(out, func(w io.Writer) {
		for _, f := range x.found {
			fmt.Fprintln(w, a.diagnosis(f, repair, p))
		}
		if ill == 0 {
			fmt.Fprintln(w, a.tr("In order: {{.Areas}}.", "Areas", strings.Join(x.looked, ", ")))
		}
		if curable && !repair {
			fmt.Fprintln(w, a.tr("Next: medlem doctor --repair"))
		}
		for _, u := range x.joining {
			fmt.Fprintln(w, a.tr("It is time for a new key to which those who join {{.Unit}} seal what they send: medlem sync", "Unit", unitName(p, u)))
		}
		if x.site != "" {
			fmt.Fprintln(w, a.siteBehind(x.site))
		}
		if x.run != nil {
			fmt.Fprintln(w, x.runs+" (medlem retention show)")
		}
	})
	if err == nil && left > 0 {
		return errFindings
	}
	return err
}

// examine looks at each area that there is to look at in a copy that opens.
func (s *session) examine(ctx context.Context, o doctorOptions, x *examination) error {
	area := func(name string, found []desk.Ailment) {
		x.looked = append(x.looked, name)
		x.found = append(x.found, found...)
	}
	found, err := s.CheckHere(ctx, o.repair && !o.offline)
	if err != nil {
		return err
	}
	if !o.offline && !slices.ContainsFunc(found, func(f desk.Ailment) bool { return f.Kind == desk.ClockBehind }) {
		ahead, err := s.CheckServerClock(ctx)
		if err != nil {
			return err
		}
		found = append(found, ahead...)
	}
	area(s.tr("the clock"), found)
	if s.me == nil {
		return nil
	}
	if s.Secretary() {
		open, err := s.WaitingRun()
		if err != nil {
			return err
		}
		if open != nil {
			run := s.runJSON(open)
			x.run, x.runs = &run, s.openRun(open)
		}
	}
	x.looked = append(x.looked, s.tr("your identity"), s.tr("your keys"))
	if o.recovery != "" {
		if err := s.tryRecovery(o.recovery, area); err != nil {
			return err
		}
	}
	if looked, found := s.CheckHost(o.repair); len(found) > 0 {
		x.found = append(x.found, found...)
	} else if looked {
		area(s.tr("the server's settings"), nil)
	}
	if o.offline {
		return nil
	}
	name := s.tr("the server")
	if s.Secretary() {
		found, err = s.Doctor(ctx, o.repair)
	} else { // the secretariat alone has all that the server should have
		name = s.tr("the connection to the server")
		found, err = s.CheckServer(ctx)
	}
	if errors.Is(err, desk.ErrNoServer) {
		return nil
	}
	if server, ok := desk.ServerAilment(err); ok {
		x.found = append(append(x.found, found...), server)
		return nil
	}
	area(name, found)
	if err != nil || !s.Secretary() {
		return err
	}
	due, err := s.JoiningDue()
	if err != nil {
		return err
	}
	x.joining = append(x.joining, due...)
	x.site, err = s.SiteBehind()
	return err
}

// tryRecovery opens what is here with the secret from the paper.
func (s *session) tryRecovery(path string, area func(string, []desk.Ailment)) error {
	secret, err := recoverySecret(path)
	if err != nil {
		return err
	}
	n, found, err := s.CheckRecovery(secret)
	if errors.Is(err, desk.ErrRecoverySecret) {
		return &failure{exitOpen, err.Error(), s.tr("it is one line of the recovery paper, typed or scanned into a file")}
	}
	if err != nil {
		return err
	}
	area(s.trn(n, "the recovery secret, which opens the keys of {{.N}} unit", "the recovery secret, which opens the keys of {{.N}} units"), found)
	return nil
}

func noteLast(x desk.Ailment) int {
	if isNote(x) {
		return 1
	}
	return 0
}

// isNote tells what hinders nothing yet.
func isNote(x desk.Ailment) bool {
	switch x.Kind {
	case desk.IdentityPlain, desk.IdentityOld, desk.BackupOld, desk.HostSetting, desk.HostHook, desk.HostOther, desk.ClockAhead, desk.NoteDamaged:
		return true
	}
	return x.Spare || x.Adrift
}

// siteBehind says that members' own pages wait to be made anew.
func (a *app) siteBehind(made register.Day) string {
	return a.tr("the members' own pages are of {{.Day}}, and members have changed since: medlem site publish --views", "Day", made)
}

// diagnosis says what is wrong and what mends it, or that it has been mended.
func (a *app) diagnosis(x desk.Ailment, repair bool, p *policy.Policy) string {
	line, way := a.ailment(x, p)
	switch {
	case repair && x.Cure:
		return line + " " + a.tr("Repaired.")
	case way != "":
		return line + " " + way
	case !x.Cure:
		return line + " " + a.tr("This copy cannot mend it.")
	}
	return line
}

// ailment says what is wrong, and what mends it where that is not --repair.
func (a *app) ailment(x desk.Ailment, p *policy.Policy) (line, way string) {
	unit := string(x.Unit)
	if p != nil {
		unit = unitName(p, x.Unit)
	}
	switch x.Kind {
	case desk.MainBehind:
		if !x.Cure {
			way = a.tr("Tell the secretariat.")
		}
		return a.tr("The server's register has been set back to an earlier day."), way
	case desk.MainForeign:
		return a.tr("The server's register is not the one that was verified here. Do not use it, and ask whoever keeps the server."), ""
	case desk.KeyringMissing:
		return a.tr("The keys of {{.Unit}} are missing on the server.", "Unit", unit), ""
	case desk.KeyringWrong:
		return a.tr("The keys of {{.Unit}} on the server are not the right ones.", "Unit", unit), ""
	case desk.KeyringStray:
		return a.tr("There are keys of a unit that does not exist: {{.Unit}}.", "Unit", cell(unit)), ""
	}
	if x.Err != nil {
		return a.ailmentServer(x)
	}
	return a.ailmentHere(x, unit)
}

// ailmentServer says why the server is of no use.
func (a *app) ailmentServer(x desk.Ailment) (line, way string) {
	switch x.Kind {
	case desk.ServerAway:
		return a.tr("The server does not answer."), a.tr("Try again later.")
	case desk.ServerNone:
		return a.tr("There is no register at the server's address."), a.tr("Is the disk or the network there?")
	case desk.ServerDenied:
		if why := (*gitstore.DeniedError)(nil); errors.As(x.Err, &why) {
			return a.tr("The server does not let you in."), a.tr("The reason: {{.Reason}}.", "Reason", cell(why.Why))
		}
		return a.tr("The server does not let you in."), a.tr("Ask whoever keeps it.")
	}
	return a.tr("The server answers otherwise than it should."), a.tr("The reason: {{.Reason}}.", "Reason", cell(answerOf(x.Err)))
}

// ailmentHere says what is wrong with this copy or this computer.
func (a *app) ailmentHere(x desk.Ailment, unit string) (line, way string) {
	where := x.Path
	if where == "" {
		where = x.Ref
	}
	switch x.Kind {
	case desk.ObjectDamaged, desk.ObjectMissing:
		if x.Adrift {
			return a.tr("A damaged file of this copy is nothing that is needed any more: {{.File}} ({{.Where}}).", "File", cell(x.File), "Where", x.Object), a.tr("Take it away: medlem doctor --repair")
		}
		if x.Spare {
			return a.tr("A file of this copy is damaged, and another copy of it is in order: {{.File}} ({{.Where}}).", "File", cell(x.File), "Where", cell(x.Object+" "+where)), ""
		}
		line = a.tr("Something in this copy is damaged: {{.Object}} ({{.Where}}).", "Object", x.Object, "Where", cell(where+" "+x.File))
		if x.Kind == desk.ObjectMissing {
			line = a.tr("Something in this copy is missing: {{.Object}} ({{.Where}}).", "Object", x.Object, "Where", cell(where))
		}
		if x.Draft && !x.Cure {
			return line, a.dropDraft()
		}
		return line, ""
	case desk.PackDamaged:
		return a.tr("A file of this copy is damaged: {{.File}}.", "File", cell(x.File)), ""
	case desk.RefDamaged:
		line, way = a.tr("This copy does not know any more where {{.Ref}} is ({{.File}}).", "Ref", cell(x.Ref), "File", cell(x.File)), a.makeAnew()
		if x.Draft {
			way = a.dropDraft()
		}
		return line, way
	case desk.NoteDamaged:
		return a.tr("A note of this copy is damaged, and is made anew: {{.File}}.", "File", cell(x.File)), a.tr("Take it away: medlem doctor --repair")
	case desk.NoteWrong:
		return a.tr("This copy does not know any more what of the register was verified ({{.File}}).", "File", cell(x.File)), a.tr("Verify all of it: medlem sync")
	case desk.NotesDamaged:
		return a.tr("This copy does not know any more where its server is, nor what was verified ({{.File}}).", "File", cell(x.File)), a.makeAnew()
	case desk.ClockBehind:
		return a.tr("This computer's clock is behind the register, whose newest entry is of {{.Day}}.", "Day", x.Day), a.tr("Set the clock. Where it is right, somebody wrote with a wrong one, and nobody takes the register in before that day: docs/recovery.md says how to go back to the entry before.")
	case desk.ClockAhead:
		return a.tr("The newest entry of the register is of {{.Day}}.", "Day", x.Day), a.tr("Look whether this computer's clock is right.")
	case desk.KeyringAbsent:
		return a.tr("The keys of {{.Unit}} are not in this copy.", "Unit", unit), a.tr("Fetch them: medlem sync")
	case desk.KeyringClosed:
		return a.tr("Your identity does not open the keys of {{.Unit}}, though the register says that it should.", "Unit", unit), a.tr("Have the secretariat give you access anew: medlem identity lost")
	case desk.IdentityPlain:
		return a.tr("Your identity file has no passphrase: whoever gets it is you."), a.tr("Give it one: medlem key passphrase")
	case desk.IdentityLoose:
		return a.tr("Others on this computer can read your identity file."), a.tr("Close it: chmod 600 {{.Path}}", "Path", shellWord(a.shownIdentity()))
	case desk.IdentityOld:
		return a.tr("Your identity should have been made anew by {{.Day}}.", "Day", x.Day), a.tr("Make it anew: medlem rotate")
	case desk.BackupOld:
		return a.tr("The last backup that was made in this copy is of {{.Day}}.", "Day", x.Day), a.tr("Make another: medlem backup --out FILE")
	case desk.RecoveryOther:
		return a.tr("This is not the register's present recovery secret."), a.tr("Look for the newest paper, or make a new one: medlem rotate --recovery")
	case desk.RecoveryWrong:
		return a.tr("The recovery secret does not open the keys of {{.Unit}}.", "Unit", unit), a.tr("Tell the secretariat: medlem doctor --repair")
	case desk.HostSetting:
		return a.tr("The server lacks a setting."), a.tr("Set it: git -C {{.Dir}} config {{.Setting}}", "Dir", shellWord(cell(x.File)), "Setting", x.Setting)
	case desk.HostLock:
		return a.tr("A program that was ended has left a lock on the server, which takes in nothing until it is gone: {{.File}}.", "File", cell(x.File)), ""
	case desk.HostProgram:
		return a.tr("The server takes nothing, since the program that its hook runs is not there: {{.File}}.", "File", cell(x.File)), a.tr("Put medlem there, or another place into the hook, as docs/server.md says.")
	case desk.HostOther:
		return a.tr("The server's hook is not the one that medlem init writes."), a.tr("Look whether it still refuses what the rules refuse: docs/server.md ({{.Dir}}).", "Dir", cell(x.File))
	case desk.HostHook:
		return a.tr("The server has no hook that refuses what the rules refuse."), a.tr("docs/server.md says how to put it there ({{.Dir}}).", "Dir", cell(x.File))
	}
	return x.Kind, ""
}

// dropDraft is the way out where a draft is damaged: nobody else has it.
func (a *app) dropDraft() string {
	return a.tr("It belongs to your draft, which is nowhere else. Drop the draft, and enter again what was in it: medlem undo --all")
}

// shellWord quotes a path for a command that a person copies into a shell.
func shellWord(s string) string {
	if strings.IndexFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-+:@%,", r)
	}) < 0 && s != "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// shownIdentity is where the person's identity is kept, for a command line.
func (a *app) shownIdentity() string {
	path, _, err := a.identityPath()
	if err != nil || path == "" {
		return "FILE"
	}
	return path
}
