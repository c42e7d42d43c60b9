package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func checkAccess(d *document, p *Policy) {
	ids(d, "/offices", "office", len(p.Offices), func(i int) string { return p.Offices[i].ID })
	top := ""
	for _, l := range p.Levels {
		if l.Under == "" {
			top = l.ID
		}
	}
	merges := d.isOpen("/offices")
	for i := range p.Offices {
		o := &p.Offices[i]
		at := "/offices/" + strconv.Itoa(i)
		d.names(at+"/name", o.Name, p.Languages)
		if d.known(at+"/level", "level", o.Level, p.words("level")) && o.Level != "" && o.Scope == ScopeAll && top != "" && o.Level != top {
			d.report(at+"/scope", "an office of every unit below the top level", fmt.Sprintf("write subtree, or give it the level %q", top))
		}
		d.checkMay(at+"/may", o)
		d.checkLevelAccess(at+"/may", o, p)
		d.checkOffice(at, o, p)
		merges = merges || o.Scope == ScopeAll && o.Can(ActMerge) || d.open[at] || d.open[at+"/scope"] || d.touchesOpen(at+"/may")
	}
	if !merges {
		d.report("/offices", "no office that may merge has the scope all", "give the secretariat's office the scope all and the act merge: without it nothing can be changed any more")
	}
	d.checkSigners(p, top)
	d.terms("/meetings", "meeting", p.Meetings, p.Languages)
	for i, id := range p.Amend.By {
		d.office("/amend/by/"+strconv.Itoa(i), id, p, "change policies", ActPolicy)
	}
	d.offices("/subject-rights/by", p.SubjectRights.By, p, "edit", ActEdit)
	for _, area := range sorted(p.Responsible) {
		d.known("/responsible/"+area, "level", p.Responsible[area], p.words("level"))
	}
}

// checkSigners reports signers that nobody can be.
func (d *document) checkSigners(p *Policy, top string) {
	ids(d, "/signers", "signer", len(p.Signers), func(i int) string { return p.Signers[i].ID })
	for i := range p.Signers {
		s, at := &p.Signers[i], "/signers/"+strconv.Itoa(i)
		d.names(at+"/name", s.Name, p.Languages)
		if s.ID == Appointee {
			d.report(at+"/id", fmt.Sprintf("the signer %q is there already", s.ID), "choose another id")
		}
		for j, id := range s.Offices {
			path := at + "/offices/" + strconv.Itoa(j)
			o := d.office(path, id, p, "")
			switch {
			case o == nil || len(p.Levels) == 0 || o.Level == "":
			case s.Of == OfTop && top != "" && o.Level != top:
				d.report(path, fmt.Sprintf("the office %q is not of the top level", id), "write of: unit or of: above, or name an office of the top level")
			case s.Of == OfAbove && !slices.ContainsFunc(p.Levels, func(l Level) bool { return p.isAbove(o.Level, l.ID) }):
				d.report(path, fmt.Sprintf("no level is below that of the office %q", id), "write of: unit, or name an office of a higher level")
			}
		}
	}
}

// office returns the office of that id, and reports one that there is not or that
// may do none of acts; to says what for.
func (d *document) office(path, id string, p *Policy, to string, acts ...Act) *Office {
	if !d.known(path, "office", id, p.words("office")) {
		return nil
	}
	i := slices.IndexFunc(p.Offices, func(o Office) bool { return o.ID == id })
	if i < 0 {
		return nil // not decided yet
	}
	o := &p.Offices[i]
	if len(acts) > 0 && !slices.ContainsFunc(acts, o.Can) && !p.touches("access.yaml", "/offices/"+strconv.Itoa(i)+"/may") {
		d.report(path, fmt.Sprintf("the office %q may not %s", id, to), fmt.Sprintf("leave it out, or give it the act %s in access.yaml", acts[0]))
	}
	return o
}

// offices reports offices of a list that there are not, that stand twice or that
// may do none of acts.
func (d *document) offices(path string, list []string, p *Policy, to string, acts ...Act) {
	for i, id := range list {
		at := path + "/" + strconv.Itoa(i)
		if id != "" && slices.Contains(list[:i], id) {
			d.report(at, fmt.Sprintf("the office %q stands twice", clip(id)), "keep one of the two")
			continue
		}
		d.office(at, id, p, to, acts...)
	}
}

// acts returns those of the office's acts that are among some: the path of the
// first, and their names.
func (o *Office) acts(at string, some ...Act) (path, names string) {
	for i, a := range o.May {
		if slices.Contains(some, a) {
			if names == "" {
				path = at + "/" + strconv.Itoa(i)
			}
			names += ", " + string(a)
		}
	}
	return path, strings.TrimPrefix(names, ", ")
}

// except are the acts but some.
func except(some ...Act) []Act {
	return slices.DeleteFunc(slices.Clone(Acts), func(a Act) bool { return slices.Contains(some, a) })
}

// checkMay reports acts that make no sense together.
func (d *document) checkMay(at string, o *Office) {
	for i, a := range o.May {
		if a != "" && slices.Contains(o.May[:i], a) {
			d.report(at+"/"+strconv.Itoa(i), fmt.Sprintf("the act %q stands twice", a), "keep one of the two")
		}
	}
	if o.Scope == "" || d.touchesOpen(at) {
		return // not decided yet
	}
	if o.Scope == ScopeNone {
		if path, names := o.acts(at, except(ActRequest)...); names != "" {
			d.report(path, "an office without any scope that may "+names, "give it a scope, or leave request alone")
		}
		return
	}
	if path, names := o.acts(at, ActAdd, ActEdit, ActMove, ActClose, ActReopen, ActMerge, ActErase, ActActivity); names != "" && !o.Can(ActRead) {
		d.report(path, "an office that may "+names+" without read", "add read")
	}
	if path, names := o.acts(at, ActMerge, ActGrant, ActPolicy, ActErase); names != "" && o.Scope != ScopeAll {
		d.report(path, "an office that may "+names+" without the scope all", "only the secretariat may: write the scope all, or take the act away")
	}
}

// checkLevelAccess reports an office of a level without access that may do what
// takes some.
func (d *document) checkLevelAccess(at string, o *Office, p *Policy) {
	l := p.level(o.Level)
	if l == nil || l.Access != AccessNone || o.Scope == ScopeNone {
		return
	}
	if path, names := o.acts(at, except(ActRequest, ActGrant, ActPolicy)...); names != "" {
		d.report(path, fmt.Sprintf("an office of the level %q, which has no access, that may %s", l.ID, names), "leave request alone, or take access: none from the level in organisation.yaml")
	}
}
