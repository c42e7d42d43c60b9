package gitstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
)

// Errors of reaching a server.
var (
	// ErrUnreachable: no answer came, or it broke off.
	ErrUnreachable = errors.New("the server cannot be reached")
	// ErrDenied: the server, or the check of who it is, said no.
	ErrDenied = errors.New("access denied")
	// ErrAnswer: what answers does not speak as a git server, or says why it does not.
	ErrAnswer = errors.New("the server does not answer as a git server does")
)

// DeniedError is an ErrDenied that was said on this side: nothing was sent to the server.
type DeniedError struct {
	Why string // one line, with the way out
	err error  // may be nil
}

func (e *DeniedError) Error() string { return ErrDenied.Error() + ": " + e.Why }

// Is makes errors.Is(err, ErrDenied) true.
func (e *DeniedError) Is(target error) bool { return target == ErrDenied }

func (e *DeniedError) Unwrap() error { return e.err }

// NotServed tells whether an error means that nothing could be had from the server, for
// whatever reason, and nothing of what it holds is known to be wrong.
func NotServed(err error) bool {
	for _, kind := range []error{ErrUnreachable, ErrDenied, ErrNoRepository, ErrAnswer} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// service is one of the two programs that a server runs for git.
type service string

const (
	uploadPack  service = transport.UploadPackServiceName  // to fetch from
	receivePack service = transport.ReceivePackServiceName // to push to
)

// session is a conversation with one of them: the advertisement, then at most
// one request.
type session interface {
	// advertised returns what the server has; without refs where it has none.
	advertised(ctx context.Context) (*packp.AdvRefs, error)
	// uploadPack asks for a pack. The reader is bounded by PackLimit.
	uploadPack(ctx context.Context, req *packp.UploadPackRequest) (io.ReadCloser, error)
	// receivePack sends commands and a pack. A report may come with an error.
	receivePack(ctx context.Context, req *packp.ReferenceUpdateRequest) (*packp.ReportStatus, error)
	close()
}

// advertisement is what a server says at the beginning.
type advertisement struct {
	refs map[string]ID
	caps *capability.List
}

// advertised opens a session and reads the server's advertisement.
func (m *Remote) advertised(ctx context.Context, svc service) (session, *advertisement, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	s, raw, err := m.open(ctx, svc)
	if err != nil {
		return nil, nil, wireError(ctx, err)
	}
	adv := &advertisement{refs: map[string]ID{}, caps: raw.Capabilities}
	for name, id := range raw.References {
		if id.IsZero() || checkRefName(name) != nil {
			continue // a ref that cannot be named here is not one for us
		}
		adv.refs[name] = id
	}
	if len(adv.refs) > RefsLimit {
		s.close()
		return nil, nil, fmt.Errorf("%w: the server has more than %d refs", ErrLimit, RefsLimit)
	}
	return s, adv, nil
}

func (m *Remote) open(ctx context.Context, svc service) (session, *packp.AdvRefs, error) {
	var s session
	var err error
	switch m.scheme {
	case "http", "https":
		return m.openHTTP(ctx, svc)
	case "ssh":
		s, err = m.openSSH(ctx, svc)
	default:
		s, err = m.openLocal(ctx, svc)
	}
	if err != nil {
		return nil, nil, err
	}
	adv, err := s.advertised(ctx)
	if err != nil {
		s.close()
		return nil, nil, err
	}
	return s, adv, nil
}

// safely runs fn, which parses with go-git what a server sent, and makes an
// error of a panic: no server shall be able to end a process.
func safely(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %w: %v", ErrCorrupt, ErrAnswer, p)
		}
	}()
	return fn()
}

// wireError gives an error of the transport the type that callers act on, and
// cleans what the server said in it.
func wireError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, ours := range []error{ErrUnreachable, ErrDenied, ErrNoRepository, ErrAnswer, ErrCorrupt, ErrLimit, ErrTooLarge, ErrNoAtomic, errNoGit} {
		if errors.Is(err, ours) {
			return err
		}
	}
	text := cleanText(err.Error())
	var line *pktline.ErrorLine
	switch kind := kindOf(err); {
	case kind != nil:
		return fmt.Errorf("%w: %s", kind, text)
	case errors.As(err, &line):
		return fmt.Errorf("%w: %s", ErrAnswer, cleanText(line.Text))
	}
	return errors.New(text)
}

// kindOf is the type of an error of the transport; nil where it has none.
func kindOf(err error) error {
	var netErr net.Error
	var httpErr *githttp.Err
	var unexpected *plumbing.UnexpectedError
	if errors.As(err, &unexpected) { // does not unwrap by itself
		err = unexpected.Err
	}
	switch {
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed), errors.Is(err, transport.ErrInvalidAuthMethod):
		return ErrDenied
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return ErrNoRepository
	case errors.As(err, &httpErr) && httpErr.StatusCode() >= 500,
		errors.As(err, &netErr), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.ErrClosedPipe):
		return ErrUnreachable
	}
	return nil
}

// answerError is an error of reading what a server sends first: where it is none of the
// transport, no git server sent that.
func answerError(err error) error {
	var line *pktline.ErrorLine
	if kindOf(err) != nil || errors.As(err, &line) || errors.Is(err, ErrCorrupt) || errors.Is(err, ErrLimit) {
		return err
	}
	return fmt.Errorf("%w: %s", ErrAnswer, cleanText(err.Error()))
}

// boundedReader reads at most left bytes more; what comes after is an error.
type boundedReader struct {
	r    io.Reader
	left int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("%w: the server's answer is too long", ErrLimit)
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// wireOverhead is what the protocol may put around a pack: two hundredths of it
// and some lines.
const wireOverhead = PackLimit/50 + 1<<20

// textBuffer keeps the first MessageLimit bytes of what is written to it. Safe
// for concurrent use.
type textBuffer struct {
	mu sync.Mutex
	b  []byte
}

func (t *textBuffer) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p[:min(len(p), MessageLimit-len(t.b))]...)
	return len(p), nil
}

// String is the text as it may be shown.
func (t *textBuffer) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return cleanText(string(t.b))
}

// cleanText makes what a server said fit for a terminal and a log: UTF-8, at
// most MessageLimit bytes, no control characters but line ends, no characters
// that reorder the line, no empty lines.
func cleanText(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), MessageLimit)], "\ufffd")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r':
			return '\n'
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
			return -1
		}
		return r
	}, s)
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.TrimRight(line, " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
