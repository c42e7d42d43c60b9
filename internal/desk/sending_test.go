package desk_test

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

const sendingsYAML = `channels: [email, sms]
blind-copy: always
audiences: [unit, below, offices, filter]
plan-window: 7
sms: {characters: 160, per-event: 1, per-month: 3}
`

// writeOffice is an office in which everybody who draws lists writes to members too.
func writeOffice(t *testing.T) *office {
	t.Helper()
	return officeUnder(t, map[string][]byte{"policies/lists.yaml": []byte(listsPolicy + "fresh-for: 2\n"), "policies/sendings.yaml": []byte(sendingsYAML)}, "may: [read, request]")
}

// writable enters members with an e-mail and a telephone number each.
func (o *office) writable(unit register.UnitID, names ...string) (ids []register.RecordID) {
	o.t.Helper()
	var ms []map[string]record.Value
	for i, n := range names {
		m := person(n, "Prøve")
		m["email"], m["phone"] = record.Text(fmt.Sprintf("%s-%d@example.org", unit, i)), record.Text(fmt.Sprintf("+4740%06d", len(o.warn)*100+i))
		ms = append(ms, m)
	}
	o.do("sec", func(d *desk.Desk) (err error) { ids, err = d.Add(ctx, unit, "add", ms); return err })
	return ids
}

func mailTo(units ...register.UnitID) desk.SendingOptions {
	return desk.SendingOptions{Channel: policy.ChannelEmail, Units: units, Subject: "Årsmøte"}
}

func smsTo(event string, units ...register.UnitID) desk.SendingOptions {
	return desk.SendingOptions{Channel: policy.ChannelSMS, Units: units, Event: event, Parts: 1}
}

// send plans and commits, and returns the plan; the error is that of either.
func (o *office) send(who string, opt desk.SendingOptions) (*desk.SendingPlan, error) {
	o.t.Helper()
	var p *desk.SendingPlan
	err := o.as(who, func(d *desk.Desk) (err error) {
		if p, err = d.PlanSending(ctx, opt); err == nil {
			_, err = d.CommitSending(ctx, p)
		}
		return err
	})
	return p, err
}

func (o *office) mustSend(who string, opt desk.SendingOptions) *desk.SendingPlan {
	o.t.Helper()
	p, err := o.send(who, opt)
	if err != nil {
		o.t.Fatalf("%s: %v", who, err)
	}
	return p
}

// plan is what would be sent, without sending it.
func (o *office) plan(who string, opt desk.SendingOptions) (p *desk.SendingPlan) {
	o.t.Helper()
	o.do(who, func(d *desk.Desk) (err error) { p, err = d.PlanSending(ctx, opt); return err })
	return p
}

// told are the days and subjects of what was sent to a member, as somebody's copy
// knows it.
func (o *office) told(who string, id register.RecordID) (out []string) {
	o.t.Helper()
	o.do(who, func(d *desk.Desk) error {
		if _, err := d.Sync(ctx); err != nil {
			return err
		}
		all, err := d.SentTo(id)
		for _, m := range all[id] {
			out = append(out, fmt.Sprintf("%s %s %s by %s", m.Day, m.Channel, m.Subject, m.Office))
		}
		return err
	})
	return out
}

func recipients(p *desk.SendingPlan) (out []register.RecordID) {
	for _, m := range p.Recipients {
		out = append(out, m.Path.ID)
	}
	return out
}

// A sending reaches the active members of main with an address, and nobody else; its
// receipt is on the server before anything goes, says how many and never who, and whoever
// reads one of its units sees who of that unit it reached.
func TestSendingStory(t *testing.T) {
	o := writeOffice(t)
	o.join("liv", "akershus", "region-officer")
	o.join("kari", "asker", "member-officer")
	asker := o.writable("asker", "Anna", "Berit", "Cato")
	baerum := o.writable("baerum", "Dag")
	o.enter("asker", "Ingen Adresse")
	o.sync("liv")

	p := o.mustSend("liv", desk.SendingOptions{Channel: policy.ChannelEmail, Units: []register.UnitID{"akershus"}, Below: true, Subject: "Årsmøte"})
	if len(p.Recipients) != 4 || p.LeftOut[desk.LeftNoAddress] != 1 || p.Receipt.Count != 4 || p.Receipt.Unit != "akershus" || len(p.Receipt.Units) != 4 {
		t.Fatalf("%d recipients, left out %v, receipt %+v", len(p.Recipients), p.LeftOut, p.Receipt)
	}
	o.do("liv", func(d *desk.Desk) error {
		still, err := d.StillThere(ctx, p)
		if err == nil && !slices.Equal(still, recipients(p)) {
			t.Errorf("still there: %v of %v", still, recipients(p))
		}
		return err
	})
	o.do("liv", func(d *desk.Desk) error { return d.FinishSending(ctx, p.Receipt.ID, 3) })
	o.sync("sec") // takes in the receipt
	o.sync("liv") // tells how many
	o.sync("sec")
	for who, ids := range map[string][]register.RecordID{"liv": {asker[0], baerum[0]}, "kari": asker[:1], "sec": {baerum[0]}} {
		for _, id := range ids {
			if got := o.told(who, id); !slices.Equal(got, []string{"2026-03-02 email Årsmøte by region-officer"}) {
				t.Errorf("%s sees of %s: %v", who, id, got)
			}
		}
	}
	if got := o.told("kari", baerum[0]); len(got) > 0 {
		t.Errorf("Kari sees what reached another unit: %v", got)
	}
	o.do("sec", func(d *desk.Desk) error {
		x, err := d.FindSending(string(p.Receipt.ID))
		if err == nil && (x.Waits || x.Receipt.Sent != 3 || x.Receipt.Done == "" || x.Office != "region-officer") {
			t.Errorf("%+v, %+v", x, x.Receipt)
		}
		return err
	})

	// A unit that is sealed anew takes its lists along.
	o.do("sec", func(d *desk.Desk) error {
		_, err := d.Rekey(ctx, desk.RekeyOptions{Units: []register.UnitID{"asker"}})
		return err
	})
	if got := o.told("kari", asker[0]); len(got) != 1 {
		t.Errorf("after a re-key: %v", got)
	}
	// Who was moved keeps what reached her where she was; who is erased is in no list.
	o.do("sec", func(d *desk.Desk) error { _, err := d.Move(ctx, asker[1], "alta"); return err })
	if got := o.told("sec", asker[1]); len(got) != 1 {
		t.Errorf("after a move: %v", got)
	}
	o.do("sec", func(d *desk.Desk) error {
		_, _, err := d.CloseMembers(ctx, asker[:1], "left", false)
		return err
	})
	o.day(200)
	o.do("sec", func(d *desk.Desk) error {
		d.TrustClock(register.DayOf(o.now))
		_, err := d.Erase(ctx, asker[:1])
		return err
	})
	if got := o.told("sec", asker[0]); len(got) > 0 {
		t.Errorf("after her erasure: %v", got)
	}
	if got := o.told("sec", asker[2]); len(got) != 1 {
		t.Errorf("another's, after the erasure: %v", got)
	}
	// Past its period it goes, in all units at once.
	o.day(260)
	o.do("sec", func(d *desk.Desk) error {
		d.TrustClock(register.DayOf(o.now))
		_, err := d.Tidy(ctx)
		return err
	})
	if got := o.told("sec", asker[2]); len(got) > 0 {
		t.Errorf("past its period: %v", got)
	}
}

// Each reason for which a member gets nothing, and how many they are.
func TestSendingLeavesOut(t *testing.T) {
	o := writeOffice(t)
	o.join("kari", "asker", "member-officer")
	ids := o.writable("asker", "Anna", "Berit", "Cato", "Dag", "Eva", "Finn")
	o.do("sec", func(d *desk.Desk) error { return d.Restrict(ctx, ids[0], false) })
	o.do("sec", func(d *desk.Desk) error { return d.Object(ctx, ids[1], []string{record.ObjectsBy("email")}, false) })
	o.do("sec", func(d *desk.Desk) error { return d.Object(ctx, ids[2], []string{"mailing"}, false) })
	o.do("sec", func(d *desk.Desk) error {
		_, err := d.Edit(ctx, ids[3], map[string]record.Value{record.Bounced: record.Bounce(record.Value{}, "email", "2026-03-01")})
		return err
	})
	opt := mailTo("asker")
	opt.Purpose = "mailing"
	p := o.plan("kari", opt)
	want := map[desk.LeftOut]int{desk.LeftRestricted: 1, desk.LeftObjects: 2, desk.LeftBounced: 1}
	if len(p.Recipients) != 2 || fmt.Sprint(p.LeftOut) != fmt.Sprint(want) {
		t.Errorf("%d recipients, left out %v, want %v", len(p.Recipients), p.LeftOut, want)
	}
	sms := o.plan("kari", smsTo("", "asker"))
	if len(sms.Recipients) != 5 { // an objection to e-mail and to a purpose, and a bounce of e-mail, are nothing to an SMS
		t.Errorf("%d get an SMS, left out %v", len(sms.Recipients), sms.LeftOut)
	}
	// What the law needs goes in spite of an objection to a purpose, and not of one to the channel.
	opt.Needed = true
	if p := o.plan("kari", opt); len(p.Recipients) != 3 || p.LeftOut[desk.LeftObjects] != 1 {
		t.Errorf("needed: %d recipients, left out %v", len(p.Recipients), p.LeftOut)
	}
	// Her own draft reaches nobody more, and nobody whom it takes away.
	o.do("kari", func(d *desk.Desk) error {
		m := person("Gro", "Prøve")
		m["email"] = record.Text("gro@example.org")
		_, err := d.Add(ctx, "asker", "add", []map[string]record.Value{m})
		return err
	})
	o.do("kari", func(d *desk.Desk) error { _, _, err := d.CloseMembers(ctx, ids[5:6], "left", false); return err })
	if p := o.plan("kari", mailTo("asker")); len(p.Recipients) != 2 || p.LeftOut[desk.LeftGone] != 1 {
		t.Errorf("with a draft: %d recipients, left out %v", len(p.Recipients), p.LeftOut)
	}
}

// N53, N68: one SMS about an event, and so many a month, whoever sends them; the
// secretariat may send once more, and reaches those who have had none.
func TestSendingLimits(t *testing.T) {
	o := writeOffice(t)
	o.join("kari", "asker", "member-officer")
	o.join("liv", "akershus", "region-officer")
	ids := o.writable("asker", "Anna", "Berit")
	o.writable("baerum", "Dag")
	o.sync("liv")
	o.mustSend("kari", smsTo("Årsmøtet", "asker"))
	// It is known before the secretariat has taken it in.
	if _, err := o.send("kari", smsTo("ÅRSMØTET ", "asker")); !errors.Is(err, desk.ErrSendingEvent) {
		t.Errorf("the same event again: %v", err)
	}
	if _, err := o.send("liv", smsTo("årsmøtet", "akershus", "asker")); !errors.Is(err, desk.ErrSendingEvent) {
		t.Errorf("the same event, while the receipt of the other waits: %v", err)
	}
	o.sync("sec")
	if _, err := o.send("liv", smsTo("årsmøtet", "asker", "baerum")); !errors.Is(err, desk.ErrSendingEvent) {
		t.Errorf("the same event over a region: %v", err)
	}
	p := o.mustSend("sec", smsTo("årsmøtet", "asker", "baerum"))
	if len(p.Recipients) != 1 || p.LeftOut[desk.LeftEvent] != 2 {
		t.Errorf("the secretariat: %d recipients, left out %v", len(p.Recipients), p.LeftOut)
	}
	o.mustSend("kari", smsTo("Dugnad", "asker"))
	o.sync("sec")
	o.mustSend("liv", smsTo("Sommerfest", "asker"))
	p = o.plan("kari", smsTo("Høstfest", "asker"))
	if len(p.Recipients) != 0 {
		o.sync("sec")
		p = o.plan("kari", smsTo("Høstfest", "asker"))
	}
	if len(p.Recipients) != 0 || p.LeftOut[desk.LeftLimit] != 2 {
		t.Errorf("a fourth SMS: %d recipients, left out %v", len(p.Recipients), p.LeftOut)
	}
	if p := o.plan("kari", mailTo("asker")); len(p.Recipients) != 2 {
		t.Errorf("an e-mail counts SMS: %v", p.LeftOut)
	}
	o.day(30)
	if p := o.plan("kari", smsTo("Høstfest", "asker")); len(p.Recipients) != 2 {
		t.Errorf("after 30 days: %v", p.LeftOut)
	}
	o.do("sec", func(d *desk.Desk) error {
		reached, err := d.Reached(access.SendingWelcome)
		if err == nil && len(reached) > 0 {
			t.Errorf("welcomed: %v", reached)
		}
		return err
	})
	welcome := desk.SendingOptions{Channel: policy.ChannelEmail, Members: ids[:1], Automatic: access.SendingWelcome}
	greeted := o.mustSend("sec", welcome)
	o.do("sec", func(d *desk.Desk) error {
		reached, err := d.Reached(access.SendingWelcome)
		if err == nil && (len(reached) != 1 || reached[ids[0]] == "") {
			t.Errorf("welcomed: %v", reached)
		}
		return err
	})

	// What the carrier took nothing of has reached nobody, and uses up nothing: it may come
	// again, also before main says so.
	had := len(o.told("kari", ids[0]))
	o.do("sec", func(d *desk.Desk) error {
		if err := d.FinishSending(ctx, greeted.Receipt.ID, 0); err != nil {
			return err
		}
		reached, err := d.Reached(access.SendingWelcome)
		if err == nil && len(reached) > 0 {
			t.Errorf("a greeting that nobody got counts: %v", reached)
		}
		return err
	})
	if n := len(o.told("kari", ids[0])); n != had-1 {
		t.Errorf("she is told of %d messages, want %d", n, had-1)
	}
	refused := o.mustSend("kari", smsTo("Vårfest", "asker"))
	o.do("kari", func(d *desk.Desk) error { return d.FinishSending(ctx, refused.Receipt.ID, 0) })
	again := o.mustSend("kari", smsTo("Vårfest", "asker"))
	o.sync("sec")
	o.sync("kari")
	if p := o.plan("sec", smsTo("Vårfest", "asker")); len(again.Recipients) != 2 || p.LeftOut[desk.LeftEvent] != 2 {
		t.Errorf("after a refusal %d recipients, then left out %v", len(again.Recipients), p.LeftOut)
	}
}

// N54: an officer sees what others plan to send to the same members, and when, before she
// sends: also where the plan still waits on the server.
func TestSendingPlans(t *testing.T) {
	o := writeOffice(t)
	o.join("kari", "asker", "member-officer")
	o.join("liv", "akershus", "region-officer")
	o.join("ola", "karasjok", "chair")
	o.writable("asker", "Anna", "Berit")
	o.writable("karasjok", "Niillas")
	o.sync("kari")
	o.sync("liv")
	later := mailTo("asker")
	later.Planned, later.Event = register.DayOf(o.now).Add(5), "Årsmøte"
	plan := o.mustSend("kari", later)
	if !plan.Receipt.IsPlan() || plan.Receipt.Planned != "2026-03-07" {
		t.Fatalf("%+v", plan.Receipt)
	}
	others := func(who string, u register.UnitID) []*desk.PlannedSending {
		opt := mailTo(u)
		return o.plan(who, opt).Others
	}
	if got := others("liv", "asker"); len(got) != 1 || !got[0].Waits || !got[0].Plan || got[0].Receipt.By != plan.Receipt.By || got[0].Office != "member-officer" {
		t.Errorf("Liv, while it waits: %+v", got)
	}
	// What Kari has sealed does not stay in Liv's copy.
	o.mustSend("kari", mailTo("asker"))
	if got := others("liv", "asker"); len(got) != 2 {
		t.Errorf("Liv, while two wait: %+v", got)
	}
	refs, err := exec.Command("git", "-C", o.host(), "for-each-ref", "--format=%(objectname)", "refs/heads/proposals").Output()
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, id := range strings.Fields(string(refs)) {
		if exec.Command("git", "-C", o.at("liv"), "ls-tree", "-r", id).Run() == nil {
			kept++
		}
	}
	if kept > 1 { // the plan has nothing sealed
		t.Errorf("Liv's copy keeps %d of others' proposals", kept)
	}
	o.day(8)
	later.Planned = register.DayOf(o.now).Add(5)
	plan = o.mustSend("kari", later)
	o.sync("sec")
	if got := others("liv", "asker"); len(got) != 1 || got[0].Waits {
		t.Errorf("Liv, when it is taken in: %+v", got)
	}
	if got := others("ola", "karasjok"); len(got) != 0 {
		t.Errorf("Ola sees another unit's: %+v", got)
	}
	if got := others("kari", "asker"); len(got) != 0 {
		t.Errorf("Kari sees her own: %+v", got)
	}
	// It is carried out, and told once.
	o.day(5)
	now := mailTo("asker")
	now.Event = "årsmøte"
	if p := o.mustSend("kari", now); p.Receipt.Plan != plan.Receipt.ID {
		t.Errorf("carries out %q", p.Receipt.Plan)
	}
	o.sync("sec")
	if got := others("liv", "asker"); len(got) != 1 || got[0].Plan {
		t.Errorf("Liv, when it has gone: %+v", got)
	}
	o.day(8)
	if got := others("liv", "asker"); len(got) != 0 {
		t.Errorf("Liv, after the window: %+v", got)
	}
}

// A sending is planned without a network, and not sent from a copy that is too old; its
// receipt waits, and no undo takes it back.
func TestSendingOffline(t *testing.T) {
	o := writeOffice(t)
	o.join("kari", "asker", "member-officer")
	ids := o.writable("asker", "Anna")
	o.sync("kari")
	back := o.away()
	p := o.mustSend("kari", mailTo("asker"))
	if p.Stale {
		t.Error("a copy of today is stale")
	}
	o.do("kari", func(d *desk.Desk) error { return d.FinishSending(ctx, p.Receipt.ID, 1) })
	if got := o.told("kari", ids[0]); len(got) != 1 {
		t.Errorf("while it waits: %v", got)
	}
	o.day(3)
	if p, err := o.send("kari", mailTo("asker")); !errors.Is(err, desk.ErrSendingStale) || !p.Stale {
		t.Errorf("from an old copy: %v", err)
	}
	if err := o.as("kari", func(d *desk.Desk) error { _, _, _, err := d.Undo(); return err }); err == nil {
		t.Error("undone")
	}
	back()
	for range 2 {
		o.sync("kari")
		o.sync("sec")
	}
	o.do("sec", func(d *desk.Desk) error {
		all, err := d.Sendings(nil, "")
		if err == nil && (len(all) != 1 || all[0].Waits || all[0].Receipt.Sent != 1) {
			t.Errorf("%+v", all)
		}
		return err
	})
}

// Whoever leaves between the plan and the delivery gets nothing.
func TestSendingStillThere(t *testing.T) {
	o := writeOffice(t)
	o.join("kari", "asker", "member-officer")
	ids := o.writable("asker", "Anna", "Berit", "Cato")
	var p *desk.SendingPlan
	o.do("kari", func(d *desk.Desk) (err error) { p, err = d.PlanSending(ctx, mailTo("asker")); return err })
	o.do("sec", func(d *desk.Desk) error { _, _, err := d.CloseMembers(ctx, ids[:1], "left", false); return err })
	o.do("kari", func(d *desk.Desk) error { _, err := d.CommitSending(ctx, p); return err })
	if p.Receipt.Count != 2 || slices.Contains(recipients(p), ids[0]) {
		t.Errorf("%d of the plan, after one has left", p.Receipt.Count)
	}
	o.do("sec", func(d *desk.Desk) error { _, _, err := d.CloseMembers(ctx, ids[1:2], "left", false); return err })
	o.do("kari", func(d *desk.Desk) error {
		still, err := d.StillThere(ctx, p)
		if err == nil && !slices.Equal(still, ids[2:]) {
			t.Errorf("still there: %v", still)
		}
		return err
	})
}

// P07, P14: a post is one of the record's own; an address that no member has cannot be
// written to, since there is no way to say one; scopes end where access does.
func TestSendingAudience(t *testing.T) {
	o := writeOffice(t)
	o.join("kari", "asker", "member-officer")
	o.writable("asker", "Anna")
	o.writable("karasjok", "Niillas")
	var fault *desk.SendingError
	if _, err := o.send("kari", mailTo("karasjok")); !errors.As(err, &fault) || fault.Faults[0].Rule != access.SendingScope {
		t.Errorf("another unit: %v", err)
	}
	letter := mailTo("asker")
	letter.Channel = policy.ChannelLetter
	if _, err := o.send("kari", letter); !errors.As(err, &fault) || fault.Faults[0].Rule != access.SendingReceipt {
		t.Errorf("a channel that the policy does not have: %v", err)
	}
	post := mailTo("asker")
	post.Office = "nobody-has-heard-of-it"
	if _, err := o.send("kari", post); !errors.Is(err, desk.ErrSendingPost) {
		t.Errorf("an unknown post: %v", err)
	}
	if _, err := o.send("kari", desk.SendingOptions{Channel: policy.ChannelEmail, Members: []register.RecordID{"aaaaaaaaaaaaa"}}); !errors.Is(err, desk.ErrSendingMembers) {
		t.Errorf("members named one by one: %v", err)
	}
}
