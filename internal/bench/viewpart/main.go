//go:build unix

// Command viewpart is what the benchmark of members' own pages runs: it makes the pages
// of N invented members and seals each, and keeps none. It prints the bytes of the last
// page and the largest resident set of a process that it ran, in bytes.
//
//	viewpart piped N PROGRAM   medlem-site renders them, over the pipe
//	viewpart bare N THEME      html/template does, in this process, with the same texts
//	                           and data and a template that is written out; a test of
//	                           internal/site says that both make the same page
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"

	"gopkg.in/yaml.v3"

	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sitepipe"
	"github.com/medlem-register/medlem/internal/view"
)

const site = "https://example.org/"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 4 {
		return fmt.Errorf("usage: viewpart piped N PROGRAM, or viewpart bare N THEME")
	}
	n, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	m, err := maker()
	if err != nil {
		return err
	}
	last := 0
	switch os.Args[1] {
	case "piped":
		last, err = piped(m, n, os.Args[3])
	case "bare":
		last, err = bare(m, n, os.Args[3])
	}
	if err != nil {
		return err
	}
	var ru syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &ru); err != nil {
		return err
	}
	rss := int64(ru.Maxrss)
	if runtime.GOOS != "darwin" {
		rss <<= 10 // everybody else counts in KiB
	}
	fmt.Println(last, rss)
	return nil
}

// piped is what medlem site build --views does.
func piped(m *view.Maker, n int, program string) (last int, err error) {
	same, err := m.Shared(site)
	if err != nil {
		return 0, err
	}
	r, err := sitepipe.Start(context.Background(), program)
	if err != nil {
		return 0, err
	}
	var mu sync.Mutex
	secrets := map[string]string{}
	i := 0
	next := func() (sitepipe.Frame, bool, error) {
		if i == n {
			return sitepipe.Frame{}, false, nil
		}
		f, err := m.Frame(subjectOf(i))
		f.Name = strconv.Itoa(i)
		i++
		mu.Lock()
		secrets[f.Name] = seal.NewViewSecret()
		mu.Unlock()
		return f, true, err
	}
	p := m.Policy
	return last, r.Views(sitepipe.Options{BaseURL: site, Day: string(m.Day), Languages: p.Languages, Title: p.Organisation.Name}, []sitepipe.Frame{same}, next,
		func(name string, html []byte) error {
			mu.Lock()
			secret := secrets[name]
			delete(secrets, name)
			mu.Unlock()
			last = len(html)
			return sealed(secret, html)
		})
}

func sealed(secret string, html []byte) error {
	if _, err := seal.PageName(secret); err != nil {
		return err
	}
	_, err := seal.SealPage(secret, html)
	return err
}

// bare renders with html/template alone, with the same template in one process.
func bare(m *view.Maker, n int, theme string) (last int, err error) {
	same, err := m.Shared(site)
	if err != nil {
		return 0, err
	}
	var shared map[string]any
	if err := json.Unmarshal(same.Body, &shared); err != nil {
		return 0, err
	}
	texts := map[string]map[string]string{}
	for _, l := range m.Policy.Languages {
		b, err := os.ReadFile(filepath.Join(theme, "i18n", l+".yaml"))
		if err != nil {
			return 0, err
		}
		all := map[string]any{}
		if err := yaml.Unmarshal(b, &all); err != nil {
			return 0, err
		}
		texts[l] = map[string]string{}
		for k, v := range all {
			if s, ok := v.(string); ok {
				texts[l][k] = s
			}
		}
	}
	t := template.New("")
	hugo := map[string]any{"Data": map[string]any{"views": shared}}
	cached := map[string]template.HTML{}
	t.Funcs(template.FuncMap{
		"hugo": func() map[string]any { return hugo },
		"int":  func(x float64) int { return int(x) },
		"i18n": func(key string, n int) string { return strconv.Itoa(n) + " " + key },
		"partialCached": func(name string, data any, variants ...any) (template.HTML, error) {
			key := fmt.Sprint(append(variants, name)...)
			if h, ok := cached[key]; ok {
				return h, nil
			}
			var b bytes.Buffer
			err := t.ExecuteTemplate(&b, filepath.Base(name), data)
			cached[key] = template.HTML(b.String())
			return cached[key], err
		},
	})
	if _, err := t.ParseGlob(filepath.Join(theme, "../testdata/view/plain/*.html")); err != nil {
		return 0, err
	}
	var page bytes.Buffer
	for i := range n {
		x := m.Of(subjectOf(i))
		data := plain(x)
		data["t"] = texts[x.Lang]
		page.Reset()
		if err := t.ExecuteTemplate(&page, "me.html", data); err != nil {
			return 0, err
		}
		last = page.Len()
		if err := sealed(seal.NewViewSecret(), page.Bytes()); err != nil {
			return 0, err
		}
	}
	return last, nil
}
