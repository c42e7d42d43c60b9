// Package country names countries in the languages of the Nordic ones. Use Name
// where a person reads a country, as on an envelope; package record knows the
// codes, and what members' lists call some countries.
//
// The names are those of Unicode's CLDR (https://cldr.unicode.org) as
// golang.org/x/text/language/display has them, which is not linked, since it
// unpacks all languages whenever a program starts. After an upgrade of that module,
// in this folder:
//
//	go generate
package country

import (
	_ "embed"
	"slices"
	"strings"
)

//go:generate go run ./maketable

// names has a line for each country after a head of lines that begin with #: its
// code and its names in the languages of the line "code …", between tabs. A name
// that is missing is the English one, which comes first.
//
//go:embed names.txt
var names string

// Name returns what a country is called in a language, or else in English, and
// nothing if there is no such country. The code is one of ISO 3166-1 alpha-2 in
// upper case.
func Name(code, language string) string {
	line := row(code)
	if len(code) != 2 || line == nil {
		return ""
	}
	if i := slices.Index(row("code"), language); i >= 0 && i < len(line) && line[i] != "" {
		return line[i]
	}
	return line[0]
}

// row returns what stands behind the first word of a line.
func row(first string) []string {
	_, rest, found := strings.Cut(names, "\n"+first+"\t")
	if !found {
		return nil
	}
	line, _, _ := strings.Cut(rest, "\n")
	return strings.Split(line, "\t")
}
