package desk_test

import (
	"errors"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// one adds a member through kari and returns her id.
func (o *office) one(given, family string) register.RecordID {
	o.t.Helper()
	var ids []register.RecordID
	o.do("kari", func(d *desk.Desk) error {
		var err error
		ids, err = d.Add(ctx, "asker", "add", []map[string]record.Value{person(given, family)})
		return err
	})
	o.merge("kari")
	o.do("kari", func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
	return ids[0]
}

func (o *office) edit(who string, id register.RecordID, set ...string) {
	o.t.Helper()
	o.do(who, func(d *desk.Desk) error { _, err := d.Edit(ctx, id, values(set...)); return err })
}

func values(set ...string) map[string]record.Value {
	out := map[string]record.Value{}
	for _, s := range set {
		k, v, _ := strings.Cut(s, "=")
		out[k] = record.Text(v)
	}
	return out
}

func (o *office) submit(who string) (topic string) {
	o.t.Helper()
	o.do(who, func(d *desk.Desk) error {
		s, err := d.Submit(ctx)
		if err == nil {
			topic = s.Topic
		}
		return err
	})
	return topic
}

func (o *office) field(who string, id register.RecordID, key string) (v string) {
	o.t.Helper()
	o.do(who, func(d *desk.Desk) error {
		if _, err := d.Sync(ctx); err != nil {
			return err
		}
		m, err := d.Find(id)
		if err == nil {
			v = m.Record.Fields[key].String()
		}
		return err
	})
	return v
}

// Two officers edit one member from the same base: different fields merge, the
// same field asks and takes what the secretariat decides.
func TestTwoOfficersOneMember(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	o.join("astrid", "asker", "chair")
	id := o.one("Åse", "Kvåle")
	o.do("astrid", func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
	o.edit("kari", id, "phone=+47 400 00 001", "city=Oslo")
	o.edit("astrid", id, "street=Storgata 1", "city=Asker")
	first, second := o.submit("kari"), o.submit("astrid")
	o.do("sec", func(d *desk.Desk) error { _, err := d.Merge(ctx, first, nil); return err })
	err := o.as("sec", func(d *desk.Desk) error { _, err := d.Merge(ctx, second, nil); return err })
	var conflict *desk.ConflictError
	if !errors.As(err, &conflict) || conflict.Conflict.Field != "city" {
		t.Fatalf("the same field should ask: %v", err)
	}
	if strings.Contains(err.Error(), "Oslo") || strings.Contains(err.Error(), "Asker") {
		t.Errorf("the error holds a value")
	}
	o.do("sec", func(d *desk.Desk) error {
		_, err := d.Merge(ctx, second, func(c desk.Conflict) (bool, error) { return true, nil })
		return err
	})
	for key, want := range map[string]string{"phone": "+47 400 00 001", "street": "Storgata 1", "city": "Asker"} {
		if got := o.field("kari", id, key); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
}

// Two secretariat officers merge at the same moment: both land, nothing is lost.
func TestTwoMergeAtOnce(t *testing.T) {
	o := newOffice(t)
	o.join("sec2", "national", "secretariat")
	o.join("kari", "asker", "member-officer")
	o.join("per", "lillestrom", "member-officer")
	add := func(who string, u register.UnitID, n int) {
		o.do(who, func(d *desk.Desk) error {
			var ps []map[string]record.Value
			for range n {
				ps = append(ps, person("Åse", "Kvåle"))
			}
			_, err := d.Add(ctx, u, "import", ps)
			return err
		})
	}
	add("kari", "asker", 5)
	add("per", "lillestrom", 7)
	topics := []string{o.submit("kari"), o.submit("per")}
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, who := range []string{"sec", "sec2"} {
		d, err := desk.Open(desk.Options{Dir: o.at(who), Identity: o.ids[who], Now: o.clock})
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer d.Close()
			_, errs[i] = d.Merge(ctx, topics[i], nil)
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("merge %d: %v", i, err)
		}
	}
	o.do("sec", func(d *desk.Desk) error {
		if _, err := d.Sync(ctx); err != nil {
			return err
		}
		ms, err := d.Members(desk.Query{})
		if len(ms) != 12 {
			t.Errorf("%d members, want 12", len(ms))
		}
		return err
	})
}

// A branch's officer asks for a closing; the merge does it; the record is in the
// month that the reason gives, and can be reopened.
func TestRequestToClose(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	id := o.one("Åse", "Kvåle")
	o.do("kari", func(d *desk.Desk) error {
		asked, _, err := d.CloseMember(ctx, id, "left", false)
		if !asked {
			t.Error("a branch's officer should only ask")
		}
		return err
	})
	o.merge("kari")
	o.do("sec", func(d *desk.Desk) error {
		m, err := d.Find(id)
		if err != nil {
			return err
		}
		if m.Path.Kind != register.Closed || m.Path.Month != "2026-06" {
			t.Errorf("closed into %v", m.Path)
		}
		_, err = d.Reopen(ctx, id)
		return err
	})
	if o.field("kari", id, "closed") != "" {
		t.Error("a reopened record still says that it is closed")
	}
}

// A rejected proposal goes, with an answer that only its author opens.
func TestReject(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	id := o.one("Åse", "Kvåle")
	o.edit("kari", id, "city=Oslo")
	topic := o.submit("kari")
	o.do("sec", func(d *desk.Desk) error { _, err := d.Reject(ctx, topic, "Spør henne først."); return err })
	o.do("kari", func(d *desk.Desk) error {
		res, err := d.Sync(ctx)
		if err != nil {
			return err
		}
		if len(res.Answers) != 1 || res.Answers[0].Reason != "Spør henne først." {
			t.Errorf("answers: %+v", res.Answers)
		}
		return nil
	})
	out, err := exec.Command("git", "-C", o.host(), "for-each-ref", "--format=%(refname)").Output()
	if err != nil || strings.Contains(string(out), "proposals") || strings.Contains(string(out), "answers") {
		t.Errorf("left on the server: %s %v", out, err)
	}
	if o.field("kari", id, "city") != "" {
		t.Error("a rejected change is still shown")
	}
}

// A revoked officer is turned away, opens nothing that is merged after, and no
// record was touched by her removal.
func TestRevoke(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	o.join("astrid", "asker", "chair")
	id := o.one("Åse", "Kvåle")
	before := o.git("rev-parse", "main")
	kari := o.ids["kari"].Handle()
	o.do("sec", func(d *desk.Desk) error { return d.Revoke(ctx, "asker", kari) })
	if out := o.git("diff", "--name-only", before, "main"); out != "data/asker/grants/"+string(kari)+".yaml\ndata/asker/keyring.yaml" {
		t.Errorf("a removal touched:\n%s", out)
	}
	err := o.as("kari", func(d *desk.Desk) error { _, err := d.Edit(ctx, id, values("city=Oslo")); return err })
	if !errors.Is(err, desk.ErrGrantEnded) {
		t.Errorf("kari was not turned away: %v", err)
	}
}

func (o *office) git(args ...string) string {
	o.t.Helper()
	out, err := exec.Command("git", append([]string{"-C", o.host()}, args...)...).CombinedOutput()
	if err != nil {
		o.t.Fatalf("git %v: %v %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// Undo takes back one thing at a time; withdrawing makes a proposal a draft
// again.
func TestUndoAndWithdraw(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	id := o.one("Åse", "Kvåle")
	o.edit("kari", id, "city=Oslo")
	o.edit("kari", id, "city=Bergen")
	o.do("kari", func(d *desk.Desk) error {
		verb, n, unit, err := d.Undo()
		if verb != "edit" || n != 1 || unit != "asker" {
			t.Errorf("undid %s %d in %s", verb, n, unit)
		}
		return err
	})
	if got := o.field("kari", id, "city"); got != "Oslo" {
		t.Errorf("after undo: %q", got)
	}
	o.submit("kari")
	err := o.as("kari", func(d *desk.Desk) error { _, err := d.Edit(ctx, id, values("city=Bodø")); return err })
	if err == nil {
		t.Error("a record that waits was edited")
	}
	o.do("kari", func(d *desk.Desk) error { _, err := d.Withdraw(ctx, ""); return err })
	o.edit("kari", id, "city=Bodø")
	o.merge("kari")
	if got := o.field("kari", id, "city"); got != "Bodø" {
		t.Errorf("after the merge: %q", got)
	}
}

// Identities rotate; an erasure is confirmed only when every reader has stated
// to have destroyed the old one.
func TestEraseAndRotate(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	id, other := o.one("Åse", "Kvåle"), o.one("Nils", "Eira")
	o.do("sec", func(d *desk.Desk) error {
		if _, err := d.Erase(ctx, []register.RecordID{id}); err == nil {
			t.Error("an active member was erased")
		}
		_, _, err := d.CloseMember(ctx, id, "left", true)
		return err
	})
	o.do("sec", func(d *desk.Desk) error {
		res, err := d.Erase(ctx, []register.RecordID{id})
		if err == nil && !res.Server {
			t.Error("a server on this machine was not cleaned")
		}
		return err
	})
	waiting := func() (n int) {
		o.do("sec", func(d *desk.Desk) error {
			sts, err := d.ErasureStatuses()
			if err != nil {
				return err
			}
			if len(sts) != 1 || sts[0].ID != id || sts[0].Server != "forgotten" {
				t.Errorf("statuses: %+v", sts)
			}
			n = len(sts[0].Waiting)
			return nil
		})
		return n
	}
	if n := waiting(); n != 3 {
		t.Errorf("%d identities wait, want sec, kari and recovery", n)
	}
	o.day(1)
	for _, who := range []string{"kari", "sec"} {
		if err := o.ids[who].Rotate(register.DayOf(o.now)); err != nil {
			t.Fatal(err)
		}
		o.do(who, func(d *desk.Desk) error { _, err := d.Rotate(ctx); return err })
		o.do("sec", func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
		o.do(who, func(d *desk.Desk) error {
			if _, err := d.Sync(ctx); err != nil {
				return err
			}
			old, err := d.Retirable()
			if err != nil || len(old) != 1 {
				t.Fatalf("%s may destroy %d identities: %v", who, len(old), err)
			}
			if err := d.PlanRetire(old); err != nil {
				return err
			}
			if err := d.Retire(ctx); err != nil { // she still has it: nothing is stated
				return err
			}
			return o.ids[who].Destroy(old[0])
		})
		// The command was killed here; the next one says what it did.
		o.do(who, func(d *desk.Desk) error { return d.Retire(ctx) })
		o.do("sec", func(d *desk.Desk) error {
			_, err := d.Sync(ctx)
			return err
		})
	}
	o.do("sec", func(d *desk.Desk) error { return d.RotateRecovery(ctx, nil) })
	o.do("sec", func(d *desk.Desk) error { return d.RetireRecovery(ctx) })
	if n := waiting(); n != 0 {
		t.Errorf("%d identities wait after all have rotated", n)
	}
	if o.field("kari", other, "family") != "Eira" {
		t.Error("a neighbour was lost")
	}
	err := o.as("sec", func(d *desk.Desk) error { _, err := d.Find(id); return err })
	if !errors.Is(err, desk.ErrNoRecord) {
		t.Errorf("an erased record is found: %v", err)
	}
}

// A record cannot be made to look closed where it lies among the members.
func TestClosedOnlyByClosing(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	id := o.one("Åse", "Kvåle")
	for who, set := range map[string][]string{"sec": {"closed=2026-01-01", "reason=left"}, "kari": {"closed=2026-01-01"}} {
		err := o.as(who, func(d *desk.Desk) error { _, err := d.Edit(ctx, id, values(set...)); return err })
		if err == nil {
			t.Errorf("%s closed a record by editing it", who)
		}
	}
	err := o.as("kari", func(d *desk.Desk) error {
		p := person("Nils", "Eira")
		p["closed"] = record.Text("2026-01-01")
		_, err := d.Add(ctx, "asker", "add", []map[string]record.Value{p})
		return err
	})
	if err == nil {
		t.Error("a closed record was added")
	}
}

// ATTACK: an officer leaves a proposal that no strict reader can read.
// At stake: everybody else's. Proves that the secretariat's sync says so and
// goes on, and that the other proposals are merged.
func TestDamagedProposalBlocksNobody(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	o.join("ola", "karasjok", "chair")
	id := o.one("Åse", "Kvåle")
	tree := o.git("rev-parse", "main^{tree}")
	raw := "tree " + tree + "\nauthor x <x> 1 +0000\nparent " + o.git("rev-parse", "main") + "\ncommitter x <x> 1 +0000\n\nx\n"
	c := exec.Command("git", "-C", o.host(), "hash-object", "-t", "commit", "-w", "--literally", "--stdin")
	c.Stdin = strings.NewReader(raw)
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	ref := register.ProposalRef(o.ids["ola"].Handle(), register.NewTopic("karasjok"))
	o.git("update-ref", ref, strings.TrimSpace(string(out)))
	o.edit("kari", id, "city=Oslo")
	o.warn = nil
	o.merge("kari")
	if o.field("kari", id, "city") != "Oslo" {
		t.Error("the honest proposal was not merged")
	}
	if len(o.warn) == 0 || o.warn[0].Kind != desk.WarnUnreadable {
		t.Error("nobody was told of the damaged proposal")
	}
}

// A proposal that goes from the server without an answer is its author's draft
// again: a restored server loses nobody's work.
func TestVanishedProposal(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	id := o.one("Åse", "Kvåle")
	o.edit("kari", id, "city=Oslo")
	topic := o.submit("kari")
	o.git("update-ref", "-d", register.ProposalRef(o.ids["kari"].Handle(), topic))
	if o.field("kari", id, "city") != "Oslo" {
		t.Error("the change is gone")
	}
	o.merge("kari")
	if o.field("kari", id, "city") != "Oslo" {
		t.Error("the change could not be sent again")
	}
}

// A second secretariat officer's fresh copy has the proposals at once; those
// that were sent before she joined are sealed to her when their author syncs.
func TestJoiningTheSecretariat(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	o.do("kari", func(d *desk.Desk) error {
		_, err := d.Add(ctx, "asker", "add", []map[string]record.Value{person("Åse", "Kvåle")})
		return err
	})
	topic := o.submit("kari")
	o.join("sec2", "national", "secretariat")
	o.do("sec2", func(d *desk.Desk) error {
		ps, err := d.Inbox(ctx)
		if len(ps) != 1 || ps[0].Topic != topic {
			t.Errorf("the inbox of a fresh copy: %v", ps)
		}
		return err
	})
	var findings *desk.FindingsError
	err := o.as("sec2", func(d *desk.Desk) error { _, err := d.Merge(ctx, topic, nil); return err })
	if !errors.As(err, &findings) {
		t.Errorf("she opened what is not sealed to her: %v", err)
	}
	o.do("kari", func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
	o.do("sec2", func(d *desk.Desk) error {
		ps, err := d.Inbox(ctx)
		if err != nil || len(ps) != 1 || ps[0].Topic == topic {
			t.Fatalf("the inbox after the author's sync: %v %v", ps, err)
		}
		_, err = d.Merge(ctx, ps[0].Topic, nil)
		return err
	})
	o.do("kari", func(d *desk.Desk) error {
		res, err := d.Sync(ctx)
		if err == nil && len(res.Merged) != 1 {
			t.Errorf("merged: %v", res.Merged)
		}
		return err
	})
}

// Whoever is said to wait held a key, by her own keyrings: also of a unit that the member
// has left, as long as that keeps what she was, and not of it afterwards, unless she came
// back.
func TestErasureWaitsForWhoHeld(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	away, back := o.one("Åse", "Kvåle"), o.one("Nils", "Eira")
	held := map[register.RecordID]map[register.Handle]bool{away: {}, back: {}}
	look := func() {
		for who := range o.ids {
			o.do(who, func(d *desk.Desk) error {
				if _, err := d.Sync(ctx); err != nil {
					return err
				}
				for id := range held {
					if d.Holds(id) {
						h, err := d.Handle()
						if err != nil {
							return err
						}
						held[id][h] = true
					}
				}
				return nil
			})
		}
	}
	move := func(id register.RecordID, to register.UnitID) {
		o.do("sec", func(d *desk.Desk) error { _, err := d.Move(ctx, id, to); return err })
		look()
	}
	look()
	o.edit("kari", away, "city=Oslo")
	o.merge("kari")
	move(away, "karasjok")
	move(back, "karasjok")
	o.day(20)
	o.join("berit", "asker", "treasurer") // the unit keeps what she was
	look()
	o.day(20)
	o.join("astrid", "asker", "chair") // and no more
	look()
	o.join("ola", "karasjok", "chair")
	look()
	move(back, "asker")
	o.do("sec", func(d *desk.Desk) error {
		for _, id := range []register.RecordID{away, back} {
			if _, _, err := d.CloseMember(ctx, id, "left", true); err != nil {
				return err
			}
			if _, err := d.Erase(ctx, []register.RecordID{id}); err != nil {
				return err
			}
		}
		return nil
	})
	o.do("sec", func(d *desk.Desk) error {
		sts, err := d.ErasureStatuses()
		for _, st := range sts {
			waits := map[register.Handle]bool{}
			for _, r := range st.Waiting {
				waits[r.Handle] = true
			}
			delete(waits, register.Recovery)
			if !maps.Equal(waits, held[st.ID]) {
				t.Errorf("%v wait, and %v held a key", slices.Collect(maps.Keys(waits)), slices.Collect(maps.Keys(held[st.ID])))
			}
		}
		if len(held[away]) != 4 || len(held[back]) != 5 {
			t.Errorf("%d and %d held a key: nothing is proved", len(held[away]), len(held[back]))
		}
		return err
	})
}

// An officer whose access has ended can send nothing any more: what she drafted goes, with
// the erased member in it, and the last step of the erasure comes. Where this machine's
// clock alone says that it has ended, nothing of hers is lost but the erased member.
func TestDraftOfAnEndedOfficer(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	gone, stays := o.one("Åse", "Kvåle"), o.one("Nils", "Eira")
	sync := func(who string, ended, dropped int) {
		t.Helper()
		o.do(who, func(d *desk.Desk) error {
			res, err := d.Sync(ctx)
			if err == nil && (res.Ended != ended || res.Dropped != dropped) {
				t.Errorf("%d went whole, %d by an erasure, want %d and %d", res.Ended, res.Dropped, ended, dropped)
			}
			return err
		})
	}
	o.edit("kari", stays, "city=Oslo")
	var kari register.Handle
	o.do("kari", func(d *desk.Desk) (err error) { kari, err = d.Handle(); return err })
	o.do("sec", func(d *desk.Desk) error {
		_, err := d.Grant(ctx, desk.GrantOptions{Unit: "asker", Handle: kari, Terms: desk.Terms{Office: "member-officer", Until: register.DayOf(o.now).Add(30)}})
		return err
	})
	now := o.now
	o.day(400)
	sync("kari", 0, 0)
	o.now = now.Add(time.Hour)
	sync("kari", 0, 0)
	o.edit("kari", gone, "city=Asker")
	o.do("sec", func(d *desk.Desk) error { return d.Revoke(ctx, "asker", kari) })
	o.do("sec", func(d *desk.Desk) error {
		if _, _, err := d.CloseMember(ctx, gone, "left", true); err != nil {
			return err
		}
		_, err := d.Erase(ctx, []register.RecordID{gone})
		return err
	})
	sync("kari", 2, 0)
	o.do("kari", func(d *desk.Desk) error {
		pending, err := d.Pending()
		if len(pending) != 0 {
			t.Error("something of hers waits still")
		}
		return err
	})
	o.day(1)
	if err := o.ids["kari"].Rotate(register.DayOf(o.now)); err != nil {
		t.Fatal(err)
	}
	o.do("kari", func(d *desk.Desk) error { _, err := d.Rotate(ctx); return err })
	o.do("sec", func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
	o.do("kari", func(d *desk.Desk) error {
		if _, err := d.Sync(ctx); err != nil {
			return err
		}
		old, err := d.Retirable()
		if len(old) != 1 {
			t.Errorf("she may destroy %d identities", len(old))
		}
		return err
	})
}
