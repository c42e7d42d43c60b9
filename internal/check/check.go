// Package check judges changes of a register without any key: what a proposal
// may do, whether main was kept by the rules, whether a whole register is
// consistent. It needs no network and no clock (the time comes in), prints
// nothing, and can open nothing: continuous integration, a server's hook and
// every officer's own copy run the same code.
//
// Use Proposal for what an officer has submitted, All for a register as it
// stands, Verify for main's history, and Direct for one commit of main before
// it is pushed. Each returns a Report; whatever is wrong with the content is a
// Finding in it, and an error means only that something could not be read.
//
// Authority comes from the commit before: who may do what follows from the
// policy, grants and officers of main's head (Proposal) or of the parent
// (Direct, Verify), never from what the change itself says. Consistency comes
// from the result: readers, seats and dates are judged as they will be. What no
// rule covers is refused.
// What the policy merely recommends, and what will be due soon, is a warning: it is
// said, and refuses nothing.
//
// No finding holds content of a sealed file, and text from clear files only
// quoted and clipped.
package check

import (
	"errors"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// Finding is one thing that is wrong.
type Finding struct {
	Rule      string          // "area/slug", one of Rules
	Path      string          // in the repository, or the name of a ref; "" where it is about a commit or the whole
	Line, Col int             // from 1; 0 where there is none
	Message   string          // what is wrong, one line
	Hint      string          // the way out, one line
	Unit      register.UnitID // "" where it is about no unit
	Commit    string          // first 12 hexadecimal digits, where it is about one commit
}

// Report is the result of a check.
type Report struct {
	Findings []Finding // sorted by path, position, rule; at most FindingLimit and one that says how many more
	Warnings []Finding // what the policy recommends and what will be due soon; sorted as Findings, at most FindingLimit. No check fails by them
	Paths    int       // looked at; in a range, each once for every commit that changes it
	Commits  int       // whose signatures were checked
	Records  int       // sealed files whose form was checked
	Rules    int       // that this kind of check applies
	Notes    []string  // what was not looked at, and why
}

// FindingLimit is the number of findings that a report lists.
const FindingLimit = 1000

// Options are what a check cannot know from the repository.
type Options struct {
	Keyrings Keyrings              // nil: sealed keyrings are not looked at
	Now      time.Time             // commits dated more than an hour after it are refused
	Day      register.Day          // access, seats and retention are judged on this day
	HeadRef  string                // the ref that the proposal lies on; "" unknown
	Incoming bool                  // Verify: the commits are being pushed now, so that who signed each of them, or else the last by from's state, must be of the secretariat today
	Workers  int                   // goroutines that read sealed files; 0: two
	Progress func(done, total int) // of the sealed files of a commit, of commits in Verify; nil: not told; never called twice at once
}

// Keyrings gives access to the sealed keyrings.
type Keyrings interface {
	// Sealed returns the sealed keyring of a unit, and whether there is one. An
	// error that is a *KeyringError becomes a finding; any other ends the check.
	Sealed(unit register.UnitID) (file []byte, ok bool, err error)
	// Tokens returns the sealed tokens that lie beside it, likewise.
	Tokens(unit register.UnitID) (file []byte, ok bool, err error)
	// Complete tells whether the keyring of every unit should be here. It is
	// false for an officer's copy, which holds those that she reads.
	Complete() bool
}

// ErrNotDescendant is returned by Verify for a main that does not contain the
// commit to verify from: it was rewound or replaced.
var ErrNotDescendant = errors.New("main does not contain the commit that was verified last")

// ErrNoPolicy is wrapped where the policy that must judge a change cannot be
// read: nothing can be said about it then.
var ErrNoPolicy = errors.New("the policy in force cannot be read")

// Proposal checks what head brings to main, whose head is base. It returns only
// what the proposal itself is to blame for: main's own faults belong to All.
func Proposal(repo *gitstore.Repo, l *access.Loader, base, head gitstore.ID, o Options) (*Report, error) {
	if rep, ok := nearby(repo, l, base, head, o); ok {
		return rep, nil
	}
	r := newRun(repo, l, o)
	return r.report(inProposal, r.proposal(base, head))
}

// All checks the register as it stands at head, on the day: every path, every
// sealed file, the state of access, retention, and the sealed keyrings. It does
// not look at history; Verify does.
func All(repo *gitstore.Repo, l *access.Loader, head gitstore.ID, o Options) (*Report, error) {
	r := newRun(repo, l, o)
	return r.report(inAll, r.all(head))
}

// Direct checks one commit of main against its parent, before it is pushed or
// as a server receives it: an act of the secretariat or the merge of a proposal.
// The zero parent stands for none: commit is the first of a register.
func Direct(repo *gitstore.Repo, l *access.Loader, parent, commit gitstore.ID, o Options) (*Report, error) {
	r := newRun(repo, l, o)
	return r.report(inMain, r.direct(parent, commit))
}

// Verify applies the rules of Direct to every first-parent commit of to that
// comes after from. From the zero id it begins with the first commit of the
// register, which nothing authorises: whoever verifies must know its id from
// elsewhere. Sealed keyrings are compared at to, where o.Keyrings is complete.
//
// It stops at a commit whose policy cannot be read, since nothing can judge
// what comes after. A main that does not contain from is ErrNotDescendant.
func Verify(repo *gitstore.Repo, l *access.Loader, from, to gitstore.ID, o Options) (*Report, error) {
	r := newRun(repo, l, o)
	return r.report(inMain, r.verify(from, to))
}
