package gitstore

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNewRemote(t *testing.T) {
	wd := must(os.Getwd())(t)
	for in, want := range map[string]Remote{
		"https://example.org/a/b.git":          {scheme: "https", host: "example.org", path: "/a/b.git"},
		"HTTPS://example.org:8443/a":           {scheme: "https", host: "example.org", port: 8443, path: "/a"},
		"https://kari:p%40ss@example.org/a":    {scheme: "https", host: "example.org", user: "kari", password: "p@ss", path: "/a"},
		"http://[::1]:80/a":                    {scheme: "http", host: "::1", port: 80, path: "/a"},
		"ssh://git@example.org/a/b":            {scheme: "ssh", host: "example.org", user: "git", path: "/a/b"},
		"ssh://git@example.org:2222/~kari/b":   {scheme: "ssh", host: "example.org", user: "git", port: 2222, path: "~kari/b"},
		"git@example.org:org/register.git":     {scheme: "ssh", host: "example.org", user: "git", path: "org/register.git"},
		"example.org:/srv/register.git":        {scheme: "ssh", host: "example.org", path: "/srv/register.git"},
		"file:///srv/register.git":             {scheme: "file", path: "/srv/register.git"},
		"file://localhost/srv/with%20space":    {scheme: "file", path: "/srv/with space"},
		"/srv/register.git":                    {scheme: "file", path: "/srv/register.git"},
		"../register":                          {scheme: "file", path: filepath.Join(filepath.Dir(wd), "register")},
		"./a:b":                                {scheme: "file", path: filepath.Join(wd, "a:b")},
		"sub/-x":                               {scheme: "file", path: filepath.Join(wd, "sub/-x")},
		"git@example.org:path/with:colon/file": {scheme: "ssh", host: "example.org", user: "git", path: "path/with:colon/file"},
	} {
		m, err := NewRemote(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if got := *m; got.scheme != want.scheme || got.host != want.host || got.port != want.port || got.user != want.user || got.password != want.password || got.path != want.path {
			t.Errorf("%q: %+v", in, got)
		}
	}
	for _, in := range []string{"", "-x", "--upload-pack=touch x", "git://example.org/a", "ext::sh -c x", "ftp://example.org/a", "rsync://x/y", "javascript://x",
		"ssh://-oProxyCommand=x/a", "ssh://git@-host/a", "-host:path", "user@-host:path", "host:-path", "ssh://-u@host/x",
		"ssh://git:secret@host/a", "https:///a", "https://example.org", "https://example.org/", "https://example.org/a?x=y", "https://example.org/a#b",
		"https://example.org:0/a", "https://example.org:99999/a", "https://example.org/a\nhost=evil", "https://example.org/a%0ahost=evil", "https://kari%0a:x@example.org/a",
		"file://other/srv", "file://kari@localhost/a", "http://exa mple.org/a", "a@b@c:path", "example.org:", "fd::17", "https://kari:hush@[::1/a", strings.Repeat("a", 5000)} {
		m, err := NewRemote(in)
		if err == nil {
			t.Errorf("%q: %+v", clip(in), *m)
			continue
		}
		if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows a password: %v", err)
		}
	}
	m := remoteAt(t, "https://kari:hush@example.org:8443/a b")
	if s := m.String(); s != "https://kari@example.org:8443/a%20b" {
		t.Error(s)
	}
}

func FuzzNewRemote(f *testing.F) {
	for _, s := range []string{"https://a:b@c/d", "git@h:p", "/x", "ssh://h/~/x", "file:///x", "-x", "h:-x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := NewRemote(s)
		if err != nil {
			return
		}
		for _, part := range []string{m.user, m.host, m.path} {
			if strings.HasPrefix(part, "-") || hasControl(part) {
				t.Errorf("%q: %+v", s, *m)
			}
		}
		if m.password != "" && len(m.password) > 3 && !strings.Contains(m.user+m.host+m.path, m.password) && strings.Contains(m.String(), m.password) {
			t.Errorf("%q shows its password", s)
		}
	})
}

func TestLocal(t *testing.T) {
	r := initRepo(t)
	outer := filepath.Dir(r.Dir())
	for _, url := range []string{outer, "file://" + outer, r.Dir()} {
		if dir, ok := remoteAt(t, url).Local(); !ok || dir != r.Dir() {
			t.Errorf("%s: %s %v", url, dir, ok)
		}
	}
	for _, url := range []string{"https://example.org/a", t.TempDir()} {
		if dir, ok := remoteAt(t, url).Local(); ok {
			t.Errorf("%s: %s", url, dir)
		}
	}
}

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{"/a b": `'/a b'`, "/a'b!": `'/a'\''b'\!''`, "$(x)`y`": "'$(x)`y`'"} {
		if got := shellQuote(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

// The login comes from the URL, else from the environment, else from git's
// helpers; it is shown in no error and not sent in clear to another machine.
func TestHTTPLogin(t *testing.T) {
	root := t.TempDir()
	bareServer(t, filepath.Join(root, "r.git"))
	url := httpServer(t, root, func(r *http.Request) bool {
		user, password, _ := r.BasicAuth()
		return user == "kari" && password == "hush-hush"
	})(filepath.Join(root, "r.git"))
	home := t.TempDir()
	config := filepath.Join(home, "config")
	t.Setenv("HOME", home)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CONFIG_GLOBAL", config)
	try := func(url string) error {
		_, err := remoteAt(t, url).Refs(context.Background())
		if err != nil && strings.Contains(err.Error(), "hush") || err != nil && strings.Contains(err.Error(), "\x1b") {
			t.Errorf("the error shows too much: %q", err)
		}
		return err
	}
	withUser := func(login string) string { return strings.Replace(url, "://", "://"+login+"@", 1) }

	if err := try(url); !errors.Is(err, ErrDenied) {
		t.Errorf("without a login: %v", err)
	}
	check(t, try(withUser("kari:hush-hush")))
	if err := try(withUser("kari:hush-wrong")); !errors.Is(err, ErrDenied) {
		t.Errorf("with a wrong password: %v", err)
	}
	check(t, os.WriteFile(config, []byte("[credential]\n\thelper = \"!f() { test \\\"$1\\\" = get && echo username=kari && echo password=hush-hush; }; f\"\n"), 0o600))
	check(t, try(url))
	check(t, try(withUser("kari")))
	check(t, os.WriteFile(config, nil, 0o600))
	t.Setenv("MEDLEM_HTTP_USER", "kari")
	t.Setenv("MEDLEM_HTTP_PASSWORD", "hush-hush")
	check(t, try(url))
	if err := try("http://example.org/r.git"); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "https") {
		t.Errorf("in clear: %v", err)
	}
}

// ATTACK: a server sends the client on to another one, to get at her password.
func TestRedirectTakesNoLoginAlong(t *testing.T) {
	var seen []string
	thief := httpServer(t, t.TempDir(), func(r *http.Request) bool {
		if h := r.Header.Get("Authorization"); h != "" {
			seen = append(seen, h)
		}
		return false
	})("")
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, thief+r.URL.RequestURI(), http.StatusFound)
	}))
	defer front.Close()
	_, err := remoteAt(t, strings.Replace(front.URL, "://", "://kari:hush-hush@", 1)+"/r.git").Refs(context.Background())
	if err == nil || len(seen) > 0 {
		t.Errorf("%v %v", err, seen)
	}
}
