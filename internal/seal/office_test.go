package seal

import (
	"bytes"
	"errors"
	"testing"

	"filippo.io/age"
)

// An office's page opens for those that it is sealed to and nobody else; its size
// tells how many buckets it fills.
func TestOffice(t *testing.T) {
	a, b, stranger := newHybrid(t), newHybrid(t), newHybrid(t)
	for _, size := range []int{0, 1, OfficeBucket - 1, OfficeBucket, OfficeBucket + 1, 200_000} {
		html := bytes.Repeat([]byte("x"), size)
		file, err := SealOffice(html, []string{a.Recipient().String(), b.Recipient().String()})
		if err != nil {
			t.Fatal(err)
		}
		want := OfficeBucket
		for want < size {
			want *= 2
		}
		if h, err := Inspect(file); err != nil || len(h.Stanzas) != 2 || h.Plaintext != int64(want) {
			t.Errorf("%d bytes: %v, %v", size, h, err)
		}
		for _, id := range []age.Identity{a, b} {
			if got, err := OpenOffice(file, []age.Identity{stranger, id}); err != nil || !bytes.Equal(got, html) {
				t.Errorf("%d bytes: opened %d, %v", size, len(got), err)
			}
		}
		if _, err := OpenOffice(file, []age.Identity{stranger}); !errors.Is(err, ErrNotReader) {
			t.Errorf("a stranger: %v", err)
		}
	}
	if name := OfficeName("asker", "chair"); name != "office/asker/chair.age" {
		t.Error(name)
	}
}

// No page is sealed to nobody, to a classic recipient or over the limit; what is no
// page, is cut off or altered does not open.
func TestOfficeRefuses(t *testing.T) {
	a := newHybrid(t)
	to := []string{a.Recipient().String()}
	for name, recipients := range map[string][]string{"nobody": nil, "a classic recipient": {newClassic(t).Recipient().String()}, "one twice": {to[0], to[0]}} {
		if _, err := SealOffice([]byte("x"), recipients); err == nil {
			t.Errorf("sealed to %s", name)
		}
	}
	if _, err := SealOffice(make([]byte, officeTextLimit+1), to); err == nil {
		t.Error("a page over the limit")
	}
	file, err := SealOffice([]byte("<article></article>"), to)
	if err != nil {
		t.Fatal(err)
	}
	altered := bytes.Clone(file)
	altered[len(altered)-1] ^= 1
	envelope, _ := SealEnvelope(NewKey(), to)
	for name, f := range map[string][]byte{"cut": file[:len(file)-1], "altered": altered, "an envelope": envelope, "nothing": nil} {
		if _, err := OpenOffice(f, []age.Identity{a}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
