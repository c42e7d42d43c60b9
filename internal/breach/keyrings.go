package breach

import (
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// unit is what a unit's keyring opens.
type unit struct {
	here    map[gitstore.ID]Version
	kept    map[gitstore.ID]kept
	reads   bool // the keyring is sealed to an identity of hers that counts
	from    register.Day
	to      register.Day
	rekeyed register.Day
}

// kept is an older version whose key the keyring still has.
type kept struct {
	Version
	until register.Day
}

// ofKeyring tells whether files of a kind are sealed under a key of their unit's keyring.
func ofKeyring(k register.Kind) bool {
	switch k {
	case register.Member, register.Closed, register.Request, register.Evidence, register.Activity, register.Ledger, register.DrawList, register.SendingList:
		return true
	}
	return false
}

func (w *walker) unit(u register.UnitID) *unit {
	x := w.units[u]
	if x == nil {
		x = &unit{here: map[gitstore.ID]Version{}, kept: map[gitstore.ID]kept{}}
		w.units[u] = x
	}
	return x
}

// records follows what the keyrings open. The key of a record that is replaced is kept
// for the days of the policy before the commit; an erasure takes it from everywhere.
func (w *walker) records(c *changes, s *step, day register.Day) {
	for _, v := range c.gone {
		u := w.unit(v.Unit)
		delete(u.here, v.Blob)
		if c.keeps[v.Blob] && c.here[v.ID] && !c.stays[v.Blob] && w.keep > 0 {
			u.kept[v.Blob] = kept{v, day.Add(w.keep)}
		}
	}
	for _, v := range c.came {
		w.unit(v.Unit).here[v.Blob] = v
	}
	if len(c.erased) > 0 {
		for _, u := range w.units {
			for blob, o := range u.kept {
				if c.erased[o.ID] {
					delete(u.kept, blob)
				}
			}
		}
	}
	switch s.verb {
	case register.VerbContain:
		clear(w.unit(s.unit).kept)
		fallthrough
	case register.VerbRekey:
		w.unit(s.unit).rekeyed = day
	}
}

// keyring takes over to whom a unit's keyring is sealed, and what it opens.
func (w *walker) keyring(id register.UnitID, file gitstore.ID, c *changes, k int) error {
	u, day := w.unit(id), w.days[k]
	for blob, o := range u.kept {
		if o.until < day {
			delete(u.kept, blob)
		}
	}
	reads := false
	if !file.IsZero() {
		_, b, err := w.r.Object(file)
		if err != nil {
			return err
		}
		f, err := access.ParseKeyringFile(id, b)
		if err != nil {
			return fmt.Errorf("read keyring.yaml of unit %q: %w", id, err)
		}
		reads = slices.Contains(f.Readers, w.loss.Handle) && w.alive(k)
	}
	within := w.within(day)
	switch {
	case !reads && u.reads:
		u.to = day
	case reads && !u.reads:
		if u.from == "" {
			u.from = day
		}
		if w.made == "" {
			w.made = day
		}
		u.to = ""
		w.all(u, within)
	case reads:
		for _, v := range c.came {
			if v.Unit == id {
				w.open(v, within)
			}
		}
	}
	u.reads = reads
	return nil
}

// all opens everything that a unit's keyring opens.
func (w *walker) all(u *unit, within bool) {
	for _, v := range u.here {
		w.open(v, within)
	}
	for _, o := range u.kept {
		w.open(o.Version, within)
	}
}

func (w *walker) open(v Version, within bool) {
	o := w.opened[v.Blob]
	if o == nil {
		o = &opening{Version: v}
		w.opened[v.Blob] = o
	}
	o.within = o.within || within
}

// cross begins the time of the loss: the keyrings that are in force count.
func (w *walker) cross() {
	if w.crossed {
		return
	}
	w.crossed = true
	for _, u := range w.units {
		if u.reads {
			w.all(u, true)
		}
	}
}
