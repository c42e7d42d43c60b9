package gitstore

import (
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// Remote is a repository somewhere else: on a server, or at a path on this
// machine. It holds no connection; each call opens one and ends it. Cancelling a
// call's context ends it, with the context's error. Errors of all calls: those
// that wrap ErrUnreachable where no answer came, ErrDenied where the answer was
// no, ErrNoRepository where nothing is there.
//
// For https, the user and the password come from the URL, else from
// MEDLEM_HTTP_USER and MEDLEM_HTTP_PASSWORD, else, once the server asks, from
// git's credential helpers where git is installed; nobody is ever prompted. A
// password is not sent in clear to another machine. For ssh, the keys are those
// of the agent, then the ones that ssh itself would try; the server must be
// among ssh's known hosts. Of ssh's configuration files, Hostname, Port, User
// and IdentityFile count.
type Remote struct {
	scheme         string // file, ssh, http or https
	user, password string
	host           string // name or address, without brackets
	port           int    // 0: the scheme's own
	path           string // file: absolute

	listed func() // called by Push between looking and asking, for tests
}

// urlLimit is the longest URL in bytes.
const urlLimit = 4 << 10 // 4 KiB

// NewRemote returns the remote at https://host/path, ssh://user@host/path,
// user@host:path, file:///path, or a path on this machine. Other schemes, git's
// own unauthenticated one and those that run programs among them, are refused.
func NewRemote(rawURL string) (*Remote, error) {
	if len(rawURL) > urlLimit || rawURL == "" || strings.HasPrefix(rawURL, "-") || hasControl(rawURL) {
		return nil, fmt.Errorf("malformed remote %q", clip(redact(rawURL)))
	}
	var m *Remote
	var err error
	scheme, _, isURL := strings.Cut(rawURL, "://")
	switch {
	case isURL:
		m, err = parseRemoteURL(strings.ToLower(scheme), rawURL)
	case isSCP(rawURL):
		m, err = parseSCP(rawURL)
	case strings.Contains(rawURL, "::"):
		err = fmt.Errorf("it names a program to run, and none is")
	default:
		m, err = localRemote(rawURL)
	}
	if err == nil {
		err = m.check()
	}
	if err != nil {
		return nil, fmt.Errorf("remote %q: %w", clip(redact(rawURL)), err)
	}
	return m, nil
}

func hasControl(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0
}

// redact takes what may be a password out of a URL that may be malformed.
func redact(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	authority, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, _, _ := strings.Cut(authority[:at], ":")
		return scheme + "://" + user + authority[at:] + "/" + path
	}
	return s
}

func parseRemoteURL(scheme, rawURL string) (*Remote, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("malformed URL") // the parser's error quotes the password
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("a query or a fragment has no place in it")
	}
	m := &Remote{scheme: scheme, host: u.Hostname(), path: u.Path}
	m.user = u.User.Username()
	m.password, _ = u.User.Password()
	if p := u.Port(); p != "" {
		if m.port, err = strconv.Atoi(p); err != nil || m.port < 1 || m.port > 65535 {
			return nil, fmt.Errorf("malformed port %q", p)
		}
	}
	switch scheme {
	case "file":
		if m.host != "" && m.host != "localhost" || m.user != "" || m.port != 0 {
			return nil, fmt.Errorf("file:// names a path on this machine")
		}
		return localRemote(drivePath(u.Path))
	case "ssh":
		if m.password != "" {
			return nil, fmt.Errorf("ssh takes no password from a URL: use a key")
		}
		m.path = strings.TrimPrefix(m.path, "/")
		if !strings.HasPrefix(m.path, "~") {
			m.path = "/" + m.path
		}
	case "http", "https":
	default:
		return nil, fmt.Errorf("scheme %q is not one of https, ssh and file", clip(scheme))
	}
	return m, nil
}

// drivePath takes the slash off that stands before a drive's letter in a URL.
func drivePath(p string) string {
	if runtime.GOOS == "windows" && len(p) > 2 && p[0] == '/' && p[2] == ':' {
		return p[1:]
	}
	return p
}

// isSCP tells "host:path" from a path: a colon comes before any slash, and what
// is before it is more than the letter of a drive.
func isSCP(s string) bool {
	host, path, ok := strings.Cut(s, ":")
	return ok && len(host) > 1 && !strings.ContainsAny(host, `/\`) && !strings.HasPrefix(path, ":")
}

func parseSCP(s string) (*Remote, error) {
	host, path, _ := strings.Cut(s, ":")
	m := &Remote{scheme: "ssh", host: host, path: path}
	if user, h, ok := strings.Cut(host, "@"); ok {
		m.user, m.host = user, h
	}
	return m, nil
}

func localRemote(path string) (*Remote, error) {
	if path == "" {
		return nil, fmt.Errorf("empty path")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	return &Remote{scheme: "file", path: abs}, nil
}

// check refuses parts that a program further on could take for something else.
func (m *Remote) check() error {
	for _, part := range []string{m.user, m.password, m.host, m.path} {
		if hasControl(part) {
			return fmt.Errorf("a control character in it")
		}
	}
	if strings.HasPrefix(m.user, "-") || strings.HasPrefix(m.host, "-") || strings.HasPrefix(m.path, "-") {
		return fmt.Errorf(`a part of it begins with "-"`)
	}
	if m.scheme != "file" && (m.host == "" || strings.ContainsAny(m.host, "@/ ")) {
		return fmt.Errorf("malformed host")
	}
	if strings.Trim(m.path, "/") == "" {
		return fmt.Errorf("no path")
	}
	return nil
}

// String is the remote's URL, or its path, without the password.
func (m *Remote) String() string {
	if m.scheme == "file" {
		return m.path
	}
	u := url.URL{Scheme: m.scheme, Host: m.address(), Path: m.path}
	if !strings.HasPrefix(m.path, "/") {
		u.Path = "/" + m.path
	}
	if m.user != "" {
		u.User = url.User(m.user)
	}
	return u.String()
}

// address is the host as it stands in a URL, with the port where one is named.
func (m *Remote) address() string {
	host := m.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if m.port != 0 {
		host += ":" + strconv.Itoa(m.port)
	}
	return host
}

// Local returns the git dir of a remote that is a path on this machine.
func (m *Remote) Local() (dir string, ok bool) {
	if m.scheme != "file" {
		return "", false
	}
	dir, err := findGitDir(m.path)
	return dir, err == nil
}
