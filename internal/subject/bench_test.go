package subject

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

const (
	benchBranches = 280 // and regions of twenty
	benchMembers  = 100_000
	benchCommits  = 10_000 // one in six changes an officer, half are merges
)

// benchRegister is a register on a disk: members, and five years of commits.
func benchRegister(b *testing.B) (*gitstore.Repo, gitstore.ID, register.Day) {
	b.Helper()
	repo, err := gitstore.Init(filepath.Join(b.TempDir(), "r"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { repo.Close() })
	w, err := repo.Begin()
	if err != nil {
		b.Fatal(err)
	}
	defer w.Abort()
	must := func(id gitstore.ID, err error) gitstore.ID {
		if err != nil {
			b.Fatal(err)
		}
		return id
	}
	now := time.Date(2021, 1, 4, 9, 0, 0, 0, time.UTC)
	tree := func(root gitstore.ID, files map[string]string) gitstore.ID {
		var edits []gitstore.Edit
		for path, content := range files {
			edits = append(edits, gitstore.Edit{Path: path, ID: must(w.Blob([]byte(content)))})
		}
		return must(w.Tree(root, edits))
	}
	commit := func(root gitstore.ID, by string, parents ...gitstore.ID) gitstore.ID {
		return must(w.Commit(gitstore.CommitSpec{Tree: root, Parents: parents, Name: by, Email: by + "@medlem.invalid", When: now, Message: "a bench"}))
	}
	files, units, branches := map[string]string{}, []oUnit{oUnits[0]}, []string{}
	for i := range benchBranches {
		if i%20 == 0 {
			units = append(units, oUnit{fmt.Sprintf("region-%d", i/20), "region", "national"})
		}
		branches = append(branches, fmt.Sprintf("branch-%d", i))
		units = append(units, oUnit{branches[i], "branch", fmt.Sprintf("region-%d", i/20)})
	}
	for _, f := range []string{"fields.yaml", "retention.yaml", "access.yaml", "organisation.yaml"} {
		x, err := os.ReadFile("../access/testdata/policies/" + f)
		if err != nil {
			b.Fatal(err)
		}
		files["policies/"+f] = string(x)
	}
	head, _, _ := strings.Cut(files["policies/organisation.yaml"], "units:\n")
	head += "units:\n"
	for _, u := range units {
		head += fmt.Sprintf("  - {id: %s, level: %s, name: Unit", u.id, u.level)
		if u.under != "" {
			head += ", under: " + u.under
		}
		head += "}\n"
	}
	files["policies/organisation.yaml"] = head
	serial := 0
	holder := map[string]string{} // of the office in a branch: its officer
	keyring := func(files map[string]string, unit string) {
		serial++
		readers := []register.Handle{register.Recovery, register.Handle(oOfficers[0])}
		for _, office := range []string{"chair", "member-officer"} {
			if h := holder[unit+office]; h != "" {
				readers = append(readers, register.Handle(h))
			}
		}
		slices.Sort(readers)
		files["data/"+unit+"/keyring.yaml"] = string((&access.KeyringFile{Unit: register.UnitID(unit), Serial: uint64(serial), SHA256: fmt.Sprintf("%064x", serial), Readers: slices.Compact(readers)}).Encode())
	}
	day := func() register.Day { return register.DayOf(now) }
	grant := func(files map[string]string, unit, office, h string) {
		g := &access.Grant{Unit: register.UnitID(unit), Handle: register.Handle(h), Office: office, From: day()}
		files["data/"+unit+"/grants/"+h+".yaml"] = string(g.Encode())
		if old := holder[unit+office]; old != "" && old != h {
			e := &access.Grant{Unit: register.UnitID(unit), Handle: register.Handle(old), Office: office, From: "2021-01-01", Ended: day()}
			files["data/"+unit+"/grants/"+old+".yaml"] = string(e.Encode())
		}
		holder[unit+office] = h
	}
	for _, o := range oOfficers {
		files["data/officers/"+o+".yaml"] = string(oFiles[o])
	}
	grant(files, "national", "secretariat", oOfficers[0])
	for i, u := range branches {
		grant(files, u, "chair", oOfficers[1+i%39])
		grant(files, u, "member-officer", oOfficers[1+(i+7)%39])
	}
	for _, u := range units {
		keyring(files, u.id)
	}
	path := func(n int) string {
		return "data/" + branches[n%benchBranches] + "/members/" + memberID(n)[:1] + "/" + benchID(n) + ".yaml.age"
	}
	for n := range benchMembers {
		files[path(n)] = fmt.Sprintf("sealed %d", n)
	}
	root := tree(gitstore.ZeroID, files)
	main := commit(root, oOfficers[0])
	for i := range benchCommits - 1 {
		now = now.Add(5 * 365 * 24 * time.Hour / benchCommits)
		files := map[string]string{}
		u := branches[i%benchBranches]
		parents := []gitstore.ID{main}
		if i%6 == 0 {
			grant(files, u, "chair", oOfficers[1+(i/6)%39])
		} else {
			n := i % benchBranches * 1
			p := path(n + benchBranches*(i%300))
			if i%2 == 0 {
				draft := tree(root, map[string]string{p: fmt.Sprintf("draft %d", i)})
				parents = append(parents, commit(draft, holder[u+"member-officer"], main))
			}
			files[p] = fmt.Sprintf("again %d", i)
		}
		keyring(files, u)
		root = tree(root, files)
		main = commit(root, oOfficers[0], parents...)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return repo, main, day()
}

func benchID(n int) string {
	id := []byte(memberID(n)[:1] + "aaaaaaaaaaaa")
	for i := 12; n > 0; i-- {
		id[i] = byte('a' + n%26)
		n /= 26
	}
	return string(id)
}

// Five years of a federation, and what they say of each of its members.
func BenchmarkFollow(b *testing.B) {
	repo, head, today := benchRegister(b)
	var p *Past
	b.Run("walk", func(b *testing.B) {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var err error
		for b.Loop() {
			if p, err = Follow(repo, head); err != nil {
				b.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-kept")
	})
	b.Run("member", func(b *testing.B) {
		n, intervals := 0, 0
		for b.Loop() {
			got := p.Readers(register.RecordID(benchID(n%benchMembers)), today)
			if len(got) < 3 {
				b.Fatalf("member %d has %d intervals", n, len(got))
			}
			intervals += len(got)
			n++
		}
		b.ReportMetric(float64(intervals)/float64(n), "intervals")
	})
}
