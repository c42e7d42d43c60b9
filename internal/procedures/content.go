package procedures

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sheet"
	"github.com/medlem-register/medlem/internal/sitepipe"
)

// builtIn are the pages of every site, content/<language>/…, in the languages of
// the theme. What stands in the register's site/ under the same name takes their
// place.
//
//go:embed all:content
var builtIn embed.FS

// folders are those of an organisation's site/ folder. What lies directly in it
// is for those who keep the register.
var folders = []string{"content", "assets", "i18n", "static"}

// RecordName is the file of a site that says what it was built of: the day and
// the commit of main, so that it can be built again and compared.
const RecordName = "build.txt"

// Record is the content of RecordName.
func Record(day register.Day, head gitstore.ID) []byte {
	return fmt.Appendf(nil, "day %s\nmain %s\n", day, head)
}

// ParseRecord reads what Record made.
func ParseRecord(b []byte) (register.Day, gitstore.ID, error) {
	bad := fmt.Errorf("%s: not what medlem writes there", RecordName)
	lines := strings.Split(string(b), "\n")
	if len(lines) != 3 || lines[2] != "" {
		return "", gitstore.ZeroID, bad
	}
	d, ok := strings.CutPrefix(lines[0], "day ")
	m, ok2 := strings.CutPrefix(lines[1], "main ")
	day, err := register.ParseDay(d)
	id, err2 := gitstore.ParseID(m)
	if !ok || !ok2 || err != nil || err2 != nil {
		return "", gitstore.ZeroID, bad
	}
	return day, id, nil
}

// pages are the files of the site beside the data, and enters the built-in ones
// into the history.
func (t *telling) pages(h *historyJSON) (map[string]sitepipe.Frame, error) {
	out := map[string]sitepipe.Frame{}
	for _, lang := range t.policy.Languages {
		from := builtInFor(lang)
		if from == "" {
			continue
		}
		root := path.Join("content", from)
		err := fs.WalkDir(builtIn, root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			body, err := builtIn.ReadFile(name)
			to := path.Join("content", lang, strings.TrimPrefix(name, root+"/"))
			out[to] = sitepipe.Frame{Body: body, Edited: BuiltInDay.Time()}
			if _, ok := h.Files[to]; !ok {
				h.Files[to] = editedJSON{Edited: BuiltInDay}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	own, err := t.own()
	if err != nil {
		return nil, err
	}
	for name, body := range own {
		top, _, inFolder := strings.Cut(name, "/")
		if !inFolder {
			continue
		}
		if !slices.Contains(folders, top) {
			return nil, fmt.Errorf("site/%s: a site's files lie in %s", name, strings.Join(folders, ", "))
		}
		if lang, _, _ := strings.Cut(strings.TrimPrefix(name, "content/"), "/"); top == "content" && !slices.Contains(t.policy.Languages, lang) {
			return nil, fmt.Errorf("site/%s: organisation.yaml does not have the language %q", name, lang)
		}
		var edited time.Time
		if e, ok := h.Files[name]; ok {
			edited = e.Edited.Time()
		}
		if t.Site != nil { // being written: not edited on any day that main knows
			edited = t.Day.Time()
			h.Files[name] = editedJSON{Edited: t.Day}
		}
		out[name] = sitepipe.Frame{Body: body, Edited: edited}
	}
	if err := t.templates(out); err != nil {
		return nil, err
	}
	out["static/"+RecordName] = sitepipe.Frame{Body: Record(t.Day, t.Head)}
	// What was in the register once, and is no longer, has no page.
	for name := range h.Files {
		if _, ok := out[name]; !ok && !strings.HasPrefix(name, "policies/") {
			delete(h.Files, name)
		}
	}
	return out, nil
}

// builtInFor is the language whose built-in pages serve a language: its own, or
// the nearest; "" where there are none at all.
func builtInFor(lang string) string {
	for _, l := range policy.Fallbacks(lang) {
		if info, err := fs.Stat(builtIn, path.Join("content", l)); err == nil && info.IsDir() {
			return l
		}
	}
	return ""
}

// own are the organisation's files, by their path below site/.
func (t *telling) own() (map[string][]byte, error) {
	if t.Site != nil || t.Head.IsZero() {
		return t.Site, nil
	}
	c, err := gitstore.ReadCommit(t.Repo, t.Head)
	if err != nil {
		return nil, err
	}
	out, size := map[string][]byte{}, 0
	err = gitstore.Walk(t.Repo, c.Tree, "site", func(name string, e gitstore.Entry) error {
		if e.Mode != gitstore.ModeFile {
			return fmt.Errorf("%s: not a plain file", name)
		}
		b, err := blob(t.Repo, e.ID, sitepipe.FileLimit)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if size += len(b); size > sitepipe.SourceBytes || len(out) == sitepipe.SourceFiles {
			return fmt.Errorf("site: %w", sitepipe.ErrTooMuch)
		}
		out[strings.TrimPrefix(name, "site/")] = b
		return nil
	})
	return out, err
}

// templateName is the workbook among the downloads.
const templateName = "downloads/template.xlsx"

// templates puts the workbook in which members are written down beside the page of
// downloads, in each language that has such a page. The organisation's own stands.
func (t *telling) templates(out map[string]sitepipe.Frame) error {
	for _, lang := range t.policy.Languages {
		to := path.Join("content", lang, templateName)
		if _, ok := out[path.Join("content", lang, "downloads/index.md")]; !ok {
			continue
		}
		if _, ok := out[to]; ok {
			continue
		}
		spec := sheet.BlankTemplate(t.policy, lang)
		if len(spec.Columns) == 0 {
			continue
		}
		b, err := sheet.Template(spec)
		if err != nil {
			return err
		}
		out[to] = sitepipe.Frame{Body: b}
	}
	return nil
}
