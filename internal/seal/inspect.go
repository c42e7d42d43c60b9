package seal

import (
	"strconv"
)

// Header is what can be known of an age file without any key.
type Header struct {
	Stanzas   []Stanza
	Size      int   // of the header, in bytes
	Plaintext int64 // size of the plaintext, in bytes
}

// Inspect reads the header of a binary age file of any kind, and checks that
// the file is exactly as long as some plaintext makes it. It needs no key, so
// it verifies no MAC: it says what a file claims. Its errors are of type
// *HeaderError.
//
// To judge a file of a register, use CheckRecord or CheckSealedTo.
func Inspect(file []byte) (*Header, error) {
	h, err := inspect(file, HeaderLimit)
	if err != nil {
		return nil, err
	}
	return &h, nil
}

func inspect(file []byte, limit int) (Header, error) {
	stanzas, size, err := parseHeader(file, limit)
	if err != nil {
		return Header{}, err
	}
	n, err := plaintextSize(int64(len(file) - size))
	if err != nil {
		return Header{}, err
	}
	return Header{Stanzas: stanzas, Size: size, Plaintext: n}, nil
}

// plaintextSize returns the size of the plaintext that makes a payload of the
// given size: a nonce, then chunks of which only the last is shorter than 64
// KiB, and empty only if it is the first.
func plaintextSize(payload int64) (int64, error) {
	body := payload - payloadNonceSize
	if body < tagSize {
		return 0, &HeaderError{Rule: RuleSize, msg: "file is cut off: its payload is shorter than that of an empty file"}
	}
	full, last := body/sealedChunkSize, body%sealedChunkSize
	switch {
	case last == 0:
		return full * chunkSize, nil
	case last > tagSize, full == 0:
		return full*chunkSize + last - tagSize, nil
	}
	return 0, &HeaderError{Rule: RuleTrailing, msg: strconv.FormatInt(last, 10) + " bytes at the end that belong to no chunk"}
}
