package rules

import (
	"regexp"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/procedures"
	"github.com/medlem-register/medlem/internal/register"
)

// What tells an outsider who is a member: here what the public site is made of; in
// internal/site the joining form, what it sends and what it answers.

// ofCommits are the commits that a site names, and nothing else: that something has
// changed is seen, not what.
var ofCommits = regexp.MustCompile(`\b[0-9a-f]{12}(?:[0-9a-f]{28})?\b`)

// sameSite fails unless two registers give the same public site, but for the commits
// that it names.
func sameSite(t *testing.T, a, b *procedures.Site) {
	t.Helper()
	if len(a.Files) != len(b.Files) || len(a.Files) < 40 {
		t.Fatalf("%d files, and %d", len(a.Files), len(b.Files))
	}
	for i, f := range a.Files {
		g := b.Files[i]
		if f.Name != g.Name || f.Edited != g.Edited || ofCommits.ReplaceAllString(string(f.Body), "x") != ofCommits.ReplaceAllString(string(g.Body), "x") {
			t.Errorf("%s tells the two registers apart", f.Name)
		}
	}
}

// memberSites makes the sites of two registers that differ in one member alone, and
// says her id.
func memberSites(t *testing.T, pack, unit string) (without, with *procedures.Site, id string) {
	t.Helper()
	w := open(t, pack)
	x := w.fork()
	ids := x.members(register.UnitID(unit), 1)
	a, err := w.site()
	w.must(err)
	b, err := x.site()
	x.must(err)
	return a, b, string(ids[0])
}

// U04: the site of a register in which somebody is a member is the one of a register
// in which she is not; it does not name her, not even by the id of her record.
func TestU04Site(t *testing.T) {
	a, b, id := memberSites(t, "unionen", "granvik")
	sameSite(t, a, b)
	for _, f := range b.Files {
		if strings.Contains(string(f.Body), id) || strings.Contains(f.Name, id) {
			t.Errorf("%s names a member's record", f.Name)
		}
	}
}

// B18: the same of every pack.
func TestB18Site(t *testing.T) {
	for pack, unit := range map[string]string{"dkf": "egeby", "neitileu": "", "posk": "", "kommed": ""} {
		t.Run(pack, func(t *testing.T) {
			if unit == "" {
				w := open(t, pack)
				for _, u := range w.state().Policy.Units {
					if u.Under != "" {
						unit = string(u.ID)
					}
				}
			}
			a, b, _ := memberSites(t, pack, unit)
			sameSite(t, a, b)
		})
	}
}
