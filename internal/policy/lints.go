package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/record"
)

// A Lint is a place where a policy may not be what the law asks. It warns and
// never overrides: the organisation decides, and answers for it.
type Lint struct {
	ID   string // "law/unpaid-dues"
	File string // "dues.yaml"
	Line int    // from 1
	Col  int    // from 1, in characters
	Says string // what the law or the authority says, against what the policy says

	Authority string // who says it: a law or an authority
	Source    string // address
	Dated     string // the day of the law or the decision; "" guidance that bears none
}

// Lints returns the places where a policy may not be what the law of its country
// asks, by file and place.
func Lints(p *Policy) []Lint { return slices.Clone(p.lints) }

// A law is what a lint goes by.
type law struct {
	id        string
	country   string // "" every country of the GDPR
	file      string
	finds     func(p *Policy) []hit
	authority string
	source    string
	dated     string
}

// A hit is a place that a law speaks of, and what to say of it.
type hit struct{ path, says string }

const (
	gdprName  = "Regulation (EU) 2016/679 (GDPR)"
	gdprURL   = "https://eur-lex.europa.eu/eli/reg/2016/679/oj"
	gdprDated = "2016-04-27"
)

// laws are those that the lints go by. Whoever adds or changes one compares it
// with its source.
var laws = []law{
	{"law/unpaid-dues", "NO", "dues.yaml", unpaidDues,
		"Datatilsynet, Medlemskap i foreninger og politiske parti", "https://www.datatilsynet.no/personvern-pa-ulike-omrader/kundehandtering-handel-og-medlemskap/medlemsskap-i-foreninger-og-politisk-parti/", ""},
	{"law/party-membership", "DK", "organisation.yaml", partyMembership,
		"Datatilsynet, j.nr. 2003-631-0106", "https://www.datatilsynet.dk/afgoerelser/historiske-afgoerelser/2004/feb/socialdemokraternes-anvendelse-af-medlemsoplysninger", "2004-02-16"},

	{"law/national-number", "SE", "fields.yaml", nationalNumber("it may be kept without consent only where the purpose, secure identification or another weighty reason clearly calls for it"),
		"lag (2018:218) med kompletterande bestämmelser till EU:s dataskyddsförordning, 3 kap. 10 §", "https://www.riksdagen.se/sv/dokument-och-lagar/dokument/svensk-forfattningssamling/lag-2018218-med-kompletterande-bestammelser_sfs-2018-218/", "2018-04-19"},
	{"law/national-number", "NO", "fields.yaml", nationalNumber("it may be kept only where there is an objective need for secure identification that nothing else meets"),
		"personopplysningsloven (LOV-2018-06-15-38) § 12", "https://lovdata.no/lov/2018-06-15-38", "2018-06-15"},
	{"law/national-number", "DK", "fields.yaml", nationalNumber("an association may keep it only where a law says so or the member has consented, and in a few other cases"),
		"databeskyttelsesloven (lov nr. 502 af 23. maj 2018) § 11, stk. 2", "https://www.retsinformation.dk/eli/lta/2018/502", "2018-05-23"},

	{"law/accounts", "SE", "dues.yaml", accounts(7),
		"bokföringslagen (1999:1078) 7 kap. 2 §", "https://www.riksdagen.se/sv/dokument-och-lagar/dokument/svensk-forfattningssamling/bokforingslag-19991078_sfs-1999-1078/", "1999-12-02"},
	{"law/accounts", "NO", "dues.yaml", accounts(5),
		"bokføringsloven (LOV-2004-11-19-73) § 13", "https://lovdata.no/lov/2004-11-19-73", "2004-11-19"},
	{"law/accounts", "DK", "dues.yaml", accounts(5),
		"bogføringsloven (lov nr. 700 af 24. maj 2022)", "https://www.retsinformation.dk/eli/lta/2022/700", "2022-05-24"},

	{"law/accounts", "SE", "retention.yaml", accountsKept(7),
		"bokföringslagen (1999:1078) 7 kap. 2 §", "https://www.riksdagen.se/sv/dokument-och-lagar/dokument/svensk-forfattningssamling/bokforingslag-19991078_sfs-1999-1078/", "1999-12-02"},
	{"law/accounts", "NO", "retention.yaml", accountsKept(5),
		"bokføringsloven (LOV-2004-11-19-73) § 13", "https://lovdata.no/lov/2004-11-19-73", "2004-11-19"},
	{"law/accounts", "DK", "retention.yaml", accountsKept(5),
		"bogføringsloven (lov nr. 700 af 24. maj 2022)", "https://www.retsinformation.dk/eli/lta/2022/700", "2022-05-24"},

	{"law/processor", "", "organisation.yaml", processorWithout, gdprName + " Article 28(3)", gdprURL, gdprDated},
	{"law/special-category", "", "fields.yaml", specialCategory, gdprName + " Article 9(1) and (2)(d)", gdprURL, gdprDated},
	{"law/disclosure", "", "lists.yaml", outsiders, gdprName + " Article 9(2)(d)", gdprURL, gdprDated},
	{"law/storage", "", "retention.yaml", longKept, gdprName + " Article 5(1)(e)", gdprURL, gdprDated},
}

// lint compares the policy with the laws while its files are at hand.
func (p *Policy) lint() {
	for _, l := range laws {
		d := p.docs[l.file]
		if d == nil || l.country != "" && l.country != p.Country {
			continue
		}
		for _, h := range l.finds(p) {
			n := d.values[h.path]
			if k := d.keys[h.path]; k != nil {
				n = k
			}
			x := Lint{ID: l.id, File: l.file, Line: 1, Col: 1, Says: h.says, Authority: l.authority, Source: l.source, Dated: l.dated}
			if n != nil {
				x.Line, x.Col = n.Line, n.Column
			}
			p.lints = append(p.lints, x)
		}
	}
	slices.SortStableFunc(p.lints, func(a, b Lint) int {
		return cmp.Or(cmp.Compare(fileOrder(a.File), fileOrder(b.File)), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
}

func unpaidDues(p *Policy) []hit {
	if n := p.Dues.Lapse.UnpaidYears; n > 0 {
		return []hit{{"/lapse/unpaid-years", fmt.Sprintf("members who have not paid are to be erased at the latest six months after the dues were due, unless they have consented to more; here a membership is stopped after %d unpaid year%s", n, plural(n))}}
	}
	return nil
}

func partyMembership(p *Policy) []hit {
	if p.Sensitivity != "none" {
		return nil
	}
	return []hit{{"/sensitivity", "name and address of the members of a political association are data on their political conviction; here membership is said to reveal nothing"}}
}

// nationalNumbers are what the fields of national identity numbers are called.
var nationalNumbers = []string{"personnummer", "personnr", "fodselsnummer", "fødselsnummer", "fodselsnr", "fødselsnr", "cpr", "cprnummer", "cprnr", "samordningsnummer", "dnummer"}

func nationalNumber(says string) func(*Policy) []hit {
	return func(p *Policy) []hit {
		var hits []hit
		for i := range p.Fields {
			f := &p.Fields[i]
			if f.NeedsPurpose || f.Where != "" || !slices.ContainsFunc(f.allHeadings(), isNationalNumber) {
				continue
			}
			hits = append(hits, hit{"/fields/" + strconv.Itoa(i), fmt.Sprintf("the field %q holds a national identity number: %s; here every unit may keep it", f.Key, says)})
		}
		return hits
	}
}

func isNationalNumber(heading string) bool {
	folded := foldHeading(heading)
	return slices.ContainsFunc(nationalNumbers, func(n string) bool { return strings.ReplaceAll(record.Fold(n), " ", "") == folded })
}

func accounts(years int) func(*Policy) []hit {
	return func(p *Policy) []hit {
		if n := p.Dues.KeepYears; n > 0 && n < years {
			return []hit{{"/keep-years", fmt.Sprintf("what was booked is to be kept %d years after the accounting year; here it is kept %d", years, n)}}
		}
		return nil
	}
}

// accountsKept is accounts for a kind of data of its own.
func accountsKept(years int) func(*Policy) []hit {
	return func(p *Policy) []hit {
		const months = 12 // of a year
		for i, k := range p.Kinds {
			if k.ID == KindAccounts && k.Keep != nil && *k.Keep < years*months {
				return []hit{{"/kinds/" + strconv.Itoa(i) + "/keep", fmt.Sprintf("what was booked is to be kept %d years after the accounting year; here accounts are kept %d months", years, *k.Keep)}}
			}
		}
		return nil
	}
}

func processorWithout(p *Policy) []hit {
	if p.Processor.Level == "" || p.Processor.Agreement != "none" {
		return nil
	}
	return []hit{{"/processor/agreement", fmt.Sprintf("a processor works by a contract that binds it; here the units of the level %q need none", p.Processor.Level)}}
}

func specialCategory(p *Policy) []hit {
	if p.Sensitivity == "" || p.Sensitivity == "none" || slices.ContainsFunc(p.Categories, func(c Category) bool { return c.Special }) {
		return nil
	}
	return []hit{{"/categories", fmt.Sprintf("that somebody is a member reveals %s, which is a special category of personal data; here no category is special", map[string]string{
		"religion": "religious or philosophical beliefs", "politics": "political opinions", "union": "trade union membership",
	}[p.Sensitivity])}}
}

func outsiders(p *Policy) []hit {
	if p.Sensitivity == "" || p.Sensitivity == "none" {
		return nil
	}
	var hits []hit
	for i, r := range p.Lists.Disclosure.Rules {
		if r.To == "outsider" && r.Consent == ConsentNone {
			hits = append(hits, hit{"/disclosure/rules/" + strconv.Itoa(i) + "/consent", fmt.Sprintf("an association may not tell anybody outside it who its members are without their consent; here the rule %q asks for none", r.ID)})
		}
	}
	return hits
}

// longKeep is from how many months on the keeping of a closed record is asked
// about. No law names a number.
const longKeep = 24

func longKept(p *Policy) []hit {
	var hits []hit
	for i, r := range p.Reasons {
		if r.Keep > longKeep {
			hits = append(hits, hit{"/reasons/" + strconv.Itoa(i) + "/keep", fmt.Sprintf("personal data are kept no longer than their purpose needs; here the records of those who left by %q are kept %d months", r.ID, r.Keep)})
		}
	}
	return hits
}
