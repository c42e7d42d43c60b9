// Command maketable writes the names of internal/country, in that folder:
//
//	go generate ./internal/country
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
)

const head = `# What countries are called, from Unicode's CLDR ` + language.CLDRVersion + `, as golang.org/x/text has it.
# Copyright (C) Unicode, Inc. Licensed under the Unicode License:
# https://www.unicode.org/license.txt. Made by maketable; do not edit.
`

func main() {
	if err := os.WriteFile("names.txt", []byte(makeTable()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// makeTable returns the table that internal/country describes, in the languages
// that a policy may have and that are known.
func makeTable() string {
	const english = "en"
	columns := []string{english}
	for _, l := range policy.Languages {
		if l != english && slices.ContainsFunc(codes(), func(code string) bool { return name(code, l) != "" }) {
			columns = append(columns, l)
		}
	}
	var b strings.Builder
	b.WriteString(head + "code\t" + strings.Join(columns, "\t") + "\n")
	for _, code := range codes() {
		line := code
		for i, l := range columns {
			n := name(code, l)
			if i > 0 && n == name(code, english) {
				n = ""
			}
			line += "\t" + n
		}
		b.WriteString(strings.TrimRight(line, "\t") + "\n")
	}
	return b.String()
}

func codes() (all []string) {
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if code := string([]rune{a, b}); record.IsCountry(code) {
				all = append(all, code)
			}
		}
	}
	return all
}

// name returns nothing if the country has no name in that language.
func name(code, lang string) string {
	region, err := language.ParseRegion(code)
	in := display.Regions(language.Make(lang))
	if err != nil || in == nil {
		return ""
	}
	return in.Name(region)
}
