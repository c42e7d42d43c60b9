package check_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// lists is what lists may be drawn for in the register of these tests.
const lists = `purposes:
  - {id: mailing, name: {en: Mailing}, columns: [given, family, email]}
  - {id: phone-round, name: {en: Phone round}, columns: [given, family, phone], by: [member-officer, region-officer]}
other-columns: reason
fresh-for: 1
destroy-after: 30
counted-from: use
printed: true
attest: [paper, digital]
separate-password: true
requests:
  - {id: region-list, name: {en: A list of the region}, by: [region-contact], of: below, purposes: [mailing], approved-by: [secretariat]}
  - {id: own-region, name: {en: A list of the region alone}, by: [region-officer], of: own, approved-by: [secretariat]}
  - {id: own-list, name: {en: A list of the branch}, by: [treasurer], of: own, approved-by: [secretariat, chair]}
hand-outs: {to: [{id: employee, name: {en: Employee}}], approved-by: [secretariat], days: 10}
`

// drawTemplate is the register of the tests under a policy by which lists are
// drawn: by Kari and eve in Asker (eve also in Lillestrøm), Ola in Karasjok, liv in
// Akershus and the secretariat. Tor may read and not draw, and asks for lists of
// Asker; sig asks for lists of Finnmark, and reads nothing. Only the secretariat,
// liv and Kari see telephone numbers.
var drawTemplate = sync.OnceValue(func() *world {
	w := newWorld(panicker{})
	policy := func(name string, pairs ...string) []byte {
		return []byte(strings.NewReplacer(pairs...).Replace(string(w.content("policies/" + name))))
	}
	w.main("sec", files{
		"policies/lists.yaml": []byte(lists),
		"policies/access.yaml": policy("access.yaml",
			"merge, grant, policy, erase]", "merge, grant, policy, erase, draw]",
			"may: [read, add, edit, move, request]", "may: [read, add, edit, move, request, draw]",
			"may: [read, add, edit, close, reopen, request]", "may: [read, add, edit, close, reopen, request, draw]",
			"may: [read, add, edit, request]", "may: [read, add, edit, request, draw]",
			"limits:", "  - {id: region-contact, name: {en: Contact of the region}, level: region, scope: none, may: [request], seats: {min: 0, max: 1}}\nlimits:"),
		"policies/fields.yaml": append(w.content("policies/fields.yaml"), `  - {key: email, name: {en: E-mail}, type: email, category: identity, purpose: membership, legal-basis: agreement}
  - {key: phone, name: {en: Telephone}, type: phone, category: identity, purpose: membership, legal-basis: agreement, see: [secretariat, region-officer, member-officer]}
`...),
	}, msg("policy", "national"))
	w.main("sec", files{
		grantPath("sig", "finnmark"):   grantFile("region-contact", today, ""),
		officerPath("eve"):             officerOf("eve").Encode(),
		grantPath("eve", "lillestrom"): grantFile("chair", today, ""),
		grantPath("eve", "asker"):      grantFile("chair", today, "2026-03-20"),
	}, register.Message("grant", 3, "finnmark"))
	return w
})

func newDrawWorld(t testing.TB) *world {
	t.Helper()
	return drawTemplate().copy(t)
}

func runDraws(t *testing.T, attacks []attack) {
	t.Helper()
	for _, a := range attacks {
		t.Run(strings.ReplaceAll(a.name, " ", "-"), func(t *testing.T) {
			if a.honest != nil {
				want(t, a.honest(newDrawWorld(t)))
			}
			want(t, a.do(newDrawWorld(t)), slices.Clone(a.rules)...)
		})
	}
}

// receipt is that of a list of Asker which an actor draws today for herself; the
// changes make another of it.
func (w *world) receipt(who string, changes ...func(d *access.Draw)) *access.Draw {
	d := &access.Draw{Unit: "asker", Day: w.day().Add(30), ID: register.NewRecordID(), Purpose: "mailing", Drawn: w.day(), By: handle(who), For: handle(who),
		Units: []register.UnitID{"asker"}, Columns: []string{"family", "given", "email"}, Count: 2,
		Form: access.FormList, Format: access.FormatXLSX, Main: w.head.String()}
	for _, c := range changes {
		c(d)
	}
	return d
}

// list is the sealed file beside a receipt.
func list() []byte {
	b, err := seal.SealEvidence(seal.NewKey(), []byte("medlem: 1\n"))
	if err != nil {
		panic(err)
	}
	return b
}

func drawFiles(d *access.Draw) files {
	return files{d.Path().String(): d.Encode(), d.ListPath().String(): list()}
}

// draws is what is said of a list that an actor draws, as her proposal.
func draws(who string, changes ...func(d *access.Draw)) func(w *world) *check.Report {
	return func(w *world) *check.Report {
		d := w.receipt(who, changes...)
		return w.draft(who).add(drawFiles(d), msg("draw", d.Unit)).check()
	}
}

// protecting makes a unit of branches protected before what follows.
func protecting(u register.UnitID, then func(w *world) *check.Report) func(w *world) *check.Report {
	return func(w *world) *check.Report {
		text := string(w.content("policies/organisation.yaml"))
		w.main("sec", files{"policies/organisation.yaml": []byte(strings.Replace(text, "{id: "+string(u)+",", "{id: "+string(u)+", protected: true,", 1))}, msg("policy", "national"))
		return then(w)
	}
}

// drawn brings a list of Kari's to main, as the merge of her proposal, and returns
// its receipt.
func (w *world) drawn(changes ...func(d *access.Draw)) *access.Draw {
	w.t.Helper()
	d := w.receipt("kari", changes...)
	p := w.draft("kari").add(drawFiles(d), msg("draw", d.Unit))
	w.head = w.write(w.merge("sec", p, register.NewTopic(d.Unit), nil))
	return d
}

// amends is what is said of a change to a receipt of Kari's that is on main.
func amends(who string, change func(w *world, d *access.Draw)) func(w *world) *check.Report {
	return func(w *world) *check.Report {
		d := w.drawn(func(d *access.Draw) { d.Copies = 1 })
		w.later(24 * time.Hour)
		change(w, d)
		return w.draft(who).add(files{d.Path().String(): d.Encode()}, msg("attest", d.Unit)).check()
	}
}

// region, finnmark and country are of more than Asker.
func region(d *access.Draw) {
	d.Unit, d.Units = "akershus", []register.UnitID{"akershus", "asker", "lillestrom"}
}

func finnmark(d *access.Draw) {
	d.Unit, d.Units, d.Count = "finnmark", []register.UnitID{"finnmark", "karasjok"}, 1
}

// asked is a list that sig asked for.
func asked(d *access.Draw) {
	finnmark(d)
	d.For, d.Request = handle("sig"), wish
}

func handedOut(d *access.Draw) { d.For, d.HandOut, d.Day = "", "employee", d.Drawn.Add(10) }

func with(columns ...string) func(d *access.Draw) {
	return func(d *access.Draw) { d.Columns = columns }
}

// An honest list of each kind passes as a proposal, as its merge and as an act of
// the secretariat, and so does the register that holds it; then its delivery and
// its destruction.
func TestHonestDraws(t *testing.T) {
	for name, x := range map[string]struct {
		who    string
		change func(d *access.Draw)
	}{
		"her own":                 {"kari", func(*access.Draw) {}},
		"of several units":        {"liv", region},
		"of two branches":         {"liv", func(d *access.Draw) { d.Units = []register.UnitID{"asker", "lillestrom"} }},
		"from above":              {"liv", func(d *access.Draw) { d.Unit, d.Units = "akershus", []register.UnitID{"asker", "lillestrom"} }},
		"for a colleague":         {"kari", func(d *access.Draw) { d.For = handle("tor") }},
		"for a purpose of hers":   {"kari", func(d *access.Draw) { d.Purpose, d.Columns = "phone-round", []string{"phone", "given", "family"} }},
		"beyond its purpose":      {"kari", func(d *access.Draw) { d.Columns, d.Beyond = []string{"phone", "given"}, []string{"phone"} }},
		"printed labels":          {"kari", func(d *access.Draw) { d.Form, d.Format, d.Copies = access.FormLabels, access.FormatPDF, 3 }},
		"for a day of use":        {"kari", func(d *access.Draw) { d.Use, d.Day = d.Drawn.Add(40), d.Drawn.Add(70) }},
		"to be gone the next day": {"kari", func(d *access.Draw) { d.Day = d.Drawn.Add(1) }},
		"of nobody":               {"kari", func(d *access.Draw) { d.Filtered, d.Count = true, 0 }},
		"handed out":              {"sec", handedOut},
		"on request":              {"sec", asked},
		"on request from below":   {"eve", func(d *access.Draw) { d.For, d.Request = handle("tor"), wish }},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			w := newDrawWorld(t)
			d := w.receipt(x.who, x.change)
			m := msg("draw", d.Unit)
			if x.who == "sec" {
				want(t, w.direct(w.mainSpec("sec", drawFiles(d), m)))
				w.main("sec", drawFiles(d), m)
			} else {
				p := w.draft(x.who).add(drawFiles(d), m)
				want(t, p.check())
				w.later(24 * time.Hour)
				s := w.merge("sec", p, register.NewTopic(d.Unit), nil)
				want(t, w.direct(s))
				w.head = w.write(s)
			}
			want(t, w.all(w.treeOf(w.head)))

			d.Sent = []access.Delivery{{Part: access.PartFile, Way: "email", ID: register.NewRecordID(), Day: w.day()}}
			sent := w.draft(x.who).add(files{d.Path().String(): d.Encode()}, msg("attest", d.Unit))
			if x.who != "sec" {
				want(t, sent.check())
				s := w.merge("sec", sent, register.NewTopic(d.Unit), nil)
				want(t, w.direct(s))
				w.head = w.write(s)
			} else {
				w.main("sec", files{d.Path().String(): d.Encode()}, msg("attest", d.Unit))
			}
			d.Destroyed = []access.Destruction{{Part: access.PartDigital, Day: w.day(), Handle: handle(x.who)}}
			if x.who == "sec" {
				want(t, w.direct(w.mainSpec("sec", files{d.Path().String(): d.Encode()}, msg("attest", d.Unit))))
			} else {
				want(t, w.draft(x.who).add(files{d.Path().String(): d.Encode()}, msg("attest", d.Unit)).check())
			}
		})
	}
}

// ATTACK: a list is drawn by somebody who may not, in another's name, for what it
// may not be for, with more in it than it may have, for longer than it may be. At
// stake: members' data outside the register, for which nobody answers.
// Proves: each by its rule, in a proposal; TestHonestDraws and the twins here pass.
func TestAttackDraw(t *testing.T) {
	honest := draws("kari")
	runDraws(t, []attack{
		{"in another officer's name", one("draw/by"), honest, draws("kari", func(d *access.Draw) { d.By = handle("liv") })},
		{"by an office that draws none", one("draw/by"), nil, draws("tor")},
		{"by somebody elsewhere", []string{"draw/by", "draw/columns", "draw/receiver"}, nil, draws("ola")},
		{"of a unit beside", []string{"draw/by", "draw/columns", "draw/receiver"}, nil, draws("kari", func(d *access.Draw) { d.Units = []register.UnitID{"asker", "lillestrom"} })},
		{"with the receipt where she may not draw", one("draw/by"), nil, draws("kari", func(d *access.Draw) { d.Unit = "akershus" })},
		{"by her whose grant has ended", []string{"draw/by", "draw/columns", "draw/receiver"}, func(w *world) *check.Report {
			w.now = register.Day("2026-03-20").Time()
			return draws("eve")(w)
		}, func(w *world) *check.Report {
			w.now = register.Day("2026-03-21").Time()
			return draws("eve")(w)
		}},
		{"while she had a grant, sent in after it ended", []string{"draw/by", "draw/columns", "draw/receiver"}, nil, func(w *world) *check.Report {
			d := w.receipt("eve")
			p := w.draft("eve").add(drawFiles(d), msg("draw", "asker"))
			w.now = register.Day("2026-03-21").Time()
			return p.check()
		}},
		{"before her grant, sent in when it holds", []string{"draw/by", "draw/columns", "draw/receiver"}, nil, func(w *world) *check.Report {
			d := w.receipt("ola")
			p := w.draft("ola").add(drawFiles(d), msg("draw", "asker"))
			w.later(24 * time.Hour)
			w.main("sec", files{grantPath("ola", "asker"): grantFile("member-officer", w.day(), "")}, msg("grant", "asker"))
			return p.check()
		}},
		{"on another day than its commit", one("draw/day"), nil, draws("kari", func(d *access.Draw) { d.Drawn, d.Day = d.Drawn.Add(1), d.Day.Add(-1) })},
		{"dated back", one("draw/day"), nil, func(w *world) *check.Report {
			w.later(24 * time.Hour)
			return draws("kari", func(d *access.Draw) { d.Drawn, d.Day = d.Drawn.Add(-1), d.Day.Add(-1) })(w)
		}},

		{"of no purpose", one("draw/purpose"), nil, draws("kari", func(d *access.Draw) { d.Purpose = "curiosity" })},
		{"for a purpose of other offices", one("draw/purpose"), nil, draws("sec", func(d *access.Draw) { d.Purpose, d.Columns = "phone-round", []string{"given"} })},
		{"where the policy has no lists", one("draw/purpose"), honest, func(w *world) *check.Report {
			w.main("sec", files{"policies/lists.yaml": nil}, msg("policy", "national"))
			return draws("kari")(w)
		}},

		{"more columns than its purpose, untold", one("draw/columns"), nil, draws("kari", with("given", "phone"))},
		{"fewer told than there are", one("draw/columns"), nil, draws("liv", with("given", "phone"))},
		{"more told than there are", one("draw/columns"), nil, draws("kari", func(d *access.Draw) { d.Beyond = []string{"email"} })},
		{"columns that she may not see", one("draw/columns"), nil, draws("eve", func(d *access.Draw) { d.Columns, d.Beyond = []string{"given", "phone"}, []string{"phone"} })},
		{"columns that records do not have", one("draw/columns"), nil, draws("kari", with("given", "born"))},
		{"other columns where the policy refuses them", one("draw/columns"), nil, func(w *world) *check.Report {
			w.main("sec", files{"policies/lists.yaml": []byte(strings.Replace(lists, "other-columns: reason", "other-columns: refuse", 1))}, msg("policy", "national"))
			return draws("kari", func(d *access.Draw) { d.Columns, d.Beyond = []string{"given", "phone"}, []string{"phone"} })(w)
		}},

		{"of an unknown unit", one("draw/units"), nil, draws("kari", func(d *access.Draw) { d.Units = []register.UnitID{"asker", "oslo"} })},
		{"with the receipt in another unit", one("draw/units"), nil, draws("liv", func(d *access.Draw) { d.Unit = "lillestrom" })},
		{"with the receipt below its list", one("draw/units"), nil, draws("liv", region, func(d *access.Draw) { d.Unit = "asker" })},

		{"of a protected unit, by the secretariat", one("draw/protected"), protecting("asker", draws("kari")), protecting("asker", draws("sec"))},
		{"of a region with its protected unit", one("draw/protected"), protecting("asker", draws("eve", func(d *access.Draw) { d.Unit, d.Units, d.Count = "lillestrom", []register.UnitID{"lillestrom"}, 0 })),
			protecting("asker", draws("eve", func(d *access.Draw) { d.Unit, d.Units = "lillestrom", []register.UnitID{"asker", "lillestrom"} }))},
		{"of a protected unit, by its region", []string{"draw/by", "draw/columns", "draw/protected", "draw/receiver"}, draws("liv"), protecting("asker", draws("liv"))},

		{"kept for longer", one("draw/until"), honest, draws("kari", func(d *access.Draw) { d.Day = d.Day.Add(1) })},
		{"kept for longer after its use", one("draw/until"), nil, draws("kari", func(d *access.Draw) { d.Use, d.Day = d.Drawn.Add(40), d.Drawn.Add(71) })},
		{"to be used in some years", one("draw/until"), nil, draws("kari", func(d *access.Draw) { d.Use, d.Day = d.Drawn.Add(367), d.Drawn.Add(397) })},
		{"used before it was drawn", one("draw/until"), nil, draws("kari", func(d *access.Draw) { d.Use, d.Day = d.Drawn.Add(-1), d.Drawn })},
		{"for a use that the policy does not count from", one("draw/until"), nil, func(w *world) *check.Report {
			w.main("sec", files{"policies/lists.yaml": []byte(strings.Replace(lists, "counted-from: use", "counted-from: draw", 1))}, msg("policy", "national"))
			return draws("kari", func(d *access.Draw) { d.Use, d.Day = d.Drawn.Add(20), d.Drawn.Add(50) })(w)
		}},
		{"gone before it was drawn", one("draw/until"), nil, draws("kari", func(d *access.Draw) { d.Day = d.Drawn.Add(-1) })},
		{"handed out for longer", one("draw/until"), draws("sec", handedOut), draws("sec", handedOut, func(d *access.Draw) { d.Day = d.Day.Add(1) })},

		{"for somebody who may not read there", one("draw/receiver"), draws("kari", func(d *access.Draw) { d.For = handle("tor") }), draws("kari", func(d *access.Draw) { d.For = handle("ola") })},
		{"for nobody", one("draw/receiver"), nil, draws("kari", func(d *access.Draw) { d.For = "o-aaaaaaaaaa" })},
		{"for somebody who may not see as much", one("draw/receiver"), draws("kari", func(d *access.Draw) { d.For, d.Columns, d.Beyond = handle("liv"), []string{"phone"}, []string{"phone"} }),
			draws("kari", func(d *access.Draw) { d.For, d.Columns, d.Beyond = handle("tor"), []string{"phone"}, []string{"phone"} })},
		{"handed out by who may not", one("draw/receiver"), nil, draws("kari", handedOut)},
		{"handed out to another kind", one("draw/receiver"), nil, draws("sec", handedOut, func(d *access.Draw) { d.HandOut = "press" })},
		{"handed out on an officer's request", one("draw/request"), nil, draws("sec", handedOut, func(d *access.Draw) { d.Request = wish })},

		{"asked for by who may not ask", one("draw/request"), draws("sec", asked), draws("sec", asked, func(d *access.Draw) { d.For = handle("ola") })},
		{"asked for by nobody", one("draw/request"), nil, draws("sec", asked, func(d *access.Draw) { d.For = "o-aaaaaaaaaa" })},
		{"asked for of another region", one("draw/request"), nil, draws("sec", asked, func(d *access.Draw) { d.Unit, d.Units = "asker", []register.UnitID{"asker"} })},
		{"asked for of her own unit, of all above", one("draw/request"), nil, draws("sec", region, func(d *access.Draw) { d.For, d.Request = handle("tor"), wish })},
		{"asked for of her own unit, of all below", one("draw/request"), draws("sec", func(d *access.Draw) {
			d.Unit, d.Units, d.Count, d.For, d.Request = "akershus", []register.UnitID{"akershus"}, 0, handle("liv"), wish
		}), draws("sec", region, func(d *access.Draw) { d.For, d.Request = handle("liv"), wish })},
		{"asked for another purpose", one("draw/request"), nil, draws("sec", asked, func(d *access.Draw) { d.Purpose, d.Columns = "phone-round", []string{"given"} })},
		{"approved by who may not", one("draw/request"), draws("eve", func(d *access.Draw) { d.For, d.Request = handle("tor"), wish }), draws("kari", func(d *access.Draw) { d.For, d.Request = handle("tor"), wish })},

		{"of more members than there are", one("draw/count"), honest, draws("kari", func(d *access.Draw) { d.Count = 3 })},
		{"printed where nothing is", one("draw/form"), nil, func(w *world) *check.Report {
			w.main("sec", files{"policies/lists.yaml": []byte(strings.Replace(lists, "printed: true", "printed: false", 1))}, msg("policy", "national"))
			return draws("kari", func(d *access.Draw) { d.Copies = 1 })(w)
		}},
		{"labels where nothing is printed", one("draw/form"), nil, func(w *world) *check.Report {
			w.main("sec", files{"policies/lists.yaml": []byte(strings.Replace(lists, "printed: true", "printed: false", 1))}, msg("policy", "national"))
			return draws("kari", func(d *access.Draw) { d.Form, d.Format = access.FormLabels, access.FormatPDF })(w)
		}},

		{"from a main that never was", one("draw/main"), nil, draws("kari", func(d *access.Draw) { d.Main = strings.Repeat("7", 40) })},
		{"from another proposal", one("draw/main"), nil, func(w *world) *check.Report {
			other := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
			return draws("kari", func(d *access.Draw) { d.Main = other.head.String() })(w)
		}},
		{"from a main of after", one("draw/main"), nil, func(w *world) *check.Report {
			d := w.receipt("kari")
			from := w.head
			w.later(24 * time.Hour)
			d.Main = w.main("sec", files{memberPath("karasjok", cato): sealed()}, msg("edit", "karasjok")).String()
			w.now = w.now.Add(-24 * time.Hour)
			s := w.spec("kari", w.tree(w.treeOf(from), drawFiles(d)), msg("draw", "asker"), from)
			s.Tree = w.tree(s.Tree, files{envelopePath("asker"): w.envelope("kari")})
			head := w.write(s)
			w.later(24 * time.Hour)
			return w.proposed(check.Proposal(w.repo, w.loader, w.head, head, w.options()))
		}},
		{"from main of before, of who were members then", nil, nil, func(w *world) *check.Report {
			d := w.receipt("kari")
			p := w.draft("kari").add(drawFiles(d), msg("draw", "asker"))
			w.main("sec", files{memberPath("asker", anna): nil, closedPath("asker", "2026-06", anna): sealed()}, msg("close", "asker"))
			return p.check()
		}},
	})
}

// A list that was drawn from a copy which lacked what main had had for longer than a
// list may be used is told as draw/fresh, and comes in all the same: it may have been
// drawn where no server answered.
func TestDrawnFromAnOldCopy(t *testing.T) {
	w := newDrawWorld(t)
	old := w.head
	w.later(24 * time.Hour)
	changed := w.day()
	w.main("sec", files{memberPath("karasjok", cato): sealed()}, msg("edit", "karasjok"))
	drawn := func(from string) *check.Report {
		return w.draft("kari").add(drawFiles(w.receipt("kari", func(d *access.Draw) { d.Main = from })), msg("draw", "asker")).check()
	}
	w.later(24 * time.Hour)
	warned(t, drawn(old.String()))
	w.later(24 * time.Hour)
	warned(t, drawn(old.String()), "draw/fresh: drawn from a copy that lacks what has come since "+string(changed))
	warned(t, drawn(w.head.String()))
}

// ATTACK: the receipt and the sealed list beside it do not come together, are
// something else than they say, take the place of another's, or go. At stake: that
// nobody can tell afterwards whom a list named.
func TestAttackDrawFiles(t *testing.T) {
	as := func(who string, fs func(w *world, d *access.Draw) files) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			d := w.receipt(who)
			return w.draft(who).add(fs(w, d), msg("draw", "asker")).check()
		}
	}
	text := func(change func(b []byte) []byte) func(w *world) *check.Report {
		return as("kari", func(w *world, d *access.Draw) files {
			fs := drawFiles(d)
			fs[d.Path().String()] = change(d.Encode())
			return fs
		})
	}
	runDraws(t, []attack{
		{"a receipt without its list", one("draw/pair"), nil, as("kari", func(w *world, d *access.Draw) files { return files{d.Path().String(): d.Encode()} })},
		{"a list without its receipt", one("draw/pair"), nil, as("kari", func(w *world, d *access.Draw) files { return files{d.ListPath().String(): list()} })},
		{"a list of another day", one("draw/pair"), nil, as("kari", func(w *world, d *access.Draw) files {
			fs := files{d.Path().String(): d.Encode()}
			d.Day = d.Day.Add(-1)
			fs[d.ListPath().String()] = list()
			return fs
		})},
		{"a list in clear", one("seal/not-age"), nil, as("kari", func(w *world, d *access.Draw) files {
			fs := drawFiles(d)
			fs[d.ListPath().String()] = []byte("medlem: 1\nmembers:\n  - \"anna2aaaaaaaa\"\n")
			return fs
		})},
		{"a list sealed to somebody", one("seal/stanza"), nil, as("kari", func(w *world, d *access.Draw) files {
			fs := drawFiles(d)
			fs[d.ListPath().String()] = vectors()["classic"]
			return fs
		})},
		{"a reason in clear", one("draw/form"), nil, text(func(b []byte) []byte { return append(b, "reason: Kari\n"...) })},
		{"a name for a purpose", one("draw/form"), nil, text(func(b []byte) []byte { return bytes.Replace(b, []byte("mailing"), []byte("Kari 50"), 1) })},
		{"an id of a member", one("scope/id"), nil, draws("kari", func(d *access.Draw) { d.ID = anna })},
		{"an id of a member elsewhere", one("scope/id"), nil, draws("kari", func(d *access.Draw) { d.ID = cato })},
		{"an id of a request", one("scope/id"), nil, draws("kari", func(d *access.Draw) { d.ID = wish })},
		{"an id of a document", one("scope/id"), nil, func(w *world) *check.Report {
			id := register.NewRecordID()
			w.main("sec", withDocument("ola", id), msg("grant", "asker"))
			return draws("kari", func(d *access.Draw) { d.ID = id })(w)
		}},
		{"an id that was erased", one("scope/erased"), nil, draws("kari", func(d *access.Draw) { d.ID = erna })},
		{"an id of another draw", one("scope/id"), nil, func(w *world) *check.Report {
			was := w.drawn()
			return draws("kari", func(d *access.Draw) { d.ID, d.Day = was.ID, was.Day.Add(-1) })(w)
		}},
		{"another draw's list", one("seal/reused"), nil, func(w *world) *check.Report {
			was, d := w.drawn(), w.receipt("kari")
			fs := drawFiles(d)
			fs[d.ListPath().String()] = w.content(was.ListPath().String())
			return w.draft("kari").add(fs, msg("draw", "asker")).check()
		}},
		{"attested when it was drawn", one("draw/destroyed"), nil, draws("kari", func(d *access.Draw) {
			d.Destroyed = []access.Destruction{{Part: access.PartDigital, Day: d.Drawn, Handle: d.By}}
		})},
		{"a message that says less", one("sign/message"), nil, func(w *world) *check.Report {
			fs := drawFiles(w.receipt("kari"))
			maps.Copy(fs, drawFiles(w.receipt("kari")))
			return w.draft("kari").add(fs, msg("draw", "asker")).check()
		}},
		{"hidden in an edit", one("sign/message"), nil, func(w *world) *check.Report {
			fs := drawFiles(w.receipt("kari"))
			fs[memberPath("asker", anna)] = sealed()
			return w.draft("kari").add(fs, editAsker).check()
		}},
		{"removed", one("draw/changed"), nil, func(w *world) *check.Report {
			d := w.drawn()
			return w.draft("kari").add(files{d.Path().String(): nil, d.ListPath().String(): nil}, msg("attest", "asker")).check()
		}},
		{"removed on main", one("draw/changed"), nil, func(w *world) *check.Report {
			d := w.drawn()
			return w.direct(w.mainSpec("sec", files{d.Path().String(): nil, d.ListPath().String(): nil}, msg("attest", "asker")))
		}},
		{"taken back by a later commit", one("draw/changed"), nil, func(w *world) *check.Report {
			d := w.receipt("kari")
			return w.draft("kari").add(drawFiles(d), msg("draw", "asker")).add(files{d.Path().String(): nil, d.ListPath().String(): nil}, msg("attest", "asker")).check()
		}},
		{"its list removed", one("draw/changed"), nil, func(w *world) *check.Report {
			d := w.drawn()
			return w.draft("kari").add(files{d.ListPath().String(): nil}, msg("attest", "asker")).check()
		}},
		{"its list rewritten", one("draw/changed"), nil, func(w *world) *check.Report {
			d := w.drawn()
			return w.draft("kari").add(files{d.ListPath().String(): list()}, msg("attest", "asker")).check()
		}},
		{"moved to a later day", []string{"draw/by", "draw/changed", "scope/id"}, nil, func(w *world) *check.Report {
			d := w.drawn(func(d *access.Draw) { d.Day = d.Day.Add(-10) })
			was := *d
			d.Day = d.Day.Add(5)
			fs := drawFiles(d)
			fs[was.Path().String()], fs[was.ListPath().String()] = nil, nil
			return w.direct(w.mainSpec("sec", fs, msg("draw", "asker")))
		}},
		{"a merge that changes the receipt", []string{"draw/by"}, nil, func(w *world) *check.Report {
			d := w.receipt("kari")
			p := w.draft("kari").add(drawFiles(d), msg("draw", "asker"))
			d.Count = 1
			return w.direct(w.merge("sec", p, register.NewTopic("asker"), files{d.Path().String(): d.Encode()}))
		}},
		{"a merge that leaves the list out", one("draw/pair"), nil, func(w *world) *check.Report {
			d := w.receipt("kari")
			p := w.draft("kari").add(drawFiles(d), msg("draw", "asker"))
			s := w.merge("sec", p, register.NewTopic("asker"), nil)
			s.Tree = w.tree(s.Tree, files{d.ListPath().String(): nil})
			return w.direct(s)
		}},
		{"a merge of what an officer may not draw", one("draw/by"), nil, func(w *world) *check.Report {
			d := w.receipt("tor")
			p := w.draft("tor").add(drawFiles(d), msg("draw", "asker"))
			return w.direct(w.merge("sec", p, register.NewTopic("asker"), nil))
		}},
	})
}

// An erasure rewrites the sealed lists that named the member, and nothing else
// does.
func TestDrawListRewritten(t *testing.T) {
	w := newDrawWorld(t)
	d := w.drawn()
	fs := files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile(w.day()), d.ListPath().String(): list()}
	want(t, w.direct(w.mainSpec("sec", fs, msg("erase", "asker"))))

	w = newDrawWorld(t)
	d = w.drawn()
	want(t, w.direct(w.mainSpec("sec", files{d.ListPath().String(): list()}, msg("erase", "asker"))), "sign/message")
	want(t, w.draft("kari").add(files{d.ListPath().String(): list()}, msg("erase", "asker")).check(), "draw/changed")
}

// ATTACK: what comes after: a delivery that was none, a destruction by somebody
// else, a receipt that says something else than it did. At stake: that what nobody
// has destroyed counts as gone.
func TestAttackDrawAmended(t *testing.T) {
	sent := func(part, way string, day func(w *world) register.Day) func(w *world, d *access.Draw) {
		return func(w *world, d *access.Draw) {
			d.Sent = append(d.Sent, access.Delivery{Part: part, Way: way, ID: register.NewRecordID(), Day: day(w)})
		}
	}
	now := func(w *world) register.Day { return w.day() }
	gone := func(by string, parts ...string) func(w *world, d *access.Draw) {
		return func(w *world, d *access.Draw) {
			for _, part := range parts {
				d.Destroyed = append(d.Destroyed, access.Destruction{Part: part, Day: w.day(), Handle: handle(by)})
			}
		}
	}
	says := func(change func(d *access.Draw)) func(w *world, d *access.Draw) {
		return func(w *world, d *access.Draw) {
			gone("kari", access.PartPaper)(w, d)
			change(d)
		}
	}
	// then changes a receipt in which something was told already.
	then := func(who string, first, second func(w *world, d *access.Draw)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			d := w.drawn(func(d *access.Draw) { d.Copies, d.For = 1, handle("tor") })
			first(w, d)
			p := w.draft("kari").add(files{d.Path().String(): d.Encode()}, msg("attest", "asker"))
			w.head = w.write(w.merge("sec", p, register.NewTopic("asker"), nil))
			second(w, d)
			return w.draft(who).add(files{d.Path().String(): d.Encode()}, msg("attest", "asker")).check()
		}
	}
	both := func(one, two func(w *world, d *access.Draw)) func(w *world, d *access.Draw) {
		return func(w *world, d *access.Draw) { one(w, d); two(w, d) }
	}
	runDraws(t, []attack{
		{"attested by who got it", nil, nil, then("tor", gone("kari", "digital"), gone("tor", "paper"))},
		{"attested by who may draw there", nil, nil, amends("liv", gone("liv", "digital", "paper"))},
		{"attested when her grant has ended", nil, nil, func(w *world) *check.Report {
			d := w.drawn()
			w.main("sec", files{grantPath("kari", "asker"): nil}, msg("revoke", "asker"))
			gone("kari", "digital")(w, d)
			return w.draft("kari").add(files{d.Path().String(): d.Encode()}, msg("attest", "asker")).check()
		}},
		{"attested by a colleague", one("draw/destroyed"), amends("kari", gone("kari", "digital")), amends("tor", gone("tor", "digital"))},
		{"attested in her name", one("draw/destroyed"), nil, amends("liv", gone("kari", "digital"))},
		{"attested in her name by the secretariat", one("draw/destroyed"), nil, func(w *world) *check.Report {
			d := w.drawn()
			gone("kari", "digital")(w, d)
			return w.direct(w.mainSpec("sec", files{d.Path().String(): d.Encode()}, msg("attest", "asker")))
		}},
		{"attested for tomorrow", one("draw/destroyed"), nil, amends("kari", func(w *world, d *access.Draw) {
			d.Destroyed = []access.Destruction{{Part: "digital", Day: w.day().Add(1), Handle: handle("kari")}}
		})},
		{"attested the second time, as another", one("draw/changed"), nil, then("tor", gone("kari", "digital"), func(w *world, d *access.Draw) {
			d.Destroyed[0].Handle = handle("tor")
		})},
		{"an attestation taken back", one("draw/changed"), nil, then("kari", gone("kari", "digital"), func(w *world, d *access.Draw) { d.Destroyed = nil })},
		{"a delivery taken back", one("draw/changed"), nil, then("kari", sent("file", "email", now), func(w *world, d *access.Draw) { d.Sent = nil })},

		{"the same way", one("draw/delivery"), amends("kari", both(sent("file", "email", now), sent("password", "sms", now))), amends("kari", both(sent("file", "email", now), sent("password", "email", now)))},
		{"the same way, one after the other", one("draw/delivery"), then("kari", sent("file", "email", now), sent("password", "phone", now)), then("kari", sent("file", "email", now), sent("password", "email", now))},
		{"the same way when it was drawn", one("draw/delivery"), nil, draws("kari", func(d *access.Draw) {
			d.Sent = []access.Delivery{{Part: "file", Way: "post", ID: wish, Day: d.Drawn}, {Part: "password", Way: "post", ID: wish, Day: d.Drawn}}
		})},
		{"sent yesterday", one("draw/delivery"), nil, amends("kari", sent("file", "email", func(w *world) register.Day { return w.day().Add(-1) }))},
		{"sent by a colleague's word", one("draw/delivery"), amends("liv", sent("file", "email", now)), amends("tor", sent("file", "email", now))},

		{"fewer members", one("draw/changed"), nil, amends("kari", says(func(d *access.Draw) { d.Count = 1 }))},
		{"another purpose", one("draw/changed"), nil, amends("kari", says(func(d *access.Draw) { d.Purpose = "phone-round" }))},
		{"fewer copies", one("draw/changed"), nil, amends("kari", says(func(d *access.Draw) { d.Copies = 0 }))},
		{"another officer", one("draw/changed"), nil, amends("liv", says(func(d *access.Draw) { d.By = handle("liv") }))},
		{"another day of drawing", one("draw/changed"), nil, amends("kari", says(func(d *access.Draw) { d.Drawn = d.Drawn.Add(1) }))},
		{"fewer columns", one("draw/changed"), nil, amends("kari", says(func(d *access.Draw) { d.Columns = d.Columns[1:] }))},
		{"another main", one("draw/changed"), nil, amends("kari", says(func(d *access.Draw) { d.Main = strings.Repeat("7", 40) }))},
		{"garbled", one("draw/form"), nil, func(w *world) *check.Report {
			d := w.drawn()
			return w.draft("kari").add(files{d.Path().String(): append(d.Encode(), '\n')}, msg("attest", "asker")).check()
		}},
	})

	// Where the policy does not say so, both may go the same way.
	w := newDrawWorld(t)
	w.main("sec", files{"policies/lists.yaml": []byte(strings.Replace(lists, "separate-password: true\n", "", 1))}, msg("policy", "national"))
	want(t, amends("kari", both(sent("file", "post", now), sent("password", "post", now)))(w))
}

// What should be gone is a finding of the register until each of its parts is
// attested, and of nothing that changes it: the unit's other work goes on.
func TestOverdueDraws(t *testing.T) {
	w := newDrawWorld(t)
	d := w.drawn(func(d *access.Draw) { d.Copies = 2 })
	attest := func(part string) {
		d.Destroyed = append(d.Destroyed, access.Destruction{Part: part, Day: w.day(), Handle: handle("kari")})
		p := w.draft("kari").add(files{d.Path().String(): d.Encode()}, msg("attest", "asker"))
		want(t, p.check())
		w.head = w.write(w.merge("sec", p, register.NewTopic("asker"), nil))
	}
	said := func() string {
		t.Helper()
		for _, f := range w.all(w.treeOf(w.head)).Findings {
			if f.Rule == "retention/draw" {
				if f.Unit != "asker" || f.Path != d.Path().String() {
					t.Errorf("said of %q, unit %q", f.Path, f.Unit)
				}
				return f.Message
			}
		}
		return ""
	}
	w.now = d.Day.Time().Add(12 * time.Hour)
	if got := said(); got != "" {
		t.Errorf("on its last day: %s", got)
	}
	w.later(24 * time.Hour)
	if got := said(); !strings.Contains(got, "paper, digital") {
		t.Errorf("the day after: %q", got)
	}
	want(t, edit(w))
	attest("digital")
	if got := said(); !strings.HasSuffix(got, ": paper") {
		t.Errorf("the file gone: %q", got)
	}
	attest("paper")
	if got := said(); got != "" {
		t.Errorf("both gone: %s", got)
	}
}

// A register as it stands: receipts and lists that something else than a check of
// changes let in.
func TestAllDraws(t *testing.T) {
	whole := func(change func(w *world, d *access.Draw, fs files)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			d := w.receipt("kari")
			fs := drawFiles(d)
			if change != nil {
				change(w, d, fs)
			}
			return w.all(w.withKeyrings(w.tree(w.treeOf(w.head), fs)))
		}
	}
	runDraws(t, []attack{
		{"a receipt alone", one("draw/pair"), whole(nil), whole(func(w *world, d *access.Draw, fs files) { delete(fs, d.ListPath().String()) })},
		{"a list alone", one("draw/pair"), nil, whole(func(w *world, d *access.Draw, fs files) { delete(fs, d.Path().String()) })},
		{"a receipt in words", one("draw/form"), nil, whole(func(w *world, d *access.Draw, fs files) { fs[d.Path().String()] = []byte("medlem: 1\nfor: Kari\n") })},
		{"an overdue one in words", one("draw/form"), nil, whole(func(w *world, d *access.Draw, fs files) {
			clear(fs)
			d.Day = w.day().Add(-1)
			maps.Copy(fs, drawFiles(d))
			fs[d.Path().String()] = []byte("medlem: 1\nfor: Kari\n")
		})},
		{"a list in clear", one("seal/not-age"), nil, whole(func(w *world, d *access.Draw, fs files) { fs[d.ListPath().String()] = []byte("anna\n") })},
		{"a list twice", one("seal/reused"), nil, whole(func(w *world, d *access.Draw, fs files) {
			other := w.receipt("kari")
			fs[other.Path().String()], fs[other.ListPath().String()] = other.Encode(), fs[d.ListPath().String()]
		})},
	})
}

// A list of the whole country has a sealed file that is larger than a record may
// be.
func TestLargeDrawList(t *testing.T) {
	w := newDrawWorld(t)
	b, err := seal.SealEvidence(seal.NewKey(), bytes.Repeat([]byte("#"), 2<<20))
	w.must(err)
	d := w.receipt("kari")
	want(t, w.draft("kari").add(files{d.Path().String(): d.Encode(), d.ListPath().String(): b}, msg("draw", "asker")).check())
	want(t, w.draft("kari").add(files{memberPath("asker", anna): b}, editAsker).check(), "layout/size", "seal/envelope")
}

// The first commit of a register answers for itself, and draws no list.
func TestFirstCommitDrawsNothing(t *testing.T) {
	w := newDrawWorld(t)
	first := func(fs files) *check.Report {
		tree := w.withKeyrings(w.tree(w.treeOf(w.head), fs))
		return w.ofMain(check.Direct(w.repo, w.loader, gitstore.ZeroID, w.write(w.spec("sec", tree, register.InitMessage)), w.options()))
	}
	if r := first(nil); slices.Contains(rules(r), "draw/by") {
		t.Errorf("without a list: %q", rules(r))
	}
	if r := first(drawFiles(w.receipt("sec"))); !slices.Contains(rules(r), "draw/by") {
		t.Errorf("with a list: %q", rules(r))
	}
}

// Verify of a long history follows draws in its index, and says what Direct says.
func TestDrawsInHistory(t *testing.T) {
	w := newDrawWorld(t)
	from := w.head
	first := w.drawn()
	for range 32 {
		w.main("sec", files{memberPath("asker", anna): sealed()}, editAsker)
	}
	o := w.options()
	o.Keyrings = w
	want(t, w.ofMain(check.Verify(w.repo, w.loader, from, w.head, o)))
	d := w.receipt("sec", func(d *access.Draw) { d.ID, d.Day = first.ID, first.Day.Add(-2) })
	s := w.mainSpec("sec", drawFiles(d), msg("draw", "asker"))
	want(t, w.direct(s), "scope/id")
	want(t, w.ofMain(check.Verify(w.repo, w.loader, from, w.write(s), o)), "scope/id")
}

// A list that is drawn when a review is overdue waits for it; that one is destroyed
// never waits.
func TestDrawsWait(t *testing.T) {
	w := newDrawWorld(t)
	d := w.drawn()
	w.main("sec", files{"policies/review.yaml": []byte("access: {per-year: 1, by: [registrar], of: all, blocks: true, since: 2026-03-02}\n")}, msg("policy", "national"))
	w.now = w.now.AddDate(2, 0, 0)
	want(t, draws("kari")(w), "review/overdue")
	d.Destroyed = []access.Destruction{{Part: "digital", Day: w.day(), Handle: handle("kari")}}
	want(t, w.draft("kari").add(files{d.Path().String(): d.Encode()}, msg("attest", "asker")).check())
}

// To check a change of one record no draw is looked at, however many there are: it
// goes well where the unit's draws cannot even be read. A list of that unit does not.
func TestRecordsReadNoDraws(t *testing.T) {
	w := newDrawWorld(t)
	gone := gitstore.ID(bytes.Repeat([]byte{7}, 20))
	w.head = w.write(w.spec("sec", w.treeWith(w.treeOf(w.head), "data/asker/draws", gitstore.ModeDir, gone), msg("draw", "asker"), w.head))
	want(t, edit(w))
	want(t, w.draft("kari").add(files{memberPath("asker", register.NewRecordID()): sealed()}, msg("add", "asker")).check())
	want(t, w.direct(w.mainSpec("sec", files{memberPath("asker", anna): sealed()}, editAsker)))
	if _, err := check.All(w.repo, w.loader, w.head, w.options()); err == nil {
		t.Error("the draws were there all the time")
	}
}
