// Package intake reads what members send from their own pages, and strangers from a
// joining form: files that anybody may make, that come by way of a web server or a
// mail, and that are believed in nothing that they do not prove.
//
// Use [Open] with the joining identities of a unit for a file that came in. What a
// stranger sent is a request then; what a member sent is still sealed under the
// secret of her own page, and [Sent.Prove] opens it. [Judge] says whether the policy
// lets it be asked. [SealJoin] and [SealMember] make such files, as the pages do.
//
// No error says anything of what a file holds.
package intake

import (
	"errors"
	"fmt"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// FileSize is the size of every file that is sent, in bytes.
const FileSize = seal.BlobSize

// Errors that a caller acts on.
var (
	// ErrForm says that a file is not one that a page makes: of another size, sealed
	// in another way, or cut off on its way.
	ErrForm = errors.New("not a file from a member's page or a joining form, or damaged on its way")
	// ErrNotReader says that a file is sealed to none of the identities.
	ErrNotReader = seal.ErrNotReader
	// ErrContent says that a file was opened and holds something else than it should.
	ErrContent = errors.New("the file holds no request that this version knows")
	// ErrProof says that a request is not sealed under the member's secret, or is not
	// the one that the file says it is.
	ErrProof = errors.New("the file does not prove that it is from the member")
)

// Sent is what a file says. Either Request is set, and a stranger sent it; or
// Member is, and she says to have sent what Prove opens.
type Sent struct {
	Unit    register.UnitID
	ID      register.RecordID // of the request
	Request *record.Request   // a stranger's
	Member  register.RecordID
	sealed  []byte
}

// Open opens a file with whichever joining identity fits. Its errors are ErrForm,
// ErrNotReader and ErrContent. That it is for the unit whose identity opened it is
// the caller's to compare.
func Open(ids []age.Identity, file []byte) (*Sent, error) {
	text, err := seal.OpenBlob(file, ids)
	if errors.Is(err, seal.ErrNotReader) {
		return nil, ErrNotReader
	} else if err != nil {
		return nil, ErrForm // its form says why, and nothing of what it holds
	}
	defer clear(text)
	c, covered, err := record.DecodeCover(text)
	if err != nil {
		return nil, ErrContent
	}
	if covered {
		if seal.CheckRecord(c.Sealed) != nil {
			return nil, ErrContent
		}
		return &Sent{Unit: c.Unit, ID: c.ID, Member: c.Member, sealed: c.Sealed}, nil
	}
	r, err := record.DecodeRequest(text)
	if err != nil || r.Kind != record.RequestJoin || r.From != "" { // whoever is no member asks for nothing else, and no file is an SMS
		return nil, ErrContent
	}
	return &Sent{Unit: r.Unit, ID: r.ID, Request: r}, nil
}

// Check returns ErrForm unless file has the form of one that a page makes. It needs
// no key.
func Check(file []byte) error {
	if seal.CheckBlob(file) != nil {
		return ErrForm
	}
	return nil
}

// Prove opens what a member sent with the secret of her page. What comes back is
// hers: whoever sealed it has the secret, which her unit's officers have too. Its
// errors are ErrProof, and ErrContent where she sealed what no page does.
func (s *Sent) Prove(viewSecret string) (*record.Request, error) {
	if s.Member == "" {
		return nil, ErrProof
	}
	key, err := seal.ViewKey(viewSecret, seal.KindRequest, s.Unit, s.ID)
	if err != nil {
		return nil, ErrProof
	}
	text, err := seal.Open(key, s.sealed)
	if err != nil {
		return nil, ErrProof
	}
	defer clear(text)
	r, err := record.DecodeRequest(text)
	if err != nil {
		return nil, ErrContent
	}
	if r.ID != s.ID || r.Unit != s.Unit || r.Member != s.Member || r.From != record.FromMember {
		return nil, ErrProof
	}
	return r, nil
}

// SealJoin seals a stranger's request to a unit's joining recipient.
func SealJoin(r *record.Request, recipient string) ([]byte, error) {
	if r.Kind != record.RequestJoin {
		return nil, fmt.Errorf("seal a joining form: a request of another kind")
	}
	text, err := record.EncodeRequest(r)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	return seal.SealBlob(text, recipient)
}

// SealMember seals a member's request under the secret of her page, and that to the
// joining recipient of the unit.
func SealMember(r *record.Request, viewSecret, recipient string) ([]byte, error) {
	if r.From != record.FromMember {
		return nil, errors.New("seal a member's request: it is not from her")
	}
	text, err := record.EncodeRequest(r)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	key, err := seal.ViewKey(viewSecret, seal.KindRequest, r.Unit, r.ID)
	if err != nil {
		return nil, err
	}
	inner, err := seal.Seal(key, text)
	if err != nil {
		return nil, err
	}
	cover, err := record.EncodeCover(&record.Cover{ID: r.ID, Unit: r.Unit, Member: r.Member, Sealed: inner})
	if err != nil {
		return nil, err
	}
	return seal.SealBlob(cover, recipient)
}
