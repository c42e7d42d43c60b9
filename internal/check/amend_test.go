package check_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/register"
)

// changedPolicy is a policy file with something replaced that stands in it once.
func changedPolicy(w *world, name, old, with string) files {
	w.t.Helper()
	path := "policies/" + name
	b := w.content(path)
	if bytes.Count(b, []byte(old)) != 1 {
		w.t.Fatalf("%q stands %d times in %s", old, bytes.Count(b, []byte(old)), name)
	}
	return files{path: bytes.Replace(b, []byte(old), []byte(with), 1)}
}

// fewer changes what a condition asks, and no right of anybody.
func fewer(w *world) files {
	return changedPolicy(w, "access.yaml", "unit.members > 2", "unit.members > 1")
}

// ATTACK: the policy changed by somebody who may write it and may not decide on it.
// At stake: whose rules they are. Proves: policy/amend names the office that is
// missing, in a proposal, in its merge and on main.
func TestAttackAmend(t *testing.T) {
	policyMsg := msg("policy", "national")
	by := func(who string) func(w *world) *check.Report {
		return func(w *world) *check.Report { return w.draft(who).add(fewer(w), policyMsg).check() }
	}
	merge := func(who string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			return w.direct(w.merge("sec", w.draft(who).add(fewer(w), policyMsg), register.NewTopic("national"), nil))
		}
	}
	runOffices(t, []attack{
		{"by the registrar", one("policy/amend"), by("sig"), by("rut")},
		{"by a branch", []string{"policy/amend", "scope/act"}, nil, by("kari")},
		{"by the secretariat", one("policy/amend"), merge("sig"), func(w *world) *check.Report { return w.direct(w.mainSpec("sec", fewer(w), policyMsg)) }},
		{"merged all the same", one("policy/amend"), nil, merge("rut")},
		{"more than the council proposed", one("policy/amend"), nil, func(w *world) *check.Report {
			d := w.draft("sig").add(fewer(w), policyMsg)
			return w.direct(w.merge("sec", d, register.NewTopic("national"), changedPolicy(w, "access.yaml", "unit.members > 2", "unit.members > 0")))
		}},
		{"a pack", one("policy/amend"), func(w *world) *check.Report {
			return w.draft("sig").add(pack(w), register.Message("policy", 4, "national")).check()
		},
			func(w *world) *check.Report {
				return w.draft("rut").add(pack(w), register.Message("policy", 4, "national")).check()
			}},
	})
	w := newOfficeWorld(t)
	if r := by("rut")(w); len(r.Findings) != 1 || !bytes.Contains([]byte(r.Findings[0].Message), []byte("council")) {
		t.Errorf("the missing office is not named: %+v", r.Findings)
	}
}

// ATTACK: a change of the policy that gives access, merged by somebody who did not
// see that it does. At stake: who reads the members. Proves: policy/effect: the
// commit must say which effect is meant, and it is the one that it has.
func TestAttackEffect(t *testing.T) {
	widened := func(w *world) files {
		return changedPolicy(w, "access.yaml", "    scope: own\n    may: [read, request]\n    seats: {min: 0, max: 1}", "    scope: own\n    may: [read, edit, request]\n    seats: {min: 0, max: 1}")
	}
	said := func(effect string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			d := w.draft("rut")
			s := d.spec(widened(w), msg("policy", "national"))
			s.Message = register.WithEffect(msg("policy", "national"), effect)
			return d.commit(s).check()
		}
	}
	honest := func(w *world) *check.Report { return w.draft("rut").add(widened(w), msg("policy", "national")).check() }
	onMain := func(message string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			s := w.mainSpec("sec", widened(w), msg("policy", "national"))
			if message != "" {
				s.Message = message
			}
			return w.direct(s)
		}
	}
	merge := func(between func(w *world), effect string) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			d := w.draft("rut").add(widened(w), msg("policy", "national"))
			between(w)
			s := w.merge("sec", d, register.NewTopic("national"), nil)
			s.Message = register.WithEffect(s.Message, effect)
			return w.direct(s)
		}
	}
	nothing := func(*world) {}
	run(t, []attack{
		{"not said", one("policy/effect"), honest, said("")},
		{"another", one("policy/effect"), nil, said("0123456789abcdef")},
		{"not said on main", one("policy/effect"), onMain(""), onMain(msg("policy", "national"))},
		{"another on main", one("policy/effect"), nil, onMain(register.WithEffect(msg("policy", "national"), "0123456789abcdef"))},
		{"another in the merge", one("policy/effect"), merge(nothing, ""), merge(nothing, "0123456789abcdef")},
		{"of nothing", one("policy/effect"), nil, func(w *world) *check.Report {
			d := w.draft("rut")
			s := d.spec(changedPolicy(w, "access.yaml", "Treasurer of the branch", "Cashier of the branch"), msg("policy", "national"))
			s.Message = register.WithEffect(s.Message, "0123456789abcdef")
			return d.commit(s).check()
		}},
		{"without a policy", []string{"policy/effect"}, nil, func(w *world) *check.Report {
			return w.draft("rut").add(files{"tools/x": []byte("x")}, register.WithEffect(msg("policy", "national"), "0123456789abcdef")).check()
		}},
		{"without a policy on main", []string{"policy/effect"}, nil, direct(files{"tools/x": []byte("x")}, register.WithEffect(msg("policy", "national"), "0123456789abcdef"))},
		{"said before the last change", one("policy/effect"), func(w *world) *check.Report {
			return w.draft("rut").add(fewerFiles(w), msg("policy", "national")).add(widened(w), msg("policy", "national")).check()
		}, func(w *world) *check.Report {
			d := w.draft("rut").add(widened(w), msg("policy", "national"))
			return d.add(files{"policies/access.yaml": bytes.Replace(widened(w)["policies/access.yaml"], []byte("files: 100000"), []byte("files: 1000"), 1)},
				register.WithEffect(msg("policy", "national"), "0123456789abcdef")).check()
		}},
		{"of other readers than those of today", one("policy/effect"), nil, func(w *world) *check.Report {
			d := w.draft("rut").add(changedPolicy(w, "access.yaml", "scope: subtree", "scope: own"), msg("policy", "national"))
			w.main("sec", files{grantPath("ola", "akershus"): grantFile("region-officer", today, "")}, msg("grant", "akershus"))
			return d.check()
		}},
	})
}

func fewerFiles(w *world) files {
	return changedPolicy(w, "access.yaml", "files: 100000", "files: 1000")
}

// History from before messages named effects is what it was: Verify finds nothing
// in it, and what comes in now must name them.
func TestEffectOfHistory(t *testing.T) {
	w := newWorld(t)
	from := w.head
	s := w.mainSpec("sec", changedPolicy(w, "access.yaml", "may: [read, request]", "may: [read, edit, request]"), msg("policy", "national"))
	s.Message = msg("policy", "national")
	w.head = w.write(s)
	want(t, w.verify(from))
	o := w.options()
	o.Incoming, o.Keyrings = true, w
	want(t, w.ofMain(check.Verify(w.repo, w.loader, from, w.head, o)), "policy/effect")
	// A server that lost its history gets it back.
	o.Now = w.now.AddDate(0, 0, 2)
	o.Day = register.DayOf(o.Now)
	want(t, w.ofMain(check.Verify(w.repo, w.loader, from, w.head, o)))
}

// ATTACK: the test that would have refused a change of the policy, deleted together
// with what it tests. Proves: policy/tests, in one commit, in two of one proposal,
// and on main.
func TestAttackPolicyTests(t *testing.T) {
	policyMsg := register.Message("policy", 2, "national")
	less := func(w *world) files { // nobody of the branches edits any more, and no test says that they do
		fs := changedPolicy(w, "access.yaml", "    may: [read, add, edit, request]\n    seats: {min: 0, max: 1, more", "    may: [read, request]\n    seats: {min: 0, max: 1, more")
		b := w.content("policies/tests.yaml")
		i := bytes.Index(b, []byte("  - says: three"))
		fs["policies/tests.yaml"] = append([]byte("tests:\n"), b[i:]...)
		return fs
	}
	added := func(w *world) files {
		fs := fewer(w)
		fs["policies/tests.yaml"] = append(bytes.Clone(w.content("policies/tests.yaml")),
			"  - {says: two members give a second, office: member-officer, unit: {level: branch, members: 2}, holders: 2, expect: yes}\n"...)
		return fs
	}
	runOffices(t, []attack{
		{"deleted", one("policy/tests"), func(w *world) *check.Report { return w.draft("sig").add(added(w), policyMsg).check() },
			func(w *world) *check.Report { return w.draft("sig").add(less(w), policyMsg).check() }},
		{"turned round", one("policy/tests"), nil, func(w *world) *check.Report {
			fs := less(w)
			fs["policies/tests.yaml"] = bytes.Replace(w.content("policies/tests.yaml"), []byte("expect: yes"), []byte("expect: no"), 1)
			return w.draft("sig").add(fs, policyMsg).check()
		}},
		{"in two commits of one proposal", one("policy/tests"), nil, func(w *world) *check.Report {
			fs := less(w)
			return w.draft("sig").add(files{"policies/tests.yaml": fs["policies/tests.yaml"]}, msg("policy", "national")).
				add(files{"policies/access.yaml": fs["policies/access.yaml"]}, msg("policy", "national")).check()
		}},
		{"the whole file", one("policy/tests"), nil, func(w *world) *check.Report {
			fs := less(w)
			fs["policies/tests.yaml"] = nil
			return w.draft("sig").add(fs, policyMsg).check()
		}},
		{"by itself, for all to see", nil, nil, func(w *world) *check.Report {
			return w.draft("sig").add(files{"policies/tests.yaml": less(w)["policies/tests.yaml"]}, msg("policy", "national")).check()
		}},
		{"left as it is", one("policy/malformed"), nil, func(w *world) *check.Report {
			return w.draft("sig").add(files{"policies/access.yaml": less(w)["policies/access.yaml"]}, msg("policy", "national")).check()
		}},
		{"on main", one("policy/tests"), nil, func(w *world) *check.Report {
			w.main("sec", files{grantPath("sig", "national"): nil}, msg("revoke", "national"))
			w.main("sec", changedPolicy(w, "access.yaml", "amend: {by: [council]}\n", ""), msg("policy", "national"))
			return w.direct(w.mainSpec("sec", less(w), policyMsg))
		}},
	})
}

// pack is the policy of the register as a pack, in which something is not decided.
func pack(w *world) files {
	fs := files{}
	for _, name := range []string{"organisation", "access", "fields", "retention"} {
		fs["policies/packs/prove/"+name+".yaml"] = newWorldFile(w, name)
	}
	fs["policies/packs/prove/retention.yaml"] = bytes.Replace(fs["policies/packs/prove/retention.yaml"], []byte("keep: 3"), []byte("keep: not_stated"), 1)
	return fs
}

func newWorldFile(w *world, name string) []byte {
	w.t.Helper()
	return newWorld(w.t).content("policies/" + name + ".yaml")
}

// ATTACK: a pack file with two documents, of which a reader sees the first. At
// stake: what is compared with a pack, or begun from it, is another thing. Proves:
// each file of a pack is one well-formed document of its kind, in proposals and in a
// register as it stands; what it does not decide yet is no fault.
func TestAttackPacks(t *testing.T) {
	const access = "policies/packs/prove/access.yaml"
	with := func(change func(fs files)) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			fs := pack(w)
			change(fs)
			r := w.draft("rut").add(fs, register.Message("policy", len(fs), "national")).check()
			if all := w.all(w.tree(w.treeOf(w.head), fs)); len(all.Findings) == 0 != (len(r.Findings) == 0) {
				w.t.Errorf("the proposal has %q, the register as it stands %q", rules(r), rules(all))
			}
			return r
		}
	}
	w0 := newWorld(t)
	honest := with(func(files) {})
	run(t, []attack{
		{"two documents", one("policy/malformed"), honest, with(func(fs files) { fs[access] = append(bytes.Clone(fs[access]), "---\noffices: []\n"...) })},
		{"an unknown key", one("policy/malformed"), nil, with(func(fs files) { fs[access] = append(bytes.Clone(fs[access]), "kari: nordmann\n"...) })},
		{"an alias", one("policy/malformed"), nil, with(func(fs files) { fs[access] = append([]byte("x: &a [1]\n"), fs[access]...) })},
		{"half of it", one("policy/malformed"), nil, with(func(fs files) { delete(fs, "policies/packs/prove/fields.yaml") })},
		{"another file", one("policy/malformed"), nil, with(func(fs files) { fs["policies/packs/prove/more.yaml"] = []byte("a: b\n") })},
		{"a file of no pack", one("policy/malformed"), nil, with(func(fs files) { fs["policies/packs/more.yaml"] = []byte("a: b\n") })},
		{"as many files as fit", one("policy/malformed"), nil, with(func(fs files) {
			for i := range 9 {
				fs["policies/packs/prove/more-"+strconv.Itoa(i)+".yaml"] = []byte("a: b\n")
			}
		})},
		{"as many packs as fit", one("policy/malformed"), nil, with(func(fs files) {
			for i := range 50 {
				for name, b := range pack(w0) {
					fs[strings.Replace(name, "prove", "prove-"+strconv.Itoa(i), 1)] = b
				}
			}
		})},
		{"a folder in it", one("policy/malformed"), nil, with(func(fs files) { fs["policies/packs/prove/more/more.yaml"] = []byte("a: b\n") })},
		{"a unit under itself", one("policy/malformed"), nil, with(func(fs files) {
			path := "policies/packs/prove/organisation.yaml"
			fs[path] = bytes.Replace(fs[path], []byte("under: akershus}\n  - {id: lillestrom"), []byte("under: asker}\n  - {id: lillestrom"), 1)
		})},
	})
}

// ATTACK: a unit under itself, in force. Proves: policy/malformed; nothing goes
// round for ever.
func TestAttackUnitUnderItself(t *testing.T) {
	w := newWorld(t)
	fs := changedPolicy(w, "organisation.yaml", "{id: akershus, level: region, name: Akershus, under: national}", "{id: akershus, level: region, name: Akershus, under: asker}")
	done := make(chan *check.Report)
	go func() { done <- w.draft("rut").add(fs, msg("policy", "national")).check() }()
	select {
	case r := <-done:
		want(t, r, "policy/malformed")
	case <-time.After(time.Minute):
		t.Fatal("the check does not end")
	}
	want(t, w.all(w.tree(w.treeOf(w.head), fs)), "policy/malformed")
}

// A processor agreement is a document of the unit that the policy names. It comes
// with the policy that names it, and is the one that is named.
func TestProcessorAgreement(t *testing.T) {
	id, file := register.NewRecordID(), sealed()
	with := func(w *world, sum string) files {
		fs := changedPolicy(w, "organisation.yaml", "name: Asker, under: akershus}", "name: Asker, under: akershus, agreement: "+string(id)+" "+sum+"}")
		for path, b := range fs {
			fs[path] = append(b, "processor: {level: branch, agreement: none}\n"...)
		}
		return fs
	}
	both := func(w *world, unit register.UnitID) files {
		fs := with(w, digest(file))
		fs[evidencePath(unit, id)] = file
		return fs
	}
	onMain := func(fs func(w *world) files) func(w *world) *check.Report {
		return func(w *world) *check.Report {
			unit := register.UnitID("national")
			for path := range fs(w) {
				if p, err := register.ParsePath(path); err == nil && p.Unit != "" {
					unit = p.Unit
				}
			}
			return w.direct(w.mainSpec("sec", fs(w), msg("policy", unit)))
		}
	}
	run(t, []attack{
		{"not there", one("grant/evidence"), onMain(func(w *world) files { return both(w, "asker") }), onMain(func(w *world) files { return with(w, digest(file)) })},
		{"another file", one("grant/evidence"), nil, onMain(func(w *world) files {
			fs := both(w, "asker")
			fs[evidencePath("asker", id)] = sealed()
			return fs
		})},
		{"in another unit", []string{"grant/evidence", "scope/alone", "scope/evidence"}, nil, onMain(func(w *world) files { return both(w, "karasjok") })},
		{"removed later", []string{"grant/evidence"}, nil, func(w *world) *check.Report {
			w.main("sec", both(w, "asker"), msg("policy", "national"))
			return w.direct(w.mainSpec("sec", files{evidencePath("asker", id): nil}, msg("erase", "asker")))
		}},
	})
}
