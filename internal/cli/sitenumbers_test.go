package cli

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/procedures"
	"github.com/medlem-register/medlem/internal/slow"
)

// notByCheck are the numbers of a policy that no rule of the check holds anybody to,
// each with what does, or why nothing can.
var notByCheck = map[string]string{
	"dues.lapse.unpaid-years":               "dues are no part of the register's check: sensitive, and sealed",
	"dues.reminders.min":                    "as dues.lapse.unpaid-years",
	"dues.reminders.max":                    "as dues.lapse.unpaid-years",
	"fields.fields.*.max":                   "what stands in a record is sealed: the merge and the officer's tool count its characters",
	"lists.password":                        "passwords never reach the register: medlem draw makes and takes none that is shorter",
	"lists.small-counts":                    "what is published is made by medlem report, which hides smaller numbers",
	"pages.lock-after":                      "the page in the member's browser locks itself",
	"pages.keep":                            "old joining identities lie sealed in keyrings: the secretariat's tool keeps and drops them",
	"retention.keep-versions":               "earlier versions stand in sealed records: the merge sets the day",
	"retention.rotate":                      "when a key was made is known to its holder: her own tool reminds her",
	"review.procedures.*.every":             "the site: a strict build fails when a review is overdue",
	"sendings.email.attachments.kilobytes":  "a text and what goes with it never reach the register: medlem mail warns",
	"sendings.email.attachments.recipients": "as sendings.email.attachments.kilobytes",
	"sendings.plan-window":                  "others' plans are shown to whoever is about to write; they refuse nothing",
	"sendings.sms.characters":               "a text never reaches the register: medlem sms counts it",
	"sendings.sms.per-month":                "whom a message reached is sealed: medlem sms leaves her out",
	"tests.tests.*.holders":                 "the policy's own tests: a part of a case, not a rule",
	"tests.tests.*.unit.members":            "as tests.tests.*.holders",
}

// numbers are the values of policy files that are numbers.
func numbers(files map[string][]byte) []policy.Value {
	return slices.DeleteFunc(policy.Values(files), func(v policy.Value) bool { _, ok := v.Plain.(int64); return !ok })
}

// withNumber is policy files with another number at one place: the last on its
// line that is this one after its key.
func withNumber(t *testing.T, files map[string][]byte, v policy.Value, n int64) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for name, text := range files {
		out[name] = text
	}
	lines := bytes.Split(slices.Clone(files[v.File]), []byte("\n"))
	key := v.Path[strings.LastIndexByte(v.Path, '.')+1:]
	re := regexp.MustCompile(`(\b` + regexp.QuoteMeta(key) + `: *)` + fmt.Sprint(v.Plain) + `\b`)
	line := lines[v.Line-1]
	if len(re.FindAll(line, -1)) != 1 {
		t.Fatalf("%s: line %d of %s does not state it once: %s", v.Path, v.Line, v.File, line)
	}
	lines[v.Line-1] = re.ReplaceAll(line, []byte("${1}"+strconv.FormatInt(n, 10)))
	out[v.File] = bytes.Join(lines, []byte("\n"))
	return out
}

// explained is what medlem policy explain says of every rule, by rule.
func explained(files map[string][]byte) map[string]string {
	out := map[string]string{}
	for _, r := range check.Rules() {
		e, _ := desk.Explain(r.ID, files)
		out[r.ID] = fmt.Sprint(e.Sources)
	}
	return out
}

// Every number of the standard policy and of each pack, changed in its file alone,
// is another in what the rule that comes from it says, and in the data of that
// rule's page; or it stands among those that no rule of the check enforces, with
// the reason. Reasons are not kept for numbers that are enforced, or for none.
func TestB07(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range append(policy.Packs(), "") {
		files := sitePolicies(t, name)
		all := numbers(files)
		if len(all) < 2 {
			t.Fatalf("pack %s: %d numbers", name, len(all))
		}
		was := explained(files)
		for _, v := range all {
			seen[v.Place] = true
			now := explained(withNumber(t, files, v, v.Plain.(int64)+1))
			var changed []string
			for rule, text := range now {
				if text != was[rule] {
					changed = append(changed, rule)
				}
			}
			slices.Sort(changed)
			reason := notByCheck[v.Place]
			switch {
			case reason == "" && len(changed) == 0:
				t.Errorf("pack %s: %s changes no rule and has no reason", name, v.Path)
			case reason != "" && len(changed) > 0:
				t.Errorf("pack %s: %s changes %v, and has a reason why it does not", name, v.Path, changed)
			}
		}
	}
	for place := range notByCheck {
		if !seen[place] {
			t.Errorf("a reason for %s, which no policy has", place)
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d places", len(seen))
	}
}

// quoted finds the values of the policy on a page, by their path.
var quoted = regexp.MustCompile(`data-policy="([^"]+)">([^<]*)</data>`)

func quotes(body string) map[string][]string {
	out := map[string][]string{}
	for _, m := range quoted.FindAllStringSubmatch(body, -1) {
		out[m[1]] = append(out[m[1]], m[2])
	}
	return out
}

// All numbers of a policy are changed in its files, and in nothing else: each that
// stands on a page, in whatever language, is the new one everywhere that it
// stands: on procedures, in tables, in guides and their PDFs, on the pages of rules.
func TestB07Pages(t *testing.T) {
	slow.Test(t)
	program := filepath.Join(rendererDir(t, false), rendererName)
	a := newApp(Env{Stdin: strings.NewReader(""), Getenv: func(string) string { return "" }}, nil)
	site := func(files map[string][]byte) map[string][]byte {
		s, err := procedures.Assemble(procedures.Input{Policies: files, Day: "2026-11-22", Commands: a.commands, Places: desk.Places})
		if err != nil {
			t.Fatal(err)
		}
		out, _ := rendered(t, program, s)
		all := map[string][]byte{}
		for name, body := range out {
			all[name] = []byte(body)
		}
		if err := a.handouts(all, "https://prove.example/register/", "2026-11-22"); err != nil {
			t.Fatal(err)
		}
		return all
	}
	for _, name := range append(policy.Packs(), "") {
		t.Run("pack "+name, func(t *testing.T) {
			files := sitePolicies(t, name)
			changed := files
			moved := map[string]bool{}
			for _, v := range numbers(files) {
				if strings.HasPrefix(v.Path, "tests.") {
					continue // they say what the others come to
				}
				step := int64(1)
				if v.Place == "access.limits.files" { // the most that there may be
					step = -1
				}
				changed = withNumber(t, changed, v, v.Plain.(int64)+step)
				moved[v.Path] = true
			}
			delete(changed, "tests.yaml")
			was, is := site(files), site(changed)
			stands, pdfs, rules, procs := map[string]bool{}, 0, 0, 0
			for page, body := range was {
				if strings.HasSuffix(page, ".pdf") && strings.HasPrefix(page, "guides/") && !bytes.Equal(body, is[page]) {
					pdfs++
				}
				if !strings.HasSuffix(page, ".html") {
					continue
				}
				now := quotes(string(is[page]))
				for path, texts := range quotes(string(body)) {
					if !moved[path] {
						continue
					}
					stands[path] = true
					switch {
					case strings.Contains(page, "/rules/"):
						rules++
					case strings.Contains(page, "/procedures/"):
						procs++
					}
					if len(now[path]) != len(texts) {
						t.Fatalf("%s: %s stands %d times, then %d", page, path, len(texts), len(now[path]))
					}
					for i, text := range texts {
						if text == now[path][i] {
							t.Errorf("%s: %s is %q still", page, path, text)
						}
					}
				}
			}
			if rules == 0 || (pdfs == 0 || procs == 0) && name != "unionen" { // whose only numbers are least seats
				t.Errorf("%d guides as PDF changed, %d numbers on pages of rules, %d on procedures", pdfs, rules, procs)
			}
			for path := range moved {
				if !stands[path] && !strings.HasPrefix(path, "access.limits") && !strings.HasSuffix(path, ".max") {
					t.Logf("on no page: %s", path)
				}
			}
		})
	}
}
