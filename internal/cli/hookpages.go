package cli

import (
	"errors"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sitepipe"
)

// judgePages accepts a site that the secretariat signed, and lets it be taken
// away, as proposals are: the hook cannot know who pushes.
func (p *push) judgePages(m gitstore.RefUpdate) error {
	switch {
	case m.New.IsZero():
	case p.state == nil:
		p.refuse(m, "the register is empty", "")
	default:
		if err := p.pages(m.New, m.Old); err != nil {
			p.refuse(m, err.Error(), "the site is published with medlem site publish, by the secretariat")
		}
	}
	return nil
}

// pages returns what is wrong with the commit of a site: it stands by itself, is
// signed by the secretariat, and holds plain files. Where sealed files lie everything is
// sealed, under the names that they have, and nothing sealed lies elsewhere. What lies
// there now was judged when it came.
func (p *push) pages(id, now gitstore.ID) error {
	c, err := p.lone(id, "a site")
	if err != nil {
		return err
	}
	err = gitstore.DiffAtMost(p.repo, gitstore.ZeroID, c.Tree, sitepipe.OutFiles, func(x gitstore.Change) error {
		if x.New.Mode != gitstore.ModeFile || sitepipe.CheckPath(x.Path) != nil {
			return errors.New("its commit holds something other than plain files")
		}
		_, err := seal.SiteKindOf(x.Path)
		return err
	})
	if err != nil {
		return err
	}
	var tree gitstore.ID
	if !now.IsZero() {
		old, err := gitstore.ReadCommit(p.repo, now)
		if err != nil {
			return err
		}
		tree = old.Tree
	}
	return gitstore.Diff(p.repo, tree, c.Tree, func(x gitstore.Change) error {
		kind, err := seal.SiteKindOf(x.Path)
		if x.New.ID.IsZero() || err != nil || kind == seal.SitePublic {
			return nil
		}
		file, err := p.repo.Blob(x.New.ID, seal.SiteFileLimit)
		if err != nil {
			return err
		}
		if seal.CheckSiteFile(kind, file) != nil {
			return errors.New("it has a file that is not sealed among those that must be")
		}
		return nil
	})
}
