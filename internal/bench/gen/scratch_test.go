package gen

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
)

func cpu() time.Duration {
	var ru syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &ru)
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

func timed(what string, fn func()) {
	c, w := cpu(), time.Now()
	fn()
	fmt.Printf("%-30s cpu %8.1f ms  wall %8.1f ms\n", what, (cpu()-c).Seconds()*1e3, time.Since(w).Seconds()*1e3)
}

func TestScratch(t *testing.T) {
	root := os.Getenv("SCRATCH")
	if root == "" {
		t.Skip()
	}
	ctx := context.Background()
	for _, s := range []Shape{{Branches: 20, Records: 2000}, {Branches: 300, Records: 100000}} {
		s.Now = time.Now()
		dir := filepath.Join(root, fmt.Sprint(s.Records))
		os.RemoveAll(dir)
		os.MkdirAll(dir, 0o755)
		var r *Register
		var err error
		timed("generate", func() { r, err = New(filepath.Join(dir, "server"), s) })
		if err != nil {
			t.Fatal(err)
		}
		var ref string
		timed("propose", func() { ref, err = r.Propose(r.Branches[5]) })
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile(filepath.Join(dir, "ref"), []byte(ref), 0o644)
		r.Secretary.Save(filepath.Join(dir, "sec.key"), nil)
		for range 3 {
			timed("check", func() {
				repo, _ := gitstore.Open(r.Server)
				base, _ := repo.Resolve("main")
				head, _ := repo.Resolve(ref)
				rep, err := check.Proposal(repo, access.NewLoader(repo), base, head, check.Options{HeadRef: ref, Keyrings: check.RefKeyrings(repo), Now: time.Now(), Day: register.DayOf(time.Now())})
				sound(t, "check", rep, err)
				repo.Close()
			})
		}
		timed("check all", func() {
			repo, _ := gitstore.Open(r.Server)
			base, _ := repo.Resolve("main")
			rep, err := check.All(repo, access.NewLoader(repo), base, check.Options{Keyrings: check.RefKeyrings(repo), Now: time.Now(), Day: register.DayOf(time.Now())})
			sound(t, "check", rep, err)
			repo.Close()
		})
		if s.Records > 10000 && os.Getenv("CLONE") == "" {
			continue
		}
		timed("clone", func() { err = r.Clone(ctx, filepath.Join(dir, "copy"), r.Secretary) })
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			var d *desk.Desk
			timed("open", func() {
				d, err = desk.Open(desk.Options{Dir: filepath.Join(dir, "copy"), Identity: r.Secretary, Now: time.Now})
			})
			if err != nil {
				t.Fatal(err)
			}
			timed("members", func() {
				ms, err := d.Members(desk.Query{})
				if err != nil {
					t.Fatal(err)
				}
				fmt.Println(len(ms))
			})
			d.Close()
		}
	}
	var ru syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &ru)
	fmt.Println("maxrss kB", ru.Maxrss)
}

func BenchmarkCheck(b *testing.B) {
	dir := os.Getenv("REG")
	raw, _ := os.ReadFile(filepath.Join(dir, "ref"))
	ref := string(raw)
	for b.Loop() {
		repo, _ := gitstore.Open(filepath.Join(dir, "server"))
		base, _ := repo.Resolve("main")
		head, _ := repo.Resolve(ref)
		rep, err := check.Proposal(repo, access.NewLoader(repo), base, head, check.Options{HeadRef: ref, Keyrings: check.RefKeyrings(repo), Now: time.Now(), Day: register.DayOf(time.Now())})
		if err != nil || len(rep.Findings) > 0 {
			b.Fatal(rep, err)
		}
		repo.Close()
	}
}

func BenchmarkMembers(b *testing.B) {
	dir := os.Getenv("REG")
	id, err := identity.Load(filepath.Join(dir, "sec.key"), nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		d, err := desk.Open(desk.Options{Dir: filepath.Join(dir, "copy"), Identity: id, Now: time.Now})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := d.Members(desk.Query{}); err != nil {
			b.Fatal(err)
		}
		d.Close()
	}
}

func TestCPU(t *testing.T) {
	dir := os.Getenv("REG")
	if dir == "" {
		t.Skip()
	}
	raw, _ := os.ReadFile(filepath.Join(dir, "ref"))
	ref := string(raw)
	var all []time.Duration
	for range 100 {
		c := cpu()
		repo, _ := gitstore.Open(filepath.Join(dir, "server"))
		base, _ := repo.Resolve("main")
		head, _ := repo.Resolve(ref)
		rep, err := check.Proposal(repo, access.NewLoader(repo), base, head, check.Options{HeadRef: ref, Keyrings: check.RefKeyrings(repo), Now: time.Now(), Day: register.DayOf(time.Now())})
		if err != nil || len(rep.Findings) > 0 {
			t.Fatal(rep, err)
		}
		repo.Close()
		all = append(all, cpu()-c)
	}
	slices.Sort(all)
	fmt.Println("first..", all[0], "median", all[20])
}
