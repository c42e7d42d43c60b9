package check_test

import (
	"bytes"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
)

const today = register.Day("2026-03-05") // of newWorld

// grants checks a proposal of Rut's, who may grant everywhere, or the same as an
// act of the secretariat.
func grants(fs files) func(w *world) *check.Report {
	return proposal("rut", fs, msg("grant", "asker"))
}

func retired(o *access.Officer, names ...string) *access.Officer {
	for _, n := range names {
		o.Retired = append(o.Retired, access.Retired{Recipient: access.RecipientID(n), Day: today})
	}
	return o
}

// ATTACK: access that nobody decided on, or that was never given. At stake: who
// reads the members, and who could have read them when.
func TestGrantAttacks(t *testing.T) {
	evidence := register.NewRecordID()
	withEvidence := func(sum string) []byte {
		return (&access.Grant{Office: "chair", From: today, Evidence: []access.Evidence{{ID: evidence, SHA256: sum}}}).Encode()
	}
	document := sealed()
	ola := grantPath("ola", "asker")
	honest := grants(files{ola: grantFile("chair", today, "")})
	ended := func(then files) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			w.main("sec", files{ola: grantFile("chair", today, today)}, msg("grant", "asker"))
			w.now = w.now.AddDate(0, 0, 10)
			return w.draft("rut").add(then, msg("grant", "asker")).check()
		}
	}
	run(t, []attack{
		{"unknown office", one("grant/office"), honest, grants(files{ola: grantFile("king", today, "")})},
		{"office of another level", one("grant/level"), honest, grants(files{ola: grantFile("secretariat", today, "")})},
		{"office of a branch in a region", one("grant/level"), nil, proposal("rut", files{grantPath("ola", "akershus"): grantFile("chair", today, "")}, msg("grant", "akershus"))},
		{"one seat, two chairs", one("grant/seats"), honest, func(w *world) *check.Report {
			w.main("sec", files{ola: grantFile("chair", today, "")}, msg("grant", "asker"))
			return w.draft("rut").add(files{grantPath("tor", "asker"): grantFile("chair", today, "")}, msg("grant", "asker")).check()
		}},
		{"a successor", nil, nil, func(w *world) *check.Report {
			w.main("sec", files{ola: grantFile("chair", today, "")}, msg("grant", "asker"))
			return w.draft("rut").add(files{ola: grantFile("chair", today, "2026-03-31"), grantPath("liv", "asker"): grantFile("chair", "2026-04-01", "")}, register.Message("grant", 2, "asker")).check()
		}},
		{"the last of the secretariat", one("grant/vacant"), nil, grants(files{grantPath("sec", "national"): nil, ola: grantFile("chair", today, "")})},
		{"a grant to nobody", one("grant/officer"), grants(files{grantPath("eve", "asker"): grantFile("chair", today, ""), officerPath("eve"): officerOf("eve").Encode()}),
			grants(files{grantPath("eve", "asker"): grantFile("chair", today, "")})},
		{"an officer's file that goes before her grant", one("grant/officer"), nil, grants(files{officerPath("ola"): nil})},
		{"the recovery recipient that goes", one("grant/officer"), nil, proposal("rut", files{officerPath("recovery"): nil}, msg("rotate", "national"))},
		{"to oneself", one("grant/self"), honest, grants(files{grantPath("rut", "asker"): grantFile("chair", today, "")})},
		{"more to oneself", one("grant/self"), nil, func(w *world) *check.Report {
			w.main("sec", files{grantPath("rut", "asker"): grantFile("member-officer", today, "2026-04-01")}, msg("grant", "asker"))
			return w.draft("rut").add(files{grantPath("rut", "asker"): grantFile("member-officer", today, "2027-04-01")}, msg("grant", "asker")).check()
		}},
		{"less to oneself", nil, nil, func(w *world) *check.Report {
			w.main("sec", files{grantPath("rut", "asker"): grantFile("member-officer", today, "2027-04-01")}, msg("grant", "asker"))
			return w.draft("rut").add(files{grantPath("rut", "asker"): grantFile("member-officer", today, "2026-04-01")}, msg("grant", "asker")).check()
		}},
		{"nothing to oneself", nil, nil, func(w *world) *check.Report {
			w.main("sec", files{grantPath("rut", "asker"): grantFile("member-officer", today, "")}, msg("grant", "asker"))
			return w.draft("rut").add(files{grantPath("rut", "asker"): nil}, msg("revoke", "asker")).check()
		}},
		{"the secretariat to itself", one("grant/self"), direct(files{ola: grantFile("chair", today, "")}, msg("grant", "asker")),
			direct(files{grantPath("sec", "asker"): grantFile("chair", today, "")}, msg("grant", "asker"))},
		{"backdated", one("grant/backdated"), honest, grants(files{ola: grantFile("chair", "2026-03-04", "")})},
		{"backdated later", one("grant/backdated"), nil, func(w *world) *check.Report {
			w.main("sec", files{ola: grantFile("chair", "2026-06-01", "")}, msg("grant", "asker"))
			return w.draft("rut").add(files{ola: grantFile("chair", "2026-03-01", "")}, msg("grant", "asker")).check()
		}},
		{"backdated by the secretariat", one("grant/backdated"), nil, direct(files{ola: grantFile("chair", "2026-03-04", "")}, msg("grant", "asker"))},
		{"an ended grant made longer", one("grant/ended"), ended(files{ola: grantFile("member-officer", "2026-03-15", "")}), ended(files{ola: grantFile("chair", today, "2027-01-01")})},
		{"an ended grant made another", one("grant/ended"), nil, ended(files{ola: grantFile("member-officer", today, today)})},
		{"an ended grant taken away", nil, nil, func(w *world) *check.Report {
			w.main("sec", files{ola: grantFile("chair", today, today)}, msg("grant", "asker"))
			w.now = w.now.AddDate(0, 0, 10)
			return w.draft("rut").add(files{ola: nil}, msg("revoke", "asker")).check()
		}},
		{"a new officer under another handle", one("grant/handle"), grants(files{officerPath("eve"): officerOf("eve").Encode()}), func(w *world) *check.Report {
			o := officerOf("eve")
			o.Handle = "o-aaaaaaaaaa"
			return w.draft("rut").add(files{"data/officers/o-aaaaaaaaaa.yaml": o.Encode()}, msg("grant", "asker")).check()
		}},
		{"another's signing key", one("grant/signing-key"), func(w *world) *check.Report {
			o := officerOf("kari")
			o.Signing = officerOf("eve").Signing
			return w.direct(w.mainSpec("sec", files{officerPath("kari"): o.Encode()}, msg("rotate", "asker")))
		}, func(w *world) *check.Report {
			o := officerOf("kari")
			o.Signing = officerOf("eve").Signing
			return w.draft("rut").add(files{officerPath("kari"): o.Encode()}, msg("rotate", "asker")).check()
		}},
		{"one's own signing key", one("grant/signing-key"), nil, func(w *world) *check.Report {
			o := officerOf("kari")
			o.Signing = officerOf("eve").Signing
			return w.draft("kari").add(files{officerPath("kari"): o.Encode()}, msg("rotate", "asker")).check()
		}},
		{"another's statement", one("grant/statement"), proposal("kari", files{officerPath("kari"): retired(officerOf("kari"), "old").Encode()}, msg("retire", "asker")),
			proposal("rut", files{officerPath("kari"): retired(officerOf("kari"), "old").Encode()}, msg("retire", "asker"))},
		{"a statement taken back", one("grant/statement"), func(w *world) *check.Report {
			d := w.draft("kari").add(files{officerPath("kari"): retired(officerOf("kari"), "old").Encode()}, msg("retire", "asker"))
			w.head = w.write(w.merge("sec", d, register.NewTopic("asker"), nil))
			return w.draft("kari").add(files{officerPath("kari"): retired(officerOf("kari"), "old", "older").Encode()}, msg("retire", "asker")).check()
		}, func(w *world) *check.Report {
			d := w.draft("kari").add(files{officerPath("kari"): retired(officerOf("kari"), "old").Encode()}, msg("retire", "asker"))
			w.head = w.write(w.merge("sec", d, register.NewTopic("asker"), nil))
			return w.draft("kari").add(files{officerPath("kari"): officerOf("kari").Encode()}, msg("retire", "asker")).check()
		}},
		{"a new officer with statements", one("grant/statement"), nil, grants(files{officerPath("eve"): retired(officerOf("eve"), "old").Encode()})},
		{"another's recipients", one("scope/act"), nil, func(w *world) *check.Report {
			o := officerOf("ola")
			o.Recipients = officerOf("eve").Recipients
			return w.draft("kari").add(files{officerPath("ola"): o.Encode()}, msg("rotate", "asker")).check()
		}},
		{"the secretariat's recipient as one's own", one("grant/recipient"), func(w *world) *check.Report {
			o := officerOf("kari")
			o.Recipients = append(o.Recipients, officerOf("eve").Recipients...)
			return w.draft("kari").add(files{officerPath("kari"): o.Encode()}, msg("rotate", "asker")).check()
		}, func(w *world) *check.Report {
			o := officerOf("kari")
			o.Recipients = append(o.Recipients, officerOf("sec").Recipients...)
			return w.draft("kari").add(files{officerPath("kari"): o.Encode()}, msg("rotate", "asker")).check()
		}},
		{"the recovery recipient as one's own", one("grant/recipient"), nil, func(w *world) *check.Report {
			o := officerOf("kari")
			o.Recipients = officerOf("recovery").Recipients
			return w.draft("kari").add(files{officerPath("kari"): o.Encode()}, msg("rotate", "asker")).check()
		}},
		{"evidence that is not there", one("grant/evidence"), proposal("rut", files{ola: withEvidence(digest(document)), evidencePath("asker", evidence): document}, msg("grant", "asker")),
			grants(files{ola: withEvidence(digest(document))})},
		{"evidence that is another file", one("grant/evidence"), nil, proposal("rut", files{ola: withEvidence(digest(document)), evidencePath("asker", evidence): sealed()}, msg("grant", "asker"))},
		{"a name in a grant", one("grant/malformed"), nil, grants(files{ola: append(grantFile("chair", today, ""), "name: Ola Nordmann\n"...)})},
		{"a name for a meeting", one("grant/malformed"), nil, grants(files{ola: (&access.Grant{Office: "chair", From: today, Meeting: "At Kari Nordmanns"}).Encode()})},
		{"a name that the next commit takes out", one("grant/malformed"), nil, func(w *world) *check.Report {
			return w.draft("rut").add(files{ola: append(grantFile("chair", today, ""), "name: Ola Nordmann\n"...)}, msg("grant", "asker")).
				add(files{ola: grantFile("chair", today, "")}, msg("grant", "asker")).check()
		}},
		{"an officer's file under another's name", one("grant/malformed"), nil, grants(files{officerPath("eve"): officerOf("ola").Encode()})},
		{"two officers with one key", []string{"grant/malformed", "grant/officer"}, nil, func(w *world) *check.Report {
			o := officerOf("ola")
			o.Signing = officerOf("kari").Signing
			return w.direct(w.mainSpec("sec", files{officerPath("ola"): o.Encode()}, msg("rotate", "asker")))
		}},
	})
}

// What is wrong on main already is not a proposal's fault, unless it makes it
// worse.
func TestOnlyWhatTheProposalAdds(t *testing.T) {
	full := func(w *world) { // main has a chair too many, by a push that nobody checked
		w.main("sec", files{grantPath("ola", "asker"): grantFile("chair", today, ""), grantPath("liv", "asker"): grantFile("chair", today, "")}, msg("grant", "asker"))
	}
	run(t, []attack{
		{"a third chair", one("grant/seats"), func(w *world) *check.Report {
			full(w)
			return w.draft("rut").add(files{grantPath("ola", "lillestrom"): grantFile("chair", today, "")}, msg("grant", "lillestrom")).check()
		}, func(w *world) *check.Report {
			full(w)
			return w.draft("rut").add(files{grantPath("tor", "asker"): grantFile("chair", today, "")}, msg("grant", "asker")).check()
		}},
		{"one chair fewer", nil, nil, func(w *world) *check.Report {
			full(w)
			return w.draft("rut").add(files{grantPath("liv", "asker"): nil}, msg("revoke", "asker")).check()
		}},
	})
}

// A proposal that is behind is judged upon main as it is.
func TestAccessUponMain(t *testing.T) {
	behind := func(w *world, mine string) *check.Report {
		d := w.draft("rut").add(files{grantPath("tor", "asker"): grantFile(mine, today, "")}, msg("grant", "asker"))
		w.main("sec", files{grantPath("ola", "asker"): grantFile("chair", today, "")}, msg("grant", "asker"))
		return d.check()
	}
	run(t, []attack{
		{"a chair, when main has one by now", one("grant/seats"), func(w *world) *check.Report { return behind(w, "member-officer") },
			func(w *world) *check.Report { return behind(w, "chair") }},
		{"a grant of an office that main has dropped", one("grant/office"), nil, func(w *world) *check.Report {
			d := w.draft("rut").add(files{grantPath("ola", "asker"): grantFile("chair", today, "")}, msg("grant", "asker"))
			renamed := bytes.Replace(w.content("policies/access.yaml"), []byte("id: chair"), []byte("id: leader"), 1)
			w.main("sec", files{grantPath("ola", "karasjok"): nil}, msg("revoke", "karasjok"))
			w.main("sec", files{"policies/access.yaml": renamed}, msg("policy", "national"))
			return d.check()
		}},
		{"a unit that the proposal drops while records lie in it", one("layout/unit"), nil, func(w *world) *check.Report {
			organisation := w.content("policies/organisation.yaml")
			line := []byte("  - {id: karasjok, level: branch, name: Kárášjohka, under: finnmark}\n")
			return w.draft("rut").add(files{"policies/organisation.yaml": bytes.Replace(organisation, line, nil, 1)}, msg("policy", "national")).check()
		}},
	})
}
