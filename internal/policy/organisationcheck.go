package policy

import (
	"fmt"
	"slices"
	"strconv"
)

// checkWords reports what is wrong with the words that other places refer to.
func (d *document) checkWords(p *Policy) {
	d.terms("/flags", "flag", p.Flags, p.Languages)
	ids(d, "/statutes", "statute", len(p.Statutes), func(i int) string { return p.Statutes[i].ID })
	for i, s := range p.Statutes {
		d.names("/statutes/"+strconv.Itoa(i)+"/name", s.Name, p.Languages)
	}
	if d.values["/decided"] != nil {
		d.names("/decided/by", p.Decided.By, p.Languages)
		d.day("/decided/on", p.Decided.On)
	}
}

// checkAnswerable reports a controller and a processor that cannot be.
func (d *document) checkAnswerable(p *Policy) {
	levels := p.words("level")
	if p.Controller != EachUnit {
		d.known("/controller", "level", p.Controller, levels)
	}
	d.known("/processor/level", "level", p.Processor.Level, levels)
	if p.Processor.Level != "" && p.Processor.Level == p.Controller {
		d.report("/processor/level", fmt.Sprintf("the level %q answers for the data itself", p.Controller), "a processor works for another: name another level, or leave processor out")
	}
}

// checkUnitWords reports flags, purposes and agreements of units that mean
// nothing.
func (d *document) checkUnitWords(p *Policy) {
	for i := range p.Units {
		u, at := &p.Units[i], "/units/"+strconv.Itoa(i)
		if d.full() {
			return
		}
		d.allKnown(at+"/flags", "flag", u.Flags, p.words("flag"))
		d.day(at+"/dissolved", u.Dissolved)
		if u.Dissolved != "" && u.Under == "" {
			d.report(at+"/dissolved", "the unit at the top cannot be dissolved", "leave it out: a register that is no more takes in nothing")
		}
		if u.Agreement != "" && u.Level != p.Processor.Level && !d.isOpen("/processor/level") {
			d.report(at+"/agreement", "an agreement of a unit that is no processor", "leave it out, or name the unit's level under processor")
		}
	}
}

// checkPurposes reports purposes of units for fields that need none. They stand in
// organisation.yaml and speak of fields.yaml.
func (p *Policy) checkPurposes() {
	d := p.docs["organisation.yaml"]
	if d == nil || !d.sound {
		return
	}
	fields := p.words("field")
	for i, u := range p.Units {
		for _, key := range sorted(u.Purposes) {
			at := "/units/" + strconv.Itoa(i) + "/purposes/" + escape(key)
			j := slices.Index(fields.list, key)
			switch {
			case j < 0 && !fields.open:
				d.reportKey(at, fmt.Sprintf("unknown field %q", clip(key)), suggest(key, fields.list))
			case j >= 0 && !p.Fields[j].NeedsPurpose && !p.isOpen("fields.yaml", "/fields/"+strconv.Itoa(j)+"/needs-purpose"):
				d.reportKey(at, fmt.Sprintf("the field %q needs no purpose of a unit", clip(key)), "leave it out, or write needs-purpose: true in fields.yaml")
			}
		}
	}
}

// levelIDs are the ids of the levels; none where they do not hang together.
func (p *Policy) levelIDs() []string { return idsOf(p.Levels, func(l Level) string { return l.ID }) }

// level returns the level of that id.
func (p *Policy) level(id string) *Level {
	for i := range p.Levels {
		if p.Levels[i].ID == id {
			return &p.Levels[i]
		}
	}
	return nil
}

// isAbove tells whether the level a is above b.
func (p *Policy) isAbove(a, b string) bool {
	for l := p.level(b); l != nil && l.Under != ""; l = p.level(l.Under) {
		if l.Under == a {
			return true
		}
	}
	return false
}

// isOpen tells whether a value of a file is not decided yet. It is for the time
// of loading.
func (p *Policy) isOpen(file, path string) bool {
	d := p.docs[file]
	return d != nil && d.isOpen(path)
}

// touches tells whether a value of a file, or one in it, is not decided yet. It
// is for the time of loading.
func (p *Policy) touches(file, path string) bool {
	d := p.docs[file]
	return d != nil && d.touchesOpen(path)
}
