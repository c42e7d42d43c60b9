package sitepipe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test's own program stand in for a renderer that does what
// MEDLEM_PLAY says.
func TestMain(m *testing.M) {
	if play := os.Getenv("MEDLEM_PLAY"); play != "" {
		perform(play)
		return
	}
	os.Exit(m.Run())
}

func perform(play string) {
	r, w := NewReader(os.Stdin), NewWriter(os.Stdout)
	drain := func() {
		for {
			if _, err := r.Read(); err != nil {
				return
			}
		}
	}
	say := func(f Frame) { _ = w.Write(f); _ = w.Flush() }
	switch play {
	case "echo": // each view comes back as a page, each file as a file
		for {
			f, err := r.Read()
			if err != nil {
				say(Frame{Kind: Done})
				return
			}
			switch f.Kind {
			case View:
				_ = w.Write(Frame{Kind: Page, Name: f.Name, Body: f.Body})
			case File:
				_ = w.Write(Frame{Kind: File, Name: f.Name, Body: f.Body})
			}
		}
	case "dies":
		_, _ = r.Read()
		fmt.Fprintln(os.Stderr, "panic: plantetnavn")
		os.Exit(2)
	case "ends":
		drain()
	case "deaf":
		os.Stdin.Close()
		say(Frame{Kind: Error, Body: []byte("content/nb/x.md:1: no")})
		say(Frame{Kind: Done})
	case "complains":
		drain()
		say(Frame{Kind: Warning, Body: []byte("content/nb/x.md: old\x1b[31m")})
		say(Frame{Kind: Error, Body: []byte("content/nb/x.md:1: no")})
		say(Frame{Kind: Done})
	case "garbage":
		fmt.Print("hello\n")
	case "escapes":
		drain()
		say(Frame{Kind: File, Name: "../x"})
		say(Frame{Kind: Done})
	case "talks":
		for {
			if w.Write(Frame{Kind: Warning, Body: []byte("x")}) != nil {
				return
			}
		}
	case "huge":
		fmt.Printf(`{"kind":"file","name":"x","size":%d}`+"\n", int64(FileLimit)+1)
	case "hangs":
		time.Sleep(time.Hour)
	}
}

func startPlay(t *testing.T, ctx context.Context, play string) *Renderer {
	t.Helper()
	ctx, stop := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = []string{"MEDLEM_PLAY=" + play}
	r, err := start(cmd, stop)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var someFiles = []Frame{{Name: "content/nb/x.md", Body: []byte("x")}, {Name: "content/nb/y.md", Body: bytes.Repeat([]byte("y"), 1<<20), Edited: time.Date(2026, 3, 9, 1, 2, 3, 0, time.UTC)}}

// Far more than a pipe holds goes through, in both directions at once.
func TestBackPressure(t *testing.T) {
	const views = 3000
	sent, got := 0, map[string]int{}
	err := startPlay(t, t.Context(), "echo").Views(Options{}, nil, func() (Frame, bool, error) {
		if sent == views {
			return Frame{}, false, nil
		}
		sent++
		return Frame{Name: strconv.Itoa(sent), Body: bytes.Repeat([]byte("x"), 5000)}, true, nil
	}, func(name string, body []byte) error { got[name] += len(body); return nil })
	if err != nil || len(got) != views || got["17"] != 5000 {
		t.Errorf("%d pages, %v", len(got), err)
	}
}

func TestSite(t *testing.T) {
	got := map[string]int{}
	emit := func(name string, body []byte) error { got[name] = len(body); return nil }
	if err := startPlay(t, t.Context(), "echo").Site(Options{}, someFiles, emit); err != nil || got["content/nb/y.md"] != 1<<20 {
		t.Errorf("%v, %v", got, err)
	}
}

// A renderer that dies, lies or says too much is an error, and never a site.
func TestBadRenderers(t *testing.T) {
	emit := func(string, []byte) error { return nil }
	for play, want := range map[string]string{
		"dies": "plantetnavn", "ends": "ended before it was done", "garbage": "malformed frame",
		"escapes": "not a path below", "talks": "warnings and errors", "huge": "more than is accepted",
	} {
		t.Run(play, func(t *testing.T) {
			t.Parallel()
			err := startPlay(t, t.Context(), play).Site(Options{}, someFiles, emit)
			if !errors.Is(err, ErrRenderer) || !strings.Contains(err.Error(), want) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("views", func(t *testing.T) {
		// What it says while it has members in its memory is not repeated.
		next := func() (Frame, bool, error) { return Frame{}, false, nil }
		err := startPlay(t, t.Context(), "dies").Views(Options{}, nil, next, emit)
		if !errors.Is(err, ErrRenderer) || strings.Contains(err.Error(), "plantet") {
			t.Errorf("%v", err)
		}
	})
	t.Run("hangs", func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer stop()
		if err := startPlay(t, ctx, "hangs").Site(Options{}, someFiles, emit); err == nil {
			t.Error("no error")
		}
	})
}

// What is wrong with the input is told as such, though the renderer stops
// listening at once.
func TestProblems(t *testing.T) {
	for _, play := range []string{"complains", "deaf"} {
		r := startPlay(t, t.Context(), play)
		var warned string
		r.Warn = func(text string) { warned = text }
		err := r.Site(Options{}, someFiles, func(string, []byte) error { return nil })
		var p Problems
		if !errors.As(err, &p) || len(p) != 1 || p[0].Text != "content/nb/x.md:1: no" {
			t.Errorf("%s: %v", play, err)
		}
		if play == "complains" && warned != "content/nb/x.md: old[31m" {
			t.Errorf("warned %q", warned)
		}
	}
}

// A mistake of whoever sends or takes ends the run with that mistake.
func TestOwnErrors(t *testing.T) {
	mine := errors.New("mine")
	emit := func(string, []byte) error { return nil }
	if err := startPlay(t, t.Context(), "echo").Site(Options{}, someFiles, func(string, []byte) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("emit: %v", err)
	}
	if err := startPlay(t, t.Context(), "echo").Views(Options{}, nil, func() (Frame, bool, error) { return Frame{}, false, mine }, emit); !errors.Is(err, mine) {
		t.Errorf("next: %v", err)
	}
	big := []Frame{{Name: "content/x.md", Body: make([]byte, FileLimit+1)}}
	if err := startPlay(t, t.Context(), "echo").Site(Options{}, big, emit); !errors.Is(err, ErrTooMuch) || errors.Is(err, ErrRenderer) {
		t.Errorf("too much: %v", err)
	}
}

func TestFrames(t *testing.T) {
	frames := []Frame{
		{Kind: Build, Body: []byte("{}")},
		{Kind: File, Name: "content/nb/å.md", Edited: time.Date(2026, 3, 9, 1, 2, 3, 0, time.UTC), Body: []byte("x\n{\"kind\":\"go\"}\n")},
		{Kind: Go, Body: []byte{}}, {Kind: View, Name: "1", Lang: "nb", Template: "member", Body: []byte("{}")}, {Kind: Done, Body: []byte{}},
	}
	var b bytes.Buffer
	w := NewWriter(&b)
	for _, f := range frames {
		if err := w.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Flush()
	r := NewReader(&b)
	for _, want := range frames {
		got, err := r.Read()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	if _, err := r.Read(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	for _, bad := range []string{
		"x\n", "{}\n", `{"kind":"no","size":0}` + "\n", `{"kind":"go","size":1}` + "\nx", `{"kind":"file","size":-1}` + "\n", `{"kind":"go","size":0,"x":1}` + "\n",
		`{"kind":"file","size":5}` + "\nxx", `{"kind":"go","size":0}`, `{"kind":"go","size":0} {}` + "\n", `{"kind":"file","name":"` + strings.Repeat("x", 5000) + `","size":0}` + "\n",
		`{"kind":"file","edited":"plantet","size":0}` + "\n", strings.Repeat("x", 1<<20),
	} {
		if _, err := NewReader(strings.NewReader(bad)).Read(); err == nil || err == io.EOF || strings.Contains(err.Error(), "plantet") {
			t.Errorf("%.60q: %v", bad, err)
		}
	}
}

func TestCheckPath(t *testing.T) {
	for _, bad := range []string{"", "/x", "../x", "x/../y", "x//y", "x/", ".", "..", `x\y`, "c:x", "x\x00", "x\n", ".git/config", "a/.GIT/x", "x.", "x ", "a?b", "a<b", strings.Repeat("x", 241), "\xff"} {
		if CheckPath(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	for _, good := range []string{"index.html", "nb/å/index.html", ".nojekyll", "_headers", "css/style.abc.css"} {
		if err := CheckPath(good); err != nil {
			t.Error(err)
		}
	}
}

// What is read is what is written again.
func FuzzReader(f *testing.F) {
	for _, s := range []string{`{"kind":"file","name":"a","size":2}` + "\nab", `{"kind":"done","size":0}` + "\n", `{"kind":"file","edited":"2026-03-09T01:02:03+01:00","size":0}` + "\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := NewReader(bytes.NewReader(in)).Read()
		if err != nil {
			return
		}
		var b bytes.Buffer
		w := NewWriter(&b)
		if err := w.Write(got); err != nil {
			return // a name that JSON writes longer than it came
		}
		_ = w.Flush()
		again, err := NewReader(&b).Read()
		if err != nil || !reflect.DeepEqual(got, again) {
			t.Errorf("%+v, then %+v, %v", got, again, err)
		}
	})
}
