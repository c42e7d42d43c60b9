package site

import (
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/seal"
)

// From her page a member objects to a purpose and asks that her record be kept and not
// used: each is a blob like any other, and says what she chose.
func TestWishes(t *testing.T) {
	s := startVisit(t)
	s.open(s.site + "me/#" + s.own.secret)
	s.unlocked()
	chosen := s.get(`(() => { const f = document.querySelector('form[data-request="object"]').elements.purpose; f.selectedIndex = 0; return f.value })()`)
	offered := s.get(`[...document.querySelector('form[data-request="object"]').elements.purpose.options].map(o => o.value).join(" ")`)
	if !strings.HasSuffix(" "+offered, " "+strings.Join([]string{record.ObjectsAll, record.ObjectsBy("email"), record.ObjectsBy("sms"), record.ObjectsBy("letter")}, " ")) {
		t.Errorf("she may object to %q", offered)
	}
	s.submit("object", "sent")
	s.get(`document.querySelector('form[data-request="restrict"]').elements.note.value = "Adressen er feil\r\n"; ""`)
	s.submit("restrict", "sent")
	blobs := s.drop.taken()
	if len(blobs) != 2 || len(blobs[0]) != seal.BlobSize || len(blobs[1]) != seal.BlobSize {
		t.Fatalf("%d blobs", len(blobs))
	}
	if r := s.opened(blobs[0]); r.Kind != record.RequestObject || r.Purpose != chosen || len(r.Clear) > 0 {
		t.Errorf("object: %s %q", r.Kind, r.Purpose)
	}
	if r := s.opened(blobs[1]); r.Kind != record.RequestRestrict || r.Note != "Adressen er feil" {
		t.Errorf("restrict: %s %q", r.Kind, r.Note)
	}
}
