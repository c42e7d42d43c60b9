package desk

import (
	"slices"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// ErasureStatus says of each erased record how far its erasure has come.
type ErasureStatus struct {
	ID      register.RecordID
	Unit    register.UnitID
	Day     register.Day
	Commit  gitstore.ID // of main, by which it was erased
	Server  string      // ServerForgotten, ServerHolds, or ServerUnknown
	Waiting []Reader    // who held a key to it and has not stated to have destroyed the identity
}

// What is known of the replaced keyrings on the server.
const (
	ServerForgotten = "forgotten"
	ServerHolds     = "not forgotten"
	ServerUnknown   = "not known here"
)

// Reader is an identity that could open a keyring.
type Reader struct {
	Handle    register.Handle
	Recipient string // access.RecipientID
}

// ErasureStatuses reads main's history and says, for each record ever erased,
// which of the three steps has been reached. It needs no key.
func (d *Desk) ErasureStatuses() ([]*ErasureStatus, error) {
	chain, err := d.firstParents()
	if err != nil {
		return nil, err
	}
	return d.erasuresIn(chain)
}

// erasuresIn is ErasureStatuses as of the last of some commits of main, from the first.
func (d *Desk) erasuresIn(chain []*gitstore.Commit) ([]*ErasureStatus, error) {
	h := newHistory(d)
	for i, c := range chain {
		if err := h.add(c); err != nil {
			return nil, err
		}
		d.progress("reading history", i+1, len(chain))
	}
	return h.statuses()
}

// firstParents returns main's commits, oldest first.
func (d *Desk) firstParents() ([]*gitstore.Commit, error) {
	var out []*gitstore.Commit
	for id := d.head; !id.IsZero(); {
		c, err := gitstore.ReadCommit(d.repo, id)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
		id = gitstore.ZeroID
		if len(c.Parents) > 0 {
			id = c.Parents[0]
		}
	}
	slices.Reverse(out)
	return out, nil
}
