package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// ErrNoMail says that there is nothing to say about the e-mail of an activity.
var ErrNoMail = errors.New("no e-mail is asked about for an activity of this id: it is not erased, or the policy does not ask")

// VerbMail is the verb of somebody's word on the e-mail about an activity.
const VerbMail = "activity-mail"

// Mails returns what is said of the e-mail about activities that were erased, in the
// units (nil: in all), with one's own draft laid over it, by unit and day.
func (d *Desk) Mails(units []register.UnitID) ([]*access.Mail, error) {
	found := map[string]*access.Mail{}
	read := func(p register.Path, blob gitstore.ID) error {
		b, err := d.repo.Blob(blob, register.FlatLimit)
		if err != nil {
			return err
		}
		m, err := access.ParseMail(p, b)
		if err != nil {
			return fmt.Errorf("read %s: %w", p, err)
		}
		found[p.String()] = m
		return nil
	}
	for u := range d.state.Units {
		if len(units) > 0 && !slices.Contains(units, u) {
			continue
		}
		err := d.walk(d.tree, "data/"+string(u)+"/mail", func(p register.Path, e gitstore.Entry) error { return read(p, e.ID) })
		if err != nil {
			return nil, err
		}
	}
	layers, err := d.layers()
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		for _, c := range l.changes {
			p, err := register.ParsePath(c.Path)
			if err == nil && p.Kind == register.Mail && found[c.Path] != nil && !c.New.ID.IsZero() {
				err = read(p, c.New.ID)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	out := make([]*access.Mail, 0, len(found))
	for _, m := range found {
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b *access.Mail) int { return strings.Compare(a.Path().String(), b.Path().String()) })
	return out, nil
}

// AttestMail says that steps are done with the e-mail about an activity that was erased.
// A step that somebody has said already is left out.
func (d *Desk) AttestMail(ctx context.Context, id register.RecordID, steps []string) (*access.Mail, error) {
	if err := d.beginDraft(ctx); err != nil {
		return nil, err
	}
	var out *access.Mail
	err := d.withRetry(ctx, func() error {
		me, err := d.me()
		if err != nil {
			return err
		}
		all, err := d.Mails(nil)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(m *access.Mail) bool { return m.ID == id })
		if i < 0 {
			return fmt.Errorf("activity %s: %w", id, ErrNoMail)
		}
		m := all[i]
		if d.may(policy.ActErase, m.Unit) != nil {
			if err := d.may(policy.ActActivity, m.Unit); err != nil {
				return err
			}
		}
		day, err := d.commitDay()
		if err != nil {
			return err
		}
		n := len(m.Done)
		for _, step := range m.Missing() {
			if slices.Contains(steps, step) {
				m.Done = append(m.Done, access.MailStep{Step: step, Day: day, Handle: me})
			}
		}
		if len(m.Done) == n {
			return ErrNothing
		}
		slices.SortFunc(m.Done, func(a, b access.MailStep) int {
			return slices.Index(access.MailSteps, a.Step) - slices.Index(access.MailSteps, b.Step)
		})
		out = m
		files := map[string][]byte{m.Path().String(): m.Encode()}
		if !d.Secretary() {
			return d.draftCommit("attest", 1, m.Unit, nil, func(seal.Key) (map[string][]byte, error) { return files, nil })
		}
		a := newAct(register.Message("attest", 1, m.Unit))
		a.files = files
		return d.commit(ctx, a)
	})
	return out, err
}
