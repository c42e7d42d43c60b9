package desk

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// PathRules says what may be done at a path of a register, by whom, and for how
// long it lies there.
type PathRules struct {
	Path    register.Path
	Sealed  bool
	Offices []OfficeAt // that may read or write there
	Keep    []policy.Reason
	Rules   []check.Rule
}

// OfficeAt is an office that reaches a path.
type OfficeAt struct {
	Unit   register.UnitID // where it is held
	Office *policy.Office
	Acts   []policy.Act // of those that matter there
}

// kindActs are the acts that write, and for sealed files read, at paths of a
// kind. Those of the whole register are asked about in the top unit.
var kindActs = map[register.Kind][]policy.Act{
	register.Member:       {policy.ActRead, policy.ActAdd, policy.ActEdit, policy.ActMove, policy.ActClose},
	register.Closed:       {policy.ActRead, policy.ActClose, policy.ActReopen, policy.ActErase},
	register.Tombstone:    {policy.ActErase},
	register.Request:      {policy.ActRead, policy.ActRequest, policy.ActMerge},
	register.Evidence:     {policy.ActRead, policy.ActGrant},
	register.Grant:        {policy.ActGrant},
	register.Officer:      {policy.ActGrant},
	register.RecoveryFile: {policy.ActPolicy},
	register.Keyring:      {policy.ActRead, policy.ActMerge},
	register.Envelope:     {policy.ActMerge},
	register.Policy:       {policy.ActPolicy},
	register.Site:         {policy.ActPolicy},
	register.Workflow:     {policy.ActPolicy},
	register.Draw:         {policy.ActDraw},
	register.DrawList:     {policy.ActRead, policy.ActDraw, policy.ActErase},
	register.Activity:     {policy.ActRead, policy.ActActivity, policy.ActErase},
	register.Mail:         {policy.ActActivity, policy.ActErase},
	register.Ledger:       {policy.ActDues, policy.ActErase},
	register.Sending:      {policy.ActSend, policy.ActErase},
	register.SendingList:  {policy.ActRead, policy.ActSend, policy.ActErase},
	register.Run:          {policy.ActErase, policy.ActMerge},
	register.RunList:      {policy.ActErase, policy.ActMerge},
}

// kindRules are the rules that speak of a kind of path, as ids or as areas.
var kindRules = map[register.Kind][]string{
	register.Member:       {"layout", "seal", "scope/act", "scope/gone", "scope/place", "scope/id", "scope/erased", "scope/field", "scope/bulk", "scope/dissolved", "scope/rekey", "scope/stale"},
	register.Closed:       {"layout", "seal", "scope/act", "scope/month", "scope/place", "scope/rekey", "retention/overdue"},
	register.Tombstone:    {"layout", "scope/tombstone", "scope/erased"},
	register.Request:      {"layout", "seal", "scope/act", "scope/answered"},
	register.Evidence:     {"layout", "seal", "scope/act", "scope/evidence", "grant/evidence", "grant/evidence-reused"},
	register.Grant:        {"layout", "scope/act", "grant"},
	register.Officer:      {"layout", "grant/malformed", "grant/handle", "grant/signing-key", "grant/recipient", "grant/statement"},
	register.RecoveryFile: {"layout", "scope/act", "scope/alone", "grant/recipient"},
	register.Keyring:      {"layout", "scope/keyring", "scope/rekey", "reader"},
	register.Envelope:     {"layout/envelope", "seal/envelope"},
	register.Policy:       {"layout", "scope/act", "scope/alone", "policy"},
	register.Site:         {"layout", "scope/act", "scope/alone"},
	register.Workflow:     {"layout", "scope/act", "scope/alone"},
	register.Activity:     {"layout", "seal", "scope/act", "scope/id", "scope/gone", "scope/place", "scope/erased", "retention/activity", "retention/activity-end"},
	register.Mail:         {"layout", "scope/act", "retention/mail", "retention/mail-due"},
	register.Ledger:       {"layout", "seal", "dues"},
	register.Draw:         {"layout", "scope/id", "draw", "retention/draw"},
	register.DrawList:     {"layout", "seal", "scope/act", "draw/pair", "draw/changed"},
	register.Sending:      {"layout", "scope/id", "sending", "retention/sending"},
	register.SendingList:  {"layout", "seal", "scope/act", "sending/list", "sending/changed", "retention/sending"},
	register.Receipt:      {"layout", "scope/act", "scope/receipt"},
	register.Review:       {"layout", "review"},
	register.Run:          {"layout", "retention/run-form", "retention/run", "retention/run-signed", "retention/run-done", "retention/brake"},
	register.RunList:      {"layout", "retention/run-list"},
}

// Why says what holds at a path by a policy. The error says why no rule of the
// layout covers it.
func Why(p *policy.Policy, path string) (*PathRules, error) {
	at, err := register.ParsePath(path)
	if err != nil {
		return nil, err
	}
	out := &PathRules{Path: at, Sealed: at.Kind.Sealed() || at.Kind == register.Envelope || at.Kind == register.RunList}
	unit := at.Unit
	if unit == "" {
		unit = p.Root().ID
	}
	if _, ok := p.Unit(unit); ok {
		out.Offices = officesAt(p, unit, kindActs[at.Kind])
	}
	if at.Kind == register.Review {
		out.Offices = reviewers(p, unit)
	}
	if at.Kind == register.Member || at.Kind == register.Closed {
		out.Keep = p.Reasons
	}
	for _, r := range check.Rules() {
		area, _, _ := strings.Cut(r.ID, "/")
		if slices.Contains(kindRules[at.Kind], r.ID) || slices.Contains(kindRules[at.Kind], area) {
			out.Rules = append(out.Rules, r)
		}
	}
	return out, nil
}

// officesAt returns the offices that reach a unit and may do one of the acts
// there, from the unit upwards.
func officesAt(p *policy.Policy, unit register.UnitID, acts []policy.Act) []OfficeAt {
	var out []OfficeAt
	add := func(u *policy.Unit, reaches func(o *policy.Office) bool) {
		for i := range p.Offices {
			o := &p.Offices[i]
			if o.Level != u.Level || !reaches(o) {
				continue
			}
			x := OfficeAt{Unit: u.ID, Office: o}
			for _, a := range acts {
				if o.Can(a) {
					x.Acts = append(x.Acts, a)
				}
			}
			if len(x.Acts) > 0 {
				out = append(out, x)
			}
		}
	}
	own := true
	for u, ok := p.Unit(unit); ok; u, ok = p.Unit(u.Under) {
		add(u, func(o *policy.Office) bool {
			return o.Scope == policy.ScopeSubtree && p.Reaches(o, u.ID, unit) || own && (o.Scope == policy.ScopeOwn || o.Scope == policy.ScopeNone)
		})
		own = false
	}
	for i := range p.Units {
		add(&p.Units[i], func(o *policy.Office) bool { return o.Scope == policy.ScopeAll && p.Reaches(o, p.Units[i].ID, unit) })
	}
	return out
}

// reviewers returns the offices that control the access to a unit.
func reviewers(p *policy.Policy, unit register.UnitID) []OfficeAt {
	var out []OfficeAt
	for u, ok := p.Unit(unit); ok; u, ok = p.Unit(u.Under) {
		for i := range p.Offices {
			if o := &p.Offices[i]; o.Level == u.Level && slices.Contains(p.Review.AccessReview.By, o.ID) {
				out = append(out, OfficeAt{Unit: u.ID, Office: o})
			}
		}
	}
	return out
}
