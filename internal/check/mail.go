package check

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/retention"
)

var (
	ruleMail = newRule("retention/mail", inProposal|inMain|inAll,
		"what is said of the e-mail about an activity comes without its erasure, is missing, malformed or in another's name, or was changed or removed",
		"erase with medlem, which writes it; then say each step yourself: medlem activity mail")
	ruleMailDue = newRule("retention/mail-due", inAll,
		"the e-mail about an activity that was erased should be gone, and nobody has said that it is",
		"move it to the trash, empty the trash, do the same elsewhere, and say so: medlem activity mail")
)

// mail judges a change of what is said of the e-mail about an activity. It comes with the
// activity's tombstone; then officers of the unit add their own words, one step at a time.
func (r *run) mail(s *step, x *scope, c *change, need func(register.UnitID, *change, ...policy.Act)) {
	say := func(format string, args ...any) { r.add(ruleMail, s.at(c), format, args...) }
	if c.added() {
		t := tombstoneOf(s, c.p)
		if t == nil || !s.activitiesGone()[c.p.ID] {
			say("no activity of this id is erased in unit %q", string(c.p.Unit))
			return
		}
		if v, err := access.ParseTombstone(r.side(t.New, t.p)); err == nil && v.Day != c.p.Day {
			say("its day is not that of the erasure, %s", v.Day)
		}
		if is := r.readMail(c.New, c.p); is != nil && len(is.Done) > 0 {
			say("it says what is done in the commit that brings it")
		}
		return
	}
	was := r.readMail(c.Old, c.p)
	if was == nil {
		return // it was refused when it came
	}
	if c.removed() {
		need(c.p.Unit, c, policy.ActErase)
		last := c.p.Day
		for _, d := range was.Done {
			last = max(last, d.Day)
		}
		if len(was.Missing()) > 0 || last.AddMonths(retention.MailMonths) >= x.day {
			say("removed, and it is not a year since all was said")
		}
		return
	}
	need(c.p.Unit, c, policy.ActActivity, policy.ActErase)
	is := r.readMail(c.New, c.p)
	if is == nil || s.commit == nil || x.merged.same(c) {
		return
	}
	for _, d := range was.Done {
		if !slices.Contains(is.Done, d) {
			say("what was said is gone, or is another")
			return
		}
	}
	for i, d := range is.Done {
		if slices.Contains(was.Done, d) || x.signer == "" {
			continue
		}
		f := s.at(c)
		f.Line, f.Col = 3+i, 5
		if d.Handle != x.signer {
			r.add(ruleMail, f, "said in the name of %s, signed by %s", d.Handle, x.signer)
		}
		if day := dayOf(s.commit); d.Day != day {
			r.add(ruleMail, f, "done on %s by its words, written on %s", d.Day, day)
		}
	}
}

func (r *run) readMail(e gitstore.Entry, p register.Path) *access.Mail {
	b := r.side(e, p)
	if b == nil {
		return nil
	}
	m, err := access.ParseMail(p, b)
	if err != nil {
		return nil // said where clear files are read
	}
	return m
}

// mails finds activities that main erases without asking what becomes of the e-mail
// about them, where the policy asks.
func (r *run) mails(s *step, x *scope) {
	if x.state == nil || !x.onMain || !x.state.Policy.Activities.Mail {
		return
	}
	over := s.activitiesGone()
	for i := range s.changes {
		if c := &s.changes[i]; c.p.Kind == register.Mail && c.added() {
			delete(over, c.p.ID)
		}
	}
	for i := range s.changes {
		if c := &s.changes[i]; c.p.Kind == register.Activity && over[c.p.ID] {
			r.add(ruleMail, s.at(c), "erased, and the policy wants it said what becomes of the e-mail about it")
		}
	}
}

// overdueMail says that e-mail should be gone, and that nobody has said so.
func (r *run) overdueMail(f Finding, p register.Path, b []byte) {
	m, err := access.ParseMail(p, b)
	if err == nil && len(m.Missing()) > 0 && retention.MailUntil(p.Day) < r.o.Day {
		r.add(ruleMailDue, f, "due on %s, and nobody has said that it is done: %s", retention.MailUntil(p.Day), strings.Join(m.Missing(), ", "))
	}
}
