package sheet

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// codePages are the encodings of old files from the Nordic countries: Windows,
// the DOS pages that bookkeeping programs still write, and the Macintosh. Of
// those that read a text alike, the first gives it its name.
var codePages = [...]struct {
	name string
	page *charmap.Charmap
}{
	{"Windows-1252", charmap.Windows1252},
	{"CP865", charmap.CodePage865},
	{"CP850", charmap.CodePage850},
	{"Mac Roman", charmap.Macintosh},
}

// Encodings are the names that Options.Encoding takes.
func Encodings() []string {
	out := make([]string, len(codePages))
	for i := range codePages {
		out[i] = codePages[i].name
	}
	return out
}

// How sure a code page must be. A Nordic letter where another page has some
// other letter is a lead of three, where the other has a sign a lead of nine.
const (
	certainLead = 3 // below it, a person is asked
	clearLead   = 7 // below it, she is told that another page fits too
)

// foreignWords is how many words of three or more letters, none of them of ASCII,
// show that a text is not of our alphabet: we have no such words.
const foreignWords = 3

// oddShare is the part of the letters, one in four, that may be odd in a text
// that was read right.
const oddShare = 4

// pageText reads b in the code page called name, or else in the one that makes
// the best sense of it. There is no statistics library: letters that stand where
// letters of names do decide.
func pageText(b []byte, name string) (string, []Note, *Error) {
	if name != "" {
		for i := range codePages {
			if strings.EqualFold(codePages[i].name, name) {
				return inPage(b, codePages[i].page), textIn(codePages[i].name), nil
			}
		}
		return "", nil, notTable("the encoding that was named is not known", "name one of "+strings.Join(Encodings(), ", "))
	}
	const saveAs = "open it in a spreadsheet program, look at the letters å, ä, ö, æ and ø, and save it as .xlsx"
	if foreign(b) {
		return "", nil, &Error{Reason: ErrDamaged, Detail: "its letters are not of an encoding that is known here", Hint: saveAs}
	}
	var high [256]bool // which bytes above ASCII stand in b
	for _, c := range b {
		high[c] = c >= utf8.RuneSelf
	}
	var scores [len(codePages)]int
	best, senseless := 0, false
	for i := range codePages {
		score, odd, all := pageScore(b, codePages[i].page)
		if scores[i] = score; i == 0 || score > scores[best] {
			best, senseless = i, oddShare*odd > all
		}
	}
	notes := textIn(codePages[best].name)
	var asked []string
	for i, score := range scores {
		if i == best || !differ(&high, codePages[i].page, codePages[best].page) {
			continue
		}
		switch lead := scores[best] - score; {
		case lead < certainLead:
			asked = append(asked, codePages[i].name)
		case lead < clearLead:
			notes = append(notes, Note{Kind: NoteFits, Name: codePages[i].name})
		}
	}
	if len(asked) > 0 {
		asked = append([]string{codePages[best].name}, asked...)
		return "", nil, ambiguous("its letters may be of "+strings.Join(asked, " or of "), "say which, or "+saveAs, asked)
	}
	if senseless { // two files put together, or no list of names
		return "", nil, &Error{Reason: ErrDamaged, Detail: "no encoding that is known here makes sense of all its letters", Hint: saveAs}
	}
	return inPage(b, codePages[best].page), notes, nil
}

func inPage(b []byte, page *charmap.Charmap) string {
	out := make([]byte, 0, len(b)+len(b)/16)
	for _, c := range b {
		out = utf8.AppendRune(out, page.DecodeByte(c))
	}
	return string(out)
}

// differ tells whether any byte of a text is one character in a and another in b.
func differ(used *[256]bool, a, b *charmap.Charmap) bool {
	for c, there := range used {
		if there && a.DecodeByte(byte(c)) != b.DecodeByte(byte(c)) {
			return true
		}
	}
	return false
}

// pageScore sums how well each byte above ASCII reads in a code page, where it
// stands, and counts those that are odd there.
func pageScore(b []byte, page *charmap.Charmap) (score, odd, all int) {
	// One of each letter and place is enough to know, and a long list has no more
	// weight than a short one; but three slips do not outweigh a thousand names.
	const heard = 64 // times that one byte counts, of each case around it
	var counts [256][places]int
	for i, c := range b {
		if c < utf8.RuneSelf {
			continue
		}
		around := surroundings(b, i, page)
		n := letterScore(page.DecodeByte(c), around)
		if counts[c][around]++; counts[c][around] <= heard {
			score += n
		}
		if all++; n < 0 {
			odd++
		}
	}
	return score, odd, all
}

// Where a letter stands, as far as its case goes.
const (
	anywhere     = iota
	beginning    // no letter before it
	afterSmall   // a small letter before it
	afterCapital // two capitals before it, or one before and one behind
	besideDigit  // a digit before it
	places       // how many there are
)

func surroundings(b []byte, i int, page *charmap.Charmap) int {
	at := func(j int) rune {
		if j < 0 || j >= len(b) {
			return 0
		}
		return page.DecodeByte(b[j])
	}
	before := at(i - 1)
	switch {
	case unicode.IsLower(before):
		return afterSmall
	case unicode.IsUpper(before) && (unicode.IsUpper(at(i-2)) || unicode.IsUpper(at(i+1))):
		return afterCapital
	case unicode.IsDigit(before):
		return besideDigit
	case !unicode.IsLetter(before):
		return beginning
	}
	return anywhere
}

// letterScore says how much sense a character makes: a Nordic letter much, one
// of other languages that we meet in names some, the signs that word processors
// put in none, and a letter of the wrong case or any other sign less than none.
func letterScore(r rune, around int) int {
	const nordic, other, plain, rare, odd, undefined = 4, 1, 0, -1, -5, -20
	switch {
	case r == utf8.RuneError, unicode.IsControl(r):
		return undefined
	case unicode.IsUpper(r) && around == afterSmall, unicode.IsLower(r) && (around == afterCapital || around == besideDigit):
		return odd
	case strings.ContainsRune("åäöæøÅÄÖÆØéÉ", r):
		return nordic
	case strings.ContainsRune("üÜèÈëËáÁíÍóÓúÚýÝðÐþÞšŠžŽçÇñÑôÔêÊàÀïÏîÎâÂãÃõÕûÛùÙìÌòÒÿŸß", r):
		if around == beginning && unicode.IsLower(r) {
			return rare // no name begins with it
		}
		return other
	case r == '\u00a0', strings.ContainsRune("’‘“”–—§°½€£", r):
		return plain
	}
	return odd
}

// foreign tells whether whole words of b have no letter of ASCII, as those of
// other alphabets have not.
func foreign(b []byte) bool {
	run, found := 0, 0
	for i := 0; i <= len(b); i++ {
		if i < len(b) && b[i] >= utf8.RuneSelf {
			run++
			continue
		}
		ascii := i < len(b) && unicode.IsLetter(rune(b[i])) || i-run > 0 && unicode.IsLetter(rune(b[i-run-1]))
		if run >= 3 && !ascii {
			found++
		}
		run = 0
	}
	return found >= foreignWords
}
