// Command maketable writes the table of internal/phone, in that folder:
//
//	go generate ./internal/phone
package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Change the versions with the module's; its change log names Google's.
const (
	library = "github.com/nyaruka/phonenumbers"
	version = "v1.8.1"
	google  = "9.0.32-SNAPSHOT"
)

const head = `# The telephone numbering plans of the world, from the metadata of Google's
# libphonenumber ` + google + `, as ` + library + ` ` + version + ` has them.
# Copyright (C) The Libphonenumber Authors, under the Apache License, Version 2.0,
# which is beside this file. Changed: only what internal/phone needs, in another
# form. Made by maketable; do not edit.
`

func main() {
	text, err := makeTable()
	if err == nil {
		err = os.WriteFile("table.txt", []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// makeTable returns the table, which internal/phone/table.go describes.
func makeTable() (string, error) {
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		return "", err
	}
	plans := map[string]*phonenumbers.PhoneMetadata{}
	for _, m := range all.GetMetadata() {
		plans[name(m.GetId(), int(m.GetCountryCode()))] = m
	}
	var codes []int
	for code := range phonenumbers.GetSupportedCallingCodes() {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	var b strings.Builder
	b.WriteString(head)
	for _, code := range codes {
		sharing := phonenumbers.GetRegionCodesForCountryCode(code)
		for i, region := range sharing {
			m := plans[name(region, code)]
			if m == nil {
				return "", fmt.Errorf("the library has no plan for %s", name(region, code))
			}
			if err := writePlan(&b, m, i == 0, len(sharing) > 1); err != nil {
				return "", fmt.Errorf("the plan of %s: %w", name(region, code), err)
			}
		}
	}
	return b.String(), nil
}

func name(region string, code int) string { return region + " " + strconv.Itoa(code) }

// writePlan writes the paragraph of a territory: the main one of its code, or one
// that shares it with others.
func writePlan(b *strings.Builder, m *phonenumbers.PhoneMetadata, main, shared bool) error {
	general := m.GetGeneralDesc()
	if general.GetNationalNumberPattern() == "" || len(general.GetPossibleLength()) == 0 {
		return fmt.Errorf("nothing is known of its numbers")
	}
	fmt.Fprintf(b, "\n%s\n", name(m.GetId(), int(m.GetCountryCode())))
	line(b, "abroad", m.GetInternationalPrefix())
	line(b, "trunk", m.GetNationalPrefixForParsing(), m.GetNationalPrefixTransformRule())
	if shared {
		line(b, "leading", m.GetLeadingDigits())
	}
	line(b, "general", lengths(general.GetPossibleLength()), general.GetNationalNumberPattern())
	if local := general.GetPossibleLengthLocalOnly(); len(local) > 0 {
		for _, n := range local {
			if slices.Contains(general.GetPossibleLength(), n) || n > slices.Max(general.GetPossibleLength()) {
				return fmt.Errorf("numbers of %d digits are local and are not", n)
			}
		}
		line(b, "local", lengths(local))
	}
	descs := []*phonenumbers.PhoneNumberDesc{m.GetFixedLine(), m.GetTollFree(), m.GetPremiumRate(), m.GetSharedCost(), m.GetVoip(), m.GetPersonalNumber(), m.GetPager(), m.GetUan(), m.GetVoicemail()}
	if !m.GetSameMobileAndFixedLinePattern() {
		descs = slices.Insert(descs, 0, m.GetMobile()) // what most people have is asked first
	}
	var types []string
	for i, d := range descs {
		pattern := d.GetNationalNumberPattern()
		if t := lengths(d.GetPossibleLength()) + " " + pattern; pattern != "" && pattern != "NA" && !slices.Contains(types, t) {
			types = append(types, t)
			key := "type"
			if i == 0 { // also where fixed lines have the same numbers
				key = "mobile"
			}
			line(b, key, t)
		}
	}
	if !main {
		return nil
	}
	forms := m.GetIntlNumberFormat()
	if len(forms) == 0 {
		forms = m.GetNumberFormat()
	}
	for _, f := range forms {
		groups, err := groups(f.GetPattern(), f.GetFormat())
		if err != nil {
			return err
		}
		leading := "-"
		if all := f.GetLeadingDigitsPattern(); len(all) > 0 {
			leading = all[len(all)-1] // the most exact
		}
		line(b, "form", leading, groups, f.GetFormat())
	}
	return nil
}

// line writes a line of the table, unless its first value is missing.
func line(b *strings.Builder, key string, values ...string) {
	if values[0] != "" {
		fmt.Fprintln(b, strings.TrimSpace(key+" "+strings.Join(values, " ")))
	}
}

func lengths(all []int32) string {
	if len(all) == 0 {
		return "-"
	}
	var s []string
	for _, n := range all {
		s = append(s, strconv.Itoa(int(n)))
	}
	return strings.Join(s, ",")
}

var (
	onlyGroups = regexp.MustCompile(`^(?:\(\\d(?:\{[0-9]+(?:,[0-9]+)?\})?\))+$`)
	oneGroup   = regexp.MustCompile(`\(\\d(?:\{([0-9]+)(?:,([0-9]+))?\})?\)`)
	template   = regexp.MustCompile(`^(?:\$[1-9]|[^$0-9A-Za-z_])+$`)
)

// groups returns the digits of each group of a pattern, as in 3,2-4 for
// (\d{3})(\d{2,4}). The package knows no other patterns.
func groups(pattern, format string) (string, error) {
	all := oneGroup.FindAllStringSubmatch(pattern, -1)
	if !onlyGroups.MatchString(pattern) || !template.MatchString(format) {
		return "", fmt.Errorf("unknown kind of form %q, %q", pattern, format)
	}
	for i := range strings.Count(format, "$") {
		if !strings.Contains(format, "$"+strconv.Itoa(i+1)) || i >= len(all) {
			return "", fmt.Errorf("not the groups of %q: %q", pattern, format)
		}
	}
	var s []string
	for _, g := range all {
		least, most := g[1], g[2]
		if least == "" {
			least = "1"
		}
		if most != "" {
			least += "-" + most
		}
		s = append(s, least)
	}
	return strings.Join(s, ","), nil
}
