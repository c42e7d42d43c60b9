package seal

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/seal/agetest"
)

// A page opens with the secret that it was sealed under, however she types it, and
// with no other; its size tells how many buckets it fills and nothing else.
func TestPage(t *testing.T) {
	secret := NewViewSecret()
	for _, size := range []int{0, 1, PageBucket - 1, PageBucket, PageBucket + 1, 100_000} {
		html := []byte(strings.Repeat("ø", size/2) + strings.Repeat("x", size%2))
		file, err := SealPage(secret, html)
		if err != nil {
			t.Fatal(err)
		}
		h, err := Inspect(file)
		if err != nil || CheckPage(file) != nil || h.Plaintext != int64(pageSize(size)) {
			t.Errorf("%d bytes: a plaintext of %d; %v", size, h.Plaintext, err)
		}
		for _, typed := range []string{secret, strings.ToUpper(strings.ReplaceAll(secret, "-", " "))} {
			if got, err := OpenPage(typed, file); err != nil || !bytes.Equal(got, html) {
				t.Errorf("%d bytes: opened %d; %v", size, len(got), err)
			}
		}
		if _, err := OpenPage(NewViewSecret(), file); !errors.Is(err, ErrWrongKey) {
			t.Errorf("another secret: %v", err)
		}
		again, _ := SealPage(secret, html)
		if bytes.Equal(again, file) || len(again) != len(file) {
			t.Error("two builds of one page are the same file")
		}
	}
}

func pageSize(n int) int {
	size := 8192
	for size < n {
		size *= 2
	}
	return size
}

// What is not a page, is cut off or altered does not open.
func TestPageRefuses(t *testing.T) {
	secret := NewViewSecret()
	file, err := SealPage(secret, []byte("<p>x</p>"))
	if err != nil {
		t.Fatal(err)
	}
	altered := bytes.Clone(file)
	altered[len(altered)-1] ^= 1
	short, _ := Seal(NewKey(), []byte("a record of 1,024 bytes"))
	for name, f := range map[string][]byte{"cut": file[:len(file)-1], "altered": altered, "longer": append(bytes.Clone(file), 0), "a record": short, "nothing": nil} {
		if _, err := OpenPage(secret, f); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{"", strings.ToUpper(secret), secret[:33], strings.ReplaceAll(secret, "-", "")} {
		if _, err := SealPage(bad, nil); err == nil || strings.Contains(err.Error(), secret[:4]) {
			t.Errorf("sealed under what is no canonical secret: %v", err)
		}
	}
	if _, err := PageName(secret[:30]); err == nil {
		t.Error("a name of a cut secret")
	}
	if _, err := SealPage(secret, make([]byte, pageTextLimit+1)); err == nil {
		t.Error("a page over the limit")
	}
}

// TestVectorPage names and opens the page that must open for ever.
func TestVectorPage(t *testing.T) {
	v, _ := readVectors(t)
	html, file := testdata(t, "page.html"), testdata(t, "page.age")
	name, err := PageName(v.View.Text)
	if err != nil || name != v.Page.Name {
		t.Errorf("%s, want %s; %v", name, v.Page.Name, err)
	}
	if typed, _ := PageName(strings.ToUpper(v.View.Text)); typed != name {
		t.Error("the name depends on how the secret is typed")
	}
	padded := append(bytes.Clone(html), bytes.Repeat([]byte("\n"), PageBucket-len(html))...)
	if len(html) != v.Page.Bytes || sum(padded) != v.Page.Padded {
		t.Error("padded page differs")
	}
	if got, err := OpenPage(v.View.Text, file); err != nil || !bytes.Equal(got, html) {
		t.Errorf("OpenPage: %v", err)
	}
	if len(file) != 149+16+PageBucket+16 {
		t.Errorf("file of %d bytes", len(file))
	}
}

// What stands in her letter opens the page with stock age.
func TestStockOpensPage(t *testing.T) {
	v, _ := readVectors(t)
	got, err := agetest.Age(t, []string{"AGE_PASSPHRASE=" + v.View.Text}, testdata(t, "page.age"), "-d", "-j", "batchpass")
	if err != nil || sum(got) != v.Page.Padded {
		t.Errorf("age opened %d bytes; %v", len(got), err)
	}
}

func BenchmarkSealPage(b *testing.B) {
	secret, html := NewViewSecret(), make([]byte, 12<<10)
	for b.Loop() {
		if _, err := SealPage(secret, html); err != nil {
			b.Fatal(err)
		}
	}
}
