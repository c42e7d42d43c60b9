package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

// ATTACK (by accident): the connection to the server is lost in the middle of a command,
// after any number of bytes, and does not come back while it runs.
// At stake: a server that has taken in what its officer does not know of, or half of it.
// Proves that nobody is locked out and that the same command finishes afterwards.
func TestConnectionLost(t *testing.T) {
	t.Parallel()
	for _, d := range written("merge") {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			cuts := 3
			if slow.Full() {
				cuts = 24
			}
			s := d.scene(t)
			line := s.online()
			if out, err := s.try(d, 0).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			whole := line.count()
			s.settled(d, "unharmed")
			line.close()
			s.remove()
			failed := 0
			for i := range cuts {
				s := d.scene(t)
				line := s.online()
				line.left = whole * int64(2*i+1) / int64(2*cuts)
				s.trial(d, fmt.Sprintf("cut after %d of %d bytes", line.left, whole), func(c *exec.Cmd) error {
					out, err := c.CombinedOutput()
					if bytes.Contains(out, []byte("goroutine ")) {
						t.Errorf("a panic\n%s", out)
					}
					if err != nil {
						failed++
					}
					line.mend()
					return err
				})
				line.close()
				s.remove()
			}
			if failed == 0 {
				t.Error("no cut was noticed")
			}
		})
	}
}

// cable is the way to a scene's server: what goes through it is counted, and it breaks
// when nothing is left.
type cable struct {
	l    net.Listener
	to   string
	stop func()

	mu     sync.Mutex
	passed int64
	left   int64 // bytes until it breaks; 0 never
	broken bool
	conns  map[net.Conn]bool
}

// online puts the scene's server on the net, as officers' copies know it from then on.
func (s *scene) online() *cable {
	s.t.Helper()
	backend := filepath.Join(s.git("/", "--exec-path"), "git-http-backend")
	s.git(s.host, "config", "http.receivepack", "true")
	s.git(s.at("new.git"), "config", "http.receivepack", "true")
	for _, c := range [][]string{{"receive.advertiseAtomic", "true"}, {"uploadpack.allowFilter", "true"}} {
		s.git(s.at("new.git"), append([]string{"config"}, c...)...)
	}
	h := &cgi.Handler{Path: backend, Stderr: io.Discard, Env: append(s.env(), "GIT_PROJECT_ROOT="+s.dir, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=test")}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body) // CGI needs to know its length
		if err != nil {
			return
		}
		r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
		h.ServeHTTP(w, r)
	}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	c := &cable{l: l, to: srv.Listener.Addr().String(), stop: srv.Close, conns: map[net.Conn]bool{}}
	go c.accept()
	s.web = "http://" + l.Addr().String()
	for _, who := range sceneOfficers {
		s.reroute(who, s.host, s.web+"/host.git")
	}
	return c
}

func (c *cable) accept() {
	for {
		in, err := c.l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", c.to)
		if err != nil || !c.join(in, out) {
			in.Close()
			continue
		}
		go c.carry(in, out)
		go c.carry(out, in)
	}
}

// join adds a connection, unless the cable is broken.
func (c *cable) join(conns ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range conns {
		c.conns[x] = true
	}
	if c.broken {
		c.cut()
	}
	return !c.broken
}

// cut closes what is open. c.mu is held.
func (c *cable) cut() {
	for x := range c.conns {
		x.Close()
		delete(c.conns, x)
	}
}

func (c *cable) carry(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 4<<10)
	for {
		n, err := from.Read(buf)
		n, ok := c.pass(n)
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil || !ok {
			if !ok {
				c.mu.Lock()
				c.cut()
				c.mu.Unlock()
			}
			return
		}
	}
}

// pass says how many of n bytes come through, and whether the cable holds.
func (c *cable) pass(n int) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken {
		return 0, false
	}
	if c.left > 0 && c.passed+int64(n) >= c.left {
		n = int(c.left - c.passed)
		c.broken = true
	}
	c.passed += int64(n)
	return n, !c.broken
}

// mend makes the cable whole again.
func (c *cable) mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.broken = 0, false
}

// count is how many bytes came through.
func (c *cable) count() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.passed
}

// close takes the server off the net.
func (c *cable) close() {
	c.l.Close()
	c.mu.Lock()
	c.broken = true
	c.cut()
	c.mu.Unlock()
	c.stop()
}
