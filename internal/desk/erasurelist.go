package desk

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// ListErasures gathers every erasure of main, of units too, to be signed by the identity. It opens
// nothing.
func (d *Desk) ListErasures() (*access.ErasureList, error) {
	me, err := d.secretariat()
	if err != nil {
		return nil, err
	}
	first, err := d.genesis(d.head)
	if err != nil {
		return nil, err
	}
	l := &access.ErasureList{Genesis: first.String(), Main: d.head.String(), Issued: d.Today(), By: me}
	if l.Units, err = erasedUnits(d.repo, d.state, d.Today()); err != nil {
		return nil, err
	}
	l.Erased, err = erasedIn(d.repo, d.tree)
	return l, err
}

// erasedIn reads the tombstones of a tree, and the receipts beside them, by id.
func erasedIn(r *gitstore.Repo, tree gitstore.ID) ([]access.ErasedRecord, error) {
	var out []access.ErasedRecord
	checks := map[register.RecordID]string{}
	data, ok, err := gitstore.Find(r, tree, "data")
	if err != nil || !ok {
		return nil, err
	}
	units, err := gitstore.ReadTree(r, data.ID)
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		if u.Mode != gitstore.ModeDir {
			continue
		}
		folders, err := gitstore.ReadTree(r, u.ID)
		if err != nil {
			return nil, err
		}
		for _, f := range folders {
			if f.Mode != gitstore.ModeDir || f.Name != "erased" && f.Name != "receipts" {
				continue
			}
			prefix := "data/" + u.Name + "/" + f.Name
			err := gitstore.Walk(r, f.ID, "", func(path string, e gitstore.Entry) error {
				p, err := register.ParsePath(prefix + "/" + path)
				if err != nil {
					return err
				}
				b, err := r.Blob(e.ID, register.FlatLimit)
				if err != nil {
					return err
				}
				if p.Kind == register.Receipt {
					x, err := access.ParseReceipt(b)
					if err == nil {
						checks[p.ID] = x.Check
					}
					return err
				}
				t, err := access.ParseTombstone(b)
				if err != nil {
					return err
				}
				out = append(out, access.ErasedRecord{ID: p.ID, Unit: p.Unit, Day: t.Day, Rule: t.Rule})
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	for i := range out {
		out[i].Check = checks[out[i].ID]
	}
	slices.SortFunc(out, func(a, b access.ErasedRecord) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out, nil
}
