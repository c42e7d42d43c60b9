package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// Refs of an officer's own copy.
const (
	draftRef      = "refs/medlem/draft"
	submittedRefs = "refs/medlem/submitted/" // + topic
	ownRefs       = "refs/medlem/own/"       // + topic: changes of one's own officer file that wait
	wordRefs      = "refs/medlem/word/"      // + topic: changes of one's own grants that wait
	inboxRefs     = "refs/medlem/inbox/"     // + handle/topic, for the secretariat
	answerRefs    = "refs/medlem/answers/"   // + handle/topic, on the server
)

// SyncResult is what a sync brought.
type SyncResult struct {
	Offline   bool                    // the server did not answer; nothing changed here
	Commits   int                     // new commits of main, verified
	Merged    []string                // topics of one's own proposals that were merged
	Answers   []Answer                // and of those that were rejected
	Dropped   int                     // draft changes that named an erased record
	Ended     int                     // changes that went whole, since the officer's access has ended
	Clock     *ClockError             // what waits was neither sent nor taken in: the clock cannot be right; nil: it can
	Rotate    bool                    // it is time for a new identity: medlem rotate
	Rotated   int                     // identities that could be destroyed
	Accepted  int                     // changes of officers' own recipients that the secretariat took in
	Receipts  int                     // of lists that officers took out, that the secretariat took in
	Joining   int                     // units whose joining identity the secretariat replaced
	Newcomers map[register.UnitID]int // members who have come to units that one sees, for officers who do not merge
	Lists     []string                // topics of requests whose list lies on the server for oneself
}

// Answer is the secretariat's reason for a rejection.
type Answer struct {
	Topic, Reason string
	When          time.Time // when it came here
}

// Sync brings this copy level with the server: it fetches main, the keyrings
// that the identity opens and the proposals that concern it, verifies every new
// commit, and only then shows them. A main that goes backwards is refused with
// ErrRewound and changes nothing here.
func (d *Desk) Sync(ctx context.Context) (*SyncResult, error) {
	res := &SyncResult{}
	d.there = nil
	defer d.heard(res)
	if d.local.remote == "" {
		return res, d.housekeep(ctx, res)
	}
	if err := d.fetch(ctx, res); err != nil {
		if errors.Is(err, gitstore.ErrUnreachable) {
			res.Offline = true
			return res, nil
		}
		return nil, err
	}
	return res, d.housekeep(ctx, res)
}

// fetchRounds bounds how often a fetch starts again because main or a keyring
// moved between the two reads.
const fetchRounds = 5

func (d *Desk) fetch(ctx context.Context, res *SyncResult) error {
	remote, err := d.server()
	if err != nil {
		return err
	}
	for range fetchRounds {
		refs, err := remote.Fetch(ctx, d.repo, onlyMain, d.haves())
		if err != nil {
			return fmt.Errorf("fetch: %w", err)
		}
		main, ok := refs[register.Main]
		if !ok {
			return fmt.Errorf("%w: its main is missing", gitstore.ErrNoRepository)
		}
		n, err := d.verifyNew(main)
		if err != nil {
			return err
		}
		again, err := d.fetchKeyrings(ctx, remote, refs, main)
		if err != nil {
			return err
		}
		if again {
			continue
		}
		res.Commits = n
		if err := d.accept(main, refs, res); err != nil {
			return err
		}
		// Who merges is known from the new main: a fresh copy has no other.
		waiting, err := d.fetchProposals(ctx, remote, refs)
		if err != nil {
			return fmt.Errorf("fetch: %w", err)
		}
		d.there = refs
		if err := d.noteHeard(); err != nil {
			return err
		}
		d.noteSite(ctx, remote, refs[register.Pages])
		return d.keepInbox(waiting)
	}
	return errors.New("the register changed each time it was read; try again in a minute")
}

// onlyMain asks for main alone: a proposal that cannot be read must not keep
// main from coming in.
func onlyMain(refs map[string]gitstore.ID) []gitstore.ID {
	if id, ok := refs[register.Main]; ok {
		return []gitstore.ID{id}
	}
	return nil
}

// fetchProposals brings the proposals that wait to the secretariat's copy, and
// returns those that could be read, by ref: all at once, and one by one where
// one of them is damaged, so that it blocks nobody else's.
func (d *Desk) fetchProposals(ctx context.Context, remote *gitstore.Remote, refs map[string]gitstore.ID) (map[string]gitstore.ID, error) {
	out := map[string]gitstore.ID{}
	if !d.Secretary() {
		return out, nil
	}
	missing := map[string]gitstore.ID{}
	for name, id := range refs {
		if _, _, err := register.ParseProposalRef(name); err != nil {
			continue
		}
		if d.repo.Has(id) {
			out[name] = id
			continue
		}
		missing[name] = id
	}
	if len(missing) == 0 {
		return out, nil
	}
	want := func(names map[string]gitstore.ID) error {
		_, err := remote.Fetch(ctx, d.repo, func(now map[string]gitstore.ID) (ids []gitstore.ID) {
			for name, id := range names {
				if now[name] == id { // taken back meanwhile otherwise
					ids = append(ids, id)
				}
			}
			return ids
		}, d.haves())
		return err
	}
	all := want(missing)
	if errors.Is(all, gitstore.ErrUnreachable) {
		return nil, all
	}
	for name, id := range missing {
		if all != nil {
			if err := want(map[string]gitstore.ID{name: id}); errors.Is(err, gitstore.ErrUnreachable) {
				return nil, err
			} else if err != nil {
				d.warn(Warning{Kind: WarnUnreadable, Topic: strings.TrimPrefix(name, register.Proposals)})
				continue
			}
		}
		if d.repo.Has(id) {
			out[name] = id
		}
	}
	return out, nil
}

func (d *Desk) haves() []gitstore.ID {
	refs, err := d.repo.Refs("refs/")
	if err != nil {
		return nil
	}
	var out []gitstore.ID
	for _, id := range refs {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// verifyNew verifies main from the last verified commit and counts the commits. Where the
// note of that is lost or names nothing that is here, it verifies main from its beginning.
func (d *Desk) verifyNew(main gitstore.ID) (int, error) {
	from := d.local.verified
	if main == from {
		return 0, nil
	}
	if !d.repo.Has(from) {
		from = gitstore.ZeroID
		if bases, err := d.basesOfHead(main); err != nil || !slices.Contains(bases, d.head) {
			return 0, cmp.Or(err, ErrRewound)
		}
	}
	rep, err := check.Verify(d.repo, d.loader, from, main, check.Options{Now: d.now(), Day: d.Today()})
	if errors.Is(err, check.ErrNotDescendant) {
		return 0, ErrRewound
	}
	if err != nil {
		return 0, fmt.Errorf("verify: %w", err)
	}
	if len(rep.Findings) > 0 {
		return 0, &FindingsError{"the server's register breaks its own rules; nothing was taken over", rep}
	}
	if from.IsZero() && !d.head.IsZero() {
		more, err := gitstore.Between(d.repo, d.head, main, gitstore.HistoryLimit)
		return len(more), err
	}
	return rep.Commits, nil
}

// basesOfHead are the common ancestors of main as it is here, if it is, and another.
func (d *Desk) basesOfHead(main gitstore.ID) ([]gitstore.ID, error) {
	if d.head.IsZero() {
		return []gitstore.ID{d.head}, nil
	}
	return gitstore.MergeBases(d.repo, d.head, main)
}

// FindingsError is a refusal with the findings that led to it.
type FindingsError struct {
	Msg    string
	Report *check.Report
}

func (e *FindingsError) Error() string {
	n := len(e.Report.Findings)
	if n == 0 {
		return e.Msg
	}
	f := e.Report.Findings[0]
	return fmt.Sprintf("%s: %s: %s: %s (%d in all)", e.Msg, f.Path, f.Rule, f.Message, n)
}

// fetchKeyrings gets the keyrings that main names, with the tokens beside them,
// that the identity reads and that are not here. again is true when the server changed meanwhile.
func (d *Desk) fetchKeyrings(ctx context.Context, remote *gitstore.Remote, refs map[string]gitstore.ID, main gitstore.ID) (again bool, err error) {
	c, err := gitstore.ReadCommit(d.repo, main)
	if err != nil {
		return false, err
	}
	s, err := d.loader.At(c.Tree)
	if err != nil {
		return false, err
	}
	if s.Policy == nil || s.Policy.Organisation.Keyrings.Folder != "" {
		return false, nil // they lie in a folder; keyring reads them there
	}
	var me register.Handle
	if d.id != nil {
		me, _ = s.SignerOf(d.id.Signer().PublicKey().Marshal())
	}
	missing := map[string]register.UnitID{}
	for u, st := range s.Units {
		if st.Keyring == nil || !slices.Contains(st.Keyring.Readers, me) {
			continue
		}
		if d.local.has(u, st.Keyring) {
			continue
		}
		missing[register.KeyringRef(u)] = u
	}
	if len(missing) == 0 {
		return false, nil
	}
	mem := gitstore.NewMemory()
	now, err := remote.FetchMemory(ctx, mem, func(refs map[string]gitstore.ID) []gitstore.ID {
		var out []gitstore.ID
		for name := range missing {
			if id, ok := refs[name]; ok {
				out = append(out, id)
			}
		}
		return out
	})
	if err != nil {
		return false, fmt.Errorf("fetch keyrings: %w", err)
	}
	if now[register.Main] != main {
		return true, nil
	}
	for name, u := range missing {
		id, ok := now[name]
		if !ok {
			return false, fmt.Errorf("the server has no keyring for unit %q: ask the secretariat", u)
		}
		files, err := keyringFiles(mem, id)
		if err != nil {
			return false, fmt.Errorf("the server's keyring for unit %q: %w", u, err)
		}
		if !isNamed(files, s.Units[u].Keyring) {
			if refs[name] != id {
				return true, nil
			}
			return false, fmt.Errorf("the server's keyring for unit %q is not the one that the register names; what you have here stays in use: tell the secretariat", u)
		}
		for _, file := range files {
			if err := d.local.putKeyring(u, file); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

// The files in the tree of a keyring's commit; the second may be missing.
const (
	keyringFileName = "keyring.age"
	tokensFileName  = "tokens.age"
)

// keyringFiles returns the sealed keyring of a commit, and its sealed tokens where
// it has them.
func keyringFiles(r gitstore.Reader, commit gitstore.ID) ([][]byte, error) {
	c, err := gitstore.ReadCommit(r, commit)
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for _, name := range []string{keyringFileName, tokensFileName} {
		e, ok, err := gitstore.Find(r, c.Tree, name)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		_, b, err := r.Object(e.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	if len(out) == 0 {
		return nil, errors.New("its commit holds no keyring.age")
	}
	return out, nil
}

// isNamed tells whether the files of a keyring's commit are those that main names.
func isNamed(files [][]byte, k *access.KeyringFile) bool {
	if len(files) == 0 || digestOf(files[0]) != k.SHA256 {
		return false
	}
	if k.Tokens == "" {
		return len(files) == 1
	}
	return len(files) == 2 && digestOf(files[1]) == k.Tokens
}

// accept makes what was fetched and verified the state of this copy. The order
// keeps every instant readable: the new keyrings are here already, then main
// moves, then replaced keyrings are forgotten.
func (d *Desk) accept(main gitstore.ID, refs map[string]gitstore.ID, res *SyncResult) (err error) {
	was := d.head
	if main != d.head {
		if err := d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: register.Main, Old: d.head, New: main}}); err != nil {
			return err
		}
	}
	if d.local.verified != main || !d.repo.Has(d.local.genesis) {
		d.local.verified = main
		if !d.repo.Has(d.local.genesis) {
			first, err := d.genesis(main)
			if err != nil {
				return err
			}
			d.local.genesis = first
		}
		if err := d.local.save(); err != nil {
			return err
		}
	}
	if err := d.reload(); err != nil {
		return err
	}
	if res.Newcomers, err = d.newcomers(was); err != nil {
		return err
	}
	if err := d.forgetReplaced(); err != nil {
		return err
	}
	if err := d.settleSubmitted(refs, res); err != nil {
		return err
	}
	if err := d.settleOwn(refs); err != nil {
		return err
	}
	if err := d.settleDraws(refs); err != nil {
		return err
	}
	d.expectAnswers(refs, res)
	return nil
}

// keepInbox makes the inbox of this copy the proposals that wait.
func (d *Desk) keepInbox(waiting map[string]gitstore.ID) error {
	var ups []gitstore.RefUpdate
	have, err := d.repo.Refs(inboxRefs)
	if err != nil {
		return err
	}
	for name, id := range waiting {
		h, topic, err := register.ParseProposalRef(name)
		if err != nil {
			continue
		}
		local := inboxRefs + string(h) + "/" + topic
		if have[local] != id {
			ups = append(ups, gitstore.RefUpdate{Name: local, Old: have[local], New: id})
		}
		delete(have, local)
	}
	for name, id := range have {
		ups = append(ups, gitstore.RefUpdate{Name: name, Old: id})
	}
	if len(ups) == 0 {
		return nil
	}
	return d.repo.UpdateRefs(ups)
}

// forgetReplaced deletes the keyrings that main no longer names.
func (d *Desk) forgetReplaced() error {
	return d.local.forget(d.named())
}

// settleSubmitted looks what became of one's own proposals.
func (d *Desk) settleSubmitted(refs map[string]gitstore.ID, res *SyncResult) error {
	mine, err := d.repo.Refs(submittedRefs)
	if err != nil || len(mine) == 0 {
		return err
	}
	me, err := d.me()
	if err != nil {
		return nil // nobody's proposals are here
	}
	for name, id := range mine {
		topic := strings.TrimPrefix(name, submittedRefs)
		if refs[register.ProposalRef(me, topic)] == id {
			continue
		}
		bases, err := gitstore.MergeBases(d.repo, d.head, id)
		if err != nil {
			return err
		}
		_, answered := refs[answerRefs+string(me)+"/"+topic]
		switch {
		case len(bases) == 1 && bases[0] == id:
			res.Merged = append(res.Merged, topic)
		case answered: // it stays here until readAnswers knows whose answer that is
			res.Answers = append(res.Answers, Answer{Topic: topic})
			continue
		default:
			if err := d.takeBack(name, id); err != nil {
				return err
			}
			continue
		}
		if err := d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: name, Old: id}}); err != nil {
			return err
		}
	}
	slices.Sort(res.Merged)
	return nil
}

// takeBack makes a proposal the draft again that has gone from the server
// without an answer: the server was restored, or a record in it was erased,
// which leaves the draft too. Nobody's work is dropped because a ref is missing.
func (d *Desk) takeBack(ref string, id gitstore.ID) error {
	topic := strings.TrimPrefix(ref, submittedRefs)
	if _, busy, err := d.repo.Ref(draftRef); err != nil || busy {
		d.warn(Warning{Kind: WarnGone, Topic: topic})
		return nil
	}
	d.warn(Warning{Kind: WarnBack, Topic: topic})
	return d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: draftRef, New: id}, {Name: ref, Old: id}})
}

func (d *Desk) genesis(head gitstore.ID) (gitstore.ID, error) {
	for {
		c, err := gitstore.ReadCommit(d.repo, head)
		if err != nil {
			return head, err
		}
		if len(c.Parents) == 0 {
			return head, nil
		}
		head = c.Parents[0]
	}
}

// sealedKeyring returns a unit's sealed keyring, or its tokens, with the digest, from
// this copy or from the folder on a share.
func (d *Desk) sealedKeyring(u register.UnitID, digest string) ([]byte, bool, error) {
	if dir := d.keyringFolder(); dir != "" {
		return readKeyring(folderPath(dir, u, digest), digest)
	}
	return readKeyring(d.local.keyringPath(u, digest), digest)
}

// localKeyrings shows check the keyrings of this copy, which has only those that
// the identity reads.
func (d *Desk) localKeyrings() check.Keyrings { return copyKeyrings{d} }

type copyKeyrings struct{ d *Desk }

func (c copyKeyrings) Complete() bool { return false }

func (c copyKeyrings) Sealed(u register.UnitID) ([]byte, bool, error) {
	if c.d.state == nil {
		return nil, false, nil
	}
	st := c.d.state.Units[u]
	if st == nil || st.Keyring == nil {
		return nil, false, nil
	}
	return c.d.sealedKeyring(u, st.Keyring.SHA256)
}

func (c copyKeyrings) Tokens(u register.UnitID) ([]byte, bool, error) {
	if c.d.state == nil {
		return nil, false, nil
	}
	st := c.d.state.Units[u]
	if st == nil || st.Keyring == nil || st.Keyring.Tokens == "" {
		return nil, false, nil
	}
	return c.d.sealedKeyring(u, st.Keyring.Tokens)
}
