package check_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// A federation of 300 branches besides those of the tests.
const branches = 300

func branch(i int) register.UnitID { return register.UnitID("branch-" + strconv.Itoa(i%branches)) }

// grown is a register with n more members over 300 branches, and one of them.
func grown(n int) (*world, register.Path) {
	w := newWorld(panicker{})
	var units bytes.Buffer
	for i := range branches {
		fmt.Fprintf(&units, "  - {id: %s, level: branch, name: Branch %d, under: akershus}\n", branch(i), i)
	}
	b := w.content("policies/organisation.yaml")
	w.main("sec", files{"policies/organisation.yaml": bytes.Replace(b, []byte("beside:"), append(units.Bytes(), "beside:"...), 1)}, msg("unit", "national"))
	fs := files{grantPath("kari", branch(0)): grantFile("member-officer", w.day(), "")}
	var p register.Path
	for i := range n {
		p = register.Path{Kind: register.Member, Unit: branch(i), ID: register.NewRecordID()}
		fs[p.String()] = sealed()
		if i%20 == 0 {
			fs[tombPath(branch(i), "2026", register.NewRecordID())] = tombFile(w.day())
			fs[closedPath(branch(i), register.Month(fmt.Sprintf("2026-%02d", 3+i/20%9)), register.NewRecordID())] = sealed()
		}
	}
	w.main("sec", fs, msg("import", branch(0)))
	w.must(w.repo.Compact(1))
	return w, p
}

var (
	small = sync.OnceValues(func() (*world, register.Path) { return grown(2_000) })
	large = sync.OnceValues(func() (*world, register.Path) { return grown(100_000) })
)

// The cost of checking one new and one changed record must not follow the size
// of the register.
func BenchmarkProposal(b *testing.B) {
	for _, size := range []struct {
		name  string
		world func() (*world, register.Path)
	}{{"2000", small}, {"100000", large}} {
		b.Run(size.name, func(b *testing.B) {
			from, _ := size.world()
			w := from.copy(b)
			d := w.draft("kari").add(files{memberPath(branch(0), register.NewRecordID()): sealed()}, msg("add", branch(0)))
			for b.Loop() {
				repo, err := gitstore.Open(w.repo.Dir()) // as a new process would
				w.must(err)
				r := w.proposed(check.Proposal(repo, access.NewLoader(repo), w.head, d.head, w.options()))
				want(b, r)
				repo.Close()
			}
		})
	}
}

// An import of 2,000 members into a large register.
func BenchmarkProposalImport(b *testing.B) {
	from, _ := large()
	w := from.copy(b)
	fs := files{}
	for range 2_000 {
		fs[memberPath(branch(0), register.NewRecordID())] = sealed()
	}
	d := w.draft("kari").add(fs, register.Message("import", len(fs), branch(0)))
	for b.Loop() {
		want(b, w.proposed(check.Proposal(w.repo, access.NewLoader(w.repo), w.head, d.head, w.options())))
	}
}

func BenchmarkAll(b *testing.B) {
	from, _ := large()
	w := from.copy(b)
	o := w.options()
	o.Keyrings = w
	var m runtime.MemStats
	for b.Loop() {
		want(b, w.whole(check.All(w.repo, access.NewLoader(w.repo), w.head, o)))
	}
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/1e6, "MB-sys")
}

func BenchmarkDirect(b *testing.B) {
	from, p := large()
	w := from.copy(b)
	head := w.write(w.mainSpec("sec", files{p.String(): sealed()}, msg("edit", p.Unit)))
	l := access.NewLoader(w.repo)
	for b.Loop() {
		want(b, w.ofMain(check.Direct(w.repo, l, w.head, head, w.options())))
	}
}

// Verify reports its speed over 500 commits of main, every other one a merge.
func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	from := w.head
	for range 250 {
		d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
		w.head = w.write(w.merge("sec", d, register.NewTopic("asker"), nil))
		w.main("sec", files{memberPath("asker", berit): sealed()}, editAsker)
	}
	w.must(w.repo.Compact(1))
	for b.Loop() {
		want(b, w.ofMain(check.Verify(w.repo, access.NewLoader(w.repo), from, w.head, w.options())))
	}
	b.ReportMetric(500*float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}

// One grant, with its documents and signatures, in a federation of 300 branches
// whose every branch has one.
func BenchmarkProposalGrant(b *testing.B) {
	w := newOfficeWorld(b)
	var units bytes.Buffer
	for i := range branches {
		fmt.Fprintf(&units, "  - {id: %s, level: branch, name: Branch %d, under: akershus}\n", branch(i), i)
	}
	w.main("sec", files{"policies/organisation.yaml": bytes.Replace(w.content("policies/organisation.yaml"), []byte("beside:"), append(units.Bytes(), "beside:"...), 1)}, msg("unit", "national"))
	fs := files{officerPath("eve"): officerOf("eve").Encode()}
	for i := range branches {
		fs[grantPath("kari", branch(i))] = grantFile("board", w.day(), "")
		fs[memberPath(branch(i), register.NewRecordID())] = sealed()
		p := w.paper("eve", branch(i), "local-admin").with(func(g *access.Grant) {
			g.Meeting, g.Met, g.Belongs, g.Names = "board-meeting", "2026-03-01", branch(i), handles("eve")
		}).doc("agreement").doc("minutes").sign("eve", "agreement", "signed", "appointee").sign("sec", "agreement", "signed", "national")
		for path, content := range p.docs {
			fs[path] = content
		}
		fs[grantPath("eve", branch(i))] = p.g.Encode()
	}
	w.main("sec", fs, msg("import", branch(0)))
	w.must(w.repo.Compact(1))
	d := w.draft("rut").add(w.admin("liv", "asker").files(), msg("grant", "asker"))
	for b.Loop() {
		repo, err := gitstore.Open(w.repo.Dir())
		w.must(err)
		want(b, w.proposed(check.Proposal(repo, access.NewLoader(repo), w.head, d.head, w.options())))
		repo.Close()
	}
}
