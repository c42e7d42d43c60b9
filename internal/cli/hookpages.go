package cli

import (
	"errors"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
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
	c, err := gitstore.ReadCommit(p.repo, id)
	if err != nil {
		return err
	}
	key, err := sign.Verify(c.Raw)
	if err != nil {
		return err
	}
	h, ok := p.state.SignerOf(key.Marshal())
	if !ok || !p.state.MayMerge(h, register.DayOf(p.Now())) {
		return errors.New("it is not signed by the secretariat")
	}
	if len(c.Parents) > 0 || register.CheckMessage(c.Message) != nil || c.Author.Name != string(h) || c.Author.Email != h.Email() ||
		c.Committer.Name != c.Author.Name || c.Committer.Email != c.Author.Email || len(c.Extra) != 1 {
		return errors.New("its commit is not of the form of a site")
	}
	return gitstore.DiffAtMost(p.repo, gitstore.ZeroID, c.Tree, sitepipe.OutFiles, func(x gitstore.Change) error {
		if x.New.Mode != gitstore.ModeFile || sitepipe.CheckPath(x.Path) != nil {
			return errors.New("its commit holds something other than plain files")
		}
		return nil
	})
}
