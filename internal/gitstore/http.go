package gitstore

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
)

// httpSession is a session over smart HTTP, spoken by go-git: a GET for the
// advertisement and a POST for the request. It follows redirects for the first
// only, and takes credentials to no other host.
type httpSession struct {
	up   transport.UploadPackSession
	recv transport.ReceivePackSession
	wire *boundedTransport
}

// boundedTransport bounds every answer's body by what was asked for.
type boundedTransport struct {
	base http.RoundTripper
	last io.ReadCloser // the body of the last answer
}

func (t *boundedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	limit := int64(AdvertisementLimit)
	switch {
	case res.StatusCode >= 300:
		limit = MessageLimit // go-git reads it whole into an error
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, limit), res.Body}
		return res, nil
	case strings.HasSuffix(req.URL.Path, "/"+string(uploadPack)):
		limit = PackLimit + wireOverhead
	case strings.HasSuffix(req.URL.Path, "/"+string(receivePack)):
		limit = reportLimit
	}
	body := res.Body
	res.Body = struct {
		io.Reader
		io.Closer
	}{&boundedReader{body, limit}, body}
	t.last = res.Body
	return res, nil
}

// login is a user and a password for a server.
type login struct{ user, password string }

// openHTTP opens a session and reads the advertisement. Where the server asks
// who we are and nothing was given, git's credential helpers are asked.
func (m *Remote) openHTTP(ctx context.Context, svc service) (session, *packp.AdvRefs, error) {
	given := login{m.user, m.password}
	if given.password == "" {
		if p := os.Getenv("MEDLEM_HTTP_PASSWORD"); p != "" {
			given.password = p
			if u := os.Getenv("MEDLEM_HTTP_USER"); u != "" {
				given.user = u
			}
		}
	}
	if given.password != "" {
		return m.tryHTTP(ctx, svc, &given)
	}
	s, adv, err := m.tryHTTP(ctx, svc, nil)
	if !errors.Is(err, transport.ErrAuthenticationRequired) {
		return s, adv, err
	}
	helped, ok := m.credential(ctx, "fill", login{user: m.user})
	if !ok {
		return nil, nil, err
	}
	s, adv, err = m.tryHTTP(ctx, svc, &helped)
	switch {
	case err == nil:
		m.credential(ctx, "approve", helped)
	case errors.Is(err, transport.ErrAuthenticationRequired):
		m.credential(ctx, "reject", helped)
	}
	return s, adv, err
}

func (m *Remote) tryHTTP(ctx context.Context, svc service, who *login) (session, *packp.AdvRefs, error) {
	var auth transport.AuthMethod
	if who != nil {
		if m.scheme == "http" && !isLoopback(m.host) {
			return nil, nil, &DeniedError{Why: "over http the password would be sent in clear; use https"}
		}
		auth = &githttp.BasicAuth{Username: who.user, Password: who.password}
	}
	s := &httpSession{wire: &boundedTransport{base: http.DefaultTransport}}
	client := githttp.NewClient(&http.Client{Transport: s.wire})
	ep := &transport.Endpoint{Protocol: m.scheme, Host: m.host, Port: m.port, Path: (&url.URL{Path: m.path}).EscapedPath()}
	if strings.Contains(ep.Host, ":") {
		ep.Host = "[" + ep.Host + "]"
	}
	var err error
	if svc == uploadPack {
		s.up, err = client.NewUploadPackSession(ep, auth)
	} else {
		s.recv, err = client.NewReceivePackSession(ep, auth)
	}
	if err != nil {
		return nil, nil, err
	}
	adv, err := s.advertised(ctx)
	return s, adv, err
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *httpSession) advertised(ctx context.Context) (adv *packp.AdvRefs, err error) {
	err = safely(func() error {
		if s.up != nil {
			adv, err = s.up.AdvertisedReferencesContext(ctx)
		} else {
			adv, err = s.recv.AdvertisedReferencesContext(ctx)
		}
		return err
	})
	if errors.Is(err, transport.ErrEmptyRemoteRepository) {
		return packp.NewAdvRefs(), nil
	}
	if err != nil && ctx.Err() == nil {
		err = answerError(err)
	}
	return adv, err
}

func (s *httpSession) uploadPack(ctx context.Context, req *packp.UploadPackRequest) (out io.ReadCloser, err error) {
	err = safely(func() error {
		res, err := s.up.UploadPack(ctx, req)
		out = res
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *httpSession) receivePack(ctx context.Context, req *packp.ReferenceUpdateRequest) (report *packp.ReportStatus, err error) {
	err = safely(func() error {
		report, err = s.recv.ReceivePack(ctx, req)
		return err
	})
	if report != nil {
		err = nil // go-git repeats the first refusal as an error
		if s.wire.last != nil {
			io.Copy(io.Discard, s.wire.last) // hooks may still be talking
		}
	}
	return report, err
}

func (s *httpSession) close() {
	if s.wire.last != nil {
		s.wire.last.Close()
	}
}
