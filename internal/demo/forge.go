package demo

import (
	"errors"
	"os/exec"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
)

// forge makes, as a hostile officer could, a well-formed and well-signed
// proposal that replaces a record of a unit that is not his, pushes it with
// stock git, and returns what git and the server said.
func forge(p *play, who, member string) (ref, out string, err error) {
	if p.err != nil {
		return "", "", p.err
	}
	id, err := identity.Load(p.at(who+".key"), func() ([]byte, error) { return nil, errors.New("it is plain") })
	if err != nil {
		return "", "", err
	}
	repo, err := gitstore.Open(p.at(who))
	if err != nil {
		return "", "", err
	}
	defer repo.Close()
	main, _, err := repo.Ref(register.Main)
	if err != nil {
		return "", "", err
	}
	parent, err := gitstore.ReadCommit(repo, main)
	if err != nil {
		return "", "", err
	}
	b, err := repo.Begin()
	if err != nil {
		return "", "", err
	}
	defer b.Abort()
	file, err := seal.Seal(seal.NewKey(), []byte("medlem: 1\n"))
	if err != nil {
		return "", "", err
	}
	blob, err := b.Blob(file)
	if err != nil {
		return "", "", err
	}
	path := register.Path{Kind: register.Member, Unit: "asker", ID: register.RecordID(member)}
	tree, err := b.Tree(parent.Tree, []gitstore.Edit{{Path: path.String(), ID: blob}})
	if err != nil {
		return "", "", err
	}
	head, err := b.Commit(gitstore.CommitSpec{Tree: tree, Parents: []gitstore.ID{main}, Name: string(id.Handle()), Email: id.Handle().Email(),
		When: p.now.UTC(), Message: register.Message("edit", 1, "asker"),
		Sign: func(payload []byte) ([]byte, error) { return sign.Armor(payload, id.Signer()) }})
	if err != nil {
		return "", "", err
	}
	if err := b.Close(); err != nil {
		return "", "", err
	}
	ref = register.ProposalRef(id.Handle(), register.NewTopic("asker"))
	said, err := exec.CommandContext(p.ctx, "git", "-C", p.at(who), "push", p.host, head.String()+":"+ref).CombinedOutput()
	return strings.TrimPrefix(ref, "refs/heads/"), string(said), err
}
