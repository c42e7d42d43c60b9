package site

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/medlem-register/medlem/internal/sitepipe"
)

// viewTheme has three views: the one that is measured, a short one, one that
// fails.
func viewTheme(t testing.TB) fs.FS {
	t.Helper()
	bench, err := os.ReadFile("testdata/view/bench.html")
	if err != nil {
		t.Fatal(err)
	}
	const at = "layouts/_partials/views/"
	return overTheme(t, map[string]string{
		at + "bench.html": string(bench),
		at + "short.html": `<h1>{{ i18n "home" }} {{ .given }}</h1>`,
		at + "bad.html":   "<p>\n{{ int .given }}</p>",
	})
}

// member is what a view is made of: an invented person with 25 values.
func member(i int) map[string]any {
	m := map[string]any{"given": "Åse " + strconv.Itoa(i), "family": "Kvåle & Søn"}
	for f := range 25 {
		m[fmt.Sprintf("v%02d", f)] = fmt.Sprintf("verdi %d av %d", f, i)
	}
	return m
}

func openViews(t testing.TB) *Templates {
	t.Helper()
	spec, _ := testSpec(t)
	spec.Theme = viewTheme(t)
	views, err := OpenTemplates(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = views.Close() })
	return views
}

// A view is in the member's language and everything in it is escaped.
func TestView(t *testing.T) {
	views := openViews(t)
	for lang, want := range map[string]string{"sv": "<h1>Start &lt;b&gt;Å&lt;/b&gt;</h1>", "da": "<h1>Forside &lt;b&gt;Å&lt;/b&gt;</h1>"} {
		var b strings.Builder
		if err := views.Execute(&b, lang, "short", map[string]any{"given": "<b>Å</b>"}); err != nil || b.String() != want {
			t.Errorf("%s: %q, %v", lang, b.String(), err)
		}
	}
	if err := views.Execute(io.Discard, "fi", "short", nil); err == nil {
		t.Error("a language that the site has not")
	}
	for _, name := range []string{"nope", "../footer", "../title", ""} {
		if err := views.Execute(io.Discard, "sv", name, nil); err == nil {
			t.Errorf("view %q", name)
		}
	}
}

// A template that fails on a member's value does not repeat the value.
func TestViewErrorsNameNobody(t *testing.T) {
	err := openViews(t).Execute(io.Discard, "sv", "bad", map[string]any{"given": "plantetnavn"})
	if err == nil || strings.Contains(err.Error(), "plantet") || !strings.Contains(err.Error(), `view "bad" failed at _partials/views/bad.html:2:`) {
		t.Errorf("%v", err)
	}
}

// Views are rendered by several at once.
func TestViewsAtOnce(t *testing.T) {
	views := openViews(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				var b strings.Builder
				if err := views.Execute(&b, []string{"sv", "nb"}[i%2], "short", member(i)); err != nil || !strings.Contains(b.String(), "Åse "+strconv.Itoa(i)+"<") {
					t.Errorf("%q, %v", b.String(), err)
				}
			}
		})
	}
	wg.Wait()
}

// run serves frames and returns what comes back.
func run(t *testing.T, theme fs.FS, frames ...sitepipe.Frame) []sitepipe.Frame {
	t.Helper()
	var in, out bytes.Buffer
	w := sitepipe.NewWriter(&in)
	for _, f := range frames {
		if err := w.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := serve(&in, &out, theme); err != nil {
		t.Fatal(err)
	}
	var got []sitepipe.Frame
	for r := sitepipe.NewReader(&out); ; {
		f, err := r.Read()
		if err == io.EOF {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f)
	}
}

func options(o sitepipe.Options) sitepipe.Frame {
	b, _ := json.Marshal(o)
	return sitepipe.Frame{Kind: sitepipe.Build, Body: b}
}

var viewOptions = sitepipe.Options{BaseURL: "https://prove.example/", Day: testDay, Languages: []string{"nb", "sv"}, Views: true}

// Of three views one cannot be made: it is told by its name, and the others come.
func TestServeViews(t *testing.T) {
	view := func(name, template, body string) sitepipe.Frame {
		return sitepipe.Frame{Kind: sitepipe.View, Name: name, Lang: "nb", Template: template, Body: []byte(body)}
	}
	got := run(t, viewTheme(t), options(viewOptions), sitepipe.Frame{Kind: sitepipe.Go},
		view("1", "short", `{"given": "Åse"}`), view("2", "bad", `{"given": "plantetnavn"}`), view("3", "short", `{"given": "Bo"}`), view("4", "short", `["plantetnavn"]`))
	pages, wrong := map[string]string{}, map[string]string{}
	for _, f := range got {
		switch f.Kind {
		case sitepipe.Page:
			pages[f.Name] = string(f.Body)
		case sitepipe.Error:
			wrong[f.Name] = string(f.Body)
		}
	}
	if len(pages) != 2 || pages["1"] != "<h1>Forside Åse</h1>" || pages["3"] != "<h1>Forside Bo</h1>" {
		t.Errorf("pages: %q", pages)
	}
	if len(wrong) != 2 || wrong["2"] == "" || wrong["4"] != "a view is not a JSON object" || strings.Contains(fmt.Sprint(wrong), "plantet") {
		t.Errorf("errors: %q", wrong)
	}
	if got[len(got)-1].Kind != sitepipe.Done {
		t.Error("not done")
	}
}

// A site comes back whole, or with what is wrong.
func TestServeSite(t *testing.T) {
	spec, _ := testSpec(t)
	frames := []sitepipe.Frame{options(spec.Options)}
	for name, f := range spec.Files {
		frames = append(frames, sitepipe.Frame{Kind: sitepipe.File, Name: name, Body: f.Body, Edited: f.Edited})
	}
	got := run(t, Theme(), append(frames, sitepipe.Frame{Kind: sitepipe.Go})...)
	want := build4(t)
	files, warnings := 0, 0
	for _, f := range got {
		switch f.Kind {
		case sitepipe.File:
			files++
			if want.files[f.Name] != string(f.Body) {
				t.Errorf("%s is another than without the pipe", f.Name)
			}
		case sitepipe.Warning:
			warnings++
		case sitepipe.Error:
			t.Errorf("%s", f.Body)
		}
	}
	if files != len(want.files) || warnings != len(want.warnings) {
		t.Errorf("%d files and %d warnings", files, warnings)
	}
}

func TestServeRefuses(t *testing.T) {
	good := sitepipe.Options{BaseURL: "https://prove.example/", Day: testDay, Languages: []string{"nb"}}
	changed := func(f func(*sitepipe.Options)) sitepipe.Frame { o := good; f(&o); return options(o) }
	file := func(name string) sitepipe.Frame { return sitepipe.Frame{Kind: sitepipe.File, Name: name} }
	for name, c := range map[string]struct {
		frames []sitepipe.Frame
		want   string
	}{
		"nothing":            {nil, "ended too early"},
		"no end of files":    {[]sitepipe.Frame{options(good)}, "ended too early"},
		"no options":         {[]sitepipe.Frame{{Kind: sitepipe.Go}}, "another version"},
		"unknown option":     {[]sitepipe.Frame{{Kind: sitepipe.Build, Body: []byte(`{"base_url":"https://x.example/","new":1}`)}}, "another version"},
		"file twice":         {[]sitepipe.Frame{options(good), file("data/x.json"), file("data/x.json")}, "came twice"},
		"layout":             {[]sitepipe.Frame{options(good), file("layouts/page.html")}, "a site's files lie in"},
		"way out":            {[]sitepipe.Frame{options(good), file("content/../../x.md")}, "not a path below"},
		"view before go":     {[]sitepipe.Frame{options(good), {Kind: sitepipe.View}}, "before the site is complete"},
		"base URL":           {[]sitepipe.Frame{changed(func(o *sitepipe.Options) { o.BaseURL = "https://x.example/a" })}, "not an address"},
		"script as base URL": {[]sitepipe.Frame{changed(func(o *sitepipe.Options) { o.BaseURL = "javascript:alert(1)/" })}, "not an address"},
		"day":                {[]sitepipe.Frame{changed(func(o *sitepipe.Options) { o.Day = "today" })}, "not a day"},
		"language":           {[]sitepipe.Frame{changed(func(o *sitepipe.Options) { o.Languages = []string{"xx"} })}, "unknown language"},
		"language twice":     {[]sitepipe.Frame{changed(func(o *sitepipe.Options) { o.Languages = []string{"nb", "nb"} })}, "duplicate language"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, Theme(), c.frames...)
			if len(got) != 2 || got[0].Kind != sitepipe.Error || !strings.Contains(string(got[0].Body), c.want) || got[1].Kind != sitepipe.Done {
				t.Errorf("%s", fmt.Sprint(got))
			}
		})
	}
}

// Who listens no longer is noticed.
func TestServeWithoutListener(t *testing.T) {
	var in bytes.Buffer
	w := sitepipe.NewWriter(&in)
	_ = w.Write(options(viewOptions))
	_ = w.Write(sitepipe.Frame{Kind: sitepipe.Go})
	_ = w.Flush()
	if err := serve(&in, closed{}, viewTheme(t)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v", err)
	}
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// BenchmarkViews compares personal pages as they are rendered, with the same
// template in bare html/template: direct is Execute alone, served is with the JSON
// and the pipe's frames around it.
func BenchmarkViews(b *testing.B) {
	source, err := os.ReadFile("testdata/view/bench.html")
	if err != nil {
		b.Fatal(err)
	}
	const members = 1000
	data := make([]map[string]any, members)
	var all bytes.Buffer
	w := sitepipe.NewWriter(&all)
	for i := range data {
		data[i] = member(i)
		body, _ := json.Marshal(data[i])
		_ = w.Write(sitepipe.Frame{Kind: sitepipe.View, Name: strconv.Itoa(i), Lang: "nb", Template: "bench", Body: body})
	}
	_ = w.Flush()
	views := openViews(b)
	b.Run("bare", func(b *testing.B) {
		texts := map[string]any{}
		y, _ := fs.ReadFile(Theme(), "i18n/nb.yaml")
		if err := yaml.Unmarshal(y, &texts); err != nil {
			b.Fatal(err)
		}
		bare := template.Must(template.New("bench").Parse(string(source)))
		for i := 0; b.Loop(); i++ {
			var page bytes.Buffer
			m := data[i%members]
			m["t"] = texts
			if err := bare.Execute(&page, m); err != nil {
				b.Fatal(err)
			}
		}
		perSecond(b)
	})
	b.Run("direct", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			var page bytes.Buffer
			if err := views.Execute(&page, "nb", "bench", data[i%members]); err != nil {
				b.Fatal(err)
			}
		}
		perSecond(b)
	})
	b.Run("served", func(b *testing.B) {
		r, w := sitepipe.NewReader(&endless{frames: all.Bytes()}), sitepipe.NewWriter(io.Discard)
		var page bytes.Buffer
		for b.Loop() {
			f, err := r.Read()
			if err != nil {
				b.Fatal(err)
			}
			page.Reset()
			if err := view(views, &page, f); err != nil {
				b.Fatal(err)
			}
			if err := w.Write(sitepipe.Frame{Kind: sitepipe.Page, Name: f.Name, Body: page.Bytes()}); err != nil {
				b.Fatal(err)
			}
		}
		perSecond(b)
	})
}

// endless says the same over and over.
type endless struct {
	frames []byte
	at     int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.frames[e.at:])
	e.at = (e.at + n) % len(e.frames)
	return n, nil
}

func perSecond(b *testing.B) { b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s") }

// BenchmarkSite is the test site in four languages.
func BenchmarkSite(b *testing.B) {
	spec, _ := testSpec(b)
	for b.Loop() {
		if err := Build(spec); err != nil {
			b.Fatal(err)
		}
	}
}
