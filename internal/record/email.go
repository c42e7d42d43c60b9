package record

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const emailHint = "write one address, as in name@example.org"

// normaliseEmail takes off what comes along when an address is copied, and
// writes the domain in lower case. The part before the @ belongs to whoever
// runs the domain, so its letters stay.
func normaliseEmail(raw string) (string, *Fault) {
	s := raw
	if i, j := strings.IndexByte(s, '<'), strings.LastIndexByte(s, '>'); i >= 0 && j == len(s)-1 { // Name <address>
		s = s[i+1 : j]
	}
	if len(s) >= 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	s = strings.TrimRight(strings.TrimSpace(s), ".,;")
	at := strings.LastIndexByte(s, '@')
	if at >= 0 {
		s = s[:at] + strings.ToLower(s[at:])
	}
	return s, checkEmail(s)
}

// checkEmail is a check for slips, not the grammar of RFC 5322: what a person
// has on a card passes, what a mail program would choke on does not.
func checkEmail(s string) *Fault {
	bad := func(msg string) *Fault { return fault(RuleType, msg, emailHint) }
	local, domain, ok := strings.Cut(s, "@")
	switch {
	case strings.ContainsAny(s, ",;"):
		return bad("more than one address, or a comma in it")
	case !ok:
		return bad("not an e-mail address: no @")
	case strings.Contains(domain, "@"):
		return bad("more than one @")
	case strings.IndexFunc(s, unicode.IsSpace) >= 0:
		return bad("a space in the address")
	case strings.ContainsAny(s, "\"()<>[]\\:`"), strings.HasPrefix(s, "="):
		return bad("a sign that does not belong in an address")
	case local == "" || len(local) > 64:
		return bad("nothing before the @, or too much")
	case strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(s, ".."):
		return bad("a dot in the wrong place")
	case !strings.Contains(domain, "."):
		return bad("no dot after the @")
	case len(domain) > 253:
		return bad("too long after the @")
	}
	labels := strings.Split(domain, ".")
	for _, l := range labels {
		if l == "" {
			return bad("a dot in the wrong place")
		}
		if len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.IndexFunc(l, notDomain) >= 0 {
			return bad("not a domain after the @")
		}
	}
	if top := labels[len(labels)-1]; utf8.RuneCountInString(top) < 2 || digits(top) {
		return bad("not a domain after the @")
	}
	return nil
}

func notDomain(r rune) bool {
	if r < utf8.RuneSelf {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	}
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
}
