package rules

import (
	"context"
	"errors"
	"maps"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
)

var ctx = context.Background()

// house is a register under a pack with a server, and officers who each have a copy:
// for the rules that only whoever opens records can hold.
type house struct {
	t   *testing.T
	dir string
	now time.Time
}

// openHouse makes a register under a pack; edits as packFiles takes them.
func openHouse(t *testing.T, pack string, edits ...string) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), now: start}
	if out, err := exec.Command("git", "init", "-q", "--bare", "-b", "main", h.host()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	first := map[string][]byte{}
	for name, b := range packFiles(t, pack, edits...) {
		first["policies/"+name] = b
	}
	_, err := desk.Init(ctx, desk.InitOptions{Dir: h.at("sec"), Remote: h.host(), Identity: actor("sec"), Now: h.clock, Files: first})
	h.must(err)
	return h
}

func (h *house) host() string         { return filepath.Join(h.dir, "host.git") }
func (h *house) at(who string) string { return filepath.Join(h.dir, who) }
func (h *house) clock() time.Time     { return h.now }
func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// as opens an officer's copy, as main is now, for one act.
func (h *house) as(who string, act func(d *desk.Desk) error) error {
	h.t.Helper()
	h.now = h.now.Add(time.Minute)
	d, err := desk.Open(desk.Options{Dir: h.at(who), Identity: actor(who), Now: h.clock})
	h.must(err)
	defer d.Close()
	d.TrustClock(d.Today()) // months may pass
	_, err = d.Sync(ctx)
	h.must(err)
	return act(d)
}

// do is as for an act that must go well.
func (h *house) do(who string, act func(d *desk.Desk) error) {
	h.t.Helper()
	if err := h.as(who, act); err != nil {
		h.t.Fatalf("%s: %v", who, err)
	}
}

// join gives an officer an office and a copy.
func (h *house) join(who string, u register.UnitID, office string) {
	h.t.Helper()
	h.do("sec", func(d *desk.Desk) error {
		_, err := d.Grant(ctx, desk.GrantOptions{Unit: u, Officer: desk.OfficerOf(actor(who)), Terms: desk.Terms{Office: office}})
		return err
	})
	_, err := desk.Clone(ctx, desk.CloneOptions{URL: h.host(), Dir: h.at(who), Identity: actor(who), Now: h.clock})
	h.must(err)
}

type fields = map[string]record.Value

// person is what a record says of somebody invented, and what more it says.
func person(given, family string, more ...fields) fields {
	out := fields{"given": record.Text(given), "family": record.Text(family)}
	for _, m := range more {
		maps.Copy(out, m)
	}
	return out
}

// add enters a member, as whoever it is, and returns her id.
func (h *house) add(who string, u register.UnitID, f fields) (id register.RecordID, err error) {
	h.t.Helper()
	err = h.as(who, func(d *desk.Desk) error {
		ids, err := d.Add(ctx, u, "add", []fields{f})
		if err == nil {
			id = ids[0]
		}
		return err
	})
	return id, err
}

// added is add for one that must go well.
func (h *house) added(who string, u register.UnitID, f fields) register.RecordID {
	h.t.Helper()
	id, err := h.add(who, u, f)
	h.must(err)
	return id
}

// submit sends an officer's draft to the secretariat.
func (h *house) submit(who string) (topic string) {
	h.t.Helper()
	h.do(who, func(d *desk.Desk) error {
		s, err := d.Submit(ctx)
		if err == nil {
			topic = s.Topic
		}
		return err
	})
	return topic
}

// merge is what the secretariat's merge of a proposal answers.
func (h *house) merge(topic string) error {
	h.t.Helper()
	return h.as("sec", func(d *desk.Desk) error { _, err := d.Merge(ctx, topic, nil); return err })
}

// record is a member's record as the secretariat opens it.
func (h *house) record(id register.RecordID) (r *record.Record) {
	h.t.Helper()
	h.do("sec", func(d *desk.Desk) error {
		m, err := d.Find(id)
		if err == nil {
			r = m.Record
		}
		return err
	})
	return r
}

// errorIs fails unless who refused with an error of this kind.
func errorIs[T error](t *testing.T, err error, who string) {
	t.Helper()
	var want T
	if !errors.As(err, &want) {
		t.Errorf("%s: %v, want a %T", who, err, want)
	}
}

// forge is a proposal that an officer made with a tool of her own, which asks
// nothing: the record as she wants it, and a message that declares these fields.
func (h *house) forge(who, verb string, r *record.Record, declared ...string) (topic string) {
	h.t.Helper()
	h.now = h.now.Add(time.Minute)
	repo, err := gitstore.Open(h.at("sec"))
	h.must(err)
	defer repo.Close()
	main, _, err := repo.Ref(register.Main)
	h.must(err)
	c, err := gitstore.ReadCommit(repo, main)
	h.must(err)

	var text []byte
	var recipients []string
	h.do("sec", func(d *desk.Desk) error {
		recipients = d.State().EnvelopeRecipients(handle(who), d.Today())
		text, err = d.Policy().Schema().Encode(r)
		return err
	})
	secret := seal.NewKey()
	file, err := seal.Seal(secret.Derive(seal.KindRecord, r.Unit, r.ID), text)
	h.must(err)
	envelope, err := seal.SealEnvelope(secret, recipients)
	h.must(err)

	b, err := repo.Begin()
	h.must(err)
	defer b.Abort()
	var edits []gitstore.Edit
	for path, content := range map[string][]byte{
		memberPath(r.Unit, r.ID): file,
		register.Path{Kind: register.Envelope, Unit: r.Unit, ID: register.NewRecordID()}.String(): envelope,
	} {
		id, err := b.Blob(content)
		h.must(err)
		edits = append(edits, gitstore.Edit{Path: path, ID: id})
	}
	tree, err := b.Tree(c.Tree, edits)
	h.must(err)
	me := handle(who)
	message := register.WithFields(register.Message(verb, 1, r.Unit), declared)
	head, err := b.Commit(gitstore.CommitSpec{Tree: tree, Parents: []gitstore.ID{main}, Name: string(me), Email: me.Email(), When: h.now, Message: message,
		Sign: func(payload []byte) ([]byte, error) { return sign.Armor(payload, actor(who).Signer()) }})
	h.must(err)
	h.must(b.Close())
	remote, err := gitstore.NewRemote(h.host())
	h.must(err)
	topic = register.NewTopic(r.Unit)
	h.must(remote.Push(ctx, repo, []gitstore.RefUpdate{{Name: register.ProposalRef(me, topic), New: head}}))
	return topic
}
