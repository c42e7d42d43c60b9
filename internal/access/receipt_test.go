package access

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// The receipt of the vectors.
func vectorReceipt() *Receipt {
	return &Receipt{Day: "2026-11-22", Rule: "left", Keys: 1, Versions: 2, Pages: 1, Tokens: 1, Requests: 1, Lists: 3, Activities: 1,
		Keyrings: []Replaced{{"akershus", 7, 8}, {"asker", 41, 42}}, Signers: []register.Handle{"o-sw42ziangi", "o-easzgigbni"},
		Remains: []Remaining{{"accounts", "2031-11-22"}, {"minutes", ""}}, Check: "c6b3f40dd8da9af9ddc6573442d0009ddac6d878d5fab2123de6bbb8b201a33a"}
}

// What another implementation wrote is read, and written again to the byte.
func TestReceiptVectors(t *testing.T) {
	full := vectorReceipt()
	least := &Receipt{Day: full.Day, Rule: "left", Keys: 1, Keyrings: full.Keyrings[1:], Signers: full.Signers[:1], Check: full.Check}
	for name, want := range map[string]*Receipt{"receipt.yaml": full, "receipt-least.yaml": least} {
		r, err := ParseReceipt(vector(t, name))
		if err != nil || !reflect.DeepEqual(r, want) {
			t.Errorf("%s: %+v, %v", name, r, err)
		} else if !bytes.Equal(r.Encode(), vector(t, name)) {
			t.Errorf("%s: written as\n%s", name, r.Encode())
		}
	}
	if sum, err := seal.ReceiptCheck("chjp-csv8-d5n6-pv3d-dsqq-0wbj-efr6", "m4k7aaaaaaaaa"); err != nil || sum != full.Check {
		t.Errorf("check %s, %v", sum, err)
	}
	for _, name := range []string{"erased.yaml", "erasure.yaml"} {
		s, err := ParseErasureStatement(vector(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Signed() != (name == "erasure.yaml") || (s.Secret == "") != s.Signed() || !reflect.DeepEqual(s.Receipt, full) || s.Tombstone != (Tombstone{full.Day, full.Rule}) {
			t.Errorf("%s: %+v", name, s)
		}
		if !bytes.Equal(s.Encode(), vector(t, name)) {
			t.Errorf("%s: written as\n%s", name, s.Encode())
		}
	}
	l, err := ParseErasureList(vector(t, "erasures.yaml"))
	if err != nil || len(l.Erased) != 2 || l.Erased[1].Check != full.Check || l.Erased[0].Check != "" {
		t.Fatalf("%+v, %v", l, err)
	}
	if !bytes.Equal(l.Encode(), vector(t, "erasures.yaml")) {
		t.Errorf("written as\n%s", l.Encode())
	}
	l.Erased = nil
	if again, err := ParseErasureList(l.Encode()); err != nil || !reflect.DeepEqual(again, l) {
		t.Errorf("a list of nobody: %+v, %v", again, err)
	}
	l.Units = []ErasedUnit{{"akershus", "2026-01-01"}, {"asker", "2026-11-22"}}
	if again, err := ParseErasureList(l.Encode()); err != nil || !reflect.DeepEqual(again, l) {
		t.Errorf("a list with units: %+v, %v", again, err)
	}
}

// A statement of an erasure from before receipts has the tombstone's two lines.
func TestStatementWithoutReceipt(t *testing.T) {
	s, err := ParseErasureStatement(vector(t, "erasure.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s.Receipt, s.Waiting = nil, nil
	again, err := ParseErasureStatement(s.Encode())
	if err != nil || !reflect.DeepEqual(again, s) {
		t.Errorf("%+v, %v", again, err)
	}
}

// Each has one form: what differs from it anywhere is refused.
func TestReceiptRefused(t *testing.T) {
	for name, x := range map[string][]string{
		"receipt.yaml": {"keys: 1=keys: 0", "keys: 1=keys: 01", "keys: 1=keys: -1", "versions: 2=versions: 9999999", "day: 2026-11-22=day: 2026-13-22",
			"asker 41 42=asker 41 43", "asker 41 42=asker 042 43", "asker 41 42=akershus 41 42", "asker 41 42=asker 41", "o-easzgigbni=o-sw42ziangi", "o-easzgigbni=kari",
			"minutes always=minutes never", "minutes always=accounts always", "check: c6=check: C6", "check: c6b3=check: b3", "rule: left\n=", "keyrings:\n  - akershus 7 8\n  - asker 41 42\n=",
			"pages: 1\n=pages: 1\nname: kari\n", "requests: 1\nlists: 3\n=lists: 3\nrequests: 1\n"},
		"erasure.yaml": {"statement: erasure\n=statement: erased\n", "server: forgotten=server: gone", "by: o-sw42ziangi=by: recovery", "recovery 5b=somebody 5b", "genesis: 01=genesis: 0",
			"id: m4k7aaaaaaaaa=id: kari", "receipt: yes=receipt: no", "receipt: yes\n=", "issued: 2026-12-01\n=secret: chjp-csv8-d5n6-pv3d-dsqq-0wbj-efr6\nissued: 2026-12-01\n"},
		"erased.yaml": {"statement: erased\n=statement: erasure\n", "secret: chjp-csv8-d5n6-pv3d-dsqq-0wbj-efr6\n=", "unit: asker=unit: Asker"},
		"erasures.yaml": {"  - aaaaaaaaaaaaa=  - zzzzzzzzzzzzz", "2025-01-31=2025-02-31", "retention/activity=Nils Hansen", "left c6=left b6c6", "erased:\n=erased:\n  - kari\n",
			"statement: erasures=statement: erased", "by: o-sw42ziangi=by: kari", "left c6b3=left C6b3",
			"erased:=units:\n  - asker\nerased:", "erased:=units:\n  - asker 2026-11-31\nerased:", "erased:=units:\n  - asker 2026-11-22\n  - asker 2026-11-22\nerased:", "erased:=erased:\nunits:\n  - asker 2026-11-22\nerased:"},
	} {
		whole := string(vector(t, name))
		for _, edit := range x {
			was, is, _ := strings.Cut(edit, "=")
			if !strings.Contains(whole, was) {
				t.Fatalf("%s has no %q", name, was)
			}
			b := []byte(strings.Replace(whole, was, is, 1))
			var err error
			switch name {
			case "receipt.yaml":
				_, err = ParseReceipt(b)
			case "erasures.yaml":
				_, err = ParseErasureList(b)
			default:
				_, err = ParseErasureStatement(b)
			}
			if err == nil {
				t.Errorf("%s: %q is taken", name, edit)
			}
		}
	}
}

// What is read is what is written, whatever it is.
func FuzzReceipt(f *testing.F) {
	for _, name := range []string{"receipt.yaml", "receipt-least.yaml", "erased.yaml", "erasure.yaml", "erasures.yaml"} {
		f.Add(vector(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ParseReceipt(b); err == nil && !bytes.Equal(r.Encode(), b) {
			t.Errorf("a receipt is written as\n%s", r.Encode())
		}
		if s, err := ParseErasureStatement(b); err == nil && !bytes.Equal(s.Encode(), b) {
			t.Errorf("a statement is written as\n%s", s.Encode())
		}
		if l, err := ParseErasureList(b); err == nil && !bytes.Equal(l.Encode(), b) {
			t.Errorf("a list is written as\n%s", l.Encode())
		}
	})
}
