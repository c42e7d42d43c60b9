package access

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Grant is one officer's dated access to one unit: data/<unit>/grants/<handle>.yaml.
// What its office asks for beside (policy.Office) stands in it as policy keys,
// days, handles and digests; every text is in sealed evidence.
type Grant struct {
	Unit   register.UnitID
	Handle register.Handle
	Office string
	From   register.Day
	Until  register.Day // the last day as agreed; empty: until a successor or a revocation
	Ended  register.Day // the last day as it became, where that is before Until; empty: it did not

	Meeting   string       // the kind of meeting that decided; empty where the office needs none
	Met       register.Day // the day of that meeting
	Position  string
	Purpose   string
	Task      string
	Exception string          // what lets it differ from its office
	Belongs   register.UnitID // where the officer says that her own record stands
	Factor    string          // how she says that her identity is protected
	Guide     string          // the version of the guide that she has acknowledged, "2.1"
	Columns   []string        // the fields that her task needs
	Names     []register.Handle

	Evidence   []Evidence
	Signatures []Signature
}

// Evidence points to a sealed document and fixes its content.
type Evidence struct {
	Kind   string // of the office's evidence, or policy.NeedReason, policy.NeedDocument; "" in the files of the first version
	ID     register.RecordID
	SHA256 string // of the sealed file, hexadecimal
	Digest string // of what is sealed, hexadecimal: what signatures are about, since the merge seals anew
}

// Signature is one officer's word about a grant. Blob is an SSHSIG signature over
// Grant.Payload.
type Signature struct {
	Matter string          // a kind of evidence, or one of the Matters
	Act    string          // one of the acts below
	Signer string          // of the policy's signers, or policy.Appointee
	Handle register.Handle // who signed
	Day    register.Day    // when she says that she did
	Blob   []byte
}

// Matters that are signed beside evidence.
const (
	MatterAppointment = "appointment"
	MatterException   = "exception"
	MatterGuide       = "guide"
	MatterFactor      = "factor"
)

// What a signature says of its matter.
const (
	ActSigned       = "signed"
	ActAttested     = "attested"
	ActRequested    = "requested"
	ActApproved     = "approved"
	ActAcknowledged = "acknowledged"
)

const (
	evidenceLimit  = 20   // documents of one grant
	signatureLimit = 40   // of one grant
	blobLimit      = 1024 // bytes of one signature; ed25519 takes about 200
	namesLimit     = 1000 // handles that one grant lists
	columnsLimit   = 100
)

// Last is the last day on which the grant gives access; empty: none is set.
func (g *Grant) Last() register.Day {
	if g.Ended != "" {
		return g.Ended
	}
	return g.Until
}

// Active tells whether the day is one of the grant's. Whether it gives access
// then is State.Missing's to say.
func (g *Grant) Active(day register.Day) bool {
	return g.From <= day && (g.Last() == "" || day <= g.Last())
}

// Statement is what the signatures of a grant are about: everything that was
// agreed, so that a signature is good for this unit, officer, office and time
// alone. Documents, the guide and an early end have their own place.
func (g *Grant) Statement() []byte {
	f := register.NewFlat()
	f.Set("unit", string(g.Unit))
	f.Set("handle", string(g.Handle))
	c := *g
	c.Ended, c.Guide, c.Evidence, c.Signatures = "", "", nil, nil
	c.set(f)
	_, statement, _ := strings.Cut(string(f.Encode()), "\n") // without medlem: 1
	return []byte(statement)
}

// Payload is what the signature's officer signs: the statement, and what the
// matter fixes beside it. Who asks for an exception, or approves it, does so for
// its reason, where there is one.
func (g *Grant) Payload(s Signature) []byte {
	extra := g.Guide
	if s.Matter != MatterGuide {
		kind := s.Matter
		if kind == MatterException {
			kind = policy.NeedReason
		}
		e, _ := g.Document(kind)
		extra = e.Digest
	}
	return fmt.Appendf(nil, "medlem grant 1\n%s %s %s %s\n%s\n%s", s.Matter, s.Act, s.Signer, s.Day, extra, g.Statement())
}

// Document returns the evidence of a kind.
func (g *Grant) Document(kind string) (Evidence, bool) {
	i := slices.IndexFunc(g.Evidence, func(e Evidence) bool { return e.Kind == kind })
	if i < 0 {
		return Evidence{}, false
	}
	return g.Evidence[i], true
}

// Signed returns the signatures of a matter and an act.
func (g *Grant) Signed(matter, act string) []Signature {
	var out []Signature
	for _, s := range g.Signatures {
		if s.Matter == matter && s.Act == act {
			out = append(out, s)
		}
	}
	return out
}

// Encode returns the grant's file.
func (g *Grant) Encode() []byte {
	f := register.NewFlat()
	g.set(f)
	return f.Encode()
}

func (g *Grant) set(f *register.Flat) {
	for _, x := range [][2]string{
		{"office", g.Office}, {"from", string(g.From)}, {"until", string(g.Until)}, {"ended", string(g.Ended)},
		{"meeting", g.Meeting}, {"met", string(g.Met)}, {"position", g.Position}, {"purpose", g.Purpose}, {"task", g.Task},
		{"exception", g.Exception}, {"belongs", string(g.Belongs)}, {"factor", g.Factor}, {"guide", g.Guide},
	} {
		f.Set(x[0], x[1])
	}
	f.SetList("columns", g.Columns)
	f.SetList("names", texts(g.Names))
	var e, s []string
	for _, x := range g.Evidence {
		e = append(e, strings.TrimSpace(x.Kind+" "+string(x.ID)+" "+x.SHA256+" "+x.Digest))
	}
	f.SetList("evidence", e)
	for _, x := range g.Signatures {
		s = append(s, fmt.Sprintf("%s %s %s %s %s %s", x.Matter, x.Act, x.Signer, x.Handle, x.Day, base64.StdEncoding.EncodeToString(x.Blob)))
	}
	f.SetList("signatures", s)
}

func texts[T ~string](in []T) []string {
	var out []string
	for _, x := range in {
		out = append(out, string(x))
	}
	return out
}

// ParseGrant reads the grant that lies at a path of kind Grant. Its keys are
// those of a policy by form; whether the policy has them is another question.
func ParseGrant(p register.Path, b []byte) (*Grant, error) {
	f, err := register.ParseFlat(b)
	if err != nil {
		return nil, err
	}
	g := &Grant{Unit: p.Unit, Handle: p.Handle}
	r := &grantReader{f: f}
	g.Office, _ = r.word("office", true)
	g.From, _ = r.day("from", true)
	var untilLine, endedLine int
	g.Until, untilLine = r.day("until", false)
	g.Ended, endedLine = r.day("ended", false)
	g.Meeting, _ = r.word("meeting", false)
	g.Met, _ = r.day("met", false)
	g.Position, _ = r.word("position", false)
	g.Purpose, _ = r.word("purpose", false)
	g.Task, _ = r.word("task", false)
	g.Exception, _ = r.word("exception", false)
	g.Belongs = r.unit("belongs")
	g.Factor, _ = r.word("factor", false)
	g.Guide = r.version("guide")
	g.Columns = r.words("columns", columnsLimit)
	g.Names = r.handles("names")
	g.Evidence = r.evidence()
	g.Signatures = r.signatures()
	switch {
	case r.err != nil:
		return nil, r.err
	case g.Until != "" && g.Until < g.From:
		return nil, &register.FlatError{Line: untilLine, Col: 8, Msg: "the last day is before the first"}
	case g.Ended != "" && g.Until != "" && g.Ended >= g.Until:
		return nil, &register.FlatError{Line: endedLine, Col: 8, Msg: "ended is for a last day before until"}
	case g.Ended != "" && g.Ended < g.From:
		return nil, &register.FlatError{Line: endedLine, Col: 8, Msg: "the last day is before the first"}
	}
	if err := f.End(); err != nil {
		return nil, err
	}
	return g, nil
}
