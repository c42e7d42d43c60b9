package cli

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/medlem-register/medlem/internal/handout"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sitepipe"
)

// handouts makes the PDFs that pages of a site ask for, and puts them among its
// files. Each is made of its page, so that it says the same.
func (a *app) handouts(files map[string][]byte, base string, day register.Day) error {
	root, err := url.Parse(base)
	if err != nil {
		return err
	}
	type made struct {
		name string
		body []byte
		err  error
	}
	var mu sync.Mutex
	var all []made
	var wg sync.WaitGroup
	busy := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		page := files[name]
		if path.Ext(name) != ".html" {
			continue
		}
		at := handout.Of(page)
		if at == "" {
			continue
		}
		wg.Go(func() {
			busy <- struct{}{}
			defer func() { <-busy }()
			x := made{name: strings.TrimPrefix(at, root.Path)}
			if x.err = sitepipe.CheckPath(x.name); x.err == nil && path.Ext(x.name) != ".pdf" {
				x.err = fmt.Errorf("%s: not the name of a PDF", x.name)
			}
			if x.err == nil {
				x.body, x.err = handout.Make(page, day.Time())
			}
			if x.err != nil {
				x.err = fmt.Errorf("%s: make its PDF: %w", name, x.err)
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, x)
		})
	}
	wg.Wait()
	slices.SortFunc(all, func(a, b made) int { return strings.Compare(a.name, b.name) })
	for _, x := range all {
		if x.err != nil {
			return x.err
		}
		if _, taken := files[x.name]; taken {
			return fmt.Errorf("%s is made twice: give one of the two files another name", x.name)
		}
		files[x.name] = x.body
	}
	return nil
}
