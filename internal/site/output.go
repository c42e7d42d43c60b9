package site

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/spf13/afero"

	"github.com/medlem-register/medlem/internal/sitepipe"
)

// output is where Hugo writes: each file that is closed is looked at, handed on
// and forgotten. It is an afero.Fs as far as Hugo's publisher uses one.
type output struct {
	afero.Fs // nil: what is not defined here panics
	emit     func(name string, body []byte) error
	first    string // the organisation's own language

	mu    sync.Mutex
	names map[string]bool
	errs  []error // what Close returned, which Hugo's publisher drops
}

// newOutput returns the output of a site, to which the files of static have gone
// already: Hugo's library does not copy them.
func newOutput(spec Spec) (*output, error) {
	out := &output{emit: spec.Emit, first: spec.Options.Languages[0], names: map[string]bool{}}
	static := map[string][]byte{}
	err := fs.WalkDir(spec.Theme, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasPrefix(name, "static/") {
			return err
		}
		static[name], err = fs.ReadFile(spec.Theme, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	for name, f := range spec.Files {
		if strings.HasPrefix(name, "static/") {
			static[name] = f.Body
		}
	}
	if static["static/_headers"], err = headers(static["static/_headers"], spec); err != nil {
		return nil, err
	}
	for name, body := range static {
		if err := out.finished(strings.TrimPrefix(name, "static/"), body); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// finished takes one file.
func (o *output) finished(name string, body []byte) error {
	err := errors.Join(sitepipe.CheckPath(name), checkPage(name, body))
	o.mu.Lock()
	if o.names[name] {
		err = fmt.Errorf("%s is made twice: give one of the two pages or files another name", name)
	}
	o.names[name] = true
	o.mu.Unlock()
	if err == nil {
		err = o.emit(name, body)
	}
	if at := atRoot(name, o.first); err == nil && at != "" {
		return o.finished(at, body)
	}
	if err != nil {
		o.mu.Lock()
		o.errs = append(o.errs, err)
		o.mu.Unlock()
	}
	return err
}

// close tells what was wrong with what came out.
func (o *output) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return errors.Join(o.errs...)
}

// What the pages' Content-Security-Policy would block, and what would load from
// another server: neither is let out, wherever it came from. Text cannot look
// like this, since there < is &lt;.
var (
	inline  = regexp.MustCompile(`(?i)<style|<script(?:\s[^>]*)?>[^<]|<[a-z][^>]*\s(?:style|on[a-z]+|srcdoc)\s*=`)
	foreign = regexp.MustCompile(`(?i)<(?:img|script|iframe|embed|object|video|audio|source|track|form|frame)\b[^>]*\s(?:src|srcset|data|poster|action)\s*=\s*["']?\s*(?:[a-z]+:|//)`)
	sheets  = regexp.MustCompile(`(?i)<link\b[^>]*\srel=["']?(?:stylesheet|icon|preload|modulepreload|prefetch|preconnect)["']?[^>]*\shref=["']?(?:[a-z]+:|//)`)
	loads   = regexp.MustCompile(`(?i)@import|url\(\s*["']?\s*(?:[a-z]+:|//)`)
)

func checkPage(name string, body []byte) error {
	switch path.Ext(name) {
	case ".html":
		return checkTags(name, body)
	case ".css":
		if m := loads.Find(body); m != nil {
			return fmt.Errorf("%s: loads from another server: %.60q", name, m)
		}
	}
	return nil
}

// checkTags looks for inline and what loads in a page, tag by tag: few of them need a
// second look, and looking through whole pages took a sixth of a site's time.
func checkTags(name string, body []byte) error {
	for at := 0; ; at++ {
		next := bytes.IndexByte(body[at:], '<')
		if next < 0 {
			return nil
		}
		at += next
		tag, last := body[at:], true
		if end := bytes.IndexByte(tag, '>'); end >= 0 {
			tag, last = tag[:min(end+2, len(tag))], false // a script's first byte counts
		}
		if last || scripted(tag) {
			if m := inline.Find(tag); m != nil {
				return fmt.Errorf("%s: inline script or style: %.60q", name, m)
			}
		}
		if last || loading(tag) {
			for _, re := range []*regexp.Regexp{foreign, sheets} {
				if m := re.Find(tag); m != nil {
					return fmt.Errorf("%s: loads from another server: %.120q", name, m)
				}
			}
		}
		if last {
			return nil
		}
	}
}

// scripted tells whether inline could match a tag: it is a style or script, or anything in
// it begins as an attribute that is one.
func scripted(tag []byte) bool {
	if begins(tag[1:], "style") || begins(tag[1:], "script") {
		return true
	}
	for i, c := range tag {
		switch c {
		case ' ', '\t', '\n', '\f', '\r':
			if rest := tag[i+1:]; begins(rest, "on") || begins(rest, "style") || begins(rest, "srcdoc") {
				return true
			}
		}
	}
	return false
}

// loaders are the elements that foreign and sheets name.
var loaders = []string{"img", "script", "iframe", "embed", "object", "video", "audio", "source", "track", "form", "frame", "link"}

func loading(tag []byte) bool {
	for _, l := range loaders {
		if begins(tag[1:], l) {
			return true
		}
	}
	return false
}

// begins tells whether b begins with word, which is in lower case.
func begins(b []byte, word string) bool {
	return len(b) >= len(word) && bytes.EqualFold(b[:len(word)], []byte(word))
}

func (o *output) Name() string { return "output" }

func (o *output) Create(name string) (afero.File, error) {
	return &outputFile{name: strings.TrimPrefix(path.Clean("/"+name), "/"), to: o}, nil
}

func (o *output) OpenFile(name string, flag int, _ os.FileMode) (afero.File, error) {
	if flag&(os.O_WRONLY|os.O_RDWR) == 0 {
		return nil, notThere("open", name)
	}
	return o.Create(name)
}

func (o *output) Open(name string) (afero.File, error)       { return nil, notThere("open", name) }
func (o *output) Stat(name string) (os.FileInfo, error)      { return nil, notThere("stat", name) }
func (o *output) Remove(name string) error                   { return notThere("remove", name) }
func (o *output) MkdirAll(string, os.FileMode) error         { return nil }
func (o *output) Mkdir(string, os.FileMode) error            { return nil }
func (o *output) Chmod(string, os.FileMode) error            { return nil }
func (o *output) Chtimes(string, time.Time, time.Time) error { return nil }
func (o *output) LstatIfPossible(name string) (os.FileInfo, bool, error) {
	return nil, false, notThere("lstat", name)
}

func notThere(op, name string) error {
	return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// outputFile is a file that is being written.
type outputFile struct {
	afero.File // nil
	buf        bytes.Buffer
	name       string
	to         *output
	closed     bool
}

func (f *outputFile) Name() string                      { return f.name }
func (f *outputFile) Write(p []byte) (int, error)       { return f.buf.Write(p) }
func (f *outputFile) WriteString(p string) (int, error) { return f.buf.WriteString(p) }
func (f *outputFile) Sync() error                       { return nil }

func (f *outputFile) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	return f.to.finished(f.name, f.buf.Bytes())
}
