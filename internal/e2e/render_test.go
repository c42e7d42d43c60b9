package e2e

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/sitepipe"
	"github.com/medlem-register/medlem/internal/slow"
)

// renderer builds medlem-site, and returns a program that runs it under strace
// and writes what it asks of the system to log.
func renderer(t *testing.T, log string) string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test needs strace: apt-get install strace")
	}
	dir := t.TempDir()
	bin := filepath.Join(dir, "medlem-site")
	if out, err := exec.Command("go", "build", "-o", bin, "github.com/medlem-register/medlem/cmd/medlem-site").CombinedOutput(); err != nil {
		t.Fatalf("build medlem-site: %v\n%s", err, out)
	}
	traced := filepath.Join(dir, "traced")
	script := fmt.Sprintf("#!/bin/sh\nexec %s -f -qq -s 300 -o %s -e trace=%%file,%%network,%%process,memfd_create,ftruncate,shmget %s\n", strace, log, bin)
	if err := os.WriteFile(traced, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return traced
}

// siteFiles are those of internal/site's test site.
func siteFiles(t *testing.T) []sitepipe.Frame {
	t.Helper()
	var files []sitepipe.Frame
	dir := os.DirFS("../site/testdata/site")
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(dir, name)
		files = append(files, sitepipe.Frame{Name: name, Body: b})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// onDisk are the lines of a trace that tell of a disk, a network or another
// program: all but what starting a program takes. What is only looked for is
// looked for where Hugo's own memory has it, and not found.
func onDisk(t *testing.T, log string) []string {
	t.Helper()
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	trace := string(b)
	if !strings.Contains(trace, "openat(") || strings.Count(trace, "execve(") < 1 {
		t.Fatal("strace saw nothing")
	}
	starting := regexp.MustCompile(`openat\(AT_FDCWD, "(/etc/ld\.so\.[a-z.]+|/(usr/)?lib[^"]*\.so[.0-9]*|/sys/kernel/mm/[^"]*|/sys/fs/cgroup/[^"]*|/proc/[^"]*|/dev/null|/etc/localtime|/usr/(share|lib|local)[^"]*zoneinfo[^"]*|/etc/mime\.types|/usr/share/mime/[^"]*|[^"]*/medlem-site|/etc/(apache2?|httpd)/[^"]*)", O_RDONLY`)
	harmless := regexp.MustCompile(`^\d+ +(clone3?\(|vfork\(|exit|wait|\+\+\+|---|arch_prctl|access\("/etc/ld|readlink(at)?\([^,]*,? ?"?/proc/|getcwd|(newfstatat|statx?|lstat|fstat|readlinkat|faccessat2?|access)\(|<\.\.\. |kill\(|tgkill|tkill|rt_sig|pidfd|chdir\("/"\))`)
	var out []string
	first := true
	for line := range strings.Lines(trace) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "execve(") && first {
			first = false
			continue
		}
		if !starting.MatchString(line) && !harmless.MatchString(line) {
			out = append(out, line)
		}
	}
	return out
}

// The renderer writes nothing on a disk and reads nothing from one, speaks to
// nobody and runs nothing, whether the site is right, wrong or made of personal
// pages; and what it was told about a member is nowhere in what it asks of the
// system.
func TestRendererTouchesNothing(t *testing.T) {
	slow.Test(t)
	t.Parallel()
	log := filepath.Join(t.TempDir(), "trace")
	traced := renderer(t, log)
	o := sitepipe.Options{BaseURL: "https://prove.example/", Day: "2026-11-22", Languages: []string{"nb", "sv", "da", "en"}, Title: "Folkerørsla Prøve"}
	pages := 0
	for name, c := range map[string]struct {
		more  []sitepipe.Frame
		wrong bool
	}{
		"a site":           {},
		"a wrong site":     {[]sitepipe.Frame{{Name: "content/nb/wrong.md", Body: []byte("---\ntitle: x\n---\n{{< policy \"no.such\" >}}\n")}}, true},
		"an inline script": {[]sitepipe.Frame{{Name: "content/nb/wrong.md", Body: []byte("---\ntitle: x\n---\n<script>var a = ;</script>\n")}}, true},
	} {
		r, err := sitepipe.Start(context.Background(), traced)
		if err != nil {
			t.Fatal(err)
		}
		err = r.Site(o, append(siteFiles(t), c.more...), func(string, []byte) error { pages++; return nil })
		if errors.As(err, new(sitepipe.Problems)) != c.wrong || err != nil && !c.wrong {
			t.Errorf("%s: %v", name, err)
		}
		for _, line := range onDisk(t, log) {
			t.Errorf("%s: %s", name, line)
		}
	}
	if pages < 60 {
		t.Fatalf("only %d files came", pages)
	}

	r, err := sitepipe.Start(context.Background(), traced)
	if err != nil {
		t.Fatal(err)
	}
	views := 0
	next := func() (sitepipe.Frame, bool, error) {
		views++
		return sitepipe.Frame{Name: fmt.Sprint(views), Lang: "nb", Template: "member", Body: []byte(`{"given":"plantetnavn"}`)}, views <= 500, nil
	}
	err = r.Views(o, siteFiles(t), next, func(string, []byte) error { return nil })
	if err != nil && !errors.As(err, new(sitepipe.Problems)) {
		t.Error(err)
	}
	if err != nil && strings.Contains(err.Error(), "plantet") {
		t.Error("an error names a member")
	}
	for _, line := range onDisk(t, log) {
		t.Errorf("personal pages: %s", line)
	}
	if b, _ := os.ReadFile(log); strings.Contains(string(b), "plantet") {
		t.Error("a member's name is in what the renderer asked of the system")
	}
}
