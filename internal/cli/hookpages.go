package cli

import (
	"errors"

	"github.com/medlem-register/medlem/internal/gitstore"
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
		if err := p.pages(m.New); err != nil {
			p.refuse(m, err.Error(), "the site is published with medlem site publish, by the secretariat")
		}
	}
	return nil
}

// pages returns what is wrong with the commit of a site: it stands by itself, is
// signed by the secretariat, and holds plain files.
func (p *push) pages(id gitstore.ID) error {
	c, err := p.lone(id, "a site")
	if err != nil {
		return err
	}
	return gitstore.DiffAtMost(p.repo, gitstore.ZeroID, c.Tree, sitepipe.OutFiles, func(x gitstore.Change) error {
		if x.New.Mode != gitstore.ModeFile || sitepipe.CheckPath(x.Path) != nil {
			return errors.New("its commit holds something other than plain files")
		}
		return nil
	})
}
