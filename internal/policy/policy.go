// Package policy reads the policy files of a register: its organisation, its
// offices and what they may do, the fields of a record, and how long things are
// kept.
//
// Use [Load] for the files of a register's policies/ folder. It returns a
// policy or problems, never both: code that holds a *Policy may rely on every
// reference in it, and needs no checks of its own. Use [Compose] to write the
// organisation of a new register. Everything is in memory already; a Policy is
// never changed and is safe for concurrent use.
package policy

import (
	"slices"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// A Policy is what an organisation has decided about its register.
type Policy struct {
	Organisation // organisation.yaml
	Access       // access.yaml
	Fields       // fields.yaml
	Vocabulary   // fields.yaml too
	Retention    // retention.yaml

	units    map[register.UnitID]*Unit
	children map[register.UnitID][]*Unit
	offices  map[string]*Office
	rights   map[string]map[string]Right // office, field
	headings map[string]string           // folded heading → field
	schema   *record.Schema
}

// FileLimit is the size of the largest policy file that is read: 1 MiB.
const FileLimit = 1 << 20

// A part is one of the policy files.
type part struct {
	file   string
	decode func(*document, *Policy) error
	check  func(*document, *Policy)
}

// parts are the files of a policy, in the order in which they are checked: a
// part may rely on the parts before it as far as they are sound.
var parts = []part{
	{"organisation.yaml", decodeOrganisation, checkOrganisation},
	{"access.yaml", decodeAccess, checkAccess},
	{"fields.yaml", decodeFields, checkFields},
	{"retention.yaml", decodeRetention, checkRetention},
}

// Files lists the names of the files that every policy has.
func Files() []string {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.file
	}
	return names
}

// Load reads a policy: the content of each file of policies/ by its name,
// "access.yaml". Where anything is wrong it returns no policy and every problem
// that it found, sorted.
func Load(files map[string][]byte) (*Policy, []Problem) {
	p := &Policy{}
	var problems []Problem
	for name := range files {
		if !slices.Contains(Files(), name) {
			problems = append(problems, Problem{File: name, Msg: "no such policy file", Hint: suggest(name, Files())})
		}
	}
	for _, part := range parts {
		b, ok := files[part.file]
		if !ok {
			problems = append(problems, Problem{File: part.file, Msg: "missing", Hint: "every register has this file: medlem init writes one"})
			continue
		}
		d := parseDocument(part.file, b)
		if d.problems == nil {
			d.validate(schemaOf(part.file))
		}
		if d.problems == nil {
			if err := part.decode(d, p); err != nil {
				// The schema has accepted it, so this is a value of a form that the
				// schema does not know and YAML does.
				d.report("", "cannot be read", "write numbers in plain digits and put text in quotes")
			}
		}
		if d.problems == nil {
			part.check(d, p)
		}
		problems = append(problems, d.problems...)
	}
	if problems != nil {
		return nil, arrange(problems)
	}
	p.index()
	return p, nil
}

// index makes the tables that the methods look into.
func (p *Policy) index() {
	p.units = make(map[register.UnitID]*Unit, len(p.Units))
	p.children = map[register.UnitID][]*Unit{}
	for i := range p.Units {
		u := &p.Units[i]
		p.units[u.ID] = u
		p.children[u.Under] = append(p.children[u.Under], u)
	}
	p.offices = make(map[string]*Office, len(p.Offices))
	for i := range p.Offices {
		p.offices[p.Offices[i].ID] = &p.Offices[i]
	}
	p.schema = p.makeSchema()
	p.rights = p.makeRights()
	p.headings = map[string]string{}
	for _, f := range p.Fields {
		for _, h := range f.allHeadings() {
			p.headings[foldHeading(h)] = f.Key
		}
	}
}
