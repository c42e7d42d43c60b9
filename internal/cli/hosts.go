package cli

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/check"
)

// writeReportGitHub writes workflow commands, which GitHub shows beside the changed
// lines. Other hosts that run such workflows print them as they are, so that
// they must read well there too.
func writeReportGitHub(b *bytes.Buffer, r *check.Report) {
	for i, f := range both(r) {
		level := "::error "
		if i >= len(r.Findings) {
			level = "::warning "
		}
		fmt.Fprint(b, level)
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

// both are the findings of a report, and after them the warnings.
func both(r *check.Report) []check.Finding {
	return append(r.Findings[:len(r.Findings):len(r.Findings)], r.Warnings...)
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
	for i, f := range both(r) {
		severity := "major"
		if i >= len(r.Findings) {
			severity = "info"
		}
		// The widget shows neither the check's name nor a link: all goes into the
		// description. It drops what has no severity.
		text := f.Rule + ": " + findingText(f)
		if f.Path == "" {
			text = f.Rule + ": " + findingPlace(f) + ": " + f.Message
		}
		if f.Hint != "" {
			text += " (" + f.Hint + ")"
		}
		x := gitlabIssue{text, f.Rule, prints[i], severity, gitlabLocation{Path: cmp.Or(f.Path, placeless)}}
		x.Location.Lines.Begin = max(1, f.Line)
		out = append(out, x)
	}
	return out
}

// fingerprints name findings so that a host knows one again in the next report:
// without the line, which moves, and numbered where two would be alike.
func fingerprints(r *check.Report) []string {
	list := both(r)
	out := make([]string, len(list))
	times := map[string]int{}
	for i, f := range list {
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
	for i, f := range both(r) {
		level := "error"
		if i >= len(r.Findings) {
			level = "warning"
		}
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
		run.Results = append(run.Results, sarifResult{f.Rule, index[f.Rule], level, sarifText{text}, []sarifLocation{l},
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
