package check

import (
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// message is a generated commit message taken apart.
type message struct {
	verb   string // "init", "merge", "keyring", or one of register.Verbs
	unit   register.UnitID
	handle register.Handle // of a merge
	topic  string          // of a merge
}

const (
	verbInit    = "init"
	verbMerge   = "merge"
	verbKeyring = "keyring"
)

// parseMessage takes apart what register.CheckMessage accepts.
func parseMessage(s string) (message, error) {
	if err := register.CheckMessage(s); err != nil {
		return message{}, err
	}
	f := strings.Fields(s)
	m := message{verb: f[0]}
	switch len(f) {
	case 4: // verb n in unit
		m.unit = register.UnitID(f[3])
	case 2: // merge handle/topic
		h, topic, _ := strings.Cut(f[1], "/")
		m.handle, m.topic = register.Handle(h), topic
	}
	return m, nil
}
