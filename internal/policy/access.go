package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// An Act is something that an office may do.
type Act string

// The acts.
const (
	ActRead    Act = "read"    // open the records of the unit
	ActAdd     Act = "add"     // enter a new member
	ActEdit    Act = "edit"    // change a member's fields
	ActMove    Act = "move"    // move a member to another unit
	ActClose   Act = "close"   // end a membership
	ActReopen  Act = "reopen"  // take a closed membership up again
	ActRequest Act = "request" // ask the secretariat for an act
	ActMerge   Act = "merge"   // judge and merge proposals
	ActGrant   Act = "grant"   // give and end officers' access
	ActPolicy  Act = "policy"  // change the policy files and the site
	ActErase   Act = "erase"   // erase members
)

// Acts lists the acts.
var Acts = []Act{ActRead, ActAdd, ActEdit, ActMove, ActClose, ActReopen, ActRequest, ActMerge, ActGrant, ActPolicy, ActErase}

// The scopes of an office.
const (
	ScopeOwn     = "own"     // its own unit
	ScopeSubtree = "subtree" // its own unit and all below
	ScopeAll     = "all"     // every unit
	ScopeNone    = "none"    // no unit: it may only ask
)

// Access is access.yaml: who may do what.
type Access struct {
	Offices []Office `yaml:"offices"`
	Limits  Limits   `yaml:"limits"`
}

// An Office is a post that gives access.
type Office struct {
	ID    string            `yaml:"id"`
	Name  map[string]string `yaml:"name"`  // by language
	Level string            `yaml:"level"` // of the units that have it
	Scope string            `yaml:"scope"`
	May   []Act             `yaml:"may"`
	Seats Seats             `yaml:"seats"`
}

// Seats is how many may hold an office in one unit at a time.
type Seats struct {
	Min int `yaml:"min"` // fewer is a warning
	Max int `yaml:"max"`
}

// Limits bound a proposal.
type Limits struct {
	Files int `yaml:"files"` // files that one proposal may change
}

// DefaultFiles is Limits.Files where the policy does not say.
const DefaultFiles = 100_000

// Office returns the office of that id.
func (p *Policy) Office(id string) (*Office, bool) {
	o, ok := p.offices[id]
	return o, ok
}

// Can tells whether the office may do a.
func (o *Office) Can(a Act) bool { return slices.Contains(o.May, a) }

func decodeAccess(d *document, p *Policy) error {
	p.Limits.Files = DefaultFiles
	return d.root.Decode(&p.Access)
}

func checkAccess(d *document, p *Policy) {
	ids(d, "/offices", "office", len(p.Offices), func(i int) string { return p.Offices[i].ID })
	var levels []string
	top := ""
	for _, l := range p.Levels {
		levels = append(levels, l.ID)
		if l.Under == "" {
			top = l.ID
		}
	}
	merges := false
	for i := range p.Offices {
		o := &p.Offices[i]
		at := "/offices/" + strconv.Itoa(i)
		d.names(at+"/name", o.Name, p.Languages)
		if len(levels) > 0 && !slices.Contains(levels, o.Level) {
			d.report(at+"/level", fmt.Sprintf("unknown level %q", o.Level), suggest(o.Level, levels))
		} else if o.Scope == ScopeAll && top != "" && o.Level != top {
			d.report(at+"/scope", "an office of every unit below the top level", fmt.Sprintf("write subtree, or give it the level %q", top))
		}
		if o.Seats.Min > o.Seats.Max {
			d.report(at+"/seats/min", "more seats at least than at most", "make min the smaller of the two")
		}
		d.checkMay(at+"/may", o)
		merges = merges || o.Scope == ScopeAll && o.Can(ActMerge)
	}
	if !merges {
		d.report("/offices", "no office that may merge has the scope all", "give the secretariat's office the scope all and the act merge: without it nothing can be changed any more")
	}
}

// checkMay reports acts that make no sense together.
func (d *document) checkMay(at string, o *Office) {
	for i, a := range o.May {
		if slices.Contains(o.May[:i], a) {
			d.report(at+"/"+strconv.Itoa(i), fmt.Sprintf("the act %q stands twice", a), "keep one of the two")
		}
	}
	act := func(acts ...Act) (path, names string) {
		for i, a := range o.May {
			if slices.Contains(acts, a) {
				if names == "" {
					path = at + "/" + strconv.Itoa(i)
				}
				names += ", " + string(a)
			}
		}
		return path, strings.TrimPrefix(names, ", ")
	}
	if o.Scope == ScopeNone {
		if path, names := act(slices.DeleteFunc(slices.Clone(Acts), func(a Act) bool { return a == ActRequest })...); names != "" {
			d.report(path, "an office without any scope that may "+names, "give it a scope, or leave request alone")
		}
		return
	}
	if path, names := act(ActAdd, ActEdit, ActMove, ActClose, ActReopen, ActMerge, ActErase); names != "" && !o.Can(ActRead) {
		d.report(path, "an office that may "+names+" without read", "add read")
	}
	if path, names := act(ActMerge, ActGrant, ActPolicy, ActErase); names != "" && o.Scope != ScopeAll {
		d.report(path, "an office that may "+names+" without the scope all", "only the secretariat may: write the scope all, or take the act away")
	}
}
