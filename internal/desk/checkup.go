package desk

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// The kinds of ailments that show without asking the server.
const (
	ObjectDamaged = "object-damaged" // an object of this copy is not what it was
	ObjectMissing = "object-missing" // and one is not there
	RefDamaged    = "ref-damaged"    // a ref of this copy cannot be read, or leads nowhere
	PackDamaged   = "pack-damaged"   // a whole pack, or its index

	ClockBehind = "clock-behind" // main has passed this machine's clock
	ClockAhead  = "clock-ahead"  // nothing has happened for so long that the clock may be wrong

	KeyringAbsent = "keyring-absent" // this copy has not the keyring that the identity reads, or a damaged one
	KeyringClosed = "keyring-closed" // it has, and the identity does not open it

	NoteDamaged  = "note-damaged"  // a note of this copy that can be made anew
	NoteWrong    = "note-wrong"    // the note of what was verified names nothing that is here
	NotesDamaged = "notes-damaged" // the notes without which this copy is of no use are damaged or gone

	IdentityPlain = "identity-plain" // the identity's file has no passphrase
	IdentityLoose = "identity-loose" // others on this machine may read it
	IdentityOld   = "identity-old"   // it should have been made anew

	RecoveryOther = "recovery-other" // a recovery secret is not the register's present one
	RecoveryWrong = "recovery"       // it is, and does not open a unit's keyring

	HostSetting = "host-setting" // the server, a folder on this machine, lacks a setting
	HostHook    = "host-hook"    // or the hook that refuses what the rules refuse
	HostOther   = "host-other"   // or has another hook than medlem writes
	HostProgram = "host-program" // or has not the program that the hook runs
	HostLock    = "host-lock"    // or holds a lock that a killed git left, and takes nothing
)

// CheckCopy reads everything that the copy at o.Dir holds and follows every ref, also of
// a copy that does not open any more. It needs no key. With repair, what main needs
// comes in anew from the server, and main is again what was verified here; where the server
// fails, what was found comes beside the error, and could be mended.
func CheckCopy(ctx context.Context, o Options, repair bool) ([]Ailment, error) {
	d, err := openUnread(o)
	if errors.Is(err, ErrNotes) {
		out, err := CheckMirror(o.Dir, func(string, int, int) {})
		return append(out, Ailment{Kind: NotesDamaged, File: stateFile}), err
	}
	if err != nil {
		return nil, err
	}
	defer d.Close()
	faults, err := d.repo.Audit(func(done, total int) { d.progress("reading what is here", done, total) })
	if err != nil {
		return nil, err
	}
	if _, ok, err := d.repo.Ref(register.Main); err == nil && !ok && !d.local.verified.IsZero() {
		faults = append(faults, gitstore.Fault{Ref: register.Main})
	}
	if len(faults) == 0 {
		return nil, nil
	}
	out := ailments(faults)
	for i, a := range out {
		elsewhere := d.local.remote != "" && !a.Draft && (a.Kind != RefDamaged || a.Ref == register.Main)
		out[i].Cure = a.Adrift || elsewhere
	}
	if !repair {
		return out, nil
	}
	left := faults
	if d.local.remote != "" && slices.ContainsFunc(faults, func(f gitstore.Fault) bool { return !f.Adrift }) {
		remote, err := d.server()
		if err != nil {
			return out, err
		}
		if err := remote.Mend(ctx, d.repo, register.Main, faults); err != nil {
			return out, err
		}
		if err := d.mendMain(); err != nil {
			return out, err
		}
		if left, err = d.repo.Audit(nil); err != nil {
			return out, err
		}
	}
	if slices.ContainsFunc(left, func(f gitstore.Fault) bool { return f.Adrift }) {
		if err := d.repo.DropAdrift(left); err != nil && !damaged(err) {
			return out, err
		}
		if left, err = d.repo.Audit(nil); err != nil {
			return out, err
		}
	}
	for i, f := range faults {
		out[i].Cure = !slices.ContainsFunc(left, func(l gitstore.Fault) bool { return l.File == f.File && l.ID == f.ID && l.Ref == f.Ref })
	}
	return out, nil
}

// CheckMirror does the same for any copy that is nobody's own; it changes nothing there.
// One that was somebody's own and has lost the notes of that is told too.
func CheckMirror(dir string, progress func(stage string, done, total int)) ([]Ailment, error) {
	repo, err := gitstore.Open(dir)
	if err != nil {
		return nil, err
	}
	defer repo.Close()
	faults, err := repo.Audit(func(done, total int) { progress("reading what is here", done, total) })
	if err != nil {
		return nil, err
	}
	if _, ok, err := repo.Ref(register.Main); err == nil && !ok {
		faults = append(faults, gitstore.Fault{Ref: register.Main})
	}
	out := ailments(faults)
	if _, err := os.Stat(filepath.Join(repo.Dir(), "medlem", "keyrings")); err == nil {
		if _, err := os.Stat(filepath.Join(repo.Dir(), filepath.FromSlash(stateFile))); errors.Is(err, os.ErrNotExist) {
			out = append(out, Ailment{Kind: NotesDamaged, File: stateFile})
		}
	}
	return out, nil
}

// stateFile is below the git folder.
const stateFile = "medlem/state.yaml"

// mendMain lets main be what was last verified here where it is nothing any more.
func (d *Desk) mendMain() error {
	if id, ok, err := d.repo.Ref(register.Main); err == nil && ok && d.repo.Has(id) || d.local.verified.IsZero() || !d.repo.Has(d.local.verified) {
		return nil
	}
	if err := os.Remove(filepath.Join(d.repo.Dir(), filepath.FromSlash(register.Main))); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: register.Main, New: d.local.verified}})
}

func ailments(faults []gitstore.Fault) (out []Ailment) {
	for _, f := range faults {
		out = append(out, ailmentOf(f))
	}
	return out
}

func ailmentOf(f gitstore.Fault) Ailment {
	a := Ailment{Kind: ObjectDamaged, File: f.File, Ref: f.Ref, Path: f.Path, Spare: f.Spare, Adrift: f.Adrift, Draft: f.Ref == draftRef}
	switch {
	case f.ID.IsZero() && f.Ref != "":
		a.Kind = RefDamaged
	case f.ID.IsZero():
		a.Kind = PackDamaged
	case f.File == "":
		a.Kind = ObjectMissing
	}
	if !f.ID.IsZero() {
		a.Object = f.ID.String()
	}
	if p, err := register.ParsePath(f.Path); err == nil {
		a.Unit = p.Unit
	} else if unit, ok := strings.CutPrefix(f.Ref, register.KeyringRefs); ok {
		a.Unit = register.UnitID(unit)
	}
	return a
}

// CheckHere looks at this machine: its clock, the identity's file, and the keyrings
// that the identity opens. With repair, keyrings that are not here are fetched; nothing
// else of it can be mended by a program.
func (d *Desk) CheckHere(ctx context.Context, repair bool) ([]Ailment, error) {
	var out []Ailment
	if found, err := d.checkClock(); err != nil {
		return nil, err
	} else if found != nil {
		out = append(out, *found)
	}
	if late, err := d.backupLate(); err != nil {
		return nil, err
	} else if late != "" {
		out = append(out, Ailment{Kind: BackupOld, Day: late})
	}
	notes, err := d.checkNotes(repair)
	if err != nil {
		return nil, err
	}
	out = append(out, notes...)
	if d.id == nil {
		return out, nil
	}
	if !d.id.Sealed() {
		out = append(out, Ailment{Kind: IdentityPlain})
	}
	if d.id.Loose() {
		out = append(out, Ailment{Kind: IdentityLoose})
	}
	if days := d.state.Policy.Retention.Rotate; days > 0 && d.id.Created().Add(days) < d.Today() {
		out = append(out, Ailment{Kind: IdentityOld, Day: d.id.Created().Add(days)})
	}
	look := func() []Ailment { return append(d.checkVerified(), d.checkKeyrings()...) }
	found := look()
	for i, a := range found {
		found[i].Cure = a.Kind != KeyringClosed && d.local.remote != ""
	}
	if repair && slices.ContainsFunc(found, func(a Ailment) bool { return a.Cure }) {
		if _, err := d.Sync(ctx); err != nil && !gitstore.NotServed(err) {
			return nil, err // that the server is of no use, looking at it tells
		}
		left := look()
		for i, a := range found {
			found[i].Cure = !slices.Contains(left, Ailment{Kind: a.Kind, Unit: a.Unit, File: a.File})
		}
	}
	return append(out, found...), nil
}

// checkClock compares this machine's clock with main: with what a person meant, and with
// the newest commit, which may be the tool's own and still be dated ahead.
func (d *Desk) checkClock() (*Ailment, error) {
	if d.head.IsZero() {
		return nil, nil
	}
	if a, err := d.toCome(d.head); err != nil || a != nil {
		return a, err
	}
	var clock *ClockError
	err := d.ClockStands()
	if !errors.As(err, &clock) {
		return nil, err
	}
	if clock.Today > clock.Newest {
		return &Ailment{Kind: ClockAhead, Day: clock.Newest}, nil
	}
	return &Ailment{Kind: ClockBehind, Day: clock.Newest}, nil
}

// toCome is an ailment where a commit is of a time that is still to come.
func (d *Desk) toCome(id gitstore.ID) (*Ailment, error) {
	c, err := gitstore.ReadCommit(d.repo, id)
	if err != nil || !d.now().Add(clockBehind).Before(c.Committer.When) {
		return nil, err
	}
	return &Ailment{Kind: ClockBehind, Day: register.DayOf(c.Committer.When)}, nil
}

// CheckServerClock looks whether the server's main is of a time that is still to come, so
// that no copy takes it in. Where the server does not answer there is nothing to say.
func (d *Desk) CheckServerClock(ctx context.Context) ([]Ailment, error) {
	remote, err := d.server()
	if err != nil {
		return nil, nil
	}
	refs, err := remote.Fetch(ctx, d.repo, onlyMain, d.haves())
	if _, ok := ServerAilment(err); ok {
		return nil, nil // told where the server is looked at
	}
	main := refs[register.Main]
	if err != nil || main.IsZero() || main == d.head {
		return nil, err
	}
	a, err := d.toCome(main)
	if a == nil {
		return nil, err
	}
	return []Ailment{*a}, nil
}

// checkNotes parses the notes of this copy that are made anew where they are damaged.
// With repair those are deleted.
func (d *Desk) checkNotes(repair bool) (out []Ailment, err error) {
	for name, parse := range map[string]func([]byte) error{
		headsFile: func(b []byte) error { _, err := parseHeads(b); return err },
		inboxFile: func(b []byte) error { _, _, err := parseInbox(b); return err },
	} {
		if d.local.dir == "" {
			continue // nobody's copy
		}
		path := filepath.Join(d.local.dir, name)
		b, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) || err == nil && parse(b) == nil {
			continue
		}
		if err == nil && repair {
			err = os.Remove(path)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, Ailment{Kind: NoteDamaged, File: "medlem/" + name, Cure: true})
	}
	slices.SortFunc(out, func(a, b Ailment) int { return strings.Compare(a.File, b.File) })
	return out, nil
}

// checkVerified looks whether the commits are here that this copy notes as verified. A
// sync that finds that they are not verifies main from its beginning.
func (d *Desk) checkVerified() []Ailment {
	first := d.local.genesis
	if !d.head.IsZero() && (!d.repo.Has(d.local.verified) || !first.IsZero() && !d.repo.Has(first)) {
		return []Ailment{{Kind: NoteWrong, File: stateFile}}
	}
	return nil
}

// checkKeyrings opens every keyring that the identity should, and looks whether its
// tokens are there.
func (d *Desk) checkKeyrings() []Ailment {
	var out []Ailment
	for i := range d.state.Policy.Units {
		u := d.state.Policy.Units[i].ID
		st := d.state.Units[u]
		if st == nil || st.Keyring == nil || !slices.Contains(st.Keyring.Readers, d.id.Handle()) {
			continue
		}
		whole := true
		for _, digest := range []string{st.Keyring.SHA256, st.Keyring.Tokens} {
			if digest != "" {
				_, ok, err := d.sealedKeyring(u, digest)
				whole = whole && ok && err == nil
			}
		}
		if !whole {
			out = append(out, Ailment{Kind: KeyringAbsent, Unit: u})
		} else if _, err := d.keyring(u); err != nil {
			out = append(out, Ailment{Kind: KeyringClosed, Unit: u})
		}
	}
	return out
}

// ErrRecoverySecret says that a text is no recovery secret.
var ErrRecoverySecret = errors.New("malformed or mistyped recovery secret: want AGE-SECRET-KEY-PQ-1 and 58 characters more")

// CheckRecovery opens every keyring that this copy has with the recovery secret, as
// the paper in the safe should, and returns those that do not open and how many do.
func (d *Desk) CheckRecovery(secret string) (opened int, out []Ailment, err error) {
	id, err := identity.LoadRecovery(secret)
	if err != nil {
		return 0, nil, ErrRecoverySecret
	}
	hybrid, ok := id.(*age.HybridIdentity)
	if !ok || d.state.Recovery == nil || !slices.Contains(d.state.Recovery.Recipients, hybrid.Recipient().String()) {
		return 0, []Ailment{{Kind: RecoveryOther}}, nil
	}
	for i := range d.state.Policy.Units {
		u := d.state.Policy.Units[i].ID
		st := d.state.Units[u]
		if st == nil || st.Keyring == nil {
			continue
		}
		file, ok, err := d.sealedKeyring(u, st.Keyring.SHA256)
		if err != nil {
			return 0, nil, err
		}
		if !ok {
			continue // of a unit that this officer does not read
		}
		if _, err := seal.OpenKeyring(file, []age.Identity{id}); err != nil {
			out = append(out, Ailment{Kind: RecoveryWrong, Unit: u})
			continue
		}
		opened++
	}
	return opened, out, nil
}

// CheckHost looks at the settings and the hook of a server that is a folder on this
// machine; of another it knows nothing, and returns false. With repair it removes locks
// that were left there.
func (d *Desk) CheckHost(repair bool) (looked bool, out []Ailment) {
	if d.local == nil || d.local.remote == "" {
		return false, nil
	}
	remote, err := gitstore.NewRemote(d.local.remote)
	if err != nil {
		return false, nil
	}
	dir, ok := remote.Local()
	if !ok {
		return false, nil
	}
	for _, s := range serverSettings {
		b, _ := exec.Command("git", "-C", dir, "config", s[0]).Output() // an error: it is not set
		if got := strings.TrimSpace(string(b)); got != s[1] {
			out = append(out, Ailment{Kind: HostSetting, Setting: s[0] + " " + s[1], File: dir})
		}
	}
	if a := checkHook(dir); a != nil {
		out = append(out, *a)
	}
	return true, append(out, serverLocks(dir, time.Now(), repair)...)
}

// checkHook looks at the hook of a server's folder, and for the program that it runs.
func checkHook(dir string) *Ailment {
	path := filepath.Join(dir, "hooks", hookName)
	info, err := os.Stat(path)
	if err != nil || info.Mode()&0o111 == 0 {
		return &Ailment{Kind: HostHook, File: dir}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil // another's, who may run it and we may not read it
	}
	program, ok := hookProgram(string(b))
	if !ok {
		return &Ailment{Kind: HostOther, File: dir}
	}
	if filepath.IsAbs(program) {
		info, err = os.Stat(program)
	} else if program, err = exec.LookPath(program); err == nil {
		info, err = os.Stat(program)
	}
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, exec.ErrNotFound) || err == nil && info.Mode()&0o111 == 0 {
		return &Ailment{Kind: HostProgram, File: program}
	}
	return nil // as far as one may look there
}
