package desk

import (
	"context"
	"errors"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// SiteFate says what became of members' own pages on the register's server when they
// left, moved or were erased.
type SiteFate string

// What can have become of them.
const (
	SiteNone  SiteFate = ""      // none of them lay there
	SiteGone  SiteFate = "gone"  // they went, in the same push as the act or right after it
	SiteThere SiteFate = "there" // they could not be taken away: the site must be published anew
	SiteAway  SiteFate = "away"  // the whole site went with them: it must be published anew
)

// left are the paths of the pages of members whose record an act takes out of where it
// was: closed, moved, erased; and of the offices of which it takes somebody's. Only who
// can open a member's keyring knows where her page lies.
func (d *Desk) left(head gitstore.ID) ([]string, error) {
	c, err := gitstore.ReadCommit(d.repo, head)
	if err != nil {
		return nil, err
	}
	var out []string
	var grants []register.Path // that were there before
	err = gitstore.Diff(d.repo, d.tree, c.Tree, func(x gitstore.Change) error {
		p, err := register.ParsePath(x.Path)
		if err == nil && p.Kind == register.Grant && !x.Old.ID.IsZero() {
			grants = append(grants, p)
		}
		if x.Old.ID.IsZero() || !x.New.ID.IsZero() {
			return nil
		}
		if err != nil || p.Kind != register.Member && p.Kind != register.Closed {
			return nil
		}
		k, err := d.keyring(p.Unit)
		if errors.Is(err, seal.ErrNotReader) {
			return nil
		}
		if err != nil {
			return err
		}
		secret := k.Views[p.ID]
		if secret == "" {
			return nil
		}
		name, err := seal.PageName(secret)
		out = append(out, name)
		return err
	})
	if err == nil && len(grants) > 0 {
		var offices []string
		offices, err = d.leftOffices(c.Tree, grants)
		out = append(out, offices...)
	}
	slices.Sort(out)
	return slices.Compact(out), err
}

// leftOffices are the paths of the pages of offices that somebody holds today by one of
// some grants, and no longer when main has the tree. Others who hold one have a page
// again when the site is next published.
func (d *Desk) leftOffices(tree gitstore.ID, grants []register.Path) ([]string, error) {
	next, err := d.loader.At(tree)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range grants {
		u := d.state.Units[p.Unit]
		if u == nil || u.Grants[p.Handle] == nil {
			continue
		}
		office := u.Grants[p.Handle].Office
		holds := func(s *access.State) bool {
			return slices.ContainsFunc(s.Holders(p.Unit, office, d.Today()), func(g *access.Grant) bool { return g.Handle == p.Handle })
		}
		if holds(d.state) && !holds(next) {
			out = append(out, seal.OfficeName(p.Unit, office))
		}
	}
	return out, nil
}

// pagesRef chooses the published site, where there is one.
func pagesRef(refs map[string]gitstore.ID) []gitstore.ID {
	if id := refs[register.Pages]; !id.IsZero() {
		return []gitstore.ID{id}
	}
	return nil
}

// takeDown makes the commit of the published site without some pages, parentless and
// signed as publish makes it, and returns the move of its ref; nil where none of them is
// there. Folders alone are fetched, and what is not touched is not sent.
func (d *Desk) takeDown(ctx context.Context, remote *gitstore.Remote, a *act, mem *gitstore.Memory, pages []string) (*gitstore.RefUpdate, error) {
	refs, err := remote.FetchTrees(ctx, mem, sealedRecordLimit, pagesRef)
	if errors.Is(err, gitstore.ErrNoFilter) {
		refs, err = remote.FetchMemory(ctx, mem, pagesRef)
	}
	if err != nil || refs[register.Pages].IsZero() {
		return nil, err
	}
	up := &gitstore.RefUpdate{Name: register.Pages, Old: refs[register.Pages]}
	c, err := gitstore.ReadCommit(mem, up.Old)
	if err != nil {
		return nil, err
	}
	var edits []gitstore.Edit
	for _, name := range pages {
		if _, ok, err := gitstore.Find(mem, c.Tree, name); err != nil {
			return nil, err
		} else if ok {
			edits = append(edits, gitstore.Edit{Path: name})
		}
	}
	if len(edits) == 0 {
		return nil, nil
	}
	tree, err := mem.Tree(c.Tree, edits)
	if err != nil {
		return nil, err
	}
	msg := register.Message("site", len(edits), d.state.Policy.Root().ID)
	up.New, err = mem.Commit(d.spec(a.handle, tree, nil, a.when, msg))
	return up, err
}

// pushAll pushes updates, with what else the act brings, as one; and as one with them
// the site without the pages of members who left, where it lies on the register's
// server. A site that cannot be changed does not hold the act up.
func (d *Desk) pushAll(ctx context.Context, remote *gitstore.Remote, a *act, mem *gitstore.Memory, ups []gitstore.RefUpdate) error {
	if a.also != nil {
		more, err := a.also(mem)
		if err != nil {
			return err
		}
		ups = append(ups, more...)
	}
	objects := gitstore.Join(mem, d.repo)
	a.site = SiteNone
	var site *gitstore.RefUpdate
	if d.state != nil && !a.noSite {
		gone, err := d.left(a.head)
		if err == nil && len(gone) > 0 {
			site, err = d.takeDown(ctx, remote, a, mem, gone)
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			a.site = SiteThere
		}
	}
	if site == nil {
		return d.siteTold(a, remote.Push(ctx, objects, ups))
	}
	all := append(slices.Clone(ups), *site)
	err := remote.Push(ctx, objects, all)
	refused := (*gitstore.RejectedError)(nil)
	if !errors.As(err, &refused) && !errors.Is(err, gitstore.ErrNoAtomic) {
		a.site = SiteGone
		return err
	}
	// Nothing moved. The act goes alone, which says whether it was the site that was
	// refused; then the site, as publish puts it on a server where refs only grow.
	grows := onlyGrows(err, site.Name)
	a.site = SiteThere
	if err := remote.Push(ctx, objects, ups); err != nil {
		return err
	}
	if grows {
		switch gone, err := remote.Replace(ctx, objects, *site); {
		case err == nil:
			a.site = SiteGone
		case gone:
			a.site = SiteAway
		}
	} else if errors.Is(err, gitstore.ErrNoAtomic) && remote.Push(ctx, objects, []gitstore.RefUpdate{*site}) == nil {
		a.site = SiteGone
	}
	return d.siteTold(a, nil)
}

// siteTold warns where an act went through and pages are where they must not be.
func (d *Desk) siteTold(a *act, err error) error {
	if err == nil && a.site == SiteThere {
		d.warn(Warning{Kind: WarnSite})
	} else if err == nil && a.site == SiteAway {
		d.warn(Warning{Kind: WarnNoSite})
	}
	return err
}
