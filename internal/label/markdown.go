package label

import (
	"regexp"
	"strings"
)

// Plain turns a text with the simple marks of Markdown into a letter's subject, its
// first heading, and its body as Letter has it: lines of a paragraph are joined, an
// empty line ends it, items of lists stay lines of their own with a dash, a link
// shows its address. What else Markdown knows stays as it is written.
func Plain(markdown string) (subject, body string) {
	var out []string
	line := ""
	flush := func() {
		if line != "" {
			out = append(out, line)
			line = ""
		}
	}
	for raw := range strings.SplitSeq(strings.ReplaceAll(markdown, "\r\n", "\n"), "\n") {
		s := strings.TrimSpace(raw)
		hard := strings.HasSuffix(raw, "  ") || strings.HasSuffix(s, `\`)
		s = strings.TrimSuffix(s, `\`)
		switch {
		case s == "":
			flush()
			out = append(out, "")
			continue
		case heading.MatchString(s):
			flush()
			s = inline(heading.ReplaceAllString(s, ""))
			if subject == "" && strings.TrimSpace(strings.Join(out, "")) == "" {
				subject = s
				continue
			}
			out = append(out, s, "")
			continue
		case bullet.MatchString(s):
			flush()
			s = "– " + bullet.ReplaceAllString(s, "")
		case numbered.MatchString(s):
			flush()
		}
		if line != "" {
			line += " "
		}
		line += inline(s)
		if hard {
			flush()
		}
	}
	flush()
	return subject, strings.Trim(strings.Join(out, "\n"), "\n")
}

var (
	heading  = regexp.MustCompile(`^#{1,6}\s+`)
	bullet   = regexp.MustCompile(`^[-*+]\s+`)
	numbered = regexp.MustCompile(`^\d{1,3}[.)]\s+`)
	mdLink   = regexp.MustCompile(`\[([^\[\]]+)\]\(([^()\s]+)\)`)
	autolink = regexp.MustCompile(`<((?:https?://|mailto:)[^<>\s]+)>`)
	strong   = regexp.MustCompile(`(\*\*|__)(\S|\S.*?\S)(\*\*|__)`)
	emphasis = regexp.MustCompile(`(^|[\s(])[*_](\S|\S[^*_]*\S)[*_]($|[\s.,;:!?)])`)
)

func inline(s string) string {
	s = mdLink.ReplaceAllString(s, "$1 ($2)")
	s = autolink.ReplaceAllString(s, "$1")
	s = strong.ReplaceAllString(s, "$2")
	return emphasis.ReplaceAllString(s, "$1$2$3")
}
