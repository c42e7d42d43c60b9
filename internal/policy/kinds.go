package policy

import (
	"slices"
	"strconv"
)

// Activities is until when the participants of activities are kept.
type Activities struct {
	Keep    int  `yaml:"keep"`        // days after its last day
	Longest int  `yaml:"longest"`     // months ahead in which one may end
	Mail    bool `yaml:"attest-mail"` // it is attested that the e-mail about it is gone
}

// DefaultLongest is Activities.Longest where the policy does not say, in months.
const DefaultLongest = 12

// A Kind is a kind of data that has a period of its own.
type Kind struct {
	ID      string            `yaml:"id"`
	Name    map[string]string `yaml:"name"`    // by language
	Keep    *int              `yaml:"keep"`    // months; nil where it is kept for good
	Forever bool              `yaml:"forever"` // kept for good
	After   map[string]string `yaml:"after"`   // from when Keep is counted, by language; of a kind that the register keeps, medlem knows it
	Basis   map[string]string `yaml:"basis"`   // what it rests on, by language
	Where   string            `yaml:"where"`   // InRegister, Outside, or "" by the id
}

// Where a kind of data lies.
const (
	InRegister = "register"
	Outside    = "outside"
)

// The kinds of data that the register itself keeps.
const (
	KindEvidence = "evidence" // grants that have ended, and their documents: months after the last day of the grant
	KindReceipts = "receipts" // of erasures: months after the day of the erasure
	KindDraws    = "draws"    // receipts of lists: months after all of it is attested as destroyed
	KindRequests = "requests" // what officers, members and strangers send: it goes when it is answered
	KindReviews  = "reviews"  // controls of who has access: months after the control
	KindSendings = "sendings" // receipts of sendings, and whom they reached: months after the month in which they were made
)

// RegisterKinds are the kinds that the register itself keeps.
var RegisterKinds = []string{KindEvidence, KindReceipts, KindDraws, KindRequests, KindReviews, KindSendings}

// SendingMonths is for how many months the receipts of sendings are kept where the policy
// does not say: long enough that a year's sendings can be counted. Unlike the other kinds
// it has an end without a line of policy, since whom a message reached is about members.
const SendingMonths = 13

// KeepSendings returns for how many months the receipts of sendings are kept.
func (r *Retention) KeepSendings() int {
	if keep, ok := r.KeepKind(KindSendings); ok {
		return keep
	}
	return SendingMonths
}

// KindAccounts is the kind that the laws on bookkeeping speak of.
const KindAccounts = "accounts"

// Kind returns the kind of data of that id.
func (r *Retention) Kind(id string) (Kind, bool) {
	for _, k := range r.Kinds {
		if k.ID == id {
			return k, true
		}
	}
	return Kind{}, false
}

// KeepKind returns for how many months the register keeps a kind of data, false where
// the policy sets no end.
func (r *Retention) KeepKind(id string) (months int, ok bool) {
	k, found := r.Kind(id)
	if !found || k.Keep == nil || !k.InRegister() {
		return 0, false
	}
	return *k.Keep, true
}

// InRegister tells whether medlem keeps it.
func (k Kind) InRegister() bool {
	return k.Where == InRegister || k.Where == "" && slices.Contains(RegisterKinds, k.ID)
}

// checkKinds judges the kinds of data of retention.yaml.
func (d *document) checkKinds(p *Policy) {
	ids(d, "/kinds", "kind of data", len(p.Kinds), func(i int) string { return p.Kinds[i].ID })
	for i, k := range p.Kinds {
		at := "/kinds/" + strconv.Itoa(i)
		d.names(at+"/name", k.Name, p.Languages)
		if k.After != nil {
			d.names(at+"/after", k.After, p.Languages)
		}
		if k.Basis != nil {
			d.names(at+"/basis", k.Basis, p.Languages)
		}
		open := d.isOpen(at+"/keep") || d.isOpen(at+"/forever")
		switch {
		case k.Forever && k.Keep != nil:
			d.report(at+"/forever", "it is kept for good, and for a number of months", "keep one of the two lines")
		case !k.Forever && k.Keep == nil && !open:
			d.report(at, "for how long it is kept is missing", "write keep: and a number of months, or forever: true")
		case k.Forever && k.InRegister():
			d.report(at+"/forever", "what the register keeps has an end", "leave the kind out: then nothing of it is taken away")
		}
		if k.Where == InRegister && !slices.Contains(RegisterKinds, k.ID) {
			d.report(at+"/where", "the register keeps no data of this kind", suggest(k.ID, RegisterKinds))
		}
	}
}
