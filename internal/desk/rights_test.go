package desk_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// names are the given names in a list, sorted.
func names(l *desk.List) (out []string) {
	for _, m := range l.Members {
		out = append(out, m.Record.Fields["given"].String())
	}
	slices.Sort(out)
	return out
}

// D15, D16: a record that is restricted is kept and in no list; whoever objects to a
// purpose is in no list for it, and in the others. How many are left out is told. The
// register still finds them, or they would be entered once more.
func TestD16RestrictedInNoList(t *testing.T) {
	o := listOffice(t, "")
	ids := o.enter("asker", "Anna Berg", "Bo Ek", "Cato Li", "Dag Moe")
	o.join("kari", "asker", "member-officer")
	rights := func(act func(d *desk.Desk) error) { t.Helper(); o.do("sec", act) }
	rights(func(d *desk.Desk) error { return d.Restrict(ctx, ids[0], false) })
	rights(func(d *desk.Desk) error { return d.Object(ctx, ids[1], []string{"round"}, false) })
	rights(func(d *desk.Desk) error { return d.Object(ctx, ids[2], []string{record.ObjectsAll}, false) })

	round := mailing("asker")
	round.Purpose = "round"
	for _, form := range []string{access.FormList, access.FormLabels, access.FormLetters} {
		opt := mailing("asker")
		if opt.Form = form; form != access.FormList {
			opt.Format = access.FormatPDF
		}
		taken, l := o.draw("sec", opt)
		if got := names(l); !slices.Equal(got, []string{"Bo", "Dag"}) || taken.Left != 2 || l.Left != 2 || taken.Receipt.Count != 2 {
			t.Errorf("%s: drawn %v, %d left out, the receipt counts %d", form, got, taken.Left, taken.Receipt.Count)
		}
	}
	taken, l := o.draw("kari", round)
	if got := names(l); !slices.Equal(got, []string{"Dag"}) || taken.Left != 3 {
		t.Errorf("round: %v, %d left out", got, taken.Left)
	}

	// A condition that asks for them alone finds nobody, and says why.
	only := mailing("asker")
	only.Where = func(m *desk.Member) (bool, error) { return m.Path.ID == ids[0], nil }
	err := o.as("sec", func(d *desk.Desk) error { _, err := d.Draw(ctx, only, inClear); return err })
	if !errors.Is(err, desk.ErrDrawLeft) {
		t.Errorf("a list of nobody but her: %v", err)
	}

	// They are found where the register looks for them: on the screen, as duplicates,
	// and among those whose fields lack something.
	o.do("kari", func(d *desk.Desk) error {
		m, err := d.Find(ids[0])
		if err != nil {
			return err
		}
		if got := m.Record.Fields[record.Restricted].String(); got != "2026-03-02" {
			t.Errorf("restricted since %q", got)
		}
		all, err := d.Members(desk.Query{Units: []register.UnitID{"asker"}})
		if len(all) != 4 {
			t.Errorf("%d members are seen, want 4", len(all))
		}
		return err
	})

	// Lifted and withdrawn, they are in lists again. Doing so twice is nothing.
	rights(func(d *desk.Desk) error { return d.Restrict(ctx, ids[0], true) })
	rights(func(d *desk.Desk) error { return d.Object(ctx, ids[2], []string{record.ObjectsAll}, true) })
	if err := o.as("sec", func(d *desk.Desk) error { return d.Restrict(ctx, ids[0], true) }); !errors.Is(err, desk.ErrNothing) {
		t.Errorf("lifted twice: %v", err)
	}
	if _, l = o.draw("sec", mailing("asker")); len(names(l)) != 4 {
		t.Errorf("drawn %v", names(l))
	}
	if err := o.as("sec", func(d *desk.Desk) error { return d.Object(ctx, ids[2], []string{"curiosity"}, false) }); !errors.Is(err, desk.ErrObjectTo) {
		t.Errorf("objects to no purpose: %v", err)
	}
}

// A list that named somebody who has objected since reaches nobody until it is drawn
// anew.
func TestReachAfterObjection(t *testing.T) {
	o := listOffice(t, "")
	ids := o.enter("asker", "Anna Berg", "Bo Ek")
	taken, _ := o.draw("sec", mailing("asker"))
	reach := func() error {
		return o.as("sec", func(d *desk.Desk) error { _, err := d.ReachOf(ctx, taken.Receipt.ID); return err })
	}
	if err := reach(); err != nil {
		t.Fatal(err)
	}
	o.do("sec", func(d *desk.Desk) error { return d.Object(ctx, ids[0], []string{"mailing"}, false) })
	if err := reach(); !errors.Is(err, desk.ErrDrawStale) {
		t.Errorf("the list reaches her who objects: %v", err)
	}
}

// Officers see a restriction and do not lift it: neither with the tool, nor in a
// proposal of their own making.
func TestRightsAreTheSecretariats(t *testing.T) {
	o := listOffice(t, "")
	ids := o.enter("asker", "Anna Berg")
	o.do("sec", func(d *desk.Desk) error { return d.Restrict(ctx, ids[0], false) })
	o.join("kari", "asker", "member-officer")
	for name, act := range map[string]func(d *desk.Desk) error{
		"lifts":   func(d *desk.Desk) error { return d.Restrict(ctx, ids[0], true) },
		"objects": func(d *desk.Desk) error { return d.Object(ctx, ids[0], []string{"mailing"}, false) },
		"edits": func(d *desk.Desk) error {
			_, err := d.Edit(ctx, ids[0], map[string]record.Value{record.Restricted: {}})
			return err
		},
		"protects": func(d *desk.Desk) error { _, err := d.Protect(ctx, ids[0], ""); return err },
	} {
		if err := o.as("kari", act); !errors.Is(err, desk.ErrNotAllowed) && !errors.Is(err, desk.ErrSecretariat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A program that does not ask what she may sends it; the merge, which opens records,
	// refuses.
	var topic string
	o.do("kari", func(d *desk.Desk) error {
		if err := d.EditSaying(ids[0], map[string]record.Value{record.Restricted: {}}); err != nil {
			return err
		}
		s, err := d.Submit(ctx)
		if err == nil {
			topic = s.Topic
		}
		return err
	})
	err := o.as("sec", func(d *desk.Desk) error { _, err := d.Merge(ctx, topic, nil); return err })
	if err == nil || !strings.Contains(err.Error(), "restricted") {
		t.Errorf("an officer lifts a restriction: %v", err)
	}
	o.do("sec", func(d *desk.Desk) error { _, err := d.Reject(ctx, topic, "That is ours to do"); return err })
	o.sync("kari")

	// What she may change she still may; the restriction stays.
	o.do("kari", func(d *desk.Desk) error {
		_, err := d.Edit(ctx, ids[0], map[string]record.Value{"city": record.Text("Asker")})
		return err
	})
	o.merge("kari")
	o.do("sec", func(d *desk.Desk) error {
		m, err := d.Find(ids[0])
		if err == nil && (m.Record.Fields[record.Restricted].Empty() || m.Record.Fields["city"].Empty()) {
			t.Errorf("after the merge: %v", len(m.Record.Fields))
		}
		return err
	})
}

// Whom to tell of a correction (art. 19): who got a list with the field and has not
// destroyed it.
func TestHoldings(t *testing.T) {
	o := listOffice(t, "")
	ids := o.enter("asker", "Anna Berg", "Bo Ek")
	with, _ := o.draw("sec", mailing("asker"))
	round := mailing("asker")
	round.Purpose = "round"
	gone, _ := o.draw("sec", round)
	o.do("sec", func(d *desk.Desk) error {
		_, err := d.DestroyDraw(ctx, string(gone.Receipt.ID), []string{access.PartDigital})
		return err
	})
	o.do("sec", func(d *desk.Desk) error {
		got, closed, err := d.Holdings(ids[0], []string{"phone", "born"})
		if err == nil && (closed != 0 || len(got) != 1 || got[0].Receipt.ID != with.Receipt.ID || strings.Join(got[0].Corrected, " ") != "phone") {
			t.Errorf("holdings %v, %d closed", got, closed)
		}
		if none, _, _ := d.Holdings(ids[0], []string{"born"}); len(none) > 0 {
			t.Error("a list without the field is told of")
		}
		return err
	})
}

// protectedOffice is listOffice with a unit for members with protected identity, in
// which vera is the membership officer.
func protectedOffice(t *testing.T) *office {
	t.Helper()
	o := listOffice(t, "")
	o.do("sec", func(d *desk.Desk) error {
		files, err := desk.PolicyFiles(d.Repo(), d.State().Tree)
		if err != nil {
			return err
		}
		files["organisation.yaml"] = bytes.Replace(files["organisation.yaml"], []byte("units:\n"),
			[]byte("units:\n  - {id: vern, level: branch, name: Vern, under: akershus, protected: true}\n"), 1)
		effect, _, err := d.PolicyChange(files)
		if err != nil {
			return err
		}
		_, err = d.Policies(ctx, files, effect.Digest())
		return err
	})
	o.join("vera", "vern", "member-officer")
	return o
}

// A member with protected identity: nothing of her stays where she was. Who read her
// reads nothing of her any more, in no present keyring and under no kept version; her
// page has another secret; no list of others has her.
func TestProtectedIdentity(t *testing.T) {
	o := protectedOffice(t)
	ids := o.enter("asker", "Anna Berg", "Bo Ek")
	o.join("kari", "asker", "member-officer")
	o.join("solveig", "akershus", "region-officer")
	o.do("sec", func(d *desk.Desk) error {
		_, err := d.Edit(ctx, ids[0], map[string]record.Value{"city": record.Text("Asker")})
		return err
	})
	o.do("kari", func(d *desk.Desk) error { // a proposal of hers waits
		if _, err := d.Edit(ctx, ids[0], map[string]record.Value{"city": record.Text("Oslo")}); err != nil {
			return err
		}
		_, err := d.Submit(ctx)
		return err
	})
	var was, is string
	secret := func(d *desk.Desk) (s string) {
		m, err := d.Find(ids[0])
		if err == nil {
			s, _, err = d.ViewSecret(m)
		}
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	o.do("sec", func(d *desk.Desk) error {
		was = secret(d)
		if _, err := d.Move(ctx, ids[0], "vern"); !errors.Is(err, desk.ErrProtect) {
			t.Errorf("just moved: %v", err)
		}
		got, err := d.Protect(ctx, ids[0], "")
		if err != nil {
			return err
		}
		if got.From != "asker" || got.To != "vern" || len(got.Rejected) != 1 || !got.Server {
			t.Errorf("protected: %+v", got)
		}
		if is = secret(d); is == was || is != got.Secret {
			t.Error("her page has the old secret")
		}
		if n := desk.KeptVersions(d, ids[0]); n != 0 {
			t.Errorf("%d kept versions of hers are left", n)
		}
		return nil
	})
	for who, sees := range map[string]bool{"kari": false, "solveig": false, "vera": true} {
		o.sync(who)
		o.do(who, func(d *desk.Desk) error {
			_, err := d.Find(ids[0])
			if (err == nil) != sees {
				t.Errorf("%s finds her: %v", who, err)
			}
			return nil
		})
	}

	// Lists: of the region without her; of her unit by its own officer alone.
	all := mailing("akershus", "asker", "vern")
	if _, l := o.draw("sec", all); slices.Contains(names(l), "Anna") {
		t.Error("a list of the region has her")
	}
	var faults *desk.DrawError
	for who, opt := range map[string]desk.DrawOptions{"sec": mailing("vern"), "solveig": mailing("vern")} {
		if err := o.as(who, func(d *desk.Desk) error { _, err := d.Draw(ctx, opt, inClear); return err }); !errors.As(err, &faults) {
			t.Errorf("%s draws a list of the protected unit: %v", who, err)
		}
	}
	if _, l := o.draw("vera", mailing("vern")); !slices.Equal(names(l), []string{"Anna"}) {
		t.Errorf("her own officer draws %v", names(l))
	}

	// There is one way in, and it is said where there is none.
	o.do("sec", func(d *desk.Desk) error {
		if _, err := d.Protect(ctx, ids[0], ""); !errors.Is(err, desk.ErrNothing) {
			t.Errorf("protected twice: %v", err)
		}
		if _, err := d.Protect(ctx, ids[1], "asker"); !errors.Is(err, desk.ErrNotProtected) {
			t.Errorf("protected in a unit that is not: %v", err)
		}
		return nil
	})
}
