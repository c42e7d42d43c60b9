package access

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

const (
	benchUnits  = 300 // branches, regions of twenty and the national unit
	benchYears  = 5
	benchTerm   = 2 // years that an officer stays
	benchOffice = `    evidence:
      - {id: agreement, name: {en: Agreement}, signed-by: [appointee, national]}
      - {id: minutes, name: {en: Minutes}, signed-by: [appointee], attested-by: [national]}
    guide: {version: "2.1"}
`
)

// benchRegister is a federation with five years of grants on a disk: a commit for
// each, and the files of those who have left.
type benchRegister struct {
	repo    *gitstore.Repo
	head    gitstore.ID
	from    register.Day
	officer int
}

func newBenchRegister(b *testing.B) *benchRegister {
	b.Helper()
	dir := b.TempDir()
	if out, err := exec.Command("git", "init", "--quiet", "--bare", dir).CombinedOutput(); err != nil {
		b.Fatalf("git init: %v %s", err, out)
	}
	repo, err := gitstore.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { repo.Close() })
	w, err := repo.Begin()
	if err != nil {
		b.Fatal(err)
	}
	defer w.Abort()
	x := &benchRegister{repo: repo, from: "2021-01-01"}
	root := gitstore.ZeroID
	put := func(files map[string][]byte) {
		var edits []gitstore.Edit
		for path, content := range files {
			id, err := w.Blob(content)
			if err != nil {
				b.Fatal(err)
			}
			edits = append(edits, gitstore.Edit{Path: path, ID: id})
		}
		if root, err = w.Tree(root, edits); err != nil {
			b.Fatal(err)
		}
	}
	units, files := benchFiles(b)
	put(files)
	record := func(unit register.UnitID, i int) string {
		id := fmt.Sprintf("%caaaaaaaa%c%c%c%c", 'a'+i%26, 'a'+i/26/26/26%26, 'a'+i/26/26%26, 'a'+i/26%26, 'a'+i%26)
		return register.Path{Kind: register.Member, Unit: unit, ID: register.RecordID(id)}.String()
	}
	for _, u := range units {
		members := map[string][]byte{}
		for i := range 100 {
			members[record(u.id, i)] = []byte("sealed")
		}
		put(members)
	}
	at := x.from.Time()
	for year := 0; year < benchYears; year += benchTerm {
		for _, u := range units {
			for _, office := range u.offices {
				key, h := benchOfficer(b, x.officer)
				x.officer++
				until := ""
				if year+benchTerm < benchYears {
					until = string(register.DayOf(at.AddDate(benchTerm, 0, 0)))
				}
				put(map[string][]byte{
					register.Path{Kind: register.Officer, Handle: h}.String():                    (&Officer{Handle: h, Signing: key, Recipients: []string{actors["kari"].Recipient()}}).Encode(),
					register.Path{Kind: register.Grant, Unit: u.id, Handle: h}.String():          benchGrant(u.id, h, office, register.DayOf(at), register.Day(until)).Encode(),
					register.Path{Kind: register.Review, Unit: u.id, Day: "2026-01-01"}.String(): (&Review{Kept: []GrantID{{u.id, h}}}).Encode(),
				})
				spec := gitstore.CommitSpec{Tree: root, Name: string(h), Email: h.Email(), When: at, Message: register.Message("grant", 1, u.id)}
				if !x.head.IsZero() {
					spec.Parents = []gitstore.ID{x.head}
				}
				if x.head, err = w.Commit(spec); err != nil {
					b.Fatal(err)
				}
				at = at.Add(time.Duration(benchTerm*365*24) * time.Hour / time.Duration(len(units)*3))
			}
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return x
}

type benchUnit struct {
	id      register.UnitID
	offices []string
}

// benchFiles are the policies of the tests with so many units, of which the
// branches' offices ask for documents.
func benchFiles(b *testing.B) ([]benchUnit, map[string][]byte) {
	x := newTree(b)
	units := []benchUnit{{"national", []string{"secretariat"}}}
	head, _, _ := strings.Cut(x.policies["organisation.yaml"], "units:\n")
	org := head + "units:\n  - {id: national, level: national, name: National}\n"
	for i := range benchUnits {
		above := fmt.Sprintf("region-%d", i/20)
		if i%20 == 0 {
			units = append(units, benchUnit{register.UnitID(above), []string{"region-officer"}})
			org += fmt.Sprintf("  - {id: %s, level: region, name: Region, under: national}\n", above)
			continue
		}
		u := fmt.Sprintf("branch-%d", i)
		units = append(units, benchUnit{register.UnitID(u), []string{"chair", "member-officer", "treasurer"}})
		org += fmt.Sprintf("  - {id: %s, level: branch, name: Branch, under: %s}\n", u, above)
	}
	access := x.policies["access.yaml"]
	for _, office := range []string{"chair", "member-officer", "treasurer"} {
		before, after, _ := strings.Cut(access, "  - id: "+office+"\n")
		access = before + "  - id: " + office + "\n" + benchOffice + after
	}
	access = strings.Replace(access, "limits:", "signers:\n  - {id: national, name: {en: National}, offices: [secretariat], of: top}\nlimits:", 1)
	return units, map[string][]byte{"policies/organisation.yaml": []byte(org), "policies/access.yaml": []byte(access),
		"policies/fields.yaml": []byte(x.policies["fields.yaml"]), "policies/retention.yaml": []byte(x.policies["retention.yaml"]),
		"policies/review.yaml": []byte(twiceAYear), "data/officers/recovery.yaml": officerFile("recovery")}
}

func benchOfficer(b *testing.B, n int) (string, register.Handle) {
	seed := make([]byte, ed25519.SeedSize)
	binary.BigEndian.PutUint32(seed, uint32(n))
	pub, err := ssh.NewPublicKey(ed25519.NewKeyFromSeed(seed).Public())
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(pub))), register.HandleOf(pub.Marshal())
}

func benchGrant(u register.UnitID, h register.Handle, office string, from, until register.Day) *Grant {
	g := &Grant{Unit: u, Handle: h, Office: office, From: from, Until: until, Meeting: "annual", Met: from, Guide: "2.1"}
	for _, x := range [][3]string{{"agreement", ActSigned, "appointee"}, {"agreement", ActSigned, "national"}, {"minutes", ActSigned, "appointee"},
		{"minutes", ActAttested, "national"}, {MatterGuide, ActAcknowledged, "appointee"}} {
		g.Signatures = append(g.Signatures, Signature{x[0], x[1], x[2], h, from, bytes.Repeat([]byte{1}, 180)})
	}
	for i, kind := range []string{"agreement", "minutes"} {
		g.Evidence = append(g.Evidence, Evidence{kind, register.RecordID("m4k7aaaaaaaa" + string(rune('a'+i))), digest, digest})
	}
	return g
}

// Who had access on a day two years back, in a register of 300 units with five
// years of grants, asked by a process that has read nothing yet.
func BenchmarkAccessOn(b *testing.B) {
	x := newBenchRegister(b)
	day := x.from.Add(3 * 365)
	for b.Loop() {
		l := NewLoader(x.repo)
		id, n := x.head, 0
		var c *gitstore.Commit
		var err error
		for {
			if c, err = gitstore.ReadCommit(x.repo, id); err != nil {
				b.Fatal(err)
			}
			if n++; register.DayOf(c.Committer.When) <= day {
				break
			}
			id = c.Parents[0]
		}
		s, err := l.At(c.Tree)
		if err != nil || len(s.Problems) > 0 {
			b.Fatal(err, s.Problems)
		}
		readers := 0
		for u := range s.Units {
			readers += len(s.Readers(u, day))
		}
		if readers < 3*benchUnits {
			b.Fatalf("%d readers", readers)
		}
		b.ReportMetric(float64(readers), "readers")
		b.ReportMetric(float64(n), "commits")
	}
}

// What a policy change does that takes the branches from their regions, by a
// process that has read both states and counted nothing yet.
func BenchmarkEffect(b *testing.B) {
	x := newBenchRegister(b)
	c, err := gitstore.ReadCommit(x.repo, x.head)
	if err != nil {
		b.Fatal(err)
	}
	_, files := benchFiles(b)
	other := map[string][]byte{}
	for path, content := range files {
		if name, ok := strings.CutPrefix(path, "policies/"); ok {
			other[name] = bytes.Replace(content, []byte("scope: subtree"), []byte("scope: own"), 1)
		}
	}
	p, problems := policy.Load(other)
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	for b.Loop() {
		b.StopTimer()
		s, err := NewLoader(x.repo).At(c.Tree)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		e, err := EffectOf(s, s.With(p), register.DayOf(c.Committer.When))
		if err != nil || e.Units < benchUnits*9/10 || e.Records < 100*e.Units {
			b.Fatalf("%+v, %v", e, err)
		}
		b.ReportMetric(float64(e.Units), "units")
		b.ReportMetric(float64(e.Records), "records")
	}
}
