package site

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/medlem-register/medlem/internal/sitepipe"
)

// complaints are the lines that Hugo logs while it builds. Every one fails the
// build, a warning of a deprecated function included, but those with which the
// theme itself warns of something in the organisation's files.
type complaints struct {
	mu  sync.Mutex // the loggers of a build lock separately
	buf strings.Builder
}

// complaintsLimit is how much of a log is kept, in bytes.
const complaintsLimit = 256 << 10

func (c *complaints) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if room := complaintsLimit - c.buf.Len(); room > 0 {
		c.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// themeWarns begins what the theme warns of: {{ warnf "medlem: …" }}.
const themeWarns = "medlem: "

var (
	level    = regexp.MustCompile(`^(?:\x1b\[[0-9;]*m)*(WARN|ERROR|FATAL)(?:\x1b\[[0-9;]*m)*\s+`)
	position = regexp.MustCompile(`"?` + root + `/((?:content|data|i18n|assets|layouts|static)/[^":\s]+(?::\d+)?(?::\d+)?)"?`)
	counted  = regexp.MustCompile(`^(?:error building site: )?logged \d+ error`)
)

// verdict sorts what was logged into warnings and the error of the build. One
// line each, sorted, each once.
func (c *complaints) verdict(err error, warn func(string)) error {
	c.mu.Lock()
	log := c.buf.String()
	c.mu.Unlock()
	var warnings, problems []string
	add := func(kind, text string) {
		switch {
		case text == "" || counted.MatchString(text):
		case kind == "WARN" && strings.HasPrefix(text, themeWarns):
			warnings = append(warnings, tidy(strings.TrimPrefix(text, themeWarns)))
		default:
			problems = append(problems, tidy(text))
		}
	}
	kind, text := "", ""
	for line := range strings.Lines(log) {
		if m := level.FindStringSubmatch(line); m != nil {
			add(kind, text)
			kind, text = m[1], strings.TrimSpace(line[len(m[0]):])
		} else if line = strings.TrimSpace(line); line != "" {
			text = strings.TrimSpace(text + " " + line)
		}
	}
	add(kind, text)
	if err != nil {
		add("ERROR", strings.Join(strings.Fields(err.Error()), " "))
	}
	slices.Sort(warnings)
	for _, w := range slices.Compact(warnings) {
		if warn != nil {
			warn(w)
		}
	}
	if len(problems) == 0 {
		return err
	}
	slices.SortFunc(problems, cmp.Compare)
	var out sitepipe.Problems
	for _, p := range slices.Compact(problems) {
		out = append(out, sitepipe.Problem{Text: p})
	}
	return out
}

// tidy puts the place of a complaint in front: "content/sv/lists.md:4:1: …". The
// theme writes what is wrong as place and text; Hugo wraps it in where it was.
func tidy(text string) string {
	all := position.FindAllStringSubmatchIndex(text, -1)
	if all == nil {
		return text
	}
	// The last place in a file of the organisation is the nearest to the cause.
	at := all[len(all)-1]
	for _, m := range all {
		if strings.HasPrefix(text[m[2]:m[3]], "content/") {
			at = m
		}
	}
	place := text[at[2]:at[3]]
	rest := trimmed(position.ReplaceAllString(text[at[1]:], "$1"))
	if rest == "" {
		rest = trimmed(position.ReplaceAllString(text[:at[0]], ""))
	}
	return place + ": " + rest
}

// trimmed is text without what joined it to what stood around.
func trimmed(s string) string {
	s = strings.TrimRight(strings.TrimLeft(s, " :\""), " :")
	if strings.Count(s, `"`)%2 == 1 {
		s = strings.TrimSuffix(s, `"`)
	}
	return s
}
