package desk

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/duplicate"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// Tokens tell the secretariat whether somebody new is registered in another unit,
// without opening its records. They lie beside each unit's keyring and are sealed
// to the secretariat and the recovery recipient alone. A register has none until
// the secretariat first takes somebody in; they are made for all units then, and
// from then on they follow what each act of the secretariat changes.

// book is the tokens of the units as main has them.
type book struct {
	secret [32]byte
	units  map[register.UnitID]*seal.Tokens
	stored map[register.UnitID]bool // the register has them; the others were made here
}

// tokens returns the book. What the register does not have yet is made from the
// records of the unit, which takes a while. Units whose keyring the officer does
// not read are left out.
func (d *Desk) tokens() (*book, error) {
	if d.book != nil {
		return d.book, nil
	}
	me, err := d.secretariat()
	if err != nil {
		return nil, err
	}
	b := &book{units: map[register.UnitID]*seal.Tokens{}, stored: map[register.UnitID]bool{}}
	mine := d.state.InScope(me, d.Today())
	for _, u := range mine {
		t, err := d.openTokens(u)
		if err != nil {
			return nil, err
		}
		if t == nil {
			continue
		}
		if b.secret == [32]byte{} {
			b.secret = t.Secret
		}
		if t.Secret == b.secret { // else they would never be equal to others'
			b.units[u], b.stored[u] = t, true
		}
	}
	if b.secret == [32]byte{} {
		b.secret = seal.NewTokenSecret()
	}
	var missing []register.UnitID
	for _, u := range mine {
		if !b.stored[u] && d.state.Units[u].Keyring != nil {
			missing = append(missing, u)
		}
	}
	for i, u := range missing {
		if b.units[u], err = d.makeTokens(u, b.secret); err != nil {
			return nil, err
		}
		d.progress("making tokens", i+1, len(missing))
	}
	d.book = b
	return b, nil
}

// openTokens opens a unit's tokens; nil: it has none.
func (d *Desk) openTokens(u register.UnitID) (*seal.Tokens, error) {
	if d.book != nil && d.book.stored[u] {
		return d.book.units[u], nil
	}
	st := d.state.Units[u]
	if st == nil || st.Keyring == nil || st.Keyring.Tokens == "" {
		return nil, nil
	}
	file, err := d.sealedTokens(u, st.Keyring)
	if err != nil {
		return nil, err
	}
	t, err := seal.OpenTokens(file, d.ages())
	if err != nil {
		return nil, fmt.Errorf("open the tokens of unit %q: %w", u, err)
	}
	if t.Unit != u || t.Serial > st.Keyring.Serial {
		return nil, fmt.Errorf("the tokens of unit %q say that they are another's, or another version's", u)
	}
	return t, nil
}

// sealedTokens returns a unit's sealed tokens, which main names.
func (d *Desk) sealedTokens(u register.UnitID, k *access.KeyringFile) ([]byte, error) {
	file, ok, err := d.sealedKeyring(u, k.Tokens)
	if err == nil && !ok {
		err = fmt.Errorf("the tokens of unit %q are not here: run medlem sync", u)
	}
	return file, err
}

// makeTokens makes the tokens of a unit from its records.
func (d *Desk) makeTokens(u register.UnitID, secret [32]byte) (*seal.Tokens, error) {
	k, err := d.keyring(u)
	if err != nil {
		return nil, err
	}
	ms, err := d.unitMembers(u, k, true)
	if err != nil {
		return nil, err
	}
	if err := d.open(ms); err != nil {
		return nil, err
	}
	t := seal.NewTokens(u, secret)
	for _, m := range ms {
		t.People[m.Path.ID] = tokenList(m.Record, secret)
	}
	return t, nil
}

// tokenList returns the tokens of a record as they stand in a tokens file.
func tokenList(r *record.Record, secret [32]byte) string {
	ts := duplicate.Tokens(duplicate.Of(r), secret)
	if len(ts) == 0 {
		return seal.NoTokens
	}
	var b strings.Builder
	for i, t := range ts {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(t))
	}
	return b.String()
}

func parseTokens(list string) []duplicate.Token {
	var out []duplicate.Token
	for s := range strings.SplitSeq(list, " ") {
		if t, err := duplicate.ParseToken(s); err == nil { // one of another version equals none
			out = append(out, t)
		}
	}
	return out
}

// bringTokens puts what the ops change into the tokens of their units. Somebody
// new makes tokens for every unit that has none.
func (d *Desk) bringTokens(a *act, ops []op) error {
	if slices.ContainsFunc(ops, func(o op) bool { return o.from.Kind == register.Unknown }) {
		b, err := d.tokens()
		if err != nil {
			return err
		}
		for u, t := range b.units {
			if !b.stored[u] && a.tokens[u] == nil {
				a.tokens[u] = t.Clone()
			}
		}
	}
	for _, o := range ops {
		if o.from.Kind != register.Unknown && o.from.Unit != o.to.Unit {
			if err := d.changeTokens(a, o.from.Unit, o.to.ID, nil); err != nil {
				return err
			}
		}
		if err := d.changeTokens(a, o.to.Unit, o.to.ID, o.rec); err != nil {
			return err
		}
	}
	return nil
}

// changeTokens sets the tokens of a record in a unit that has tokens, or takes them
// out where rec is nil. What stays as it was is not sealed anew.
func (d *Desk) changeTokens(a *act, u register.UnitID, id register.RecordID, rec *record.Record) error {
	t := a.tokens[u]
	if t == nil {
		var err error
		if t, err = d.openTokens(u); err != nil || t == nil {
			return err
		}
	}
	list := ""
	if rec != nil {
		list = tokenList(rec, t.Secret)
	}
	if t.People[id] == list {
		return nil
	}
	if a.tokens[u] == nil {
		t = t.Clone()
		a.tokens[u] = t
	}
	if rec == nil {
		delete(t.People, id)
	} else {
		t.People[id] = list
	}
	return nil
}

// tokenFile returns the sealed tokens that go out beside a keyring of the given
// serial, nil where the unit has none: sealed anew where they changed, or fresh
// says that others are to open them; else as they are.
func (d *Desk) tokenFile(a *act, u register.UnitID, old *access.KeyringFile, serial uint64, recipients []string, fresh bool) ([]byte, error) {
	t := a.tokens[u]
	switch {
	case t == nil && (old == nil || old.Tokens == ""):
		return nil, nil
	case t == nil && !fresh:
		return d.sealedTokens(u, old)
	case t == nil:
		opened, err := d.openTokens(u)
		if err != nil {
			return nil, err
		}
		t = opened.Clone()
	}
	t.Serial = serial
	file, err := seal.SealTokens(t, recipients)
	if err != nil {
		return nil, fmt.Errorf("unit %q: %w", u, err)
	}
	return file, nil
}

// tokenRecipients are those to whom the tokens that main has were sealed: by the
// rules, the secretariat's of the day of main's last commit.
func (d *Desk) tokenRecipients() ([]string, error) {
	if d.head.IsZero() {
		return nil, nil
	}
	c, err := gitstore.ReadCommit(d.repo, d.head)
	if err != nil {
		return nil, err
	}
	return d.state.Recipients(d.state.TokenReaders(register.DayOf(c.Committer.When))), nil
}

// opensTokens tells whether the identity opens a unit's tokens without its older
// parts; a unit that has none opens.
func (d *Desk) opensTokens(u register.UnitID, k *access.KeyringFile) (bool, error) {
	if k.Tokens == "" || !d.Secretary() {
		return true, nil
	}
	file, ok, err := d.sealedKeyring(u, k.Tokens)
	if err != nil || !ok {
		return false, err
	}
	_, err = seal.OpenTokens(file, d.id.Ages()[:1])
	if errors.Is(err, seal.ErrNotReader) {
		return false, nil
	}
	return err == nil, err
}
