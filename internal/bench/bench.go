//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/bench/gen"
	"github.com/medlem-register/medlem/internal/identity"
)

// bench is one run of the benchmark.
type bench struct {
	ctx     context.Context
	runs    int
	quick   bool
	dir     string // everything that is built and made lies here
	program string // medlem
	env     []string
	notes   []string // below the table

	registers map[gen.Shape]*gen.Register
}

// The sizes that the figures speak of.
var (
	usual = gen.Shape{Branches: 20, Records: 2_000}
	some  = gen.Shape{Branches: 50, Records: 5_000}
	large = gen.Shape{Branches: 300, Records: 100_000, First: 100}
)

// shape is a size, or a small one of its kind.
func (b *bench) shape(s gen.Shape) gen.Shape {
	if b.quick {
		s.Branches, s.Records, s.First = s.Branches/5, s.Records/20, s.First/20
		s.Work /= 10
	}
	return s
}

func newBench(ctx context.Context, runs int, quick bool) (*bench, error) {
	b := &bench{ctx: ctx, runs: runs, quick: quick, registers: map[gen.Shape]*gen.Register{}}
	var err error
	if b.dir, err = os.MkdirTemp("", "medlem-bench-*"); err != nil {
		return nil, err
	}
	// Nobody's settings, identity or language.
	b.env = []string{"HOME=" + b.dir, "PATH=" + b.dir + string(os.PathListSeparator) + os.Getenv("PATH"), "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1"}
	if quick {
		b.note("quick: small registers; ratios are not judged")
	}
	b.say("building")
	if b.program, err = b.build("./cmd/medlem"); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) close() {
	for _, r := range b.registers {
		_ = r.Close()
	}
	_ = os.RemoveAll(b.dir)
}

// say tells whoever waits what is being done.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}

// note puts a line below the table, once.
func (b *bench) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(b.notes, n) {
		b.notes = append(b.notes, n)
	}
}

// build builds a program of this module, as it is released.
func (b *bench) build(pkg string) (string, error) {
	out := filepath.Join(b.dir, filepath.Base(pkg))
	c := exec.CommandContext(b.ctx, "go", "build", "-trimpath", "-o", out, pkg)
	if said, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w: %s", pkg, err, said)
	}
	return out, nil
}

// install builds programs of a module at the version that medlem is built with.
// They need more modules than medlem does, so go install gets them.
func (b *bench) install(module string, programs ...string) error {
	version, err := exec.CommandContext(b.ctx, "go", "list", "-m", "-f", "{{.Version}}", module).Output()
	if err != nil {
		return fmt.Errorf("find the version of %s: %w", module, err)
	}
	for _, p := range programs {
		c := exec.CommandContext(b.ctx, "go", "install", module+"/"+p+"@"+strings.TrimSpace(string(version)))
		c.Env = append(os.Environ(), "GOBIN="+b.dir)
		if said, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("install %s: %w: %s", p, err, said)
		}
	}
	return nil
}

// register returns the register of a shape, on a bare server; it is made once.
func (b *bench) register(s gen.Shape) (*gen.Register, error) {
	if r := b.registers[s]; r != nil {
		return r, nil
	}
	if s.Years > 0 {
		b.say("making a register of %d units with %d years of grants", s.Branches, s.Years)
	} else {
		b.say("making a register of %d records", s.Records)
	}
	dated := s
	dated.Now = time.Now().Add(-time.Minute)
	r, err := gen.New(filepath.Join(b.dir, fmt.Sprintf("server-%d", len(b.registers))), dated)
	if err == nil {
		b.registers[s] = r
	}
	return r, err
}

// copyOf is an officer's copy of a register, new each time, and the file of her
// identity, which has no passphrase.
func (b *bench) copyOf(r *gen.Register, id *identity.Identity) (dir, key string, err error) {
	top, err := os.MkdirTemp(b.dir, "copy-*")
	if err != nil {
		return "", "", err
	}
	dir, key = filepath.Join(top, "register"), filepath.Join(top, "identity")
	return dir, key, errors.Join(r.Clone(b.ctx, dir, id), id.Save(key, nil))
}
