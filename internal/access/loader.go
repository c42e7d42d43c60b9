package access

import (
	"errors"
	"fmt"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Loader reads the states of a register's commits.
type Loader struct {
	r        gitstore.Reader
	policies map[gitstore.ID]policyResult
	officers map[gitstore.ID]officersResult
	files    map[gitstore.ID]*Officer // by blob: one officer's file at a time changes
	units    map[gitstore.ID]*Unit    // by the unit's tree and id
	grants   map[gitstore.ID]*Grant
	keyrings map[gitstore.ID]*KeyringFile
	counts   map[gitstore.ID]int       // records, by the tree of a unit's members or closed records
	folders  map[gitstore.ID]int       // files, by the tree of a folder of these
	runs     map[gitstore.ID][]RunFile // by the tree of a unit's runs
}

type policyResult struct {
	p        *policy.Policy
	problems []Problem
}

type officersResult struct {
	all      map[register.Handle]*Officer
	recovery *Officer
	wire     map[string]register.Handle
	problems []Problem
}

// NewLoader returns a loader that reads from r. It is not safe for concurrent
// use.
func NewLoader(r gitstore.Reader) *Loader {
	return &Loader{r: r, policies: map[gitstore.ID]policyResult{}, officers: map[gitstore.ID]officersResult{}, files: map[gitstore.ID]*Officer{},
		units: map[gitstore.ID]*Unit{}, grants: map[gitstore.ID]*Grant{}, keyrings: map[gitstore.ID]*KeyringFile{}, counts: map[gitstore.ID]int{}, folders: map[gitstore.ID]int{}, runs: map[gitstore.ID][]RunFile{}}
}

// At returns the state of a commit's tree. Malformed files are Problems of the
// state; an error means that the tree itself cannot be read.
func (l *Loader) At(tree gitstore.ID) (*State, error) { return l.AtFrom(l.r, tree) }

// AtFrom is At with another reader for this once: a commit that is being made.
func (l *Loader) AtFrom(r gitstore.Reader, tree gitstore.ID) (*State, error) {
	return l.at(r, tree, nil)
}

// at reads a state, or the part of it that is wanted.
func (l *Loader) at(r gitstore.Reader, tree gitstore.ID, want *part) (*State, error) {
	s := &State{Tree: tree, Units: map[register.UnitID]*Unit{}, r: r, counts: l.counts, folders: l.folders, runs: l.runs}
	pol, err := l.policy(r, tree)
	if err != nil {
		return nil, err
	}
	s.Policy, s.Problems = pol.p, append(s.Problems, pol.problems...)
	data, ok, err := gitstore.Find(r, tree, "data")
	if err != nil || !ok || data.Mode != gitstore.ModeDir {
		s.Problems = append(s.Problems, Problem{Path: "data", Line: 1, Col: 1, Msg: "missing folder"})
		return s, err
	}
	entries, err := gitstore.ReadTree(r, data.ID)
	if err != nil {
		return nil, err
	}
	want.reach(s.Policy)
	var officers gitstore.ID
	for _, e := range entries {
		if e.Mode != gitstore.ModeDir {
			continue // the layout rules speak of it
		}
		if e.Name == "officers" {
			officers = e.ID
			continue
		}
		id, err := register.ParseUnitID(e.Name)
		if err != nil || !want.unit(id) {
			continue
		}
		u, err := l.unit(r, id, e.ID)
		if err != nil {
			return nil, err
		}
		s.Units[id] = u
		s.Problems = append(s.Problems, u.Problems...)
		want.holders(u)
	}
	if !officers.IsZero() {
		o, err := l.officersAt(r, officers, want)
		if err != nil {
			return nil, err
		}
		s.Officers, s.Recovery, s.wire = o.all, o.recovery, o.wire
		s.Problems = append(s.Problems, o.problems...)
	}
	s.index()
	return s, nil
}

// Policy returns the policy of a commit's tree, nil where it has problems, and reads
// nothing else.
func (l *Loader) Policy(tree gitstore.ID) (*policy.Policy, error) {
	res, err := l.policy(l.r, tree)
	return res.p, err
}

func (l *Loader) policy(r gitstore.Reader, tree gitstore.ID) (policyResult, error) {
	e, ok, err := gitstore.Find(r, tree, "policies")
	if err != nil {
		return policyResult{}, err
	}
	if !ok || e.Mode != gitstore.ModeDir {
		return policyResult{problems: []Problem{{Path: "policies", Line: 1, Col: 1, Msg: "missing folder"}}}, nil
	}
	if res, ok := l.policies[e.ID]; ok {
		return res, nil
	}
	entries, err := gitstore.ReadTree(r, e.ID)
	if err != nil {
		return policyResult{}, err
	}
	var res policyResult
	files := map[string][]byte{}
	for _, f := range entries {
		if f.Mode != gitstore.ModeFile {
			continue // packs are not in force
		}
		b, err := blob(r, f.ID, policy.FileLimit)
		if large, ok := tooLarge("policies/"+f.Name, err); ok {
			res.problems = append(res.problems, large)
			continue
		}
		if err != nil {
			return policyResult{}, fmt.Errorf("read policies/%s: %w", f.Name, err)
		}
		files[f.Name] = b
	}
	p, problems := policy.Load(files)
	if len(res.problems) == 0 {
		res.p = p
	}
	for _, x := range problems {
		res.problems = append(res.problems, Problem{Path: "policies/" + x.File, Line: x.Line, Col: x.Col, Msg: x.Msg, Hint: x.Hint})
	}
	l.policies[e.ID] = res
	return res, nil
}

func (l *Loader) officersAt(r gitstore.Reader, tree gitstore.ID, want *part) (officersResult, error) {
	if res, ok := l.officers[tree]; ok {
		return res, nil
	}
	entries, err := gitstore.ReadTree(r, tree)
	if err != nil {
		return officersResult{}, err
	}
	res := officersResult{all: map[register.Handle]*Officer{}, wire: map[string]register.Handle{}}
	for _, e := range entries {
		path := "data/officers/" + e.Name
		p, err := register.ParsePath(path)
		if err != nil || e.Mode != gitstore.ModeFile || !want.officer(p.Handle) {
			continue // the layout rules speak of it, or nobody asks
		}
		o, err := l.officer(r, path, e.ID)
		var malformed *register.FlatError
		if err != nil && !errors.As(err, &malformed) {
			return officersResult{}, err
		}
		if err == nil && o.Handle != p.Handle {
			err = &register.FlatError{Line: 2, Col: 9, Msg: "the handle is not the one in the file's name"}
		}
		var key string
		if err == nil && o.Signing != "" {
			key = string(o.SigningKey())
			if other, taken := res.wire[key]; taken {
				err = &register.FlatError{Line: 3, Col: 10, Msg: fmt.Sprintf("%s has the same signing key", other)}
			}
		}
		if err != nil {
			res.problems = append(res.problems, flatProblem(path, err))
			continue
		}
		if p.Kind == register.RecoveryFile {
			res.recovery = o
			continue
		}
		res.all[o.Handle] = o
		res.wire[key] = o.Handle
	}
	if want == nil {
		l.officers[tree] = res
	}
	return res, nil
}

// officer reads one officer's file. That its recipients can be sealed to is
// verified when the file comes in and each time something is sealed; here, where
// a thousand of them may be read for one question, their shape is enough.
func (l *Loader) officer(r gitstore.Reader, path string, id gitstore.ID) (*Officer, error) {
	if o, ok := l.files[id]; ok {
		return o, nil
	}
	b, err := blob(r, id, register.FlatLimit)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	o, err := ParseOfficer(b, seal.RecipientShape)
	if err == nil {
		l.files[id] = o
	}
	return o, err
}

func flatProblem(path string, err error) Problem {
	p := Problem{Path: path, Line: 1, Col: 1, Msg: err.Error()}
	var f *register.FlatError
	if errors.As(err, &f) {
		p.Line, p.Col, p.Msg = f.Line, f.Col, f.Msg
	}
	return p
}

// tooLarge makes a problem of an error that says so.
func tooLarge(path string, err error) (Problem, bool) {
	return Problem{Path: path, Line: 1, Col: 1, Msg: "the file is too large to be read"}, errors.Is(err, gitstore.ErrTooLarge)
}

// sized is what a repository offers beside Object: a bound before inflating.
type sized interface {
	Blob(id gitstore.ID, limit int64) ([]byte, error)
}

func blob(r gitstore.Reader, id gitstore.ID, limit int64) ([]byte, error) {
	if s, ok := r.(sized); ok {
		return s.Blob(id, limit)
	}
	t, b, err := r.Object(id)
	if err != nil {
		return nil, err
	}
	if t != gitstore.Blob {
		return nil, fmt.Errorf("object %s: not a file", id)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("object %s: %w: %d bytes, limit %d", id, gitstore.ErrTooLarge, len(b), limit)
	}
	return b, nil
}
