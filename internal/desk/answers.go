package desk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
)

// An answer of the secretariat is taken from the server by whichever command
// syncs first, and kept here, sealed as it came, until the officer has had time
// to read it: .git/medlem/answers/<topic>.age.

const (
	answerDays  = 60       // for which an answer is kept
	answerLimit = 64 << 10 // bytes of a sealed answer
)

// Answers returns what the secretariat said of one's rejected proposals in the
// last sixty days, oldest first. One that no longer opens has no reason.
func (d *Desk) Answers() ([]Answer, error) {
	if d.id == nil {
		return nil, ErrNoIdentity
	}
	es, err := os.ReadDir(d.answersDir())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	var out []Answer
	for _, e := range es {
		topic, ok := strings.CutSuffix(e.Name(), ".age")
		info, err := e.Info()
		if !ok || err != nil || info.Size() > answerLimit {
			continue
		}
		b, err := os.ReadFile(filepath.Join(d.answersDir(), e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read answers: %w", err)
		}
		reason, _ := d.openAnswer(topic, b)
		out = append(out, Answer{topic, reason, info.ModTime()})
	}
	slices.SortFunc(out, func(a, b Answer) int {
		if c := a.When.Compare(b.When); c != 0 {
			return c
		}
		return strings.Compare(a.Topic, b.Topic)
	})
	return out, nil
}

func (d *Desk) answersDir() string { return filepath.Join(d.local.dir, "answers") }

// answerText is what is sealed as the answer to a proposal. It names the proposal,
// so that nobody can show an answer that was given to another one.
func answerText(topic, reason string) []byte { return []byte(topic + "\n" + reason) }

// openAnswer returns the reason in a sealed answer, "" where there is none to read,
// and an error for an answer to another proposal.
func (d *Desk) openAnswer(topic string, file []byte) (string, error) {
	text, err := seal.OpenNote(file, d.id.Ages())
	if err != nil {
		return "", nil // sealed to an identity that is destroyed
	}
	to, reason, _ := strings.Cut(string(text), "\n")
	if to != topic {
		return "", errors.New("it answers another proposal")
	}
	return oneLine(reason), nil
}

func (d *Desk) putAnswer(topic string, file []byte) error {
	if err := os.MkdirAll(d.answersDir(), 0o700); err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	path := filepath.Join(d.answersDir(), topic+".age")
	if err := writeFile(path, file); err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	return os.Chtimes(path, d.now(), d.now())
}

// forgetAnswers deletes the answers that have been here for answerDays.
func (d *Desk) forgetAnswers() error {
	es, err := os.ReadDir(d.answersDir())
	if err != nil {
		return nil // there are none
	}
	for _, e := range es {
		if info, err := e.Info(); err == nil && info.ModTime().AddDate(0, 0, answerDays).Before(d.now()) {
			if err := os.Remove(filepath.Join(d.answersDir(), e.Name())); err != nil {
				return fmt.Errorf("forget an answer: %w", err)
			}
		}
	}
	return nil
}

// expectAnswers adds the answers that wait on the server for proposals that were
// settled earlier: a sync that broke off in between has not read them.
func (d *Desk) expectAnswers(refs map[string]gitstore.ID, res *SyncResult) {
	me, err := d.me()
	if err != nil {
		return
	}
	for name := range refs {
		topic, ok := strings.CutPrefix(name, answerRefs+string(me)+"/")
		if _, err := register.ParseTopic(topic); !ok || err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(d.answersDir(), topic+".age")); err == nil {
			continue // the server did not let it be deleted
		}
		if d.knownList(topic) {
			res.Lists = append(res.Lists, topic) // it lies there until it is fetched
			continue
		}
		if !slices.ContainsFunc(res.Answers, func(a Answer) bool { return a.Topic == topic }) {
			res.Answers = append(res.Answers, Answer{Topic: topic})
		}
	}
}

// readAnswers fetches the secretariat's answers to one's rejected proposals,
// keeps them, and takes them from the server.
func (d *Desk) readAnswers(ctx context.Context, res *SyncResult) error {
	if err := d.forgetAnswers(); err != nil {
		return err
	}
	me, err := d.me()
	if err != nil || len(res.Answers) == 0 || d.local.remote == "" {
		return nil
	}
	remote, err := d.server()
	if err != nil {
		return err
	}
	prefix := answerRefs + string(me) + "/"
	mem, refs, err := fetchAnswers(ctx, remote, prefix)
	if err != nil {
		return err
	}
	var read []Answer
	for _, a := range res.Answers {
		id, ok := refs[prefix+a.Topic]
		var file []byte
		if ok && d.answerIsList(mem, id) {
			if err := d.expectList(a.Topic); err != nil {
				return err
			}
			res.Lists = append(res.Lists, a.Topic)
			continue
		}
		if ok {
			if file, err = d.answerFile(mem, id); err == nil {
				a.Reason, err = d.openAnswer(a.Topic, file)
			}
			if err != nil {
				d.warn(Warning{Kind: WarnAnswer, Topic: a.Topic})
			}
		}
		refused := ok && err == nil
		if refused {
			a.When = d.now()
			read = append(read, a)
			if err := d.putAnswer(a.Topic, file); err != nil {
				return err
			}
		}
		if err := d.settle(a.Topic, refused); err != nil {
			return err
		}
		if ok {
			// An answer left on the server is read again by nobody: failing to delete it
			// is no reason to hide it.
			_ = remote.Push(ctx, d.repo, []gitstore.RefUpdate{{Name: prefix + a.Topic, Old: id}})
		}
	}
	res.Answers = read
	return nil
}

// settle ends the wait for a proposal of one's own: it goes where the secretariat
// has refused it, and is the draft again where somebody only says so.
func (d *Desk) settle(topic string, refused bool) error {
	name := submittedRefs + topic
	id, waits, err := d.repo.Ref(name)
	if err == nil && !waits && refused { // a receipt that the rules refuse is told like anything else
		name = drawRefs + topic
		id, waits, err = d.repo.Ref(name)
	}
	switch {
	case err != nil || !waits:
		return err
	case refused:
		return d.repo.UpdateRefs([]gitstore.RefUpdate{{Name: name, Old: id}})
	}
	return d.takeBack(name, id)
}

// fetchAnswers brings the answers below a prefix: all at once, and one by one where
// one of them cannot be read, so that it keeps back no other. It returns the refs
// of the server; what could not be read is not in the memory.
func fetchAnswers(ctx context.Context, remote *gitstore.Remote, prefix string) (*gitstore.Memory, map[string]gitstore.ID, error) {
	mem := gitstore.NewMemory()
	want := func(keep func(name string) bool) (map[string]gitstore.ID, error) {
		return remote.FetchMemory(ctx, mem, func(refs map[string]gitstore.ID) (ids []gitstore.ID) {
			for name, id := range refs {
				if strings.HasPrefix(name, prefix) && keep(name) {
					ids = append(ids, id)
				}
			}
			return ids
		})
	}
	refs, err := want(func(string) bool { return true })
	if err == nil || errors.Is(err, gitstore.ErrUnreachable) {
		return mem, refs, err
	}
	if refs, err = remote.Refs(ctx); err != nil {
		return nil, nil, err
	}
	for one := range refs {
		if !strings.HasPrefix(one, prefix) {
			continue
		}
		if _, err := want(func(name string) bool { return name == one }); errors.Is(err, gitstore.ErrUnreachable) {
			return nil, nil, err
		}
	}
	return mem, refs, nil
}

// answerFile returns the sealed answer in a commit that one of the secretariat
// signed. On hosts that cannot protect refs, anybody may push something there.
func (d *Desk) answerFile(r gitstore.Reader, commit gitstore.ID) ([]byte, error) {
	return d.signedFile(r, commit, answerFile, answerLimit)
}

// signedFile returns a file, of at most limit bytes, in a commit that one of the
// secretariat signed.
func (d *Desk) signedFile(r gitstore.Reader, commit gitstore.ID, name string, limit int) ([]byte, error) {
	c, err := gitstore.ReadCommit(r, commit)
	if err != nil {
		return nil, err
	}
	key, err := sign.Verify(c.Raw)
	if err != nil {
		return nil, err
	}
	if h, ok := d.state.SignerOf(key.Marshal()); !ok || !d.state.MayMerge(h, register.DayOf(c.Committer.When)) {
		return nil, errors.New("the answer is not signed by the secretariat")
	}
	e, ok, err := gitstore.Find(r, c.Tree, name)
	if err != nil || !ok {
		return nil, fmt.Errorf("read an answer: %w", errors.Join(err, gitstore.ErrNotFound))
	}
	_, file, err := r.Object(e.ID)
	if len(file) > limit {
		return nil, fmt.Errorf("answer of %d bytes: want at most %d", len(file), limit)
	}
	return file, err
}

// oneLine takes what could act on a terminal out of another's text.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
}

// heard adds what a sync brought to the news.
func (d *Desk) heard(r *SyncResult) {
	n := &d.news
	n.Offline = r.Offline
	n.Commits += r.Commits
	n.Merged = append(n.Merged, r.Merged...)
	n.Answers = append(n.Answers, r.Answers...)
	n.Dropped += r.Dropped
	n.Ended += r.Ended
	n.Clock = r.Clock
	n.Rotate = r.Rotate
	n.Accepted += r.Accepted
	n.Receipts += r.Receipts
	n.Joining += r.Joining
	n.Lists = r.Lists
	for u, come := range r.Newcomers {
		if n.Newcomers == nil {
			n.Newcomers = map[register.UnitID]int{}
		}
		n.Newcomers[u] += come
	}
}

// News is what the syncs of this Desk's commands brought, all in one: every
// command that writes syncs first, and what comes in then comes only once.
func (d *Desk) News() SyncResult { return d.news }

// Drafted counts the changes in the draft, as far as it opens.
func (d *Desk) Drafted() (int, error) {
	layers, err := d.layers()
	if err != nil || len(layers) == 0 || layers[len(layers)-1].status != Draft {
		return 0, err
	}
	_, n := d.subject(layers[len(layers)-1])
	return n, nil
}

// Verified is the commit of main up to which this copy has verified it, and the
// first commit, which it trusts; zero in a copy that has fetched nothing.
func (d *Desk) Verified() (genesis, last gitstore.ID) { return d.local.genesis, d.local.verified }
