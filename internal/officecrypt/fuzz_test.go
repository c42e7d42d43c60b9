package officecrypt

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// spinning finds the rounds that a description asks for.
var spinning = regexp.MustCompile(`spinCount\s*=\s*["']\s*\+?([0-9]+)`)

// cheap tells whether a file takes few rounds to open, as a fuzzer needs it.
func cheap(file []byte) bool {
	for _, m := range spinning.FindAllSubmatch(file, -1) {
		if n, err := strconv.Atoi(string(m[1])); err != nil || n > 1000 && n <= SpinLimit {
			return false
		}
	}
	return !bytes.Contains(file, []byte{standardMinor, 0, 0x24, 0, 0, 0}) // 50,000 rounds
}

// seeds adds files of every kind, and fails if there are fewer than there were.
func seeds(f *testing.F) {
	names, err := filepath.Glob("testdata/*.xlsx")
	if err != nil || len(names) != 4 {
		f.Fatalf("%d seeds: %v", len(names), err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, n := range []int{0, 10, 4000, 5000, 9000, 60_000} {
		f.Add(quick(f, noise(n), "x"))
	}
	f.Add(reversed(quick(f, noise(5000), "x")))
	f.Add(renamed(f, quick(f, noise(9000), "x"), "Workbook"))
	f.Add(odf(f, "<manifest:encryption-data/>"))
	f.Add([]byte("<html>"))
	f.Add([]byte{9, 8, 16, 0})
}

// Whatever the bytes, Open answers with a plaintext that is no larger than the
// file, or with exactly one of its errors.
func FuzzOpen(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<20 || !cheap(b) {
			return
		}
		out, err := Open(b, "x")
		if err != nil {
			one(t, err)
			if out != nil {
				t.Fatal("an error and a plaintext")
			}
		} else if len(out) > len(b) {
			t.Fatalf("%d bytes out of %d", len(out), len(b))
		}
		k := KindOf(b)
		if (k == KindDamaged || k == KindProtected) != bytes.HasPrefix(b, signature) && k != KindXLS && k != KindOffice {
			t.Fatalf("%v", k)
		}
		_ = k.String()
	})
}

// The container alone, which a fuzzer reaches faster: streams are no larger than
// the file, and no byte of the file is in two places.
func FuzzContainer(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		info, pkg, err := protectedStreams(b)
		if err != nil {
			one(t, err)
			return
		}
		if len(info)+len(pkg) > len(b) && len(info) >= miniCutoff && len(pkg) >= miniCutoff || len(pkg) > len(b) || len(info) > infoLimit {
			t.Fatalf("streams of %d and %d bytes in a file of %d", len(info), len(pkg), len(b))
		}
	})
}

// The description alone, under a package that is sound.
func FuzzDescription(f *testing.F) {
	info, pkg, err := protectedStreams(quick(f, noise(40), "x"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(info)
	std, _, err := protectedStreams(fixture(f, "standard-excelize.xlsx"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(std)
	f.Add(binary.LittleEndian.AppendUint64(nil, 0x40_0004_0004))
	f.Fuzz(func(t *testing.T, info []byte) {
		unlock, err := scheme(info)
		if err != nil {
			one(t, err)
			return
		}
		if !cheap(info) || info[2] == standardMinor {
			return
		}
		if out, err := unlock(pkg, "x"); err != nil {
			one(t, err)
		} else if !bytes.Equal(out, noise(40)) {
			t.Fatal("opened as something else")
		}
	})
}

// What is protected is opened, whatever it is.
func FuzzRoundTrip(f *testing.F) {
	for _, n := range []int{0, 1, 4087, 4088, 4089, 4096, 9000} {
		f.Add(noise(n), "x")
	}
	f.Fuzz(func(t *testing.T, plain []byte, password string) {
		p, err := usable(password)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := newProtection(1).write(&b, plain, p); err != nil {
			t.Fatal(err)
		}
		if got, err := Open(b.Bytes(), password); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%d bytes: %v", len(plain), err)
		}
	})
}
