package site

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/gohugoio/hugo/hugolib"
)

// Templates are the templates of personal pages, parsed once and executed for
// each: no page, no file and no name for it. They are safe for concurrent use.
type Templates struct {
	h     *hugolib.HugoSites
	langs map[string]*hugolib.Site
	texts map[string]map[string]string // by language and key
}

// OpenTemplates parses the templates and the texts of a spec, and renders
// nothing. The caller closes what it returns.
func OpenTemplates(spec Spec) (t *Templates, err error) {
	building.Lock()
	defer building.Unlock()
	log := &complaints{}
	defer func() { err = log.verdict(err, spec.Warn) }()
	defer recovered(&err)
	h, err := open(spec, &output{names: map[string]bool{}, emit: func(string, []byte) error { return errNothing }}, log, lock)
	if err != nil {
		return nil, err
	}
	if err := h.Build(hugolib.BuildCfg{NoBuildLock: true, SkipRender: true}); err != nil {
		h.Close()
		return nil, err
	}
	texts, err := plainTexts(spec)
	if err != nil {
		h.Close()
		return nil, err
	}
	t = &Templates{h: h, langs: map[string]*hugolib.Site{}, texts: texts}
	for _, s := range h.Sites {
		t.langs[s.Language().Lang] = s
	}
	return t, nil
}

var errNothing = errors.New("templates of personal pages write no file")

// Close lets go of what was parsed.
func (t *Templates) Close() error { return t.h.Close() }

var templateName = regexp.MustCompile(`^[a-z]+(?:-[a-z]+)*$`)

var templatePlace = regexp.MustCompile(`_partials/[a-z0-9/._-]+:\d+(?::\d+)?`)

// Execute writes one personal page: layouts/_partials/views/<template>.html with
// data, in one of the site's languages. The template finds the texts of that
// language in .t ({{ .t.home }}, much cheaper than {{ i18n "home" }}, which it
// needs for numbers alone), so that data must have no t. An error says which line of the template
// failed, and nothing else: Hugo's own may quote what stands in data.
func (t *Templates) Execute(w io.Writer, lang, template string, data map[string]any) (err error) {
	s := t.langs[lang]
	if s == nil {
		return fmt.Errorf("the site has no language %q", lang)
	}
	if !templateName.MatchString(template) {
		return errors.New("a view's name is letters and hyphens")
	}
	ti := s.TemplateStore.LookupPartial("views/" + template + ".html")
	if ti == nil {
		return fmt.Errorf("the theme has no view %q", template)
	}
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("view %q failed", template)
		}
	}()
	if data == nil {
		data = map[string]any{}
	}
	data["t"] = t.texts[lang]
	ctx := s.TemplateStore.PrepareTopLevelRenderCtx(context.Background(), nil)
	if err := s.TemplateStore.ExecuteWithContext(ctx, ti, w, data); err != nil {
		if at := templatePlace.FindString(err.Error()); at != "" {
			return fmt.Errorf("view %q failed at %s", template, at)
		}
		return fmt.Errorf("view %q failed", template)
	}
	return nil
}
