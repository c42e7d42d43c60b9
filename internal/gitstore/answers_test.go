package gitstore

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh/knownhosts"
)

// What a server says is fit for a terminal, and its lies about the protocol are
// errors.
func TestHostileAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"empty":              "",
		"an error":           pkt("ERR go \x1b[31maway\x07\u202e"),
		"an error in a band": pkt("NAK\n") + pkt("\x03go \x1b[31maway") + "0000",
		"an unknown band":    pkt("NAK\n") + pkt("\x09x") + "0000",
		"no frame":           "zzzz",
		"a frame cut":        "00ffNAK",
		"a frame too short":  "0003",
		"no answer to haves": pkt("hello\n"),
		"a malformed ACK":    pkt("ACK \n"),
		"broken off":         pkt("NAK\n") + pkt("\x01PACK"),
	} {
		t.Run(name, func(t *testing.T) {
			r := initRepo(t)
			_, err := hostile(t, ID{1}, answer).Fetch(context.Background(), r, wantAll, nil)
			if err == nil || strings.ContainsAny(err.Error(), "\x1b\x07") || strings.Contains(err.Error(), "\u202e") {
				t.Errorf("%q", err)
			}
			t.Log(err)
		})
	}
	for name, adv := range map[string]string{
		"empty":             "",
		"not git":           "<html>",
		"a flush":           "0000",
		"only the service":  pkt("# service=git-upload-pack\n") + "0000",
		"no capabilities":   pkt(ID{1}.String() + " refs/heads/main\n"),
		"a short hash":      pkt("abc refs/heads/main\x00\n"),
		"a shallow too few": pkt(ID{1}.String()+" refs/heads/main\x00a\n") + pkt("shallow "+ID{1}.String()) + pkt("sha") + "0000",
		"names from hell":   pkt(ID{1}.String()+" refs/heads/../../x\x00a\n") + pkt(ID{2}.String()+" ../etc\n") + "0000",
	} {
		t.Run("advertisement/"+name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, adv) }))
			defer srv.Close()
			refs, err := remoteAt(t, srv.URL+"/r").Refs(context.Background())
			for n := range refs {
				t.Errorf("a ref %q", n)
			}
			t.Log(err)
		})
	}
}

func TestCleanText(t *testing.T) {
	for in, want := range map[string]string{
		"a\r\n\r\nb\tc\n":         "a\nb c",
		"\x1b[2Jx\x00\u009by\x7f": "[2Jxy",
		"\u202eabc\u200b\u2066":   "abc",
		"\xff\xfe":                "\ufffd",
		"æøå – ✓":                 "æøå – ✓",
		"a\u2028b":                "ab",
	} {
		if got := cleanText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if n := len(cleanText(strings.Repeat("x", 1<<20))); n != MessageLimit {
		t.Errorf("%d bytes", n)
	}
}

func TestBoundedReader(t *testing.T) {
	if _, err := io.ReadAll(&boundedReader{strings.NewReader("12345"), 5}); !errors.Is(err, ErrLimit) {
		t.Error(err) // whether more would come is not known
	}
	if b, err := io.ReadAll(&boundedReader{strings.NewReader("12345"), 6}); err != nil || len(b) != 5 {
		t.Error(b, err)
	}
	if _, err := copyPack(io.Discard, strings.NewReader("12345"), 4); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

// A server that accepts and then says nothing holds nobody longer than she wants.
func TestSilentServer(t *testing.T) {
	sshServer(t) // its known hosts
	l := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
		}
	}()
	for _, scheme := range []string{"http", "ssh"} {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		start := time.Now()
		_, err := remoteAt(t, scheme+"://"+l.Addr().String()+"/r.git").Refs(ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 2*time.Second {
			t.Errorf("%s: %v after %s", scheme, err, time.Since(start))
		}
	}
}

// Nor does one that stops in the middle of a pack.
func TestStalledPack(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			io.WriteString(w, pkt("# service=git-upload-pack\n")+"0000"+pkt(ID{1}.String()+" refs/heads/main\x00side-band-64k\n")+"0000")
			return
		}
		io.WriteString(w, pkt("NAK\n")+pkt("\x01PACK"))
		w.(http.Flusher).Flush()
		<-r.Context().Done() // until the other side has gone
	}))
	defer srv.Close()
	r := initRepo(t)
	if _, err := remoteAt(t, srv.URL+"/r").Fetch(ctx, r, wantAll, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(r.Dir(), "objects/pack/*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// ATTACK: somebody answers in the server's place.
func TestHostKeys(t *testing.T) {
	dir := bareServer(t, filepath.Join(t.TempDir(), "s.git"))
	url := sshServer(t)(dir)
	known := os.Getenv("SSH_KNOWN_HOSTS")
	right := string(must(os.ReadFile(known))(t))
	must(remoteAt(t, url).Refs(context.Background()))(t)
	other, _ := pemKey(t)
	host, _, _ := strings.Cut(right, " ")
	for name, c := range map[string]struct{ line, hint string }{
		"unknown":    {"", "does not know"},
		"of another": {knownhosts.Line([]string{host}, other.PublicKey()), "another host key"},
	} {
		check(t, os.WriteFile(known, []byte(c.line+"\n"), 0o600))
		_, err := remoteAt(t, url).Refs(context.Background())
		if !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s: %v", name, err)
		}
		if denied := (*DeniedError)(nil); !errors.As(err, &denied) || !strings.Contains(denied.Why, c.hint) {
			t.Errorf("%s: no reason that a person is told: %v", name, err)
		}
	}
	check(t, os.WriteFile(known, []byte(right), 0o600))
	_, secret := pemKey(t)
	check(t, os.WriteFile(filepath.Join(os.Getenv("HOME"), ".ssh", "id_ed25519"), secret, 0o600))
	if _, err := remoteAt(t, url).Refs(context.Background()); !errors.Is(err, ErrDenied) {
		t.Errorf("with another key of ours: %v", err)
	}
}

// Without the git program, the other ways still serve.
func TestWithoutGit(t *testing.T) {
	root := t.TempDir()
	dir := bareServer(t, filepath.Join(root, "s.git"))
	url := httpServer(t, root, nil)(dir)
	t.Setenv("PATH", t.TempDir())
	if _, err := remoteAt(t, dir).Refs(context.Background()); !errors.Is(err, errNoGit) {
		t.Error(err)
	}
	must(remoteAt(t, url).Refs(context.Background()))(t)
}
