package check

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// readers checks that the keyring of every unit of the policy is there, and read
// by those whom policy and grants give on the day.
func (r *run) readers(c *gitstore.Commit, s *access.State, day register.Day) {
	for i := range s.Policy.Units {
		r.readersOf(c, s, s.Policy.Units[i].ID, day)
	}
}

func (r *run) readersOf(c *gitstore.Commit, s *access.State, u register.UnitID, day register.Day) {
	p := register.Path{Kind: register.Keyring, Unit: u}
	f := at(c, p, p.String())
	st := s.Units[u]
	if st == nil || st.Keyring == nil {
		if st == nil || len(st.Problems) == 0 {
			r.add(ruleNoKeyring, f, "unit %q has no keyring.yaml", string(u))
		}
		return
	}
	r.joining(f, s, st.Keyring)
	want := s.Readers(u, day)
	if slices.Equal(st.Keyring.Readers, want) {
		return
	}
	var msg []string
	if hs := without(want, st.Keyring.Readers); len(hs) > 0 {
		msg = append(msg, list(hs)+" should read it")
	}
	if hs := without(st.Keyring.Readers, want); len(hs) > 0 {
		msg = append(msg, list(hs)+" should not")
	}
	f.Line, f.Col = 4, 1
	if st.Keyring.Tokens != "" {
		f.Line++
	}
	if st.Keyring.Joining != "" {
		f.Line++
	}
	r.add(ruleReaders, f, "on %s %s", day, strings.Join(msg, ", "))
}

func without(a, b []register.Handle) []register.Handle {
	var out []register.Handle
	for _, h := range a {
		if !slices.Contains(b, h) {
			out = append(out, h)
		}
	}
	return out
}

// list names a few handles.
func list(hs []register.Handle) string {
	const limit = 5
	var out []string
	for _, h := range hs[:min(len(hs), limit)] {
		out = append(out, string(h))
	}
	if n := len(hs) - limit; n > 0 {
		out = append(out, fmt.Sprintf("%d more", n))
	}
	return strings.Join(out, ", ")
}

// keyringMoves checks how keyring.yaml files went from one commit of main to the
// next: each that had to be sealed anew was, and its number rose by one.
func (r *run) keyringMoves(s *step, from, to *node) {
	var was *access.State
	is := to.state
	if from != nil {
		was = from.state
	}
	must := map[register.UnitID]string{}
	for i := range s.changes {
		if c := &s.changes[i]; c.p.Kind.Sealed() && c.Old.ID != c.New.ID {
			must[c.p.Unit] = "sealed files"
		}
	}
	moved := newRecipients(was, is)
	touched := map[register.UnitID]bool{}
	for i := range s.changes {
		c := &s.changes[i]
		if c.p.Kind != register.Keyring {
			continue
		}
		touched[c.p.Unit] = true
		r.serial(s, c, keyringOf(was, c.p.Unit), keyringOf(is, c.p.Unit))
		r.joiningKept(s, c, was, is)
	}
	for i := range is.Policy.Units {
		u := is.Policy.Units[i].ID
		k := keyringOf(is, u)
		if k == nil || touched[u] {
			continue
		}
		why := must[u]
		if h := slices.IndexFunc(k.Readers, func(h register.Handle) bool { return moved[h] }); why == "" && h >= 0 {
			why = "the recipients of " + string(k.Readers[h])
		}
		if why != "" {
			p := register.Path{Kind: register.Keyring, Unit: u}
			r.add(ruleKeyringKept, at(s.commit, p, p.String()), "%s changed, and the keyring did not", why)
		}
	}
}

// tokenMoves checks that tokens were sealed anew where they had to be: without
// whom the commit erases, and where the secretariat has other recipients than
// before.
func (r *run) tokenMoves(s *step, from, to *node) {
	if from == nil {
		return
	}
	must := map[register.UnitID]string{}
	over := s.activitiesGone()
	for i := range s.changes {
		if c := &s.changes[i]; c.p.Kind == register.Tombstone && !c.New.ID.IsZero() && !over[c.p.ID] {
			must[c.p.Unit] = "somebody was erased"
		}
	}
	recipients := func(n *node) []string { return n.state.Recipients(n.state.TokenReaders(dayOf(n.commit))) }
	others := sync.OnceValue(func() bool { return !slices.Equal(recipients(from), recipients(to)) })
	for i := range to.state.Policy.Units {
		u := to.state.Policy.Units[i].ID
		was, is := keyringOf(from.state, u), keyringOf(to.state, u)
		if was == nil || is == nil || is.Tokens == "" || was.Tokens != is.Tokens {
			continue
		}
		why := must[u]
		if why == "" && others() {
			why = "the recipients of the secretariat changed"
		}
		if why != "" {
			p := register.Path{Kind: register.Keyring, Unit: u}
			f := at(s.commit, p, p.String())
			f.Line, f.Col = 4, 9
			r.add(ruleTokensKept, f, "%s, and the tokens did not change", why)
		}
	}
}

func (r *run) serial(s *step, c *change, was, is *access.KeyringFile) {
	if is == nil {
		return // removed or malformed: found as such where the policy has the unit
	}
	f := s.at(c)
	f.Line, f.Col = 2, 9
	last := uint64(0)
	if was != nil {
		last = was.Serial
	}
	if is.Serial != last+1 {
		r.add(ruleSerial, f, "serial %d follows %d: want %d", is.Serial, last, last+1)
	}
	if was != nil && was.SHA256 == is.SHA256 {
		f.Line, f.Col = 3, 9
		r.add(ruleSerial, f, "the digest is that of the keyring before")
	}
}

func keyringOf(s *access.State, u register.UnitID) *access.KeyringFile {
	if s == nil || s.Units[u] == nil {
		return nil
	}
	return s.Units[u].Keyring
}

// newRecipients are the readers whose recipients differ between two states: a
// keyring that they read must be sealed anew even if its readers are the same.
func newRecipients(was, is *access.State) map[register.Handle]bool {
	out := map[register.Handle]bool{}
	if was == nil {
		return out
	}
	for h, o := range is.Officers {
		if old := was.Officers[h]; old != nil && !slices.Equal(old.Recipients, o.Recipients) {
			out[h] = true
		}
	}
	if was.Recovery != nil && is.Recovery != nil && !slices.Equal(was.Recovery.Recipients, is.Recovery.Recipients) {
		out[register.Recovery] = true
	}
	return out
}

// keyrings compares the sealed keyrings, and the tokens beside them, with what the
// state says of them. day is that of the commit that the state is of.
func (r *run) keyrings(s *access.State, day register.Day) error {
	if r.o.Keyrings == nil {
		r.note("sealed keyrings were not looked at")
		return nil
	}
	absent := 0
	for i := range s.Policy.Units {
		u := s.Policy.Units[i].ID
		k := keyringOf(s, u)
		if k == nil {
			continue
		}
		ok, err := r.sealedKeyring(s, k)
		if err == nil && ok {
			err = r.sealedTokens(s, k, day)
		}
		if err != nil {
			return err
		}
		if !ok {
			absent++
		}
	}
	if absent > 0 {
		r.note("%d of %d sealed keyrings are not here and were not looked at", absent, len(s.Policy.Units))
	}
	return r.strays(s.Policy)
}

// sealedKeyring checks one sealed keyring. It is false for one that need not be
// here and is not.
func (r *run) sealedKeyring(s *access.State, k *access.KeyringFile) (bool, error) {
	f := Finding{Path: register.KeyringRef(k.Unit), Unit: k.Unit}
	file, ok, err := r.o.Keyrings.Sealed(k.Unit)
	var bad *KeyringError
	switch {
	case errors.As(err, &bad):
		f.Path = bad.Place
		r.add(ruleKeyringCommit, f, "%s", bad.Msg)
		return true, nil
	case err != nil:
		return false, fmt.Errorf("read the keyring of unit %q: %w", k.Unit, err)
	case !ok && r.o.Keyrings.Complete():
		r.add(ruleNoSealed, f, "the keyring of unit %q is not there", string(k.Unit))
		return true, nil
	case !ok:
		return false, nil
	}
	if digest(file) != k.SHA256 {
		r.add(ruleDigest, f, "the keyring of unit %q is not the one that main names", string(k.Unit))
		return true, nil
	}
	if err := seal.CheckSealedTo(file, len(s.Recipients(k.Readers)), seal.KeyringBucket); err != nil {
		r.add(ruleSealedKeyring, f, "%s", err)
	}
	return true, nil
}

// sealedTokens checks the tokens beside a keyring that is here: they are there if
// main names them, and sealed to the secretariat and the recovery recipient.
func (r *run) sealedTokens(s *access.State, k *access.KeyringFile, day register.Day) error {
	f := Finding{Path: register.KeyringRef(k.Unit), Unit: k.Unit}
	file, ok, err := r.o.Keyrings.Tokens(k.Unit)
	var bad *KeyringError
	switch {
	case errors.As(err, &bad):
		f.Path = bad.Place
		r.add(ruleKeyringCommit, f, "%s", bad.Msg)
	case err != nil:
		return fmt.Errorf("read the tokens of unit %q: %w", k.Unit, err)
	case ok && k.Tokens == "":
		r.add(ruleTokens, f, "there are tokens of unit %q that main does not name", string(k.Unit))
	case !ok && k.Tokens != "" && r.o.Keyrings.Complete():
		r.add(ruleTokens, f, "the tokens of unit %q are not there", string(k.Unit))
	case !ok:
	case digest(file) != k.Tokens:
		r.add(ruleTokens, f, "the tokens of unit %q are not those that main names", string(k.Unit))
	default:
		if err := seal.CheckTokens(file, len(s.Recipients(s.TokenReaders(day)))); err != nil {
			r.add(ruleTokens, f, "the tokens of unit %q: %s", string(k.Unit), err)
		}
	}
	return nil
}

// strays finds sealed keyrings of no unit.
func (r *run) strays(p *policy.Policy) error {
	l, ok := r.o.Keyrings.(lister)
	if !ok {
		return nil
	}
	places, err := l.places()
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(places) {
		if _, known := p.Unit(places[name]); !known {
			r.add(ruleStray, Finding{Path: name}, "no unit of the policy has this keyring")
		}
	}
	return nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
