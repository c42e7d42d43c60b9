package check_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
)

// proposal checks a draft of one commit.
func proposal(who string, fs files, message string) func(w *world) *check.Report {
	return func(w *world) *check.Report { return w.draft(who).add(fs, message).check() }
}

// direct checks one commit of the secretariat.
func direct(fs files, message string) func(w *world) *check.Report {
	return func(w *world) *check.Report { return w.direct(w.mainSpec("sec", fs, message)) }
}

func msg(verb string, u register.UnitID) string { return register.Message(verb, 1, u) }

// The acts that each office has, as proposals: what the policy gives passes,
// what it does not give is refused by scope/act alone. The units are those of
// the record; rut may do everything that a proposal can.
func TestActs(t *testing.T) {
	id := register.NewRecordID()
	acts := []struct {
		name string
		fs   files
		msg  string
		may  []string // who may do it
	}{
		{"add", files{memberPath("asker", id): sealed()}, msg("add", "asker"), []string{"rut", "liv", "kari"}},
		{"edit", files{memberPath("asker", anna): sealed()}, editAsker, []string{"rut", "liv", "kari"}},
		{"edit elsewhere", files{memberPath("karasjok", cato): sealed()}, msg("edit", "karasjok"), []string{"rut", "ola"}},
		{"move within the region", files{memberPath("asker", anna): nil, memberPath("lillestrom", anna): sealed()}, msg("move", "asker"), []string{"rut", "liv"}},
		{"move out of the region", files{memberPath("asker", anna): nil, memberPath("karasjok", anna): sealed()}, msg("move", "asker"), []string{"rut"}},
		{"move into the region", files{memberPath("karasjok", cato): nil, memberPath("asker", cato): sealed()}, msg("move", "asker"), []string{"rut"}},
		{"close", files{memberPath("asker", anna): nil, closedPath("asker", "2026-05", anna): sealed()}, msg("close", "asker"), []string{"rut"}},
		{"close elsewhere", files{memberPath("karasjok", cato): nil, closedPath("karasjok", "2026-05", cato): sealed()}, msg("close", "karasjok"), []string{"rut", "ola"}},
		{"reopen", files{closedPath("asker", "2026-04", dag): nil, memberPath("asker", dag): sealed()}, msg("reopen", "asker"), []string{"rut"}},
		{"reschedule", files{closedPath("asker", "2026-04", dag): nil, closedPath("asker", "2026-06", dag): sealed()}, msg("reschedule", "asker"), []string{"rut"}},
		{"edit a closed record", files{closedPath("asker", "2026-04", dag): sealed()}, editAsker, []string{"rut"}},
		{"erase", files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile("2026-03-05")}, msg("erase", "asker"), []string{"rut"}},
		{"request", files{requestPath("asker", id): sealed()}, msg("request", "asker"), []string{"rut", "liv", "kari", "tor"}},
		{"evidence", withDocument("sig", id), msg("grant", "asker"), []string{"rut"}},
		{"grant", files{grantPath("sig", "asker"): grantFile("chair", "2026-03-05", "")}, msg("grant", "asker"), []string{"rut"}},
		{"revoke", files{grantPath("ola", "karasjok"): nil}, msg("revoke", "karasjok"), []string{"rut"}},
		{"new officer", files{officerPath("eve"): officerOf("eve").Encode(), grantPath("eve", "asker"): grantFile("chair", "2026-03-05", "")}, msg("grant", "asker"), []string{"rut"}},
		{"new officer without a grant", files{officerPath("eve"): officerOf("eve").Encode()}, msg("grant", "asker"), []string{"rut"}},
		{"site", files{"site/content/index.md": []byte("Hello again.\n")}, msg("site", "national"), []string{"rut"}},
		{"workflow", files{".github/workflows/check.yml": []byte("on: push\n")}, msg("site", "national"), []string{"rut"}},
		{"beside the register", files{"tools/run.sh": []byte("#!/bin/sh\n")}, msg("site", "national"), []string{"rut"}},
	}
	for _, a := range acts {
		for _, who := range []string{"rut", "liv", "kari", "tor", "ola"} {
			t.Run(a.name+"/"+who, func(t *testing.T) {
				r := newWorld(t).draft(who).add(a.fs, a.msg).check()
				for _, m := range a.may {
					if m == who {
						want(t, r)
						return
					}
				}
				want(t, r, "scope/act")
			})
		}
	}
}

// A grant gives its rights on its days, judged by main as it is now: not by the
// main from which the proposal left, nor by what the proposal brings.
func TestAuthorityIsMains(t *testing.T) {
	// Kari's grant is ended after she began her draft.
	revoked := func(w *world) *draft {
		d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
		w.main("sec", files{grantPath("kari", "asker"): nil}, msg("revoke", "asker"))
		return d
	}
	// Ola's grant came after he began his.
	granted := func(w *world) *draft {
		d := w.draft("ola").add(files{memberPath("asker", anna): sealed()}, editAsker)
		w.main("sec", files{grantPath("ola", "asker"): grantFile("chair", w.day(), "")}, msg("grant", "asker"))
		return d
	}
	run(t, []attack{
		{"a grant that was revoked since", one("scope/act"), func(w *world) *check.Report { return granted(w).check() },
			func(w *world) *check.Report { return revoked(w).check() }},
		{"a grant of the proposal's own", []string{"grant/self", "scope/act"}, nil, func(w *world) *check.Report {
			return w.draft("kari").add(files{grantPath("kari", "karasjok"): grantFile("member-officer", w.day(), ""), envelopePath("karasjok"): w.envelope("kari")}, msg("grant", "karasjok")).
				add(files{memberPath("karasjok", cato): sealed()}, msg("edit", "karasjok")).check()
		}},
		{"an ended grant", one("scope/act"), func(w *world) *check.Report {
			w.main("sec", files{grantPath("kari", "asker"): grantFile("member-officer", "2026-03-02", "2026-03-05")}, msg("revoke", "asker"))
			return w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker).check()
		}, func(w *world) *check.Report {
			w.main("sec", files{grantPath("kari", "asker"): grantFile("member-officer", "2026-03-02", "2026-03-05")}, msg("revoke", "asker"))
			d := w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker)
			w.now = w.now.AddDate(0, 0, 1)
			return d.check()
		}},
		{"no grant at all", one("scope/act"), nil, func(w *world) *check.Report {
			w.main("sec", files{grantPath("kari", "asker"): nil}, msg("revoke", "asker"))
			return w.draft("kari").add(files{memberPath("asker", anna): sealed()}, editAsker).check()
		}},
	})
}

// ATTACK: the rules are changed in the same breath as what they rule. At stake:
// somebody who may propose a policy gives herself what it does not give.
func TestPolicyAlone(t *testing.T) {
	wider := func(w *world) []byte {
		return bytes.Replace(w.content("policies/access.yaml"), []byte("may: [read, request]"), []byte("may: [read, edit, request]"), 1)
	}
	run(t, []attack{
		{"policy and a record", one("scope/alone"), func(w *world) *check.Report {
			return w.draft("rut").add(files{"policies/access.yaml": wider(w)}, msg("policy", "national")).check()
		}, func(w *world) *check.Report {
			return w.draft("rut").add(files{"policies/access.yaml": wider(w), memberPath("asker", anna): sealed()}, editAsker).check()
		}},
		{"policy in one commit, a grant in the next", one("scope/alone"), nil, func(w *world) *check.Report {
			return w.draft("rut").add(files{"policies/access.yaml": wider(w)}, msg("policy", "national")).
				add(files{grantPath("ola", "asker"): grantFile("chair", w.day(), "")}, msg("grant", "asker")).check()
		}},
		{"recovery recipient and a grant", []string{"scope/alone"}, func(w *world) *check.Report {
			return w.draft("rut").add(files{officerPath("recovery"): recovery("eve")}, msg("rotate", "national")).check()
		}, func(w *world) *check.Report {
			return w.draft("rut").add(files{officerPath("recovery"): recovery("eve"), grantPath("ola", "asker"): grantFile("chair", w.day(), "")}, msg("grant", "asker")).check()
		}},
		{"the same on main", one("scope/alone"), func(w *world) *check.Report {
			return w.direct(w.mainSpec("sec", files{"policies/access.yaml": wider(w)}, msg("policy", "national")))
		}, func(w *world) *check.Report {
			return w.direct(w.mainSpec("sec", files{"policies/access.yaml": wider(w), grantPath("ola", "asker"): grantFile("chair", w.day(), "")}, msg("grant", "asker")))
		}},
		{"a policy that cannot be read", one("policy/malformed"), nil, proposal("rut", files{"policies/access.yaml": []byte("offices: [\n")}, msg("policy", "national"))},
		{"a policy by somebody who may not", one("scope/act"), nil, func(w *world) *check.Report {
			return w.draft("kari").add(files{"policies/access.yaml": wider(w)}, msg("policy", "asker")).check()
		}},
	})
}

// recovery is the recovery file with another actor's recipient.
func recovery(name string) []byte {
	o := officerOf("recovery")
	o.Recipients = officerOf(name).Recipients
	return o.Encode()
}

// ATTACK: a change of files that is none of the acts. At stake: records that
// vanish without a trace, ids that come back, evidence that says something else.
func TestScopeAttacks(t *testing.T) {
	fresh := register.NewRecordID()
	// tomb erases Anna for a reason.
	tomb := func(rule string) func(w *world) *check.Report {
		file := (&access.Tombstone{Day: "2026-03-05", Rule: rule}).Encode()
		return direct(files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): file}, msg("erase", "asker"))
	}
	run(t, []attack{
		{"a record that vanishes", one("scope/gone"), proposal("rut", files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile("2026-03-05")}, msg("erase", "asker")),
			proposal("rut", files{memberPath("asker", anna): nil}, msg("erase", "asker"))},
		{"on main too", one("scope/gone"), direct(files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile("2026-03-05")}, msg("erase", "asker")),
			direct(files{memberPath("asker", anna): nil}, msg("erase", "asker"))},
		{"the other unit's tombstone", []string{"scope/gone", "scope/tombstone"}, nil,
			proposal("rut", files{memberPath("asker", anna): nil, tombPath("karasjok", "2026", anna): tombFile("2026-03-05")}, msg("erase", "asker"))},
		{"a tombstone without an erasure", one("scope/tombstone"), nil, proposal("rut", files{tombPath("asker", "2026", fresh): tombFile("2026-03-05")}, msg("erase", "asker"))},
		{"a tombstone in another year's folder", one("scope/tombstone"), nil,
			proposal("rut", files{memberPath("asker", anna): nil, tombPath("asker", "2027", anna): tombFile("2026-03-05")}, msg("erase", "asker"))},
		{"a tombstone that tells", one("scope/tombstone"), nil,
			proposal("rut", files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): []byte("medlem: 1\nday: 2026-03-05\nrule: Anna moved to Oslo\n")}, msg("erase", "asker"))},
		{"a tombstone of a reason that is none", one("scope/tombstone"), tomb("expelled"), tomb("anna-nordmann")},
		{"a tombstone of a reason that was", nil, nil, func(w *world) *check.Report {
			b := w.content("policies/retention.yaml")
			w.main("sec", files{"policies/retention.yaml": bytes.Replace(b, []byte("id: expelled"), []byte("id: thrown-out"), 1)}, msg("policy", "national"))
			return tomb(access.FormerReason)(w)
		}},
		{"by its former name", one("scope/tombstone"), nil, func(w *world) *check.Report {
			b := w.content("policies/retention.yaml")
			w.main("sec", files{"policies/retention.yaml": bytes.Replace(b, []byte("id: expelled"), []byte("id: thrown-out"), 1)}, msg("policy", "national"))
			return tomb("expelled")(w)
		}},
		{"a tombstone that goes", one("scope/tombstone"), nil, proposal("rut", files{tombPath("asker", "2026", erna): nil}, msg("erase", "asker"))},
		{"a tombstone that changes", one("scope/tombstone"), nil, proposal("rut", files{tombPath("asker", "2026", erna): tombFile("2026-03-05")}, msg("erase", "asker"))},
		{"an erased id that comes back", one("scope/erased"), proposal("kari", files{memberPath("asker", fresh): sealed()}, msg("add", "asker")),
			proposal("kari", files{memberPath("asker", erna): sealed()}, msg("add", "asker"))},
		{"in another unit", one("scope/erased"), nil, proposal("ola", files{memberPath("karasjok", erna): sealed()}, msg("add", "karasjok"))},
		{"as a request", one("scope/erased"), nil, proposal("ola", files{requestPath("karasjok", erna): sealed()}, msg("request", "karasjok"))},
		{"on main", one("scope/erased"), nil, direct(files{memberPath("karasjok", erna): sealed()}, msg("add", "karasjok"))},
		{"erased and moved at once", []string{"scope/erased", "scope/tombstone"}, nil, proposal("rut",
			files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile("2026-03-05"), memberPath("karasjok", anna): sealed()}, msg("erase", "asker"))},
		{"an id that is taken", one("scope/id"), nil, proposal("ola", files{memberPath("karasjok", anna): sealed()}, msg("add", "karasjok"))},
		{"an id that a closed record has", one("scope/id"), nil, proposal("ola", files{memberPath("karasjok", dag): sealed()}, msg("add", "karasjok"))},
		{"an id that is taken, on main", one("scope/id"), nil, direct(files{memberPath("karasjok", anna): sealed()}, msg("add", "karasjok"))},
		{"a record in two places", one("scope/place"), nil, proposal("rut", files{memberPath("asker", fresh): sealed(), memberPath("karasjok", fresh): sealed()}, msg("add", "asker"))},
		{"one in each commit", one("scope/place"), nil, func(w *world) *check.Report {
			return w.draft("rut").add(files{memberPath("asker", fresh): sealed()}, msg("add", "asker")).add(files{memberPath("karasjok", fresh): sealed()}, msg("add", "karasjok")).check()
		}},
		{"kept and moved", one("scope/place"), nil, proposal("rut", files{memberPath("asker", anna): sealed(), memberPath("karasjok", anna): sealed()}, msg("move", "asker"))},
		{"a record that begins closed", one("scope/place"), nil, proposal("rut", files{closedPath("asker", "2026-05", fresh): sealed()}, msg("close", "asker"))},
		{"a month that has passed", one("scope/month"), nil, proposal("rut", files{memberPath("asker", anna): nil, closedPath("asker", "2026-02", anna): sealed()}, msg("close", "asker"))},
		{"this month", nil, nil, proposal("rut", files{memberPath("asker", anna): nil, closedPath("asker", "2026-03", anna): sealed()}, msg("close", "asker"))},
		{"the last month that the policy allows", nil, nil, proposal("rut", files{memberPath("asker", anna): nil, closedPath("asker", "2027-03", anna): sealed()}, msg("close", "asker"))},
		{"a month too late", one("scope/month"), nil, proposal("rut", files{memberPath("asker", anna): nil, closedPath("asker", "2027-04", anna): sealed()}, msg("close", "asker"))},
		{"rescheduled beyond the policy", one("scope/month"), nil, proposal("rut", files{closedPath("asker", "2026-04", dag): nil, closedPath("asker", "2030-01", dag): sealed()}, msg("reschedule", "asker"))},
		{"rescheduled as it is", nil, nil, func(w *world) *check.Report {
			b := w.content(closedPath("asker", "2026-04", dag))
			return w.draft("rut").add(files{closedPath("asker", "2026-04", dag): nil, closedPath("asker", "2026-05", dag): b}, msg("reschedule", "asker")).check()
		}},
		{"a keyring", one("scope/keyring"), nil, func(w *world) *check.Report {
			return w.draft("rut").add(files{keyringPath("asker"): w.keyring(w.state(w.head), "asker", w.state(w.head).Readers("asker", w.day())).Encode()}, msg("readers", "asker")).check()
		}},
		{"a keyring that goes", one("scope/keyring"), nil, proposal("rut", files{keyringPath("asker"): nil}, msg("readers", "asker"))},
		{"a request that waits", one("scope/answered"), direct(files{requestPath("asker", wish): nil}, msg("withdraw", "asker")), proposal("rut", files{requestPath("asker", wish): nil}, msg("withdraw", "asker"))},
		{"a request that says something else", one("scope/answered"), nil, proposal("rut", files{requestPath("asker", wish): sealed()}, msg("request", "asker"))},
		{"evidence that says something else", []string{"scope/evidence", "grant/evidence"}, nil, func(w *world) *check.Report {
			path := evidencePath("asker", fresh)
			w.main("sec", withDocument("sig", fresh), msg("grant", "asker"))
			return w.draft("rut").add(files{path: sealed()}, msg("grant", "asker")).check()
		}},
		{"evidence taken away by somebody who may not erase", one("scope/act"), func(w *world) *check.Report {
			w.main("sec", withDocument("sig", fresh), msg("grant", "asker"))
			return w.draft("rut").add(files{evidencePath("asker", fresh): nil, grantPath("sig", "asker"): nil}, msg("revoke", "asker")).check()
		}, func(w *world) *check.Report {
			w.main("sec", withDocument("sig", fresh), msg("grant", "asker"))
			w.main("sec", files{grantPath("sig", "asker"): nil}, msg("revoke", "asker"))
			return w.draft("kari").add(files{evidencePath("asker", fresh): nil}, msg("withdraw", "asker")).check()
		}},
		{"evidence taken away, and its grant not", []string{"scope/act", "grant/evidence"}, nil, func(w *world) *check.Report {
			w.main("sec", withDocument("sig", fresh), msg("grant", "asker"))
			return w.draft("kari").add(files{evidencePath("asker", fresh): nil}, msg("withdraw", "asker")).check()
		}},
		{"evidence without a grant", one("scope/evidence"), proposal("rut", withDocument("sig", fresh), msg("grant", "asker")),
			proposal("rut", files{evidencePath("asker", fresh): sealed()}, msg("grant", "asker"))},
		{"evidence without a grant on main", one("scope/evidence"), direct(withDocument("sig", fresh), msg("grant", "asker")),
			direct(files{evidencePath("asker", fresh): sealed()}, msg("grant", "asker"))},
		{"evidence beside another unit's grant", []string{"scope/evidence", "grant/evidence"}, nil, func(w *world) *check.Report {
			fs := withDocument("sig", fresh)
			fs[evidencePath("karasjok", fresh)], fs[evidencePath("asker", fresh)] = fs[evidencePath("asker", fresh)], nil
			delete(fs, evidencePath("asker", fresh))
			return w.draft("rut").add(fs, msg("grant", "asker")).check()
		}},
		{"a receipt", one("scope/receipt"), nil, proposal("rut", files{receiptPath(fresh): []byte("medlem: 1\nkari: nordmann\n")}, msg("erase", "asker"))},
		{"a receipt on main", one("scope/receipt"), direct(files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile("2026-03-05")}, msg("erase", "asker")),
			direct(files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile("2026-03-05"), receiptPath(anna): []byte("medlem: 1\n")}, msg("erase", "asker"))},
		{"an activity", one("scope/act"), nil, proposal("rut", files{"data/asker/activities/2026-07-01/" + string(fresh) + ".yaml.age": sealed()}, editAsker)},
		{"a sending", one("sending/receipt"), nil, direct(files{"data/asker/sendings/2026-07/" + string(fresh) + ".yaml": []byte("medlem: 1\n")}, editAsker)},
	})
}

// withDocument is a grant of an actor's as chair of Asker, and a document that it
// names.
func withDocument(name string, id register.RecordID) files {
	doc := sealed()
	g := access.Grant{Office: "chair", From: today, Evidence: []access.Evidence{{ID: id, SHA256: digest(doc)}}}
	return files{grantPath(name, "asker"): g.Encode(), evidencePath("asker", id): doc}
}

func receiptPath(id register.RecordID) string {
	return register.Path{Kind: register.Receipt, Unit: "asker", ID: id}.String()
}

// An officer may take back what her own draft brought, and only that.
func TestTakingBack(t *testing.T) {
	fresh := register.NewRecordID()
	member, request := memberPath("asker", fresh), requestPath("asker", fresh)
	run(t, []attack{
		{"one's own new member", nil, nil, func(w *world) *check.Report {
			return w.draft("kari").add(files{member: sealed()}, msg("add", "asker")).add(files{memberPath("asker", anna): sealed()}, editAsker).
				add(files{member: nil}, msg("withdraw", "asker")).check()
		}},
		{"one's own request", nil, nil, func(w *world) *check.Report {
			return w.draft("tor").add(files{request: sealed()}, msg("request", "asker")).add(files{request: nil}, msg("withdraw", "asker")).check()
		}},
		{"a member that main had, by way of another place", one("scope/gone"), nil, func(w *world) *check.Report {
			there := memberPath("lillestrom", anna)
			return w.draft("liv").add(files{memberPath("asker", anna): nil, there: sealed()}, msg("move", "asker")).
				add(files{there: nil}, msg("withdraw", "lillestrom")).check()
		}},
		{"a member that main had, reopened first", one("scope/gone"), nil, func(w *world) *check.Report {
			return w.draft("rut").add(files{memberPath("asker", anna): nil, closedPath("asker", "2026-05", anna): sealed()}, msg("close", "asker")).
				add(files{closedPath("asker", "2026-05", anna): nil, memberPath("asker", anna): sealed()}, msg("reopen", "asker")).
				add(files{memberPath("asker", anna): nil}, msg("withdraw", "asker")).check()
		}},
	})
}

// Main moves on while a proposal waits.
func TestStale(t *testing.T) {
	// since has main change something after Kari or Rut drew up a draft.
	since := func(who string, mine files, verb string, mains files, mainVerb string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			d := w.draft(who).add(mine, msg(verb, "asker"))
			w.main("sec", mains, msg(mainVerb, "asker"))
			return d.check()
		}
	}
	annaEdited := files{memberPath("asker", anna): sealed()}
	annaMoved := files{memberPath("asker", anna): nil, memberPath("karasjok", anna): sealed()}
	annaClosed := files{memberPath("asker", anna): nil, closedPath("asker", "2026-05", anna): sealed()}
	annaErased := files{memberPath("asker", anna): nil, tombPath("asker", "2026", anna): tombFile("2026-03-05")}
	run(t, []attack{
		{"a record that was erased", one("scope/erased"), since("kari", annaEdited, "edit", files{memberPath("asker", berit): sealed()}, "edit"),
			since("kari", annaEdited, "edit", annaErased, "erase")},
		{"edited in both", nil, nil, since("kari", annaEdited, "edit", files{memberPath("asker", anna): sealed()}, "edit")},
		{"moved away", one("scope/stale"), nil, since("kari", annaEdited, "edit", annaMoved, "move")},
		{"closed", one("scope/stale"), nil, since("kari", annaEdited, "edit", annaClosed, "close")},
		{"closed in both", one("scope/stale"), nil, since("rut", files{memberPath("asker", anna): nil, closedPath("asker", "2026-06", anna): sealed()}, "close", annaClosed, "close")},
		{"closed here, edited there", nil, nil, since("rut", annaClosed, "close", files{memberPath("asker", anna): sealed()}, "edit")},
		{"added in both", one("scope/id"), nil, func(w *world) *check.Report {
			id := register.NewRecordID()
			return since("kari", files{memberPath("asker", id): sealed()}, "add", files{memberPath("karasjok", id): sealed(), memberPath("asker", anna): sealed()}, "edit")(w)
		}},
		{"a grant written in both", one("scope/stale"), since("rut", files{grantPath("ola", "asker"): grantFile("chair", "2026-03-05", "")}, "grant",
			files{memberPath("asker", berit): sealed()}, "edit"),
			since("rut", files{grantPath("ola", "asker"): grantFile("chair", "2026-03-05", "")}, "grant",
				files{grantPath("ola", "asker"): grantFile("member-officer", "2026-03-05", "")}, "grant")},
		{"the same grant in both", nil, nil, since("rut", files{grantPath("ola", "asker"): grantFile("chair", "2026-03-05", "")}, "grant",
			files{grantPath("ola", "asker"): grantFile("chair", "2026-03-05", "")}, "grant")},
	})
}

// ATTACK: an office that reaches no unit, and may only ask, does more. At stake:
// such an office is given to somebody who must see nobody.
func TestScopeNone(t *testing.T) {
	asks := func(who string, unit register.UnitID, fs files, verb string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			b := w.content("policies/access.yaml")
			none := bytes.Replace(b, []byte("scope: own\n    may: [read, request]"), []byte("scope: none\n    may: [request]"), 1)
			w.main("sec", files{"policies/access.yaml": none}, msg("policy", "national"))
			if slices.Contains(w.state(w.head).Units["asker"].Keyring.Readers, handle("tor")) {
				t.Error("an office without scope reads a keyring")
			}
			return w.draft(who).add(fs, msg(verb, unit)).check()
		}
	}
	fresh := register.NewRecordID()
	honest := asks("tor", "asker", files{requestPath("asker", fresh): sealed()}, "request")
	run(t, []attack{
		{"a new member", one("scope/act"), honest, asks("tor", "asker", files{memberPath("asker", fresh): sealed()}, "add")},
		{"another member", one("scope/act"), nil, asks("tor", "asker", files{memberPath("asker", anna): sealed()}, "edit")},
		{"a request in another unit", one("scope/act"), nil, asks("tor", "karasjok", files{requestPath("karasjok", fresh): sealed()}, "request")},
	})
}
