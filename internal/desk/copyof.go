package desk

import (
	"fmt"
	"slices"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// About is what the register keeps about one member (GDPR art. 15), as main has her,
// whether her membership has ended or not.
type About struct {
	Member    *Member
	Page      bool             // she has a page of her own
	Draws     []*Drawn         // lists that named her, the newest first
	Closed    int              // lists of her unit beside, whose names the identity cannot open
	Messages  []Message        // that were sent to her, the newest first, as far as the identity can open it
	Takes     []*Activity      // activities in which she takes part, as far as the identity reads their units, by day
	Recruited int              // members whom she recruited, as far as the identity reads it; -1: it is not asked for
	Claims    []AboutClaim     // of dues, as they were made
	NoBooks   bool             // there are books of dues that the identity does not open
	Requests  []record.Request // about her, that wait for an answer, as far as the identity can open them
}

// AboutOf returns what is kept about a member. Whoever asks reads her unit, and her
// offices show every field of it: part of an answer would be taken for the whole.
func (d *Desk) AboutOf(id register.RecordID) (*About, error) {
	units, err := d.readable(nil)
	if err != nil {
		return nil, err
	}
	m, err := d.onMain(id, units)
	switch {
	case err != nil:
		return nil, err
	case m == nil:
		return nil, fmt.Errorf("%w: %s", ErrNoRecord, id)
	case !d.seesAll(m.Path.Unit):
		return nil, ErrNotAllowed
	}
	if err := d.open([]*Member{m}); err != nil {
		return nil, err
	}
	out := &About{Member: m}
	if _, out.Page, err = d.ViewSecret(m); err != nil {
		return nil, err
	}
	drawn, err := d.drawnMembers()
	if err != nil {
		return nil, err
	}
	out.Draws, out.Closed = drawn.of(id), drawn.closed[m.Path.Unit]
	sent, err := d.SentTo(id)
	if err != nil {
		return nil, err
	}
	out.Messages = sent[id]
	all, err := d.Activities(nil)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if slices.Contains(a.Record.Members, id) {
			out.Takes = append(out.Takes, a)
		}
	}
	if out.Recruited, err = d.Recruited(id); err != nil {
		return nil, err
	}
	if out.Claims, out.NoBooks, err = d.claimsOf(m.Record); err != nil {
		return nil, err
	}
	out.Requests, err = d.requestsAbout(id)
	return out, err
}

// requestsAbout returns the requests about a member in one's own draft and proposals,
// and in those that wait for the secretariat.
func (d *Desk) requestsAbout(id register.RecordID) ([]record.Request, error) {
	all, err := d.asked()
	if err != nil {
		return nil, err
	}
	seen := map[register.RecordID]bool{}
	if d.Secretary() {
		ps, err := d.inbox()
		if err != nil {
			return nil, err
		}
		for _, p := range ps {
			rs, err := d.requestsOf(p)
			if err != nil {
				continue // somebody's damaged proposal, which no review opens either
			}
			all = append(all, rs...)
		}
	}
	var out []record.Request
	for _, r := range all {
		if r.Member == id && !seen[r.ID] {
			seen[r.ID] = true
			out = append(out, r)
		}
	}
	return out, nil
}

// requestsOf opens the requests that a proposal brings.
func (d *Desk) requestsOf(p *Proposal) ([]record.Request, error) {
	_, cs, err := proposalDiff(d.repo, d.head, p.Head)
	if err != nil {
		return nil, err
	}
	_, env, err := envelopeOf(cs)
	if err != nil || env.IsZero() {
		return nil, err
	}
	secret, err := d.openEnvelope(env)
	if err != nil {
		return nil, err
	}
	return d.requests(&layer{secret: secret, changes: cs})
}
