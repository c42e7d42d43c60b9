package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/scratch"
	"github.com/medlem-register/medlem/internal/sitepipe"
)

// A site of a thousand pages takes the renderer seconds, and the tests want the same
// ones again and again. Between medlem and medlem-site stands here a program of the
// same name, which remembers what the renderer made of the same bytes. That it makes
// the same bytes each time, and what a server is compared with, is proved in the
// script that says "renderer anew", which has the renderer itself.

// builtRenderer is the folder of medlem-site, with a folder in it of the program that
// remembers.
var builtRenderer struct {
	sync.Once
	dir string
	err error
}

const remembers = "remembers"

// tidy runs the tests and removes what they have in common.
type tidy struct{ m *testing.M }

func (t tidy) Run() int {
	defer func() {
		if builtRenderer.dir != "" {
			os.RemoveAll(builtRenderer.dir)
		}
		if worlds.dir != "" {
			os.RemoveAll(worlds.dir)
		}
	}()
	return scratch.Run(t.m)
}

// rendererDir builds medlem-site, once, and returns the folder of the one that
// remembers, or, anew, of itself.
func rendererDir(t interface{ Fatalf(string, ...any) }, anew bool) string {
	b := &builtRenderer
	b.Do(func() {
		if b.dir, b.err = os.MkdirTemp("", "medlem-site-*"); b.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-o", filepath.Join(b.dir, rendererName), "github.com/medlem-register/medlem/cmd/medlem-site").CombinedOutput()
		if err != nil {
			b.err = fmt.Errorf("build medlem-site: %w\n%s", err, out)
			return
		}
		self, err := os.Executable()
		b.err = errors.Join(err, os.Mkdir(filepath.Join(b.dir, remembers), 0o700), os.Symlink(self, filepath.Join(b.dir, remembers, rendererName)))
	})
	if b.err != nil {
		t.Fatalf("%v", b.err)
	}
	if anew {
		return b.dir
	}
	return filepath.Join(b.dir, remembers)
}

// renderer puts medlem-site where a script's medlem finds it: renderer [anew].
func renderer(ts *testscript.TestScript, _ bool, args []string) {
	dir := rendererDir(ts, len(args) > 0 && args[0] == "anew")
	ts.Setenv("PATH", dir+string(os.PathListSeparator)+ts.Getenv("PATH"))
}

// remember is the program that remembers. Personal pages it lets through: they are
// never kept.
func remember() error {
	dir := filepath.Dir(os.Args[0])
	in, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	c := exec.Command(filepath.Join(filepath.Dir(dir), rendererName))
	c.Stdin, c.Stderr = bytes.NewReader(in), os.Stderr
	first, err := sitepipe.NewReader(bytes.NewReader(in)).Read()
	if err != nil {
		return err
	}
	var o sitepipe.Options
	if err := json.Unmarshal(first.Body, &o); err != nil {
		return err
	}
	if o.Views {
		c.Stdout = os.Stdout
		return c.Run()
	}
	sum := sha256.Sum256(in)
	kept := filepath.Join(dir, hex.EncodeToString(sum[:]))
	out, err := os.ReadFile(kept)
	if errors.Is(err, os.ErrNotExist) {
		if out, err = c.Output(); err == nil {
			tmp := fmt.Sprintf("%s.%d", kept, os.Getpid())
			err = errors.Join(os.WriteFile(tmp, out, 0o600), os.Rename(tmp, kept))
		}
	}
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(out)
	return err
}

// It stands for the renderer and for nothing else: what it remembers is what the
// renderer makes, with other bytes it is asked anew, and one that fails is not
// remembered.
func TestRemembers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links")
	}
	run := func(dir string, in string) (string, error) {
		c := exec.Command(filepath.Join(dir, rendererName))
		c.Stdin = bytes.NewReader([]byte(in))
		out, err := c.Output()
		return string(out), err
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(dir, remembers)
	if err := errors.Join(os.Mkdir(at, 0o700), os.Symlink(self, filepath.Join(at, rendererName))); err != nil {
		t.Fatal(err)
	}
	stand := func(script string) {
		if err := os.WriteFile(filepath.Join(dir, rendererName), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	frame := func(o sitepipe.Options) string {
		var b bytes.Buffer
		w := sitepipe.NewWriter(&b)
		body, _ := json.Marshal(o)
		if err := errors.Join(w.Write(sitepipe.Frame{Kind: sitepipe.Build, Body: body}), w.Flush()); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	site, views := frame(sitepipe.Options{Day: "2026-11-22"}), frame(sitepipe.Options{Day: "2026-11-22", Views: true})
	stand("echo half\nexit 1\n")
	if _, err := run(at, site); err == nil {
		t.Error("a renderer that fails")
	}
	for i, x := range []struct{ script, in, want string }{
		{"cat\n", site, site}, {"echo other\n", site, site}, {"echo other\n", site + "x", "other\n"},
		{"cat\n", views, views}, {"echo other\n", views, "other\n"},
	} {
		stand(x.script)
		if got, err := run(at, x.in); err != nil || got != x.want {
			t.Errorf("%d: got %q, %v", i, got, err)
		}
	}
}
