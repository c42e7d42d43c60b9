package seal

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/register"
)

func testKeyring() *Keyring {
	return &Keyring{
		Unit: testUnit, Serial: 42,
		Keys:     map[register.RecordID]Key{testID: {1}, otherID: {2}},
		Versions: map[Version]OldKey{{testID, 6}: {Key{3}, "2026-12-20"}, {testID, 10}: {Key{4}, "2027-01-02"}},
		Views:    map[register.RecordID]string{testID: viewText([viewBytes]byte{5})},
	}
}

// bigKeyring has n keys and a view secret for each, for measurements.
func bigKeyring(n int) *Keyring {
	k := &Keyring{Unit: testUnit, Serial: 1, Keys: map[register.RecordID]Key{}, Versions: map[Version]OldKey{}, Views: map[register.RecordID]string{}}
	for range n {
		k.Keys[register.NewRecordID()] = NewKey()
	}
	return k
}

func TestKeyringText(t *testing.T) {
	k := testKeyring()
	k.Joining = newHybrid(t).String()
	want := "unit: akershus\nserial: 42\n" +
		"key " + testID + ": " + Key{1}.String() + "\nkey " + otherID + ": " + Key{2}.String() + "\n" +
		"version " + testID + "/6: " + Key{3}.String() + " 2026-12-20\nversion " + testID + "/10: " + Key{4}.String() + " 2027-01-02\n" +
		"view " + testID + ": " + k.Views[testID] + "\njoining: " + k.Joining + "\n"
	if got := string(k.Encode()); got != want { // as the first version of the format had it, without a day
		t.Errorf("Encode:\n%s\nwant:\n%s", got, want)
	}
	k.Made = "2026-11-22"
	k.Before = []OldJoining{{newHybrid(t).String(), "2026-12-01"}, {newHybrid(t).String(), "2027-01-21"}}
	want = strings.TrimSuffix(want, "\n") + " 2026-11-22\njoining-before: " + k.Before[0].Identity + " 2026-12-01\njoining-before: " + k.Before[1].Identity + " 2027-01-21\n"
	if got := string(k.Encode()); got != want {
		t.Errorf("Encode:\n%s\nwant:\n%s", got, want)
	}
	for _, k := range []*Keyring{k, testKeyring(), {Unit: "a", Serial: 1, Keys: map[register.RecordID]Key{}, Versions: map[Version]OldKey{}, Views: map[register.RecordID]string{}}} {
		got, err := ParseKeyring(k.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, k) {
			t.Error("ParseKeyring(Encode()) is another keyring")
		}
	}
}

func TestKeyringClone(t *testing.T) {
	k := testKeyring()
	k.Before = []OldJoining{{"x", "2026-11-22"}}
	c := k.Clone()
	if !reflect.DeepEqual(c, k) {
		t.Error("the copy differs")
	}
	before := string(k.Encode())
	clear(c.Keys)
	clear(c.Versions)
	c.Views[otherID] = "x"
	c.Before[0].Until = "2030-01-01"
	if string(k.Encode()) != before {
		t.Error("a change of the copy changed the original")
	}
	if empty := (&Keyring{}).Clone(); empty.Keys != nil {
		t.Error("a copy has a map that the original has not")
	}
}

func TestParseKeyringRefuses(t *testing.T) {
	const head = "unit: akershus\nserial: 42\n"
	key1, key2 := Key{1}.String(), Key{2}.String()
	view := viewText([viewBytes]byte{5})
	joining := newHybrid(t).String()
	keyLine := "key " + testID + ": " + key1 + "\n"
	tests := []struct {
		name, text string
		line       int // that the error names, 0 for none
	}{
		{"empty", "", 0},
		{"only a unit", "unit: akershus\n", 0},
		{"no unit", "serial: 42\n", 1},
		{"no serial", "unit: akershus\n" + keyLine, 2},
		{"a key first", keyLine + head, 1},
		{"empty line", head + "\n", 3},
		{"comment", head + "# x\n", 3},
		{"padding", head + "####\n", 3},
		{"document marker", "---\n" + head, 1},
		{"no newline at the end", head + keyLine[:len(keyLine)-1], 3},
		{"Windows newline", "unit: akershus\r\nserial: 42\n", 1},
		{"unknown line", head + "intake: " + key1 + "\n", 3},
		{"two spaces", head + "key " + testID + ":  " + key1 + "\n", 3},
		{"no space", head + "key " + testID + ":" + key1 + "\n", 3},
		{"space at the end", head + "key " + testID + ": " + key1 + " \n", 3},
		{"quotes", head + "key " + testID + ": \"" + key1 + "\"\n", 3},
		{"upper-case unit", "unit: Akershus\nserial: 42\n", 1},
		{"unit twice", "unit: akershus\nunit: akershus\nserial: 42\n", 2},
		{"serial twice", head + "serial: 42\n", 3},
		{"serial 0", "unit: akershus\nserial: 0\n", 2},
		{"serial 042", "unit: akershus\nserial: 042\n", 2},
		{"serial +42", "unit: akershus\nserial: +42\n", 2},
		{"serial -1", "unit: akershus\nserial: -1\n", 2},
		{"serial in hexadecimal", "unit: akershus\nserial: 0x2a\n", 2},
		{"serial too large", "unit: akershus\nserial: 9223372036854775808\n", 2},
		{"no serial number", "unit: akershus\nserial: \n", 2},
		{"key without id", head + "key: " + key1 + "\n", 3},
		{"unit with a name", "unit x: akershus\nserial: 42\n", 1},
		{"malformed id", head + "key m4k7: " + key1 + "\n", 3},
		{"id with a rev", head + "key " + testID + "/6: " + key1 + "\n", 3},
		{"key that is mistyped", head + "key " + testID + ": " + key1[:61] + "b\n", 3},
		{"zero key", head + "key " + testID + ": " + Key{}.String() + "\n", 3},
		{"key twice", head + keyLine + keyLine, 4},
		{"key twice, another secret", head + keyLine + "key " + testID + ": " + key2 + "\n", 4},
		{"keys not sorted", head + "key " + otherID + ": " + key1 + "\n" + keyLine, 4},
		{"version without rev", head + "version " + testID + ": " + key1 + " 2026-12-20\n", 3},
		{"version without day", head + "version " + testID + "/6: " + key1 + "\n", 3},
		{"version with no such day", head + "version " + testID + "/6: " + key1 + " 2026-02-30\n", 3},
		{"version with two days", head + "version " + testID + "/6: " + key1 + " 2026-12-20 2026-12-21\n", 3},
		{"rev 06", head + "version " + testID + "/06: " + key1 + " 2026-12-20\n", 3},
		{"rev -6", head + "version " + testID + "/-6: " + key1 + " 2026-12-20\n", 3},
		{"rev too long", head + "version " + testID + "/1234567890: " + key1 + " 2026-12-20\n", 3},
		{"versions sorted as text", head + "version " + testID + "/10: " + key1 + " 2026-12-20\nversion " + testID + "/6: " + key1 + " 2026-12-20\n", 4},
		{"version twice", head + "version " + testID + "/6: " + key1 + " 2026-12-20\nversion " + testID + "/6: " + key2 + " 2026-12-20\n", 4},
		{"a key after a version", head + "version " + testID + "/6: " + key1 + " 2026-12-20\n" + keyLine, 4},
		{"a version after a view", head + "view " + testID + ": " + view + "\nversion " + testID + "/6: " + key1 + " 2026-12-20\n", 4},
		{"view in upper case", head + "view " + testID + ": " + strings.ToUpper(view) + "\n", 3},
		{"view without hyphens", head + "view " + testID + ": " + strings.ReplaceAll(view, "-", "") + "\n", 3},
		{"view twice", head + "view " + testID + ": " + view + "\nview " + testID + ": " + view + "\n", 4},
		{"joining in lower case", head + "joining: " + strings.ToLower(joining) + "\n", 3},
		{"joining of the classic kind", head + "joining: " + newClassic(t).String() + "\n", 3},
		{"joining twice", head + "joining: " + joining + "\njoining: " + joining + "\n", 4},
		{"a line after joining", head + "joining: " + joining + "\n" + keyLine, 4},
		{"joining of no day", head + "joining: " + joining + " 2026-02-30\n", 3},
		{"joining and a blank", head + "joining: " + joining + " \n", 3},
		{"joining of two days", head + "joining: " + joining + " 2026-11-22 2026-11-23\n", 3},
		{"joining with a name", head + "joining " + testID + ": " + joining + "\n", 3},
		{"before without a day", head + "joining: " + joining + "\njoining-before: " + joining + "\n", 4},
		{"before in lower case", head + "joining-before: " + strings.ToLower(joining) + " 2026-11-22\n", 3},
		{"before it joining", head + "joining-before: " + joining + " 2026-11-22\njoining: " + joining + "\n", 4},
		{"before twice", head + "joining-before: " + joining + " 2026-11-22\njoining-before: " + joining + " 2026-11-22\n", 4},
		{"before not sorted", head + "joining-before: " + joining + " 2026-11-22\njoining-before: " + joining + " 2026-11-21\n", 4},
		{"before too often", head + manyBefore(joining, joiningLimit+1), 3 + joiningLimit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseKeyring([]byte(tt.text))
			if err == nil {
				t.Fatal("accepted")
			}
			if want := fmt.Sprintf("line %d:", tt.line); tt.line > 0 && !strings.Contains(err.Error(), want) {
				t.Errorf("error %q does not name line %d", err, tt.line)
			}
		})
	}
	if _, err := ParseKeyring(make([]byte, keyringTextLimit+1)); err == nil {
		t.Error("a text over the limit was accepted")
	}
}

// manyBefore returns n lines of older joining identities.
func manyBefore(joining string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("joining-before: " + joining + " " + string(register.Day("2026-11-22").Add(i)) + "\n")
	}
	return b.String()
}

func TestSealKeyring(t *testing.T) {
	officer, recovery, stranger := newHybrid(t), newHybrid(t), newHybrid(t)
	recipients := []string{officer.Recipient().String(), recovery.Recipient().String()}
	for _, n := range []int{0, 2, 100, 3000} {
		k := bigKeyring(n)
		file, err := SealKeyring(k, recipients)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckSealedTo(file, 2, KeyringBucket); err != nil {
			t.Errorf("%d keys: %v", n, err)
		}
		for _, id := range []age.Identity{officer, recovery} {
			got, err := OpenKeyring(file, []age.Identity{id})
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(got.Keys, k.Keys) || got.Serial != k.Serial {
				t.Errorf("%d keys: another keyring came back", n)
			}
		}
		if _, err := OpenKeyring(file, []age.Identity{stranger}); !errors.Is(err, ErrNotReader) {
			t.Errorf("a stranger: got %v, want ErrNotReader", err)
		}
		if _, err := OpenKeyring(file, nil); !errors.Is(err, ErrNotReader) {
			t.Errorf("nobody: got %v, want ErrNotReader", err)
		}
		for _, cut := range []int{1, len(file) / 2, len(file) - 1} {
			if _, err := OpenKeyring(file[:cut], []age.Identity{officer}); !errors.Is(err, ErrDamaged) {
				t.Errorf("cut off: got %v, want ErrDamaged", err)
			}
		}
	}
}

// TestKeyringSizes: the size of the file does not tell one member from forty.
func TestKeyringSizes(t *testing.T) {
	to := []string{newHybrid(t).Recipient().String()}
	var sizes []int
	for _, n := range []int{1, 40} {
		file, err := SealKeyring(bigKeyring(n), to)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(file))
	}
	if sizes[0] != sizes[1] {
		t.Errorf("sizes %v differ", sizes)
	}
}

// TestSealKeyringRefuses: nothing is sealed that could not be opened again.
func TestSealKeyringRefuses(t *testing.T) {
	to := []string{newHybrid(t).Recipient().String()}
	for name, change := range map[string]func(*Keyring){
		"no unit":          func(k *Keyring) { k.Unit = "" },
		"no serial":        func(k *Keyring) { k.Serial = 0 },
		"malformed id":     func(k *Keyring) { k.Keys["x"] = NewKey() },
		"id with newline":  func(k *Keyring) { k.Keys["m4k7aaaaaaaa\n"] = NewKey() },
		"zero key":         func(k *Keyring) { k.Keys[testID] = Key{} },
		"negative rev":     func(k *Keyring) { k.Versions[Version{testID, -1}] = OldKey{NewKey(), "2026-01-01"} },
		"version no day":   func(k *Keyring) { k.Versions[Version{testID, 1}] = OldKey{NewKey(), ""} },
		"view as typed":    func(k *Keyring) { k.Views[testID] = strings.ToUpper(NewViewSecret()) },
		"joining of junk":  func(k *Keyring) { k.Joining = "x" },
		"joining, newline": func(k *Keyring) { k.Joining += "\nserial: 1" },
	} {
		k := testKeyring()
		change(k)
		if _, err := SealKeyring(k, to); err == nil {
			t.Errorf("%s: sealed", name)
		}
	}
}

// ATTACK: whoever can push a keyring, but reads none, seals another file in its
// place. It is not a keyring, or is another unit's, which the caller sees.
func TestAttackKeyringReplaced(t *testing.T) {
	reader := newHybrid(t)
	file := ageSeal(t, Pad([]byte("unit: akershus\nserial: 43\nkey x: y\n")), reader.Recipient())
	if _, err := OpenKeyring(file, []age.Identity{reader}); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
	// Also sealed to a classic key of hers, for a quantum computer to open.
	file = ageSeal(t, padTo(testKeyring().Encode(), KeyringBucket), reader.Recipient(), newClassic(t).Recipient())
	if _, err := OpenKeyring(file, []age.Identity{reader}); rule(err) != RuleClassic {
		t.Errorf("got %v, want rule %q", err, RuleClassic)
	}
}

// FuzzParseKeyring: every keyring has one text.
func FuzzParseKeyring(f *testing.F) {
	k := testKeyring()
	f.Add(k.Encode())
	k.Joining = newHybrid(f).String()
	f.Add(k.Encode())
	k.Made, k.Before = "2026-11-22", []OldJoining{{newHybrid(f).String(), "2026-12-01"}, {newHybrid(f).String(), "2027-01-21"}}
	f.Add(k.Encode())
	f.Add([]byte("unit: a\nserial: 1\n"))
	f.Add(testdata(f, "keyring.yaml"))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ParseKeyring(text)
		if err == nil && !bytes.Equal(k.Encode(), text) {
			t.Fatal("not canonical")
		}
	})
}
