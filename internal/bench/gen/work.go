package gen

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// appointees are officers who get an office in five years, in somebody else's place.
const appointees = 200

// work is the daily work of a register in progress.
type work struct {
	*Register
	b    *gitstore.Builder
	revs map[register.RecordID]int
	came map[*Branch][]register.RecordID // who came in meanwhile
	left map[*Branch][]register.Path     // who of them left again, and is erased next
}

// dailyWork makes as many commits on main as the shape says, evenly over its days. Of eight, four take
// in a proposal of a branch's keeper, who corrects somebody or enters somebody new; the
// rest are the secretariat's own: it corrects, closes and erases who came in meanwhile,
// and gives a branch a new keeper.
//
// Keyrings of the time between are named and not sealed: no server has them any more.
// The last commits seal each unit's.
func (r *Register) dailyWork(b *gitstore.Builder, s Shape, end time.Time) error {
	w := &work{r, b, map[register.RecordID]int{}, map[*Branch][]register.RecordID{}, map[*Branch][]register.Path{}}
	start := r.when
	appointed, last := 0, s.Work-len(r.Branches)
	handed := appointees * s.Days / (5 * year)
	for i := range s.Work {
		r.when = start.Add(end.Sub(start) / time.Duration(s.Work) * time.Duration(i+1)).Truncate(time.Second)
		br := r.Branches[i%len(r.Branches)]
		var err error
		switch {
		case i >= last:
			err = w.edit(br, i, true)
		case i*handed/last > appointed && w.state.Units[br.Unit].Grants[br.Keeper.Handle()].From < w.day():
			appointed++
			err = w.appoint(br)
		case i%8 == 1:
			err = w.merge(br, w.newcomer(br), i, "add")
		case i%16 == 5 && len(w.came[br]) > 0:
			err = w.close(br, i)
		case (i%16 == 11 || i%16 == 13) && len(w.left[br]) > 0:
			err = w.erase(br)
		case i%2 == 1:
			err = w.merge(br, br.Members[i%len(br.Members)], i, "edit")
		default:
			err = w.edit(br, i, false)
		}
		if err != nil {
			return fmt.Errorf("commit %d of the daily work: %w", i, err)
		}
	}
	return nil
}

// newcomer is somebody who comes into a branch now.
func (w *work) newcomer(br *Branch) register.RecordID {
	id := register.NewRecordID()
	w.came[br] = append(w.came[br], id)
	w.rings[br.Unit].ring.Views[id] = seal.NewViewSecret()
	return id
}

// written is the next version of a record, as the nth invented member, and what the
// branch's keyring knows of it from now on.
func (w *work) written(br *Branch, id register.RecordID, n int) *record.Record {
	if w.revs[id] == 0 && !slices.Contains(w.came[br], id) {
		w.revs[id] = 1 // imported
	}
	w.revs[id]++
	m := &record.Record{ID: id, Unit: br.Unit, Rev: w.revs[id], Fields: w.fields(n)}
	w.rings[br.Unit].know(m)
	return m
}

// sealed is a record's file under a fresh key.
func (w *work) sealed(br *Branch, m *record.Record) ([]byte, error) {
	text, err := w.state.Policy.Schema().Encode(m)
	if err != nil {
		return nil, err
	}
	key := seal.NewKey()
	w.rings[br.Unit].ring.Keys[m.ID] = key
	return seal.Seal(key, text)
}

// edit is a correction by the secretariat. The branch's keyring is sealed, or named.
func (w *work) edit(br *Branch, n int, sealed bool) error {
	m := w.written(br, br.Members[n%len(br.Members)], n)
	file, err := w.sealed(br, m)
	if err != nil {
		return err
	}
	files := map[string][]byte{register.Path{Kind: register.Member, Unit: br.Unit, ID: m.ID}.String(): file}
	if sealed {
		err = w.seal(w.rings[br.Unit], files)
	} else {
		err = w.name(br, files)
	}
	if err != nil {
		return err
	}
	return w.commit(w.b, w.message("edit", br, m), files)
}

func (w *work) message(verb string, br *Branch, m *record.Record) string {
	text := register.Message(verb, 1, br.Unit)
	if w.state.Policy.DeclareFields {
		text = register.WithFields(text, slices.Sorted(maps.Keys(m.Fields)))
	}
	return text
}

// merge takes in what the branch's keeper proposed about a record.
func (w *work) merge(br *Branch, id register.RecordID, n int, verb string) error {
	m := w.written(br, id, n)
	draft, err := w.draft(w.b, br, m, w.message(verb, br, m))
	if err != nil {
		return err
	}
	file, err := w.sealed(br, m)
	if err != nil {
		return err
	}
	files := map[string][]byte{register.Path{Kind: register.Member, Unit: br.Unit, ID: id}.String(): file}
	if err := w.name(br, files); err != nil {
		return err
	}
	return w.commit(w.b, register.MergeMessage(br.Keeper.Handle(), register.NewTopic(br.Unit)), files, draft)
}

// close ends the membership of whoever came into a branch first.
func (w *work) close(br *Branch, n int) error {
	id := w.came[br][0]
	w.came[br] = w.came[br][1:]
	m := w.written(br, id, n)
	file, err := w.sealed(br, m)
	if err != nil {
		return err
	}
	p := register.Path{Kind: register.Closed, Unit: br.Unit, Month: w.day().Add(300).Month(), ID: id}
	w.left[br] = append(w.left[br], p)
	files := map[string][]byte{register.Path{Kind: register.Member, Unit: br.Unit, ID: id}.String(): nil, p.String(): file}
	if err := w.name(br, files); err != nil {
		return err
	}
	return w.commit(w.b, w.message("close", br, m), files)
}

// erase forgets whoever left a branch first.
func (w *work) erase(br *Branch) error {
	p := w.left[br][0]
	w.left[br] = w.left[br][1:]
	id, k := p.ID, w.rings[br.Unit]
	delete(k.ring.Keys, id)
	delete(k.ring.Views, id)
	delete(k.tokens.People, id)
	k.tokensFile = nil
	files := map[string][]byte{
		p.String(): nil,
		register.Path{Kind: register.Tombstone, Unit: br.Unit, Year: string(w.day())[:4], ID: id}.String(): (&access.Tombstone{Day: w.day(), Rule: "left"}).Encode(),
	}
	if err := w.name(br, files); err != nil {
		return err
	}
	return w.commit(w.b, register.Message("erase", 1, br.Unit), files)
}

// appoint gives a branch a new keeper, in the place of the one before.
func (w *work) appoint(br *Branch) error {
	files := map[string][]byte{}
	old := w.state.Units[br.Unit].Grants[br.Keeper.Handle()]
	old.Ended = w.day().Add(-1)
	files[register.Path{Kind: register.Grant, Unit: br.Unit, Handle: old.Handle}.String()] = old.Encode()
	id, err := w.officer(files, br.Unit, "member-officer", "")
	if err != nil {
		return err
	}
	br.Keeper = id
	if err := w.name(br, files); err != nil {
		return err
	}
	return w.commit(w.b, register.Message("grant", 1, br.Unit), files)
}

// name puts the keyring.yaml of a keyring that nobody has any more among the files.
func (w *work) name(br *Branch, files map[string][]byte) error {
	k := w.rings[br.Unit]
	k.ring.Serial++
	readers := w.state.Readers(br.Unit, w.day())
	joining, err := w.joining(k, readers)
	if err != nil {
		return err
	}
	k.readers = readers
	f := &access.KeyringFile{Unit: br.Unit, Serial: k.ring.Serial, Joining: joining, Readers: readers,
		SHA256: digest(fmt.Append(nil, br.Unit, k.ring.Serial)), Tokens: digest(fmt.Append(nil, "tokens", br.Unit, k.ring.Serial))}
	files[register.Path{Kind: register.Keyring, Unit: br.Unit}.String()] = f.Encode()
	return nil
}
