package procedures

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
)

// Bounds of what is told of the past.
const (
	changesLimit = 200 // commits whose changes of the policy are told, the newest
	whatLimit    = 200 // places that are told of one of them
	filesLimit   = 20_000
)

// BuiltInDay is the day on which the built-in pages were last changed. A test
// fails when they change and it does not: see TestBuiltInDay.
const BuiltInDay register.Day = "2026-11-22"

// ErrUnsigned: a commit that changed the policy or the site is not signed by
// whoever might.
var ErrUnsigned = errors.New("main was not kept by the rules; medlem verify says where")

type editedJSON struct {
	Edited  register.Day      `json:"edited"`
	Version string            `json:"version,omitempty"`
	By      map[string]string `json:"by,omitempty"` // the editor's office
}

type placeJSON struct {
	Path string            `json:"path"`
	Text map[string]string `json:"text"`
	Was  string            `json:"was"`
	Is   string            `json:"is"`
}

type changeJSON struct {
	Day     register.Day      `json:"day"`
	Version string            `json:"version"`
	By      map[string]string `json:"by,omitempty"`
	File    string            `json:"file"`
	What    []placeJSON       `json:"what"`
}

type historyJSON struct {
	Version string                `json:"version"`
	Files   map[string]editedJSON `json:"files"`
	Changes []changeJSON          `json:"changes"`
}

const versionLength = 12 // hexadecimal digits of a commit's id

// history follows main from its head to its first commit.
func (t *telling) history() (*historyJSON, error) {
	out := &historyJSON{Files: map[string]editedJSON{}, Changes: []changeJSON{}}
	if t.Head.IsZero() {
		return out, nil
	}
	out.Version = t.Head.String()[:versionLength]
	told := 0
	c, err := gitstore.ReadCommit(t.Repo, t.Head)
	for err == nil {
		parent := &gitstore.Commit{}
		if len(c.Parents) > 0 {
			if parent, err = gitstore.ReadCommit(t.Repo, c.Parents[0]); err != nil {
				break
			}
		}
		var changed []string
		if changed, err = t.changed(parent.Tree, c.Tree); err != nil {
			break
		}
		if len(changed) > 0 {
			var by map[string]string
			if by, err = t.editor(c, parent); err != nil {
				break
			}
			e := editedJSON{register.DayOf(c.Committer.When), c.ID.String()[:versionLength], by}
			var fresh bool
			for _, name := range changed {
				if _, ok := out.Files[name]; !ok {
					out.Files[name] = e
				}
				fresh = fresh || strings.HasPrefix(name, "policies/")
			}
			if slices.Contains(changed, "policies/review.yaml") && !parent.ID.IsZero() {
				if err = t.editionsEnded(parent, c.Tree, e.Edited); err != nil {
					break
				}
			}
			if fresh && !parent.ID.IsZero() && told < changesLimit {
				told++
				var more []changeJSON
				if more, err = t.changes(parent.Tree, c.Tree, e); err != nil {
					break
				}
				out.Changes = append(out.Changes, more...)
			}
		}
		if len(c.Parents) == 0 {
			return out, nil
		}
		c = parent
	}
	return nil, fmt.Errorf("read main's history: %w", err)
}

// changed lists the files of the policy and the site that differ between two
// trees: "policies/lists.yaml", "content/nb/procedures/lists.md".
func (t *telling) changed(was, is gitstore.ID) ([]string, error) {
	var out []string
	for _, top := range []string{"policies", "site"} {
		a, _, err := gitstore.Find(t.Repo, was, top)
		if err != nil {
			return nil, err
		}
		b, _, err := gitstore.Find(t.Repo, is, top)
		if err != nil {
			return nil, err
		}
		if a.ID == b.ID {
			continue
		}
		err = gitstore.DiffAtMost(t.Repo, a.ID, b.ID, filesLimit, func(x gitstore.Change) error {
			if top == "policies" {
				x.Path = "policies/" + x.Path
			}
			out = append(out, x.Path)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// editor returns the office of whoever made a commit, or the proposal that it
// merges, after it has seen that main's commit is signed by the secretariat. It
// is never a name or a handle.
func (t *telling) editor(c, parent *gitstore.Commit) (map[string]string, error) {
	tree := parent.Tree
	if len(c.Parents) == 0 {
		tree = c.Tree
	}
	s, err := t.Loader.At(tree)
	if err != nil {
		return nil, err
	}
	day := register.DayOf(c.Committer.When)
	key, err := sign.Verify(c.Raw)
	if err != nil {
		return nil, fmt.Errorf("commit %s: %w: %w", c.ID.String()[:versionLength], ErrUnsigned, err)
	}
	who, ok := s.SignerOf(key.Marshal())
	if !ok || s.Policy == nil || !s.MayMerge(who, day) {
		return nil, fmt.Errorf("commit %s: %w", c.ID.String()[:versionLength], ErrUnsigned)
	}
	if len(c.Parents) > 1 {
		last, err := gitstore.ReadCommit(t.Repo, c.Parents[1])
		if err != nil {
			return nil, err
		}
		if key, err := sign.Verify(last.Raw); err == nil {
			if h, ok := s.SignerOf(key.Marshal()); ok {
				who = h
			}
		}
	}
	return t.officeOf(s, who, day), nil
}

// officeOf is the office through which somebody changes policies, else any of hers.
func (t *telling) officeOf(s *access.State, h register.Handle, day register.Day) map[string]string {
	offices := s.Offices(h, s.Policy.Root().ID, day)
	if len(offices) == 0 {
		return nil
	}
	o := offices[0]
	if i := slices.IndexFunc(offices, func(o *policy.Office) bool { return o.Can(policy.ActPolicy) }); i >= 0 {
		o = offices[i]
	}
	return t.everywhere(o.Name, o.ID)
}

// changes tells what a commit changed in the policy, by file.
func (t *telling) changes(was, is gitstore.ID, e editedJSON) ([]changeJSON, error) {
	a, err := policyFiles(t.Repo, was)
	if err != nil {
		return nil, err
	}
	b, err := policyFiles(t.Repo, is)
	if err != nil {
		return nil, err
	}
	before, after := policy.Values(a), policy.Values(b)
	hidden := slices.Concat(t.hidden, hiddenIn(before), hiddenIn(after))
	names := namesOf(before)
	for path, n := range namesOf(after) {
		names[path] = n
	}
	var out []changeJSON
	for _, d := range policy.Diff(a, b) {
		path := strings.TrimSuffix(d.File, ".yaml") + strings.NewReplacer("/", ".", "~1", "/", "~0", "~").Replace(d.Path)
		if tells(path, hidden) || slices.Contains(hidden, d.Was) || slices.Contains(hidden, d.Is) {
			continue // a unit that nothing published names
		}
		if len(out) == 0 || out[len(out)-1].File != d.File {
			out = append(out, changeJSON{Day: e.Edited, Version: e.Version, By: e.By, File: d.File})
		}
		x := &out[len(out)-1]
		if len(x.What) == whatLimit {
			continue
		}
		x.What = append(x.What, placeJSON{path, t.each(func(l string) string { return t.placeText(path, names, l) }), block(d.Was, path), block(d.Is, path)})
	}
	return out, nil
}

// block is a value as people read it: of a whole block of keys, what it is called
// in the files.
func block(s, path string) string {
	if strings.HasPrefix(s, "{") {
		return path[strings.LastIndexByte(path, '.')+1:]
	}
	return strings.Trim(s, "[]")
}

// placeText says a path in words: "Mailing: columns". What has a name stands for
// the list that it is in; the file is not named.
func (t *telling) placeText(path string, names map[string]map[string]string, lang string) string {
	steps := strings.Split(path, ".")
	at := steps[0]
	var said []string
	for i, step := range steps[1:] {
		at += "." + step
		switch {
		case names[at] != nil:
			said = append(said, t.policy.Label(names[at], lang))
		case i+2 < len(steps) && names[at+"."+steps[i+2]] != nil: // a list of what has names
		default:
			said = append(said, t.keyText(step, lang))
		}
	}
	return sentence(strings.Join(said, ": "))
}

func (t *telling) keyText(key, lang string) string {
	if s := inLanguage(vocabulary().Keys[key], lang); s != "" {
		return s
	}
	return key
}
