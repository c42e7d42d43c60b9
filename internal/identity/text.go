package identity

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal/bech32"
)

// The text of an identity file (docs/format.md, Identity files). To stock age
// the lines with # are comments, so that "age -d -i FILE" opens keyrings.
const (
	firstLine     = "# medlem identity 1"
	versionPrefix = "# medlem identity "
	handlePrefix  = "# handle: "
	signingPrefix = "# signing: "
	createdPrefix = "# created: "
	signingHRP    = "mss"
)

// encode returns the text of the file.
func (i *Identity) encode() []byte {
	const size = 256 + 128*KeptLimit // bytes; grown, the buffer would leave copies behind
	b := make([]byte, 0, size)
	b = append(b, firstLine+"\n"...)
	b = append(b, handlePrefix+string(i.Handle())+"\n"...)
	seed := [ed25519.SeedSize]byte(i.signing) // the first half of the key
	defer clear(seed[:])
	b = append(b, signingPrefix+bech32.Encode(signingHRP, &seed)+"\n"...)
	for _, a := range i.ages {
		b = append(b, createdPrefix+string(a.created)+"\n"+a.id.String()+"\n"...)
	}
	return b
}

// parse reads the text of a file, and accepts only what encode writes. Its
// errors name lines and never quote one.
func parse(text []byte) (*Identity, error) {
	p := textParser{rest: text}
	if err := p.first(); err != nil {
		return nil, err
	}
	handle, err := p.field(handlePrefix)
	if err != nil {
		return nil, err
	}
	secret, err := p.field(signingPrefix)
	if err != nil {
		return nil, err
	}
	seed, err := bech32.Decode(signingHRP, secret)
	if err != nil {
		return nil, p.errorf("signing key: %w", err)
	}
	defer clear(seed[:])
	i, err := fromSigning(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		return nil, err
	}
	if string(handle) != string(i.Handle()) {
		return nil, errors.New("the handle is not that of the signing key: the file was put together from two")
	}
	seen := map[string]bool{}
	for len(p.rest) > 0 {
		a, err := p.age()
		if err != nil {
			return nil, err
		}
		recipient := a.id.Recipient().String()
		if seen[recipient] {
			return nil, p.errorf("duplicate age identity")
		}
		if len(i.ages) == KeptLimit {
			return nil, p.errorf("more than %d age identities", KeptLimit)
		}
		seen[recipient] = true
		i.ages = append(i.ages, a)
	}
	if len(i.ages) == 0 {
		return nil, errors.New("no age identity in the file")
	}
	return i, nil
}

type textParser struct {
	rest  []byte
	lines int
}

func (p *textParser) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: "+format, append([]any{p.lines}, args...)...)
}

func (p *textParser) line() ([]byte, error) {
	line, rest, ok := bytes.Cut(p.rest, []byte{'\n'})
	p.lines++
	switch {
	case !ok && len(p.rest) == 0:
		return nil, p.errorf("the file ends too early")
	case !ok:
		return nil, p.errorf("missing newline")
	case bytes.HasSuffix(line, []byte{'\r'}):
		return nil, p.errorf("ends as on Windows: want plain newlines")
	}
	p.rest = rest
	return line, nil
}

func (p *textParser) first() error {
	line, err := p.line()
	switch {
	case err != nil:
		return err
	case string(line) == firstLine:
		return nil
	case strings.HasPrefix(string(line), versionPrefix):
		return p.errorf("a version of the file that this program does not know: use a newer one")
	}
	return p.errorf("not an identity file: want %q", firstLine)
}

// field returns what follows prefix on the next line.
func (p *textParser) field(prefix string) ([]byte, error) {
	line, err := p.line()
	if err != nil {
		return nil, err
	}
	value, ok := bytes.CutPrefix(line, []byte(prefix))
	if !ok {
		return nil, p.errorf("want %q", prefix+"…")
	}
	return value, nil
}

// age reads the two lines of an age identity.
func (p *textParser) age() (a ageKey, err error) {
	day, err := p.field(createdPrefix)
	if err != nil {
		return a, err
	}
	if a.created, err = register.ParseDay(string(day)); err != nil {
		return a, p.errorf("malformed day: want YYYY-MM-DD")
	}
	line, err := p.line()
	if err != nil {
		return a, err
	}
	if a.id, err = parseAge(string(line)); err != nil {
		return a, p.errorf("%w", err)
	}
	return a, nil
}

// parseAge parses a post-quantum age identity in its canonical text. age's own
// errors are withheld, as they may come to tell something of the secret.
func parseAge(text string) (*age.HybridIdentity, error) {
	id, err := age.ParseHybridIdentity(text)
	if err != nil || id.String() != text {
		return nil, errors.New("malformed age identity: want AGE-SECRET-KEY-PQ-1…")
	}
	return id, nil
}
