package policy

import (
	"slices"

	"github.com/medlem-register/medlem/internal/expression"
	"github.com/medlem-register/medlem/internal/register"
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
	ActDraw    Act = "draw"    // take a list out
	ActSend    Act = "send"    // write to members
	ActDues    Act = "dues"    // claim and book dues

	ActActivity Act = "activity" // keep who takes part in an activity, until it is over
)

// Acts lists the acts.
var Acts = []Act{ActRead, ActAdd, ActEdit, ActMove, ActClose, ActReopen, ActRequest, ActMerge, ActGrant, ActPolicy, ActErase, ActDraw, ActSend, ActDues, ActActivity}

// The scopes of an office.
const (
	ScopeOwn     = "own"     // its own unit
	ScopeSubtree = "subtree" // its own unit and all below
	ScopeAll     = "all"     // every unit
	ScopeNone    = "none"    // no unit: it may only ask, in its own
)

// Access is access.yaml: who may do what.
type Access struct {
	Offices []Office `yaml:"offices"`
	Limits  Limits   `yaml:"limits"`

	StatutesRequired bool              `yaml:"statutes-required"` // every office rests on a statute
	DeclareFields    bool              `yaml:"declare-fields"`    // officers say which fields they change
	Amend            Amend             `yaml:"amend"`
	SubjectRights    SubjectRights     `yaml:"subject-rights"`
	Responsible      map[string]string `yaml:"responsible"` // area → level; nil, or all Areas
	Guards           Guards            `yaml:"guards"`
	Meetings         []Term            `yaml:"meetings"`
	Signers          []Signer          `yaml:"signers"`
}

// Areas are the kinds of work that somebody must be responsible for.
var Areas = []string{"join", "leave", "correct", "dues", "lists", "sendings", "retention", "access"}

// Amend says who changes the policies.
type Amend struct {
	By []string `yaml:"by"` // offices: a holder of one must have signed; empty: whoever may change policies
}

// SubjectRights says who writes down that a record is restricted and what its
// member objects to (GDPR art. 18 and 21).
type SubjectRights struct {
	By []string `yaml:"by"` // offices that may edit; empty: those that may merge
}

// Guards bound what one commit of main may do.
type Guards struct {
	LargestRemoval int `yaml:"largest-removal"` // percent of all grants that give access; 0: no bound
}

// A Signer is in what capacity an officer signs what goes with a grant.
type Signer struct {
	ID      string            `yaml:"id"`
	Name    map[string]string `yaml:"name"`    // by language
	Offices []string          `yaml:"offices"` // a holder of one of them signs
	Of      string            `yaml:"of"`      // where she holds it: OfUnit, OfAbove or OfTop
}

// Where a signer holds her office, seen from the unit of the grant.
const (
	OfUnit  = "unit"
	OfAbove = "above"
	OfTop   = "top"
)

// Appointee is the signer who is the grant's own officer.
const Appointee = "appointee"

// An Office is a post that gives access.
type Office struct {
	ID    string            `yaml:"id"`
	Name  map[string]string `yaml:"name"`  // by language
	Level string            `yaml:"level"` // of the units that have it
	Scope string            `yaml:"scope"`
	May   []Act             `yaml:"may"`
	Seats Seats             `yaml:"seats"`

	Statute       string         `yaml:"statute"`        // of Organisation.Statutes
	Appointed     Appointed      `yaml:"appointed"`      // by whom, where
	Evidence      []EvidenceKind `yaml:"evidence"`       // what must be there before access begins
	Needs         []string       `yaml:"needs"`          // of Needs: what a grant must say
	Positions     []Term         `yaml:"positions"`      // what Grant.Position can be
	Purposes      []Term         `yaml:"purposes"`       // what Grant.Purpose can be
	Tasks         []Task         `yaml:"tasks"`          // what Grant.Task can be
	Term          OfficeTerm     `yaml:"term"`           // how long
	ListsEveryone bool           `yaml:"lists-everyone"` // a grant names everyone who has access in the unit
	Exceptions    []Exception    `yaml:"exceptions"`     // what may differ, and who approves
	Belongs       bool           `yaml:"belongs"`        // the officer is a member of the unit
	Guide         Guide          `yaml:"guide"`          // to acknowledge before access begins
	SecondFactor  []string       `yaml:"second-factor"`  // of Factors: how the identity may be protected; empty: not asked
	Warn          []Warning      `yaml:"warn"`           // recommendations
}

// Needs are what an office may ask of its grants beside evidence: a key of the
// grant, or for NeedReason and NeedDocument a sealed document of that kind.
const (
	NeedPurpose  = "purpose"
	NeedPosition = "position"
	NeedTask     = "task"
	NeedColumns  = "columns"
	NeedUntil    = "until"
	NeedReason   = "reason"
	NeedDocument = "document"
)

// Factors are the ways of protecting an identity that an officer can attest.
var Factors = []string{"passphrase", "ssh-key", "plugin"}

// Appointed says how a grant comes about.
type Appointed struct {
	By []string `yaml:"by"` // signers, one of whom signs the appointment; empty: nobody needs to
	At []string `yaml:"at"` // kinds of meeting; empty: none needed
}

// An EvidenceKind is a document that must be there, sealed, before a grant gives
// access.
type EvidenceKind struct {
	ID         string            `yaml:"id"`
	Name       map[string]string `yaml:"name"`        // by language
	SignedBy   []string          `yaml:"signed-by"`   // signers, each of whom has signed it
	AttestedBy []string          `yaml:"attested-by"` // signers, one of whom has attested it, who has not signed it and is not the appointee
}

// A Task is what an individual may be given access for.
type Task struct {
	ID      string            `yaml:"id"`
	Name    map[string]string `yaml:"name"`    // by language
	Columns []string          `yaml:"columns"` // the fields that it needs, at most
}

// OfficeTerm is how long a grant of the office lasts.
type OfficeTerm struct {
	Months int `yaml:"months"` // at most; 0: until a successor
	Notice int `yaml:"notice"` // days before its end in which it is reported
}

// An Exception lets a grant differ from what its office asks, for a time, if
// somebody has approved it.
type Exception struct {
	ID          string            `yaml:"id"`
	Name        map[string]string `yaml:"name"`         // by language
	When        string            `yaml:"when"`         // condition; "" always
	Seats       int               `yaml:"seats"`        // more seats while it lasts
	Waives      []string          `yaml:"waives"`       // of Waivable
	RequestedBy []string          `yaml:"requested-by"` // signers, one of whom has asked for it
	ApprovedBy  []string          `yaml:"approved-by"`  // signers, one of whom has approved it
	Reason      bool              `yaml:"reason"`       // a reason, sealed, must be there
	Months      int               `yaml:"months"`       // how long at most; 0: as long as the grant

	when *expression.Condition
}

// Waivable are what an exception may put aside.
var Waivable = []string{WaiveBelongs}

// WaiveBelongs puts aside that the officer is a member of the unit.
const WaiveBelongs = "belongs"

// A Guide is what an officer has read before she has access.
type Guide struct {
	Version string       `yaml:"version"` // "2.1"; "" none
	By      register.Day `yaml:"by"`      // until when an acknowledgement of an older major version holds; "" not at all
}

// A Warning is a recommendation: it is said, and refuses nothing.
type Warning struct {
	When string            `yaml:"when"` // condition
	Says map[string]string `yaml:"says"` // by language

	when *expression.Condition
}

// Seats is how many may hold an office in one unit at a time.
type Seats struct {
	Min         int         `yaml:"min"` // fewer is a warning
	Max         int         `yaml:"max"`
	As          string      `yaml:"as"`           // AsRecommendation: more than Max is a warning too; "" a rule
	More        []MoreSeats `yaml:"more"`         // a higher Max where a condition holds
	FallingBack string      `yaml:"falling-back"` // KeepSeats or EndSeats: what then, when it no longer holds
}

// AsRecommendation is Seats.As where they are a wish.
const AsRecommendation = "recommendation"

// What holds for officers beyond Max when the condition that let them in no
// longer does.
const (
	KeepSeats = "keep" // they stay; nobody new comes
	EndSeats  = "end"  // too many is a finding
)

// MoreSeats is a higher Max where a condition holds.
type MoreSeats struct {
	Max  int    `yaml:"max"`
	When string `yaml:"when"` // condition, "unit.members > 200"

	when *expression.Condition
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

// Exception returns the exception of that id.
func (o *Office) Exception(id string) (*Exception, bool) {
	for i := range o.Exceptions {
		if o.Exceptions[i].ID == id {
			return &o.Exceptions[i], true
		}
	}
	return nil, false
}
