package desk_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
	"github.com/medlem-register/medlem/internal/slow"
)

// backup makes a backup of somebody's copy in memory.
func (o *office) backup(who string, to ...register.Handle) []byte {
	o.t.Helper()
	var out bytes.Buffer
	o.do(who, func(d *desk.Desk) error {
		b, err := d.PlanBackup(to)
		if err != nil {
			return err
		}
		return d.Backup(ctx, b, &out)
	})
	return out.Bytes()
}

// empty makes an empty server.
func (o *office) empty(name string) string {
	o.t.Helper()
	dir := filepath.Join(o.dir, name)
	if out, err := exec.Command("git", "init", "-q", "--bare", "-b", "main", dir).CombinedOutput(); err != nil {
		o.t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// restore restores a backup as the secretariat.
func (o *office) restore(name string, file []byte, newer ...string) (*desk.Restored, string, error) {
	o.t.Helper()
	o.ids[name] = o.ids["sec"]
	to := o.empty(name + ".git")
	opt := desk.RestoreOptions{File: bytes.NewReader(file), Dir: o.at(name), To: to, Identity: o.ids["sec"],
		Newer: newer, Nothing: len(newer) == 0, Now: o.clock}
	if o.sure {
		opt.Today = register.DayOf(o.now)
	}
	res, err := desk.Restore(ctx, opt)
	return res, to, err
}

// gone fails unless no keyring and no record of a server has anything of the ids, for
// any identity that the test knows.
func (o *office) gone(server string, erased []register.RecordID) {
	o.t.Helper()
	repo, err := gitstore.Open(server)
	if err != nil {
		o.t.Fatal(err)
	}
	defer repo.Close()
	main, _, err := repo.Ref(register.Main)
	if err != nil {
		o.t.Fatal(err)
	}
	c, err := gitstore.ReadCommit(repo, main)
	if err != nil {
		o.t.Fatal(err)
	}
	l := access.NewLoader(repo)
	s, err := l.At(c.Tree)
	if err != nil {
		o.t.Fatal(err)
	}
	rings := check.RefKeyrings(repo)
	for u := range s.Units {
		file, ok, err := rings.Sealed(u)
		if err != nil || !ok {
			o.t.Fatalf("keyring of %s: %v %v", u, ok, err)
		}
		k, err := seal.OpenKeyring(file, o.ids["sec"].Ages())
		if err != nil {
			o.t.Fatal(err)
		}
		for _, id := range erased {
			if _, key := k.Keys[id]; key || k.Views[id] != "" {
				o.t.Errorf("the keyring of %s has a key of %s, who was erased", u, id)
			}
			for v := range k.Versions {
				if v.ID == id {
					o.t.Errorf("the keyring of %s has a version of %s, who was erased", u, id)
				}
			}
		}
	}
	for _, id := range erased {
		err := gitstore.Walk(repo, c.Tree, "data", func(path string, _ gitstore.Entry) error {
			p, err := register.ParsePath(path)
			if err == nil && p.ID == id && (p.Kind == register.Member || p.Kind == register.Closed) {
				o.t.Errorf("%s is there", path)
			}
			return err
		})
		if err != nil {
			o.t.Fatal(err)
		}
	}
	rep, err := check.Verify(repo, l, gitstore.ZeroID, main, check.Options{Now: o.now, Day: register.DayOf(o.now), Keyrings: rings})
	if err != nil || len(rep.Findings) > 0 {
		o.t.Fatalf("verify: %v %v", err, rep)
	}
}

// Backups of every day of a year, with an erasure each week: whichever is restored, and
// by whatever it learns what came after, who was erased stays so, and everybody else of
// its day opens.
func TestRestoreYear(t *testing.T) {
	days := slow.Number(21, 70, 365)
	o := newOffice(t)
	o.sure = true // a backup may be older than what a clock is believed for
	ids := o.crowd("asker", 60)
	others := o.crowd("karasjok", 3)
	type made struct {
		file   []byte
		living []register.RecordID // of that day
	}
	var backups []made
	var erased []register.RecordID
	living := slices.Concat(ids, others)
	for day := range days {
		o.day(1)
		if day%7 == 3 {
			id := ids[len(erased)]
			o.do("sec", func(d *desk.Desk) error {
				if _, _, err := d.CloseMember(ctx, id, "left", true); err != nil {
					return err
				}
				_, err := d.Erase(ctx, []register.RecordID{id})
				return err
			})
			erased = append(erased, id)
			living = slices.DeleteFunc(slices.Clone(living), func(x register.RecordID) bool { return x == id })
		}
		if day%7 != 3 && day > 0 { // nothing has changed: what changes a backup is what the test is about
			backups = append(backups, backups[len(backups)-1])
			continue
		}
		backups = append(backups, made{o.backup("sec"), living})
	}
	list := filepath.Join(o.dir, "erased.yaml")
	o.do("sec", func(d *desk.Desk) error {
		l, err := d.ListErasures()
		if err != nil {
			return err
		}
		sig, err := sign.Receipt(l.Encode(), o.ids["sec"].Signer())
		if err != nil {
			return err
		}
		return errors.Join(os.WriteFile(list, l.Encode(), 0o600), os.WriteFile(list+".sig", sig, 0o600))
	})
	clone := filepath.Join(o.dir, "clone")
	o.git("clone", "-q", "--single-branch", "-b", "main", o.host(), clone)
	var last []byte
	n := 0
	for day, b := range backups {
		if bytes.Equal(b.file, last) {
			continue
		}
		last = b.file
		newer := []string{list, clone, o.host()}[n%3]
		n++
		name := fmt.Sprintf("restored%d", day)
		res, server, err := o.restore(name, b.file, newer)
		if err != nil {
			t.Fatalf("day %d, by %s: %v", day, filepath.Base(newer), err)
		}
		var want []register.RecordID
		for _, id := range b.living {
			if !slices.Contains(erased, id) {
				want = append(want, id)
			}
		}
		if newer == o.host() != (res.Copy != "") && day < days-2 {
			t.Errorf("day %d: newer main taken: %q", day, res.Copy)
		}
		if res.Copy == "" && len(res.Erased) != len(b.living)-len(want) {
			t.Errorf("day %d: %d erased again, want %d", day, len(res.Erased), len(b.living)-len(want))
		}
		o.gone(server, erased)
		o.do(name, func(d *desk.Desk) error {
			if _, err := d.Sync(ctx); err != nil {
				return err
			}
			ms, err := d.Members(desk.Query{Closed: true})
			if err != nil {
				return err
			}
			var got []register.RecordID
			for _, m := range ms {
				got = append(got, m.Path.ID)
				if m.Record.Fields["family"].Empty() {
					t.Errorf("day %d: a neighbour has lost her name", day)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("day %d: %d members, want %d", day, len(got), len(want))
			}
			return nil
		})
		_ = os.RemoveAll(o.at(name))
		_ = os.RemoveAll(server)
	}
	if n < days/7 {
		t.Fatalf("%d backups differed", n)
	}
}

// What a restoration refuses, and that it leaves nothing behind.
func TestRestoreRefuses(t *testing.T) {
	o := newOffice(t)
	id := o.crowd("asker", 2)[0]
	o.join("kari", "asker", "member-officer")
	paper := o.rotateRecovery()
	file := o.backup("sec")
	other := newOffice(t)
	other.crowd("asker", 1)
	o.day(1)
	o.do("sec", func(d *desk.Desk) error {
		if _, _, err := d.CloseMember(ctx, id, "left", true); err != nil {
			return err
		}
		_, err := d.Erase(ctx, []register.RecordID{id})
		return err
	})
	late := o.backup("sec")

	full := o.empty("full.git")
	o.git("push", "-q", full, "main")
	base := desk.RestoreOptions{Dir: o.at("x"), To: o.empty("x.git"), Identity: o.ids["sec"], Now: o.clock, Nothing: true}
	open := func(change func(*desk.RestoreOptions)) error {
		opt := base
		opt.File = bytes.NewReader(file)
		change(&opt)
		_, err := desk.Restore(ctx, opt)
		if _, serr := os.Stat(o.at("x")); !errors.Is(serr, os.ErrNotExist) {
			t.Error("a copy was left behind")
		}
		left, _ := filepath.Glob(filepath.Join(o.dir, ".medlem-restore-*"))
		if len(left) > 0 {
			t.Error("what was read was left behind")
		}
		return err
	}
	for name, x := range map[string]struct {
		change func(*desk.RestoreOptions)
		want   error
	}{
		"nothing said of what is newer": {func(r *desk.RestoreOptions) { r.Nothing = false }, desk.ErrNewer},
		"a server that has a register":  {func(r *desk.RestoreOptions) { r.To = full }, desk.ErrUsed},
		"somebody who cannot open it":   {func(r *desk.RestoreOptions) { r.Identity = o.ids["kari"] }, seal.ErrNotReader},
		"another register's copy":       {func(r *desk.RestoreOptions) { r.Newer = []string{other.host()} }, desk.ErrOtherRegister},
		"cut off":                       {func(r *desk.RestoreOptions) { r.File = bytes.NewReader(file[:len(file)-200]) }, nil},
		"a byte changed":                {func(r *desk.RestoreOptions) { b := bytes.Clone(file); b[len(b)/2] ^= 1; r.File = bytes.NewReader(b) }, nil},
		"not trusted": {func(r *desk.RestoreOptions) {
			r.Trust = func(gitstore.ID) error { return desk.ErrNotAllowed }
		}, desk.ErrNotAllowed},
		"erased since, and nobody to sign": {func(r *desk.RestoreOptions) {
			r.Identity, r.Paper, r.Newer = nil, paper, []string{o.clone()}
		}, desk.ErrReplay},
	} {
		t.Run(name, func(t *testing.T) {
			if err := open(x.change); err == nil || x.want != nil && !errors.Is(err, x.want) {
				t.Errorf("%v, want %v", err, x.want)
			}
		})
	}
	// A backup that is newer than everything is restored as it is.
	res, _, err := o.restore("whole", late)
	if err != nil || len(res.Erased) > 0 || res.Main != res.Backup {
		t.Errorf("%+v, %v", res, err)
	}
}

func (o *office) clone() string {
	dir := filepath.Join(o.dir, "clone")
	if _, err := os.Stat(dir); err != nil {
		o.git("clone", "-q", "--single-branch", "-b", "main", o.host(), dir)
	}
	return dir
}

// rotateRecovery puts a new recovery secret in the place of the one that nobody kept.
func (o *office) rotateRecovery() []age.Identity {
	o.t.Helper()
	var secret string
	o.do("sec", func(d *desk.Desk) error {
		return d.RotateRecovery(ctx, func(s string) error { secret = s; return nil })
	})
	id, err := age.ParseHybridIdentity(secret)
	if err != nil {
		o.t.Fatal(err)
	}
	return []age.Identity{id}
}

// The paper alone restores a register when nothing was erased since; and with it an
// officer whose identities of that time are gone reads it again, by her new one.
func TestRestorePaper(t *testing.T) {
	o := newOffice(t)
	ids := o.crowd("asker", 3)
	paper := o.rotateRecovery()
	file := o.backup("sec")
	res, err := desk.Restore(ctx, desk.RestoreOptions{File: bytes.NewReader(file), Dir: o.at("alone"), To: o.empty("alone.git"), Paper: paper, Nothing: true, Now: o.clock})
	if err != nil || res.Main != res.Backup {
		t.Fatalf("%+v, %v", res, err)
	}
	o.gone(filepath.Join(o.dir, "alone.git"), nil)

	o.day(40)
	o.do("sec", func(d *desk.Desk) error {
		if _, _, err := d.CloseMember(ctx, ids[0], "left", true); err != nil {
			return err
		}
		_, err := d.Erase(ctx, ids[:1])
		return err
	})
	sec := o.ids["sec"]
	old := sec.Recipient()
	if err := sec.Rotate(register.DayOf(o.now)); err != nil {
		t.Fatal(err)
	}
	o.do("sec", func(d *desk.Desk) error { _, err := d.Rotate(ctx); return err })
	if err := sec.Destroy(old); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.restore("without", file, o.clone()); !errors.Is(err, seal.ErrNotReader) {
		t.Errorf("a destroyed identity opens the backup: %v", err)
	}
	o.ids["again"] = sec
	res, err = desk.Restore(ctx, desk.RestoreOptions{File: bytes.NewReader(file), Dir: o.at("again"), To: o.empty("again.git"), Identity: sec, Paper: paper,
		Newer: []string{o.clone()}, Now: o.clock})
	if err != nil || len(res.Erased) != 1 {
		t.Fatalf("%+v, %v", res, err)
	}
	o.gone(filepath.Join(o.dir, "again.git"), ids[:1])
	o.do("again", func(d *desk.Desk) error {
		if _, err := d.Sync(ctx); err != nil {
			return err
		}
		ms, err := d.Members(desk.Query{})
		if err == nil && len(ms) != 2 {
			t.Errorf("%d members", len(ms))
		}
		return err
	})
}

// Many were erased by a run, under brakes: the restoration erases them in one commit,
// the policy is as it was, and the papers that they have stay good.
func TestRestoreManyUnderBrakes(t *testing.T) {
	o := newOffice(t)
	ids := o.crowd("asker", 8)
	file := o.backup("sec")
	var lists access.ErasureList
	o.do("sec", func(d *desk.Desk) error {
		if d.Policy().Brakes == nil {
			t.Fatal("the standard policy has no brakes")
		}
		l, err := d.ListErasures()
		if err == nil {
			lists = *l
		}
		return err
	})
	for _, id := range slices.Sorted(slices.Values(ids[:7])) {
		sum, err := seal.ReceiptCheck(seal.NewReceiptSecret(), id)
		if err != nil {
			t.Fatal(err)
		}
		lists.Erased = append(lists.Erased, access.ErasedRecord{ID: id, Unit: "asker", Day: register.DayOf(o.now), Rule: "left", Check: sum})
	}
	path := filepath.Join(o.dir, "list.yaml")
	sig, err := sign.Receipt(lists.Encode(), o.ids["sec"].Signer())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(path, lists.Encode(), 0o600), os.WriteFile(path+".sig", sig, 0o600)); err != nil {
		t.Fatal(err)
	}
	res, server, err := o.restore("many", file, path)
	if err != nil || len(res.Erased) != 7 {
		t.Fatalf("%+v, %v", res, err)
	}
	o.gone(server, ids[:7])
	o.do("many", func(d *desk.Desk) error {
		if d.Policy().Brakes == nil {
			t.Error("the brakes are gone")
		}
		for _, e := range lists.Erased {
			p, err := d.ErasureOf(e.ID)
			if err != nil {
				return err
			}
			if p.Receipt == nil || p.Receipt.Check != e.Check {
				t.Errorf("%s: the paper that she has is good no more", e.ID)
			}
		}
		return nil
	})

	// A list that nobody of the secretariat signed is not believed.
	stranger := o.identity("stranger")
	if sig, err = sign.Receipt(lists.Encode(), stranger.Signer()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".sig", sig, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.restore("stranger2", file, path); !errors.Is(err, desk.ErrListSigner) {
		t.Errorf("%v, want ErrListSigner", err)
	}
}

// Brakes, and a policy that other offices alone change: who was erased since is erased
// again one by one, whether she was closed or not when the backup was made. What the
// brakes do not allow is refused, and nothing is sent.
func TestRestoreUnderBrakesOfOthers(t *testing.T) {
	o := newOffice(t)
	o.sure = true
	ids := o.crowd("asker", 9)
	o.amend("offices:\n  # Only", "amend: {by: [board]}\noffices:\n  - {id: board, name: {en: The board, sv: x, da: x, nb: x}, level: national, scope: all, may: [policy], seats: {min: 0, max: 9}}\n  # Only")
	o.do("sec", func(d *desk.Desk) error { _, _, err := d.CloseMember(ctx, ids[0], "left", true); return err })
	file := o.backup("sec")
	erase := func(some ...register.RecordID) {
		for _, id := range some {
			o.day(31) // one by one, as the brakes allow
			o.do("sec", func(d *desk.Desk) error {
				if id != ids[0] {
					if _, _, err := d.CloseMember(ctx, id, "left", true); err != nil {
						return err
					}
				}
				_, err := d.Erase(ctx, []register.RecordID{id})
				return err
			})
		}
	}
	erase(ids[:3]...)
	three := filepath.Join(o.dir, "three")
	o.git("clone", "-q", "--single-branch", "-b", "main", o.host(), three)
	res, server, err := o.restore("again", file, three)
	if err != nil || len(res.Erased) != 3 {
		t.Fatalf("%+v, %v", res, err)
	}
	o.gone(server, ids[:3])
	o.do("again", func(d *desk.Desk) error {
		if d.Policy().Brakes == nil || len(d.Policy().Amend.By) == 0 {
			t.Error("the policy has changed")
		}
		return nil
	})

	erase(ids[3:7]...)
	if _, server, err = o.restore("more", file, o.clone()); !errors.Is(err, desk.ErrReplayBrakes) {
		t.Errorf("%v, want ErrReplayBrakes", err)
	}
	if out, _ := exec.Command("git", "-C", server, "for-each-ref").Output(); len(out) > 0 {
		t.Errorf("something was sent: %s", out)
	}
}

// ATTACK: who lost her access after the backup was made, or whose key was replaced, waits
// for the backup to be restored and opens the keyrings that are sealed for it. Where a
// newer main says so her access is ended again, other officers' keys and the recovery
// secret are the newer ones, and a unit that was erased is erased again. Honest twin: who
// was left alone reads what she read. By a list alone nobody can know, and it is said.
func TestRestoreTakesAccessAgain(t *testing.T) {
	o := newOffice(t)
	o.crowd("asker", 2)
	far := o.crowd("karasjok", 3)
	o.join("kari", "asker", "member-officer")
	o.join("anna", "asker", "chair")
	o.join("ola", "karasjok", "chair")
	o.join("two", "national", "secretariat")
	paper := o.rotateRecovery()
	early := o.backup("sec")
	o.do("sec", func(d *desk.Desk) error { _, err := d.Move(ctx, far[2], "asker"); return err })
	file := o.backup("sec")
	list := filepath.Join(o.dir, "list.yaml")

	o.day(31)
	anna := o.ids["anna"]
	if err := anna.Rotate(register.DayOf(o.now)); err != nil {
		t.Fatal(err)
	}
	o.do("anna", func(d *desk.Desk) error { _, err := d.Rotate(ctx); return err })
	handle := func(who string) register.Handle { return o.ids[who].Handle() }
	next := o.rotateRecovery()
	o.do("sec", func(d *desk.Desk) error {
		if _, err := d.Contain(ctx, desk.ContainOptions{Handle: handle("kari")}); err != nil {
			return err
		}
		if err := d.Revoke(ctx, "karasjok", handle("ola")); err != nil {
			return err
		}
		if _, _, err := d.CloseMember(ctx, far[0], "left", true); err != nil {
			return err
		}
		if _, err := d.Erase(ctx, far[:1]); err != nil {
			return err
		}
		if _, _, err := d.CloseMember(ctx, far[1], "left", true); err != nil {
			return err
		}
		_, err := d.EraseUnit(ctx, "karasjok", nil)
		return err
	})
	o.do("sec", func(d *desk.Desk) error {
		l, err := d.ListErasures()
		if err != nil {
			return err
		}
		if len(l.Units) != 1 || l.Units[0].Unit != "karasjok" {
			t.Errorf("the list names %v", l.Units)
		}
		sig, err := sign.Receipt(l.Encode(), o.ids["sec"].Signer())
		if err != nil {
			return err
		}
		return errors.Join(os.WriteFile(list, l.Encode(), 0o600), os.WriteFile(list+".sig", sig, 0o600))
	})

	res, server, err := o.restore("again", file, list, o.clone())
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Ended) != 2 || len(res.Still)+len(res.Look)+len(res.Dissolved) > 0 || !res.NewPaper || !slices.Equal(res.Emptied, []register.UnitID{"karasjok"}) {
		t.Errorf("ended %v, still %v, look %v, new paper %v, emptied %v, dissolved %v", res.Ended, res.Still, res.Look, res.NewPaper, res.Emptied, res.Dissolved)
	}
	o.gone(server, far[:2])
	if got := o.keyrings(server, o.ids["kari"].Ages()); len(got) > 0 {
		t.Errorf("whose key was contained opens %v", got)
	}
	if got := o.keyrings(server, o.ids["ola"].Ages()); len(got) > 0 {
		t.Errorf("whose access was revoked opens %v", got)
	}
	if got := o.keyrings(server, anna.Ages()[:1]); !slices.Equal(got, []register.UnitID{"asker"}) {
		t.Errorf("who was left alone opens %v by her newest key", got)
	}
	if got := o.keyrings(server, anna.Ages()[1:]); len(got) > 0 {
		t.Errorf("a key that was replaced opens %v", got)
	}
	if got := o.keyrings(server, paper); len(got) > 0 {
		t.Errorf("the paper that was replaced opens %v", got)
	}
	if got := o.keyrings(server, next); len(got) == 0 {
		t.Error("the newer paper opens nothing")
	}
	o.do("again", func(d *desk.Desk) error {
		if u, ok := d.Policy().Unit("karasjok"); !ok || u.Dissolved == "" {
			t.Error("the unit lives")
		}
		ms, err := d.Members(desk.Query{Closed: true})
		if err == nil && len(ms) != 3 {
			t.Errorf("%d members, want 3", len(ms))
		}
		return err
	})

	// Somebody stood in the unit when the backup was made, and has moved since: a person
	// has to see to it, in a register that works.
	if res, server, err = o.restore("early", early, o.clone()); err != nil {
		t.Fatal(err)
	}
	if len(res.Emptied) > 0 || len(res.Dissolved) != 1 || res.Dissolved[0].Members != 1 || res.Dissolved[0].Officers != 0 {
		t.Errorf("emptied %v, dissolved %+v", res.Emptied, res.Dissolved)
	}
	o.gone(server, far[:2])

	// The list says who was erased, and nothing of access: each is named.
	if res, _, err = o.restore("list", file, list); err != nil {
		t.Fatal(err)
	}
	if len(res.Look) != 5 || len(res.Ended) > 0 || len(res.Dissolved) != 1 || res.Dissolved[0].Officers != 1 {
		t.Errorf("look %v, ended %v, dissolved %+v", res.Look, res.Ended, res.Dissolved)
	}

	// The paper alone signs nothing, and gives nothing back.
	_, err = desk.Restore(ctx, desk.RestoreOptions{File: bytes.NewReader(file), Dir: o.at("paper"), To: o.empty("paper.git"), Paper: paper,
		Newer: []string{o.clone()}, Now: o.clock})
	if !errors.Is(err, desk.ErrReplay) {
		t.Errorf("%v, want ErrReplay", err)
	}

	// Who restores keeps her own access, or nobody could go on; it is said.
	o.do("two", func(d *desk.Desk) error { return d.Revoke(ctx, "national", handle("sec")) })
	last := filepath.Join(o.dir, "last")
	o.git("clone", "-q", "--single-branch", "-b", "main", o.host(), last)
	if res, _, err = o.restore("own", file, o.clone(), last); err != nil {
		t.Fatal(err)
	}
	if len(res.Ended) != 2 || len(res.Still) != 1 || res.Still[0].Handle != handle("sec") {
		t.Errorf("ended %v, still %v", res.Ended, res.Still)
	}
}

// keyrings are the units whose keyrings on a server one of the identities opens.
func (o *office) keyrings(server string, ids []age.Identity) (out []register.UnitID) {
	o.t.Helper()
	repo, err := gitstore.Open(server)
	if err != nil {
		o.t.Fatal(err)
	}
	defer repo.Close()
	refs, err := repo.Refs(register.KeyringRefs)
	if err != nil || len(refs) == 0 {
		o.t.Fatal(refs, err)
	}
	rings := check.RefKeyrings(repo)
	for ref := range refs {
		u := register.UnitID(filepath.Base(ref))
		file, ok, err := rings.Sealed(u)
		if err != nil || !ok {
			o.t.Fatalf("keyring of %s: %v %v", u, ok, err)
		}
		if _, err := seal.OpenKeyring(file, ids); err == nil {
			out = append(out, u)
		}
	}
	slices.Sort(out)
	return out
}

// What this copy remembers says when nobody opens a backup any more.
func TestBackupReaders(t *testing.T) {
	o := newOffice(t)
	o.crowd("asker", 1)
	var b *desk.Backup
	o.do("sec", func(d *desk.Desk) (err error) {
		if b, err = d.PlanBackup(nil); err != nil {
			return err
		}
		if len(b.Readers) != 2 || len(b.To) != 1 {
			t.Errorf("%+v", b)
		}
		kept, err := d.RememberBackup("0f", b)
		if !kept {
			t.Error("not remembered")
		}
		return err
	})
	all := func() (day register.Day) {
		o.do("sec", func(d *desk.Desk) error {
			known, err := d.Backups()
			if err != nil || len(known) != 1 || known[0].Digest != "0f" {
				t.Fatalf("%v %v", known, err)
			}
			_, day = d.ReadersOf(known[0])
			return nil
		})
		return day
	}
	if day := all(); day != "" {
		t.Errorf("nobody opens it since %s", day)
	}
	o.day(31)
	o.rotateRecovery()
	o.do("sec", func(d *desk.Desk) error { return d.RetireRecovery(ctx) })
	sec := o.ids["sec"]
	old := sec.Recipient()
	if err := sec.Rotate(register.DayOf(o.now)); err != nil {
		t.Fatal(err)
	}
	o.do("sec", func(d *desk.Desk) error { _, err := d.Rotate(ctx); return err })
	if day := all(); day != "" {
		t.Errorf("nobody opens it since %s, and sec does", day)
	}
	o.do("sec", func(d *desk.Desk) error { return d.PlanRetire([]string{old}) })
	if err := sec.Destroy(old); err != nil {
		t.Fatal(err)
	}
	o.do("sec", func(d *desk.Desk) error { return d.Retire(ctx) })
	if day := all(); day != register.DayOf(o.now) {
		t.Errorf("nobody opens it since %q, want today", day)
	}

	// A mirror backs up too, without a key, and remembers nothing.
	mirror := filepath.Join(o.dir, "mirror.git")
	o.git("clone", "-q", "--mirror", o.host(), mirror)
	d, err := desk.Look(mirror, o.clock)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	plan, err := d.PlanBackup(nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := d.Backup(ctx, plan, &out); err != nil {
		t.Fatal(err)
	}
	if kept, err := d.RememberBackup("0f", plan); kept || err != nil {
		t.Errorf("remembered: %v %v", kept, err)
	}
	if _, _, err := o.restore("mirrored", out.Bytes()); err != nil {
		t.Error(err)
	}
	if _, err := d.PlanBackup([]register.Handle{"o-aaaaaaaaaa"}); !errors.Is(err, desk.ErrBackupTo) {
		t.Errorf("%v, want ErrBackupTo", err)
	}
	// A clone without keyrings makes none.
	plain, err := desk.Look(o.clone(), o.clock)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if err := plain.Backup(ctx, plan, &out); !errors.Is(err, desk.ErrBackupRing) {
		t.Errorf("%v, want ErrBackupRing", err)
	}
}
