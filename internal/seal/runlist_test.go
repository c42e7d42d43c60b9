package seal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/register"
)

func testRunList() *RunList {
	l := &RunList{Unit: "national", ID: "m4k7qwertyuio", Records: []RunRecord{
		{"aaaaaaaaaaaaa", "asker", "left", "2026-10"}, {"m4k7aaaaaaaab", "asker-vest", "closed", "2026-09"}, {"zzzzzzzzzzzz7", "asker", "died", "2026-11"}}}
	for i := range l.Nonce {
		l.Nonce[i] = byte(i)
	}
	return l
}

// The list that was fixed when the format was.
func TestVectorRunList(t *testing.T) {
	text, err := os.ReadFile("testdata/runlist.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := testRunList().Encode(); !bytes.Equal(got, text) {
		t.Errorf("Encode:\n%s\nwant:\n%s", got, text)
	}
	file, err := os.ReadFile("testdata/runlist.age")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("testdata/reader.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenRunList(file, ids)
	if err != nil || !reflect.DeepEqual(got, testRunList()) {
		t.Errorf("OpenRunList: %v", err)
	}
	if err := CheckRunList(file, 1); err != nil {
		t.Error(err)
	}
	if got := testRunList().IDs(); !reflect.DeepEqual(got, []register.RecordID{"aaaaaaaaaaaaa", "m4k7aaaaaaaab", "zzzzzzzzzzzz7"}) {
		t.Errorf("IDs: %v", got)
	}
}

func TestParseRunListRefuses(t *testing.T) {
	good := string(testRunList().Encode())
	head, _, _ := strings.Cut(good, "record ")
	line := "record aaaaaaaaaaaaa: asker left 2026-10\n"
	for _, c := range []struct{ name, text string }{
		{"empty", ""},
		{"no record", head},
		{"no nonce", strings.Replace(good, "nonce: ", "n: ", 1)},
		{"a nonce of nothing", "unit: national\nrun: m4k7qwertyuio\nnonce: " + strings.Repeat("0", 64) + "\n" + line},
		{"a nonce too short", strings.Replace(good, "nonce: 00", "nonce: ", 1)},
		{"a nonce in capitals", strings.Replace(good, "0a0b", "0A0B", 1)},
		{"a unit in capitals", strings.Replace(good, "unit: national", "unit: National", 1)},
		{"no run", strings.Replace(good, "run: m4k7qwertyuio", "run: kari", 1)},
		{"no newline at the end", strings.TrimSuffix(good, "\n")},
		{"Windows newline", head + strings.TrimSuffix(line, "\n") + "\r\n"},
		{"a record twice", head + line + line},
		{"not sorted", head + "record m4k7aaaaaaaab: asker left 2026-10\n" + line},
		{"a name for a reason", head + "record aaaaaaaaaaaaa: asker Kvåle 2026-10\n"},
		{"a day for a month", head + "record aaaaaaaaaaaaa: asker left 2026-10-01\n"},
		{"a word too many", head + "record aaaaaaaaaaaaa: asker left 2026-10 kari\n"},
		{"two spaces", head + "record aaaaaaaaaaaaa: asker  left 2026-10\n"},
		{"tokens", "unit: akershus\nserial: 42\n"},
	} {
		_, err := ParseRunList([]byte(c.text))
		if err == nil {
			t.Errorf("%s: read", c.name)
		} else if s := err.Error(); strings.Contains(s, "aaaaaaaaa") || strings.Contains(s, "Kv") || strings.Contains(s, "kari") {
			t.Errorf("%s: the error quotes the line: %s", c.name, s)
		}
	}
}

// The list goes to hybrid recipients only, and no other kind of file passes for it.
func TestSealRunList(t *testing.T) {
	a, b := newHybrid(t), newHybrid(t)
	file, err := SealRunList(testRunList(), []string{a.Recipient().String(), b.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenRunList(file, []age.Identity{b}); err != nil || !reflect.DeepEqual(got, testRunList()) {
		t.Errorf("OpenRunList: %v", err)
	}
	if _, err := OpenRunList(file, []age.Identity{newHybrid(t)}); !errors.Is(err, ErrNotReader) {
		t.Errorf("a stranger: %v", err)
	}
	if _, err := OpenTokens(file, []age.Identity{a}); !errors.Is(err, ErrDamaged) {
		t.Errorf("as tokens: %v", err)
	}
	for _, n := range []int{1, 3} {
		if err := CheckRunList(file, n); err == nil {
			t.Errorf("two stanzas pass for %d", n)
		}
	}
	if _, err := SealRunList(testRunList(), []string{newClassic(t).Recipient().String()}); err == nil {
		t.Error("sealed to a classic recipient")
	}
	bad := testRunList()
	bad.Records[0].Rule = "Kvåle"
	if _, err := SealRunList(bad, []string{a.Recipient().String()}); err == nil {
		t.Error("sealed what could not be read again")
	}
	if s := fmt.Sprintf("%v %+v %#v %s", *testRunList(), testRunList(), testRunList(), testRunList()); strings.Contains(s, "aaaaaaaaa") || strings.Contains(s, "1, 2") {
		t.Errorf("printed: %s", s)
	}
	if _, err := testRunList().MarshalText(); err == nil {
		t.Error("encoded by mistake")
	}
}

func FuzzParseRunList(f *testing.F) {
	f.Add(testRunList().Encode())
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := ParseRunList(text)
		if err == nil && !bytes.Equal(l.Encode(), text) {
			t.Error("two texts say the same")
		}
	})
}
