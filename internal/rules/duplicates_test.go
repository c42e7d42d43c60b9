package rules

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/duplicate"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

func values(set ...string) fields {
	out := fields{}
	for _, s := range set {
		k, v, _ := strings.Cut(s, "=")
		out[k] = record.Text(v)
	}
	return out
}

var ida = []string{"given=Sophie", "family=Møller", "born=1990-02-03", "email=sophie@example.org", "street=Storgata 1", "postcode=9300", "city=Finnsnes"}

// bornKept makes a county's register keep the day of birth, which the pack's does not.
const bornKept = "fields.yaml: \nfields:\n → \nfields:\n  - key: born\n    name: {nb: Fødselsdato}\n    type: date\n    category: identity\n    purpose: membership\n    legal-basis: basis\n\n"

// N55: before somebody is entered it is looked whether she is registered: in the
// units that the county user reads she is shown; a member of another county stops
// the merge, and the county user is told nothing of where she is.
func TestN55PossibleDuplicate(t *testing.T) {
	t.Parallel()
	h := countyHouse(t, bornKept)
	there := h.added("sec", "senja", values(ida...)) // another county's
	for _, c := range []struct {
		name string
		set  []string
		stop bool
	}{
		{"e-mail and name", []string{"given=Sophie", "family=Møller", "email=Sophie@example.org"}, true},
		{"name and day of birth", []string{"given=Sophie", "family=Møller", "born=1990-02-03", "email=sm@example.org"}, true},
		{"name by sound and postal code", []string{"given=Sofie", "family=Moeller", "postcode=9300", "city=Finnsnes", "email=sofie@example.org"}, true},
		{"another person of the county", []string{"given=Ida", "family=Dahl", "born=1990-02-03", "email=ida.dahl@example.org"}, false},
	} {
		var alike []desk.Alike
		h.do("ingrid", func(d *desk.Desk) (err error) {
			alike, err = d.Alikes("asker", values(c.set...))
			return err
		})
		if len(alike) != 0 {
			t.Errorf("%s: ingrid is shown somebody of another county", c.name)
		}
		id := h.added("ingrid", "asker", values(c.set...))
		topic := h.submit("ingrid")
		err := h.merge(topic)
		var dup *desk.DuplicateError
		switch {
		case !c.stop:
			h.must(err)
			continue
		case !errors.As(err, &dup):
			t.Errorf("%s: %v, want a stop", c.name, err)
			continue
		case len(dup.Twins[id]) != 1 || dup.Twins[id][0].ID != there || dup.Twins[id][0].Unit != "senja":
			t.Errorf("%s: the secretariat is told of %+v", c.name, dup.Twins[id])
		}
		h.do("sec", func(d *desk.Desk) error { _, err := d.Reject(ctx, topic, "registered elsewhere"); return err })
		h.do("ingrid", func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
	}
	// In her own county she is stopped before anything is drafted.
	own := h.added("sec", "asker", values("given=Per", "family=Lie", "email=per@example.org", "born=1950-10-13"))
	h.do("ingrid", func(d *desk.Desk) error {
		alike, err := d.Alikes("asker", values("given=Per", "family=Lie", "email=per@example.org"))
		if err == nil && (len(alike) != 1 || alike[0].Member.Path.ID != own || alike[0].Score < duplicate.Ask) {
			t.Errorf("ingrid is shown %+v", alike)
		}
		return err
	})
}

// B15: the same person in two branches is noticed by the secretariat. Whoever has
// the whole server, an officer's identity and every public fact about people
// confirms no guess: the tokens are under a secret that lies with them, sealed to
// the secretariat and the recovery recipient. They go with her erasure.
func TestB15AcrossBranchesInTheDark(t *testing.T) {
	t.Parallel()
	h := countyHouse(t, bornKept)
	first := h.added("sec", "senja", values(ida...))
	h.added("ingrid", "asker", values(ida...))
	topic := h.submit("ingrid")
	if err := h.merge(topic); !errors.As(err, new(*desk.DuplicateError)) {
		t.Fatalf("not noticed: %v", err)
	}
	all := func() []byte { // every object of the server, unpacked
		out, err := exec.Command("git", "-C", h.host(), "cat-file", "--batch-all-objects", "--batch").Output()
		h.must(err)
		return out
	}
	tokens := func() map[register.UnitID][]byte {
		out := map[register.UnitID][]byte{}
		refs, err := exec.Command("git", "-C", h.host(), "for-each-ref", "--format=%(refname)", "refs/medlem/keyrings").Output()
		h.must(err)
		for _, ref := range strings.Fields(string(refs)) {
			b, err := exec.Command("git", "-C", h.host(), "cat-file", "blob", ref+":tokens.age").Output()
			h.must(err)
			out[register.UnitID(strings.TrimPrefix(ref, register.KeyringRefs))] = b
		}
		return out
	}
	server, files := all(), tokens()
	ts, err := seal.OpenTokens(files["senja"], actor("sec").Ages())
	h.must(err)
	her := ts.People[first]
	if her == "" || her == seal.NoTokens {
		t.Fatal("she has no tokens: the test could not fail")
	}

	// An officer of the county opens none; no token, and not the secret, lies open.
	for u, b := range files {
		if _, err := seal.OpenTokens(b, actor("ingrid").Ages()); !errors.Is(err, seal.ErrNotReader) {
			t.Errorf("ingrid opens the tokens of %s: %v", u, err)
		}
	}
	for _, s := range append(strings.Fields(her), fmt.Sprintf("%x", ts.Secret), string(ts.Secret[:])) {
		if bytes.Contains(server, []byte(s)) {
			t.Error("a token or the secret lies open on the server")
		}
	}
	// Guesses, the right one among them, under everything that an outsider could
	// take for the secret; then, to see that a hit would be seen, under the secret.
	var secrets [][32]byte
	secrets = append(secrets, [32]byte{})
	ring := map[register.RecordID]seal.Key{}
	h.do("ingrid", func(d *desk.Desk) error {
		b, err := exec.Command("git", "-C", h.host(), "cat-file", "blob", "refs/medlem/keyrings/asker:keyring.age").Output()
		if err != nil {
			return err
		}
		k, err := seal.OpenKeyring(b, actor("ingrid").Ages())
		if err == nil {
			maps.Copy(ring, k.Keys)
		}
		return err
	})
	for _, k := range ring {
		secrets = append(secrets, [32]byte(k))
	}
	hits := func(secret [32]byte) (n int) {
		known := strings.Fields(her)
		for i := range 2000 {
			guess := values(ida...)
			if i > 0 {
				guess["born"] = record.Text(fmt.Sprintf("%d-%02d-%02d", 1930+i%80, 1+i%12, 1+i%28))
				guess["email"] = record.Text(fmt.Sprintf("p%d@example.org", i))
				guess["given"] = record.Text("Ragnhild")
			}
			for _, tok := range duplicate.Tokens(duplicate.Of(&record.Record{Fields: guess}), secret) {
				if slices.Contains(known, string(tok)) {
					n++
				}
			}
		}
		return n
	}
	for i, s := range secrets {
		if n := hits(s); n > 0 {
			t.Errorf("guess %d confirms %d tokens", i, n)
		}
	}
	if n := hits(ts.Secret); n != len(strings.Fields(her)) {
		t.Errorf("under the secret %d tokens are hers, want all %d: the test could not fail", n, len(strings.Fields(her)))
	}
	// Another register has another secret: what one's secretariat knows says
	// nothing of another's members.
	other := countyHouse(t, bornKept)
	other.added("sec", "senja", values(ida...))
	b, err := exec.Command("git", "-C", other.host(), "cat-file", "blob", "refs/medlem/keyrings/senja:tokens.age").Output()
	h.must(err)
	ots, err := seal.OpenTokens(b, actor("sec").Ages())
	h.must(err)
	for _, list := range ots.People {
		for _, tok := range strings.Fields(list) {
			if strings.Contains(her, tok) {
				t.Error("a token is the same in two registers")
			}
		}
	}

	h.do("sec", func(d *desk.Desk) error {
		if _, _, err := d.CloseMember(ctx, first, "mistake", true); err != nil {
			return err
		}
		_, err := d.Erase(ctx, []register.RecordID{first})
		return err
	})
	for u, b := range tokens() {
		ts, err := seal.OpenTokens(b, actor("sec").Ages())
		h.must(err)
		for id, list := range ts.People {
			if id == first || slices.ContainsFunc(strings.Fields(list), func(s string) bool { return strings.Contains(her, s) }) {
				t.Errorf("tokens of her are left in %s", u)
			}
		}
	}
	h.must(h.merge(topic)) // nobody is like her now
}
