package gitstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
)

// ErrNoAtomic: the server cannot move several refs as one. Nothing was sent.
var ErrNoAtomic = errors.New("the server does not offer atomic pushes")

// RejectedError is a server's refusal of a push. No ref moved.
type RejectedError struct {
	// Refs says why, in the server's words, for each ref that was refused.
	Refs map[string]string
	// Message is what the server's hooks said, a line each; it may be empty.
	// All text is bounded by MessageLimit and free of control characters.
	Message string
}

// Locked tells whether another git holds a lock on the server, or one that was killed has
// left it: git names the file, in whatever language it speaks.
func (e *RejectedError) Locked() bool { return strings.Contains(e.Error(), ".lock'") }

func (e *RejectedError) Error() string {
	var s []string
	for name, why := range e.Refs {
		s = append(s, fmt.Sprintf("%s: %s", name, why))
	}
	slices.Sort(s)
	text := "the server refused the push: " + strings.Join(s, "; ")
	if e.Message != "" {
		text += "\n" + e.Message
	}
	return text
}

// Push moves refs on the server, all of them or none, each only if it is at its
// old value: a *StaleError says that one is not. One that is to stay where it is, Old
// and New alike, is looked at as the others are, and not sent. With more than one ref, the
// server must offer atomic pushes, else ErrNoAtomic. A *RejectedError carries
// the server's refusal and what its hooks said. Objects that the refs bring are
// read from objects and sent in the same request. Whether a move is a
// fast-forward is the caller's question, or the server's.
//
// Where the connection breaks before the server has answered, Push looks again
// and returns nil if the refs have moved; where it cannot look, the error wraps
// ErrUnreachable and the refs may have moved, all or none.
func (m *Remote) Push(ctx context.Context, objects Reader, ups []RefUpdate) error {
	if err := checkUpdates(ups); err != nil {
		return fmt.Errorf("push to %s: %w", m, err)
	}
	if err := m.push(ctx, objects, ups, ZeroID); err != nil {
		return fmt.Errorf("push to %s: %w", m, err)
	}
	return nil
}

// Replace puts a commit without parents in the place of another on a server where refs
// only grow, in two pushes: the old one goes, the new one comes. What the old one had is
// not sent again, and need not be in objects; where the server has lost it meanwhile all
// of it is sent, if it is here. A failure between the two leaves no such ref, and gone
// says so.
func (m *Remote) Replace(ctx context.Context, objects Reader, up RefUpdate) (gone bool, err error) {
	if err := m.Push(ctx, objects, []RefUpdate{{Name: up.Name, Old: up.Old}}); err != nil {
		return false, err
	}
	again := []RefUpdate{{Name: up.Name, New: up.New}}
	err = m.push(ctx, objects, again, up.Old)
	if r := (*RejectedError)(nil); errors.As(err, &r) {
		if whole := m.push(ctx, objects, again, ZeroID); whole == nil || !errors.Is(whole, ErrNotFound) {
			err = whole
		}
	}
	if err != nil {
		return true, fmt.Errorf("push to %s: %w", m, err)
	}
	return false, nil
}

// push moves refs. had is a commit that the server had until now, though no ref there
// names it any more: what it reaches is not sent.
func (m *Remote) push(ctx context.Context, objects Reader, ups []RefUpdate, had ID) error {
	s, adv, err := m.advertised(ctx, receivePack)
	if err != nil {
		return err
	}
	defer s.close()
	req, err := pushRequest(adv, ups)
	if err != nil || req == nil {
		return err
	}
	said := &textBuffer{}
	req.Progress = said
	var sending *packSender
	if slices.ContainsFunc(ups, func(u RefUpdate) bool { return !u.New.IsZero() && u.New != u.Old }) {
		refs, from := adv.refs, ups
		if !had.IsZero() {
			refs, from = maps.Clone(adv.refs), slices.Clone(ups)
			for i := range from {
				refs[from[i].Name], from[i].Old = had, had
			}
		}
		ids, err := newObjects(objects, refs, from)
		if err != nil {
			return err
		}
		sending = sendPack(ctx, objects, ids)
		defer sending.stop() // objects is not read after Push has returned
		req.Packfile = sending.r
	}
	if m.listed != nil {
		m.listed()
	}
	report, err := s.receivePack(ctx, req)
	if sending != nil {
		if serr := sending.stop(); serr != nil {
			return serr // whatever the server made of half a pack
		}
	}
	if err != nil {
		return m.unanswered(ctx, ups, wireError(ctx, err))
	}
	return m.judge(ctx, ups, report, said)
}

// pushRequest compares the old values with what the server has and says what to
// ask of it. It returns nil where there is nothing to do.
func pushRequest(adv *advertisement, ups []RefUpdate) (*packp.ReferenceUpdateRequest, error) {
	for _, u := range ups {
		if have := adv.refs[u.Name]; have != u.Old {
			return nil, &StaleError{Name: u.Name, Want: u.Old, Have: have}
		}
	}
	if !adv.caps.Supports(capability.ReportStatus) {
		return nil, errors.New("the server does not report what becomes of a push")
	}
	req := packp.NewReferenceUpdateRequestFromCapabilities(adv.caps)
	deletes := false
	for _, u := range ups {
		if u.Old == u.New {
			continue
		}
		deletes = deletes || u.New.IsZero()
		req.Commands = append(req.Commands, &packp.Command{Name: plumbing.ReferenceName(u.Name), Old: u.Old, New: u.New})
	}
	if len(req.Commands) == 0 {
		return nil, nil
	}
	if deletes && !adv.caps.Supports(capability.DeleteRefs) {
		return nil, errors.New("the server does not delete refs")
	}
	wanted := []capability.Capability{capability.Sideband64k, capability.Quiet}
	if len(req.Commands) > 1 {
		if !adv.caps.Supports(capability.Atomic) {
			return nil, ErrNoAtomic
		}
		wanted = append(wanted, capability.Atomic)
	}
	for _, c := range wanted {
		if !adv.caps.Supports(c) {
			continue
		}
		if err := req.Capabilities.Set(c); err != nil {
			return nil, err
		}
	}
	return req, nil
}

// judge reads the server's report.
func (m *Remote) judge(ctx context.Context, ups []RefUpdate, report *packp.ReportStatus, said *textBuffer) error {
	refused := map[string]string{}
	moved := map[string]bool{}
	for _, st := range report.CommandStatuses {
		if st.Status == "ok" {
			moved[string(st.ReferenceName)] = true
		} else if len(refused) < len(ups) {
			refused[cleanText(string(st.ReferenceName))] = cleanText(st.Status)
		}
	}
	for _, u := range ups {
		if u.Old != u.New && !moved[u.Name] && refused[u.Name] == "" {
			refused[u.Name] = "no answer"
			if report.UnpackStatus != "ok" {
				refused[u.Name] = "unpack: " + cleanText(report.UnpackStatus)
			}
		}
	}
	if len(refused) == 0 {
		return nil
	}
	// Servers have no common word for "it has moved since you looked".
	if have, err := m.look(ctx); err == nil {
		for _, u := range ups {
			if have[u.Name] != u.Old {
				return &StaleError{Name: u.Name, Want: u.Old, Have: have[u.Name]}
			}
		}
	}
	return &RejectedError{Refs: refused, Message: said.String()}
}

// lookWait bounds how long Push looks what became of it.
const lookWait = 20 * time.Second

// unanswered looks whether a push that the server did not answer has moved the
// refs.
func (m *Remote) unanswered(ctx context.Context, ups []RefUpdate, cause error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, lookWait)
	defer cancel()
	have, err := m.look(ctx)
	if err != nil {
		return cause
	}
	for _, u := range ups {
		if have[u.Name] != u.New {
			return cause
		}
	}
	return nil
}

// look returns the refs as the service that takes pushes shows them; the one
// that is fetched from may hide some.
func (m *Remote) look(ctx context.Context) (map[string]ID, error) {
	s, adv, err := m.advertised(ctx, receivePack)
	if err != nil {
		return nil, err
	}
	s.close()
	return adv.refs, nil
}
