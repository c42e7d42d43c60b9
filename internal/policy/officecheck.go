package policy

import (
	"fmt"
	"slices"
	"strconv"
)

// checkOffice reports what is wrong with what an office asks of its grants.
func (d *document) checkOffice(at string, o *Office, p *Policy) {
	d.checkSeats(at+"/seats", o)
	d.known(at+"/statute", "statute", o.Statute, p.words("statute"))
	if o.Statute == "" && p.StatutesRequired && !d.open[at+"/statute"] {
		d.reportKey(at, fmt.Sprintf("the office %q rests on no statute", o.ID), "add statute: and one of the statutes of organisation.yaml, or take statutes-required away")
	}
	d.signers(at+"/appointed/by", o.Appointed.By, o, p)
	d.allKnown(at+"/appointed/at", "meeting", o.Appointed.At, p.words("meeting"))
	d.checkEvidence(at, o, p)
	d.checkNeeds(at, o, p)
	d.checkExceptions(at, o, p)
	d.day(at+"/guide/by", o.Guide.By)
	d.allKnown(at+"/second-factor", "factor", o.SecondFactor, fixed(Factors...))
	if o.Term.Notice > 0 && o.Term.Months == 0 && !slices.Contains(o.Needs, NeedUntil) && !d.isOpen(at+"/term/months") {
		d.report(at+"/term/notice", "notice of an end that there is not", "add months, or leave notice out")
	}
	for i := range o.Warn {
		w, at := &o.Warn[i], at+"/warn/"+strconv.Itoa(i)
		w.when = d.condition(at+"/when", w.When, Facts{}.Env())
		d.names(at+"/says", w.Says, p.Languages)
	}
}

func (d *document) checkSeats(at string, o *Office) {
	s := &o.Seats
	if s.Min > s.Max && !d.open[at] && !d.open[at+"/max"] {
		d.report(at+"/min", "more seats at least than at most", "make min the smaller of the two")
	}
	for i := range s.More {
		m, at := &s.More[i], at+"/more/"+strconv.Itoa(i)
		m.when = d.condition(at+"/when", m.When, seatsEnv())
		if m.Max <= s.Max && !d.open[at+"/max"] && !d.open[at] {
			d.report(at+"/max", fmt.Sprintf("not more than the %d seats that there are anyway", s.Max), "write a larger number")
		}
	}
	open := d.open[at+"/falling-back"]
	if len(s.More) > 0 && s.FallingBack == "" && !open {
		d.reportKey(at+"/more", "it is not said what holds when the condition no longer does", "add falling-back: keep (they stay, nobody new comes) or end (one too many is a fault)")
	}
	if len(s.More) == 0 && s.FallingBack != "" && !d.open[at+"/more"] {
		d.reportKey(at+"/falling-back", "falling-back without more", "leave it out")
	}
}

// signers reports signers of a list that there are not, or that nobody can be for
// a grant of the office.
func (d *document) signers(path string, list []string, o *Office, p *Policy) {
	d.allKnown(path, "signer", list, p.words("signer"))
	if p.words("level").open || o.Level == "" {
		return
	}
	for i, id := range list {
		j := slices.IndexFunc(p.Signers, func(s Signer) bool { return s.ID == id })
		if j < 0 || p.Signers[j].Of == "" || p.Signers[j].Of == OfTop {
			continue
		}
		s := &p.Signers[j]
		fits := len(s.Offices) == 0
		for _, name := range s.Offices {
			k := slices.IndexFunc(p.Offices, func(o Office) bool { return o.ID == name })
			if k < 0 || p.Offices[k].Level == "" {
				fits = true // reported already, or not decided yet
				continue
			}
			level := p.Offices[k].Level
			fits = fits || s.Of == OfUnit && level == o.Level || s.Of == OfAbove && p.isAbove(level, o.Level)
		}
		if !fits {
			where := map[string]string{OfUnit: "in", OfAbove: "above"}[s.Of]
			d.report(path+"/"+strconv.Itoa(i), fmt.Sprintf("no office of the signer %q is %s a unit of the level %q", id, where, o.Level),
				"name another signer, or another office of it under signers")
		}
	}
}

// The words that signatures have for something else than evidence.
var ownMatters = []string{"appointment", "exception", "guide", "factor", NeedReason, NeedDocument}

func (d *document) checkEvidence(at string, o *Office, p *Policy) {
	path := at + "/evidence"
	ids(d, path, "evidence", len(o.Evidence), func(i int) string { return o.Evidence[i].ID })
	for i := range o.Evidence {
		e, at := &o.Evidence[i], path+"/"+strconv.Itoa(i)
		d.names(at+"/name", e.Name, p.Languages)
		if slices.Contains(ownMatters, e.ID) {
			d.report(at+"/id", fmt.Sprintf("the word %q means something else in a grant", e.ID), "choose another id; reason and document stand under needs")
		}
		d.signers(at+"/signed-by", e.SignedBy, o, p)
		d.signers(at+"/attested-by", e.AttestedBy, o, p)
		if j := slices.Index(e.AttestedBy, Appointee); j >= 0 {
			d.report(at+"/attested-by/"+strconv.Itoa(j), "the appointee attests what is about herself", "name another signer")
		}
	}
}

func (d *document) checkNeeds(at string, o *Office, p *Policy) {
	for i, n := range o.Needs {
		path := at + "/needs/" + strconv.Itoa(i)
		if n != "" && slices.Contains(o.Needs[:i], n) {
			d.report(path, fmt.Sprintf("%q stands twice", n), "keep one of the two")
			continue
		}
		missing := ""
		switch {
		case n == NeedPosition && len(o.Positions) == 0 && !d.open[at+"/positions"]:
			missing = "positions"
		case n == NeedPurpose && len(o.Purposes) == 0 && !d.open[at+"/purposes"]:
			missing = "purposes"
		case (n == NeedTask || n == NeedColumns) && len(o.Tasks) == 0 && !d.open[at+"/tasks"]:
			missing = "tasks"
		}
		if missing != "" {
			d.report(path, fmt.Sprintf("a %s is needed, and the office has no %s", n, missing), fmt.Sprintf("add %s: with an id and a name of each", missing))
		}
	}
	d.terms(at+"/positions", "position", o.Positions, p.Languages)
	d.terms(at+"/purposes", "purpose", o.Purposes, p.Languages)
	ids(d, at+"/tasks", "task", len(o.Tasks), func(i int) string { return o.Tasks[i].ID })
	for i := range o.Tasks {
		t, at := &o.Tasks[i], at+"/tasks/"+strconv.Itoa(i)
		d.names(at+"/name", t.Name, p.Languages)
		d.columns(at+"/columns", t.Columns, p)
	}
}

// columns reports fields of a list that there are not.
func (d *document) columns(path string, list []string, p *Policy) {
	d.allKnown(path, "field", list, p.words("field"))
}

func (d *document) checkExceptions(office string, o *Office, p *Policy) {
	path := office + "/exceptions"
	ids(d, path, "exception", len(o.Exceptions), func(i int) string { return o.Exceptions[i].ID })
	for i := range o.Exceptions {
		e, at := &o.Exceptions[i], path+"/"+strconv.Itoa(i)
		d.names(at+"/name", e.Name, p.Languages)
		e.when = d.condition(at+"/when", e.When, Facts{}.Env())
		d.signers(at+"/requested-by", e.RequestedBy, o, p)
		d.signers(at+"/approved-by", e.ApprovedBy, o, p)
		if len(e.ApprovedBy) == 0 && !d.open[at+"/approved-by"] {
			d.report(at+"/approved-by", "nobody approves it", "name a signer")
		}
		if j := slices.Index(e.ApprovedBy, Appointee); j >= 0 {
			d.report(at+"/approved-by/"+strconv.Itoa(j), "the appointee approves her own exception", "name another signer")
		}
		for j, w := range e.Waives {
			if w == WaiveBelongs && !o.Belongs && !d.open[office+"/belongs"] {
				d.report(at+"/waives/"+strconv.Itoa(j), "it puts aside what the office does not ask: belongs", "leave it out, or add belongs: true to the office")
			}
		}
		if e.Seats == 0 && len(e.Waives) == 0 && !d.open[at+"/seats"] && !d.open[at+"/waives"] {
			d.report(at, fmt.Sprintf("the exception %q changes nothing", e.ID), "add seats: and how many more, or waives: [belongs]")
		}
	}
}
