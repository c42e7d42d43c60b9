package gitstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// stream is a session over the standard input and output of git's program, on
// this machine or at the other end of ssh.
type stream struct {
	in    io.WriteCloser
	out   io.ReadCloser
	read  boundedReader // of out
	said  *textBuffer   // standard error
	wait  func() error  // until the program has ended
	kill  func()        // end it and all that waits for it, from any goroutine
	asked bool

	ended  chan struct{}
	once   sync.Once
	unhook func() bool
}

const (
	// reportLimit is the largest answer to a push in bytes, what hooks say
	// included.
	reportLimit = 64 << 20 // 64 MiB
	// endWait is how long a program may take to end when all is said.
	endWait = 5 * time.Second
)

// start makes the stream end with the context. It is called once, when the
// program runs.
func (s *stream) start(ctx context.Context) *stream {
	s.ended = make(chan struct{})
	go func() {
		s.wait()
		close(s.ended)
	}()
	s.unhook = context.AfterFunc(ctx, s.stop)
	return s
}

func (s *stream) stop() { s.once.Do(s.kill) }

func (s *stream) close() {
	if !s.asked {
		s.in.Write(pktline.FlushPkt) // a polite goodbye
	}
	s.in.Close()
	s.out.Close()
	select {
	case <-s.ended:
	case <-time.After(endWait):
	}
	s.unhook()
	s.stop()
}

// why returns the reason that the program gave for breaking off, else err.
func (s *stream) why(err error) error {
	select {
	case <-s.ended:
	case <-time.After(endWait):
	}
	text := s.said.String()
	if text == "" {
		return err
	}
	for _, sign := range []string{"does not appear to be a git repository", "epository not found", "does not exist"} {
		if strings.Contains(text, sign) {
			return fmt.Errorf("%w: %s", ErrNoRepository, text)
		}
	}
	return fmt.Errorf("%w: %s", ErrAnswer, text)
}

func (s *stream) advertised(ctx context.Context) (*packp.AdvRefs, error) {
	s.read = boundedReader{s.out, AdvertisementLimit}
	adv := packp.NewAdvRefs()
	err := safely(func() error { return adv.Decode(&s.read) })
	switch {
	case err == nil, errors.Is(err, packp.ErrEmptyAdvRefs):
		transport.FilterUnsupportedCapabilities(adv.Capabilities)
		return adv, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, packp.ErrEmptyInput):
		return nil, s.why(io.ErrUnexpectedEOF)
	}
	return nil, answerError(err)
}

func (s *stream) uploadPack(ctx context.Context, req *packp.UploadPackRequest) (io.ReadCloser, error) {
	s.asked = true
	s.read.left = PackLimit + wireOverhead
	err := req.UploadRequest.Encode(s.in)
	if err == nil {
		err = req.UploadHaves.Encode(s.in, false)
	}
	if err == nil {
		err = pktline.NewEncoder(s.in).EncodeString("done\n")
	}
	res := packp.NewUploadPackResponse(req)
	if err == nil {
		err = safely(func() error { return res.Decode(io.NopCloser(&s.read)) })
	}
	if err != nil && ctx.Err() == nil {
		err = s.why(err)
	}
	return res, err
}

func (s *stream) receivePack(ctx context.Context, req *packp.ReferenceUpdateRequest) (*packp.ReportStatus, error) {
	s.asked = true
	s.read.left = reportLimit
	sent := req.Encode(s.in)
	if cerr := s.in.Close(); sent == nil {
		sent = cerr
	}
	if sent != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	// Where the server broke off while we were sending, it may have said why.
	out := io.Reader(&s.read)
	if req.Capabilities.Supports(capability.Sideband64k) {
		d := sideband.NewDemuxer(sideband.Sideband64k, out)
		d.Progress = req.Progress
		out = d
	}
	report := packp.NewReportStatus()
	if err := safely(func() error { return report.Decode(out) }); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, s.why(errors.Join(sent, err))
	}
	// Hooks that run after the refs have moved may still be talking. They are
	// heard out: what they do is part of the push.
	safely(func() error { _, err := io.Copy(io.Discard, out); return err })
	return report, nil
}
