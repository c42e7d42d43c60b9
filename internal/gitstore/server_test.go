package gitstore

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// way is one way to reach a bare repository that lies below root.
type way struct {
	name string
	url  func(dir string) string
}

// eachWay runs a test over a path, over HTTP and over ssh, against stock git.
func eachWay(t *testing.T, fn func(t *testing.T, root string, w way)) {
	root := t.TempDir()
	ways := []way{
		{"path", func(d string) string { return d }},
		{"file", func(d string) string { return "file://" + d }},
		{"http", httpServer(t, root, nil)},
		{"ssh", sshServer(t)},
	}
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) { fn(t, root, w) })
	}
}

// httpServer serves every repository below root with git http-backend. allow,
// where set, decides about a request.
func httpServer(t testing.TB, root string, allow func(r *http.Request) bool) func(dir string) string {
	t.Helper()
	backend := filepath.Join(git(t, root, "--exec-path"), "git-http-backend")
	h := &cgi.Handler{Path: backend, Stderr: io.Discard, Env: append(plainEnv(),
		"GIT_PROJECT_ROOT="+root, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=test")}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if allow != nil && !allow(r) {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			http.Error(w, "who are you\x1b[31m", http.StatusUnauthorized)
			return
		}
		if r.ContentLength < 0 { // CGI needs to know it
			b, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return func(dir string) string { return srv.URL + strings.TrimPrefix(dir, root) }
}

func pemKey(t testing.TB) (ssh.Signer, []byte) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	block := must(ssh.MarshalPrivateKey(key, ""))(t)
	return must(ssh.NewSignerFromKey(key))(t), pem.EncodeToMemory(block)
}

// sshServer runs an ssh server that runs commands, lets one key in, and makes
// that key and its own host key known to this process.
func sshServer(t *testing.T) func(dir string) string {
	t.Helper()
	host, _ := pemKey(t)
	user, userPEM := pemKey(t)
	home := t.TempDir()
	check(t, os.Mkdir(filepath.Join(home, ".ssh"), 0o700))
	check(t, os.WriteFile(filepath.Join(home, ".ssh", "id_ed25519"), userPEM, 0o600))
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if !bytes.Equal(key.Marshal(), user.PublicKey().Marshal()) {
			return nil, fmt.Errorf("unknown key")
		}
		return nil, nil
	}}
	config.AddHostKey(host)
	l := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serveSSH(conn, config)
		}
	}()
	known := filepath.Join(home, ".ssh", "known_hosts")
	check(t, os.WriteFile(known, []byte(knownhosts.Line([]string{l.Addr().String()}, host.PublicKey())+"\n"), 0o600))
	t.Setenv("HOME", home)
	t.Setenv("SSH_KNOWN_HOSTS", known)
	t.Setenv("SSH_AUTH_SOCK", "")
	return func(dir string) string { return "ssh://git@" + l.Addr().String() + dir }
}

func serveSSH(conn net.Conn, config *ssh.ServerConfig) {
	defer conn.Close()
	sc, chans, reqs, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	defer sc.Close()
	go ssh.DiscardRequests(reqs)
	for nc := range chans {
		ch, reqs, err := nc.Accept()
		if err != nil {
			return
		}
		go func() {
			for req := range reqs {
				if req.Type != "exec" {
					req.Reply(false, nil)
					continue
				}
				var p struct{ Command string }
				ssh.Unmarshal(req.Payload, &p)
				req.Reply(true, nil)
				go runSSH(ch, p.Command)
			}
		}()
	}
}

func runSSH(ch ssh.Channel, command string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Env = plainEnv()
	in, err := cmd.StdinPipe()
	if err != nil {
		return
	}
	go func() { io.Copy(in, ch); in.Close() }()
	cmd.Stdout, cmd.Stderr = ch, ch.Stderr()
	status := struct{ Status uint32 }{}
	if err := cmd.Run(); err != nil {
		status.Status = 1
	}
	ch.SendRequest("exit-status", false, ssh.Marshal(&status))
	ch.Close()
}

func remoteAt(t testing.TB, url string) *Remote {
	t.Helper()
	return must(NewRemote(url))(t)
}

// hook installs a server's hook.
func hook(t testing.TB, dir, name, script string) {
	t.Helper()
	check(t, os.MkdirAll(filepath.Join(dir, "hooks"), 0o755))
	check(t, os.WriteFile(filepath.Join(dir, "hooks", name), []byte("#!/bin/sh\n"+script), 0o755))
}
