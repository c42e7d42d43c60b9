package check_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
)

// officeTemplate is the register of the tests under a policy whose offices ask for
// much (testdata/office). Kari and Tor are of the board of Asker, Ola of that of
// Karasjok; sig is of the council, which decides on the policy; rut, the registrar,
// grants and reviews. Eve is to be appointed: she has no file yet.
var officeTemplate = sync.OnceValue(func() *world {
	w := newWorld(panicker{})
	w.main("sec", officePolicy(w), register.Message("policy", 3, "national"))
	w.main("sec", files{
		grantPath("kari", "asker"):   grantFile("board", today, ""),
		grantPath("tor", "asker"):    grantFile("board", today, ""),
		grantPath("ola", "karasjok"): grantFile("board", today, ""),
		grantPath("sig", "national"): grantFile("council", today, ""),
	}, register.Message("grant", 4, "asker"))
	return w
})

func officePolicy(w *world) files {
	fs := files{}
	names, err := filepath.Glob("testdata/office/*.yaml")
	w.must(err)
	for _, n := range names {
		b, err := os.ReadFile(n)
		w.must(err)
		fs["policies/"+filepath.Base(n)] = b
	}
	return fs
}

func newOfficeWorld(t testing.TB) *world {
	t.Helper()
	return officeTemplate().copy(t)
}

// runOffices is run in the register whose offices ask for much.
func runOffices(t *testing.T, attacks []attack) {
	t.Helper()
	for _, a := range attacks {
		t.Run(strings.ReplaceAll(a.name, " ", "-"), func(t *testing.T) {
			if a.honest != nil {
				want(t, a.honest(newOfficeWorld(t)))
			}
			want(t, a.do(newOfficeWorld(t)), a.rules...)
		})
	}
}

// paper is a grant in the making, with its documents.
type paper struct {
	w    *world
	who  string
	g    access.Grant
	docs files
}

// paper begins a grant of an actor from today on.
func (w *world) paper(who string, unit register.UnitID, office string) *paper {
	return &paper{w: w, who: who, g: access.Grant{Unit: unit, Handle: handle(who), Office: office, From: w.day()}, docs: files{}}
}

// with changes what the grant says.
func (p *paper) with(change func(g *access.Grant)) *paper {
	change(&p.g)
	return p
}

// doc adds a document of a kind.
func (p *paper) doc(kind string) *paper {
	id, file := register.NewRecordID(), sealed()
	p.docs[evidencePath(p.g.Unit, id)] = file
	p.g.Evidence = append(p.g.Evidence, access.Evidence{Kind: kind, ID: id, SHA256: digest(file), Digest: digest([]byte(id))})
	return p
}

// sign adds an actor's signature: matter and act, and in what capacity.
func (p *paper) sign(by, matter, act, signer string) *paper {
	return p.signOn(p.w.day(), by, matter, act, signer)
}

func (p *paper) signOn(day register.Day, by, matter, act, signer string) *paper {
	p.w.t.Helper()
	x := access.Signature{Matter: matter, Act: act, Signer: signer, Handle: handle(by), Day: day}
	var err error
	x.Blob, err = sign.Statement(p.g.Payload(x), actors()[by].Signer())
	p.w.must(err)
	p.g.Signatures = append(p.g.Signatures, x)
	return p
}

// files are the grant's, with its documents and the officer's own file if she has
// none yet.
func (p *paper) files() files {
	fs := files{}
	maps.Copy(fs, p.docs)
	fs[grantPath(p.who, p.g.Unit)] = p.g.Encode()
	if p.w.state(p.w.head).Officers[handle(p.who)] == nil {
		fs[officerPath(p.who)] = officerOf(p.who).Encode()
	}
	return fs
}

// propose is what is said of rut's proposal of the grant, with more files.
func (p *paper) propose(more files) *check.Report {
	p.w.t.Helper()
	fs := p.files()
	maps.Copy(fs, more)
	return p.w.draft("rut").add(fs, msg("grant", p.g.Unit)).check()
}

// put brings the grant to main as it is.
func (p *paper) put(more files) *paper {
	p.w.t.Helper()
	fs := p.files()
	maps.Copy(fs, more)
	p.w.main("sec", fs, msg("grant", p.g.Unit))
	return p
}

// admin is everything that a local administrator of a branch needs.
func (w *world) admin(who string, unit register.UnitID) *paper {
	return w.unsignedAdmin(who, unit).signed()
}

func (w *world) unsignedAdmin(who string, unit register.UnitID) *paper {
	return w.paper(who, unit, "local-admin").with(func(g *access.Grant) {
		g.Meeting, g.Met, g.Belongs, g.Names = "board-meeting", "2026-03-01", unit, handles(who)
	}).doc("agreement").doc("minutes")
}

// boards are who signs for the board of a branch, and who attests it.
var boards = map[register.UnitID][2]string{"asker": {"kari", "tor"}, "karasjok": {"ola", "sec"}}

// signed adds the signatures of a local administrator.
func (p *paper) signed() *paper {
	b := boards[p.g.Unit]
	as := "board"
	if b[1] == "sec" {
		as = "national"
	}
	return p.sign(b[0], "appointment", "signed", "board").
		sign(p.who, "agreement", "signed", "appointee").
		sign(b[0], "agreement", "signed", "board").
		sign("sec", "agreement", "signed", "national").
		sign(b[0], "minutes", "signed", "board").
		sign(b[1], "minutes", "attested", as)
}

// helper is everything that a helper needs.
func (w *world) helper(who string, unit register.UnitID) *paper {
	return w.paper(who, unit, "helper").with(func(g *access.Grant) {
		g.Until, g.Position, g.Purpose, g.Task, g.Columns = g.From.AddMonths(12), "member-service", "support", "newsletter", []string{"given"}
	}).doc("reason")
}

// advisor is everything that an advisor needs.
func (w *world) advisor(who string, unit register.UnitID) *paper {
	return w.paper(who, unit, "advisor").with(func(g *access.Grant) { g.Guide, g.Factor = "2.1", "passphrase" }).
		sign(who, "guide", "acknowledged", "appointee").sign(who, "factor", "attested", "appointee")
}

// merged is the merge of a proposal that brings documents, whose grants follow
// the files that are sealed anew.
func (w *world) merged(d *draft, unit register.UnitID) gitstore.CommitSpec {
	w.t.Helper()
	fs := files{}
	fresh := map[register.RecordID]string{}
	var grants []string
	w.must(gitstore.Diff(w.repo, w.treeOf(d.base), w.treeOf(d.head), func(c gitstore.Change) error {
		p, err := register.ParsePath(c.Path)
		w.must(err)
		switch {
		case p.Kind == register.Evidence && !c.New.ID.IsZero():
			fs[c.Path] = sealed()
			fresh[p.ID] = digest(fs[c.Path])
		case p.Kind == register.Grant && !c.New.ID.IsZero():
			grants = append(grants, c.Path)
		}
		return nil
	}))
	for _, path := range grants {
		p, err := register.ParsePath(path)
		w.must(err)
		e, _, err := gitstore.Find(w.repo, w.treeOf(d.head), path)
		w.must(err)
		b, err := w.repo.Blob(e.ID, seal.RecordLimit)
		w.must(err)
		g, err := access.ParseGrant(p, b)
		w.must(err)
		for i, e := range g.Evidence {
			if sum := fresh[e.ID]; sum != "" {
				g.Evidence[i].SHA256 = sum
			}
		}
		fs[path] = g.Encode()
	}
	return w.merge("sec", d, register.NewTopic(unit), fs)
}

// The register that the tests of offices begin with, the honest grants of each
// office as a proposal, as its merge and as an act of the secretariat, and what
// they make of the register.
func TestHonestOffices(t *testing.T) {
	w := newOfficeWorld(t)
	want(t, w.all(w.treeOf(w.head)))
	for _, paper := range []func(w *world) *paper{
		func(w *world) *paper { return w.admin("eve", "asker") },
		func(w *world) *paper { return w.admin("eve", "karasjok") },
		func(w *world) *paper { return w.helper("eve", "asker") },
		func(w *world) *paper { return w.advisor("eve", "asker") },
	} {
		w := newOfficeWorld(t)
		p := paper(w)
		d := w.draft("rut").add(p.files(), msg("grant", p.g.Unit))
		want(t, d.check())
		s := w.merged(d, p.g.Unit)
		want(t, w.direct(s))
		w.head = w.write(s)
		want(t, w.all(w.treeOf(w.head)))
		if !w.state(w.head).InForce(grantOf(w, "eve", p.g.Unit), w.day()) {
			t.Errorf("the grant of the office %q is not in force", p.g.Office)
		}

		w = newOfficeWorld(t)
		p = paper(w)
		want(t, w.direct(w.mainSpec("sec", p.files(), msg("grant", p.g.Unit))))
	}
}

// handles are those of actors, sorted as in a grant.
func handles(names ...string) []register.Handle {
	var out []register.Handle
	for _, n := range names {
		out = append(out, handle(n))
	}
	slices.Sort(out)
	return out
}

// grantOf is an actor's grant as main has it.
func grantOf(w *world, name string, u register.UnitID) *access.Grant {
	w.t.Helper()
	g := w.state(w.head).Units[u].Grants[handle(name)]
	if g == nil {
		w.t.Fatalf("%s has no grant in %q", name, u)
	}
	return g
}
