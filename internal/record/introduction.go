package record

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/register"
)

// An Introduction makes an activity a round of introductions: a member seeks others, who
// are asked, and of whom she learns only those who consent. Everybody in it is among the
// activity's members, who seeks and who is asked; so whatever erases them erases them
// here too, and the round ends as an activity does.
type Introduction struct {
	Seeker   register.RecordID // "" where she is erased: the round is over
	Named    bool              // she agreed that those who are asked are told her name
	Purpose  string            // as those who are asked read it
	Asked    register.Day      // on which they were written to; "" not yet
	Consents []Consent         // by member, each once
}

// A Consent is a member's written word that her contact details may be given to one
// other member, for one purpose. Of what she wrote only the digest is kept.
type Consent struct {
	Member    register.RecordID
	To        register.RecordID // who may get them, and nobody else
	At        time.Time         // when it was recorded, UTC, to the second
	Until     register.Day      // its last day; "" until it is withdrawn
	Purpose   string            // SHA-256 of the purpose that she was asked about, hexadecimal
	Answer    string            // SHA-256 of what she wrote, hexadecimal
	Withdrawn register.Day      // "" it is not
}

// ConsentsLimit is how many members can have consented in one round.
const ConsentsLimit = 500

// Digest is the SHA-256 of a text, as consents have it.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Candidates are those who are asked: the members but for the one who seeks.
func (a *Activity) Candidates() []register.RecordID {
	return slices.DeleteFunc(slices.Clone(a.Members), func(id register.RecordID) bool { return a.Round != nil && id == a.Round.Seeker })
}

// Consented returns who may be made known to the one who seeks, at a time: those whose
// consent was recorded before it, is to her and for this purpose, holds on that day and
// is not withdrawn.
func (a *Activity) Consented(now time.Time) []register.RecordID {
	if a.Round == nil || a.Round.Seeker == "" {
		return nil
	}
	var out []register.RecordID
	for _, c := range a.Round.Consents {
		if c.To == a.Round.Seeker && c.Purpose == Digest([]byte(a.Round.Purpose)) && c.At.Before(now) && c.Withdrawn == "" && (c.Until == "" || c.Until >= register.DayOf(now)) {
			out = append(out, c.Member)
		}
	}
	return out
}

// check returns an error unless a round can be written beside the members of its
// activity.
func (r *Introduction) check(a *Activity) error {
	if err := activityText(r.Purpose, ActivityNoteLimit, true); err != nil {
		return fmt.Errorf("purpose: %w", err)
	}
	switch {
	case r.Purpose == "":
		return errors.New("purpose: it has none")
	case len(a.Guests) > 0:
		return errors.New("guests: nobody from outside is asked")
	case r.Seeker != "" && !slices.Contains(a.Members, r.Seeker):
		return errors.New("seeker: not among the members")
	case r.Seeker == "" && len(r.Consents) > 0:
		return errors.New("consents: to nobody")
	case len(r.Consents) > ConsentsLimit:
		return fmt.Errorf("more than %d consents", ConsentsLimit)
	}
	if r.Asked != "" {
		if day, err := register.ParseDay(string(r.Asked)); err != nil || day != r.Asked {
			return errors.New("asked: want a day")
		}
	}
	for i, c := range r.Consents {
		if i > 0 && c.Member <= r.Consents[i-1].Member || c.Member == r.Seeker || !slices.Contains(a.Members, c.Member) {
			return errors.New("consents: want those who were asked, sorted, each once")
		}
		if err := c.check(r); err != nil {
			return fmt.Errorf("consent %d: %w", i+1, err)
		}
	}
	return nil
}

func (c *Consent) check(r *Introduction) error {
	switch {
	case c.To != r.Seeker:
		return errors.New("to: another than who seeks")
	case !isDigest(c.Purpose), !isDigest(c.Answer):
		return errors.New("purpose, answer: want SHA-256 in hexadecimal")
	case c.At.IsZero(), c.At.Nanosecond() != 0, c.At.Location() != time.UTC:
		return errors.New("at: want a time in UTC, to the second")
	}
	for _, d := range []register.Day{c.Until, c.Withdrawn} {
		if day, err := register.ParseDay(string(d)); d != "" && (err != nil || day != d) {
			return errors.New("until, withdrawn: want a day")
		}
	}
	return nil
}

func isDigest(s string) bool {
	return len(s) == 2*sha256.Size && strings.Trim(s, "0123456789abcdef") == ""
}

// appendHead writes what a round says of itself, before the members.
func (r *Introduction) appendHead(b []byte) []byte {
	named := ""
	if r.Named {
		named = "yes"
	}
	for _, x := range []struct{ key, text string }{{"seeker", string(r.Seeker)}, {"named", named}, {"purpose", r.Purpose}, {"asked", string(r.Asked)}} {
		if x.text != "" {
			b = append(appendQuoted(append(b, x.key+": "...), x.text), '\n')
		}
	}
	return b
}

// appendConsents writes the consents, after everything else.
func (r *Introduction) appendConsents(b []byte) []byte {
	if len(r.Consents) > 0 {
		b = append(b, "consents:\n"...)
	}
	for _, c := range r.Consents {
		for i, x := range []struct{ key, text string }{{"id", string(c.Member)}, {"to", string(c.To)}, {"at", c.At.Format(time.RFC3339)}, {"until", string(c.Until)},
			{"purpose", c.Purpose}, {"answer", c.Answer}, {"withdrawn", string(c.Withdrawn)}} {
			if x.text == "" {
				continue
			}
			prefix := "    "
			if i == 0 {
				prefix = "  - "
			}
			b = append(appendQuoted(append(b, prefix+x.key+": "...), x.text), '\n')
		}
	}
	return b
}

// head takes in a line before the members; false: it is none of a round's.
func (r *Introduction) head(key, text string) bool {
	switch key {
	case "seeker":
		r.Seeker = register.RecordID(text)
	case "named":
		r.Named = true
	case "purpose":
		r.Purpose = text
	case "asked":
		r.Asked = register.Day(text)
	default:
		return false
	}
	return true
}

// consent takes in a line of the consents. That all of them stand in their order is seen
// when the activity is written again.
func (r *Introduction) consent(line string) bool {
	item, first := strings.CutPrefix(line, "  - ")
	if !first {
		var ok bool
		if item, ok = strings.CutPrefix(line, "    "); !ok || len(r.Consents) == 0 {
			return false
		}
	}
	key, value, _ := strings.Cut(item, ": ")
	text, quoted := unquote(value)
	if !quoted || first != (key == "id") || len(r.Consents) > ConsentsLimit {
		return false
	}
	if first {
		r.Consents = append(r.Consents, Consent{Member: register.RecordID(text)})
		return true
	}
	c := &r.Consents[len(r.Consents)-1]
	switch key {
	case "to":
		c.To = register.RecordID(text)
	case "at":
		at, err := time.Parse("2006-01-02T15:04:05Z", text)
		c.At = at
		return err == nil
	case "until":
		c.Until = register.Day(text)
	case "purpose":
		c.Purpose = text
	case "answer":
		c.Answer = text
	case "withdrawn":
		c.Withdrawn = register.Day(text)
	default:
		return false
	}
	return true
}

// mergeRound joins what two people made of one round. Who seeks, and for what, is as it
// was; a consent that either withdrew is withdrawn.
func mergeRound(base, ours, theirs *Activity, members []register.RecordID) *Introduction {
	if ours.Round == nil || theirs.Round == nil {
		return theirs.Round
	}
	var was []Consent
	if base.Round != nil {
		was = base.Round.Consents
	}
	out := *ours.Round
	if out.Asked == "" {
		out.Asked = theirs.Round.Asked
	}
	out.Consents = joined(was, ours.Round.Consents, theirs.Round.Consents, func(c Consent) register.RecordID { return c.Member })
	for i := range out.Consents {
		for _, c := range append(slices.Clone(ours.Round.Consents), theirs.Round.Consents...) {
			if c.Member == out.Consents[i].Member && c.Withdrawn != "" {
				out.Consents[i].Withdrawn = c.Withdrawn
			}
		}
	}
	out.Consents = slices.DeleteFunc(out.Consents, func(c Consent) bool { return c.To != out.Seeker || !slices.Contains(members, c.Member) })
	if out.Seeker != "" && !slices.Contains(members, out.Seeker) {
		out.Seeker, out.Consents = "", nil
	}
	return &out
}

// without is the round without members who are erased.
func (r *Introduction) without(ids []register.RecordID) *Introduction {
	out := *r
	out.Consents = slices.DeleteFunc(slices.Clone(r.Consents), func(c Consent) bool { return slices.Contains(ids, c.Member) || slices.Contains(ids, c.To) })
	if slices.Contains(ids, r.Seeker) {
		out.Seeker = ""
	}
	return &out
}
