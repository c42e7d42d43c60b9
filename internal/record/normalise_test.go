package record

import (
	"errors"
	"strings"
	"testing"
)

// normalised is text as people and spreadsheets write it, and the value that it
// stands for. A list's items stand with ", " between.
var normalised = []struct{ key, raw, want string }{
	{"given", "  Åse   Marie ", "Åse Marie"},
	{"given", "A\u030ase", "Åse"},
	{"given", "Nils-Ánte", "Nils-Ánte"},
	{"given", "O'Brien", "O'Brien"},
	{"given", "Kari\u00a0Anne\t", "Kari Anne"},
	{"given", "\ufeffKari\u200b", "Kari"},
	{"given", "فارسی\u200cها", "فارسی\u200cها"},
	{"given", "", ""},
	{"given", " \u00a0\n ", ""},
	{"born", "1941-09-24", "1941-09-24"},
	{"born", "1941-9-4", "1941-09-04"},
	{"born", "24.09.1941", "1941-09-24"},
	{"born", "4.9.1941", "1941-09-04"},
	{"born", "24. 9. 1941", "1941-09-24"},
	{"born", "24.9.1941.", "1941-09-24"},
	{"born", "24-09-1941", "1941-09-24"},
	{"born", "24–09–1941", "1941-09-24"},
	{"born", "24/09/1941", "1941-09-24"},
	{"born", "1941/09/24", "1941-09-24"},
	{"born", "1941.09.24", "1941-09-24"},
	{"born", "19410924", "1941-09-24"},
	{"born", "24091941", "1941-09-24"},
	{"born", "20111956", "1956-11-20"},
	{"born", "29.02.2000", "2000-02-29"},
	{"born", "1941-09-24 00:00:00", "1941-09-24"},
	{"born", "1941-09-24T00:00:00Z", "1941-09-24"},
	{"email", "kari@example.no", "kari@example.no"},
	{"email", " Kari.Nordmann@EXAMPLE.No ", "Kari.Nordmann@example.no"},
	{"email", "mailto:kari@example.no", "kari@example.no"},
	{"email", "Kari Nordmann <kari@example.no>", "kari@example.no"},
	{"email", "kari@example.no.", "kari@example.no"},
	{"email", "anna.dahlén.322@example.se", "anna.dahlén.322@example.se"},
	{"email", "a@RÄKSMÖRGÅS.se", "a@räksmörgås.se"},
	{"email", "o'brien+lag_2@sub.example.co.uk", "o'brien+lag_2@sub.example.co.uk"},
	{"phone", "40000001", "+47 400 00 001"},
	{"phone", "400 00 001", "+47 400 00 001"},
	{"phone", "+47 400 00 001", "+47 400 00 001"},
	{"phone", "004740000001", "+47 400 00 001"},
	{"phone", "(+47) 40 00 00 01", "+47 400 00 001"},
	{"phone", "22 12 34 56", "+47 22 12 34 56"},
	{"phone", "+47-22-12-34-56", "+47 22 12 34 56"},
	{"phone", "tlf. 22 12 34 56", "+47 22 12 34 56"},
	{"phone", "Mobil: 400 00 001", "+47 400 00 001"},
	{"phone", "\u202a+47 40000001\u202c", "+47 400 00 001"},
	{"phone", "+46 (0)70-018 30 83", "+46 70 018 30 83"},
	{"phone", "+45 20406527", "+45 20 40 65 27"},
	{"phone", "+358 40 1234567", "+358 40 1234567"},
	{"phone", "+1 201-555-0123", "+1 201 555 0123"},
	{"street", "Storgata  1, \"B\"", "Storgata 1, \"B\""},
	{"postcode", "0150", "0150"},
	{"postcode", " 5003 ", "5003"},
	{"postcode", "N-0150", "0150"},
	{"postcode", "no 0150", "0150"},
	{"postcode", "SE-29131", "SE-291 31"},
	{"postcode", "s-291 31", "SE-291 31"},
	{"postcode", "DK-5000", "DK-5000"},
	{"postcode", "FIN-00100", "FI-00100"},
	{"postcode", "D-01067", "DE-01067"},
	{"city", "København K", "København K"},
	{"country", "no", "NO"},
	{"country", "Norge", "NO"},
	{"country", "sverige", "SE"},
	{"country", "DANMARK", "DK"},
	{"country", "Færøyene", "FO"},
	{"country", "Storbritannia", "GB"},
	{"country", "jp", "JP"},
	{"class", "member", "member"},
	{"class", "Medlem", "member"},
	{"class", "KANDIDAT", "candidate"},
	{"offices", "leder", "leader"},
	{"offices", "Kasserer, leder", "leader, treasurer"},
	{"offices", "leder;kassör/styremedlem", "leader, treasurer, board-member"},
	{"offices", "leader\ntreasurer", "leader, treasurer"},
	{"offices", "leder, leader,", "leader"},
	{"offices", "Leder/kasserer", "leader"}, // a word of its own that holds a slash
	{"offices", "board member", "board-member"},
	{"offices", ",", ""},
	{"newsletter", "ja", "true"},
	{"newsletter", "NEI", "false"},
	{"newsletter", "1", "true"},
	{"newsletter", "x", "true"},
	{"number", "007", "7"},
	{"number", "1 000", "1000"},
	{"number", "−5", "-5"},
	{"number", "000", "0"},
	{"shirt", "XXL", "XXL"},
	{"note", " one \r\n\r\n\r\n two  x \n", "one\n\ntwo x"},
	{"note", "- a list\n= not", "- a list\n= not"},
	{"note", "#1!", "#1!"},
	{Closed, "22.11.2026", "2026-11-22"},
	{Reason, "left", "left"},
}

func TestNormalise(t *testing.T) {
	for _, c := range normalised {
		v, notice, err := testSchema.Normalise(c.key, c.raw)
		if err != nil || v.String() != c.want || notice != "" {
			t.Errorf("%s %q: %q, notice %q, %v; want %q", c.key, c.raw, v, notice, err, c.want)
		}
		if v.IsList() != (c.key == "offices" && c.want != "") {
			t.Errorf("%s %q: a list: %v", c.key, c.raw, v.IsList())
		}
	}
}

func TestNormaliseSaysWhatItAssumed(t *testing.T) {
	for _, c := range []struct{ key, raw, want, notice string }{
		{"born", "04/09/1941", "1941-09-04", "day first"},
		{"phone", "46700183083", "+46 70 018 30 83", "country code"},
		{"phone", "+47 442 15 452", "+47 442 15 452", "not known to be in use"},
		{"phone", "44215452", "+47 442 15 452", "not known to be in use"},
		{"postcode", "291 31", "SE-291 31", "Swedish"},
	} {
		v, notice, err := testSchema.Normalise(c.key, c.raw)
		if err != nil || v != Text(c.want) || !strings.Contains(notice, c.notice) {
			t.Errorf("%s %q: %q, notice %q, %v", c.key, c.raw, v, notice, err)
		}
	}
	if _, notice, _ := testSchema.Normalise("born", "04/04/1941"); notice != "" {
		t.Errorf("a date that reads the same both ways: %q", notice)
	}
}

// faulty is text that stands for no value.
var faulty = []struct{ key, raw, rule, msg, hint string }{
	{"fax", "22 12 34 56", RuleUnknown, "no such field", ""},
	{"given", "=HYPERLINK(\"http://x\")", RuleFormula, "formula", "without the sign"},
	{"given", "@SUM(A1)", RuleFormula, "formula", "without the sign"},
	{"given", "+1+1", RuleFormula, "formula", "without the sign"},
	{"given", "-1+1", RuleFormula, "formula", "without the sign"},
	{"given", "＝1", RuleFormula, "formula", "without the sign"},
	{"street", "=1+1", RuleFormula, "formula", "without the sign"},
	{"note", "=1+1", RuleFormula, "formula", "without the sign"},
	{"city", "#REF!", RuleFormula, "error of a spreadsheet", "correct the cell"},
	{"phone", "#N/A", RuleFormula, "error of a spreadsheet", "correct the cell"},
	{"born", "#SAKNAS!", RuleFormula, "error of a spreadsheet", "correct the cell"},
	{"given", "Kari\x00Nordmann", RuleCharacter, "control character", "anew"},
	{"given", "Kari\x1b[31m", RuleCharacter, "control character", "anew"},
	{"given", "Kari\nNordmann", RuleCharacter, "line break", "one line"},
	{"given", "K\xe5re", RuleCharacter, "damaged", "original list"},
	{"given", "K\ufffdre", RuleCharacter, "damaged", "original list"},
	{"given", strings.Repeat("å", 101), RuleLength, "longer than 100", "shorten"},
	{"shirt", "XXXXXL", RuleLength, "longer than 5", "shorten"},
	{"note", strings.Repeat("x", 2001), RuleLength, "longer than 2000", "shorten"},
	{"note", strings.Repeat("x", rawLimit+1), RuleLength, "far too long", "shorten"},
	{"born", "31.02.1970", RuleType, "no such day in that month", "look the date up"},
	{"born", "29.02.1900", RuleType, "no such day in that month", "look the date up"},
	{"born", "00.01.1970", RuleType, "no such day in that month", "look the date up"},
	{"born", "09/24/1941", RuleType, "the day comes first", "YYYY-MM-DD"},
	{"born", "24.13.1941", RuleType, "no such month", "YYYY-MM-DD"},
	{"born", "24.9.41", RuleType, "two digits", "all four"},
	{"born", "01-02-03", RuleType, "two digits", "all four"},
	{"born", "29948", RuleType, "a number, not a date", "YYYY-MM-DD"},
	{"born", "10128", RuleType, "a number, not a date", "YYYY-MM-DD"},
	{"born", "in the fifties", RuleType, "not a date", "YYYY-MM-DD or dd.mm.yyyy"},
	{"born", "24.september", RuleType, "not a date", "dd.mm.yyyy"},
	{"born", "1941-09", RuleType, "not a date", "dd.mm.yyyy"},
	{"born", "0041-09-24", RuleType, "before 1800", "dd.mm.yyyy"},
	{"born", "24.09.2941", RuleType, "after 2199", "dd.mm.yyyy"},
	{"born", "1941-09-24 12:30", RuleType, "not a date", "dd.mm.yyyy"},
	{"email", "kari", RuleType, "no @", "name@example.org"},
	{"email", "kari@example@no", RuleType, "more than one @", "name@example.org"},
	{"email", "kari@example", RuleType, "no dot", "name@example.org"},
	{"email", "kari nordmann@example.no", RuleType, "a space", "name@example.org"},
	{"email", "a@example.no, b@example.no", RuleType, "more than one address", "name@example.org"},
	{"email", "kari@example..no", RuleType, "a dot in the wrong place", "name@example.org"},
	{"email", ".kari@example.no", RuleType, "a dot in the wrong place", "name@example.org"},
	{"email", "@example.no", RuleType, "nothing before the @", "name@example.org"},
	{"email", strings.Repeat("a", 65) + "@example.no", RuleType, "too much", "name@example.org"},
	{"email", "kari@-example.no", RuleType, "not a domain", "name@example.org"},
	{"email", "kari@example.n", RuleType, "not a domain", "name@example.org"},
	{"email", "kari@127.0.0.1", RuleType, "not a domain", "name@example.org"},
	{"email", "kari@exa_mple.no", RuleType, "not a domain", "name@example.org"},
	{"email", "\"kari\"@example.no", RuleType, "a sign", "name@example.org"},
	{"email", "=kari@example.no", RuleType, "a sign", "name@example.org"},
	{"phone", "12345", RuleType, "no such phone number in Norway", "count the digits"},
	{"phone", "070-018 30 83", RuleType, "no such phone number in Norway", "begins with +"},
	{"phone", "+46 12", RuleType, "in that country", "count the digits"},
	{"phone", "call me", RuleType, "letters", "note"},
	{"phone", "1-800-FLOWERS", RuleType, "letters", "note"},
	{"phone", "40000001 ext 3", RuleType, "letters", "note"},
	{"phone", "40000001, 40000002", RuleType, "more than one number", "note"},
	{"phone", "40000001/40000002", RuleType, "more than one number", "note"},
	{"phone", "+4740000001 +4740000002", RuleType, "more than one number", "note"},
	{"phone", "1234567890123456789", RuleType, "more than one number", "note"},
	{"phone", "4.0E+7", RuleType, "letters", "note"},
	{"phone", "400#00001", RuleType, "a sign", "country's code"},
	{"postcode", "150", RuleLostZero, "too few digits", "put it back"},
	{"postcode", "01500", RuleType, "Norway, which has four digits", "SE-291 31"},
	{"postcode", "29131", RuleType, "Norway, which has four digits", "SE-291 31"},
	{"postcode", "SE-2913", RuleType, "Sweden, which has five digits", "SE-291 31"},
	{"postcode", "SE-02913", RuleType, "Sweden, which has five digits", "SE-291 31"},
	{"postcode", "Oslo", RuleType, "four digits", ""},
	{"country", "Nrge", RuleType, "not a country", "two letters"},
	{"country", "XX", RuleType, "not a country", "two letters"},
	{"class", "æresmedlem", RuleChoice, "none of the choices", "member, candidate"},
	{"offices", "leder, keiser", RuleChoice, "none of the choices", "leader, treasurer, board-member"},
	{"newsletter", "kanskje", RuleType, "not a yes or no", "yes or no"},
	{"number", "1.5", RuleType, "not a whole number", "digits"},
	{"number", "ett", RuleType, "not a whole number", "digits"},
	{"number", "1234567890123456", RuleType, "not a whole number", "digits"},
	{"number", "-", RuleType, "not a whole number", "digits"},
	{Reason, "because she died", RuleType, "not the key", "policy"},
}

func TestNormaliseRefuses(t *testing.T) {
	for _, c := range faulty {
		v, notice, err := testSchema.Normalise(c.key, c.raw)
		var f *Fault
		if !errors.As(err, &f) || !v.Empty() || notice != "" {
			t.Errorf("%s %.40q: %q, notice %q, %v; want a fault", c.key, c.raw, v, notice, err)
			continue
		}
		if f.Field != c.key || f.Rule != c.rule || !strings.Contains(f.Msg, c.msg) || !strings.Contains(f.Hint, c.hint) {
			t.Errorf("%s %.40q: %+v\nwant %s, %q, %q", c.key, c.raw, *f, c.rule, c.msg, c.hint)
		}
		for _, word := range strings.Fields(c.raw) {
			if len(word) > 3 && strings.Contains(err.Error(), word) {
				t.Errorf("%s %.40q: the fault holds the value: %v", c.key, c.raw, err)
			}
		}
	}
}

func TestFaultText(t *testing.T) {
	_, _, err := testSchema.Normalise("born", "31.31")
	if want := `field "born": not a date: write YYYY-MM-DD or dd.mm.yyyy`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if got, want := (Fault{Field: "city", Msg: "missing"}).Error(), `field "city": missing`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestNormaliseByCountry(t *testing.T) {
	for _, c := range []struct{ country, key, raw, want string }{
		{"SE", "phone", "070-411 09 99", "+46 70 411 09 99"},
		{"SE", "phone", "08-123 456 78", "+46 8 123 456 78"},
		{"SE", "phone", "08/123 45 67", "+46 8 123 45 67"},
		{"SE", "postcode", "29131", "291 31"},
		{"SE", "postcode", "S-291 31", "291 31"},
		{"SE", "postcode", "NO-0150", "NO-0150"},
		{"DK", "phone", "20 40 65 27", "+45 20 40 65 27"},
		{"DK", "postcode", "0800", "0800"},
		{"FI", "phone", "040 1234567", "+358 40 1234567"},
		{"FI", "postcode", "00100", "00100"},
		{"IS", "postcode", "101", "101"},
		{"GB", "postcode", "sw1a 1aa", "SW1A 1AA"},
		{"GB", "phone", "020 7946 0958", "+44 20 7946 0958"},
	} {
		v, notice, err := testSchema.In(c.country).Normalise(c.key, c.raw)
		if err != nil || v.String() != c.want || notice != "" {
			t.Errorf("%s %s %q: %q, notice %q, %v; want %q", c.country, c.key, c.raw, v, notice, err, c.want)
		}
	}
	for _, c := range []struct{ country, raw, rule string }{
		{"NO", "150", RuleLostZero}, {"DK", "800", RuleLostZero}, {"FI", "100", RuleLostZero},
		{"SE", "2913", RuleType}, {"IS", "10", RuleType}, {"GB", "London", RuleType}, {"GB", "SW1A_1AA", RuleType},
	} {
		_, _, err := testSchema.In(c.country).Normalise("postcode", c.raw)
		var f *Fault
		if !errors.As(err, &f) || f.Rule != c.rule {
			t.Errorf("%s %q: %v, want %s", c.country, c.raw, err, c.rule)
		}
	}
}

func TestCheckKey(t *testing.T) {
	for _, s := range []string{"a", "given", "board-member", "x2", strings.Repeat("a", 40)} {
		if err := CheckKey(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", "A", "2x", "-a", "a b", "å", "a_b", "no", "yes", "null", "y", strings.Repeat("a", 41)} {
		if CheckKey(s) == nil {
			t.Errorf("%q accepted", s)
		}
	}
}
