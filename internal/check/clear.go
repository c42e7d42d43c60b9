package check

import (
	"errors"
	"fmt"
	"regexp"
	"sync"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// clear reads every clear file that the step brings. Each commit's are read, not
// the last version alone: a name that one commit writes and the next takes out
// would stay in history for ever.
func (r *run) clear(s *step) error {
	for i := range s.changes {
		c := &s.changes[i]
		if !c.has(c.New) || c.New.ID == c.Old.ID || clearRules[c.p.Kind] == nil {
			continue
		}
		b, err := r.blob(c.New.ID, c.p.Kind)
		if err != nil {
			return fmt.Errorf("read %s: %w", c.Path, err)
		}
		r.clearFile(s.at(c), c.p, b)
	}
	return nil
}

func (r *run) blob(id gitstore.ID, k register.Kind) ([]byte, error) {
	return r.repo.Blob(id, sizeLimit(k))
}

// clearRules are the rules for clear files that are not in their one form, by
// kind.
var clearRules = map[register.Kind]*rule{
	register.Officer:      ruleGrantFile,
	register.RecoveryFile: ruleGrantFile,
	register.Grant:        ruleGrantFile,
	register.Keyring:      ruleKeyringFile,
	register.Tombstone:    ruleTombstone,
	register.Review:       ruleReviewForm,
	register.Draw:         ruleDrawForm,
	register.Sending:      ruleSendingReceipt,
	register.Mail:         ruleMail,
	register.Run:          ruleRunForm,
	register.Receipt:      ruleReceipt,
}

// clearFile notes what is malformed in a clear file.
func (r *run) clearFile(f Finding, p register.Path, b []byte) {
	if err := parseClear(p, b); err != nil {
		f.Line, f.Col = 1, 1
		msg := err.Error()
		if fe := (*register.FlatError)(nil); errors.As(err, &fe) {
			f.Line, f.Col, msg = fe.Line, fe.Col, fe.Msg
		}
		r.add(clearRules[p.Kind], f, "%s", msg)
	}
}

func parseClear(p register.Path, b []byte) error {
	switch p.Kind {
	case register.Officer, register.RecoveryFile:
		o, err := access.ParseOfficer(b, seal.ParseRecipient)
		if err == nil && o.Handle != p.Handle {
			err = &register.FlatError{Line: 2, Col: 9, Msg: "the handle is not the one in the file's name"}
		}
		return err
	case register.Grant:
		g, err := access.ParseGrant(p, b)
		if err == nil && !isKey(g.Office) {
			err = &register.FlatError{Line: 2, Col: 9, Msg: "malformed office: want a policy key"}
		}
		if err == nil && g.Meeting != "" && !isKey(g.Meeting) {
			err = &register.FlatError{Line: 1, Col: 1, Msg: "malformed meeting: want a policy key"}
		}
		return err
	case register.Keyring:
		_, err := access.ParseKeyringFile(p.Unit, b)
		return err
	case register.Tombstone:
		t, err := access.ParseTombstone(b)
		switch {
		case err != nil:
			return err
		case t.Day.Year() != p.Year:
			return &register.FlatError{Line: 2, Col: 6, Msg: "the day is of another year than the folder"}
		case !isKey(t.Rule):
			return &register.FlatError{Line: 3, Col: 7, Msg: "malformed rule: want a policy key"}
		}
		return nil
	case register.Review:
		_, err := access.ParseReview(p, b)
		return err
	case register.Draw:
		_, err := access.ParseDraw(p, b)
		return err
	case register.Sending:
		_, err := access.ParseSending(p, b)
		return err
	case register.Run:
		_, err := access.ParseRun(p, b)
		return err
	case register.Mail:
		_, err := access.ParseMail(p, b)
		return err
	case register.Receipt:
		return receiptForm(b)
	}
	return nil
}

// keyPattern is what a key of the policy looks like, or the name of a rule. In
// clear files no other text may stand: it could be a person's name.
var keyPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}(?:/[a-z][a-z0-9-]{0,39})?$`)
})

func isKey(s string) bool { return keyPattern().MatchString(s) }
