package desk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

const (
	reasonLeast  = 20       // characters of a reason for access
	reasonSealed = 64 << 10 // bytes: no sealed reason is larger
)

// Errors of a grant's reason.
var (
	ErrReasonShort = fmt.Errorf("the reason has fewer than %d characters", reasonLeast)
	ErrReasonSame  = errors.New("the reason is word for word that of another grant in this unit")
)

// bring seals the documents that a grant comes with under fresh keys, into the
// unit's folder and keyring, and names them in the grant. What the register has
// already stays as it is.
func (d *Desk) bring(a *act, out *Given, o *GrantOptions) error {
	docs := slices.Clone(o.Documents)
	ids := map[string]register.RecordID{}
	if ap := o.Appointment; ap != nil {
		for _, e := range ap.Grant.Evidence {
			if slices.ContainsFunc(out.Grant.Evidence, func(x access.Evidence) bool { return x.Kind == e.Kind && x.Digest == e.Digest }) {
				continue
			}
			doc, err := ap.Document(e.Kind, d.id.Ages())
			if err != nil {
				return err
			}
			docs, ids[e.Kind] = append(docs, doc), e.ID
		}
	}
	for _, doc := range docs {
		if _, there := out.Grant.Document(doc.Kind); there {
			return fmt.Errorf("there is a document %q already", doc.Kind)
		}
		if doc.Kind == policy.NeedReason {
			if err := d.checkReason(out.Grant, doc); err != nil {
				return err
			}
		}
		e, err := d.sealEvidence(a, out.Grant.Unit, doc, ids[doc.Kind])
		if err != nil {
			return err
		}
		out.Grant.Evidence = append(out.Grant.Evidence, e)
		out.Fresh = append(out.Fresh, doc.Kind)
	}
	return nil
}

// sealEvidence seals a document into a unit. An id that is taken, because the
// grant that brought it has ended, is not used again.
func (d *Desk) sealEvidence(a *act, u register.UnitID, doc *Document, id register.RecordID) (access.Evidence, error) {
	k, err := d.change(a, u)
	if err != nil {
		return access.Evidence{}, err
	}
	path := register.Path{Kind: register.Evidence, Unit: u, ID: id}
	if id != "" {
		if _, taken, err := gitstore.Find(d.repo, d.tree, path.String()); err != nil {
			return access.Evidence{}, err
		} else if taken {
			id = ""
		}
	}
	if id == "" {
		id = register.NewRecordID()
	}
	path.ID = id
	key := seal.NewKey()
	file, err := seal.SealEvidence(key, doc.plain)
	if err != nil {
		return access.Evidence{}, fmt.Errorf("seal the document %q: %w", doc.Kind, err)
	}
	k.Keys[id] = key
	a.files[path.String()] = file
	return access.Evidence{Kind: doc.Kind, ID: id, SHA256: digestOf(file), Digest: doc.Digest()}, nil
}

// checkReason judges the text of a reason: long enough to say something, and not
// copied from another grant of the unit, present or past.
func (d *Desk) checkReason(g *access.Grant, doc *Document) error {
	text := foldReason(doc)
	if !utf8.Valid(doc.Content) || utf8.RuneCountInString(text) < reasonLeast {
		return ErrReasonShort
	}
	own := register.RecordID("")
	if st := d.state.Units[g.Unit]; st != nil && st.Grants[g.Handle] != nil {
		e, _ := st.Grants[g.Handle].Document(policy.NeedReason)
		own = e.ID
	}
	list, err := d.evidenceOf(g.Unit)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.ID == own || e.Size > reasonSealed {
			continue
		}
		other, err := d.openEvidence(g.Unit, e.ID)
		if err != nil {
			return err
		}
		if other.Kind == policy.NeedReason && foldReason(other) == text {
			return ErrReasonSame
		}
	}
	return nil
}

// foldReason is a reason's text without differences that say nothing: of case,
// spaces and accents.
func foldReason(d *Document) string {
	return strings.Join(strings.Fields(record.Fold(string(d.Content))), " ")
}

// Evidence is a sealed document of a unit, and which grant it goes with.
type Evidence struct {
	Unit   register.UnitID
	ID     register.RecordID
	Size   int64 // of the sealed file, in bytes
	Kind   string
	Handle register.Handle // "" where the grant that brought it has ended, or where it is the unit's own agreement
	Office string
}

// Evidence lists the sealed documents of units that the identity reads, all of
// them where none is named.
func (d *Desk) Evidence(units []register.UnitID) ([]Evidence, error) {
	units, err := d.readable(units)
	if err != nil {
		return nil, err
	}
	var out []Evidence
	for _, u := range units {
		list, err := d.evidenceOf(u)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// evidenceOf lists the documents of one unit without opening them.
func (d *Desk) evidenceOf(u register.UnitID) ([]Evidence, error) {
	named := map[register.RecordID]Evidence{}
	if st := d.state.Units[u]; st != nil {
		for h, g := range st.Grants {
			for _, e := range g.Evidence {
				named[e.ID] = Evidence{Kind: e.Kind, Handle: h, Office: g.Office}
			}
		}
	}
	if unit, ok := d.state.Policy.Unit(u); ok {
		id, _, _ := strings.Cut(unit.Agreement, " ")
		named[register.RecordID(id)] = Evidence{Kind: access.MatterAgreement}
	}
	var out []Evidence
	err := gitstore.Walk(d.repo, d.tree, "data/"+string(u)+"/evidence", func(path string, entry gitstore.Entry) error {
		p, err := register.ParsePath(path)
		if err != nil {
			return err
		}
		_, size, err := d.repo.Size(entry.ID)
		if err != nil {
			return err
		}
		e := named[p.ID]
		e.Unit, e.ID, e.Size = u, p.ID, size
		out = append(out, e)
		return nil
	})
	if errors.Is(err, gitstore.ErrNotFound) {
		err = nil
	}
	return out, err
}

// OpenEvidence opens a sealed document, in memory, for whoever reads its unit.
func (d *Desk) OpenEvidence(id register.RecordID) (*Evidence, *Document, error) {
	list, err := d.Evidence(nil)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(list, func(e Evidence) bool { return e.ID == id })
	if i < 0 {
		return nil, nil, fmt.Errorf("no document %s in the units that you may read", id)
	}
	doc, err := d.openEvidence(list[i].Unit, id)
	return &list[i], doc, err
}

func (d *Desk) openEvidence(u register.UnitID, id register.RecordID) (*Document, error) {
	k, err := d.keyring(u)
	if err != nil {
		return nil, err
	}
	path := register.Path{Kind: register.Evidence, Unit: u, ID: id}
	e, ok, err := gitstore.Find(d.repo, d.tree, path.String())
	if err != nil {
		return nil, err
	}
	key, have := k.Keys[id]
	if !ok || !have {
		return nil, fmt.Errorf("document %s: not there, or unit %q has no key for it", id, u)
	}
	file, err := d.repo.Blob(e.ID, seal.EvidenceLimit)
	if err != nil {
		return nil, err
	}
	plain, err := seal.OpenEvidence(key, file)
	if err != nil {
		return nil, fmt.Errorf("open document %s: %w", id, err)
	}
	doc, err := parseDocument(plain)
	if err != nil { // of the first version, or of another program
		return &Document{Content: plain, plain: plain}, nil
	}
	return doc, nil
}
