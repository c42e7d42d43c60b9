package phone

import (
	_ "embed"
	"fmt"
	"math/bits"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// tableText holds one paragraph for each territory after a head of lines that
// begin with #. Those that share a country's code stand in the order in which they
// are asked, and the first, the main one, says for all of them how numbers are grouped. A
// paragraph begins with the territory and its code, 001 being a service of no
// country. Patterns are regular expressions, matched from the first digit.
//
//	NO 47
//	abroad 00                      what is dialled before the code of another country
//	trunk 0 REPLACEMENT            what is dialled before a number at home; it is
//	                               taken off, or replaced if its group matches
//	leading [02-689]|7[0-8]        how its numbers begin, if others share the code
//	general 5,8 PATTERN            how long its numbers can be, and their pattern
//	local 4                        how long they can be for the neighbours
//	mobile 8 PATTERN               numbers in use for mobile phones; - is as long as in general
//	type 8 PATTERN                 other numbers in use
//	form 4|9 3,2,3 $1 $2 $3        how numbers are grouped that begin so, or -:
//	                               digits of each group, 2-4 being from two to four
//
//go:embed table.txt
var tableText string

// territories are those of the table.
type territories struct {
	regions map[string]*territory   // by ISO 3166-1 alpha-2
	codes   map[string][]*territory // by the country's code; the first is the main one
}

// A territory is a country, a part of one, or a service of no country.
type territory struct {
	code string
	plan func() *plan // read when it is first asked for
}

// A plan is what is known of the numbers of a territory.
type plan struct {
	abroad      func() *regexp.Regexp
	trunk       func() *regexp.Regexp // nil: there is none
	replacement string
	leading     func() *regexp.Regexp // nil: any digits
	general     series
	local       lengths
	mobile      []series // at most one
	types       []series // of all kinds, mobile first
	forms       []form
}

// A series is numbers that match a pattern. Their lengths follow from it, and are
// sooner asked; where there are none, those of the whole plan hold.
type series struct {
	lengths lengths
	pattern func() *regexp.Regexp
}

// lengths has the bit n if numbers can have n digits.
type lengths uint32

// A form is how the digits of some numbers are grouped.
type form struct {
	leading  func() *regexp.Regexp // nil: any digits
	groups   [][2]int              // the fewest and the most digits of each
	template string                // $1 is the first group
}

var table = sync.OnceValue(readTable)

// readTable finds the table's paragraphs, and reads none.
func readTable() territories {
	t := territories{map[string]*territory{}, map[string][]*territory{}}
	for _, paragraph := range strings.Split(tableText, "\n\n")[1:] {
		head, body, _ := strings.Cut(paragraph, "\n")
		region, code, _ := strings.Cut(head, " ")
		one := &territory{code, sync.OnceValue(func() *plan { return readPlan(body) })}
		t.codes[code] = append(t.codes[code], one)
		if region != "001" {
			t.regions[region] = one
		}
	}
	return t
}

// readPlan reads the paragraph of a territory. What is wrong with the table is a
// bug, which the tests would have found.
func readPlan(body string) *plan {
	p := &plan{}
	for line := range strings.Lines(body) {
		key, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		first, second, _ := strings.Cut(rest, " ")
		switch key {
		case "abroad":
			p.abroad = lazily("^(?:" + rest + ")")
		case "trunk":
			p.trunk, p.replacement = lazily("^(?:"+first+")"), second
		case "leading":
			p.leading = lazily("^(?:" + rest + ")")
		case "general":
			p.general = series{readLengths(first), lazily("^(?:" + second + ")$")}
		case "local":
			p.local = readLengths(rest)
		case "mobile", "type":
			p.types = append(p.types, series{readLengths(first), lazily("^(?:" + second + ")$")})
			if key == "mobile" {
				p.mobile = p.types[:1]
			}
		case "form":
			groups, template, _ := strings.Cut(second, " ")
			f := form{groups: readGroups(groups), template: template}
			if first != "-" {
				f.leading = lazily("^(?:" + first + ")")
			}
			p.forms = append(p.forms, f)
		default:
			panic(fmt.Sprintf("phone: unknown line %q in the table", line))
		}
	}
	return p
}

func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

func readLengths(s string) (l lengths) {
	for _, g := range readGroups(s) {
		for n := g[0]; n <= g[1]; n++ {
			l |= 1 << n
		}
	}
	return l
}

// readGroups reads numbers and ranges, as in 3,2-4; - is none.
func readGroups(s string) (groups [][2]int) {
	if s == "-" {
		return nil
	}
	for one := range strings.SplitSeq(s, ",") {
		least, most, found := strings.Cut(one, "-")
		if !found {
			most = least
		}
		a, err := strconv.Atoi(least)
		b, err2 := strconv.Atoi(most)
		if err != nil || err2 != nil || a > b || b > longest {
			panic(fmt.Sprintf("phone: malformed digits %q in the table", s))
		}
		groups = append(groups, [2]int{a, b})
	}
	return groups
}

func (l lengths) has(n int) bool { return l&(1<<n) != 0 }

func (s series) match(national string) bool {
	return (s.lengths == 0 || s.lengths.has(len(national))) && s.pattern().MatchString(national)
}

// tooLong tells whether no number can have n digits, nor more.
func (l lengths) tooLong(n int) bool { return n >= bits.Len32(uint32(l)) }

// inUse tells whether a number is in one of some series of the territory.
func (p *plan) inUse(national string, types []series) bool {
	if p.leading != nil && !p.leading().MatchString(national) || !p.general.match(national) {
		return false
	}
	for _, t := range types {
		if t.match(national) {
			return true
		}
	}
	return false
}

// withoutTrunk takes off what is dialled before a number at home, unless the number
// is one with it and none without.
func (p *plan) withoutTrunk(digits string) string {
	if p.trunk == nil {
		return digits
	}
	at := p.trunk().FindStringSubmatchIndex(digits)
	if at == nil {
		return digits
	}
	bare := digits[at[1]:]
	if at[len(at)-2] >= 0 { // the last group, or all
		bare = string(p.trunk().ExpandString(nil, p.replacement, digits, at)) + bare
	}
	if general := p.general.pattern(); general.MatchString(digits) && !general.MatchString(bare) {
		return digits
	}
	return bare
}

// write returns the digits in groups, each with as many as it can have from the
// left, if the form is one for them.
func (f *form) write(national string) (string, bool) {
	spare, room := len(national), 0
	for _, g := range f.groups {
		spare, room = spare-g[0], room+g[1]-g[0]
	}
	if spare < 0 || spare > room || f.leading != nil && !f.leading().MatchString(national) {
		return "", false
	}
	parts := make([]string, len(f.groups))
	for i, g := range f.groups {
		n := g[0] + min(spare, g[1]-g[0])
		parts[i], national, spare = national[:n], national[n:], spare-(n-g[0])
	}
	var b strings.Builder
	for i := 0; i < len(f.template); i++ {
		if c := f.template[i]; c == '$' {
			i++
			b.WriteString(parts[f.template[i]-'1'])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String(), true
}
