package subject

import (
	"slices"
	"sort"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// past is the history of one record.
type past struct {
	stays    []stay
	versions []int32     // the commits that wrote one
	last     gitstore.ID // the file of the last one
	brought  []bringing
}

// stay is a time in one unit, in commits, to excluded.
type stay struct {
	unit, from, to int32
	keep           int32 // days that the unit keeps the last version for after she left
	files          int32 // of the record there now
	drop           int32 // the commit that dropped what it kept before its time: she went to a protected unit
}

// record notes what a commit did to a file of a record.
func (w *walker) record(p register.Path, x gitstore.Change, k int32) *past {
	r := w.records[p.ID]
	if r == nil {
		r = &past{}
		w.records[p.ID] = r
	}
	u, ok := w.unitOf[p.Unit]
	if !ok { // a unit without a keyring yet; nobody reads it
		u = int32(len(w.units))
		w.unitOf[p.Unit] = u
		w.units = append(w.units, &timeline{id: p.Unit, open: map[holder]int{}})
	}
	i := slices.IndexFunc(r.stays, func(s stay) bool { return s.unit == u && s.to == never })
	if i < 0 {
		i = len(r.stays)
		r.stays = append(r.stays, stay{unit: u, from: k, to: never, drop: never})
	}
	if x.Old.ID.IsZero() {
		r.stays[i].files++
	}
	if x.New.ID.IsZero() {
		r.stays[i].files--
		return r
	}
	if x.New.ID != r.last {
		r.last, r.versions = x.New.ID, append(r.versions, k)
	}
	return r
}

// settle ends the stays that a commit ended: a file that went from one place of a
// unit to another stays.
func (r *past) settle(w *walker, k int32) {
	for i := range r.stays {
		if s := &r.stays[i]; s.to == never && s.files <= 0 {
			s.to = k
			if w.state != nil {
				s.keep = int32(w.state.Policy.Retention.KeepVersions)
			}
		}
	}
	hidden := slices.ContainsFunc(r.stays, func(s stay) bool {
		return s.to == never && s.from == k && w.state != nil && w.state.Policy.Protects(w.units[s.unit].id)
	})
	for i := range r.stays {
		if s := &r.stays[i]; hidden && s.to != never {
			s.drop = min(s.drop, k)
		}
	}
}

// stayEnd returns when a unit could no longer open anything of a record: when it
// went or, where it moved to another unit, when the keyring was first sealed anew
// after the days for which the last version is kept. No version of the commit gone
// or later was written there. An erasure destroys kept versions everywhere, and so does
// a move into a protected unit.
func (w *walker) stayEnd(r *past, i int) (end instant, gone int32) {
	s := r.stays[i]
	if s.to == never {
		return instant{commit: never}, never
	}
	at := s.to
	erased := r.stays[i].to
	for _, x := range r.stays {
		erased = max(erased, x.to)
	}
	if s.keep > 0 {
		until := w.days[s.to].Add(int(s.keep))
		reseals := w.units[s.unit].reseals
		at = erased
		if j := sort.Search(len(reseals), func(j int) bool { return w.days[reseals[j]] > until }); j < len(reseals) {
			at = min(at, reseals[j])
		}
		at = min(at, s.drop)
	}
	if at == never {
		return instant{commit: never}, s.to
	}
	return instant{at, w.days[at]}, s.to
}
