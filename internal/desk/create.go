package desk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// InitOptions say what a new register shall be.
type InitOptions struct {
	Dir      string
	Remote   string // URL or path of an empty git repository; empty: none yet
	Identity *identity.Identity
	Now      func() time.Time
	Files    map[string][]byte // policies/…, site/…, .github/…: the register's first content
	Program  string            // the medlem that the server's hook runs; empty: no hook
	Paper    Paper             // nil: nobody keeps the recovery secret
	Factor   string            // how the identity is protected, as the caller knows; "" not at all

	carried *carrier // what it takes over from another register; nil: nothing
}

// InitResult is a new register.
type InitResult struct {
	Genesis gitstore.ID
	Hook    string // where the server's hook is
	Guide   string // the version of the guide that the first officer acknowledges by it; "" her office has none
}

// NotEmptyError is a refusal to make a register where something is already: in a folder,
// or in the server's repository, which has no Dir here.
type NotEmptyError struct{ Dir string }

func (e *NotEmptyError) Error() string {
	if e.Dir == "" {
		return "the server's repository is not empty"
	}
	return fmt.Sprintf("folder %q is not empty", e.Dir)
}

// Init makes a register whose first secretariat officer is the identity, and
// pushes it. The first commit needs no parent's authority; everybody else trusts
// it by its id. Where it fails nothing of the register is left here, except after
// a *PaperError that is not Void.
func Init(ctx context.Context, o InitOptions) (*InitResult, error) {
	if es, err := os.ReadDir(o.Dir); err == nil && len(es) > 0 {
		return nil, &NotEmptyError{o.Dir}
	}
	var remote *gitstore.Remote
	if o.Remote != "" {
		var err error
		if remote, err = gitstore.NewRemote(o.Remote); err != nil {
			return nil, err
		}
		refs, err := remote.Refs(ctx)
		if err != nil {
			return nil, err
		}
		if len(refs) > 0 {
			return nil, &NotEmptyError{}
		}
	}
	recipient, secret, err := identity.Recovery()
	if err != nil {
		return nil, err
	}
	files, grant, err := firstFiles(o, recipient)
	if err != nil {
		return nil, err
	}
	res := &InitResult{Guide: grant.Guide}
	if remote != nil {
		if res.Hook, err = prepareServer(remote, o.Program); err != nil {
			return nil, err
		}
	}
	d, err := create(o.Dir, o.Remote, o.Identity, o.Now)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	a := newAct(register.InitMessage)
	a.files = files
	h := &handover{to: o.Paper, secret: secret}
	a.before = h.give
	if o.carried != nil {
		o.carried.into(a)
		a.before = func() error {
			if err := d.checked(a); err != nil {
				return err
			}
			return h.give()
		}
	}
	if err := h.explain(d.commit(ctx, a)); err != nil {
		var pe *PaperError
		if !errors.As(err, &pe) || pe.Void {
			d.remove()
		}
		return nil, err
	}
	res.Genesis = d.head
	return res, nil
}

// remove deletes a copy that did not come about: it is of no use to anybody.
func (d *Desk) remove() {
	_ = os.RemoveAll(d.repo.Dir())
	_ = os.Remove(d.dir)
}

// firstFiles are the given files, the first officer, her grant, and the recovery
// recipient.
func firstFiles(o InitOptions, recovery string) (map[string][]byte, *access.Grant, error) {
	pol := map[string][]byte{}
	files := map[string][]byte{}
	for path, b := range o.Files {
		files[path] = b
		if name, ok := strings.CutPrefix(path, "policies/"); ok && !strings.Contains(name, "/") {
			pol[name] = b
		}
	}
	p, problems := policy.Load(pol)
	if len(problems) > 0 {
		x := problems[0]
		return nil, nil, fmt.Errorf("policies/%s:%d:%d: %s", x.File, x.Line, x.Col, x.Msg)
	}
	g, err := firstGrant(p, o.Identity, o.Factor, register.DayOf(o.Now()))
	if err != nil {
		return nil, nil, err
	}
	files[register.Path{Kind: register.Officer, Handle: g.Handle}.String()] = OfficerOf(o.Identity).Encode()
	files[grantPath(g)] = g.Encode()
	rec := &access.Officer{Handle: register.Recovery, Recipients: []string{recovery}}
	files[register.Path{Kind: register.RecoveryFile, Handle: register.Recovery}.String()] = rec.Encode()
	return files, g, nil
}

// ErrUnprotected says that the office that merges asks how the identity of its
// holder is protected, and that the one who makes the register is not, or not so.
var ErrUnprotected = errors.New("the office that merges asks for an identity that is protected in another way")

// firstGrant is the grant of the office that merges to whoever makes a register.
// There is nobody yet who could decide on it or sign it but herself.
func firstGrant(p *policy.Policy, id *identity.Identity, factor string, today register.Day) (*access.Grant, error) {
	office, ok := p.MergingOffice()
	if !ok {
		return nil, errors.New("the policies have no office that merges")
	}
	root := p.Root()
	if root.Level != office.Level {
		return nil, fmt.Errorf("office %q merges, but its level %q is not that of unit %q", office.ID, office.Level, root.ID)
	}
	t := Terms{Office: office.ID}
	if office.Term.Months > 0 {
		t.Until = today.AddMonths(office.Term.Months)
	}
	if len(office.SecondFactor) > 0 {
		if !slices.Contains(office.SecondFactor, factor) {
			return nil, ErrUnprotected
		}
		t.Factor = factor
	}
	g := t.grant(root.ID, id.Handle(), office, today)
	s := &access.State{Policy: p}
	for _, l := range s.Lacks(g, today) {
		if l.Matter != access.MatterGuide && l.Matter != access.MatterFactor {
			return nil, fmt.Errorf("the office %q, which merges, asks for %s: nobody could hold it in a new register; let it ask for that later", office.ID, l.Matter)
		}
		if err := addSignature(g, office.Guide.Version, id.Signer(), g.Handle, Endorsement{l.Matter, l.Act, l.Signer}, today); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// OfficerOf is the officer file of an identity.
func OfficerOf(id *identity.Identity) *access.Officer {
	return &access.Officer{Handle: id.Handle(), Signing: id.SigningKey(), Recipients: []string{id.Recipient()}}
}

// create makes an empty copy at dir.
func create(dir, remote string, id *identity.Identity, now func() time.Time) (*Desk, error) {
	repo, err := gitstore.Init(dir)
	if err != nil {
		return nil, err
	}
	repo.Close()
	d, err := Open(Options{Dir: dir, Identity: id, Now: now})
	if err != nil {
		return nil, err
	}
	d.local.remote = remote
	if err := d.local.save(); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// CloneOptions say what to clone.
type CloneOptions struct {
	URL, Dir string
	Identity *identity.Identity
	Now      func() time.Time
	Genesis  string // the id of the first commit, as the secretariat gave it; empty: not compared
	Progress func(stage string, done, total int)
}

// Clone gets a register, verifies it from its first commit, and returns that
// commit's id, which the person compares with the secretariat's.
func Clone(ctx context.Context, o CloneOptions) (genesis gitstore.ID, err error) {
	if es, err := os.ReadDir(o.Dir); err == nil && len(es) > 0 {
		return genesis, &NotEmptyError{o.Dir}
	}
	url := o.URL
	if r, err := gitstore.NewRemote(url); err != nil {
		return genesis, err
	} else if _, local := r.Local(); local {
		if url, err = filepath.Abs(url); err != nil {
			return genesis, err
		}
	}
	d, err := create(o.Dir, url, o.Identity, o.Now)
	if err != nil {
		return genesis, err
	}
	defer d.Close()
	if o.Progress != nil {
		d.progress = o.Progress
	}
	defer func() {
		if err != nil {
			d.remove() // it is not verified
		}
	}()
	res, err := d.Sync(ctx)
	if err != nil {
		return genesis, err
	}
	if res.Offline {
		return genesis, gitstore.ErrUnreachable
	}
	genesis = d.local.genesis
	if o.Genesis != "" && o.Genesis != genesis.String() {
		return genesis, &WrongGenesisError{genesis.String()}
	}
	return genesis, nil
}

// single makes one commit upon main and returns it; no ref moves.
func (d *Desk) single(h register.Handle, msg string, files map[string][]byte) (gitstore.ID, error) {
	b, err := d.repo.Begin()
	if err != nil {
		return gitstore.ZeroID, err
	}
	defer b.Abort()
	parent, err := gitstore.ReadCommit(d.repo, d.head)
	if err != nil {
		return gitstore.ZeroID, err
	}
	when := d.now().UTC().Truncate(time.Second)
	if when.Before(parent.Committer.When) {
		when = parent.Committer.When.UTC()
	}
	tree, err := d.writeFiles(b, parent.Tree, files)
	if err != nil {
		return gitstore.ZeroID, err
	}
	if tree == parent.Tree {
		return gitstore.ZeroID, ErrNothing
	}
	head, err := b.Commit(d.spec(h, tree, []gitstore.ID{d.head}, when, msg))
	if err != nil {
		return gitstore.ZeroID, err
	}
	return head, b.Close()
}
