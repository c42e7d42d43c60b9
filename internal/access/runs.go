package access

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// RunFile is a run as the register's folders show it.
type RunFile struct {
	Path register.Path // of kind Run
	File gitstore.ID   // zero: its list lies there alone
	List gitstore.ID   // the sealed list beside it; zero: the run is done or stopped
}

// Runs returns the runs of erasures, by day and id. They lie in the top unit's folder.
func (s *State) Runs() ([]RunFile, error) {
	if s.Policy == nil {
		return nil, nil
	}
	root := s.Policy.Root().ID
	u := s.Units[root]
	if u == nil || u.runs.IsZero() {
		return nil, nil
	}
	if out, ok := s.runs[u.runs]; ok {
		return out, nil
	}
	var out []RunFile
	err := gitstore.Walk(s.r, u.runs, "", func(path string, e gitstore.Entry) error {
		p, err := register.ParsePath("data/" + string(root) + "/runs/" + path)
		if err != nil || e.Mode != gitstore.ModeFile {
			return nil // refused when it came
		}
		at := p
		at.Kind = register.Run
		if n := len(out); n == 0 || out[n-1].Path != at {
			out = append(out, RunFile{Path: at})
		}
		if last := &out[len(out)-1]; p.Kind == register.Run {
			last.File = e.ID
		} else {
			last.List = e.ID
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the runs of erasures: %w", err)
	}
	s.runs[u.runs] = out
	return out, nil
}

// OpenRun returns the run that waits: it has a sealed list. There is at most one.
func (s *State) OpenRun() (RunFile, bool, error) {
	all, err := s.Runs()
	for i := len(all) - 1; i >= 0; i-- {
		if !all[i].List.IsZero() {
			return all[i], err == nil, err
		}
	}
	return RunFile{}, false, err
}

// Run reads a run.
func (s *State) Run(f RunFile) (*Run, error) {
	b, err := blob(s.r, f.File, register.FlatLimit)
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", f.Path.ID, err)
	}
	x, err := ParseRun(f.Path, b)
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", f.Path.ID, err)
	}
	return x, nil
}

// AllRecords returns how many records the register has, open and closed.
func (s *State) AllRecords() (int, error) {
	sum := 0
	for u := range s.Units {
		n, err := s.Records(u)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}
