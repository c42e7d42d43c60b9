package officecrypt

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// Files that other programs protected open with the password, and not with
// another one; testdata/README.md says who made them.
func TestVectors(t *testing.T) {
	plain := fixture(t, "plain.xlsx")
	for _, name := range []string{"agile-msoffcrypto.xlsx", "standard-excelize.xlsx", "standard-libreoffice.xlsx"} {
		file := fixture(t, name)
		got, err := Open(file, vectorPassword)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if name == "standard-libreoffice.xlsx" {
			// It was made by saving, so nobody has its plaintext: 120 rows and the
			// headings, in parts whose sums are right.
			sheet := parts(t, got)["xl/worksheets/sheet1.xml"]
			if n := bytes.Count(sheet, []byte("<row ")); n != 121 {
				t.Errorf("%s: %d rows", name, n)
			}
		} else if !bytes.Equal(got, plain) {
			t.Errorf("%s: %d bytes, not those of plain.xlsx", name, len(got))
		}
		if got, err := Open(file, "Gronå-2026!"); !errors.Is(err, ErrPassword) || got != nil {
			t.Errorf("%s, wrong password: %v", name, err)
		}
		if _, err := Open(file, ""); !errors.Is(err, ErrPassword) {
			t.Errorf("%s, no password: %v", name, err)
		}
	}
}

// The other parameters that Open allows, as testdata/variants.py makes them.
func TestVariants(t *testing.T) {
	var list []struct {
		Name          string
		Info, Package []byte
	}
	if err := json.Unmarshal(fixture(t, "variants.json"), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 5 {
		t.Fatalf("%d variants", len(list))
	}
	plain := make([]byte, 4103)
	for i := range plain {
		plain[i] = byte(i * 7 % 251)
	}
	for _, v := range list {
		file := pack(t, v.Info, v.Package)
		if got, err := Open(file, vectorPassword); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %v", v.Name, err)
		}
		if _, err := Open(file, strings.ToUpper(vectorPassword)); !errors.Is(err, ErrPassword) {
			t.Errorf("%s, wrong password: %v", v.Name, err)
		}
		b := bytes.Clone(v.Package)
		b[len(b)-1] ^= 1
		if _, err := Open(pack(t, v.Info, b), vectorPassword); !errors.Is(err, ErrIntegrity) {
			t.Errorf("%s, changed: %v", v.Name, err)
		}
	}
}
