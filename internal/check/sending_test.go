package check_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

const sendingsPolicy = `channels: [email, sms]
blind-copy: always
audiences: [unit, below, filter]
plan-window: 7
sms: {per-event: 1}
`

// sendingTemplate is the register of the draws' tests, where whoever draws writes to
// members too.
var sendingTemplate = sync.OnceValue(func() *world {
	w := drawTemplate().copy(panicker{})
	w.main("sec", files{
		"policies/sendings.yaml": []byte(sendingsPolicy),
		"policies/access.yaml":   []byte(strings.ReplaceAll(string(w.content("policies/access.yaml")), "draw]", "draw, send]")),
	}, msg("policy", "national"))
	return w
})

func newSendingWorld(t testing.TB) *world {
	t.Helper()
	return sendingTemplate().copy(t)
}

func runSendings(t *testing.T, attacks []attack) {
	t.Helper()
	for _, a := range attacks {
		t.Run(strings.ReplaceAll(a.name, " ", "-"), func(t *testing.T) {
			if a.honest != nil {
				want(t, a.honest(newSendingWorld(t)))
			}
			want(t, a.do(newSendingWorld(t)), slices.Clone(a.rules)...)
		})
	}
}

// message is the receipt of an e-mail to Asker that an actor sends today.
func (w *world) message(who string, changes ...func(x *access.Sending)) *access.Sending {
	x := &access.Sending{Unit: "asker", Month: w.day().Month(), ID: register.NewRecordID(), Channel: policy.ChannelEmail, By: handle(who),
		Made: w.day(), Planned: w.day(), Units: []register.UnitID{"asker"}, Audience: []string{policy.AudienceUnit}, Count: 2, Main: w.head.String()}
	for _, c := range changes {
		c(x)
	}
	return x
}

// sendingFiles are the receipt and one list in each of its units in which anybody is.
func sendingFiles(x *access.Sending) files {
	fs := files{x.Path().String(): x.Encode()}
	if !x.IsPlan() {
		for _, u := range x.Units {
			if u != "akershus" && (u != "lillestrom" || len(x.Units) == 1) {
				fs[x.ListPath(u).String()] = list()
			}
		}
	}
	return fs
}

// sends is what is said of something that an actor sends, as her proposal.
func sends(who string, changes ...func(x *access.Sending)) func(w *world) *check.Report {
	return func(w *world) *check.Report {
		x := w.message(who, changes...)
		return w.draft(who).add(sendingFiles(x), msg(register.VerbSend, x.Unit)).check()
	}
}

// sentWith is sends with files of the test's own.
func sentWith(who string, make func(x *access.Sending) files) func(w *world) *check.Report {
	return func(w *world) *check.Report {
		x := w.message(who)
		return w.draft(who).add(make(x), msg(register.VerbSend, x.Unit)).check()
	}
}

// sent brings something of Kari's to main, as the merge of her proposal.
func (w *world) sent(changes ...func(x *access.Sending)) *access.Sending {
	w.t.Helper()
	x := w.message("kari", changes...)
	p := w.draft("kari").add(sendingFiles(x), msg(register.VerbSend, x.Unit))
	w.head = w.write(w.merge("sec", p, register.NewTopic(x.Unit), nil))
	return x
}

// done has the officer say how many of a sending's messages the carrier took.
func (w *world) done(x *access.Sending, sent int) {
	w.t.Helper()
	x.Sent, x.Done = sent, x.Made
	p := w.draft("kari").add(files{x.Path().String(): x.Encode()}, msg("attest", x.Unit))
	w.head = w.write(w.merge("sec", p, register.NewTopic(x.Unit), nil))
}

func sms(event string) func(x *access.Sending) {
	return func(x *access.Sending) {
		x.Channel, x.Parts = policy.ChannelSMS, 1
		if event != "" {
			x.Event = access.EventToken("89e6c98d92887913cadf06b2adb97f26cde4849b", event)
		}
	}
}

func toRegion(x *access.Sending) {
	x.Unit, x.Units, x.Audience = "akershus", []register.UnitID{"akershus", "asker", "lillestrom"}, []string{policy.AudienceBelow}
}

func asPlan(x *access.Sending) { x.Planned, x.Count, x.Parts = x.Made.Add(10), 0, 0 }

// What officers may send is taken in: as a proposal, as the merge of it, and by the
// secretariat on main.
func TestHonestSendings(t *testing.T) {
	for name, do := range map[string]func(w *world) *check.Report{
		"an e-mail":             sends("kari"),
		"an SMS":                sends("kari", sms("arsmote")),
		"a plan":                sends("kari", asPlan),
		"another event":         func(w *world) *check.Report { w.sent(sms("arsmote")); return sends("kari", sms("sommarfest"))(w) },
		"a region":              func(w *world) *check.Report { return sends("liv", toRegion)(w) },
		"the secretariat again": func(w *world) *check.Report { w.sent(sms("arsmote")); return sends("sec", sms("arsmote"))(w) },
		"a plan is not an SMS":  func(w *world) *check.Report { w.sent(sms("arsmote"), asPlan); return sends("kari", sms("arsmote"))(w) },
		"on main": func(w *world) *check.Report {
			x := w.message("sec")
			return w.direct(w.mainSpec("sec", sendingFiles(x), msg(register.VerbSend, x.Unit)))
		},
		"merged": func(w *world) *check.Report {
			x := w.message("kari")
			p := w.draft("kari").add(sendingFiles(x), msg(register.VerbSend, x.Unit))
			return w.direct(w.merge("sec", p, register.NewTopic(x.Unit), nil))
		},
		"done": amendsSending("kari", func(w *world, x *access.Sending) { x.Sent, x.Done = 2, w.day() }),
		"everything": func(w *world) *check.Report {
			w.sent()
			w.sent(asPlan)
			return w.all(w.treeOf(w.head))
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) { want(t, do(newSendingWorld(t))) })
	}
}

// amendsSending is what is said of a change to a receipt of Kari's that is on main.
func amendsSending(who string, change func(w *world, x *access.Sending)) func(w *world) *check.Report {
	return func(w *world) *check.Report {
		x := w.sent()
		change(w, x)
		return w.draft(who).add(files{x.Path().String(): x.Encode()}, msg("attest", x.Unit)).check()
	}
}

func TestAttackSending(t *testing.T) {
	set := func(f func(x *access.Sending)) func(w *world) *check.Report { return sends("kari", f) }
	runSendings(t, []attack{
		{"a channel that the policy does not have", one("sending/receipt"), sends("kari"), set(func(x *access.Sending) { x.Channel = policy.ChannelLetter })},
		{"an audience that the policy does not have", one("sending/receipt"), sends("kari"), set(func(x *access.Sending) { x.Audience = []string{policy.AudienceUnit, policy.AudienceOffices} })},
		{"another day", one("sending/receipt"), sends("kari"), set(func(x *access.Sending) { x.Made, x.Planned = x.Made.Add(-1), x.Made })},
		{"planned for ever", one("sending/receipt"), sends("kari", asPlan), sends("kari", asPlan, func(x *access.Sending) { x.Planned = x.Made.Add(400) })},
		{"done before it began", one("sending/receipt"), sends("kari"), set(func(x *access.Sending) { x.Sent, x.Done = 2, x.Made })},
		{"more than there are", one("sending/receipt"), sends("kari"), set(func(x *access.Sending) { x.Count = 100 })},
		{"from what main never was", one("sending/receipt"), sends("kari"), set(func(x *access.Sending) { x.Main = strings.Repeat("0", 39) + "1" })},
		{"from an old copy", one("sending/receipt"), sends("kari"), func(w *world) *check.Report {
			old := w.head
			w.sent()
			w.later(3 * 24 * time.Hour)
			return sends("kari", func(x *access.Sending) { x.Main = old.String() })(w)
		}},
		{"in another's name", one("sending/scope"), sends("kari"), set(func(x *access.Sending) { x.By = handle("liv") })},
		{"to another unit", one("sending/scope"), sends("ola", func(x *access.Sending) { x.Unit, x.Units, x.Count = "karasjok", []register.UnitID{"karasjok"}, 1 }), sends("ola")},
		{"to one unit more", one("sending/scope"), sends("liv", toRegion), sends("kari", toRegion)},
		{"by who may not write", one("sending/scope"), sends("kari"), sends("tor")},
		{"claims by who does not claim", one("sending/scope"), sends("kari"), set(func(x *access.Sending) { x.Automatic = access.SendingClaim })},
		{"a receipt in a unit below", one("sending/scope"), sends("liv", toRegion), sends("liv", toRegion, func(x *access.Sending) { x.Unit = "asker" })},
		{"the same event again", one("sending/event"), func(w *world) *check.Report { w.sent(sms("arsmote")); return sends("kari", sms("dugnad"))(w) },
			func(w *world) *check.Report { w.sent(sms("arsmote")); return sends("kari", sms("arsmote"))(w) }},
		{"the same event again, after some had it", one("sending/event"), func(w *world) *check.Report {
			w.done(w.sent(sms("arsmote")), 0)
			return sends("kari", sms("arsmote"))(w)
		},
			func(w *world) *check.Report {
				w.done(w.sent(sms("arsmote")), 1)
				return sends("kari", sms("arsmote"))(w)
			}},
		{"the same event over a region", one("sending/event"), nil,
			func(w *world) *check.Report { w.sent(sms("arsmote")); return sends("liv", sms("arsmote"), toRegion)(w) }},
		{"the same event planned", one("sending/event"), nil,
			func(w *world) *check.Report { w.sent(sms("arsmote")); return sends("kari", sms("arsmote"), asPlan)(w) }},
		{"with others of a protected unit", one("sending/protected"), sends("liv", toRegion), protecting("lillestrom", sends("sec", toRegion))},
	})
}

// One with protected identity is written to by the secretariat, alone.
func TestSendingToProtected(t *testing.T) {
	one := func(x *access.Sending) { x.Count = 1 }
	want(t, protecting("asker", sends("sec", one))(newSendingWorld(t)))
	want(t, protecting("asker", sends("sec"))(newSendingWorld(t)), "sending/protected")
}

func TestAttackSendingFiles(t *testing.T) {
	other := register.NewRecordID()
	runSendings(t, []attack{
		{"no list", one("sending/list"), sends("kari"), sentWith("kari", func(x *access.Sending) files { return files{x.Path().String(): x.Encode()} })},
		{"no receipt", one("sending/list"), sends("kari"), func(w *world) *check.Report {
			x := w.message("kari")
			return w.draft("kari").add(files{x.ListPath("asker").String(): list()}, msg(register.VerbSend, "asker")).check()
		}},
		{"a list of another unit", one("sending/list"), sends("kari"), sentWith("kari", func(x *access.Sending) files {
			fs := sendingFiles(x)
			fs[x.ListPath("lillestrom").String()] = list()
			return fs
		})},
		{"a list of another sending", one("sending/list"), sends("kari"), sentWith("kari", func(x *access.Sending) files {
			fs := sendingFiles(x)
			fs[register.Path{Kind: register.SendingList, Unit: "asker", Month: x.Month, ID: other}.String()] = list()
			return fs
		})},
		{"a plan with a list", one("sending/list"), sends("kari", asPlan), sentWith("kari", func(x *access.Sending) files {
			asPlan(x)
			return files{x.Path().String(): x.Encode(), x.ListPath("asker").String(): list()}
		})},
		{"an id that a member has", one("scope/id"), sends("kari"), sends("kari", func(x *access.Sending) { x.ID = anna })},
		{"an id that a sending has", one("scope/id"), nil, func(w *world) *check.Report {
			was := w.sent()
			w.later(40 * 24 * time.Hour)
			return sends("kari", func(x *access.Sending) { x.ID = was.ID })(w)
		}},
		{"a member under the id of a list", one("scope/id"), nil, func(w *world) *check.Report {
			was := w.sent()
			return w.draft("kari").add(files{memberPath("asker", was.ID): sealed()}, msg("add", "asker")).check()
		}},
		{"a list that is no sealed file", one("seal/not-age"), sends("kari"), sentWith("kari", func(x *access.Sending) files {
			fs := sendingFiles(x)
			fs[x.ListPath("asker").String()] = []byte("Kari\n")
			return fs
		})},
	})
}

func TestAttackSendingAmended(t *testing.T) {
	done := amendsSending("kari", func(w *world, x *access.Sending) { x.Sent, x.Done = 2, w.day() })
	runSendings(t, []attack{
		{"another count", one("sending/changed"), done, amendsSending("kari", func(w *world, x *access.Sending) { x.Count, x.Sent, x.Done = 3, 2, w.day() })},
		{"another channel", one("sending/changed"), done, amendsSending("kari", func(w *world, x *access.Sending) { x.Channel, x.Parts = policy.ChannelSMS, 1 })},
		{"by another", one("sending/changed"), done, amendsSending("liv", func(w *world, x *access.Sending) { x.Sent, x.Done = 2, w.day() })},
		{"on another day", one("sending/changed"), done, amendsSending("kari", func(w *world, x *access.Sending) { w.later(48 * time.Hour); x.Sent, x.Done = 2, x.Made })},
		{"gone", one("sending/changed"), done, func(w *world) *check.Report {
			x := w.sent()
			return w.draft("kari").add(files{x.Path().String(): nil, x.ListPath("asker").String(): nil}, msg("tidy", "asker")).check()
		}},
		{"gone too early", one("sending/changed"), nil, func(w *world) *check.Report {
			x := w.sent()
			w.later(300 * 24 * time.Hour)
			return w.direct(w.mainSpec("sec", files{x.Path().String(): nil, x.ListPath("asker").String(): nil}, msg("tidy", "asker")))
		}},
		{"its list gone", one("sending/changed"), nil, func(w *world) *check.Report {
			x := w.sent()
			return w.direct(w.mainSpec("sec", files{x.ListPath("asker").String(): nil}, msg("tidy", "asker")))
		}},
	})
}

// What is past its period may go, all of a sending at once, and not before; and it is told
// where it stays.
func TestSendingGoes(t *testing.T) {
	gone := func(x *access.Sending, whole bool) files {
		fs := files{x.Path().String(): nil}
		if whole {
			fs[x.ListPath("asker").String()] = nil
		}
		return fs
	}
	w := newSendingWorld(t)
	x := w.sent()
	w.later(460 * 24 * time.Hour)
	if r := w.all(w.treeOf(w.head)); !slices.Contains(rules(r), "retention/sending") {
		t.Errorf("what is past its period is not told: %v", rules(r))
	}
	half := w.direct(w.mainSpec("sec", gone(x, false), msg("tidy", "asker")))
	if !slices.Contains(rules(half), "sending/changed") {
		t.Errorf("half of a sending goes: %v", rules(half))
	}
	whole := w.direct(w.mainSpec("sec", gone(x, true), msg("tidy", "asker")))
	if slices.ContainsFunc(rules(whole), func(s string) bool { return strings.HasPrefix(s, "sending/") }) {
		t.Errorf("what is past its period may not go: %v", rules(whole))
	}
}
