package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
)

// answersPrefix is where the secretariat leaves sealed answers to rejected
// proposals: refs/medlem/answers/<handle>/<topic>.
const answersPrefix = "refs/medlem/answers/"

// judge judges one ref. What no rule allows is refused.
func (p *push) judge(m gitstore.RefUpdate) error {
	switch {
	case m.Name == register.Main:
		return p.judgeMain(m)
	case strings.HasPrefix(m.Name, register.KeyringRefs):
		return p.judgeKeyring(m)
	case strings.HasPrefix(m.Name, register.Proposals):
		return p.judgeProposal(m)
	case strings.HasPrefix(m.Name, answersPrefix):
		return p.judgeAnswer(m)
	case m.Name == register.Pages:
		return p.judgePages(m)
	}
	p.refuse(m, "a register has no such ref", "proposals are sent with medlem submit")
	return nil
}

// judgeMain accepts only commits of the secretariat that the rules allow, on top
// of what is there, with the keyrings that they name in the same push.
func (p *push) judgeMain(m gitstore.RefUpdate) error {
	if m.New.IsZero() || m.New == m.Old || m.Old != p.main {
		// One that stands still would take keyrings along that nobody compares.
		p.refuse(m, "main can only move forward", "")
		return nil
	}
	o, err := p.options(m.New)
	if err != nil {
		p.refuse(m, err.Error(), "")
		return nil
	}
	o.Incoming = true
	r, err := check.Verify(p.repo, p.loader, m.Old, m.New, o)
	switch {
	case errors.Is(err, check.ErrNotDescendant):
		p.refuse(m, "main can only move forward", "run medlem sync, then do it again")
		return nil
	case err != nil:
		return err
	}
	return p.refuseFindings(m, r)
}

// judgeKeyring accepts the keyring that main names. Where main moves in the same
// push, its judge compares all of them; alone, a keyring may only be put back.
func (p *push) judgeKeyring(m gitstore.RefUpdate) error {
	for _, other := range p.moves {
		if other.Name == register.Main {
			return nil
		}
	}
	const hint = "keyrings change together with main; medlem doctor --repair puts back the ones that main names"
	unit, err := register.ParseUnitID(strings.TrimPrefix(m.Name, register.KeyringRefs))
	if m.New.IsZero() && p.state != nil && (err != nil || p.state.Units[unit] == nil || p.state.Units[unit].Keyring == nil) {
		return nil // a keyring of no unit may go
	}
	if err != nil || p.state == nil || m.New.IsZero() || p.state.Units[unit] == nil || p.state.Units[unit].Keyring == nil {
		p.refuse(m, "not a keyring that main names", hint)
		return nil
	}
	refs, err := p.after(register.KeyringRefs)
	if err != nil {
		return err
	}
	at, named := check.KeyringsAt(p.repo, refs), p.state.Units[unit].Keyring
	file, ok, err := at.Sealed(unit)
	var tokens []byte
	if err == nil {
		tokens, _, err = at.Tokens(unit)
	}
	var ke *check.KeyringError
	switch {
	case errors.As(err, &ke):
		p.refuse(m, ke.Msg, hint)
	case err != nil:
		return err
	case !ok || digestOf(file) != named.SHA256, tokens == nil && named.Tokens != "", tokens != nil && digestOf(tokens) != named.Tokens:
		p.refuse(m, "not the keyring that main names", hint)
	}
	return nil
}

// judgeProposal accepts a new proposal that the rules allow. Anybody who may
// push may delete one: the hook cannot know who pushes, and its author's copy
// still has it.
func (p *push) judgeProposal(m gitstore.RefUpdate) error {
	if _, _, err := register.ParseProposalRef(m.Name); err != nil {
		p.refuse(m, "not the name of a proposal", "proposals are sent with medlem submit")
		return nil
	}
	switch {
	case m.New.IsZero():
		return nil
	case !m.Old.IsZero():
		p.refuse(m, "a proposal does not change once it is sent", "take it back (medlem undo --submitted) and send it anew")
		return nil
	case p.main.IsZero():
		p.refuse(m, "the register is empty", "")
		return nil
	}
	o, err := p.options(p.main)
	if err != nil {
		return err
	}
	o.HeadRef = m.Name
	r, err := check.Proposal(p.repo, p.loader, p.main, m.New, o)
	if err != nil {
		return err
	}
	return p.refuseFindings(m, r)
}

// judgeAnswer accepts a sealed answer that the secretariat signed, and lets any
// be deleted, as proposals are.
func (p *push) judgeAnswer(m gitstore.RefUpdate) error {
	name, topic, _ := strings.Cut(strings.TrimPrefix(m.Name, answersPrefix), "/")
	_, err := register.ParseHandle(name)
	_, err2 := register.ParseTopic(topic)
	switch {
	case err != nil || err2 != nil:
		p.refuse(m, "not the name of an answer", "")
	case m.New.IsZero():
	case !m.Old.IsZero():
		p.refuse(m, "an answer does not change once it is given", "")
	case p.state == nil:
		p.refuse(m, "the register is empty", "")
	default:
		if err := p.answer(m.New, register.Handle(name)); err != nil {
			p.refuse(m, err.Error(), "answers are left by medlem reject, lists by medlem draw approve")
		}
	}
	return nil
}

// The one file in the tree of an answer's commit: a note, or the list that was asked
// for.
const (
	answerName = "answer.age"
	listName   = "list.age"
)

// lone reads a commit that stands by itself, without parents, and is signed by the
// secretariat. what is what it brings, for the error where it has another form.
func (p *push) lone(id gitstore.ID, what string) (*gitstore.Commit, error) {
	c, err := gitstore.ReadCommit(p.repo, id)
	if err != nil {
		return nil, err
	}
	key, err := sign.Verify(c.Raw)
	if err != nil {
		return nil, err
	}
	h, ok := p.state.SignerOf(key.Marshal())
	if !ok || !p.state.MayMerge(h, register.DayOf(p.Now())) {
		return nil, errors.New("it is not signed by the secretariat")
	}
	if len(c.Parents) > 0 || register.CheckMessage(c.Message) != nil || c.Author.Name != string(h) || c.Author.Email != h.Email() ||
		c.Committer.Name != c.Author.Name || c.Committer.Email != c.Author.Email || len(c.Extra) != 1 {
		return nil, errors.New("its commit is not of the form of " + what)
	}
	return c, nil
}

// answer returns what is wrong with an answer's commit: anything there that is
// not sealed would be for everybody to read.
func (p *push) answer(id gitstore.ID, to register.Handle) error {
	c, err := p.lone(id, "an answer")
	if err != nil {
		return err
	}
	es, err := gitstore.ReadTree(p.repo, c.Tree)
	if err != nil {
		return err
	}
	if len(es) != 1 || es[0].Name != answerName && es[0].Name != listName || es[0].Mode != gitstore.ModeFile {
		return errors.New("its commit holds something other than one file " + answerName)
	}
	if es[0].Name == listName {
		return p.handedList(es[0].ID, to)
	}
	file, err := p.repo.Blob(es[0].ID, seal.EnvelopeLimit)
	if err != nil {
		return err
	}
	head, err := seal.Inspect(file)
	if err != nil {
		return err
	}
	return seal.CheckSealedTo(file, len(head.Stanzas), seal.RecordBucket)
}

// handedList returns what is wrong with a list that lies for an officer: it is sealed
// to as many as she has recipients.
func (p *push) handedList(id gitstore.ID, to register.Handle) error {
	o := p.state.Officers[to]
	if o == nil {
		return errors.New("a list for nobody")
	}
	file, err := p.repo.Blob(id, seal.SealedListLimit)
	if err != nil {
		return err
	}
	return seal.CheckList(file, len(o.Recipients))
}

// options are those of a check whose result is the given commit of main: the
// keyrings are as the push leaves them.
func (p *push) options(main gitstore.ID) (check.Options, error) {
	o := check.Options{Now: p.Now(), Day: register.DayOf(p.Now())}
	s, err := p.stateAt(main)
	if err != nil {
		return o, err
	}
	if s.Policy != nil && s.Policy.Keyrings.Folder != "" {
		return o, nil // they lie on a share
	}
	refs, err := p.after(register.KeyringRefs)
	o.Keyrings = check.KeyringsAt(p.repo, refs)
	return o, err
}

// after are the refs below a prefix as the push leaves them.
func (p *push) after(prefix string) (map[string]gitstore.ID, error) {
	refs, err := p.repo.Refs(prefix)
	if err != nil {
		return nil, err
	}
	for _, m := range p.moves {
		if !strings.HasPrefix(m.Name, prefix) {
			continue
		}
		if refs[m.Name] = m.New; m.New.IsZero() {
			delete(refs, m.Name)
		}
	}
	return refs, nil
}

func digestOf(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:])
}
