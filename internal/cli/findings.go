package cli

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
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
	return counted(r.Paths, "path") + ", " + counted(r.Rules, "rule") + ", " + counted(len(r.Findings), "finding")
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
	for _, n := range r.Notes {
		fmt.Fprintf(b, "note: %s\n", plainLine(n))
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
	Notes    []string      `json:"notes"`
}

// jsonVersion rises when a field changes its meaning or goes.
const jsonVersion = 1

func reportJSON(r *check.Report, opts ReportOptions) jsonReport {
	out := jsonReport{jsonVersion, r.Paths, r.Commits, r.Records, r.Rules, []jsonFinding{}, []string{}}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, jsonFinding{f.Rule, f.Path, f.Line, f.Col, f.Message, f.Hint, string(f.Unit), f.Commit, rulePage(opts.Site, f.Rule)})
	}
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

// writeReportGitHub writes workflow commands, which GitHub shows beside the changed
// lines. Other hosts that run such workflows print them as they are, so that
// they must read well there too.
func writeReportGitHub(b *bytes.Buffer, r *check.Report) {
	for _, f := range r.Findings {
		fmt.Fprint(b, "::error ")
		if f.Path != "" {
			fmt.Fprintf(b, "file=%s,", githubProperty(f.Path))
		}
		if f.Line > 0 {
			fmt.Fprintf(b, "line=%d,", f.Line)
			if f.Col > 0 {
				fmt.Fprintf(b, "col=%d,", f.Col)
			}
		}
		text := findingText(f)
		if f.Path == "" {
			text = findingPlace(f) + ": " + text
		}
		text = githubData(text)
		if f.Hint != "" {
			text += "%0Ahint: " + githubData(f.Hint)
		}
		fmt.Fprintf(b, "title=%s::%s\n", githubProperty(f.Rule), text)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(b, "::notice title=check::%s\n", githubData(n))
	}
	fmt.Fprintln(b, reportSummary(r))
}

var (
	githubDataEscapes     = strings.NewReplacer("%", "%25")
	githubPropertyEscapes = strings.NewReplacer("%", "%25", ":", "%3A", ",", "%2C")
)

func githubData(s string) string     { return githubDataEscapes.Replace(plainLine(s)) }
func githubProperty(s string) string { return githubPropertyEscapes.Replace(plainLine(s)) }

type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string `json:"path"`
	Lines struct {
		Begin int `json:"begin"`
	} `json:"lines"`
}

// placeless is the path given to hosts for a finding that has none: their
// formats want one.
const placeless = "data"

func gitlabReport(r *check.Report) []gitlabIssue {
	out := []gitlabIssue{}
	prints := fingerprints(r)
	for i, f := range r.Findings {
		// The widget shows neither the check's name nor a link: all goes into the
		// description. It drops what has no severity.
		text := f.Rule + ": " + findingText(f)
		if f.Path == "" {
			text = f.Rule + ": " + findingPlace(f) + ": " + f.Message
		}
		if f.Hint != "" {
			text += " (" + f.Hint + ")"
		}
		x := gitlabIssue{text, f.Rule, prints[i], "major", gitlabLocation{Path: cmp.Or(f.Path, placeless)}}
		x.Location.Lines.Begin = max(1, f.Line)
		out = append(out, x)
	}
	return out
}

// fingerprints name findings so that a host knows one again in the next report:
// without the line, which moves, and numbered where two would be alike.
func fingerprints(r *check.Report) []string {
	out := make([]string, len(r.Findings))
	times := map[string]int{}
	for i, f := range r.Findings {
		key := strings.Join([]string{f.Rule, f.Path, f.Message, f.Commit}, "\x00")
		times[key]++
		sum := sha256.Sum256([]byte(key + "\x00" + strconv.Itoa(times[key])))
		out[i] = hex.EncodeToString(sum[:16])
	}
	return out
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifRule struct {
	ID               string    `json:"id"`
	ShortDescription sarifText `json:"shortDescription"`
	Help             sarifText `json:"help"`
	HelpURI          string    `json:"helpUri,omitempty"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
}

type sarifLocation struct {
	PhysicalLocation struct {
		ArtifactLocation struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region *sarifRegion `json:"region,omitempty"`
	} `json:"physicalLocation"`
}

type sarifResult struct {
	RuleID              string            `json:"ruleId"`
	RuleIndex           int               `json:"ruleIndex"`
	Level               string            `json:"level"`
	Message             sarifText         `json:"message"`
	Locations           []sarifLocation   `json:"locations"`
	PartialFingerprints map[string]string `json:"partialFingerprints"`
}

type sarifDriver struct {
	Name  string      `json:"name"`
	Rules []sarifRule `json:"rules"`
}

type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	ColumnKind string         `json:"columnKind"`
	Results    []sarifResult  `json:"results"`
	Properties map[string]any `json:"properties"`
}

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

func sarifReport(r *check.Report, opts ReportOptions) sarifLog {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{},
		Properties: map[string]any{"paths": r.Paths, "commits": r.Commits, "records": r.Records, "rules": r.Rules, "notes": append([]string{}, r.Notes...)}}
	run.Tool.Driver.Name = "medlem"
	index := map[string]int{}
	for i, x := range check.Rules() {
		index[x.ID] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{x.ID, sarifText{x.Means}, sarifText{x.WayOut}, rulePage(opts.Site, x.ID)})
	}
	prints := fingerprints(r)
	for i, f := range r.Findings {
		text := findingText(f)
		if f.Path == "" {
			text = findingPlace(f) + ": " + text
		}
		if f.Hint != "" {
			text += "\nhint: " + f.Hint
		}
		var l sarifLocation
		l.PhysicalLocation.ArtifactLocation.URI = sarifURI(cmp.Or(f.Path, placeless))
		if f.Line > 0 {
			l.PhysicalLocation.Region = &sarifRegion{f.Line, f.Col}
		}
		run.Results = append(run.Results, sarifResult{f.Rule, index[f.Rule], "error", sarifText{text}, []sarifLocation{l},
			map[string]string{"medlem/v1": prints[i]}})
	}
	return sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
}

// sarifURI is a path as a relative reference.
func sarifURI(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}
