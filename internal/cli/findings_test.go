package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/check"
)

// example has a finding of each shape, in the order in which check sorts them.
var example = &check.Report{
	Findings: []check.Finding{
		{Rule: "grant/seats", Path: "data/asker/grants", Message: `2 officers hold the office "chair"`, Hint: "end the predecessor's grant", Unit: "asker"},
		{Rule: "grant/office", Path: "data/asker/grants/o-abcdefghij.yaml", Line: 2, Col: 9, Message: `unknown office "king"`, Hint: "name one of the offices", Unit: "asker", Commit: "0123456789ab"},
		{Rule: "layout/path", Path: `"data/x\n::error file=y::z"`, Message: "no such place"},
		{Rule: "sign/unsigned", Message: "not signed", Hint: "make the change with medlem", Commit: "0123456789ab"},
		{Rule: "check/nothing", Message: "100% of nothing\r\nsecond line"},
	},
	Paths: 42, Commits: 3, Records: 7, Rules: 31, Notes: []string{"sealed keyrings were not looked at"},
}

func write(t *testing.T, r *check.Report, format string, opts ReportOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteReport(&b, r, format, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReportText(t *testing.T) {
	want := `data/asker/grants: grant/seats: 2 officers hold the office "chair"
hint: end the predecessor's grant
data/asker/grants/o-abcdefghij.yaml:2:9: grant/office: unknown office "king" (commit 0123456789ab)
hint: name one of the offices
"data/x\n::error file=y::z": layout/path: no such place
commit 0123456789ab: sign/unsigned: not signed
hint: make the change with medlem
register: check/nothing: 100% of nothing??second line
note: sealed keyrings were not looked at
42 paths, 31 rules, 5 findings
`
	if got := write(t, example, "text", ReportOptions{}); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	colored := write(t, example, "text", ReportOptions{Color: true})
	if !strings.Contains(colored, "\x1b[1mgrant/office\x1b[0m") {
		t.Errorf("no colour in %q", colored)
	}
	if got := write(t, &check.Report{Paths: 1, Rules: 31}, "text", ReportOptions{}); got != "1 path, 31 rules, 0 findings\n" {
		t.Errorf("a clean report: %q", got)
	}
	if got := write(t, &check.Report{Findings: example.Findings[:1]}, "text", ReportOptions{}); !strings.HasSuffix(got, "0 paths, 0 rules, 1 finding\n") {
		t.Errorf("one finding: %q", got)
	}
}

func TestReportJSON(t *testing.T) {
	var got struct {
		Version  int
		Paths    int
		Commits  int
		Records  int
		Rules    int
		Findings []struct {
			Rule, Path, Message, Hint, Unit, Commit, URL string
			Line, Col                                    int
		}
		Warnings []struct{ Rule, Path, Message, Hint, Unit, URL string }
		Notes    []string
	}
	out := write(t, example, "json", ReportOptions{Site: "https://example.org/register/"})
	d := json.NewDecoder(strings.NewReader(out))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Version != 1 || got.Paths != 42 || got.Commits != 3 || got.Records != 7 || got.Rules != 31 || len(got.Notes) != 1 || len(got.Findings) != 5 {
		t.Errorf("got %+v", got)
	}
	f := got.Findings[1]
	if f.Rule != "grant/office" || f.Line != 2 || f.Col != 9 || f.Unit != "asker" || f.Commit != "0123456789ab" || f.URL != "https://example.org/register/grant/office/" {
		t.Errorf("got %+v", f)
	}
	// Programs must find lists where there is nothing to list.
	empty := write(t, &check.Report{}, "json", ReportOptions{})
	if !strings.Contains(empty, `"findings": []`) || !strings.Contains(empty, `"notes": []`) || strings.Contains(empty, "url") {
		t.Errorf("empty report: %s", empty)
	}
}

func TestReportGitHub(t *testing.T) {
	want := []string{
		`::error file=data/asker/grants,title=grant/seats::2 officers hold the office "chair"%0Ahint: end the predecessor's grant`,
		`::error file=data/asker/grants/o-abcdefghij.yaml,line=2,col=9,title=grant/office::unknown office "king" (commit 0123456789ab)%0Ahint: name one of the offices`,
		`::error file="data/x\n%3A%3Aerror file=y%3A%3Az",title=layout/path::no such place`,
		`::error title=sign/unsigned::commit 0123456789ab: not signed%0Ahint: make the change with medlem`,
		`::error title=check/nothing::register: 100%25 of nothing??second line`,
		`::notice title=check::sealed keyrings were not looked at`,
		`42 paths, 31 rules, 5 findings`,
	}
	got := strings.Split(strings.TrimSuffix(write(t, example, "github", ReportOptions{}), "\n"), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d: %q", len(got), len(want), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d:\n got %s\nwant %s", i+1, got[i], want[i])
		}
	}
}

func TestReportGitLab(t *testing.T) {
	type issue struct {
		Description string `json:"description"`
		CheckName   string `json:"check_name"`
		Fingerprint string `json:"fingerprint"`
		Severity    string `json:"severity"`
		Location    struct {
			Path  string `json:"path"`
			Lines struct {
				Begin int `json:"begin"`
			} `json:"lines"`
		} `json:"location"`
	}
	decode := func(r *check.Report) []issue {
		var is []issue
		if err := json.Unmarshal([]byte(write(t, r, "gitlab", ReportOptions{})), &is); err != nil {
			t.Fatal(err)
		}
		return is
	}
	is := decode(example)
	if len(is) != 5 {
		t.Fatalf("%d issues", len(is))
	}
	prints := map[string]bool{}
	for _, x := range is {
		if x.Severity != "major" || x.Location.Path == "" || x.Location.Lines.Begin < 1 || x.Fingerprint == "" || !strings.HasPrefix(x.Description, x.CheckName) {
			t.Errorf("issue %+v", x)
		}
		prints[x.Fingerprint] = true
	}
	if len(prints) != 5 {
		t.Errorf("%d different fingerprints of 5 findings", len(prints))
	}
	if is[1].Location.Lines.Begin != 2 {
		t.Errorf("line %d", is[1].Location.Lines.Begin)
	}
	// A finding keeps its fingerprint when only its line moves.
	moved := *example
	moved.Findings = append([]check.Finding{}, example.Findings...)
	moved.Findings[1].Line = 40
	if got := decode(&moved)[1].Fingerprint; got != is[1].Fingerprint {
		t.Error("the fingerprint follows the line")
	}
	twice := &check.Report{Findings: []check.Finding{example.Findings[0], example.Findings[0]}}
	if x := decode(twice); x[0].Fingerprint == x[1].Fingerprint {
		t.Error("two findings share a fingerprint")
	}
	if got := write(t, &check.Report{}, "gitlab", ReportOptions{}); got != "[]\n" {
		t.Errorf("no findings: %q", got)
	}
}

func TestReportSARIF(t *testing.T) {
	var got struct {
		Schema  string `json:"$schema"`
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct {
						ID      string
						HelpURI string
					}
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           *struct{ StartLine, StartColumn int }
					}
				}
				PartialFingerprints map[string]string
			}
		}
	}
	if err := json.Unmarshal([]byte(write(t, example, "sarif", ReportOptions{Site: "https://example.org"})), &got); err != nil {
		t.Fatal(err)
	}
	if got.Version != "2.1.0" || got.Schema == "" || len(got.Runs) != 1 {
		t.Fatalf("got %+v", got)
	}
	run := got.Runs[0]
	if n := len(check.Rules()); len(run.Tool.Driver.Rules) != n || run.Tool.Driver.Name != "medlem" {
		t.Errorf("%d rules of driver %q, want %d", len(run.Tool.Driver.Rules), run.Tool.Driver.Name, n)
	}
	for i, x := range run.Results {
		if run.Tool.Driver.Rules[x.RuleIndex].ID != x.RuleID || x.RuleID != example.Findings[i].Rule {
			t.Errorf("result %d: rule %q at index %d", i, x.RuleID, x.RuleIndex)
		}
		if x.Level != "error" || x.Message.Text == "" || len(x.Locations) != 1 || x.PartialFingerprints["medlem/v1"] == "" {
			t.Errorf("result %+v", x)
		}
	}
	if u := run.Tool.Driver.Rules[run.Results[1].RuleIndex].HelpURI; u != "https://example.org/grant/office/" {
		t.Errorf("helpUri %q", u)
	}
	if r := run.Results[1].Locations[0].PhysicalLocation; r.Region == nil || r.Region.StartLine != 2 || r.Region.StartColumn != 9 {
		t.Errorf("location %+v", r)
	}
	if uri := run.Results[2].Locations[0].PhysicalLocation.ArtifactLocation.URI; strings.ContainsAny(uri, "\"\n \\") {
		t.Errorf("uri %q is not escaped", uri)
	}
}

// Every format says something on every finding, and no foreign text makes a
// line or a workflow command of its own.
func TestReportFormats(t *testing.T) {
	hostile := &check.Report{Findings: []check.Finding{{Rule: "layout/path", Path: "a", Message: "x\n::set-output name=y::z\x1b[2J", Hint: "h\r\n::error::i"}}}
	for _, format := range ReportFormats {
		out := write(t, hostile, format, ReportOptions{})
		if !strings.Contains(out, "layout/path") {
			t.Errorf("%s: the finding is missing", format)
		}
		if strings.Contains(out, "\n::set-output") || strings.Contains(out, "\n::error::i") || strings.Contains(out, "\x1b") {
			t.Errorf("%s: foreign text stands by itself: %q", format, out)
		}
	}
	if err := WriteReport(&bytes.Buffer{}, example, "xml", ReportOptions{}); err == nil || !strings.Contains(err.Error(), "sarif") {
		t.Errorf("unknown format: %v", err)
	}
}

// TestWarnings proves that warnings stand in every format, after the findings and
// told apart from them.
func TestWarnings(t *testing.T) {
	r := &check.Report{Paths: 3, Rules: 9, Findings: example.Findings[:1],
		Warnings: []check.Finding{{Rule: "grant/ends-soon", Path: "data/asker/grants/o-abcdefghij.yaml", Message: "ends on 2026-12-31", Hint: "renew it", Unit: "asker"}}}
	for format, want := range map[string]string{
		"text":   "warning: data/asker/grants/o-abcdefghij.yaml: grant/ends-soon: ends on 2026-12-31\nhint: renew it\n3 paths, 9 rules, 1 finding, 1 warning\n",
		"github": "::warning file=data/asker/grants/o-abcdefghij.yaml,title=grant/ends-soon::ends on 2026-12-31%0Ahint: renew it\n",
		"json":   `"rule": "grant/ends-soon"`,
		"gitlab": `"severity": "info"`,
		"sarif":  `"level": "warning"`,
	} {
		got := write(t, r, format, ReportOptions{})
		first, second := strings.Index(got, "grant/seats"), strings.LastIndex(got, "grant/ends-soon")
		if !strings.Contains(got, want) || first < 0 || second < first {
			t.Errorf("%s: %s", format, got)
		}
		if format == "json" && strings.Count(got, `"findings": [`) != 1 {
			t.Errorf("%s", got)
		}
	}
}
