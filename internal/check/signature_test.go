package check_test

import (
	"slices"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
)

// ATTACK: signatures under a grant that nobody gave: forged, of another grant, of
// another time, by somebody who may not, or of the wrong hands. At stake: access
// that a board never decided on, with proof that it did.
// Proves: each by its rule, with the same grant signed rightly.
func TestAttackSignatures(t *testing.T) {
	honest := func(w *world) *check.Report { return w.admin("eve", "asker").propose(nil) }
	// forged changes the signatures of an honest grant.
	forged := func(change func(w *world, g *access.Grant)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			p := w.admin("eve", "asker")
			change(w, &p.g)
			return p.propose(nil)
		}
	}
	// in replaces one of the honest signatures.
	in := func(i int, by, matter, act, signer string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			p := w.admin("eve", "asker")
			p.sign(by, matter, act, signer)
			last := len(p.g.Signatures) - 1
			p.g.Signatures[i] = p.g.Signatures[last]
			p.g.Signatures = p.g.Signatures[:last]
			return p.propose(nil)
		}
	}
	on := func(day register.Day) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			p := w.admin("eve", "asker")
			p.g.Signatures = p.g.Signatures[1:]
			return p.signOn(day, "kari", "appointment", "signed", "board").propose(nil)
		}
	}
	// another is a grant with the signatures of an honest one that main has.
	another := func(change func(w *world, g *access.Grant)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			from := w.admin("eve", "asker").put(nil)
			p := w.unsignedAdmin("eve", "asker")
			p.g.Signatures, p.g.From, p.g.Met = from.g.Signatures, from.g.From, from.g.Met
			p.g.Evidence, p.docs = from.g.Evidence, nil
			change(w, &p.g)
			fs := files{grantPath(nameOf(p.g.Handle), p.g.Unit): p.g.Encode()}
			return w.draft("rut").add(fs, msg("grant", p.g.Unit)).check()
		}
	}
	runOffices(t, []attack{
		{"a byte changed", one("grant/signature"), honest, forged(func(_ *world, g *access.Grant) {
			b := slices.Clone(g.Signatures[0].Blob)
			b[len(b)-1] ^= 1
			g.Signatures[0].Blob = b
		})},
		{"no signature at all", one("grant/signature"), nil, forged(func(_ *world, g *access.Grant) { g.Signatures[0].Blob = []byte("SSHSIG") })},
		{"made with another key", one("grant/signature"), nil, forged(func(w *world, g *access.Grant) {
			x := &g.Signatures[0]
			var err error
			x.Blob, err = sign.Statement(g.Payload(*x), actors()["eve"].Signer())
			w.must(err)
		})},
		{"a commit's", one("grant/signature"), nil, forged(func(w *world, g *access.Grant) {
			x := &g.Signatures[0]
			armored, err := sign.Armor(g.Payload(*x), actors()["kari"].Signer())
			w.must(err)
			x.Blob = armored
		})},
		{"of another matter", one("grant/signature"), nil, forged(func(_ *world, g *access.Grant) { g.Signatures[0].Blob = g.Signatures[2].Blob })},
		{"of a meeting that was another", one("grant/signature"), nil, forged(func(_ *world, g *access.Grant) { g.Met = "2026-03-02" })},
		{"of other minutes", one("grant/signature"), nil, forged(func(_ *world, g *access.Grant) { g.Evidence[1].Digest = digest([]byte("other minutes")) })},
		{"of a longer list", []string{"grant/signature", "grant/names"}, nil, forged(func(_ *world, g *access.Grant) { g.Names = handles("eve", "liv") })},
		{"of an earlier day than it says", one("grant/signature"), nil, forged(func(_ *world, g *access.Grant) { g.Signatures[0].Day = "2026-03-04" })},

		{"before the meeting", one("grant/signature"), on("2026-03-01"), on("2026-02-28")},
		{"tomorrow", one("grant/signature"), nil, on("2026-03-06")},
		{"by the board of another branch", one("grant/signature"), nil, in(0, "ola", "appointment", "signed", "board")},
		{"by the appointee as the board", []string{"grant/signature", "grant/attested"}, nil, in(0, "eve", "appointment", "signed", "board")},
		{"by the region as the national organisation", one("grant/signature"), nil, in(3, "liv", "agreement", "signed", "national")},
		{"by the national organisation as the region above", one("grant/signature"), in(5, "liv", "minutes", "attested", "region"), in(5, "sec", "minutes", "attested", "region")},
		{"by a former officer", one("grant/signature"), nil, func(w *world) *check.Report {
			p := w.admin("eve", "asker")
			w.main("sec", files{grantPath("kari", "asker"): nil}, msg("revoke", "asker"))
			return p.propose(nil)
		}},
		{"by somebody else as the appointee", one("grant/signature"), nil, in(1, "kari", "agreement", "signed", "appointee")},
		{"by nobody whom the register knows", one("grant/signature"), nil, func(w *world) *check.Report {
			p := w.admin("liv", "asker")
			x := access.Signature{Matter: "minutes", Act: "attested", Signer: "national", Handle: handle("eve"), Day: today}
			var err error
			x.Blob, err = sign.Statement(p.g.Payload(x), actors()["eve"].Signer())
			w.must(err)
			p.g.Signatures[5] = x
			return p.propose(nil)
		}},
		{"what nobody asked", one("grant/signature"), nil, func(w *world) *check.Report {
			return w.admin("eve", "asker").sign("tor", "guide", "acknowledged", "board").propose(nil)
		}},
		{"an approval of no exception", one("grant/signature"), nil, func(w *world) *check.Report {
			return w.admin("eve", "asker").sign("sec", "exception", "approved", "national").propose(nil)
		}},
		{"of an office that asks for none", one("grant/signature"), nil, func(w *world) *check.Report {
			return w.paper("eve", "asker", "chair").sign("kari", "appointment", "signed", "board").propose(nil)
		}},

		{"attested by her who signed", one("grant/attested"), nil, in(5, "kari", "minutes", "attested", "board")},
		{"attested by the appointee", []string{"grant/attested"}, nil, func(w *world) *check.Report {
			w.main("sec", files{grantPath("eve", "akershus"): grantFile("region-officer", today, ""), officerPath("eve"): officerOf("eve").Encode()}, msg("grant", "akershus"))
			return in(5, "eve", "minutes", "attested", "region")(w)
		}},
		{"signed by the appointee for the board", one("grant/attested"), nil, func(w *world) *check.Report {
			p := w.unsignedAdmin("tor", "asker").doc("x") // who is of the board herself
			p.g.Evidence = p.g.Evidence[:2]
			for path := range p.docs {
				if !slices.ContainsFunc(p.g.Evidence, func(e access.Evidence) bool { return path == evidencePath("asker", e.ID) }) {
					delete(p.docs, path)
				}
			}
			p.sign("tor", "appointment", "signed", "board").sign("tor", "agreement", "signed", "appointee").sign("kari", "agreement", "signed", "board").
				sign("sec", "agreement", "signed", "national").sign("kari", "minutes", "signed", "board").sign("sec", "minutes", "attested", "national")
			return w.draft("rut").add(p.files(), msg("grant", "asker")).check()
		}},

		{"replayed for another officer", []string{"grant/signature"}, nil, another(func(_ *world, g *access.Grant) {
			g.Handle, g.Names = handle("liv"), handles("liv")
		})},
		{"replayed for a later time", one("grant/signature"), nil, another(func(w *world, g *access.Grant) { g.From = w.day().Add(30) })},
		{"replayed for another meeting", []string{"grant/signature", "grant/evidence-reused"}, nil, another(func(w *world, g *access.Grant) { g.Met = "2026-03-04" })},
	})
}

func nameOf(h register.Handle) string {
	for name := range actors() {
		if handle(name) == h {
			return name
		}
	}
	return ""
}

// ATTACK: an approval that was given for a branch, replayed for another. Proves: a
// signature is of one unit's grant; no word of it is good elsewhere, with copies of
// its documents or with others.
func TestAttackReplayed(t *testing.T) {
	w := newOfficeWorld(t)
	from := w.admin("eve", "asker").put(nil)
	p := w.unsignedAdmin("eve", "karasjok")
	p.g.Signatures = from.g.Signatures
	want(t, p.propose(nil), "grant/signature")
	p.g.Evidence = from.g.Evidence
	p.docs = nil
	want(t, p.propose(nil), "grant/signature", "grant/evidence", "grant/evidence-reused")
	want(t, w.admin("eve", "karasjok").propose(nil))
}

// A signature that main has was judged when it came: that its officer has left
// since, or has another key, does not undo what she signed, and the rest of the grant
// can still be added to.
func TestSignaturesOfFormerOfficers(t *testing.T) {
	w := newOfficeWorld(t)
	p := w.unsignedAdmin("eve", "asker").sign("kari", "appointment", "signed", "board").sign("kari", "minutes", "signed", "board").put(nil)
	w.later(24 * time.Hour)
	o := officerOf("kari")
	o.Signing = officerOf("recovery").Signing
	o.Signing = actors()["recovery"].SigningKey()
	w.main("sec", files{grantPath("kari", "asker"): nil, officerPath("kari"): o.Encode()}, msg("revoke", "asker"))
	want(t, w.all(w.treeOf(w.head)))
	p.docs = nil
	p.sign("tor", "agreement", "signed", "board").sign("sec", "minutes", "attested", "national").
		sign("sec", "agreement", "signed", "national").sign("eve", "agreement", "signed", "appointee")
	want(t, p.propose(nil))
	p.put(nil)
	if !w.state(w.head).InForce(grantOf(w, "eve", "asker"), w.day()) {
		t.Error("the grant is complete and not in force")
	}
	want(t, w.all(w.treeOf(w.head)))
}

// ATTACK: signatures that are on main past every check. Proves: those over other
// words are found without history; who made the others is what history tells.
func TestAttackSignaturesStand(t *testing.T) {
	w := newOfficeWorld(t)
	p := w.admin("eve", "asker")
	p.g.Met = "2026-03-02"
	p.put(nil)
	want(t, w.all(w.treeOf(w.head)), "grant/signature")

	w = newOfficeWorld(t)
	p = w.admin("eve", "asker")
	p.sign("kari", "minutes", "attested", "board")
	p.put(nil)
	want(t, w.all(w.treeOf(w.head)), "grant/attested")
}

// The officer's own word about herself: the guide and how her identity is
// protected. She brings it by a proposal of her own, and nothing besides.
func TestOwnWord(t *testing.T) {
	pending := func(w *world) *paper {
		p := w.paper("eve", "asker", "advisor").put(nil)
		w.later(time.Hour)
		if w.state(w.head).InForce(grantOf(w, "eve", "asker"), w.day()) {
			w.t.Fatal("in force without the guide")
		}
		p.g.Guide, p.g.Factor = "2.1", "passphrase"
		return p
	}
	own := func(change func(p *paper)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			p := pending(w)
			change(p)
			p.sign("eve", "guide", "acknowledged", "appointee").sign("eve", "factor", "attested", "appointee")
			d := w.draft("eve").add(p.files(), msg("grant", "asker"))
			r := d.check()
			if len(r.Findings) == 0 {
				s := w.merge("sec", d, register.NewTopic("asker"), nil)
				want(w.t, w.direct(s))
				w.head = w.write(s)
				if !w.state(w.head).InForce(grantOf(w, "eve", "asker"), w.day()) {
					w.t.Error("the grant is complete and not in force")
				}
			}
			return r
		}
	}
	honest := own(func(*paper) {})
	runOffices(t, []attack{
		{"and a purpose", []string{"grant/self", "scope/act"}, honest, own(func(p *paper) { p.g.Purpose = "support" })},
		{"and a later start", one("scope/act"), nil, own(func(p *paper) { p.g.From = "2026-03-06" })},
		{"and another office", []string{"grant/self", "scope/act"}, nil, own(func(p *paper) { p.g.Office = "chair" })},
		{"in somebody else's place", []string{"scope/act"}, nil, func(w *world) *check.Report {
			p := pending(w)
			p.sign("eve", "guide", "acknowledged", "appointee").sign("eve", "factor", "attested", "appointee")
			return w.draft("kari").add(p.files(), msg("grant", "asker")).check()
		}},
		{"by somebody else in her name", one("grant/signature"), nil, func(w *world) *check.Report {
			p := pending(w)
			p.sign("rut", "guide", "acknowledged", "appointee").sign("rut", "factor", "attested", "appointee")
			return p.propose(nil)
		}},
		{"of a guide that she says she has read", one("grant/signature"), nil, func(w *world) *check.Report {
			p := pending(w)
			p.sign("eve", "guide", "acknowledged", "appointee").sign("eve", "factor", "attested", "appointee")
			p.g.Guide = "2.0" // another than the one that she signed
			return w.draft("eve").add(p.files(), msg("grant", "asker")).check()
		}},
	})
}
