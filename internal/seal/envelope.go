package seal

import (
	"bytes"
	"errors"

	"filippo.io/age"
)

// An envelope carries the secret of one draft to those who will open its
// records: the secretariat and the author.
const (
	envelopeFirst  = "medlem: 1\nsecret: "
	envelopeSecond = "\n"
)

// SealEnvelope seals the secret of a draft to hybrid recipients (age1pq1…), at
// least one and no two alike.
func SealEnvelope(secret Key, recipients []string) ([]byte, error) {
	if secret.zero() {
		return nil, errZeroKey
	}
	padded := Pad([]byte(envelopeFirst + secret.String() + envelopeSecond))
	defer clear(padded)
	file, err := sealTo(padded, recipients)
	if err == nil && len(file) > EnvelopeLimit {
		err = errors.New("too many recipients for an envelope")
	}
	if err != nil {
		return nil, err
	}
	return file, nil
}

// OpenEnvelope opens an envelope with whichever identity fits, ErrNotReader if
// none does.
func OpenEnvelope(file []byte, ids []age.Identity) (Key, error) {
	text, err := openSealedTo(file, EnvelopeLimit, RecordBucket, ids)
	if err != nil {
		return Key{}, err
	}
	defer clear(text)
	rest, ok := bytes.CutPrefix(text, []byte(envelopeFirst))
	secret, ok2 := bytes.CutSuffix(rest, []byte(envelopeSecond))
	if !ok || !ok2 {
		return Key{}, damaged(errors.New("not an envelope"))
	}
	k, err := parseKey(secret)
	if err != nil {
		return Key{}, damaged(err)
	}
	return k, nil
}
