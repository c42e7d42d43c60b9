package desk

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// An Appointment is a grant in the making, as a file that people send each
// other: each adds her signature to it, with or without the register at hand, and
// the secretariat makes a grant of it (Desk.Give). Its documents are sealed to the
// secretariat and to those who sign, so that the file may be mailed.
//
// The file is the clear text of a grant, the appointee's officer file, and each
// document as base64. Nothing in it is believed because it stands there: the
// grant's signatures are, and the register's check.
type Appointment struct {
	Grant     *access.Grant   // its evidence names the documents as they are sealed here
	Officer   *access.Officer // the appointee's
	Wants     []access.Lack   // what the office asked for when the file was made
	Signers   []Signer        // who could sign, that day
	Guide     string          // the version of the guide that the office asks for; "" none
	Factors   []string        // how her identity may be protected
	Suited    bool            // whoever made the file said that she is suited for the office
	documents map[string][]byte
}

// Signer is an officer and in what capacity she signs.
type Signer struct {
	ID     string // of the policy's signers
	Handle register.Handle
}

// AppointmentLimit is the size in bytes of the largest appointment file.
const AppointmentLimit = 100 << 20 // 100 MiB

const (
	partLine    = "--- "
	signerLimit = 200 // of one appointment, to whom its documents are sealed
	wantsLimit  = 100
	base64Width = 76 // characters of a line
)

// suitedYes is what the line suited says where it is there.
const suitedYes = "yes"

// orSign joins signers of whom one is enough, in the file.
const orSign = "+"

// Encode returns the appointment's file.
func (a *Appointment) Encode() []byte {
	f := register.NewFlat()
	f.Set("unit", string(a.Grant.Unit))
	f.Set("handle", string(a.Grant.Handle))
	f.Set("guide", a.Guide)
	if a.Suited {
		f.Set("suited", suitedYes)
	}
	f.SetList("factors", a.Factors)
	var wants, signers []string
	for _, w := range a.Wants {
		wants = append(wants, strings.TrimSpace(w.Matter+" "+w.Act+" "+strings.ReplaceAll(w.Signer, orWord, orSign)))
	}
	for _, s := range a.Signers {
		signers = append(signers, s.ID+" "+string(s.Handle))
	}
	f.SetList("wants", wants)
	f.SetList("signers", signers)
	var b bytes.Buffer
	b.Write(f.Encode())
	b.WriteString(partLine + "grant\n")
	b.Write(a.Grant.Encode())
	b.WriteString(partLine + "officer\n")
	b.Write(a.Officer.Encode())
	for _, kind := range slices.Sorted(maps.Keys(a.documents)) {
		b.WriteString(partLine + "document " + kind + "\n")
		text := base64.StdEncoding.EncodeToString(a.documents[kind])
		for len(text) > base64Width {
			b.WriteString(text[:base64Width] + "\n")
			text = text[base64Width:]
		}
		b.WriteString(text + "\n")
	}
	return b.Bytes()
}

// orWord joins signers of whom one is enough in an access.Lack.
const orWord = " or "

// ParseAppointment reads an appointment's file.
func ParseAppointment(b []byte) (*Appointment, error) {
	if len(b) > AppointmentLimit {
		return nil, fmt.Errorf("appointment of %d bytes: want at most %d", len(b), AppointmentLimit)
	}
	parts := cutParts(string(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))) // mail changes line ends
	if len(parts) < 3 || parts[1].name != "grant" || parts[2].name != "officer" {
		return nil, errors.New("not an appointment that medlem appoint made")
	}
	a := &Appointment{documents: map[string][]byte{}}
	at, err := a.parseHead(parts[0].text)
	if err == nil {
		a.Grant, err = access.ParseGrant(at, []byte(parts[1].text))
	}
	if err == nil {
		a.Officer, err = access.ParseOfficer([]byte(parts[2].text), seal.ParseRecipient)
	}
	if err != nil {
		return nil, fmt.Errorf("malformed appointment: %w", err)
	}
	if a.Officer.Handle != a.Grant.Handle {
		return nil, errors.New("malformed appointment: its officer file is another officer's")
	}
	for _, p := range parts[3:] {
		kind, ok := strings.CutPrefix(p.name, "document ")
		e, named := a.Grant.Document(kind)
		if !ok || !named || a.documents[kind] != nil {
			return nil, errors.New("malformed appointment: a part that does not belong")
		}
		file, err := base64.StdEncoding.DecodeString(p.text) // which passes over line ends
		if err != nil || len(file) > seal.EvidenceLimit || digestOf(file) != e.SHA256 {
			return nil, fmt.Errorf("malformed appointment: the document %q is damaged", kind)
		}
		a.documents[kind] = file
	}
	return a, nil
}

func (a *Appointment) parseHead(text string) (at register.Path, err error) {
	f, err := register.ParseFlat([]byte(text))
	if err != nil {
		return at, err
	}
	var unit, handle string
	var wants, signers []string
	read := func(key string, need bool) (s string) {
		if err == nil {
			s, _, err = f.Value(key, need)
		}
		return s
	}
	list := func(key string, limit int) (l []string) {
		if err == nil {
			l, _, err = f.List(key, false)
		}
		if err == nil && len(l) > limit {
			err = fmt.Errorf("%d items in %s: want at most %d", len(l), key, limit)
		}
		return l
	}
	unit, handle, a.Guide = read("unit", true), read("handle", true), read("guide", false)
	suited := read("suited", false)
	a.Factors, wants, signers = list("factors", len(policy.Factors)), list("wants", wantsLimit), list("signers", signerLimit)
	switch suited {
	case suitedYes:
		a.Suited = true
	case "":
	default:
		return at, errors.New("malformed suited")
	}
	at.Kind = register.Grant
	if err == nil {
		at.Unit, err = register.ParseUnitID(unit)
	}
	if err == nil {
		at.Handle, err = register.ParseHandle(handle)
	}
	if err == nil {
		err = f.End()
	}
	if err != nil {
		return at, err
	}
	for _, w := range wants {
		x := strings.Fields(w)
		x = append(x, "", "")
		a.Wants = append(a.Wants, access.Lack{Matter: x[0], Act: x[1], Signer: strings.ReplaceAll(x[2], orSign, orWord)})
	}
	for _, s := range signers {
		id, h, _ := strings.Cut(s, " ")
		handle, err := register.ParseHandle(h)
		if err != nil || !register.IsKey(id) {
			return at, errors.New("malformed signer")
		}
		a.Signers = append(a.Signers, Signer{id, handle})
	}
	return at, nil
}

type filePart struct{ name, text string }

// cutParts takes a file apart at the lines that begin its parts. The first part
// has no name.
func cutParts(text string) []filePart {
	var parts []filePart
	for name := ""; ; {
		body, rest, more := strings.Cut("\n"+text, "\n"+partLine)
		body = strings.TrimPrefix(body, "\n")
		if more && body != "" {
			body += "\n"
		}
		parts = append(parts, filePart{name, body})
		if !more {
			return parts
		}
		name, text, _ = strings.Cut(rest, "\n")
	}
}

// Document opens a document of the appointment with whichever of the identities
// fits, and verifies that it is the one that the signatures are about.
func (a *Appointment) Document(kind string, ids []age.Identity) (*Document, error) {
	e, ok := a.Grant.Document(kind)
	if !ok || a.documents[kind] == nil {
		return nil, fmt.Errorf("the appointment has no document %q", kind)
	}
	plain, err := seal.OpenDocument(a.documents[kind], ids)
	if err != nil {
		return nil, fmt.Errorf("open the document %q: %w", kind, err)
	}
	if digestOf(plain) != e.Digest {
		return nil, fmt.Errorf("the document %q is another than the one that is signed", kind)
	}
	d, err := parseDocument(plain)
	if err == nil && d.Kind != kind {
		err = errors.New("it says that it is of another kind")
	}
	if err != nil {
		return nil, fmt.Errorf("read the document %q: %w", kind, err)
	}
	return d, nil
}

// Documents are the kinds of the documents that lie in the file, sorted.
func (a *Appointment) Documents() []string { return slices.Sorted(maps.Keys(a.documents)) }

// attach seals a document into the appointment.
func (a *Appointment) attach(d *Document, recipients []string) error {
	if _, there := a.Grant.Document(d.Kind); there {
		return fmt.Errorf("there is a document %q already", d.Kind)
	}
	file, err := seal.SealDocument(d.plain, recipients)
	if err != nil {
		return fmt.Errorf("seal the document %q: %w", d.Kind, err)
	}
	a.documents[d.Kind] = file
	a.Grant.Evidence = append(a.Grant.Evidence, access.Evidence{Kind: d.Kind, ID: register.NewRecordID(), SHA256: digestOf(file), Digest: d.Digest()})
	return nil
}

// Join takes over what another copy of the appointment has gathered: one to which
// somebody else added her signature.
func (a *Appointment) Join(b *Appointment) error {
	if !bytes.Equal(a.Grant.Statement(), b.Grant.Statement()) {
		return errors.New("the two appointments do not say the same: they cannot be put together")
	}
	for kind, file := range b.documents {
		x, _ := a.Grant.Document(kind)
		if y, _ := b.Grant.Document(kind); a.documents[kind] == nil {
			a.documents[kind] = file
			a.Grant.Evidence = slices.DeleteFunc(a.Grant.Evidence, func(e access.Evidence) bool { return e.Kind == kind })
			a.Grant.Evidence = append(a.Grant.Evidence, y)
		} else if x.Digest != y.Digest {
			return fmt.Errorf("the two appointments have different documents %q", kind)
		}
	}
	joinSignatures(a.Grant, b.Grant)
	a.Suited = a.Suited || b.Suited
	return nil
}

// joinSignatures adds the signatures of b that a has not, and the guide that goes
// with them.
func joinSignatures(a, b *access.Grant) {
	for _, s := range b.Signatures {
		same := func(x access.Signature) bool {
			return x.Matter == s.Matter && x.Act == s.Act && x.Signer == s.Signer && x.Handle == s.Handle
		}
		i := slices.IndexFunc(a.Signatures, same)
		switch {
		case i < 0:
			a.Signatures = append(a.Signatures, s)
		case s.Matter == access.MatterGuide && b.Guide != a.Guide && s.Day >= a.Signatures[i].Day:
			a.Signatures[i] = s
		default:
			continue
		}
		if s.Matter == access.MatterGuide {
			a.Guide = b.Guide
		}
	}
}
