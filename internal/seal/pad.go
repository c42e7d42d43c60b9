package seal

import (
	"bytes"
	"errors"
	"math/bits"
)

// The smallest sizes of a padded plaintext, in bytes. Sizes go on in powers of
// two.
const (
	RecordBucket   = 1 << 10 // 1 KiB: records and envelopes
	KeyringBucket  = 4 << 10 // 4 KiB: keyrings
	paddingMinimum = len("#\n")
)

// ErrNotPadded is Unpad's error for text that Pad did not make.
var ErrNotPadded = errors.New("text is not padded canonically")

// Pad appends a line of "#" that fills text up to 1,024 bytes, or to the next
// power of two. To YAML that is a comment, so the document stays the same.
// Padding is for text: where the last line lacks its newline, it gets one.
func Pad(text []byte) []byte { return padTo(text, RecordBucket) }

// Unpad undoes Pad. It refuses anything that Pad would not have made, so every
// text has one padded form only. The result is a part of padded.
func Unpad(padded []byte) ([]byte, error) { return unpad(padded, RecordBucket) }

// bucket returns the size to which n bytes of text are padded.
func bucket(n, least int) int {
	return max(least, 1<<bits.Len(uint(n+paddingMinimum-1)))
}

// isBucket tells whether a padded text can have n bytes.
func isBucket(n int64, least int) bool {
	return n >= int64(least) && n&(n-1) == 0
}

func padTo(text []byte, least int) []byte {
	n := len(text)
	if n == 0 || text[n-1] != '\n' {
		n++
	}
	out := make([]byte, bucket(n, least))
	copy(out, text)
	out[n-1] = '\n'
	for i := n; i < len(out)-1; i++ {
		out[i] = '#'
	}
	out[len(out)-1] = '\n'
	return out
}

func unpad(padded []byte, least int) ([]byte, error) {
	body, ok := bytes.CutSuffix(padded, []byte("#\n"))
	if !ok || !isBucket(int64(len(padded)), least) {
		return nil, ErrNotPadded
	}
	text := bytes.TrimRight(body, "#")
	if len(text) == 0 || text[len(text)-1] != '\n' || bucket(len(text), least) != len(padded) {
		return nil, ErrNotPadded
	}
	return text, nil
}
