package procedures

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sitepipe"
)

// editionsLimit is how many earlier editions of procedures a site keeps readable,
// the newest.
const editionsLimit = 60

// An edition is a procedure as it was when review.yaml gave it another version
// number: its text and the values of the policy of the last commit of that time.
type edition struct {
	procedure string
	version   string
	until     register.Day // when the next one took its place
	last      *gitstore.Commit
}

// editionsEnded notes the procedures whose version a commit changed.
func (t *telling) editionsEnded(was *gitstore.Commit, tree gitstore.ID, day register.Day) error {
	a, err := policyFiles(t.Repo, was.Tree)
	if err != nil {
		return err
	}
	b, err := policyFiles(t.Repo, tree)
	if err != nil {
		return err
	}
	before, after := versionsOf(a), versionsOf(b)
	for _, v := range before {
		is := ""
		for _, x := range after {
			if x.procedure == v.procedure {
				is = x.version
			}
		}
		if v.version != is && len(t.editions) < editionsLimit {
			v.until, v.last = day, was
			t.editions = append(t.editions, v)
		}
	}
	return nil
}

// versionsOf are the versions that review.yaml states, in its order.
func versionsOf(files map[string][]byte) []edition {
	var out []edition
	for _, v := range policy.Values(map[string][]byte{"review.yaml": files["review.yaml"]}) {
		if s, ok := v.Plain.(string); ok && v.Place == "review.procedures.*.version" && s != "" {
			out = append(out, edition{procedure: strings.Split(v.Path, ".")[2], version: s})
		}
	}
	return out
}

// then is the telling of other policy files, in the languages of today.
func (t *telling) then(files map[string][]byte) *telling {
	x := &telling{Input: t.Input, state: t.state, policy: t.policy, files: files}
	if p, _ := policy.LoadPack(files); p != nil {
		p.Languages = t.policy.Languages
		x.policy = p
	}
	x.all = policy.Values(files)
	x.names = namesOf(x.all)
	return x
}

// procedureOf finds the procedure that a page says it is.
var procedureOf = regexp.MustCompile(`(?m)^procedure: *"?([a-z0-9-]+)"? *$`)

// dropped are the lines of a page's head that an earlier edition does not have.
var dropped = regexp.MustCompile(`(?m)^(?:menu|weight|procedure):.*\n`)

// earlier puts the earlier editions of procedures among the pages, and returns the
// values of the policy that they show, by commit.
func (t *telling) earlier(out map[string]sitepipe.Frame) (map[string]valuesJSON, error) {
	past := map[string]valuesJSON{}
	for _, e := range t.editions {
		commit := e.last.ID.String()[:versionLength]
		var pages map[string][]byte
		for _, lang := range t.policy.Languages {
			now := ""
			for name, f := range out {
				if m := procedureOf.FindSubmatch(f.Body); m != nil && string(m[1]) == e.procedure && strings.HasPrefix(name, "content/"+lang+"/procedures/") {
					now = name
				}
			}
			if now == "" {
				continue
			}
			body := out[now].Body
			if pages == nil {
				var err error
				if pages, err = t.pagesAt(e.last); err != nil {
					return nil, err
				}
			}
			if b, ok := pages[now]; ok {
				body = b
			} else if b, err := builtIn.ReadFile(path.Join("content", builtInFor(lang), strings.TrimPrefix(now, "content/"+lang+"/"))); err == nil {
				body = b
			}
			head, text, ok := bytes.Cut(bytes.TrimPrefix(body, []byte("---\n")), []byte("\n---"))
			if !ok {
				continue
			}
			name := strings.TrimSuffix(path.Base(now), ".md")
			to := fmt.Sprintf("content/%s/versions/%s/%s.md", lang, name, commit)
			made := fmt.Appendf(nil, "---\n%s\nedition: %q\nedition_of: %q\nedition_until: %q\nedition_page: %q\n---%s",
				bytes.TrimRight(dropped.ReplaceAll(append(head, '\n'), nil), "\n"), e.version, commit, e.until, "/procedures/"+name, text)
			out[to] = sitepipe.Frame{Body: made, Edited: register.DayOf(e.last.Committer.When).Time()}
		}
		if _, ok := past[commit]; !ok {
			files, err := policyFiles(t.Repo, e.last.Tree)
			if err != nil {
				return nil, err
			}
			past[commit] = t.then(files).values()
		}
	}
	return past, nil
}

// pagesAt are the organisation's own pages of a commit, by their path below site/.
func (t *telling) pagesAt(c *gitstore.Commit) (map[string][]byte, error) {
	out, size := map[string][]byte{}, 0
	err := gitstore.Walk(t.Repo, c.Tree, "site", func(name string, e gitstore.Entry) error {
		if e.Mode != gitstore.ModeFile || !strings.HasSuffix(name, ".md") || size > sitepipe.SourceBytes {
			return nil
		}
		b, err := blob(t.Repo, e.ID, sitepipe.FileLimit)
		size += len(b)
		out[strings.TrimPrefix(name, "site/")] = b
		return err
	})
	return out, err
}
