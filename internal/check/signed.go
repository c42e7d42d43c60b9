package check

import (
	"errors"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
)

// drift is how far ahead of the checker's clock a commit may be dated.
const drift = time.Hour

// signatureHeader is the one header that a commit may have beside those that
// every commit has.
const signatureHeader = "gpgsig"

// utc is the only zone: another would tell where an officer is.
const utc = "+0000"

// signed checks who made a commit, by the officers of the state, and returns the
// signer's handle, "" where there is none to trust.
func (r *run) signed(c *gitstore.Commit, s *access.State) register.Handle {
	r.commits++
	f := at(c, register.Path{}, "")
	for _, h := range c.Extra {
		if h != signatureHeader {
			r.add(ruleHeader, f, "header %q", clip(h))
		}
	}
	key, err := r.signature(c)
	switch {
	case errors.Is(err, sign.ErrUnsigned):
		r.add(ruleUnsigned, f, "not signed")
		return ""
	case err != nil:
		r.add(ruleSignature, f, "the signature is not good")
		return ""
	}
	h, ok := s.SignerOf(key.Marshal())
	switch {
	case !ok:
		r.add(ruleUnknownKey, f, "signed with a key that is no officer's")
		return ""
	case !plainAuthor(c):
		r.add(ruleAuthor, f, "author and committer: want %s <%s> twice, at the same second, zone %s", h, h.Email(), utc)
	case c.Author.Name != string(h):
		r.add(ruleAuthor, f, "signed by %s, but its author is %q", h, clip(c.Author.Name))
	}
	return h
}

// plainAuthor tells whether a commit names one handle as author and committer,
// in the one form that there is for it.
func plainAuthor(c *gitstore.Commit) bool {
	h, err := register.ParseHandle(c.Author.Name)
	return err == nil && c.Author.Email == h.Email() && c.Author.Zone == utc &&
		c.Committer.Name == c.Author.Name && c.Committer.Email == c.Author.Email && c.Committer.Zone == utc &&
		c.Committer.When.Equal(c.Author.When)
}

// dated checks that a commit is not older than its parent and not of the future.
func (r *run) dated(c, parent *gitstore.Commit) {
	f := at(c, register.Path{}, "")
	when := c.Committer.When
	if parent != nil && when.Before(parent.Committer.When) {
		r.add(ruleDate, f, "dated %s, before its parent", when.UTC().Format(time.RFC3339))
	}
	if when.After(r.o.Now.Add(drift)) {
		r.add(ruleDate, f, "dated %s, in the future", when.UTC().Format(time.RFC3339))
	}
}

// said checks a commit's message. known are the policies that may know its unit.
func (r *run) said(s *step, known func(register.UnitID) bool) message {
	c := s.commit
	f := at(c, register.Path{}, "")
	m, err := parseMessage(c.Message)
	if err != nil {
		r.add(ruleMessage, f, "%s", err)
		return message{}
	}
	if m.unit == "" {
		return m
	}
	f.Unit = m.unit
	switch touched := s.units(); {
	case m.verb == verbKeyring:
		r.add(ruleMessage, f, "the message of a keyring's commit")
	case !known(m.unit):
		r.add(ruleMessage, f, "the message names the unknown unit %q", string(m.unit))
	case len(touched) > 0 && !touched[m.unit]:
		r.add(ruleMessage, f, "the message names unit %q, which the commit does not touch", string(m.unit))
	}
	return m
}

// verbs checks that a message says what kind of commit it is: want is verbInit,
// verbMerge, or "" for any other.
func (r *run) verbs(c *gitstore.Commit, m message, want string) {
	special := m.verb == verbInit || m.verb == verbMerge
	if m.verb != "" && (want != "" && m.verb != want || want == "" && special) {
		r.add(ruleMessage, at(c, register.Path{}, ""), "the message of another kind of commit: %q", m.verb)
	}
}

// dayOf is the day on which a commit says that it was made.
func dayOf(c *gitstore.Commit) register.Day { return register.DayOf(c.Committer.When) }
