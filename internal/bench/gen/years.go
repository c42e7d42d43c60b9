package gen

import (
	"time"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// year is as many days as lie between an officer and the next. It is more than
// there are units, so that each has a day of its own for it.
const year = 365

// yearly are the units whose officers change, one a day.
func (r *Register) yearly() []register.UnitID {
	var out []register.UnitID
	for _, u := range r.state.Policy.Units {
		if u.ID != national {
			out = append(out, u.ID)
		}
	}
	return out
}

// handOvers lets so many years pass, in each of which every region and every branch
// gets new officers, in one commit on a day of its own. The former ones' grants end
// by their dates, and stay.
func (r *Register) handOvers(b *gitstore.Builder, start time.Time, years int) error {
	for y := range years {
		for i, u := range r.yearly() {
			r.when = start.AddDate(0, 0, y*year+i+1)
			if err := r.handOver(b, u, r.day().Add(year-1)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Register) handOver(b *gitstore.Builder, u register.UnitID, until register.Day) error {
	files := map[string][]byte{}
	if err := r.serve(files, u, until); err != nil {
		return err
	}
	for _, x := range r.state.Policy.Units {
		if x.ID == u || x.Under == u { // whose readers they are
			if err := r.seal(r.rings[x.ID], files); err != nil {
				return err
			}
		}
	}
	return r.commit(b, register.Message("grant", len(r.officesOf(u)), u), files)
}
