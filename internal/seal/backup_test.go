package seal

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"filippo.io/age"
)

func TestBackup(t *testing.T) {
	a, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	b, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	text := bytes.Repeat([]byte("what a register holds "), 40_000)
	sealed := func(rs ...string) []byte {
		var out bytes.Buffer
		w, err := SealBackup(&out, rs)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	file := sealed(a.Recipient().String(), b.Recipient().String())
	for _, id := range []age.Identity{a, b} {
		r, err := OpenBackup(bytes.NewReader(file), []age.Identity{id})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
	}
	c, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for _, ids := range [][]age.Identity{nil, {c}} {
		if _, err := OpenBackup(bytes.NewReader(file), ids); !errors.Is(err, ErrNotReader) {
			t.Errorf("%v, want ErrNotReader", err)
		}
	}
	// Cut off, it opens and does not come to its end.
	r, err := OpenBackup(bytes.NewReader(file[:len(file)-100]), []age.Identity{a})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); err == nil {
		t.Error("a backup that was cut off comes to its end")
	}
	// One classic recipient would undo the others.
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := SealBackup(io.Discard, []string{x.Recipient().String()}); err == nil {
		t.Error("sealed to a classic recipient")
	}
	var classic bytes.Buffer
	w, err := age.Encrypt(&classic, x.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBackup(bytes.NewReader(classic.Bytes()), []age.Identity{x}); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v, want ErrDamaged", err)
	}
	for _, rs := range [][]string{nil, {a.Recipient().String(), a.Recipient().String()}, {"age1pq1"}} {
		if _, err := SealBackup(io.Discard, rs); err == nil {
			t.Errorf("sealed to %d recipients that are none", len(rs))
		}
	}
}

func TestReceiptSecret(t *testing.T) {
	s := NewReceiptSecret()
	sum, err := ReceiptCheck(s, "m4k7aaaaaaaaa")
	if err != nil || len(sum) != 64 {
		t.Fatal(sum, err)
	}
	typed := bytes.ReplaceAll(bytes.ToUpper([]byte(s)), []byte("-"), []byte(" "))
	if again, err := ReceiptCheck(string(typed), "m4k7aaaaaaaaa"); err != nil || again != sum {
		t.Error("typed otherwise, it is another: ", err)
	}
	if other, _ := ReceiptCheck(s, "m4k7aaaaaaaab"); other == sum {
		t.Error("two ids have one check")
	}
	if _, err := ReceiptCheck(NewViewSecret(), "m4k7aaaaaaaaa"); err == nil {
		t.Error("the secret of a page is taken for that of a receipt")
	}
	if _, err := ParseViewSecret(s); err == nil {
		t.Error("the secret of a receipt is taken for that of a page")
	}
	// A vector: the sixteen bytes of testdata/vectors.json, and the sum as sha256sum has it.
	text := groupedText([16]byte([]byte("defghijklmnopqrs")), receiptSum([16]byte([]byte("defghijklmnopqrs"))))
	if text != "chjp-csv8-d5n6-pv3d-dsqq-0wbj-efr6" {
		t.Errorf("text %s", text)
	}
	sum, err = ReceiptCheck(text, "m4k7aaaaaaaaa")
	if err != nil || sum != "c6b3f40dd8da9af9ddc6573442d0009ddac6d878d5fab2123de6bbb8b201a33a" {
		t.Errorf("check %s, %v", sum, err)
	}
}
