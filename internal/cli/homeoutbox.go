package cli

import (
	"path/filepath"

	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/register"
)

// homeOutboxJSON is what of the messages on this machine needs a hand.
type homeOutboxJSON struct {
	Waiting int               `json:"waiting"`          // messages
	Unknown int               `json:"unknown"`          // messages of which nobody knows whether they went
	Settle  register.RecordID `json:"settle,omitempty"` // the first sending that has such a one
}

// homeOutbox counts what lies in the outbox. It waits for no program that sends.
func (s *session) homeOutbox() homeOutboxJSON {
	var out homeOutboxJSON
	all, err := outbox.Look(filepath.Join(s.settingsFolder(), outboxFolder))
	if err != nil {
		s.warn(err.Error(), "")
	}
	for _, x := range all {
		n := x.Counts[outbox.Unknown]
		if n > 0 && out.Unknown == 0 {
			out.Settle = x.ID
		}
		out.Waiting, out.Unknown = out.Waiting+x.Waits(), out.Unknown+n
	}
	return out
}
