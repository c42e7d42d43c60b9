package desk

import (
	"context"
	"errors"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// SiteFresh is for how many days members' own pages may be behind the register before
// the secretariat is reminded.
const SiteFresh = 7

// noteSite notes, in the secretariat's copy, of which day the sealed files of the site
// are that the register's server publishes. A server that cannot be asked so is not.
func (d *Desk) noteSite(ctx context.Context, remote *gitstore.Remote, site gitstore.ID) {
	if site == d.local.site || d.state == nil || !d.Secretary() {
		return
	}
	var made register.Day
	if !site.IsZero() {
		mem := gitstore.NewMemory()
		refs, err := remote.FetchTrees(ctx, mem, sealedRecordLimit, pagesRef)
		if err != nil {
			return
		}
		site = refs[register.Pages]
		if made, err = sealedDay(mem, site); err != nil {
			return
		}
	}
	d.local.site, d.local.siteMade = site, made
	_ = d.local.save() // it is asked again
}

// sealedDay is the day on which the sealed files of a published site were made, "" where
// it has none or does not say.
func sealedDay(r gitstore.Reader, site gitstore.ID) (register.Day, error) {
	c, err := gitstore.ReadCommit(r, site)
	if err != nil {
		return "", err
	}
	e, ok, err := gitstore.Find(r, c.Tree, SealedRecord)
	if err != nil || !ok {
		return "", err
	}
	b, err := blob(r, e.ID, sealedRecordLimit)
	if err != nil {
		return "", nil // too long for what it should be
	}
	day, _ := ParseSealedDay(b)
	return day, nil
}

// SiteBehind returns the day of the members' own pages on the register's server, as the
// last sync saw them, where they are older than SiteFresh days and records of members
// have changed since; else "".
func (d *Desk) SiteBehind() (register.Day, error) {
	made := d.local.siteMade
	if made == "" || made.Add(SiteFresh) >= d.Today() {
		return "", nil
	}
	then := d.head // the main of which they were made, at the latest
	for {
		c, err := gitstore.ReadCommit(d.repo, then)
		if err != nil {
			return "", err
		}
		if register.DayOf(c.Committer.When) <= made {
			changed := errors.New("changed")
			err := gitstore.Diff(d.repo, c.Tree, d.tree, func(x gitstore.Change) error {
				if p, err := register.ParsePath(x.Path); err == nil && p.Kind == register.Member {
					return changed
				}
				return nil
			})
			if errors.Is(err, changed) {
				return made, nil
			}
			return "", err
		}
		if len(c.Parents) == 0 {
			return made, nil // older than the register
		}
		then = c.Parents[0]
	}
}
