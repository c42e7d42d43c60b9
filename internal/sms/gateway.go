package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A Message is one text to one number.
type Message struct {
	To   string // E.164, as in +4791234567
	Text string
	Ref  string // random, of this message: a gateway that knows references sends none twice
}

// Taken is what a gateway says of a message that it has taken.
type Taken struct {
	ID    string // the gateway's
	Parts int    // as the gateway counts; 0 where it does not say
}

// A Gateway hands messages to the network.
type Gateway interface {
	// Send hands over one message. It tries once. It calls begin once, before the first
	// byte of it goes, and goes no further where begin returns an error. An error is a
	// *RefusedError, a *LaterError, a *StopError or a *UnknownError; only after a
	// *LaterError or a *StopError may the same message be sent again without a person's
	// word.
	Send(ctx context.Context, m Message, begin func() error) (Taken, error)
}

// A RefusedError says that the gateway does not send this message, now or later.
type RefusedError struct{ Code string } // the gateway's, such as "21211"

func (e *RefusedError) Error() string { return "the gateway refuses this message: code " + e.Code }

// A LaterError says that the gateway has not taken the message, and may take it later.
type LaterError struct {
	After time.Duration // that the gateway asks to wait; 0: it does not say
	Code  string
	Lost  bool // it was not reached: no byte of the message went
}

func (e *LaterError) Error() string {
	return "the gateway takes no message at the moment: " + e.Code
}

// A StopError says that the gateway takes no message from this account, as it is set
// up here.
type StopError struct{ Code string }

func (e *StopError) Error() string {
	return "the gateway takes nothing from this account: " + e.Code
}

// An UnknownError says that nobody here knows whether the message was taken: the
// connection ended, or the answer cannot be read.
type UnknownError struct{ Code string }

func (e *UnknownError) Error() string {
	return "it is not known whether the gateway has taken the message: " + e.Code
}

const (
	answerLimit = 64 << 10         // bytes of a gateway's answer
	waitLimit   = 30 * time.Second // for a gateway's answer
	afterLimit  = time.Hour        // that a gateway may ask to wait
	codeLimit   = 40               // characters of a code that is repeated
)

// client is a connection to a gateway.
type client struct {
	http *http.Client
}

func newClient() *client {
	return &client{&http.Client{
		Timeout:       waitLimit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		// A connection for each message: one that died while it was idle would leave a
		// fate unknown.
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true,
			TLSHandshakeTimeout: 10 * time.Second, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext},
	}}
}

// answer is what a gateway said.
type answer struct {
	status int
	body   []byte
	whole  bool // the body came to its end
	after  time.Duration
}

// post sends one request, once, if begin lets it. An error says that there is no answer:
// a *LaterError where no byte of the request went, else an *UnknownError.
func (c *client) post(ctx context.Context, r request, begin func() error) (*answer, error) {
	// It begins before a byte of it goes. If that were noted between its head and its
	// body, a gateway that refuses the head would close the connection on the body, and
	// what it answered would be lost.
	begun, failed := false, false
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
		if failed = begin() != nil; failed {
			_ = c.Conn.Close()
		}
		begun = true
	}})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.address, bytes.NewReader(r.body))
	if err != nil {
		return nil, &StopError{"the address of the gateway"}
	}
	req.Header.Set("Content-Type", r.kind)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "")
	r.head(req.Header)
	resp, err := c.http.Do(req)
	if err != nil {
		if !begun || failed {
			return nil, &LaterError{Code: why(err), Lost: true}
		}
		return nil, &UnknownError{why(err)}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit+1))
	return &answer{status: resp.StatusCode, body: b, whole: err == nil && len(b) <= answerLimit, after: retryAfter(resp.Header.Get("Retry-After"))}, nil
}

// request is what goes to a gateway.
type request struct {
	address, kind string
	body          []byte
	head          func(http.Header) // signs it
}

// why says in a word what went wrong with a connection. The error itself holds the
// address, in which some gateways have the account.
func why(err error) string {
	var e *url.Error
	var n net.Error
	var d *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		return "stopped"
	case errors.As(err, &d):
		return "no such host"
	case errors.As(err, &n) && n.Timeout():
		return "no answer in time"
	case errors.As(err, &e) && strings.Contains(e.Err.Error(), "certificate"):
		return "its certificate is not trusted"
	}
	return "no connection"
}

// retryAfter reads how many seconds a gateway asks to wait; a date is not read, since
// clocks differ.
func retryAfter(s string) time.Duration {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, afterLimit)
}

// judge sorts an answer by its status where it is the same with every gateway; nil
// means that the message was taken, or refused with a code in the body.
func (a *answer) judge() error {
	code := "HTTP " + strconv.Itoa(a.status)
	switch {
	case a.status == http.StatusTooManyRequests, a.status == http.StatusServiceUnavailable && a.after > 0:
		return &LaterError{After: a.after, Code: code}
	case a.status == http.StatusUnauthorized, a.status == http.StatusPaymentRequired, a.status == http.StatusForbidden, a.status == http.StatusNotFound,
		a.status == http.StatusMethodNotAllowed, a.status >= 300 && a.status < 400:
		return &StopError{code}
	case a.status >= 500, a.status == http.StatusRequestTimeout: // it may have been taken before something failed
		return &UnknownError{code}
	case a.status >= 200 && a.status < 300 && !a.whole:
		return &UnknownError{"the answer is cut"}
	}
	return nil
}

// read decodes the body as JSON; whether it could is for the caller to judge.
func (a *answer) read(v any) error {
	if err := json.Unmarshal(a.body, v); err != nil {
		return errors.New("not JSON")
	}
	return nil
}

// refusal is a gateway's refusal of one message.
func (a *answer) refusal(code string) error {
	if code = tidyCode(code); code == "" {
		code = "HTTP " + strconv.Itoa(a.status)
	}
	return &RefusedError{code}
}

// tidyCode keeps of a gateway's code what cannot be a number that was called, nor words
// of a text: letters, digits and a few signs, and no more than seven digits.
func tidyCode(s string) string {
	if len(s) > codeLimit || strings.ContainsAny(s, "+ ") || digitsIn(s) > 7 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("-_.:", r) {
			return r
		}
		return -1
	}, s)
}

func digitsIn(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// secure returns an error unless an address is https, or of this machine.
func secure(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("not an address of a gateway")
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
		return nil
	}
	return fmt.Errorf("the address of a gateway begins with https://")
}
