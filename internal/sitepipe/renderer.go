package sitepipe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// While personal pages pass through, each leaves its buffers behind: as much as
// viewGarbage percent of what is in use may lie about, as long as the whole process
// has not more than viewMemory bytes.
const (
	viewGarbage = 400
	viewMemory  = 160 << 20
)

// killAfter is how long a renderer that was told to stop may take.
const killAfter = 5 * time.Second

// ErrRenderer is wrapped where medlem-site itself failed, as opposed to what it
// was given: it died, said something that it may not say, or is of another
// version.
var ErrRenderer = errors.New("medlem-site failed")

// A Problem is something that the renderer has to say about its input.
type Problem struct {
	Name string // of the page that was not made; empty in a site
	Text string // "content/sv/procedures/lists.md:4:1: …"
}

// Problems are the errors of one run, at least one.
type Problems []Problem

func (p Problems) Error() string {
	var b strings.Builder
	for i, one := range p {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(one.Text)
	}
	return b.String()
}

// A Renderer is a running medlem-site.
type Renderer struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	w      *Writer
	r      *Reader
	stderr tail
	stop   context.CancelFunc

	personal bool // it makes personal pages

	// Warn is called with each warning, if it is set.
	Warn func(text string)

	files, bytes, complaints int64
}

// Start runs the medlem-site at path. It gets nothing of the environment but what
// finding libraries takes, and is killed with ctx. The caller calls Site or Views
// once, which ends it.
func Start(ctx context.Context, path string) (*Renderer, error) {
	ctx, stop := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, path)
	cmd.Env = []string{"LANG=C"}
	cmd.Dir = "/"
	return start(cmd, stop)
}

func start(cmd *exec.Cmd, stop context.CancelFunc) (*Renderer, error) {
	r := &Renderer{cmd: cmd, stop: stop}
	cmd.WaitDelay = killAfter
	cmd.Stderr = &r.stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		stop()
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		stop()
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		stop()
		return nil, fmt.Errorf("start medlem-site: %w", err)
	}
	r.in, r.w, r.r = in, NewWriter(in), NewReader(out)
	return r, nil
}

// Site renders a site from files and hands each finished file to emit, in no
// order of its own. It returns [Problems] where the input is wrong. What was
// emitted counts only if the error is nil.
func (r *Renderer) Site(o Options, files []Frame, emit func(name string, body []byte) error) error {
	o.Views = false
	return r.run(o, files, nil, func(f Frame) error {
		if f.Kind != File {
			return fmt.Errorf("%w: it sent a %s where a file was due", ErrRenderer, f.Kind)
		}
		if err := CheckPath(f.Name); err != nil {
			return fmt.Errorf("%w: %w", ErrRenderer, err)
		}
		r.files++
		r.bytes += int64(len(f.Body))
		if r.files > OutFiles || r.bytes > OutBytes {
			return fmt.Errorf("%w: the site: %w", ErrRenderer, ErrTooMuch)
		}
		return emit(f.Name, f.Body)
	})
}

// Views renders personal pages. next returns one view after the other, with a
// name that is unlike all others, and false at the end; emit gets each page with
// that name, in no order. next and emit run at the same time. The views of pages
// that could not be made are named in [Problems], by their names alone; the others
// have been emitted.
func (r *Renderer) Views(o Options, files []Frame, next func() (Frame, bool, error), emit func(name string, body []byte) error) error {
	o.Views, r.personal = true, true
	defer debug.SetGCPercent(debug.SetGCPercent(viewGarbage))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(viewMemory))
	return r.run(o, files, next, func(f Frame) error {
		if f.Kind != Page {
			return fmt.Errorf("%w: it sent a %s where a page was due", ErrRenderer, f.Kind)
		}
		return emit(f.Name, f.Body)
	})
}

// run sends while it receives, so that neither side waits for the other for ever.
func (r *Renderer) run(o Options, files []Frame, next func() (Frame, bool, error), got func(Frame) error) error {
	sent := make(chan error, 1)
	halt := make(chan struct{})
	go func() {
		err := r.send(o, files, next, halt)
		r.in.Close()
		sent <- err
	}()
	problems, done, err := r.receive(got)
	if err != nil {
		r.stop()
	}
	close(halt)
	if err == nil && !done {
		r.stop()
	}
	serr := <-sent
	werr := r.cmd.Wait()
	r.stop()
	switch {
	case err != nil:
		return r.with(err)
	case serr != nil && !errors.As(serr, new(pipeError)):
		return serr // what was to be sent could not be, which explains the rest
	case len(problems) > 0:
		return problems
	case serr != nil:
		return r.with(fmt.Errorf("%w: it stopped listening", ErrRenderer))
	case !done:
		return r.with(fmt.Errorf("%w: it ended before it was done", ErrRenderer))
	case werr != nil:
		return r.with(fmt.Errorf("%w: %w", ErrRenderer, werr))
	}
	return nil
}

// pipeError is a failure to reach the renderer.
type pipeError struct{ error }

// write sends one frame.
func (r *Renderer) write(f Frame) error {
	err := r.w.Write(f)
	if err != nil && !errors.Is(err, ErrTooMuch) {
		return pipeError{err}
	}
	return err
}

func (r *Renderer) send(o Options, files []Frame, next func() (Frame, bool, error), halt <-chan struct{}) error {
	b, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if err := r.write(Frame{Kind: Build, Body: b}); err != nil {
		return err
	}
	for _, f := range files {
		f.Kind = File
		if err := r.write(f); err != nil {
			return err
		}
	}
	if err := r.write(Frame{Kind: Go}); err != nil {
		return err
	}
	for next != nil {
		select {
		case <-halt:
			return nil
		default:
		}
		f, ok, err := next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		f.Kind = View
		if err := r.write(f); err != nil {
			return err
		}
	}
	if err := r.w.Flush(); err != nil {
		return pipeError{err}
	}
	return nil
}

func (r *Renderer) receive(got func(Frame) error) (problems Problems, done bool, err error) {
	for {
		f, err := r.r.Read()
		if err == io.EOF {
			return problems, false, nil
		}
		if err != nil {
			return problems, false, fmt.Errorf("%w: %w", ErrRenderer, err)
		}
		switch f.Kind {
		case Done:
			return problems, true, nil
		case Warning, Error:
			if r.complaints++; r.complaints > Complaints {
				return problems, false, fmt.Errorf("%w: warnings and errors: %w", ErrRenderer, ErrTooMuch)
			}
			if f.Kind == Error {
				problems = append(problems, Problem{Name: f.Name, Text: printable(f.Body)})
			} else if r.Warn != nil {
				r.Warn(printable(f.Body))
			}
		default:
			if err := got(f); err != nil {
				return problems, false, err
			}
		}
	}
}

// with adds what the renderer wrote to its standard error; not where it made
// personal pages, since that could be a member's.
func (r *Renderer) with(err error) error {
	if s := r.stderr.String(); s != "" && !r.personal {
		return fmt.Errorf("%w: it says %q", err, s)
	}
	return err
}

// stderrLimit is how many bytes of a renderer's standard error are kept.
const stderrLimit = 2 << 10

// tail keeps the beginning of what is written to it: a panic says what it is on
// its first lines.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if room := stderrLimit - t.buf.Len(); room > 0 {
		t.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(printable(t.buf.Bytes()))
}

// printable is text for a terminal.
func printable(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(b), "\uFFFD"))
}
