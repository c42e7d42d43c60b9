package sheet

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decode returns the text of a file, and how it was read, for a person to judge.
// page is the code page that a person named, or "".
func decode(b []byte, page string) (string, []Note, *Error) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b = b[3:]
		if !utf8.Valid(b) {
			return "", nil, mixedText(b)
		}
		return string(b), textIn("UTF-8"), nil
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return utf16Text(b[2:], binary.LittleEndian)
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return utf16Text(b[2:], binary.BigEndian)
	}
	if even, odd := zeroBytes(b); odd > 0.3 && even < 0.1 {
		return utf16Text(b, binary.LittleEndian)
	} else if even > 0.3 && odd < 0.1 {
		return utf16Text(b, binary.BigEndian)
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return "", nil, notTable("this is not text", "ask for the list as .xlsx or .csv")
	}
	if utf8.Valid(b) {
		return string(b), textIn("UTF-8"), nil
	}
	if multi, bad := utf8Share(b); multi > bad && page == "" {
		return "", nil, mixedText(b)
	}
	return pageText(b, page)
}

func textIn(encoding string) []Note { return []Note{{Kind: NoteEncoding, Name: encoding}} }

// zeroBytes returns the share of zero bytes at even and at odd places of the
// beginning of b: UTF-16 of our alphabets has half of its bytes zero.
func zeroBytes(b []byte) (even, odd float64) {
	b = b[:min(len(b), 4096)&^1]
	if len(b) < 8 {
		return 0, 0
	}
	var n [2]int
	for i, c := range b {
		if c == 0 {
			n[i&1]++
		}
	}
	half := float64(len(b) / 2)
	return float64(n[0]) / half, float64(n[1]) / half
}

func utf16Text(b []byte, order binary.ByteOrder) (string, []Note, *Error) {
	if len(b)%2 != 0 {
		return "", nil, damaged("the text is UTF-16, and half a character is missing at its end")
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	s := string(utf16.Decode(units))
	if strings.IndexByte(s, 0) >= 0 {
		return "", nil, notTable("this is not text", "ask for the list as .xlsx or .csv")
	}
	return s, textIn("UTF-16"), nil
}

// utf8Share counts the characters of several bytes in b that are right UTF-8,
// and the bytes that are not UTF-8 at all.
func utf8Share(b []byte) (multi, bad int) {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			multi++
		}
		i += n
	}
	return multi, bad
}

// mixedText refuses a text that is UTF-8 but for some places, such as two files
// put together: whichever way it was read, names would come out wrong.
func mixedText(b []byte) *Error {
	line := 1
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		i += n
	}
	return &Error{Reason: ErrDamaged, Detail: "the text is UTF-8, but not from line " + strconv.Itoa(line) + " on",
		Hint: "open it in a spreadsheet program, look at the letters å, ä, ö, æ and ø, and save it as .xlsx"}
}
