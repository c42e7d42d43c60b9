//go:build unix

// Command policypart is what the benchmark asks how long the policy takes in a
// process that has read nothing yet. It prints the CPU time in nanoseconds.
//
//	policypart load FOLDER        loads and validates the policy files of a folder
//	policypart check SERVER REF   what a check of a proposal of one record needs of
//	                              the policy: to load it from main, with the grants
//	                              that reach the proposal's unit, and to ask what its
//	                              author may do there
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

func main() {
	var took time.Duration
	var err error
	switch {
	case len(os.Args) == 3 && os.Args[1] == "load":
		took, err = load(os.Args[2])
	case len(os.Args) == 4 && os.Args[1] == "check":
		took, err = check(os.Args[2], os.Args[3])
	default:
		err = fmt.Errorf("usage: policypart load FOLDER, or policypart check SERVER REF")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	fmt.Println(took.Nanoseconds())
}

func load(dir string) (took time.Duration, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return 0, err
	}
	files := map[string][]byte{}
	for _, p := range paths {
		if files[filepath.Base(p)], err = os.ReadFile(p); err != nil {
			return 0, err
		}
	}
	return measured(func() error {
		_, problems := policy.Load(files)
		for _, p := range problems {
			return fmt.Errorf("%s:%d: %s", p.File, p.Line, p.Msg)
		}
		return nil
	})
}

func check(server, ref string) (took time.Duration, err error) {
	author, topic, err := register.ParseProposalRef(ref)
	if err != nil {
		return 0, err
	}
	unit, err := register.ParseTopic(topic)
	if err != nil {
		return 0, err
	}
	repo, err := gitstore.Open(server)
	if err != nil {
		return 0, err
	}
	defer repo.Close()
	id, err := repo.Resolve("main")
	if err != nil {
		return 0, err
	}
	c, err := gitstore.ReadCommit(repo, id)
	if err != nil {
		return 0, err
	}
	return measured(func() error {
		s, err := access.NewLoader(repo).Part(c.Tree, []register.UnitID{unit}, []register.Handle{author})
		if err != nil {
			return err
		}
		day := register.DayOf(c.Committer.When)
		switch {
		case len(s.Problems) > 0:
			return fmt.Errorf("%s: %s", s.Problems[0].Path, s.Problems[0].Msg)
		case !s.May(author, policy.ActEdit, unit, day) || s.FieldRight(author, "street", unit, day) < policy.Edit:
			return fmt.Errorf("%s may not edit in %s", author, unit)
		}
		return nil
	})
}

// measured is the CPU time of a part of this process, with what the runtime does
// meanwhile.
func measured(part func() error) (time.Duration, error) {
	start, err := used()
	if err == nil {
		err = part()
	}
	if err != nil {
		return 0, err
	}
	end, err := used()
	return end - start, err
}

func used() (time.Duration, error) {
	var ru syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru)
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano()), err
}
