package policy

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Organisation is organisation.yaml: who the organisation is and how it is
// built.
type Organisation struct {
	Name      string   `yaml:"name"`
	Languages []string `yaml:"languages"` // the first is the organisation's own
	Country   string   `yaml:"country"`   // ISO 3166-1 alpha-2
	Contact   string   `yaml:"contact"`   // where members and officers turn
	Site      string   `yaml:"site"`      // where the published pages lie, with a last slash; "" nowhere
	Levels    []Level  `yaml:"levels"`
	Units     []Unit   `yaml:"units"`
	Keyrings  Keyrings `yaml:"keyrings"`
	Beside    []string `yaml:"beside"` // top-level folders of the repository that are not the register's

	Flags       []Term    `yaml:"flags"`       // what can be said of a unit
	Controller  string    `yaml:"controller"`  // level whose units answer for the data (GDPR art. 4(7)), EachUnit, or ""
	Processor   Processor `yaml:"processor"`   // who processes for the controller
	Statutes    []Statute `yaml:"statutes"`    // what offices rest on
	Sensitivity string    `yaml:"sensitivity"` // what membership itself reveals: one of Sensitivities, or ""
	Decided     Decision  `yaml:"decided"`     // on having the register
}

// EachUnit is the Controller of an organisation whose every unit answers for its
// own members.
const EachUnit = "each-unit"

// Sensitivities are what membership by itself can reveal (GDPR art. 9(1)).
var Sensitivities = []string{"none", "religion", "politics", "union"}

// A Processor is a level whose units process data for the controller (GDPR art.
// 28).
type Processor struct {
	Level     string `yaml:"level"`     // "" none
	Agreement string `yaml:"agreement"` // AgreementRequired: without one no officer of the unit has access
}

// AgreementRequired is Processor.Agreement where each unit needs one.
const AgreementRequired = "required"

// A Statute is a provision of the organisation's own rules.
type Statute struct {
	ID   string            `yaml:"id"`
	Name map[string]string `yaml:"name"` // by language
	URL  string            `yaml:"url"`
}

// A Decision is who decided something, and when.
type Decision struct {
	By        map[string]string `yaml:"by"` // by language
	On        register.Day      `yaml:"on"`
	Reference string            `yaml:"reference"`
}

// A Level is a kind of unit: national, region, branch.
type Level struct {
	ID    string            `yaml:"id"`
	Under string            `yaml:"under"` // "" at the top
	Name  map[string]string `yaml:"name"`  // by language

	Access string `yaml:"access"` // AccessNone, or "" for what its offices say
}

// AccessNone is the Access of a level whose units open no records.
const AccessNone = "none"

// A Unit is a node of the organisation's tree.
type Unit struct {
	ID    register.UnitID `yaml:"id"`
	Level string          `yaml:"level"`
	Name  string          `yaml:"name"`
	Under register.UnitID `yaml:"under"` // "" for the root

	Flags     []string          `yaml:"flags"`     // of Organisation.Flags
	Purposes  map[string]string `yaml:"purposes"`  // field → why this unit needs it
	Agreement string            `yaml:"agreement"` // its processor agreement: id of the evidence and SHA-256 of the sealed file; "" none
	Protected bool              `yaml:"protected"` // its members have protected identity: see Policy.Reaches
	Dissolved register.Day      `yaml:"dissolved"` // from when on nothing new comes into it; "" it lives
}

// GoneOn tells whether the unit is dissolved on a day.
func (u *Unit) GoneOn(day register.Day) bool { return u.Dissolved != "" && u.Dissolved <= day }

// Keyrings says where the sealed keyrings are kept.
type Keyrings struct {
	Folder string `yaml:"folder"` // "" = in the repository, as refs
}

// Unit returns the unit of that id.
func (p *Policy) Unit(id register.UnitID) (*Unit, bool) {
	u, ok := p.units[id]
	return u, ok
}

// Children returns the units directly below a unit, in the order of the file.
func (p *Policy) Children(id register.UnitID) []*Unit {
	if id == "" {
		return nil
	}
	return p.children[id]
}

// Below tells whether id is other or a unit below it. No unit that the policy
// does not have is below any.
func (p *Policy) Below(id, other register.UnitID) bool {
	for u := p.units[id]; u != nil; u = p.units[u.Under] {
		if u.ID == other {
			return true
		}
	}
	return false
}

func decodeOrganisation(d *document, p *Policy) error { return d.root.Decode(&p.Organisation) }

func checkOrganisation(d *document, p *Policy) {
	if !record.IsCountry(p.Country) {
		d.report("/country", fmt.Sprintf("unknown country %q", p.Country), "write the two letters of ISO 3166, as in NO")
	}
	for i, l := range p.Languages {
		for j := range i {
			if p.Languages[j] == l {
				d.report("/languages/"+strconv.Itoa(i), fmt.Sprintf("the language %q stands twice", l), "keep one of the two")
			}
		}
	}
	reserved := map[string]bool{"policies": true, "site": true, ".github": true, "data": true, ".git": true}
	for i, name := range p.Beside {
		if reserved[strings.ToLower(name)] || strings.Trim(name, ".") == "" {
			d.report("/beside/"+strconv.Itoa(i), fmt.Sprintf("the folder %q is the register's own", name), "leave it out")
		}
	}
	d.checkWords(p)
	if !checkLevels(d, p.Levels, p.Languages) {
		p.Levels = nil // the other files are not judged by them
		return
	}
	d.checkAnswerable(p)
	checkUnits(d, p)
	d.checkUnitWords(p)
}

// checkLevels tells whether the levels hang together: one at the top, every
// other under one of them.
func checkLevels(d *document, levels []Level, languages []string) bool {
	if d.isOpen("/levels") {
		return false
	}
	for i, l := range levels {
		d.names("/levels/"+strconv.Itoa(i)+"/name", l.Name, languages)
	}
	before := len(d.problems)
	ids, place := ids(d, "/levels", "level", len(levels), func(i int) string { return levels[i].ID })
	top := -1
	for i, l := range levels {
		at := "/levels/" + strconv.Itoa(i)
		if d.open[at+"/under"] || d.open[at+"/id"] || d.open[at] {
			return false // nothing can be said of the others
		}
		if l.Under == "" {
			if top >= 0 {
				d.report(at, fmt.Sprintf("a second level at the top, besides %q", levels[top].ID), "say under which level this one is")
			} else {
				top = i
			}
			continue
		}
		if _, ok := place[l.Under]; !ok {
			d.report(at+"/under", fmt.Sprintf("unknown level %q", l.Under), suggest(l.Under, ids))
		}
	}
	if len(d.problems) > before {
		return false
	}
	for i, l := range levels {
		for step, up := 0, l.Under; up != ""; step++ {
			if step > len(levels) {
				d.report("/levels/"+strconv.Itoa(i)+"/under", fmt.Sprintf("the level %q is under itself", l.ID), "one level must be at the top, without under")
				return false
			}
			up = levels[place[up]].Under
		}
	}
	return true
}

// checkUnits reports where the units are not one tree, each unit of a level
// below its parent's.
func checkUnits(d *document, p *Policy) {
	units := p.Units
	all, place := ids(d, "/units", "unit", len(units), func(i int) string { return string(units[i].ID) })
	levels := map[string]string{} // level → the one above
	var names []string
	for _, l := range p.Levels {
		levels[l.ID] = l.Under
		names = append(names, l.ID)
	}
	root, sound := -1, true
	for i, u := range units {
		if d.full() {
			return // a hint among thousands of units is not free
		}
		at := "/units/" + strconv.Itoa(i)
		if d.open[at] || d.open[at+"/id"] || d.open[at+"/level"] || d.open[at+"/under"] {
			sound = false
			continue
		}
		if _, err := register.ParseUnitID(string(u.ID)); err != nil {
			d.report(at+"/id", err.Error(), "choose a folder name for the unit; its name is written under name")
			sound = false
		}
		above, known := levels[u.Level]
		if !known {
			d.report(at+"/level", fmt.Sprintf("unknown level %q", u.Level), suggest(u.Level, names))
			sound = false
		}
		if u.Under == "" {
			switch {
			case root >= 0:
				d.report(at, fmt.Sprintf("a second unit at the top, besides %q", units[root].ID), "say under which unit this one is")
				sound = false
			case known && above != "":
				d.report(at+"/level", fmt.Sprintf("the unit at the top is of the level %q, not of the top level", u.Level), "say under which unit it is, or give it the top level")
				root = i
			default:
				root = i
			}
			continue
		}
		parent, ok := place[string(u.Under)]
		if !ok && p.words("unit").open {
			sound = false
			continue
		}
		if !ok {
			d.report(at+"/under", fmt.Sprintf("unknown unit %q", u.Under), near(string(u.Under), all))
			sound = false
			continue
		}
		if known && !levelAbove(levels, units[parent].Level, u.Level) {
			d.report(at+"/under", fmt.Sprintf("a %s cannot be under a %s", u.Level, units[parent].Level), "a unit is under a unit of a level above its own")
		}
	}
	if root < 0 && len(d.open) == 0 {
		d.report("/units", "no unit at the top", "one unit, the national one, has no under")
		return
	}
	if sound && root >= 0 {
		checkCycles(d, units, place)
		checkProtected(d, units, place)
	}
}

// levelAbove tells whether the level a is above b.
func levelAbove(levels map[string]string, a, b string) bool {
	for up := levels[b]; up != ""; up = levels[up] {
		if up == a {
			return true
		}
	}
	_, known := levels[a]
	return !known // reported already
}

// checkCycles reports units that are below themselves. Every parent is known.
func checkCycles(d *document, units []Unit, place map[string]int) {
	const fresh, open, done = 0, 1, 2
	state := make([]byte, len(units))
	for i := range units {
		var way []int
		j := i
		for state[j] == fresh {
			state[j] = open
			way = append(way, j)
			if units[j].Under == "" {
				break
			}
			j = place[string(units[j].Under)]
		}
		if state[j] == open && units[j].Under != "" {
			d.report("/units/"+strconv.Itoa(j)+"/under", fmt.Sprintf("the unit %q is below itself", units[j].ID), "follow the units upwards: one of them has the wrong under")
		}
		for _, k := range way {
			state[k] = done
		}
	}
}

// ids returns the ids of the n items of the list at path, and the place of each;
// it reports those that stand twice.
func ids(d *document, path, what string, n int, id func(int) string) ([]string, map[string]int) {
	list, place := make([]string, 0, n), make(map[string]int, n)
	for i := range n {
		at := path + "/" + strconv.Itoa(i)
		if id(i) == "" {
			continue // reported by its form, or not decided yet
		}
		if first, dup := place[id(i)]; dup {
			d.report(at, fmt.Sprintf("the %s %q stands on line %d already", what, id(i), d.line(path+"/"+strconv.Itoa(first))), "give one of the two another id, or remove it")
			continue
		}
		place[id(i)] = i
		list = append(list, id(i))
	}
	return list, place
}
