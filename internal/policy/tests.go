package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/medlem-register/medlem/internal/register"
)

// A Test is one of tests.yaml: something that the policy must say. Load runs
// them.
type Test struct {
	Says   string `yaml:"says"` // in words
	Office string `yaml:"office"`
	Expect string `yaml:"expect"` // "yes" or "no"

	// May she who holds the office At do May In, with Field and Choice of it?
	At     Place  `yaml:"at"`
	May    Act    `yaml:"may"`
	In     Place  `yaml:"in"`
	Field  string `yaml:"field"`
	Choice string `yaml:"choice"`

	// May so many hold the office in Unit?
	Unit    Place `yaml:"unit"`
	Holders *int  `yaml:"holders"`
}

// A Place is a unit of the policy, or one that is made up for a test. The zero
// Place is none.
type Place struct {
	Unit register.UnitID // or Own, Below, Above, Other; "" made up

	Level     string // of the unit that is made up
	Flags     []string
	Purposes  []string // fields that it states a purpose for
	Members   int
	Officers  int
	Elsewhere bool // not below the unit that Test.At is
}

// The places of Test.In that are seen from Test.At.
const (
	PlaceOwn   = "own"   // itself
	PlaceBelow = "below" // a unit directly below
	PlaceAbove = "above" // the unit directly above
	PlaceOther = "other" // another unit of the same level
)

var seenFrom = []string{PlaceOwn, PlaceBelow, PlaceAbove, PlaceOther}

// UnmarshalYAML reads a unit's id or a block of keys. What is neither stays the
// zero Place, which checkTests reports.
func (p *Place) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		p.Unit = register.UnitID(n.Value)
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return nil
	}
	var made struct {
		Level     string   `yaml:"level"`
		Flags     []string `yaml:"flags"`
		Purposes  []string `yaml:"purposes"`
		Members   int      `yaml:"members"`
		Officers  int      `yaml:"officers"`
		Elsewhere bool     `yaml:"elsewhere"`
	}
	if err := n.Decode(&made); err != nil {
		return err
	}
	*p = Place{Level: made.Level, Flags: made.Flags, Purposes: made.Purposes, Members: made.Members, Officers: made.Officers, Elsewhere: made.Elsewhere}
	return nil
}

func decodeTests(d *document, p *Policy) error {
	if d == nil {
		return nil
	}
	var in struct {
		Tests []Test `yaml:"tests"`
	}
	err := d.root.Decode(&in)
	p.Tests = in.Tests
	return err
}

// checkTests reports tests that ask nothing, or about what there is not.
func checkTests(d *document, p *Policy) {
	if p.words("level").open || p.words("office").open {
		return // what they are about is wrong itself, or not decided yet
	}
	for i := range p.Tests {
		t, at := &p.Tests[i], "/tests/"+strconv.Itoa(i)
		o := d.office(at+"/office", t.Office, p, "")
		if o == nil {
			continue
		}
		switch seats, act := t.Holders != nil, t.May != ""; {
		case seats == act && !d.open[at+"/may"] && !d.open[at+"/holders"]:
			d.report(at, "a test of an act has at and may, one of seats has unit and holders", "write one of the two")
			continue
		case seats:
			d.checkPlaceOf(at+"/unit", &t.Unit, o, p)
			d.notWith(at, "holders", "at", "in", "field", "choice")
		case act:
			d.checkPlaceOf(at+"/at", &t.At, o, p)
			d.notWith(at, "may", "unit")
			d.checkIn(at+"/in", t, o, p)
			d.checkTestField(at, t, p)
		}
	}
}

// notWith reports keys that say nothing in a test that has another.
func (d *document) notWith(at, has string, keys ...string) {
	for _, k := range keys {
		if d.values[at+"/"+k] != nil {
			d.reportKey(at+"/"+k, fmt.Sprintf("%s in a test that has %s", k, has), "leave it out")
		}
	}
}

// checkPlaceOf reports a place that there is not, or that is none for an office o;
// any, where o is nil.
func (d *document) checkPlaceOf(path string, at *Place, o *Office, p *Policy) {
	level := at.Level
	switch {
	case d.values[path] == nil:
		d.report(strings.TrimSuffix(path, path[strings.LastIndexByte(path, '/'):]), fmt.Sprintf("missing %s", path[strings.LastIndexByte(path, '/')+1:]), "add the line")
		return
	case d.isOpen(path) || d.open[path+"/level"]:
		return
	case at.Unit != "":
		units := p.words("unit")
		i := slices.Index(units.list, string(at.Unit))
		if i < 0 && !units.open {
			d.report(path, fmt.Sprintf("unknown unit %q", clip(string(at.Unit))), cmp.Or(near(string(at.Unit), units.list), "write a unit of organisation.yaml, or {level: …} for one that is made up"))
		}
		if i < 0 {
			return
		}
		level = p.Units[i].Level
		path += "/level" // for the report below: it stands at the place itself
	case level == "":
		d.report(path, "neither a unit nor a block with a level", "write a unit's id, or {level: …} for one that is made up")
		return
	}
	d.allKnown(path+"/flags", "flag", at.Flags, p.words("flag"))
	d.columns(path+"/purposes", at.Purposes, p)
	if at.Level != "" && !d.known(path+"/level", "level", level, p.words("level")) {
		return
	}
	if o != nil && o.Level != "" && level != "" && level != o.Level {
		d.report(strings.TrimSuffix(path, "/level"), fmt.Sprintf("the office %q is of the level %q, not of %q", o.ID, o.Level, level), "write a unit of that level")
	}
}

// checkIn reports a place of a test's act that there is not.
func (d *document) checkIn(path string, t *Test, o *Office, p *Policy) {
	l := p.level(o.Level)
	under := func(l2 Level) bool { return l2.Under == o.Level }
	switch in := string(t.In.Unit); {
	case d.values[path] == nil:
	case !slices.Contains(seenFrom, in):
		d.checkPlaceOf(path, &t.In, nil, p)
	case l != nil && in == PlaceBelow && !slices.ContainsFunc(p.Levels, under), l != nil && in == PlaceAbove && l.Under == "":
		d.report(path, fmt.Sprintf("no unit is %s one of the level %q", in, o.Level), "write another place")
	}
}

// checkTestField reports a field or a choice that there is not, or that nobody
// does that with.
func (d *document) checkTestField(at string, t *Test, p *Policy) {
	if t.Field == "" {
		if t.Choice != "" && !d.open[at+"/field"] {
			d.report(at+"/choice", "a choice without a field", "add field: and the field that has it")
		}
		return
	}
	if !slices.Contains([]Act{ActRead, ActEdit, ActAdd}, t.May) {
		d.report(at+"/may", fmt.Sprintf("nobody may %s a field", t.May), "write read, edit or add, or leave field out")
	}
	if !d.known(at+"/field", "field", t.Field, p.words("field")) {
		return
	}
	if f, ok := p.Field(t.Field); ok && t.Choice != "" && !p.isUndecided(t) {
		d.known(at+"/choice", "choice", t.Choice, fixed(f.Choices...))
	}
}
