package gitstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	gitssh "github.com/go-git/go-git/v5/plumbing/transport/ssh"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// openSSH runs git's program at the other end of ssh.
func (m *Remote) openSSH(ctx context.Context, svc service) (session, error) {
	addr := m.sshAddress()
	config, err := m.sshConfig(addr)
	if err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	// Until the stream takes over, the context ends the handshake.
	unhook := context.AfterFunc(ctx, func() { conn.Close() })
	defer unhook()
	c, chans, reqs, err := ssh.NewClientConn(conn, addr, config)
	if err != nil {
		conn.Close()
		return nil, sshError(addr, err)
	}
	client := ssh.NewClient(c, chans, reqs)
	s, err := startSSH(client, string(svc)+" "+shellQuote(m.path))
	if err != nil {
		client.Close()
		return nil, err
	}
	return s.start(ctx), nil
}

func startSSH(client *ssh.Client, command string) (*stream, error) {
	sess, err := client.NewSession()
	if err != nil {
		return nil, err
	}
	in, err := sess.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := sess.StdoutPipe()
	if err != nil {
		return nil, err
	}
	said := &textBuffer{}
	sess.Stderr = said
	if err := sess.Start(command); err != nil {
		return nil, err
	}
	kill := func() { client.Close() }
	return &stream{in: in, out: closeReader{out, kill}, said: said, wait: sess.Wait, kill: kill}, nil
}

// closeReader is a Reader whose Close ends what it reads from.
type closeReader struct {
	r io.Reader
	c func()
}

func (r closeReader) Read(p []byte) (int, error) { return r.r.Read(p) }
func (r closeReader) Close() error               { r.c(); return nil }

// shellQuote quotes a path for the other end's shell, as git does.
func shellQuote(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for i := range len(s) {
		if s[i] == '\'' || s[i] == '!' {
			b.WriteString(`'\`)
			b.WriteByte(s[i])
			b.WriteByte('\'')
			continue
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('\'')
	return b.String()
}

// userConfig looks a host up in ssh's configuration files.
func userConfig(host, key string) string {
	if gitssh.DefaultSSHConfig == nil {
		return ""
	}
	return gitssh.DefaultSSHConfig.Get(host, key)
}

func (m *Remote) sshAddress() string {
	host, port := m.host, m.port
	if h := userConfig(m.host, "Hostname"); h != "" {
		host = h
	}
	if port == 0 {
		port, _ = strconv.Atoi(userConfig(m.host, "Port"))
	}
	if port == 0 {
		port = gitssh.DefaultPort
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// sshConfig says who we are and how the server proves who it is.
func (m *Remote) sshConfig(addr string) (*ssh.ClientConfig, error) {
	db, err := gitssh.NewKnownHostsDb()
	if err != nil {
		return nil, &DeniedError{Why: "ssh has no list of known hosts; connect once with ssh " + m.host, err: err}
	}
	name := m.user
	if name == "" {
		name = userConfig(m.host, "User")
	}
	if name == "" { // as ssh does
		u, err := user.Current()
		if err != nil {
			return nil, fmt.Errorf("no user for ssh: %w", err)
		}
		name = u.Username
	}
	return &ssh.ClientConfig{
		User:              name,
		Auth:              []ssh.AuthMethod{ssh.PublicKeysCallback(m.sshKeys)},
		HostKeyCallback:   db.HostKeyCallback(),
		HostKeyAlgorithms: db.HostKeyAlgorithms(addr),
	}, nil
}

// keyFileLimit is the largest file of a secret key in bytes.
const keyFileLimit = 64 << 10 // 64 KiB

// sshKeys returns the agent's keys, then those in the files that ssh would try,
// but for files that a passphrase seals: nobody is asked here.
func (m *Remote) sshKeys() ([]ssh.Signer, error) {
	var signers []ssh.Signer
	if agent, err := gitssh.NewSSHAgentAuth("git"); err == nil {
		if more, err := agent.Callback(); err == nil {
			signers = append(signers, more...)
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return signers, nil
	}
	files := []string{"~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"}
	if f := userConfig(m.host, "IdentityFile"); f != "" {
		files = append([]string{f}, files...)
	}
	sealed := 0
	for _, f := range files {
		if rest, ok := strings.CutPrefix(f, "~/"); ok {
			f = filepath.Join(home, rest)
		}
		b, err := readFile(f, keyFileLimit)
		if err != nil {
			continue // absent, as a rule
		}
		signer, err := ssh.ParsePrivateKey(b)
		var locked *ssh.PassphraseMissingError
		if errors.As(err, &locked) {
			sealed++
		}
		if err == nil {
			signers = append(signers, signer)
		}
	}
	if len(signers) == 0 && sealed > 0 {
		return nil, errSealedKeys
	}
	return signers, nil
}

// errSealedKeys: there are keys, and none of them is at hand.
var errSealedKeys = errors.New("the ssh keys here are sealed by a passphrase and no agent holds them; run ssh-add")

// sshError says what a failed handshake means.
func sshError(addr string, err error) error {
	var key *knownhosts.KeyError
	switch {
	case errors.As(err, &key) && len(key.Want) > 0:
		return &DeniedError{Why: addr + " shows another host key than the one that ssh knows; ask who runs it before you go on"}
	case errors.As(err, &key):
		return &DeniedError{Why: "ssh does not know the host key of " + addr + "; connect once with ssh and compare its fingerprint"}
	case strings.Contains(err.Error(), errSealedKeys.Error()): // ssh passes on the text alone
		return &DeniedError{Why: errSealedKeys.Error()}
	case strings.Contains(err.Error(), "unable to authenticate"):
		return fmt.Errorf("%w: %s", ErrDenied, cleanText(err.Error()))
	}
	return fmt.Errorf("%w: %s", ErrUnreachable, cleanText(err.Error()))
}
