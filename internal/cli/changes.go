package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// changeJSON is a change of a draft or a proposal, for programs.
type changeJSON struct {
	Act    string            `json:"act"`
	ID     register.RecordID `json:"id,omitempty"`
	Unit   register.UnitID   `json:"unit,omitempty"`
	Name   string            `json:"name,omitempty"`
	Fields []string          `json:"fields,omitempty"`
	To     register.UnitID   `json:"to,omitempty"`
	Reason string            `json:"reason,omitempty"`
	From   string            `json:"from,omitempty"` // "member": she sent it from her own page; "sms": she asked by SMS
}

// described turns a change into what is said of it.
func (s *session) described(c *desk.Change) changeJSON {
	out := changeJSON{Act: c.Verb, ID: c.Path.ID, Unit: c.Path.Unit, Fields: c.Fields}
	switch {
	case c.Request != nil:
		out.Act, out.ID, out.To, out.Reason = "request-"+c.Request.Kind, c.Request.Member, c.Request.To, c.Request.Reason
		out.Name = string(c.Request.Member)
		if c.Request.Kind == record.RequestJoin {
			out.ID, out.Name = c.Request.ID, s.tr("Somebody new")
			if c.Is != nil {
				out.Name = s.name(c.Is)
			}
		} else if c.Request.Kind == record.RequestList {
			out.ID, out.Name, out.Fields, out.Reason = c.Request.ID, s.listKindName(c.Request.List), c.Request.Columns, c.Request.Purpose
		} else if m, err := s.Find(c.Request.Member); err == nil {
			out.Name = s.name(m.Record)
		}
		if c.Request.Kind == record.RequestObject {
			out.Reason = c.Request.Purpose
		}
	case c.Is != nil:
		out.Name = s.name(c.Is)
		out.Reason = c.Is.Fields[record.Reason].String()
		if c.Verb == "move" {
			out.To = c.Path.Unit
		}
	case c.Activity != nil:
		out.Name = c.Activity.Name
		if out.Name == "" {
			out.Name = string(c.Path.ID)
		}
	case c.Path.Handle != "":
		out.Name = string(c.Path.Handle)
	case c.Path.Kind == register.Draw, c.Path.Kind == register.Sending, c.Path.Kind == register.Mail:
		out.Name = string(c.Path.ID)
	default:
		out.Name = c.Path.String()
	}
	if c.Request != nil {
		out.From = c.Request.From
	}
	if out.Fields == nil {
		out.Fields = []string{}
	}
	return out
}

// sentence says a change in words: "Åse Kvåle: Phone changed".
func (s *session) sentence(c changeJSON) string {
	p := s.Policy()
	reason := c.Reason
	if r, ok := p.Reason(c.Reason); ok {
		reason = s.label(p, r.Name, r.ID)
	}
	var what string
	switch c.Act {
	case "add":
		what = s.tr("new in {{.Unit}}", "Unit", unitName(p, c.Unit))
	case "edit":
		what = s.tr("{{.Fields}} changed", "Fields", s.fieldList(c.Fields))
	case "move":
		what = s.tr("moves to {{.Unit}}", "Unit", unitName(p, c.To))
	case "close":
		what = s.tr("membership ended: {{.Reason}}", "Reason", reason)
	case "reopen":
		what = s.tr("member again")
	case "reschedule":
		what = s.tr("to be erased at another time")
	case "request-close":
		what = s.tr("please end the membership: {{.Reason}}", "Reason", reason)
	case "request-move":
		what = s.tr("please move to {{.Unit}}", "Unit", unitName(p, c.To))
	case "request-reopen":
		what = s.tr("please take up the membership again")
	case "request-list":
		what = s.tr("please take out a list for: {{.Purpose}}", "Purpose", s.purposeName(c.Reason))
	case "request-join":
		what = s.tr("please become a member in {{.Unit}}", "Unit", unitName(p, c.Unit))
	case "request-correct":
		what = s.tr("please correct {{.Fields}}", "Fields", s.fieldList(c.Fields))
	case "request-confirm":
		what = s.tr("what is kept is right")
	case "request-copy":
		what = s.tr("please send a copy of what is kept")
	case "request-restrict":
		what = s.tr("please keep the record and do not use it")
	case "request-object":
		what = s.tr("no longer objects")
		if c.Reason != "" {
			what = s.tr("objects to: {{.Purpose}}", "Purpose", s.objections(p, []string{c.Reason}))
		}
	case desk.VerbActivity:
		what = s.tr("a new activity of {{.Unit}}", "Unit", unitName(p, c.Unit))
	case desk.VerbActivityChange:
		what = s.tr("who takes part, or what is said of it, changed")
	case desk.VerbActivityPostpone:
		what = s.tr("ends on another day")
	case desk.VerbMail:
		what = s.tr("the e-mail about it is deleted")
	case desk.VerbActivityErase:
		what = s.tr("erased with everybody in it")
	case "draw":
		what = s.tr("the receipt of a list")
	case "attest":
		what = s.tr("what became of a list")
	case register.VerbSend:
		what = s.tr("the receipt of a sending")
	case desk.VerbSent:
		what = s.tr("how many messages of a sending went")
	case "rotate", "retire":
		what = s.tr("a new key of her own")
	case "officer":
		what = s.tr("a new officer")
	case "grant":
		what = s.tr("access to {{.Unit}}", "Unit", unitName(p, c.Unit))
	case "revoke":
		what = s.tr("no more access to {{.Unit}}", "Unit", unitName(p, c.Unit))
	case "control":
		what = s.tr("a control of who has access")
	case "policy":
		what = s.tr("policies changed")
	default:
		what = c.Act
	}
	if c.From == record.FromMember {
		return s.tr("From the member herself, {{.Name}}: {{.What}}", "Name", cell(c.Name), "What", what)
	}
	return cell(c.Name) + ": " + what
}

// fieldList names fields, with commas between.
func (s *session) fieldList(keys []string) string {
	var names []string
	for _, k := range keys {
		names = append(names, s.fieldName(s.Policy(), k))
	}
	return strings.Join(names, ", ")
}

// changesShown is how many changes are told one by one; after that they are
// counted.
const changesShown = 40

func (s *session) printChanges(w io.Writer, cs []changeJSON) {
	counts := map[string]int{}
	for i, c := range cs {
		if i < changesShown {
			fmt.Fprintln(w, "  "+s.sentence(c))
			continue
		}
		counts[c.Act]++
	}
	if n := len(cs) - changesShown; n > 0 {
		fmt.Fprintln(w, "  "+s.trn(n, "and {{.N}} more ({{.Acts}})", "and {{.N}} more ({{.Acts}})", "Acts", s.acts(counts)))
	}
}

// acts says how many changes there are of each kind: "3 new, 1 moved".
func (a *app) acts(counts map[string]int) string {
	var out []string
	for verb, n := range counts {
		out = append(out, fmt.Sprintf("%d %s", n, a.act(verb)))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// act names a kind of change.
func (a *app) act(verb string) string {
	switch verb {
	case "add", "import":
		return a.tr("new")
	case "edit":
		return a.tr("changed")
	case "move":
		return a.tr("moved")
	case "close":
		return a.tr("ended")
	case "reopen":
		return a.tr("taken up again")
	case "reschedule":
		return a.tr("to be erased at another time")
	case "rotate", "retire":
		return a.tr("new keys")
	case "officer":
		return a.tr("new officers")
	case "grant":
		return a.tr("access given or changed")
	case "revoke":
		return a.tr("access ended")
	case "control":
		return a.tr("control of access")
	case "draw", "attest", register.VerbSend, desk.VerbSent:
		return a.tr("receipts of lists")
	case desk.VerbActivity, desk.VerbActivityChange, desk.VerbActivityPostpone, desk.VerbActivityErase, desk.VerbMail:
		return a.tr("activities")
	case "policy":
		return a.tr("policy files")
	}
	return a.tr("asked for")
}
