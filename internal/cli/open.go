package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// officer is the identity that acts, and where it is kept.
type officer struct {
	*identity.Identity
	path       string
	passphrase []byte // that opened it; nil where it is plain
}

// save writes the identity back as it was sealed.
func (o *officer) save() error { return o.Save(o.path, o.passphrase) }

// identityPath is where the person's identity is kept, and whether she said so.
func (a *app) identityPath() (path string, named bool, err error) {
	if a.as != "" {
		return a.as, true, nil
	}
	if p := a.Getenv("MEDLEM_IDENTITY"); p != "" {
		return p, true, nil
	}
	dir, err := a.ConfigDir()
	if err != nil {
		return "", false, nil // nobody's home: there is no identity
	}
	return filepath.Join(dir, "medlem", "identity.age"), false, nil
}

// officer loads the person's identity.
func (a *app) officer() (*officer, error) {
	path, _, err := a.identityPath()
	if err != nil {
		return nil, err
	}
	if path == "" {
		return nil, desk.ErrNoIdentity
	}
	o := &officer{path: path}
	o.Identity, err = identity.Load(path, func() ([]byte, error) {
		p, err := a.passphrase(a.tr("Passphrase of your identity:"))
		o.passphrase = p
		return p, err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &failure{exitOpen, a.tr("there is no identity file at {{.Path}}", "Path", path),
			a.tr("name yours with --as FILE; medlem key new makes one")}
	}
	var f *failure
	if err != nil && !errors.As(err, &f) && a.explainStore(err) == nil {
		return nil, &failure{exitOpen, err.Error(), ""}
	}
	if err != nil {
		return nil, err
	}
	if o.Loose() {
		a.warn(a.tr("others on this computer can read your identity file"), a.tr("run: chmod 600 {{.Path}}", "Path", shellWord(path)))
	}
	return o, nil
}

// officerIfAny loads the person's identity where there is one. Without one, a
// register can be fetched and verified, but not read.
func (a *app) officerIfAny() (*officer, error) {
	path, named, err := a.identityPath()
	if err != nil {
		return nil, err
	}
	if !named {
		if _, err := os.Stat(path); path == "" || errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	return a.officer()
}

// registerDir is the folder of the register: -C, or the nearest one upwards.
func (a *app) registerDir() (string, error) {
	if a.dir != "" {
		return a.dir, nil
	}
	for d := workDir(); ; d = filepath.Dir(d) {
		if isRepository(d) {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", desk.ErrNoRegister
		}
	}
}

func isRepository(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "objects"))
	_, err2 := os.Stat(filepath.Join(dir, "HEAD"))
	return err == nil && err2 == nil
}

// isOwnCopy tells whether the register at dir is one that medlem init or medlem
// clone made: it knows what was verified, and keeps its keyrings itself.
func isOwnCopy(dir string) bool {
	for _, d := range []string{dir, filepath.Join(dir, ".git")} {
		if _, err := os.Stat(filepath.Join(d, "medlem", "state.yaml")); err == nil {
			return true
		}
	}
	return false
}

// session is a command at work on an open register.
type session struct {
	*app
	*desk.Desk
	me *officer // nil: without a key

	rights map[rightOf]policy.Right // as asked for so far
	told   bool                     // news were part of the result
}

type rightOf struct {
	unit  register.UnitID
	field string
}

// right is what the person may do with a field of a unit's members.
func (s *session) right(u register.UnitID, field string) policy.Right {
	of := rightOf{u, field}
	r, ok := s.rights[of]
	if !ok {
		if s.rights == nil {
			s.rights = map[rightOf]policy.Right{}
		}
		r = s.FieldRight(u, field)
		s.rights[of] = r
	}
	return r
}

// need says whether a command needs the person's identity.
type need int

const (
	noKey   need = iota // it never looks for one
	anyKey              // it takes one where there is one
	withKey             // it cannot do without
	openly              // it never looks for one, and the register may be any repository
	mirror              // as anyKey; where the register is any repository, it looks without a key
)

// at opens the register, runs act on it, and says afterwards what came in
// meanwhile.
func (a *app) at(n need, act func(s *session) error) error {
	dir, err := a.registerDir()
	if err != nil {
		return err
	}
	if !isOwnCopy(dir) {
		if !isRepository(dir) {
			return desk.ErrNoRegister
		}
		if n == mirror || n == openly {
			return a.look(dir, act)
		}
		return &failure{exitRead, a.tr("this is not a copy that medlem works on"),
			a.tr("get one: medlem clone ADDRESS FOLDER")}
	}
	s := &session{app: a}
	switch n {
	case anyKey, mirror:
		s.me, err = a.officerIfAny()
	case withKey:
		s.me, err = a.officer()
	}
	if err != nil {
		return err
	}
	typed, err := a.typedDay()
	if err != nil {
		return err
	}
	o := desk.Options{Dir: dir, Now: a.Now, Progress: a.progress(), Warn: a.deskWarning}
	if s.me != nil {
		o.Identity = s.me.Identity
	}
	if s.Desk, err = desk.Open(o); err != nil {
		return err
	}
	defer s.Close()
	if s.State() == nil {
		return &failure{exitRead, a.tr("this register is empty"), a.tr("run medlem sync")}
	}
	s.TrustClock(typed)
	a.speak(s.Policy())
	if s.me != nil {
		s.remember()
	}
	err = act(s)
	s.news(err)
	return err
}

// look runs act on a repository that is no copy of one's own.
func (a *app) look(dir string, act func(s *session) error) error {
	d, err := desk.Look(dir, a.Now)
	if err != nil {
		return err
	}
	defer d.Close()
	if d.State() == nil {
		return &failure{exitRead, a.tr("this register is empty"), a.tr("run medlem sync")}
	}
	a.speak(d.Policy())
	return act(&session{app: a, Desk: d})
}

// deskWarning says what desk warns of.
func (a *app) deskWarning(w desk.Warning) { a.warn(a.warning(w)) }

func (a *app) warning(w desk.Warning) (msg, hint string) {
	switch w.Kind {
	case desk.WarnOffline:
		if w.Err != nil {
			why := a.explain(w.Err)
			return a.tr("{{.Reason}}; working with what is here", "Reason", why.msg), why.hint
		}
		return a.tr("the server does not answer; working with what is here"), a.tr("your changes stay in your draft until medlem submit can send them")
	case desk.WarnDraft:
		return a.tr("your draft does not open; what is shown is without it"), a.tr("medlem doctor says what is damaged; medlem undo --all drops the draft")
	case desk.WarnUnreadable:
		return a.tr("the proposal {{.Topic}} cannot be read", "Topic", w.Topic), a.tr("ask its officer to send it again")
	case desk.WarnNotTaken:
		return a.tr("proposal {{.Number}} cannot be taken in", "Number", w.N), a.tr("medlem merge {{.Number}} says why", "Number", w.N)
	case desk.WarnAnswer:
		return a.tr("what lies on the server as the secretariat's answer to {{.Topic}} is not theirs, or cannot be read", "Topic", w.Topic), a.tr("tell the secretariat")
	case desk.WarnGone:
		return a.tr("the proposal {{.Topic}} is no longer on the server", "Topic", w.Topic), a.tr("submit or undo your draft; then medlem sync makes it your draft again")
	case desk.WarnReceipt:
		return a.tr("the server does not take the receipt of a list that you took out ({{.Topic}})", "Topic", w.Topic), a.tr("tell the secretariat; it is tried again with every command")
	case desk.WarnSite:
		return a.tr("the own pages of members who have left are still on the published site"), a.tr("publish it anew: medlem site publish --views")
	case desk.WarnNoSite:
		return a.tr("the published site was taken away, with the own pages of members who have left, and could not be put back without them"), a.tr("publish it anew: medlem site publish --views")
	case desk.WarnBack:
		return a.tr("the proposal {{.Topic}} is no longer on the server: what it held, except records that were erased, is your draft again", "Topic", w.Topic),
			a.tr("medlem status shows it; medlem submit sends it again")
	}
	return string(w.Kind), ""
}

// repository opens the register as files only: for what needs no key and may be
// a bare copy that is not ours to write to.
func (a *app) repository() (dir string, repo *gitstore.Repo, err error) {
	if dir, err = a.registerDir(); err != nil {
		return "", nil, err
	}
	if repo, err = gitstore.Open(dir); errors.Is(err, gitstore.ErrNoRepository) {
		err = desk.ErrNoRegister
	}
	return dir, repo, err
}

// today is the day that the person asks about: --on, or the clock's.
func (a *app) today() (register.Day, error) {
	if a.on == "" {
		return register.DayOf(a.Now()), nil
	}
	d, err := register.ParseDay(a.on)
	if err != nil {
		return "", usageError(a.tr("--on: not a day"), a.tr("write it as YYYY-MM-DD"))
	}
	return d, nil
}

// typedDay is the day that the person vouches for, which is the clock's; "": none.
func (a *app) typedDay() (register.Day, error) {
	d, err := a.dayFlag("--today", a.typed)
	if now := register.DayOf(a.Now()); err == nil && d != "" && d != now {
		return "", refused(a.tr("this computer's clock says that it is {{.Day}}", "Day", now), a.tr("set the clock first; nothing is written or erased by a wrong one"))
	}
	return d, err
}

// unit reads the id of a unit, or its name.
func (s *session) unit(text string) (register.UnitID, error) { return s.unitOf(s.Policy(), text) }

// mainOf is main in a register's own copy or a mirror of it, else what is
// checked out.
func mainOf(repo *gitstore.Repo) (gitstore.ID, error) {
	id, ok, err := repo.Ref(register.Main)
	if err != nil || ok {
		return id, err
	}
	return repo.Resolve("HEAD")
}
