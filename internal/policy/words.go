package policy

import (
	"fmt"
	"slices"
	"strconv"
)

// words are those that another place of the policy may refer to.
type words struct {
	list []string
	open bool // there may be others: they are not all decided yet, or could not be read
}

// vocabularies are where words are defined, by what they are called in problems.
var vocabularies = map[string]struct {
	file, path string
	list       func(*Policy) []string
}{
	"level":   {"organisation.yaml", "/levels", (*Policy).levelIDs},
	"flag":    {"organisation.yaml", "/flags", func(p *Policy) []string { return termIDs(p.Flags) }},
	"statute": {"organisation.yaml", "/statutes", func(p *Policy) []string { return idsOf(p.Statutes, func(s Statute) string { return s.ID }) }},
	"unit":    {"organisation.yaml", "/units", func(p *Policy) []string { return idsOf(p.Units, func(u Unit) string { return string(u.ID) }) }},
	"office":  {"access.yaml", "/offices", func(p *Policy) []string { return idsOf(p.Offices, func(o Office) string { return o.ID }) }},
	"meeting": {"access.yaml", "/meetings", func(p *Policy) []string { return termIDs(p.Meetings) }},
	"signer": {"access.yaml", "/signers", func(p *Policy) []string {
		return append(idsOf(p.Signers, func(s Signer) string { return s.ID }), Appointee)
	}},
	"field":        {"fields.yaml", "/fields", func(p *Policy) []string { return idsOf(p.Fields, func(f Field) string { return f.Key }) }},
	"purpose":      {"fields.yaml", "/purposes", func(p *Policy) []string { return termIDs(p.Vocabulary.Purposes) }},
	"legal basis":  {"fields.yaml", "/legal-bases", func(p *Policy) []string { return termIDs(p.LegalBases) }},
	"category":     {"fields.yaml", "/categories", func(p *Policy) []string { return termIDs(p.categoryTerms()) }},
	"reason":       {"retention.yaml", "/reasons", func(p *Policy) []string { return idsOf(p.Reasons, func(r Reason) string { return r.ID }) }},
	"list purpose": {"lists.yaml", "/purposes", func(p *Policy) []string { return idsOf(p.Lists.Purposes, func(u ListPurpose) string { return u.ID }) }},
}

func idsOf[T any](list []T, id func(T) string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = id(x)
	}
	return out
}

func termIDs(terms []Term) []string { return idsOf(terms, func(t Term) string { return t.ID }) }

// words returns those that what can be. It is for the time of loading.
func (p *Policy) words(what string) words {
	if w, ok := p.vocabulary[what]; ok {
		return w
	}
	v := vocabularies[what]
	w := words{list: v.list(p)}
	d := p.docs[v.file]
	w.open = d == nil || !d.sound || d.isOpen(v.path) || what == "level" && len(w.list) == 0
	for i := range w.list {
		w.open = w.open || len(d.open) > 0 && d.isOpen(v.path+"/"+strconv.Itoa(i)) || w.list[i] == ""
	}
	p.vocabulary[what] = w
	return w
}

// fixed are words that do not come from the policy.
func fixed(list ...string) words { return words{list: list} }

// known reports a word that is not one of those that it may be. An empty one is
// left out or not decided yet.
func (d *document) known(path, what, id string, w words) bool {
	if id == "" || w.open || slices.Contains(w.list, id) {
		return true
	}
	hint := suggest(id, w.list)
	if len(w.list) == 0 {
		hint = "the policy has none yet: add it first"
	}
	d.report(path, fmt.Sprintf("unknown %s %q", what, clip(id)), hint)
	return false
}

// allKnown reports each word of a list that is not one of those that it may be, or
// stands twice.
func (d *document) allKnown(path, what string, ids []string, w words) {
	for i, id := range ids {
		at := path + "/" + strconv.Itoa(i)
		if id != "" && slices.Contains(ids[:i], id) {
			d.report(at, fmt.Sprintf("the %s %q stands twice", what, clip(id)), "keep one of the two")
			continue
		}
		d.known(at, what, id, w)
	}
}
