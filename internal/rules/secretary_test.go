package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// A secretary changes 200 to 150 in access.yaml, and nothing else anywhere: from that
// commit on the check judges by it, says so, and so does the explanation.
func TestSecretaryChangesTheThreshold(t *testing.T) {
	w := open(t, "dkf")
	for _, u := range []register.UnitID{"egeby", "lindehoej"} {
		w.ok(w.grant("aksel", u, "member-officer").complete().put())
	}
	w.members("egeby", 160)
	w.members("lindehoej", 140)
	second := func(u register.UnitID) *check.Report { return w.grant("signe", u, "member-officer").complete().put() }
	explained := func() string {
		e, ok := desk.Explain("grant/seats", w.policies)
		if !ok {
			t.Fatal("the rule is not explained")
		}
		return fmt.Sprint(e.Sources)
	}
	says := func(text, has, hasNot string) {
		t.Helper()
		if !strings.Contains(text, "unit.members > "+has) || strings.Contains(text, "unit.members > "+hasNot) {
			t.Errorf("want %s and not %s in %q", has, hasNot, text)
		}
	}
	r := second("egeby")
	w.refused(r, "grant/seats")
	says(r.Findings[0].Message, "200", "150")
	says(explained(), "200", "150")

	was := w.head
	w.ok(w.amend("access.yaml: unit.members > 200 → unit.members > 150"))
	var changed []string
	w.must(gitstore.Diff(w.repo, w.treeOf(was), w.treeOf(w.head), func(c gitstore.Change) error {
		changed = append(changed, c.Path)
		return nil
	}))
	if !slices.Equal(changed, []string{"policies/access.yaml"}) {
		t.Errorf("the commit changes %q", changed)
	}

	w.ok(second("egeby"))
	w.readsIs(true, "signe", "egeby")
	r = second("lindehoej")
	w.refused(r, "grant/seats")
	says(r.Findings[0].Message, "150", "200")
	says(explained(), "150", "200")
}
