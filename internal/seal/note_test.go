package seal

import (
	"errors"
	"strings"
	"testing"

	"filippo.io/age"
)

func TestNote(t *testing.T) {
	reader, stranger := newHybrid(t), newHybrid(t)
	to := []string{newHybrid(t).Recipient().String(), reader.Recipient().String()}
	for _, text := range []string{"", "Not in your unit: Åse moved.\nAsk \"Alta\" <post@example.org>\n", strings.Repeat("\x01", NoteLimit)} {
		file, err := SealNote([]byte(text), to)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckSealedTo(file, 2, RecordBucket); err != nil {
			t.Error(err)
		}
		if got, err := OpenNote(file, []age.Identity{reader}); err != nil || string(got) != text {
			t.Errorf("note of %d bytes: %d came back; %v", len(text), len(got), err)
		}
		if _, err := OpenNote(file, []age.Identity{stranger}); !errors.Is(err, ErrNotReader) {
			t.Errorf("got %v, want ErrNotReader", err)
		}
	}
	if _, err := SealNote(make([]byte, NoteLimit+1), to); err == nil {
		t.Error("a note over the limit was sealed")
	}
	envelope, err := SealEnvelope(NewKey(), to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenNote(envelope, []age.Identity{reader}); !errors.Is(err, ErrDamaged) {
		t.Errorf("an envelope as a note: got %v, want ErrDamaged", err)
	}
}
