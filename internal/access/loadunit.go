package access

import (
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// unit reads what access follows from in a unit's folder.
func (l *Loader) unit(r gitstore.Reader, id register.UnitID, tree gitstore.ID) (*Unit, error) {
	if u, ok := l.units[tree]; ok && u.ID == id {
		return u, nil
	}
	entries, err := gitstore.ReadTree(r, tree)
	if err != nil {
		return nil, err
	}
	u := &Unit{ID: id, Tree: tree, Grants: map[register.Handle]*Grant{}}
	for _, e := range entries {
		switch {
		case e.Name == "keyring.yaml" && e.Mode == gitstore.ModeFile:
			k, ok := l.keyrings[e.ID]
			if !ok {
				b, err := blob(r, e.ID, register.FlatLimit)
				if large, ok := tooLarge("data/"+string(id)+"/keyring.yaml", err); ok {
					u.Problems = append(u.Problems, large)
					continue
				}
				if err != nil {
					return nil, fmt.Errorf("read keyring.yaml of %q: %w", id, err)
				}
				if k, err = ParseKeyringFile(id, b); err != nil {
					u.Problems = append(u.Problems, flatProblem("data/"+string(id)+"/keyring.yaml", err))
					continue
				}
				l.keyrings[e.ID] = k
			}
			if k.Unit != id { // the same bytes in another unit
				c := *k
				c.Unit = id
				k = &c
			}
			u.Keyring = k
		case e.Name == "members" && e.Mode == gitstore.ModeDir:
			u.members = e.ID
		case e.Name == "erase" && e.Mode == gitstore.ModeDir:
			u.closed = e.ID
		case e.Name == "runs" && e.Mode == gitstore.ModeDir:
			u.runs = e.ID
		case e.Name == "reviews" && e.Mode == gitstore.ModeDir:
			if err := l.unitReviews(r, u, e.ID); err != nil {
				return nil, err
			}
		case e.Name == "grants" && e.Mode == gitstore.ModeDir:
			if err := l.unitGrants(r, u, e.ID); err != nil {
				return nil, err
			}
		}
	}
	l.units[tree] = u
	return u, nil
}

func (l *Loader) unitGrants(r gitstore.Reader, u *Unit, tree gitstore.ID) error {
	entries, err := gitstore.ReadTree(r, tree)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := "data/" + string(u.ID) + "/grants/" + e.Name
		p, err := register.ParsePath(path)
		if err != nil || e.Mode != gitstore.ModeFile {
			continue
		}
		g, ok := l.grants[e.ID]
		if !ok {
			b, err := blob(r, e.ID, register.FlatLimit)
			if large, ok := tooLarge(path, err); ok {
				u.Problems = append(u.Problems, large)
				continue
			}
			if err != nil {
				return fmt.Errorf("read %s: %w", path, err)
			}
			if g, err = ParseGrant(p, b); err != nil {
				u.Problems = append(u.Problems, flatProblem(path, err))
				continue
			}
			l.grants[e.ID] = g
		}
		if g.Unit != p.Unit || g.Handle != p.Handle { // the same bytes at another path
			c := *g
			c.Unit, c.Handle = p.Unit, p.Handle
			g = &c
		}
		u.Grants[p.Handle] = g
	}
	return nil
}

// unitReviews notes the days of a unit's reviews, from their names alone.
func (l *Loader) unitReviews(r gitstore.Reader, u *Unit, tree gitstore.ID) error {
	entries, err := gitstore.ReadTree(r, tree)
	if err != nil {
		return fmt.Errorf("read the reviews of %q: %w", u.ID, err)
	}
	for _, e := range entries {
		p, err := register.ParsePath("data/" + string(u.ID) + "/reviews/" + e.Name)
		if err == nil && e.Mode == gitstore.ModeFile {
			u.Reviews = append(u.Reviews, p.Day)
		}
	}
	slices.Sort(u.Reviews)
	return nil
}
