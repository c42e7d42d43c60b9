package desk_test

import (
	"errors"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/duplicate"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// add enters somebody through an officer's draft and the secretariat's merge.
func (o *office) add(who, unit string, set ...string) register.RecordID {
	o.t.Helper()
	var ids []register.RecordID
	o.do(who, func(d *desk.Desk) error {
		var err error
		ids, err = d.Add(ctx, register.UnitID(unit), "add", []map[string]record.Value{values(set...)})
		return err
	})
	if who != "sec" {
		o.merge(who)
	}
	return ids[0]
}

// sealedTokens are the tokens files that the server's refs hold, by unit.
func (o *office) sealedTokens() map[register.UnitID]string {
	o.t.Helper()
	out := map[register.UnitID]string{}
	for _, ref := range strings.Fields(o.git("for-each-ref", "--format=%(refname)", "refs/medlem/keyrings")) {
		b, err := exec.Command("git", "-C", o.host(), "cat-file", "blob", ref+":tokens.age").Output()
		if err == nil {
			out[register.UnitID(strings.TrimPrefix(ref, register.KeyringRefs))] = string(b)
		}
	}
	return out
}

// tokens opens every tokens file of the server, as who does.
func (o *office) tokens(who string) map[register.UnitID]*seal.Tokens {
	o.t.Helper()
	out := map[register.UnitID]*seal.Tokens{}
	for u, file := range o.sealedTokens() {
		t, err := seal.OpenTokens([]byte(file), o.ids[who].Ages())
		if err != nil {
			o.t.Fatalf("%s does not open the tokens of %s: %v", who, u, err)
		}
		out[u] = t
	}
	return out
}

var kvåle = []string{"given=Åse", "family=Kvåle", "born=1961-03-07", "email=aase@example.org", "postcode=1384"}

// Tokens are made for all units when somebody is first taken in, follow what
// becomes of her, and are gone when she is erased.
func TestTokensFollow(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	if n := len(o.sealedTokens()); n != 0 {
		t.Fatalf("%d tokens files in a register that nobody was entered in", n)
	}
	id := o.add("kari", "asker", kvåle...)
	before := o.tokens("sec")
	if len(before) != 8 || before["asker"].People[id] == "" || len(before["baerum"].People) != 0 {
		t.Fatalf("%d tokens files, want one for each unit, with her in Asker's alone", len(before))
	}
	for u, x := range before {
		if x.Secret != before["asker"].Secret || x.Secret == [32]byte{} {
			t.Errorf("%s: another secret, or none", u)
		}
	}
	was, sealed := before["asker"].People[id], o.sealedTokens()

	o.do("sec", func(d *desk.Desk) error { _, err := d.Edit(ctx, id, values("city=Oslo")); return err })
	if now := o.sealedTokens(); !maps.Equal(now, sealed) {
		t.Error("a change that no token is made of sealed tokens anew")
	}
	o.do("sec", func(d *desk.Desk) error { _, err := d.Edit(ctx, id, values("email=kvaale@example.org")); return err })
	now := o.sealedTokens()
	for u := range now {
		if (now[u] != sealed[u]) != (u == "asker") {
			t.Errorf("%s: an edit in Asker, and its tokens changed: %v", u, now[u] != sealed[u])
		}
	}
	edited := o.tokens("sec")["asker"].People[id]
	if edited == was {
		t.Error("her tokens are still those of her former address")
	}

	o.do("sec", func(d *desk.Desk) error { _, err := d.Move(ctx, id, "alta"); return err })
	moved := o.tokens("sec")
	if moved["alta"].People[id] != edited || moved["asker"].People[id] != "" {
		t.Error("her tokens did not move with her")
	}
	o.do("sec", func(d *desk.Desk) error { _, _, err := d.CloseMember(ctx, id, "left", false); return err })
	if o.tokens("sec")["alta"].People[id] != edited {
		t.Error("her tokens went when her membership ended: nobody would find her when she returns")
	}
	sealed = o.sealedTokens()
	o.do("sec", func(d *desk.Desk) error { _, err := d.Erase(ctx, []register.RecordID{id}); return err })
	gone := o.tokens("sec")
	for u, x := range gone {
		for other, list := range x.People {
			t.Errorf("%s still has tokens of %s: %d bytes", u, other, len(list))
		}
	}
	if o.sealedTokens()["alta"] == sealed["alta"] {
		t.Error("the tokens were not sealed anew")
	}
}

// Whoever is not of the secretariat opens no tokens, and fetches them with the
// keyring all the same, so that every copy can put them back.
func TestTokensAreTheSecretariats(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	o.join("solveig", "akershus", "region-officer")
	o.add("kari", "asker", kvåle...)
	opens := func(who string) error {
		_, err := seal.OpenTokens([]byte(o.sealedTokens()["asker"]), o.ids[who].Ages())
		return err
	}
	for _, who := range []string{"kari", "solveig"} {
		if err := opens(who); !errors.Is(err, seal.ErrNotReader) {
			t.Errorf("%s: %v, want ErrNotReader", who, err)
		}
	}
	if err := opens("sec"); err != nil {
		t.Error(err)
	}
	before := o.sealedTokens()
	o.join("sec2", "national", "secretariat")
	if err := opens("sec2"); err != nil {
		t.Errorf("the second officer of the secretariat: %v", err)
	}
	for u, file := range o.sealedTokens() {
		if file == before[u] {
			t.Errorf("%s: not sealed anew for the new officer", u)
		}
	}
	o.do("sec", func(d *desk.Desk) error { return d.Revoke(ctx, "national", o.ids["sec2"].Handle()) })
	if err := opens("sec2"); !errors.Is(err, seal.ErrNotReader) {
		t.Errorf("who has left the secretariat: %v, want ErrNotReader", err)
	}
	for u, x := range o.tokens("sec") {
		if u == "asker" && len(x.People) != 1 {
			t.Errorf("asker: %d people", len(x.People))
		}
	}
	// An identity that was replaced is no longer needed.
	fresh := func() []age.Identity { return o.ids["sec"].Ages()[:1] }
	if _, err := seal.OpenTokens([]byte(o.sealedTokens()["alta"]), fresh()); err != nil {
		t.Error(err)
	}
}

// A proposal that enters somebody who is registered in another unit stops, until
// the secretariat says that they are two; her unit and record are the secretariat's
// to know.
func TestMergeStopsAtDuplicate(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	o.join("ola", "karasjok", "member-officer")
	there := o.add("ola", "karasjok", kvåle...)
	for _, c := range []struct {
		name string
		set  []string
		stop bool
	}{
		{"name and day of birth, another spelling", []string{"given=Aase", "family=Kvaale", "born=1961-03-07"}, true},
		{"name by ear and postal code, day of birth not known", []string{"given=Åse", "family=Kvaale", "postcode=1384"}, true},
		{"name and e-mail", []string{"given=Åse", "family=Kvåle", "email=aase@example.org"}, true},
		{"the mailbox of a household", []string{"given=Nils", "family=Eira", "email=aase@example.org"}, false},
		{"her name", []string{"given=Åse", "family=Kvåle"}, false},
	} {
		o.do("kari", func(d *desk.Desk) error {
			_, err := d.Sync(ctx)
			if err == nil {
				_, err = d.Add(ctx, "asker", "add", []map[string]record.Value{values(c.set...)})
			}
			return err
		})
		topic := o.submit("kari")
		head := o.git("rev-parse", "main")
		var dup *desk.DuplicateError
		err := o.as("sec", func(d *desk.Desk) error {
			r, err := d.Review(ctx, topic)
			if err != nil {
				return err
			}
			if c.name != "her name" && (len(r.Changes[0].Twins) != 1 || r.Changes[0].Twins[0].ID != there || r.Changes[0].Twins[0].Unit != "karasjok") {
				t.Errorf("%s: the review shows %+v", c.name, r.Changes[0].Twins)
			}
			_, err = d.Merge(ctx, topic, nil)
			return err
		})
		if stopped := errors.As(err, &dup); stopped != c.stop || !stopped && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if !c.stop {
			o.do("sec", func(d *desk.Desk) error { // out of the way of the next
				ids := slices.Collect(maps.Keys(o.tokens("sec")["asker"].People))
				for _, id := range ids {
					if _, _, err := d.CloseMember(ctx, id, "left", true); err != nil {
						return err
					}
				}
				_, err := d.Erase(ctx, ids)
				return err
			})
			continue
		}
		if o.git("rev-parse", "main") != head {
			t.Errorf("%s: main moved", c.name)
		}
		if s := err.Error(); strings.Contains(s, "karasjok") || strings.Contains(s, string(there)) || strings.Contains(s, "Kv") {
			t.Errorf("%s: the refusal tells of the other: %s", c.name, s)
		}
		o.do("sec", func(d *desk.Desk) error {
			_, err := d.Reject(ctx, topic, "registered elsewhere")
			return err
		})
	}
}

// Two of a proposal who look alike stop it too; so does somebody of the same unit,
// and somebody whose membership has ended is called that.
func TestMergeStopsWithinUnit(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	add := func(people ...map[string]record.Value) string {
		t.Helper()
		o.do("kari", func(d *desk.Desk) error {
			if _, err := d.Sync(ctx); err != nil {
				return err
			}
			_, err := d.Add(ctx, "asker", "add", people)
			return err
		})
		return o.submit("kari")
	}
	twins := func(topic string) (out []desk.Twin) {
		t.Helper()
		o.do("sec", func(d *desk.Desk) error {
			r, err := d.Review(ctx, topic)
			if err != nil {
				return err
			}
			for _, c := range r.Changes {
				out = append(out, c.Twins...)
			}
			return nil
		})
		return out
	}
	merge := func(topic string, keep bool) error {
		return o.as("sec", func(d *desk.Desk) error {
			_, err := d.MergeWith(ctx, topic, desk.MergeOptions{KeepDuplicates: keep})
			return err
		})
	}
	topic := add(values(kvåle...), values(kvåle...))
	if ts := twins(topic); len(ts) != 1 || !ts[0].New || ts[0].Score != duplicate.Ask {
		t.Fatalf("two in one proposal: %+v", ts)
	}
	if err := merge(topic, false); !errors.As(err, new(*desk.DuplicateError)) {
		t.Fatalf("two in one proposal: %v", err)
	}
	if err := merge(topic, true); err != nil {
		t.Fatalf("two who are two: %v", err)
	}
	if n := len(o.tokens("sec")["asker"].People); n != 2 {
		t.Fatalf("%d people in the tokens, want both", n)
	}
	var ids []register.RecordID
	o.do("sec", func(d *desk.Desk) error {
		for id := range o.tokens("sec")["asker"].People {
			ids = append(ids, id)
			if _, _, err := d.CloseMember(ctx, id, "left", false); err != nil {
				return err
			}
		}
		return nil
	})
	topic = add(values(kvåle...))
	ts := twins(topic)
	if len(ts) != 2 || !ts[0].Closed || !ts[1].Closed || !slices.Contains(ids, ts[0].ID) {
		t.Errorf("somebody who comes back: %+v", ts)
	}
	if err := merge(topic, false); !errors.As(err, new(*desk.DuplicateError)) {
		t.Errorf("somebody who comes back: %v", err)
	}
}

// A register of before tokens opens, is read and merged into, and its tokens come
// with the first person who is entered; so do those of a unit that has lost them.
func TestTokensComeLater(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	o.join("ola", "karasjok", "member-officer")
	there := o.add("ola", "karasjok", kvåle...)
	sealed := o.sealedTokens()
	o.do("sec", func(d *desk.Desk) error { return d.DropTokens(ctx) })
	if n := len(o.sealedTokens()); n != 0 {
		t.Fatalf("%d tokens files left of %d", n, len(sealed))
	}
	o.do("sec", func(d *desk.Desk) error { _, err := d.Edit(ctx, there, values("phone=+47 400 00 001")); return err })
	if n := len(o.sealedTokens()); n != 0 {
		t.Errorf("an edit made %d tokens files", n)
	}
	o.do("kari", func(d *desk.Desk) error {
		_, err := d.Sync(ctx)
		if err == nil {
			_, err = d.Add(ctx, "asker", "add", []map[string]record.Value{values(kvåle...)})
		}
		return err
	})
	topic := o.submit("kari")
	err := o.as("sec", func(d *desk.Desk) error { _, err := d.Merge(ctx, topic, nil); return err })
	if !errors.As(err, new(*desk.DuplicateError)) {
		t.Errorf("without tokens in the register: %v", err)
	}
	o.do("sec", func(d *desk.Desk) error {
		_, err := d.MergeWith(ctx, topic, desk.MergeOptions{KeepDuplicates: true})
		return err
	})
	if ts := o.tokens("sec"); len(ts) != 8 || ts["karasjok"].People[there] == "" {
		t.Errorf("%d tokens files, want one for each unit", len(ts))
	}
}

// The script for repairs puts tokens back beside their keyrings, and medlem doctor
// does.
func TestRepairPutsTokensBack(t *testing.T) {
	o := newOffice(t)
	o.add("sec", "asker", kvåle...)
	sealed := o.sealedTokens()
	spoil := func() {
		t.Helper()
		o.git("update-ref", "-d", "refs/medlem/keyrings/asker")
		if n := len(o.sealedTokens()); n != len(sealed)-1 {
			t.Fatalf("%d tokens files left of %d", n, len(sealed))
		}
	}
	spoil()
	if out, err := exec.Command("sh", filepath.Join("..", "..", "docs", "repair.sh"), o.at("sec"), o.host()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !maps.Equal(o.sealedTokens(), sealed) {
		t.Error("the script did not put all tokens back")
	}
	spoil()
	var found []desk.Ailment
	o.do("sec", func(d *desk.Desk) (err error) { found, err = d.Doctor(ctx, true); return err })
	if len(found) != 1 || found[0].Unit != "asker" || !found[0].Cure || !maps.Equal(o.sealedTokens(), sealed) {
		t.Errorf("doctor found %+v", found)
	}
	o.do("sec", func(d *desk.Desk) (err error) { found, err = d.Doctor(ctx, false); return err })
	if len(found) != 0 {
		t.Errorf("after the repair doctor finds %+v", found)
	}
}
