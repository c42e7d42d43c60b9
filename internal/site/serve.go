package site

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/medlem-register/medlem/internal/sitepipe"
)

// Serve answers one run of [sitepipe.Renderer]: it reads what a site or personal
// pages are made of from in and writes what they become to out. What is wrong
// with the input is told to the other side; an error of Serve's own means that
// the other side could not be told.
func Serve(in io.Reader, out io.Writer) error { return serve(in, out, Theme()) }

func serve(in io.Reader, out io.Writer, theme fs.FS) error {
	s := &server{w: sitepipe.NewWriter(out), r: sitepipe.NewReader(in), theme: theme}
	if err := s.run(); err != nil {
		if s.broken != nil {
			return s.broken
		}
		for _, p := range problems(err) {
			s.send(sitepipe.Frame{Kind: sitepipe.Error, Body: clip(p)})
		}
	}
	s.send(sitepipe.Frame{Kind: sitepipe.Done})
	if err := s.w.Flush(); s.broken == nil {
		s.broken = err
	}
	return s.broken
}

type server struct {
	r     *sitepipe.Reader
	theme fs.FS

	mu     sync.Mutex
	w      *sitepipe.Writer
	broken error // what writing failed with first
	told   int   // warnings and errors
}

// send writes a frame; several goroutines may at once.
func (s *server) send(f sitepipe.Frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Kind == sitepipe.Warning || f.Kind == sitepipe.Error {
		if s.told++; s.told > sitepipe.Complaints {
			return nil
		}
	}
	if s.broken != nil {
		return s.broken
	}
	err := s.w.Write(f)
	if err != nil && !errors.Is(err, sitepipe.ErrTooMuch) { // that has not been begun
		s.broken = err
	}
	return err
}

func (s *server) run() error {
	spec, err := s.read()
	if err != nil {
		return err
	}
	spec.Warn = func(text string) { _ = s.send(sitepipe.Frame{Kind: sitepipe.Warning, Body: clip(text)}) }
	defer debug.SetGCPercent(debug.SetGCPercent(garbage))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(garbageMemory))
	if spec.Options.Views {
		return s.views(spec)
	}
	spec.Emit = func(name string, body []byte) error {
		return s.send(sitepipe.Frame{Kind: sitepipe.File, Name: name, Body: body})
	}
	return Build(spec)
}

// read takes what a site is made of.
func (s *server) read() (Spec, error) {
	spec := Spec{Theme: s.theme, Files: map[string]Source{}}
	f, err := s.next()
	if err != nil {
		return spec, err
	}
	d := json.NewDecoder(bytes.NewReader(f.Body))
	d.DisallowUnknownFields()
	if f.Kind != sitepipe.Build || d.Decode(&spec.Options) != nil {
		return spec, errors.New("medlem-site is of another version than medlem: install both from the same release")
	}
	if err := checkOptions(spec.Options); err != nil {
		return spec, err
	}
	size := 0
	for {
		f, err := s.next()
		if err != nil {
			return spec, err
		}
		switch f.Kind {
		case sitepipe.Go:
			return spec, nil
		case sitepipe.File:
		default:
			return spec, fmt.Errorf("a %s before the site is complete", f.Kind)
		}
		if err := CheckSource(f.Name); err != nil {
			return spec, err
		}
		if _, ok := spec.Files[f.Name]; ok {
			return spec, fmt.Errorf("%s came twice", f.Name)
		}
		if size += len(f.Body); size > sitepipe.SourceBytes || len(spec.Files) >= sitepipe.SourceFiles {
			return spec, fmt.Errorf("the site's files: %w", sitepipe.ErrTooMuch)
		}
		spec.Files[f.Name] = Source{Body: f.Body, Edited: f.Edited}
	}
}

func (s *server) next() (sitepipe.Frame, error) {
	f, err := s.r.Read()
	if err == io.EOF {
		err = errors.New("the input ended too early")
	}
	return f, err
}

// While pages are made, as much as garbage percent of what is in use may lie about, as
// long as the whole process has not more than garbageMemory bytes: each page leaves much
// behind.
const (
	garbage       = 400
	garbageMemory = 200 << 20
)

// views renders personal pages until the input ends, as many at once as there
// are processors. A page that cannot be made is told by its name.
func (s *server) views(spec Spec) error {
	t, err := OpenTemplates(spec)
	if err != nil {
		return err
	}
	defer t.Close()
	work := make(chan sitepipe.Frame)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			var page bytes.Buffer
			for f := range work {
				page.Reset()
				if err := view(t, &page, f); err != nil {
					_ = s.send(sitepipe.Frame{Kind: sitepipe.Error, Name: f.Name, Body: clip(err.Error())})
					continue
				}
				_ = s.send(sitepipe.Frame{Kind: sitepipe.Page, Name: f.Name, Body: page.Bytes()})
			}
			clear(page.Bytes()[:cap(page.Bytes())])
		})
	}
	defer wg.Wait()
	defer close(work)
	for {
		f, err := s.r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if f.Kind != sitepipe.View {
			return fmt.Errorf("a %s among personal pages", f.Kind)
		}
		work <- f
	}
	return nil
}

func view(t *Templates, page *bytes.Buffer, f sitepipe.Frame) error {
	var data map[string]any
	d := json.NewDecoder(bytes.NewReader(f.Body))
	d.UseNumber()
	if d.Decode(&data) != nil || d.More() {
		return errors.New("a view is not a JSON object")
	}
	if err := t.Execute(page, f.Lang, f.Template, data); err != nil {
		return err
	}
	if page.Len() > sitepipe.PageLimit {
		return fmt.Errorf("view %q: %w", f.Template, sitepipe.ErrTooMuch)
	}
	return nil
}

// problems are the lines of an error.
func problems(err error) []string {
	var out []string
	for _, e := range unjoined(err) {
		var ps sitepipe.Problems
		if errors.As(e, &ps) {
			for _, p := range ps {
				out = append(out, p.Text)
			}
			continue
		}
		out = append(out, e.Error())
	}
	return out
}

func unjoined(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return []error{err}
}

// clip is text that a frame can hold.
func clip(s string) []byte {
	if len(s) > sitepipe.TextLimit {
		s = s[:sitepipe.TextLimit]
	}
	return bytes.ToValidUTF8([]byte(s), nil)
}
