// Package sitepipe is what medlem and medlem-site say to each other. One has the
// keys and links no renderer, the other renders and has neither keys, git nor a
// network: all that it knows comes in over a pipe, all that it makes goes out over
// one, and nothing is written on a disk between them.
//
// To have a site or personal pages rendered, use [Start]. The other side is
// internal/site's Serve, which medlem-site runs.
//
// Each side sends frames: a line of JSON that says what comes and how many bytes,
// then the bytes. In goes one "build" with [Options], any number of "file" and one
// "go". A site comes back as "file" frames, personal pages go in as "view" frames
// and come back, in any order, as "page" frames of the same name. Besides these
// the renderer sends "warning" and "error", and last of all "done", without which
// nothing that it sent counts. Both sides are bounded, and neither holds more than
// one frame of the other.
package sitepipe

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
	"unicode"
)

// Bounds of what one side accepts from the other.
const (
	headerLimit = 4 << 10  // bytes of a header, newline included
	nameLimit   = 240      // bytes of a name
	FileLimit   = 16 << 20 // bytes of a source file, or of a finished one
	ViewLimit   = 12 << 20 // bytes of what a personal page, or an office's, is made of
	PageLimit   = 16 << 20 // bytes of a finished one
	TextLimit   = 8 << 10  // bytes of a warning or an error

	SourceFiles = 20_000    // files that a site is made of
	SourceBytes = 256 << 20 // bytes of all of them
	OutFiles    = 200_000   // files of a finished site
	OutBytes    = 2 << 30   // bytes of all of them
	Complaints  = 1_000     // warnings and errors
)

// A Kind says what a frame is.
type Kind string

// The kinds of frames, first those that go in, then those that come out.
const (
	Build Kind = "build" // Options as JSON; first
	File  Kind = "file"  // a file, by its name; goes in and comes out
	Go    Kind = "go"    // no more files
	View  Kind = "view"  // JSON of one personal page, in Lang with Template

	Page    Kind = "page" // a finished personal page
	Warning Kind = "warning"
	Error   Kind = "error" // in a site: fatal; with a name: that page was not made
	Done    Kind = "done"  // all has been sent
)

// A Frame is one message.
type Frame struct {
	Kind Kind
	// Name is the path of a file, or what whoever asks calls a personal page: a
	// number, never an id or a name.
	Name     string
	Edited   time.Time // File going in: when it was last changed; zero if unknown
	Lang     string    // View
	Template string    // View: layouts/_partials/views/<Template>.html of the theme
	Body     []byte
}

// header is the line before the bytes.
type header struct {
	Kind     Kind   `json:"kind"`
	Name     string `json:"name,omitempty"`
	Edited   string `json:"edited,omitempty"` // RFC 3339, UTC
	Lang     string `json:"lang,omitempty"`
	Template string `json:"template,omitempty"`
	Size     int64  `json:"size"`
}

// Options are the body of the build frame.
type Options struct {
	BaseURL string `json:"base_url"` // where the site will lie, with a last slash
	// Day is the day of the build, 2006-01-02 in UTC. Nothing in the renderer knows
	// another one.
	Day       string   `json:"day"`
	Languages []string `json:"languages"`       // the organisation's own first
	Strict    bool     `json:"strict"`          // an overdue review fails the build
	Views     bool     `json:"views"`           // personal pages instead of a site
	Live      bool     `json:"live,omitempty"`  // pages reload themselves; for serve alone
	Title     string   `json:"title,omitempty"` // the organisation's name
}

// limits are how many bytes a frame may have, by its kind.
var limits = map[Kind]int64{
	Build: 64 << 10, File: FileLimit, Go: 0, View: ViewLimit,
	Page: PageLimit, Warning: TextLimit, Error: TextLimit, Done: 0,
}

// ErrTooMuch is wrapped where the other side says more than it may.
var ErrTooMuch = errors.New("more than is accepted")

// A Writer writes frames. It is for one goroutine.
type Writer struct{ w *bufio.Writer }

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{bufio.NewWriterSize(w, 64<<10)} }

// Write writes one frame; it may wait in a buffer until Flush.
func (w *Writer) Write(f Frame) error {
	if limit, ok := limits[f.Kind]; !ok || int64(len(f.Body)) > limit {
		return fmt.Errorf("send %s %q: %d bytes: %w", f.Kind, f.Name, len(f.Body), ErrTooMuch)
	}
	h := header{Kind: f.Kind, Name: f.Name, Lang: f.Lang, Template: f.Template, Size: int64(len(f.Body))}
	if !f.Edited.IsZero() {
		h.Edited = f.Edited.UTC().Format(time.RFC3339)
	}
	line, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if len(line) >= headerLimit || len(f.Name) > nameLimit {
		return fmt.Errorf("send %s: name of %d bytes: %w", f.Kind, len(f.Name), ErrTooMuch)
	}
	if _, err := w.w.Write(append(line, '\n')); err != nil {
		return err
	}
	_, err = w.w.Write(f.Body)
	return err
}

// Flush sends what waits.
func (w *Writer) Flush() error { return w.w.Flush() }

// A Reader reads frames. It is for one goroutine.
type Reader struct{ r *bufio.Reader }

// NewReader returns a Reader from r.
func NewReader(r io.Reader) *Reader { return &Reader{bufio.NewReaderSize(r, 64<<10)} }

// Read returns the next frame, or io.EOF at an end between two. A frame that
// does not keep the bounds is an error, and nothing can be read after it. What
// it holds stands in no error.
func (r *Reader) Read() (Frame, error) {
	line, err := r.line()
	if err != nil {
		return Frame{}, err
	}
	var h header
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if d.Decode(&h) != nil || d.More() {
		return Frame{}, errors.New("malformed frame")
	}
	limit, ok := limits[h.Kind]
	if !ok {
		return Frame{}, errors.New("unknown kind of frame")
	}
	if h.Size < 0 || h.Size > limit || len(h.Name) > nameLimit {
		return Frame{}, fmt.Errorf("%s of %d bytes: %w", h.Kind, h.Size, ErrTooMuch)
	}
	f := Frame{Kind: h.Kind, Name: h.Name, Lang: h.Lang, Template: h.Template}
	if h.Edited != "" {
		if f.Edited, err = time.Parse(time.RFC3339, h.Edited); err != nil {
			return Frame{}, errors.New("malformed frame: not a time")
		}
		f.Edited = f.Edited.UTC()
	}
	f.Body = make([]byte, h.Size)
	if _, err := io.ReadFull(r.r, f.Body); err != nil {
		return Frame{}, fmt.Errorf("%s of %d bytes: %w", h.Kind, h.Size, io.ErrUnexpectedEOF)
	}
	return f, nil
}

func (r *Reader) line() ([]byte, error) {
	var line []byte
	for {
		part, err := r.r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > headerLimit:
			return nil, fmt.Errorf("header: %w", ErrTooMuch)
		case err == nil:
			return line, nil
		case err == io.EOF && len(line) > 0:
			return nil, io.ErrUnexpectedEOF
		case err != bufio.ErrBufferFull:
			return nil, err
		}
	}
}

// CheckPath refuses a name that is not a plain path below a folder, with slashes:
// what comes in must not name anything else, and what comes out must be safe to
// write.
func CheckPath(name string) error {
	bad := func(r rune) bool {
		return r == '\\' || r == ':' || r == unicode.ReplacementChar || unicode.IsControl(r) || r == '*' || r == '?' || r == '"' || r == '<' || r == '>' || r == '|'
	}
	if name == "" || len(name) > nameLimit || path.Clean("/"+name) != "/"+name || strings.ContainsFunc(name, bad) {
		return fmt.Errorf("%q is not a path below the site", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." || strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") || strings.EqualFold(part, ".git") {
			return fmt.Errorf("%q is not a path below the site", name)
		}
	}
	return nil
}
