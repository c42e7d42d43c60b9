package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// A DrawFault is one thing of a draw that the policy does not allow, or that its
// officer may not do.
type DrawFault struct {
	Rule string // the rule of the check that refuses it, without "draw/": one of DrawRules
	Key  string // of the receipt: where it stands; "" the receipt as a whole
	Item int    // of a list, from 1; 0: the key itself
	Msg  string // one line; nothing but policy keys, ids, handles, days and counts
}

// The rules by which a draw is judged before it is made.
const (
	DrawForm     = "form"
	DrawBy       = "by"
	DrawUnits    = "units"
	DrawPurpose  = "purpose"
	DrawColumns  = "columns"
	DrawUntil    = "until"
	DrawReceiver = "receiver"
	DrawRequest  = "request"

	DrawProtected = "protected"
)

// DrawRules lists the rules that a DrawFault names.
var DrawRules = []string{DrawForm, DrawBy, DrawUnits, DrawPurpose, DrawColumns, DrawUntil, DrawReceiver, DrawRequest, DrawProtected}

// useLimit is the number of days for which a list can be drawn ahead of what it is
// for: without a bound, the day of use would be a way to keep a list for ever.
const useLimit = 366

// DrawFaults says what is wrong with a new draw by the state's policy and grants,
// nil for nothing. Access must be there on the day on which it was drawn and on the
// day given, on which it is judged. A tool asks before it draws, and the check
// afterwards; what only a commit can tell (who signed it, when, of which main) is
// the check's.
func (s *State) DrawFaults(x *Draw, day register.Day) []DrawFault {
	j := &drawJudge{s: s, x: x, days: []register.Day{x.Drawn}, reach: map[reach][]held{}}
	if day != x.Drawn {
		j.days = append(j.days, day)
	}
	l := &s.Policy.Lists
	i := slices.IndexFunc(l.Purposes, func(p policy.ListPurpose) bool { return p.ID == x.Purpose })
	switch {
	case len(l.Purposes) == 0:
		j.say(DrawPurpose, "purpose", 0, "the policy has no purposes for which lists may be drawn (policies/lists.yaml)")
	case i < 0:
		j.say(DrawPurpose, "purpose", 0, "purpose %q is none of those for which lists may be drawn", x.Purpose)
	default:
		j.purpose = &l.Purposes[i]
	}
	j.form()
	if j.units() {
		j.by()
		j.protected()
		j.columns()
		j.receiver()
	}
	j.until()
	return j.faults
}

// LastDay is the last day on which a list may exist that is drawn on a day for a
// use ("" none said), handed out or not.
func LastDay(l *policy.Lists, drawn, use register.Day, handOut bool) register.Day {
	days := l.DestroyAfter
	if handOut && l.HandOuts.Days > 0 {
		days = l.HandOuts.Days
	}
	if use != "" && l.CountedFrom == policy.FromUse {
		return use.Add(days)
	}
	return drawn.Add(days)
}

// drawJudge judges one draw.
type drawJudge struct {
	s       *State
	x       *Draw
	days    []register.Day // on which access must be there
	purpose *policy.ListPurpose
	faults  []DrawFault
	reach   map[reach][]held // asked for many fields each, of units up to thousands
}

// reach is an officer, a unit and a day; held, a grant through which she reaches the
// unit on the day, and its office.
type reach struct {
	h   register.Handle
	u   register.UnitID
	day register.Day
}

type held struct {
	g *Grant
	o *policy.Office
}

func (j *drawJudge) held(h register.Handle, u register.UnitID, day register.Day) []held {
	at := reach{h, u, day}
	out, ok := j.reach[at]
	if !ok {
		j.s.covering(u, day, func(g *Grant, o *policy.Office) bool {
			if g.Handle == h {
				out = append(out, held{g, o})
			}
			return true
		})
		j.reach[at] = out
	}
	return out
}

func (j *drawJudge) say(rule, key string, item int, format string, args ...any) {
	j.faults = append(j.faults, DrawFault{rule, key, item, fmt.Sprintf(format, args...)})
}

// form judges whether such a list may be printed.
func (j *drawJudge) form() {
	switch {
	case j.s.Policy.Lists.Printed:
	case j.x.Copies > 0:
		j.say(DrawForm, "copies", 0, "printed, and the policy lets no list be printed")
	case j.x.Form != FormList:
		j.say(DrawForm, "form", 0, "%s are paper, and the policy lets no list be printed", j.x.Form)
	}
}

// units judges where the receipt lies, and tells whether its units are known.
func (j *drawJudge) units() bool {
	p, known := j.s.Policy, true
	for i, u := range j.x.Units {
		if _, ok := p.Unit(u); !ok {
			j.say(DrawUnits, "units", i+1, "unknown unit %q", string(u))
			known = false
		}
	}
	if !known {
		return false
	}
	top := true // the receipt's unit is above all others, or is the only one
	for i, u := range j.x.Units {
		if u != j.x.Unit && p.Below(j.x.Unit, u) {
			j.say(DrawUnits, "units", i+1, "the receipt lies in a unit below %q", string(u))
		}
		top = top && p.Below(u, j.x.Unit)
	}
	if !top && !slices.Contains(j.x.Units, j.x.Unit) {
		j.say(DrawUnits, "units", 0, "the receipt lies in unit %q, which is none of these and not above them", string(j.x.Unit))
	}
	return true
}

// protected judges a list of members with protected identity: it is of their unit
// alone, drawn by one of its own officers, and handed out to nobody.
func (j *drawJudge) protected() {
	for i, u := range j.x.Units {
		if !j.s.Policy.Protects(u) {
			continue
		}
		own := func(day register.Day) bool {
			return slices.ContainsFunc(j.held(j.x.By, u, day), func(x held) bool { return x.g.Unit == u && x.o.Can(policy.ActDraw) })
		}
		switch {
		case len(j.x.Units) > 1 || j.x.Unit != u:
			j.say(DrawProtected, "units", i+1, "unit %q is protected: a list of others has none of its members", string(u))
		case slices.ContainsFunc(j.days, func(day register.Day) bool { return !own(day) }):
			j.say(DrawProtected, "by", 0, "unit %q is protected: lists of it are drawn by its own officers alone", string(u))
		case j.x.HandOut != "":
			j.say(DrawProtected, "hand-out", 0, "unit %q is protected: no list of it is handed out", string(u))
		}
	}
}

// by judges the officer who drew it: in each unit she has an office that draws
// lists, for this purpose where she was not asked for the list.
func (j *drawJudge) by() {
	units := j.x.Units
	if !slices.Contains(units, j.x.Unit) {
		units = append([]register.UnitID{j.x.Unit}, units...)
	}
	for _, u := range units {
		day, can := j.always(j.x.By, u, func(o *policy.Office) bool { return o.Can(policy.ActDraw) })
		if !can {
			j.say(DrawBy, "by", 0, "%s may not draw lists in unit %q on %s", j.x.By, string(u), day)
			return
		}
		if j.purpose == nil || len(j.purpose.By) == 0 || j.x.Request != "" {
			continue
		}
		if _, ok := j.always(j.x.By, u, func(o *policy.Office) bool { return slices.Contains(j.purpose.By, o.ID) }); !ok {
			j.say(DrawPurpose, "purpose", 0, "lists for %q are drawn by %s, and %s is none of these in unit %q", j.x.Purpose, strings.Join(j.purpose.By, ", "), j.x.By, string(u))
			return
		}
	}
}

// always tells whether on each of the days an office through which the officer
// reaches the unit is as wanted; else it returns the day.
func (j *drawJudge) always(h register.Handle, u register.UnitID, want func(*policy.Office) bool) (register.Day, bool) {
	for _, day := range j.days {
		if !slices.ContainsFunc(j.held(h, u, day), func(x held) bool { return want(x.o) }) {
			return day, false
		}
	}
	return "", true
}

// columns judges what stands in the list.
func (j *drawJudge) columns() {
	var beyond []string
	for i, c := range j.x.Columns {
		if _, ok := j.s.Policy.Field(c); !ok {
			j.say(DrawColumns, "columns", i+1, "records have no field %q", c)
			continue
		}
		if u, ok := j.sees(j.x.By, c); !ok {
			j.say(DrawColumns, "columns", i+1, "%s may not see the field %q in unit %q", j.x.By, c, string(u))
		}
		if j.purpose != nil && !slices.Contains(j.purpose.Columns, c) {
			beyond = append(beyond, c)
		}
	}
	switch {
	case j.purpose == nil:
	case !slices.Equal(beyond, j.x.Beyond):
		j.say(DrawColumns, "beyond", 0, "want the columns that the purpose %q does not have, here %s", j.x.Purpose, listed(beyond))
	case len(beyond) > 0 && j.s.Policy.Lists.OtherColumns != policy.ReasonForColumns:
		j.say(DrawColumns, "beyond", 0, "a list for %q has %s only", j.x.Purpose, strings.Join(j.purpose.Columns, ", "))
	}
}

func listed(keys []string) string {
	if len(keys) == 0 {
		return "none"
	}
	return strings.Join(keys, ", ")
}

// sees tells whether lists may show the officer a field of each unit of the draw
// whose records have it; else it returns one where they may not.
func (j *drawJudge) sees(h register.Handle, field string) (register.UnitID, bool) {
	some := false
	for _, u := range j.x.Units {
		if !j.s.Policy.FieldIn(u, field) {
			continue
		}
		some = true
		for _, day := range j.days {
			if !slices.ContainsFunc(j.held(h, u, day), func(x held) bool { return j.shows(x, field) }) {
				return u, false
			}
		}
	}
	return j.x.Units[0], some
}

// shows tells whether a list may show a field to whoever holds the grant: one that
// its office sees and, where the grant names columns, one of these. An office that
// reads no records sees in lists what its grant names, and nothing else.
func (j *drawJudge) shows(x held, field string) bool {
	if len(x.g.Columns) > 0 && !slices.Contains(x.g.Columns, field) {
		return false
	}
	if !x.o.Can(policy.ActRead) {
		return len(x.g.Columns) > 0 && x.o.Can(policy.ActDraw)
	}
	return j.s.Policy.FieldRight(x.o.ID, field) >= policy.Read
}

// receiver judges who gets the list.
func (j *drawJudge) receiver() {
	switch {
	case j.x.HandOut != "":
		j.handOut()
	case j.x.Request != "":
		j.request()
	case j.s.Officers[j.x.For] == nil:
		j.say(DrawReceiver, "for", 0, "%s has no file in data/officers", j.x.For)
	default:
		j.reads()
	}
}

// reads judges an officer who gets a list without having asked for it: she may
// read these members and see these fields, or was given access to lists of them.
func (j *drawJudge) reads() {
	for _, u := range j.x.Units {
		if day, ok := j.always(j.x.For, u, func(o *policy.Office) bool { return o.Can(policy.ActRead) || o.Can(policy.ActDraw) }); !ok {
			j.say(DrawReceiver, "for", 0, "%s may not read the members of unit %q on %s", j.x.For, string(u), day)
			return
		}
	}
	if j.x.For == j.x.By {
		return // said of the columns
	}
	for i, c := range j.x.Columns {
		if u, ok := j.sees(j.x.For, c); !ok {
			j.say(DrawReceiver, "columns", i+1, "%s, who gets the list, may not see the field %q in unit %q", j.x.For, c, string(u))
		}
	}
}

// handOut judges a list for somebody without access.
func (j *drawJudge) handOut() {
	h := &j.s.Policy.Lists.HandOuts
	if _, ok := policy.FindTerm(h.To, j.x.HandOut); !ok {
		j.say(DrawReceiver, "hand-out", 0, "lists are not handed out to %q", j.x.HandOut)
	}
	if j.x.Request != "" {
		j.say(DrawRequest, "request", 0, "handed out, and a request is an officer's")
	}
	for _, u := range j.x.Units {
		if _, ok := j.always(j.x.By, u, func(o *policy.Office) bool { return slices.Contains(h.ApprovedBy, o.ID) }); !ok {
			j.say(DrawReceiver, "hand-out", 0, "hand-outs are approved by %s, and %s is none of these in unit %q", listed(h.ApprovedBy), j.x.By, string(u))
			return
		}
	}
}

// request judges a list that an officer asked for: some kind of request allows it.
// Which one it was stands in the request, which is sealed.
func (j *drawJudge) request() {
	if j.s.Officers[j.x.For] == nil {
		j.say(DrawRequest, "for", 0, "%s has no file in data/officers", j.x.For)
		return
	}
	kinds := j.s.Policy.Lists.Requests
	scope, purpose := false, false // whether some kind allows as much
	for i := range kinds {
		k := &kinds[i]
		if !j.asks(k) {
			continue
		}
		scope = true
		if len(k.Purposes) > 0 && !slices.Contains(k.Purposes, j.x.Purpose) {
			continue
		}
		purpose = true
		if j.approves(k) {
			return
		}
	}
	switch {
	case !scope:
		j.say(DrawRequest, "for", 0, "%s may ask for no list of these units", j.x.For)
	case !purpose:
		j.say(DrawRequest, "purpose", 0, "%s may ask for no list for %q", j.x.For, j.x.Purpose)
	default:
		j.say(DrawRequest, "by", 0, "%s may not approve what %s asked for", j.x.By, j.x.For)
	}
}

// asks tells whether the receiver may ask for lists of a kind and of these units,
// on each of the days.
func (j *drawJudge) asks(k *policy.ListRequest) bool {
	for _, day := range j.days {
		if !slices.ContainsFunc(j.s.Grants(j.x.For, day), func(g *Grant) bool {
			return slices.Contains(k.By, g.Office) && !slices.ContainsFunc(j.x.Units, func(u register.UnitID) bool {
				return u != g.Unit && (k.Of != policy.RequestBelow || !j.s.Policy.Below(u, g.Unit))
			})
		}) {
			return false
		}
	}
	return true
}

// approves tells whether the officer who drew it may say yes to requests of a kind.
func (j *drawJudge) approves(k *policy.ListRequest) bool {
	for _, u := range j.x.Units {
		if _, ok := j.always(j.x.By, u, func(o *policy.Office) bool { return slices.Contains(k.ApprovedBy, o.ID) || o.Can(policy.ActMerge) }); !ok {
			return false
		}
	}
	return true
}

// until judges the day by which the list must be destroyed.
func (j *drawJudge) until() {
	l := &j.s.Policy.Lists
	if j.x.Use != "" {
		switch last := j.x.Drawn.Add(useLimit); {
		case l.CountedFrom != policy.FromUse:
			j.say(DrawUntil, "use", 0, "a day of use, and the policy counts from the day on which a list is drawn")
			return
		case j.x.Use < j.x.Drawn || j.x.Use > last:
			j.say(DrawUntil, "use", 0, "to be used on %s: want a day from %s to %s", j.x.Use, j.x.Drawn, last)
			return
		}
	}
	switch last := LastDay(l, j.x.Drawn, j.x.Use, j.x.HandOut != ""); {
	case j.x.Day < j.x.Drawn:
		j.say(DrawUntil, "", 0, "to be destroyed by %s, before it was drawn", j.x.Day)
	case j.x.Day > last:
		j.say(DrawUntil, "", 0, "to be destroyed by %s: the policy allows %s at the latest", j.x.Day, last)
	}
}
