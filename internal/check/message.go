package check

import (
	"slices"

	"github.com/medlem-register/medlem/internal/register"
)

// message is a generated commit message taken apart.
type message struct {
	verb   string // "init", "merge", "keyring", or one of register.Verbs
	n      int
	unit   register.UnitID
	handle register.Handle // of a merge
	topic  string          // of a merge
	fields []string        // that the commit says it changes; nil: it does not say
	effect string          // of a policy change, acknowledged; "" none
}

const (
	verbInit    = "init"
	verbMerge   = "merge"
	verbKeyring = "keyring"
)

// parseMessage takes apart what register.CheckMessage accepts.
func parseMessage(s string) (message, error) {
	m, err := register.ParseMessage(s)
	if err != nil {
		return message{}, err
	}
	return message{m.Verb, int(m.N), m.Unit, m.Handle, m.Topic, m.Fields, m.Effect}, nil
}

// tally counts what a commit does: the records, requests, documents, grants,
// draws, officers' files, policy files, pages and files beside the register that it
// changes, by what happens to them.
type tally map[string]int

// What a tally counts under words that are no verbs.
const (
	didEvidence = "evidence" // documents brought, or gone with their grants
	didOfficer  = "officer"  // officers' files
	didRewrite  = "rewrite"  // requests and lists of draws and sendings rewritten after an erasure
	didBeside   = "beside"   // files beside the register

	didParticipants = "participants" // activities changed where they lie
)

// record counts what happens to one record.
func (t tally) record(g *recordGroup) {
	switch {
	case len(g.added) > 0 && len(g.removed) > 0:
		from, to := g.removed[0].p, g.added[0].p
		switch {
		case from.Unit != to.Unit:
			t["move"]++
		case from.Kind == to.Kind:
			t["reschedule"]++
		case to.Kind == register.Closed:
			t["close"]++
		default:
			t["reopen"]++
		}
	case len(g.added) > 0:
		t["add"]++
	case len(g.changed) > 0:
		t["edit"]++
	case len(g.tombs) > 0:
		t["erase"]++
	case len(g.removed) > 0:
		t["withdraw"]++
	}
}

// file counts a change of anything but a record.
func (t tally) file(r *run, c *change, x *scope) {
	switch c.p.Kind {
	case register.Request:
		switch {
		case c.added(), c.changed() && x.takesBack(c):
			t["request"]++
		case c.changed():
			t[didRewrite]++
		default:
			t["withdraw"]++
		}
	case register.Evidence:
		if c.removed() && x.takesBack(c) {
			t["withdraw"]++
		} else {
			t[didEvidence]++
		}
	case register.Review:
		if c.removed() && x.onMain {
			t["tidy"]++
		} else {
			t["review"]++
		}
	case register.Draw:
		if c.removed() {
			t["tidy"]++
		} else if c.added() {
			t["draw"]++
		} else {
			t["attest"]++
		}
	case register.Receipt:
		if c.removed() { // else it comes with an erasure
			t["tidy"]++
		}
	case register.Ledger:
		switch {
		case c.changed(): // sealed anew
			t[didRewrite]++
		case c.removed():
			t["tidy"]++
		default:
			t["dues"]++
		}
	case register.Mail:
		switch {
		case c.changed():
			t["attest"]++
		case c.removed():
			t["tidy"]++
		} // else it comes with an erasure
	case register.DrawList:
		if c.changed() { // else it comes and goes with its receipt
			t[didRewrite]++
		}
	case register.Sending:
		switch {
		case c.added():
			t[register.VerbSend]++
		case c.changed():
			t["attest"]++
		default:
			t["tidy"]++
		}
	case register.SendingList:
		if c.changed() { // else it comes and goes with its receipt
			t[didRewrite]++
		}
	case register.Run: // its sealed list goes with it
		t["run"]++
	case register.Grant:
		if r.ends(c) {
			t["revoke"]++
		} else {
			t["grant"]++
		}
	case register.Officer, register.RecoveryFile:
		t[didOfficer]++
	case register.Policy:
		t["policy"]++
	case register.Site, register.Workflow:
		t["site"]++
	case register.Unknown:
		t[didBeside]++
	}
}

// saying is what a commit does whose message has a verb: the number counts the
// first of these that there is, and with it may come what else is named.
type saying struct{ counts, with []string }

var sayings = map[string]saying{
	"add":        {counts: []string{"add"}},
	"import":     {counts: []string{"add"}},
	"edit":       {counts: []string{"edit"}},
	"move":       {counts: []string{"move"}},
	"close":      {counts: []string{"close"}},
	"reopen":     {counts: []string{"reopen"}},
	"reschedule": {counts: []string{"reschedule"}},
	"request":    {counts: []string{"request", didEvidence}},
	"withdraw":   {counts: []string{"withdraw"}},
	"grant":      {counts: []string{"grant", didOfficer, didEvidence}, with: []string{"revoke"}},
	"revoke":     {counts: []string{"revoke", "grant"}, with: []string{didOfficer, didEvidence}},
	"rotate":     {counts: []string{didOfficer}},
	"retire":     {counts: []string{didOfficer}},
	"review":     {counts: []string{"review"}, with: []string{"revoke", "grant", didEvidence}},
	"erase":      {counts: []string{"erase", "withdraw", didEvidence, "activity"}, with: []string{didRewrite, didParticipants, "run"}},
	"unit":       {counts: []string{"policy"}, with: []string{"grant", didBeside, didEvidence}},
	"policy":     {counts: []string{"policy", didBeside}, with: []string{"grant", didEvidence}},
	"site":       {counts: []string{"site", didBeside}},
	"draw":       {counts: []string{"draw"}, with: []string{"withdraw"}},
	"attest":     {counts: []string{"attest"}},
	"send":       {counts: []string{register.VerbSend}},
	"tidy":       {counts: []string{"tidy", didEvidence, "revoke"}, with: []string{didEvidence, "revoke"}},
	"activity":   {counts: []string{"activity", didParticipants}},
	"run":        {counts: []string{"run"}},
	"dues":       {counts: []string{"dues"}, with: []string{"edit", "close"}},
	"readers":    {}, // keyrings only
	"rekey":      {counts: []string{"edit", didRewrite, didParticipants}, with: []string{didRewrite, didParticipants}},
	"contain":    {counts: []string{"edit", didRewrite, didParticipants}, with: []string{didRewrite, didParticipants}},
	"reject":     {}, // of answers, which are no part of main
}

// told compares a message with what its commit was found to do. It is asked of
// commits in which nothing else is wrong: what a forbidden change amounts to
// needs no name. Of a policy in history the number is not asked: the first version
// said how many files were handed over rather than how many changed.
func (r *run) told(s *step, m message) {
	v, ok := sayings[m.verb]
	if !ok || s.broken || s.did == nil {
		return
	}
	f := at(s.commit, register.Path{}, "")
	f.Unit = m.unit
	if len(s.did) == 0 { // an act of which only the keyrings were left to write
		if m.n > 1 {
			r.add(ruleMessage, f, "the message says that it is %d, and the commit changes nothing but keyrings", m.n)
		}
		return
	}
	n := 0
	for _, word := range v.counts {
		if n = s.did[word]; n > 0 {
			break
		}
	}
	for _, word := range sortedKeys(s.did) {
		if !slices.Contains(v.counts, word) && !slices.Contains(v.with, word) {
			r.add(ruleMessage, f, "the message says %q, and the commit does something else", m.verb)
			return
		}
	}
	if n != m.n && !(r.past && m.verb == "policy") {
		r.add(ruleMessage, f, "the message says %q of %d, and it is %d", m.verb, m.n, n)
	}
}
