package report

import (
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/medlem-register/medlem/internal/register"
)

func TestAges(t *testing.T) {
	for _, x := range []struct {
		text string
		want string // the groups' names; "" refused
	}{
		{"0,13,18", "0–12 13–17 18+"}, {"18, 30", "0–17 18–29 30+"}, {"0,1,2", "0 1 2+"}, {"0", "0+"},
		{"", ""}, {"18,18", ""}, {"30,18", ""}, {"-1", ""}, {"a", ""}, {"200", ""}, {"18,", ""},
	} {
		a, err := ParseAges(x.text)
		var names []string
		if err == nil {
			for _, l := range a.Lines("?") {
				names = append(names, l.Name)
			}
		}
		want := strings.Fields(x.want)
		if x.want != "" {
			want = append(want, "?")
		}
		if strings.Join(names, " ") != strings.Join(want, " ") {
			t.Errorf("%q: %v, %v", x.text, names, err)
		}
	}
	for _, x := range []struct {
		born string
		want string
	}{
		{"2008-11-22", "18"}, {"2008-11-23", "13"}, {"2026-11-22", "0"}, {"2026-11-23", Unknown}, {"1959-11-22", "67"},
		{"1795-01-01", Unknown}, {"", Unknown}, {"1961", Unknown}, {"2008-02-29", "18"},
	} {
		if got := StandardAges.Group(x.born, "2026-11-22"); got != x.want {
			t.Errorf("born %q: %q, want %q", x.born, got, x.want)
		}
	}
}

func TestMonths(t *testing.T) {
	for _, x := range []struct {
		from, to register.Day
		n        int
		last     register.Month
	}{
		{"2026-01-31", "2026-03-01", 3, "2026-03"}, {"2025-12-24", "2026-01-01", 2, "2026-01"}, {"2026-05-05", "2026-05-05", 1, "2026-05"},
		{"2026-05-05", "2026-04-30", 0, ""}, {"1900-01-01", "2026-01-01", 0, ""},
	} {
		got := Months(x.from, x.to)
		if len(got) != x.n || x.n > 0 && got[x.n-1] != x.last {
			t.Errorf("%s to %s: %v", x.from, x.to, got)
		}
	}
}

func TestTable(t *testing.T) {
	x := NewTable([]Line{{Key: "a"}, {Key: "b"}}, []Line{{Key: "x"}, {Key: "y"}})
	for _, n := range []struct {
		row, column string
		ok          bool
	}{{"a", "x", true}, {"a", "x", true}, {"b", "y", true}, {"c", "y", false}, {"b", "z", false}} {
		if x.Add(n.row, n.column, 1) != n.ok {
			t.Errorf("%v", n)
		}
	}
	x.Sum()
	x.Sum() // the same again
	if s := x.String(); s != " 2 0 | 2\n 0 1 | 1\n 2 1 | 3" {
		t.Errorf("%s", s)
	}
	x.Difference = true
	x.Sum()
	if s := x.String(); s != " 2 0 | 2\n 0 1 | -1\n 2 1 | 1" {
		t.Errorf("%s", s)
	}
}

func chart() *Chart {
	return &Chart{Lang: "nb", Title: "Folkerørsla Prøve: Innmeldte og utmeldte", Note: "Per 2026-11-22. – vises ikke: tall under 5.", Series: []string{"Innmeldt", "Utmeldt"},
		Hidden: "–", Said: "vises ikke", Rows: []Bars{
			{"2026-01", []Count{{N: 40}, {N: 12}}}, {"<Kárášjohka> & \"Ø\"", []Count{{N: 3, Hidden: true}, {N: 0}}}, {"2026-03", []Count{{N: 123456}, {N: 1}}}}}
}

// A chart is well-formed, says for those who hear it every number that it shows and
// none that it hides, and fetches nothing.
func TestChart(t *testing.T) {
	svg := string(chart().SVG())
	d := xml.NewDecoder(strings.NewReader(svg))
	d.Strict = true
	texts := map[string]string{}
	var in []string
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := tok.(type) {
		case xml.StartElement:
			in = append(in, x.Name.Local)
			for _, a := range x.Attr {
				if strings.Contains(a.Name.Local, "href") || strings.HasPrefix(a.Name.Local, "on") {
					t.Errorf("attribute %s", a.Name.Local)
				}
			}
		case xml.EndElement:
			in = in[:len(in)-1]
		case xml.CharData:
			if len(in) > 0 {
				texts[in[len(in)-1]] += string(x) + "\n"
			}
		}
	}
	if got := strings.TrimSpace(texts["title"]); got != "Folkerørsla Prøve: Innmeldte og utmeldte" {
		t.Errorf("title %q", got)
	}
	want := `2026-01: Innmeldt 40, Utmeldt 12; <Kárášjohka> & "Ø": Innmeldt vises ikke, Utmeldt 0; 2026-03: Innmeldt 123456, Utmeldt 1. Per 2026-11-22. – vises ikke: tall under 5.`
	if got := strings.TrimSpace(texts["desc"]); got != want {
		t.Errorf("description %q", got)
	}
	for _, part := range []string{`role="img"`, `aria-labelledby="title desc"`, `lang="nb"`, "prefers-color-scheme:dark", "@media print", "currentColor"} {
		if !strings.Contains(svg, part) {
			t.Errorf("%s is missing", part)
		}
	}
	for _, part := range []string{"<script", "http://", "https://", "url(", "@import"} {
		if strings.Contains(strings.Replace(svg, `xmlns="http://www.w3.org/2000/svg"`, "", 1), part) {
			t.Errorf("%s is there", part)
		}
	}
	if !strings.Contains(texts["text"], "\n–\n") {
		t.Error("the hidden number has no sign")
	}
}

// A number that is hidden stands nowhere in what is written.
func TestHiddenIsNotWritten(t *testing.T) {
	c := &Chart{Title: "T", Hidden: "–", Said: "not shown", Rows: []Bars{{"A", []Count{{N: 7777, Hidden: true}}}, {"B", []Count{{N: 9}}}}}
	if svg := string(c.SVG()); strings.Contains(svg, "7777") || !strings.Contains(svg, "A: not shown; B: 9.") {
		t.Errorf("%s", svg)
	}
}

func TestCSV(t *testing.T) {
	got := CSV([][]string{{"Unit", "a;b", `say "x"`}, {"=cmd", "-3", "-x"}, {"Åse", "+1", "@x"}})
	want := "\ufeffUnit;\"a;b\";\"say \"\"x\"\"\"\r\n'=cmd;-3;'-x\r\nÅse;'+1;'@x\r\n"
	if got != want {
		t.Errorf("%q", got)
	}
}

// Nothing of a chart stands outside it or on something else.
func TestChartHasRoom(t *testing.T) {
	c := chart()
	c.Rows = append(c.Rows, Bars{strings.Repeat("Langnavn ", 12), []Count{{N: 123456}, {N: 5}}})
	svg := string(c.SVG())
	var width, height int
	if _, err := fmt.Sscanf(svg[strings.Index(svg, "viewBox=")+9:], "0 0 %d %d", &width, &height); err != nil {
		t.Fatal(err)
	}
	end := 0 // of the bar above
	for line := range strings.Lines(svg) {
		var class, x, y, w, h int
		if n, _ := fmt.Sscanf(line, `<rect class="s%d" x="%d" y="%d" width="%d" height="%d"/>`, &class, &x, &y, &w, &h); n == 5 && h > 14 {
			if x < 0 || x+w+numberRoom > width || y < end || y+h > height {
				t.Errorf("bar at %d,%d of %d x %d, in %d x %d", x, y, w, h, width, height)
			}
			end = y + h
		}
		if n, _ := fmt.Sscanf(line, `<text x="%d" y="%d"`, &x, &y); n == 2 {
			s := line[strings.Index(line, ">")+1 : strings.Index(line, "</")]
			w := 8 * utf8.RuneCountInString(html.UnescapeString(s))
			left, right := x, x+w
			if strings.Contains(line, `"end"`) {
				left, right = x-w, x
			}
			if strings.Contains(line, "head") || strings.Contains(line, "note") {
				right = left + w*7/8
			}
			if left < 0 || right > width || y < 14 || y > height-4 {
				t.Errorf("text from %d to %d at %d, in %d x %d", left, right, y, width, height)
			}
		}
	}
	if end == 0 {
		t.Error("no bar")
	}
}
