// Package policy reads the policy files of a register: its organisation, its
// offices and what they may do, the fields of a record, how long things are kept,
// and what is said of lists, sendings, dues, members' own pages and controls.
//
// Use [Load] for the files of a register's policies/ folder. It returns a
// policy or problems, never both: code that holds a *Policy may rely on every
// reference in it, and needs no checks of its own. Its conditions are compiled,
// and its own tests have passed. Use [Pack] and [LoadPack] for the procedure of an
// organisation to begin from, [Undecided] and [Decide] for what it leaves open,
// and [Compose] to write the organisation of a new register. [Diff] says where two
// policies differ, [Lints] where one may not be what the law asks. Everything is
// in memory already; a Policy is never changed and is safe for concurrent use.
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

	Review   Review   // review.yaml
	Lists    Lists    // lists.yaml
	Sendings Sendings // sendings.yaml
	Dues     Dues     // dues.yaml
	Pages    *Pages   // pages.yaml; nil where there is none: then there are no pages
	Tests    []Test   // tests.yaml

	units    map[register.UnitID]*Unit
	children map[register.UnitID][]*Unit
	offices  map[string]*Office
	rights   map[string]map[string]Right // office, field
	headings map[string]string           // folded heading → field
	schema   *record.Schema
	lints    []Lint

	docs       map[string]*document // by file, while it is loaded
	vocabulary map[string]words     // what can be referred to, while it is loaded
}

// FileLimit is the size of the largest policy file that is read: 1 MiB.
const FileLimit = 1 << 20

// A part is one of the policy files.
type part struct {
	file     string
	decode   func(*document, *Policy) error // of an optional file that is not there: nil
	check    func(*document, *Policy)
	optional bool
}

// parts are the files of a policy, in the order in which they are checked: a
// part may rely on the parts before it as far as they are sound.
var parts = []part{
	{"organisation.yaml", decodeOrganisation, checkOrganisation, false},
	{"access.yaml", decodeAccess, checkAccess, false},
	{"fields.yaml", decodeFields, checkFields, false},
	{"retention.yaml", decodeRetention, checkRetention, false},
	{"review.yaml", decodeReview, checkReview, true},
	{"lists.yaml", decodeLists, checkLists, true},
	{"sendings.yaml", decodeSendings, checkSendings, true},
	{"dues.yaml", decodeDues, checkDues, true},
	{"pages.yaml", decodePages, checkPages, true},
	{"tests.yaml", decodeTests, checkTests, true},
}

// Files lists the names of the files that every policy has.
func Files() []string { return fileNames(false) }

// OptionalFiles lists the names of the files that a policy may have besides.
func OptionalFiles() []string { return fileNames(true) }

// AllFiles lists both.
func AllFiles() []string { return append(Files(), OptionalFiles()...) }

func fileNames(optional bool) []string {
	var names []string
	for _, p := range parts {
		if p.optional == optional {
			names = append(names, p.file)
		}
	}
	return names
}

// Load reads a policy: the content of each file of policies/ by its name,
// "access.yaml". Where anything is wrong it returns no policy and every problem
// that it found, sorted. What is not decided yet is wrong.
func Load(files map[string][]byte) (*Policy, []Problem) { return loadFiles(files, false) }

// LoadPack reads a policy as [Load] does, and lets anything be not decided yet:
// it holds the zero value then. Use it to judge a pack, never to act by.
func LoadPack(files map[string][]byte) (*Policy, []Problem) { return loadFiles(files, true) }

func loadFiles(files map[string][]byte, pack bool) (*Policy, []Problem) {
	p := &Policy{vocabulary: map[string]words{}}
	var problems []Problem
	for name := range files {
		if !slices.Contains(AllFiles(), name) {
			problems = append(problems, Problem{File: name, Msg: "no such policy file", Hint: suggest(name, AllFiles())})
		}
	}
	docs := make([]*document, len(parts))
	p.docs = map[string]*document{}
	for i, part := range parts {
		b, ok := files[part.file]
		if !ok && part.optional {
			part.decode(nil, p) // what holds where the policy does not say
			continue
		}
		if !ok {
			problems = append(problems, Problem{File: part.file, Msg: "missing", Hint: "every register has this file: medlem init writes one"})
			continue
		}
		docs[i] = part.read(b, p, pack)
		p.docs[part.file] = docs[i]
	}
	for i, part := range parts {
		d := docs[i]
		if d != nil && d.sound {
			part.check(d, p)
		}
	}
	for _, d := range docs {
		if d != nil {
			problems = append(problems, d.problems...)
		}
	}
	if problems == nil {
		p.index()
		problems = p.runTests()
	}
	if problems != nil {
		return nil, arrange(problems)
	}
	p.lint()
	p.docs, p.vocabulary = nil, nil // the places of everything are many
	return p, nil
}

// read returns the file's document, and what it says in p if its form is right.
func (part part) read(b []byte, p *Policy, pack bool) *document {
	d := parseDocument(part.file, b)
	d.pack = pack
	if d.problems == nil {
		d.validate(schemaOf(part.file))
	}
	if d.problems == nil {
		if err := part.decode(d.decided(), p); err != nil {
			// The schema has accepted it, so this is a value of a form that the
			// schema does not know and YAML does.
			d.report("", "cannot be read", "write numbers in plain digits and put text in quotes")
		}
	}
	d.sound = d.problems == nil
	return d
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
