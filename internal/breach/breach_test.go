package breach

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/slow"
)

// play lets five years pass: two hundred changes of officers in twelve units, and what
// happens to members meanwhile.
func (w *world) play(changes int) {
	pick := func(of []string) string { return of[w.r.IntN(len(of))] }
	for w.officer < changes {
		w.now = w.now.Add(time.Duration(w.r.IntN(6*24)) * time.Hour)
		unit := w.units[1+w.r.IntN(len(w.units)-1)]
		office := "chair"
		if strings.HasPrefix(unit, "region") {
			office = "county"
		}
		var id register.RecordID
		if ids := w.in(""); len(ids) > 0 {
			id = ids[w.r.IntN(len(ids))]
		}
		u := register.UnitID(unit)
		switch n := w.r.IntN(24); {
		case n < 6:
			for range 1 + w.r.IntN(3) {
				id := register.NewRecordID()
				w.write(id, register.Path{Kind: register.Member, Unit: u, ID: id})
			}
			w.commit(register.Message("add", 1, u), "")
		case n < 8 && id != "":
			w.write(id, w.paths[id])
			w.commit(register.Message("edit", 1, w.paths[id].Unit), "")
		case n == 8 && id != "":
			p := w.paths[id]
			p.Unit = u
			w.write(id, p)
			w.commit(register.Message("move", 1, u), "")
		case n == 9 && id != "":
			w.write(id, register.Path{Kind: register.Closed, Unit: w.paths[id].Unit, ID: id, Month: w.day().Month()})
			w.commit(register.Message("close", 1, w.paths[id].Unit), "")
		case n == 10 && id != "":
			p := w.paths[id]
			w.erase(id)
			w.commit(register.Message("erase", 1, p.Unit), "")
		case n < 14:
			h := pick(w.names[2:])
			if w.r.IntN(6) == 0 {
				h = w.newOfficer()
			}
			if w.grants[unit+" "+h] == "" {
				w.grant(unit, h, office)
				w.commit(register.Message("grant", 1, u), "")
			}
		case n < 17:
			var held []string
			for x := range w.grants {
				if x != "national "+w.names[0] {
					held = append(held, x)
				}
			}
			if slices.Sort(held); len(held) == 0 {
				continue
			}
			u, h, _ := strings.Cut(pick(held), " ")
			w.revoke(u, h)
			w.commit(register.Message("revoke", 1, register.UnitID(u)), "")
		case n == 17: // an hour's access, used
			h := pick(w.names[2:])
			if w.grants["national "+h] != "" {
				continue
			}
			w.grant("national", h, "auditor")
			w.commit(register.Message("grant", 1, "national"), "")
			w.brief++
			w.now = w.now.Add(20 * time.Minute)
			id := register.NewRecordID()
			w.write(id, register.Path{Kind: register.Member, Unit: u, ID: id})
			w.commit(register.Message("add", 1, u), "")
			w.propose(h, []register.RecordID{id}, 10*time.Minute)
			w.now = w.now.Add(10 * time.Minute)
			w.revoke("national", h)
			w.commit(register.Message("revoke", 1, "national"), "")
		case n == 18: // somebody of the secretariat comes or goes
			h := w.names[1+w.r.IntN(3)]
			if w.grants["national "+h] != "" {
				w.revoke("national", h)
			} else {
				w.grant("national", h, "secretariat")
			}
			w.commit(register.Message("grant", 1, "national"), "")
		case n < 21:
			h := pick(w.names)
			if w.r.IntN(3) == 0 {
				for _, r := range w.ids[h].Old() {
					id := access.RecipientID(r)
					if !slices.ContainsFunc(w.gone[h], func(x access.Retired) bool { return x.Recipient == id }) {
						w.gone[h] = append(w.gone[h], access.Retired{Recipient: id, Day: w.day()})
					}
				}
			} else if len(w.ids[h].Old()) < 6 {
				w.must(w.ids[h].Rotate(w.day()))
			}
			w.officerFile(h)
			w.commit(register.Message("rotate", 1, "national"), "")
		case n == 21:
			w.rekey(unit, w.r.IntN(2) == 0)
		case id != "":
			at := w.paths[id].Unit
			for x := range w.grants {
				if u, h, _ := strings.Cut(x, " "); u == string(at) {
					ids := w.in(string(at))
					w.propose(h, ids[:min(2, len(ids))], time.Duration(w.r.IntN(72))*time.Hour)
					break
				}
			}
		}
	}
}

// brute opens every sealed file of every commit with whatever an officer's identities
// open, of all that ever lay on the server.
func (w *world) brute(l Loss, ever bool) map[gitstore.ID]bool {
	ids := w.identities(string(l.Handle), l.Since)
	out := map[gitstore.ID]bool{}
	if len(ids) == 0 {
		return out
	}
	keys := map[register.RecordID]map[seal.Key]bool{}
	for _, x := range w.sealed {
		if !ever && (x.to != "" && x.to < l.Since || l.Until != "" && x.from > l.Until) {
			continue
		}
		k := w.tried(x.file, ids)
		if k == nil {
			continue
		}
		note := func(id register.RecordID, key seal.Key) {
			if keys[id] == nil {
				keys[id] = map[seal.Key]bool{}
			}
			keys[id][key] = true
		}
		for id, key := range k.Keys {
			note(id, key)
		}
		for v, o := range k.Versions {
			note(v.ID, o.Key)
		}
	}
	for _, b := range w.blobs {
		for key := range keys[b.ID] {
			if _, err := seal.Open(key, b.file); err == nil {
				out[b.Blob] = true
			}
		}
	}
	for _, e := range w.envs {
		if !ever && l.Until != "" && e.merged > l.Until {
			continue
		}
		secret, err := seal.OpenEnvelope(e.file, ids)
		if err != nil {
			continue
		}
		for _, b := range e.blobs {
			if _, err := seal.Open(secret.Derive(seal.KindRecord, b.Unit, b.ID), b.file); err != nil {
				w.t.Fatal(err)
			}
			out[b.Blob] = true
		}
	}
	return out
}

// tried opens a keyring, or not; it is tried once with the same identities.
func (w *world) tried(file []byte, ids []age.Identity) *seal.Keyring {
	at := fmt.Sprint(&file[0], ids)
	k, ok := w.opened[at]
	if !ok {
		k, _ = seal.OpenKeyring(file, ids)
		w.opened[at] = k
	}
	return k
}

// What history says of a loss is what a thief with all that ever lay on the server opens
// by trying.
func TestBreachEqualsTrying(t *testing.T) {
	seeds, changes, least := []uint64{1}, 60, 300
	if slow.Full() {
		seeds, changes, least = []uint64{2}, 200, 1000
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, seed)
			w.play(changes)
			if w.brief == 0 || len(w.envs) == 0 {
				t.Fatalf("%d brief accesses, %d proposals: nothing is proved", w.brief, len(w.envs))
			}
			opened, closed, kept := 0, 0, 0
			start, end := register.Day("2021-01-04"), w.day()
			losses := []Loss{{Since: start}, {Since: end.Add(-200)}, {Since: end.Add(-700), Until: end.Add(-500)}, {Since: end}}
			clear(w.opened)
			for i, h := range w.names {
				if !slow.Full() && i > 11 {
					break
				}
				l := losses[i%len(losses)]
				if i < 3 {
					l = losses[w.r.IntN(len(losses))]
				}
				l.Handle = register.Handle(h)
				e, err := Of(w.mem, w.commits[len(w.commits)-1], l)
				if err != nil {
					t.Fatal(err)
				}
				for _, ever := range []bool{true, false} {
					want := w.brute(l, ever)
					got := map[gitstore.ID]bool{}
					members := map[register.RecordID]bool{}
					for _, v := range e.Versions(ever) {
						got[v.Blob], members[v.ID] = true, true
					}
					for _, b := range w.blobs {
						if got[b.Blob] != want[b.Blob] {
							t.Errorf("%s since %q until %q, ever %v: %s of %s, %s: told %v, tried %v", h, l.Since, l.Until, ever, b.Blob, b.ID, b.Unit, got[b.Blob], want[b.Blob])
						}
					}
					if c := e.Ever; ever && (c.Versions != len(want) || c.Members != len(members)) {
						t.Errorf("%s: %+v, want %d versions of %d members", h, c, len(want), len(members))
					}
					opened, closed = opened+len(want), closed+len(w.blobs)-len(want)
				}
				for _, u := range e.Units {
					kept += u.Left
				}
				if t.Failed() {
					return
				}
			}
			if opened < least || closed < least || kept == 0 {
				t.Errorf("%d opened, %d closed, %d left: nothing is proved", opened, closed, kept)
			}
			t.Logf("%d commits, %d keyrings, %d files, %d proposals, %d officers, %d brief; opened %d, closed %d", len(w.commits), len(w.sealed), len(w.blobs), len(w.envs), len(w.names), w.brief, opened, closed)
		})
	}
}
