package access

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// Mail is what became of the e-mail about an activity that was erased,
// data/<unit>/mail/<YYYY-MM-DD>/<id>.yaml: the day is that of the erasure, the id the
// activity's. The register holds no e-mail; its officers say step by step that they have
// deleted theirs.
type Mail struct {
	Unit register.UnitID
	Day  register.Day
	ID   register.RecordID
	Done []MailStep // in the order of MailSteps, each at most once
}

// A MailStep is an officer's word that one step is done.
type MailStep struct {
	Step   string // of MailSteps
	Day    register.Day
	Handle register.Handle
}

// The steps. To move a message to the trash does not delete it: that is another step.
const (
	MailMoved   = "moved"   // every message about it lies in the trash: received, sent, drafts
	MailEmptied = "emptied" // the trash is empty
	MailCopies  = "copies"  // likewise on telephones, and wherever mail and contacts are copied to
)

// MailSteps lists the steps in their order.
var MailSteps = []string{MailMoved, MailEmptied, MailCopies}

// Missing returns the steps of which nobody has said that they are done.
func (m *Mail) Missing() []string {
	return slices.DeleteFunc(slices.Clone(MailSteps), func(step string) bool {
		return slices.ContainsFunc(m.Done, func(d MailStep) bool { return d.Step == step })
	})
}

// Path is where it lies.
func (m *Mail) Path() register.Path {
	return register.Path{Kind: register.Mail, Unit: m.Unit, Day: m.Day, ID: m.ID}
}

// Encode returns the file.
func (m *Mail) Encode() []byte {
	f := register.NewFlat()
	var done []string
	for _, d := range m.Done {
		done = append(done, d.Step+" "+string(d.Day)+" "+string(d.Handle))
	}
	if done != nil {
		f.SetList("done", done)
	}
	return f.Encode()
}

// ParseMail reads the file at a path.
func ParseMail(p register.Path, b []byte) (*Mail, error) {
	f, err := register.ParseFlat(b)
	if err != nil {
		return nil, err
	}
	m := &Mail{Unit: p.Unit, Day: p.Day, ID: p.ID}
	list, line, err := f.List("done", false)
	if err != nil {
		return nil, err
	}
	last := -1
	for i, item := range list {
		parts := strings.Split(item, " ")
		bad := &register.FlatError{Line: line + i + 1, Col: 5, Msg: "want a step, a day and a handle, in the order of the steps"}
		if len(parts) != 3 {
			return nil, bad
		}
		at := slices.Index(MailSteps, parts[0])
		day, dayErr := register.ParseDay(parts[1])
		h, handleErr := register.ParseHandle(parts[2])
		if at <= last || dayErr != nil || handleErr != nil {
			return nil, bad
		}
		last = at
		m.Done = append(m.Done, MailStep{parts[0], day, h})
	}
	return m, f.End()
}
