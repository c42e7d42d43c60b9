package access

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

var vectorDraw = register.Path{Kind: register.Draw, Unit: "asker", Day: "2026-12-31", ID: "h7k2aaaaaaaaa"}

// The receipts that were fixed when the format was: they are read, and written
// again to the byte.
func TestVectorDraws(t *testing.T) {
	whole := &Draw{Unit: "asker", Day: "2026-12-31", ID: "h7k2aaaaaaaaa", Purpose: "mailing", Request: "m4k7q2x5zt3ab", Drawn: "2026-11-22",
		By: "o-easzgigbni", For: "o-sw42ziangi", Use: "2026-12-01", Units: []register.UnitID{"asker", "asker-vest"},
		Columns: []string{"email", "family", "given", "phone"}, Beyond: []string{"email", "phone"}, Filtered: true, Count: 214,
		Form: FormList, Format: FormatXLSX, Copies: 2, Main: "89e6c98d92887913cadf06b2adb97f26cde4849b",
		Sent:      []Delivery{{PartFile, "email", "b5h2wlzq3k7ma", "2026-11-22"}, {PartPassword, "sms", "c6i3xmar4l7nb", "2026-11-23"}},
		Destroyed: []Destruction{{PartDigital, "2026-12-02", "o-sw42ziangi"}, {PartPaper, "2026-12-05", "o-sw42ziangi"}}}
	least := &Draw{Unit: "asker", Day: "2026-12-31", ID: "h7k2aaaaaaaaa", Purpose: "labels", Drawn: "2026-11-22", By: "o-easzgigbni", HandOut: "employee",
		Units: []register.UnitID{"asker"}, Columns: []string{"given"}, Form: FormLabels, Format: FormatPDF, Main: whole.Main}
	for name, want := range map[string]*Draw{"draw.yaml": whole, "draw-least.yaml": least} {
		got, err := ParseDraw(vectorDraw, vector(t, name))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as\n%+v, %v, want\n%+v", name, got, err, want)
		}
		if !bytes.Equal(want.Encode(), vector(t, name)) {
			t.Errorf("%s is written\n%s", name, want.Encode())
		}
	}
	if whole.Path() != vectorDraw || whole.ListPath().String() != "data/asker/draws/2026-12-31/h7k2aaaaaaaaa.age" {
		t.Errorf("it lies at %s, its list at %s", whole.Path(), whole.ListPath())
	}
}

// drawText is a receipt with one of its lines, or lists, replaced: "" takes it out.
func drawText(t testing.TB, key, lines string) string {
	t.Helper()
	var out []string
	skip := false
	for line := range strings.Lines(string(vector(t, "draw.yaml"))) {
		if !strings.HasPrefix(line, "  - ") {
			if skip = strings.HasPrefix(line, key+":"); skip {
				out = append(out, lines)
			}
		}
		if !skip {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// Every way in which a receipt can be wrong is refused, with its place, and without
// repeating a text that could be a name.
func TestDrawRefuses(t *testing.T) {
	var many []string
	for i := range columnsLimit + 1 {
		many = append(many, fmt.Sprintf("  - c%d\n", i))
	}
	const id, h = "b5h2wlzq3k7ma", "o-sw42ziangi"
	for _, x := range []struct {
		name, key, lines string
		line, col        int
	}{
		{"no purpose", "purpose", "", 2, 1},
		{"a purpose in words", "purpose", "purpose: Kari 50\n", 2, 10},
		{"a request in words", "request", "request: kari\n", 3, 10},
		{"no day", "drawn", "", 4, 1},
		{"a day that is none", "drawn", "drawn: 2026-02-30\n", 4, 8},
		{"nobody", "by", "", 5, 1},
		{"a name", "by", "by: Kari\n", 5, 5},
		{"a receiver's name", "for", "for: Kari\n", 6, 6},
		{"no receiver", "for", "", 1, 1},
		{"two receivers", "for", "for: " + h + "\nhand-out: employee\n", 7, 1},
		{"a receiver in words", "for", "hand-out: Kari Lid\n", 6, 11},
		{"a use on no day", "use", "use: soon\n", 7, 6},
		{"no unit", "units", "", 1, 1},
		{"a unit that is none", "units", "units:\n  - Kari\n", 9, 5},
		{"units unsorted", "units", "units:\n  - oslo\n  - asker\n", 10, 5},
		{"a unit twice", "units", "units:\n  - asker\n  - asker\n", 10, 5},
		{"no columns", "columns", "", 1, 1},
		{"a column in words", "columns", "columns:\n  - Kari\n", 12, 5},
		{"a column twice", "columns", "columns:\n  - email\n  - email\n", 13, 5},
		{"too many columns", "columns", "columns:\n" + strings.Join(many, ""), 11, 1},
		{"beyond what is there", "beyond", "beyond:\n  - email\n  - born\n", 18, 5},
		{"beyond in another order", "beyond", "beyond:\n  - phone\n  - email\n", 18, 5},
		{"beyond twice", "beyond", "beyond:\n  - email\n  - email\n", 18, 5},
		{"not filtered", "filtered", "filtered: no\n", 19, 11},
		{"no count", "count", "", 20, 1},
		{"a count in words", "count", "count: many\n", 20, 8},
		{"a count below nothing", "count", "count: 0-1\n", 20, 8},
		{"a count with a zero before", "count", "count: 07\n", 20, 8},
		{"a count beyond all", "count", "count: 1000001\n", 20, 8},
		{"no form", "form", "", 21, 1},
		{"another form", "form", "form: kari\n", 21, 7},
		{"labels as a workbook", "form", "form: labels\n", 1, 1},
		{"another format", "format", "format: csv\n", 22, 9},
		{"no copies, said", "copies", "copies: 0\n", 23, 9},
		{"too many copies", "copies", "copies: 10001\n", 23, 9},
		{"no main", "main", "", 24, 1},
		{"half a commit", "main", "main: 89e6c98d\n", 24, 7},
		{"a commit in capitals", "main", "main: 89E6C98D92887913CADF06B2ADB97F26CDE4849B\n", 24, 7},
		{"a delivery of three words", "sent", "sent:\n  - file email " + id + "\n", 26, 5},
		{"a delivery of a name", "sent", "sent:\n  - kari email " + id + " 2026-11-22\n", 26, 5},
		{"a delivery by dove", "sent", "sent:\n  - file dove " + id + " 2026-11-22\n", 26, 5},
		{"a delivery to an address", "sent", "sent:\n  - file email kari 2026-11-22\n", 26, 5},
		{"a delivery on no day", "sent", "sent:\n  - file email " + id + " 2026-02-30\n", 26, 5},
		{"the password first", "sent", "sent:\n  - password sms " + id + " 2026-11-22\n  - file email " + id + " 2026-11-22\n", 27, 5},
		{"the file twice", "sent", "sent:\n  - file sms " + id + " 2026-11-22\n  - file email " + id + " 2026-11-22\n", 27, 5},
		{"a destruction of two words", "destroyed", "destroyed:\n  - paper 2026-12-05\n", 29, 5},
		{"a destruction of something else", "destroyed", "destroyed:\n  - kari 2026-12-05 " + h + "\n", 29, 5},
		{"a destruction by a name", "destroyed", "destroyed:\n  - paper 2026-12-05 kari\n", 29, 5},
		{"a destruction on no day", "destroyed", "destroyed:\n  - paper 2026-12-32 " + h + "\n", 29, 5},
		{"the paper first", "destroyed", "destroyed:\n  - paper 2026-12-05 " + h + "\n  - digital 2026-12-05 " + h + "\n", 30, 5},
		{"why", "destroyed", "reason: Kari moved\n", 28, 1},
		{"an unknown key", "beyond", "note: x\n", 16, 1},
		{"another version", "medlem", "medlem: 2\n", 1, 9},
	} {
		text := drawText(t, x.key, x.lines)
		if text == string(vector(t, "draw.yaml")) {
			t.Fatalf("%s: nothing is wrong", x.name)
		}
		d, err := ParseDraw(vectorDraw, []byte(text))
		var f *register.FlatError
		switch {
		case !errors.As(err, &f):
			t.Errorf("%s: ParseDraw = %+v, %v, want a *register.FlatError", x.name, d, err)
		case f.Line != x.line || f.Col != x.col:
			t.Errorf("%s: at %d:%d (%s), want %d:%d", x.name, f.Line, f.Col, f.Msg, x.line, x.col)
		case strings.Contains(strings.ToLower(f.Msg), "kari") || d != nil:
			t.Errorf("%s: %v repeats the text, or comes with a receipt", x.name, err)
		}
	}
}

// The twin of the refusals: at each limit, a receipt is read, and the largest is
// no larger than a clear file may be.
func TestDrawLimits(t *testing.T) {
	d, err := ParseDraw(vectorDraw, vector(t, "draw.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	d.Columns, d.Beyond, d.Units = nil, nil, nil
	for i := range columnsLimit {
		d.Columns = append(d.Columns, fmt.Sprintf("c%d", i))
	}
	d.Beyond = d.Columns
	for i := range drawUnitsLimit {
		d.Units = append(d.Units, register.UnitID(fmt.Sprintf("u%039d", i)))
	}
	slices.Sort(d.Units)
	d.Units = slices.Compact(d.Units)
	d.Count, d.Copies = drawCountLimit, drawCopiesLimit
	got, err := ParseDraw(vectorDraw, d.Encode())
	if err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("a receipt at its limits: %v", err)
	}
}

// What must still be attested follows the policy's order; what was never paper
// leaves no paper to destroy.
func TestDrawMissing(t *testing.T) {
	both := []string{PartPaper, PartDigital}
	file, paper := Destruction{PartDigital, "2026-12-02", "o-sw42ziangi"}, Destruction{PartPaper, "2026-12-02", "o-sw42ziangi"}
	for _, x := range []struct {
		name   string
		d      Draw
		attest []string
		want   []string
	}{
		{"a list", Draw{Form: FormList}, both, []string{PartDigital}},
		{"a printed list", Draw{Form: FormList, Copies: 1}, both, both},
		{"labels", Draw{Form: FormLabels}, both, both},
		{"letters, the file gone", Draw{Form: FormLetters, Destroyed: []Destruction{file}}, both, []string{PartPaper}},
		{"both gone", Draw{Form: FormList, Copies: 1, Destroyed: []Destruction{file, paper}}, both, nil},
		{"paper only", Draw{Form: FormLabels, Destroyed: []Destruction{file}}, []string{PartPaper}, []string{PartPaper}},
		{"a policy that does not say", Draw{Form: FormLabels}, nil, []string{PartDigital}},
		{"and that is attested", Draw{Form: FormLabels, Destroyed: []Destruction{file}}, nil, nil},
	} {
		if got := x.d.Missing(x.attest); !slices.Equal(got, x.want) {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
		}
	}
}

// FuzzDraw: a receipt that is read is written as it was.
func FuzzDraw(f *testing.F) {
	for _, name := range []string{"draw.yaml", "draw-least.yaml"} {
		f.Add(vector(f, name))
	}
	for _, key := range []string{"for", "use", "beyond", "filtered", "copies", "sent", "destroyed", "request"} {
		f.Add([]byte(drawText(f, key, "")))
	}
	f.Add([]byte(drawText(f, "count", "count: 00\n")))
	f.Add([]byte(drawText(f, "copies", "copies: +1\n")))
	f.Add([]byte(drawText(f, "sent", "sent:\n  - file  email b5h2wlzq3k7ma 2026-11-22\n")))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseDraw(vectorDraw, b)
		if err != nil {
			if d != nil {
				t.Fatal("a receipt and an error")
			}
			return
		}
		if got := d.Encode(); !bytes.Equal(got, b) {
			t.Fatalf("read\n%s\nwritten\n%s", b, got)
		}
	})
}
