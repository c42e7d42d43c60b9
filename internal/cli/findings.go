package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/check"
)

// ReportFormats are the formats of WriteReport.
var ReportFormats = []string{"text", "json", "github", "gitlab", "sarif"}

// ReportOptions say how to write a report.
type ReportOptions struct {
	Color bool   // text: highlight for a terminal
	Site  string // base URL of the pages about rules, "" for none: a rule's page is Site/area/slug/
}

// WriteReport writes a report in one of ReportFormats: for people, for programs
// (json, whose fields are only ever added to), and as the hosts want it
// (github: workflow commands; gitlab: code quality; sarif 2.1.0).
//
// Findings are about structure and hold nothing of what is sealed, so that all
// of this may stand in a public log.
func WriteReport(w io.Writer, r *check.Report, format string, opts ReportOptions) error {
	var b bytes.Buffer
	var err error
	switch format {
	case "text":
		writeReportText(&b, r, opts)
	case "json":
		err = writeReportJSON(&b, reportJSON(r, opts))
	case "github":
		writeReportGitHub(&b, r)
	case "gitlab":
		err = writeReportJSON(&b, gitlabReport(r))
	case "sarif":
		err = writeReportJSON(&b, sarifReport(r, opts))
	default:
		return fmt.Errorf("unknown format %q: want one of %s", format, strings.Join(ReportFormats, ", "))
	}
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// reportSummary is the line that ends a report for people: a check that saw nothing
// must not look like one that found nothing.
func reportSummary(r *check.Report) string {
	s := counted(r.Paths, "path") + ", " + counted(r.Rules, "rule") + ", " + counted(len(r.Findings), "finding")
	if n := len(r.Warnings); n > 0 {
		s += ", " + counted(n, "warning")
	}
	return s
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

// findingPlace is the place of a finding: path:line:col, as far as it has one.
func findingPlace(f check.Finding) string {
	s := f.Path
	if s == "" && f.Commit != "" {
		return "commit " + f.Commit
	}
	if s == "" {
		return "register"
	}
	if f.Line > 0 {
		s += ":" + strconv.Itoa(f.Line)
		if f.Col > 0 {
			s += ":" + strconv.Itoa(f.Col)
		}
	}
	return s
}

// findingText is what a finding says, with the commit that is to blame where the place
// does not name it.
func findingText(f check.Finding) string {
	if f.Commit != "" && f.Path != "" {
		return f.Message + " (commit " + f.Commit + ")"
	}
	return f.Message
}

func writeReportText(b *bytes.Buffer, r *check.Report, opts ReportOptions) {
	bold, dim, off := "", "", ""
	if opts.Color {
		bold, dim, off = "\x1b[1m", "\x1b[2m", "\x1b[0m"
	}
	for _, f := range r.Findings {
		fmt.Fprintf(b, "%s: %s%s%s: %s\n", plainLine(findingPlace(f)), bold, plainLine(f.Rule), off, plainLine(findingText(f)))
		if f.Hint != "" {
			fmt.Fprintf(b, "%shint: %s%s\n", dim, plainLine(f.Hint), off)
		}
	}
	for _, f := range r.Warnings {
		fmt.Fprintf(b, "warning: %s: %s%s%s: %s\n", plainLine(findingPlace(f)), bold, plainLine(f.Rule), off, plainLine(findingText(f)))
		if f.Hint != "" {
			fmt.Fprintf(b, "%shint: %s%s\n", dim, plainLine(f.Hint), off)
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(b, "note: %s\n", plainLine(n))
	}
	seen := map[string]bool{}
	for _, f := range both(r) {
		if page := rulePage(opts.Site, f.Rule); page != "" && !seen[f.Rule] {
			fmt.Fprintf(b, "see: %s\n", plainLine(page))
			seen[f.Rule] = true
		}
	}
	fmt.Fprintln(b, reportSummary(r))
}

// plainLine replaces what would end a line or steer a terminal.
func plainLine(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 || c == '\u2028' || c == '\u2029' {
			return '?'
		}
		return c
	}, s)
}

func writeReportJSON(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type jsonFinding struct {
	Rule    string `json:"rule"`
	Path    string `json:"path,omitempty"`
	Line    int    `json:"line,omitempty"`
	Col     int    `json:"col,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Unit    string `json:"unit,omitempty"`
	Commit  string `json:"commit,omitempty"`
	URL     string `json:"url,omitempty"`
}

type jsonReport struct {
	Version  int           `json:"version"`
	Paths    int           `json:"paths"`
	Commits  int           `json:"commits"`
	Records  int           `json:"records"`
	Rules    int           `json:"rules"`
	Findings []jsonFinding `json:"findings"`
	Warnings []jsonFinding `json:"warnings"` // no check fails by them
	Notes    []string      `json:"notes"`
}

// jsonVersion rises when a field changes its meaning or goes.
const jsonVersion = 1

func reportJSON(r *check.Report, opts ReportOptions) jsonReport {
	list := func(fs []check.Finding) []jsonFinding {
		out := []jsonFinding{}
		for _, f := range fs {
			out = append(out, jsonFinding{f.Rule, f.Path, f.Line, f.Col, f.Message, f.Hint, string(f.Unit), f.Commit, rulePage(opts.Site, f.Rule)})
		}
		return out
	}
	out := jsonReport{jsonVersion, r.Paths, r.Commits, r.Records, r.Rules, list(r.Findings), list(r.Warnings), []string{}}
	out.Notes = append(out.Notes, r.Notes...)
	return out
}

// rulePage is the address of a rule's page.
func rulePage(site, rule string) string {
	if site == "" {
		return ""
	}
	return strings.TrimRight(site, "/") + "/" + rule + "/"
}
