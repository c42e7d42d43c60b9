package intake

import (
	"errors"
	"testing"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// pack is a pack's policy with what it leaves open.
func pack(t *testing.T, name string) *policy.Policy {
	t.Helper()
	files, ok := policy.Pack(name)
	if !ok {
		t.Fatalf("no pack %s", name)
	}
	p, problems := policy.LoadPack(files)
	if problems != nil {
		t.Fatal(problems)
	}
	return p
}

func refusedAs(err error, rule, field string) bool {
	var e *RefusedError
	return errors.As(err, &e) && e.Rule == rule && e.Field == field
}

// A member of POSK corrects her telephone number and her address, and nothing else:
// her name, what kind of member she is and her unit are refused.
func TestP05OwnDetails(t *testing.T) {
	p := pack(t, "posk")
	ask := func(key, value string) error {
		_, err := Judge(p, &record.Request{ID: "m4k7qwertyuio", Unit: p.Units[len(p.Units)-1].ID, Kind: record.RequestCorrect, Member: "aaaaaaaaaaaaa",
			From: record.FromMember, Set: []record.Set{{Key: key, Value: record.Text(value)}}}, "")
		return err
	}
	for key, value := range map[string]string{"phone": "070-174 06 05", "street": "Storgatan 1", "postcode": "291 31", "city": "Kristianstad", "email": "ase@example.org"} {
		if err := ask(key, value); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	for key, value := range map[string]string{"given": "Eva", "family": "Eva", "class": "elected", "assignments": "local-board", "personnummer": "x"} {
		if err := ask(key, value); !refusedAs(err, RuleNotOwn, key) {
			t.Errorf("%s: %v", key, err)
		}
	}
	for _, key := range []string{record.Closed, record.Reason, "unit", "status"} {
		if err := ask(key, "2026-11-22"); !refusedAs(err, RuleNotOwn, "") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// The joining form of Nei til EU without an e-mail address is refused: whoever has
// none is entered by the secretariat (N58).
func TestN56JoinWithoutEmail(t *testing.T) {
	p := pack(t, "neitileu")
	join := func(sets ...string) error {
		r := &record.Request{ID: "m4k7qwertyuio", Unit: register.UnitID("asker"), Kind: record.RequestJoin}
		for i := 0; i < len(sets); i += 2 {
			r.Set = append(r.Set, record.Set{Key: sets[i], Value: record.Text(sets[i+1])})
		}
		_, err := Judge(p, r, "")
		return err
	}
	if err := join("given", "Åse", "family", "Kvåle", "phone", "400 00 001"); !refusedAs(err, RuleMissing, "email") {
		t.Errorf("without: %v", err)
	}
	if err := join("given", "Åse", "family", "Kvåle", "email", "ase@example.no"); err != nil {
		t.Errorf("with: %v", err)
	}
}
