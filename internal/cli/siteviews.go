package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/procedures"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sitepipe"
	"github.com/medlem-register/medlem/internal/subject"
	"github.com/medlem-register/medlem/internal/view"
)

// putFile takes one finished, sealed file of a site, by its path. body is the
// caller's again when it returns. It may be called by several at once.
type putFile func(name string, body []byte) error

// A viewInput is what personal pages and officers' views are rendered with.
type viewInput struct {
	program string // medlem-site
	base    string // the address of the site
	day     register.Day
	texts   []sitepipe.Frame // i18n/<language>.yaml of the organisation, and what the theme's texts name
}

// viewCount is what was made besides the public site, and what was not.
type viewCount struct {
	Members    int `json:"members"`    // pages of active members
	Offices    int `json:"offices"`    // officers' views
	Unreadable int `json:"unreadable"` // active members whom the identity does not open
	NoSecret   int `json:"no_secret"`  // active members without a view secret
}

// sealers make the sealed files of a site, one kind each: they hand over every file
// as it is finished, write nothing elsewhere, and add to the count.
var sealers = []func(*session, context.Context, viewInput, *viewCount, putFile) error{(*session).memberPages, (*session).officePages}

// sealedFiles makes every sealed file of a site.
func (s *session) sealedFiles(ctx context.Context, in viewInput, put putFile) (viewCount, error) {
	var n viewCount
	for _, make := range sealers {
		if err := make(s, ctx, in, &n, put); err != nil {
			return n, s.siteError(err)
		}
	}
	return n, put(desk.SealedRecord, desk.SealedDay(in.day))
}

// memberPages makes the page of every active member whom the identity opens.
func (s *session) memberPages(ctx context.Context, in viewInput, n *viewCount, put putFile) error {
	m, past, err := s.viewMaker(in.day)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	made := make(chan sitepipe.Frame)
	var not desk.Unviewed
	var failed error
	secrets := sealing{by: map[string]string{}}
	go func() {
		defer close(made)
		i := 0
		not, failed = s.Views(func(v *desk.View) error {
			f, err := m.Frame(s.subjectOf(v, past, in.day))
			if err != nil {
				return err
			}
			f.Name = strconv.Itoa(i)
			i++
			secrets.wait(f.Name, v.Secret)
			select {
			case made <- f:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	next := func() (sitepipe.Frame, bool, error) {
		f, ok := <-made
		if !ok {
			return f, false, failed
		}
		return f, true, nil
	}
	err = s.renderViews(ctx, in, m, next, func(name string, html []byte) error {
		n.Members++
		return secrets.seal(name, html, put)
	})
	stop()
	for range made { // whoever makes them has ended
	}
	if err == nil {
		err = failed
	}
	if err == nil && secrets.left() > 0 {
		err = fmt.Errorf("%w: %d pages did not come back", sitepipe.ErrRenderer, secrets.left())
	}
	n.Unreadable, n.NoSecret = not.Unreadable, not.NoSecret
	return err
}

// sealing remembers the secrets of the pages that are being rendered.
type sealing struct {
	mu sync.Mutex
	by map[string]string // by the name of the view
}

func (x *sealing) wait(name, secret string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.by[name] = secret
}

func (x *sealing) left() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.by)
}

// seal seals the page that came back under a name, and puts it where its secret says.
func (x *sealing) seal(name string, html []byte, put putFile) error {
	x.mu.Lock()
	secret, ok := x.by[name]
	delete(x.by, name)
	x.mu.Unlock()
	if !ok {
		return fmt.Errorf("%w: it sent a page that nobody asked for", sitepipe.ErrRenderer)
	}
	path, err := seal.PageName(secret)
	if err != nil {
		return err
	}
	file, err := seal.SealPage(secret, html)
	if err != nil {
		return err
	}
	clear(html)
	return put(path, file)
}

// viewMaker is what makes views of this register, and its history.
func (s *session) viewMaker(day register.Day) (*view.Maker, *subject.Past, error) {
	past, err := subject.Follow(s.Repo(), s.Head())
	if err != nil {
		return nil, nil, err
	}
	o := view.Options{Policy: s.Policy(), Day: day, Recipients: map[register.UnitID]string{}}
	for id, u := range s.State().Units {
		if u.Keyring != nil && u.Keyring.Joining != "" {
			o.Recipients[id] = u.Keyring.Joining
		}
	}
	return view.New(o), past, nil
}

// subjectOf is a member as her page shows her.
func (s *session) subjectOf(v *desk.View, past *subject.Past, day register.Day) view.Subject {
	x := view.Subject{Record: v.Member.Record, Readers: past.Readers(v.Member.Path.ID, day), Closed: v.Closed}
	for _, d := range v.Draws {
		l := view.List{Receipt: d.Receipt}
		if d.Receipt.For != "" {
			for _, g := range s.OfficesOf(d.Receipt.For, d.Receipt.Drawn) {
				l.For = append(l.For, view.Holder{Office: g.Office, Of: g.Unit})
			}
		}
		x.Lists = append(x.Lists, l)
	}
	for _, m := range v.Messages {
		x.Messages = append(x.Messages, view.Sent{Day: m.Day, Channel: m.Channel, Subject: m.Subject, Office: m.Office, Of: m.Of})
	}
	return x
}

// renderViews runs the renderer over views, with what they have in common.
func (s *session) renderViews(ctx context.Context, in viewInput, m *view.Maker, next func() (sitepipe.Frame, bool, error), emit func(name string, body []byte) error) error {
	same, err := m.Shared(in.base)
	if err != nil {
		return err
	}
	r, err := sitepipe.Start(ctx, in.program)
	if err != nil {
		return err
	}
	r.Warn = func(text string) { s.warn(text, "") }
	p := s.Policy()
	return r.Views(sitepipe.Options{BaseURL: in.base, Day: string(in.day), Languages: p.Languages, Title: p.Organisation.Name}, append([]sitepipe.Frame{same}, in.texts...), next, emit)
}

// viewInput is what the sealed files of a site are rendered with.
func (a *app) viewInput(in procedures.Input, site *procedures.Site, base string) (viewInput, error) {
	program, err := a.renderer()
	if err != nil {
		return viewInput{}, err
	}
	out := viewInput{program: program, base: base, day: in.Day}
	for _, f := range site.Files {
		if strings.HasPrefix(f.Name, "i18n/") || f.Name == "data/contact.json" {
			out.texts = append(out.texts, f)
		}
	}
	return out, nil
}

// printViews says what there is besides the public site, and what is missing.
func (a *app) printViews(w io.Writer, n *viewCount) {
	if n == nil {
		return
	}
	fmt.Fprintln(w, a.trn(n.Members, "{{.N}} member's own page is in it.", "{{.N}} members' own pages are in it."))
	if n.Offices > 0 {
		fmt.Fprintln(w, a.trn(n.Offices, "{{.N}} officers' view is in it.", "{{.N}} officers' views are in it."))
	}
	if n.Unreadable > 0 {
		fmt.Fprintln(w, a.trn(n.Unreadable, "{{.N}} member has none, since you may not read her.", "{{.N}} members have none, since you may not read them."))
	}
	if n.NoSecret > 0 {
		fmt.Fprintln(w, a.trn(n.NoSecret, "{{.N}} member has none, since the register has no secret for her.", "{{.N}} members have none, since the register has no secret for them."))
	}
}
