package desk_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// openings counts what somebody who has a copy and its officer's identity opens of a
// record, by brute force: every key of the keyrings that lie there, and every key that
// follows from an envelope that her identity opens, on every object of the copy.
func (o *office) openings(who string, unit register.UnitID, id register.RecordID) (n int) {
	o.t.Helper()
	ages := o.ids[who].Ages()
	var keys []seal.Key
	rings, err := filepath.Glob(filepath.Join(o.at(who), ".git", "medlem", "keyrings", "*.age"))
	if err != nil || len(rings) == 0 {
		o.t.Fatalf("%s has no keyrings: %v", who, err)
	}
	for _, path := range rings {
		b, err := os.ReadFile(path)
		if err != nil {
			o.t.Fatal(err)
		}
		k, err := seal.OpenKeyring(b, ages)
		if err != nil {
			continue // tokens
		}
		for _, key := range k.Keys {
			keys = append(keys, key)
		}
		for _, old := range k.Versions {
			keys = append(keys, old.Key)
		}
	}
	out, err := exec.Command("git", "-C", o.at(who), "cat-file", "--batch-check=%(objectname) %(objecttype)", "--batch-all-objects").Output()
	if err != nil {
		o.t.Fatal(err)
	}
	var files [][]byte
	for line := range strings.Lines(string(out)) {
		name, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		if kind != "blob" {
			continue
		}
		b, err := exec.Command("git", "-C", o.at(who), "cat-file", "blob", name).Output()
		if err != nil {
			o.t.Fatal(err)
		}
		if !strings.HasPrefix(string(b), "age-encryption.org/") {
			continue
		}
		files = append(files, b)
		if secret, err := seal.OpenEnvelope(b, ages); err == nil {
			keys = append(keys, secret.Derive(seal.KindRecord, unit, id))
		}
	}
	for _, b := range files {
		for _, k := range keys {
			if text, err := seal.Open(k, b); err == nil && strings.Contains(string(text), string(id)) {
				n++
			}
		}
	}
	return n
}

// After an erasure, and a sync, no officer's copy opens the record: not by a keyring, not
// by her draft, not by a proposal that waited. Before it, all of them did.
func TestNothingIsLeftInCopies(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	o.join("tove", "national", "secretariat")
	both := o.crowd("asker", 2)
	id, other := both[0], both[1]
	for _, who := range []string{"kari", "tove"} {
		o.do(who, func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
	}
	o.edit("kari", id, "city=Oslo")
	o.submit("kari")
	o.do("tove", func(d *desk.Desk) error { _, err := d.Sync(ctx); return err }) // it is in her inbox
	o.edit("kari", other, "city=Bergen")
	before := map[string]int{}
	for _, who := range []string{"kari", "tove", "sec"} {
		o.do(who, func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
		if before[who] = o.openings(who, "asker", id); before[who] < 2 {
			t.Errorf("%s opens %d versions before the erasure", who, before[who])
		}
	}
	o.do("sec", func(d *desk.Desk) error {
		if _, _, err := d.CloseMember(ctx, id, "left", true); err != nil {
			return err
		}
		_, err := d.Erase(ctx, []register.RecordID{id})
		return err
	})
	for _, who := range []string{"kari", "tove", "sec"} {
		for range 2 { // what goes from a copy's refs in one sync is deleted by the next at the latest
			o.do(who, func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
		}
		if n := o.openings(who, "asker", id); n > 0 {
			t.Errorf("%s still opens %d versions of who was erased", who, n)
		}
		if n := o.openings(who, "asker", other); n == 0 {
			t.Errorf("%s does not open the neighbour any more", who)
		}
		if out, err := exec.Command("git", "-C", o.at(who), "fsck", "--strict", "--connectivity-only").CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", who, err, out)
		}
	}
	// Her other change is there still, and goes its way.
	o.merge("kari")
	o.do("sec", func(d *desk.Desk) error {
		m, err := d.Find(other)
		if err == nil && m.Record.Fields["city"].String() != "Bergen" {
			t.Error("the neighbour's change is lost")
		}
		return err
	})
}
