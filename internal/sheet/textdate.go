package sheet

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/medlem-register/medlem/internal/record"
)

// monthNames are the months as people of the Nordic countries write them. Those of
// Swedish, Danish, Norwegian and English may be cut off after three letters; the
// Finnish and the Northern Sámi ones, behind the bar, may not.
var monthNames = [12]string{
	"januari januar january | tammikuu tammikuuta ođđajagemánnu",
	"februari februar february | helmikuu helmikuuta guovvamánnu",
	"mars marts march | maaliskuu maaliskuuta njukčamánnu",
	"april | huhtikuu huhtikuuta cuoŋománnu",
	"maj mai may | toukokuu toukokuuta miessemánnu",
	"juni june | kesäkuu kesäkuuta geassemánnu",
	"juli july | heinäkuu heinäkuuta suoidnemánnu",
	"augusti august | elokuu elokuuta borgemánnu",
	"september | syyskuu syyskuuta čakčamánnu",
	"oktober october | lokakuu lokakuuta golggotmánnu",
	"november | marraskuu marraskuuta skábmamánnu",
	"december desember | joulukuu joulukuuta juovlamánnu",
}

// months has every form of a month's name, folded.
var months = sync.OnceValue(func() map[string]int {
	const shortest = 3 // letters
	out := map[string]int{}
	for i, names := range monthNames {
		cut, whole, _ := strings.Cut(names, "|")
		for n := range strings.FieldsSeq(whole) {
			out[record.Fold(n)] = i + 1
		}
		for n := range strings.FieldsSeq(cut) {
			for end := shortest; end <= len(n); end++ {
				out[n[:end]] = i + 1
			}
		}
	}
	return out
})

var (
	// 24. september 1941, den 24 sept. 1941, 24-sep-1941
	namedMonth = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:(?:den|d\.) ?)?(\d{1,2})(?:\.|:?e)?[ -]?(\pL{3,14})\.?[ -](\d{4})$`)
	})
	// 24/9-1941, 24/9 1941, d. 24/9 1941
	slashDash = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:(?:den|d\.) ?)?(\d{1,2})/(\d{1,2})[- –] ?(\d{4})$`)
	})
)

// textDate returns a date that is written in a way of the Nordic countries, as
// 1941-09-24 if no doubt is left, and any other text as it is: its month is a
// word, or it has a slash before the month and a dash or a space behind it,
// which nobody writes with the month first. Whether there is such a day is for
// the schema to say.
func textDate(s string) string {
	const longest = 40 // characters
	t := strings.Join(strings.Fields(trim(s)), " ")
	if len(t) > longest {
		return s
	}
	t = strings.ToLower(t)
	if m := slashDash().FindStringSubmatch(t); m != nil {
		return ymd(m[3], m[2], m[1])
	}
	if m := namedMonth().FindStringSubmatch(t); m != nil {
		if month := months()[record.Fold(m[2])]; month > 0 {
			return ymd(m[3], strconv.Itoa(month), m[1])
		}
	}
	return s
}

func ymd(y, m, d string) string {
	pad := func(s string) string {
		if len(s) < 2 {
			return "0" + s
		}
		return s
	}
	return y + "-" + pad(m) + "-" + pad(d)
}
