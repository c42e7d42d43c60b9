// Package sms counts text messages as the network bills them, and hands them to a
// gateway. Use Measure before anything is sent, so that a person sees what a message
// costs, Open for a gateway, and Gateway.Send for one message to one number.
//
// What becomes of a message is told in four ways, as an outbox needs it: it was taken,
// it was refused for good, it may be tried again, or nobody knows. A message of which
// nobody knows is never tried again here. No error of this package holds a telephone
// number, a text or a secret.
package sms

import (
	"strings"
	"unicode/utf16"
)

// The alphabet of 3GPP TS 23.038, without its escape. The letters of extended take
// two places.
const (
	basic    = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extended = "\f^{}\\[~]|€"
)

// The encodings.
const (
	GSM7 = "GSM-7" // 160 places alone, 153 in each of several parts (3GPP TS 23.040)
	UCS2 = "UCS-2" // 70 alone, 67 in each of several
)

// TextLimit is how many characters a text may have: what Twilio takes, which is the
// least of the gateways.
const TextLimit = 1600

// A Count is what a text takes.
type Count struct {
	Encoding   string // GSM7 or UCS2
	Characters int    // as a person counts them
	Units      int    // places: septets, or UTF-16 code units
	Parts      int    // that are paid for
	Left       int    // places left in the last part
	Because    []Letter
}

// A Letter is one that the cheap alphabet does not have.
type Letter struct {
	Rune  rune
	Place int // in the text, of its first; the first character is 1
	Times int
}

// Measure counts a text. Of a letter that makes it dear it names the first place, and
// how often it stands there, in the order of the text.
func Measure(text string) Count {
	c := Count{Encoding: GSM7, Parts: 1}
	seen := map[rune]int{}
	for _, r := range text {
		c.Characters++
		if strings.ContainsRune(basic, r) || strings.ContainsRune(extended, r) {
			continue
		}
		c.Encoding = UCS2
		if i, ok := seen[r]; ok {
			c.Because[i].Times++
			continue
		}
		seen[r] = len(c.Because)
		c.Because = append(c.Because, Letter{r, c.Characters, 1})
	}
	alone, part := 160, 153
	if c.Encoding == UCS2 {
		alone, part = 70, 67
	}
	for _, r := range text {
		c.Units += width(r, c.Encoding)
	}
	if c.Units <= alone {
		c.Left = alone - c.Units
		return c
	}
	used := 0
	for _, r := range text { // neither an escape nor a surrogate is split from what follows
		w := width(r, c.Encoding)
		if used+w > part {
			c.Parts++
			used = 0
		}
		used += w
	}
	c.Left = part - used
	return c
}

func width(r rune, encoding string) int {
	switch {
	case encoding == UCS2:
		return len(utf16.Encode([]rune{r}))
	case strings.ContainsRune(extended, r):
		return 2
	}
	return 1
}

// typographic are signs that a telephone shows the same, or nearly so, in the cheap
// alphabet. Letters of names are not among them.
var typographic = []string{"’", "'", "‘", "'", "‚", "'", "“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "–", "-", "—", "-", "−", "-", "‐", "-", "‑", "-", "…", "...",
	"\u00a0", " ", "\u202f", " ", "\u2009", " ", "\u200b", "", "\u00ad", "", "\ufeff", "", "•", "-", "\t", " ", "\r\n", "\n"}

// Tidy replaces typographic signs, and touches no letter: how a name is written is
// for whoever bears it, and what that costs for whoever sends.
func Tidy(text string) string { return strings.NewReplacer(typographic...).Replace(text) }
