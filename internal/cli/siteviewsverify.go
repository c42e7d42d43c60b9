package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// foundViews is what was found of the members' own pages on a live site.
type foundViews struct {
	There   int                 `json:"there"`   // pages that their members' secrets open
	Missing []register.RecordID `json:"missing"` // whose page is not there
	Wrong   []register.RecordID `json:"wrong"`   // whose secret does not open what lies there
}

// findViews asks a live site for the page of every member whose page the identity could
// make, and opens it. That somebody has a page is known to nobody else: the names follow
// from the secrets.
func (s *session) findViews(ctx context.Context, get *fetcher) (*foundViews, error) {
	type page struct {
		id     register.RecordID
		secret string
	}
	out := &foundViews{Missing: []register.RecordID{}, Wrong: []register.RecordID{}}
	pages := make(chan page)
	var mu sync.Mutex
	var failed error
	var wg sync.WaitGroup
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for range fetchAtOnce {
		wg.Go(func() {
			for p := range pages {
				opens, err := viewOpens(ctx, get, p.secret)
				mu.Lock()
				switch {
				case errors.Is(err, errNotThere):
					out.Missing = append(out.Missing, p.id)
				case err != nil && failed == nil:
					failed = err
					stop()
				case err == nil && !opens:
					out.Wrong = append(out.Wrong, p.id)
				case err == nil:
					out.There++
				}
				mu.Unlock()
			}
		})
	}
	_, err := s.ViewSecrets(func(id register.RecordID, secret string) error {
		select {
		case pages <- page{id, secret}:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	close(pages)
	wg.Wait()
	slices.Sort(out.Missing)
	slices.Sort(out.Wrong)
	if failed != nil {
		return nil, failed
	}
	return out, err
}

// viewOpens tells whether what lies under the name of a secret opens with it.
func viewOpens(ctx context.Context, get *fetcher, secret string) (bool, error) {
	name, err := seal.PageName(secret)
	if err != nil {
		return false, err
	}
	file, err := get.file(ctx, name, seal.PageFileLimit)
	switch {
	case errors.Is(err, errTooLong):
		return false, nil
	case err != nil:
		return false, err
	}
	text, err := seal.OpenPage(secret, file)
	clear(text)
	return err == nil, nil
}

func (a *app) printFoundViews(w io.Writer, v *foundViews) {
	if v == nil {
		return
	}
	for _, id := range v.Missing {
		fmt.Fprintln(w, a.tr("missing: the own page of member {{.ID}}", "ID", id))
	}
	for _, id := range v.Wrong {
		fmt.Fprintln(w, a.tr("does not open: the own page of member {{.ID}}", "ID", id))
	}
	fmt.Fprintln(w, a.trn(v.There, "{{.N}} member's own page is there and opens.", "{{.N}} members' own pages are there and open."))
}
