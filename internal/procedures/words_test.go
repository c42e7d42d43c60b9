package procedures

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/policy"
)

// ours are the languages of the theme.
var ours = []string{"sv", "da", "nb", "en"}

// Every word that a schema gives, and every key, is called something in each of
// the languages; nothing else is.
func TestVocabulary(t *testing.T) {
	places := policy.Words()
	if len(places) < 30 {
		t.Fatalf("only %d places", len(places))
	}
	used := map[string]bool{}
	for place, words := range places {
		have, ok := wordsOf(place)
		if !ok {
			t.Errorf("no words for %s", place)
			continue
		}
		for end := range vocabulary().Places {
			used[end] = used[end] || place == end || strings.HasSuffix(place, "."+end)
		}
		for _, w := range words {
			for _, l := range ours {
				if have[w][l] == "" {
					t.Errorf("%s: %s is called nothing in %s", place, w, l)
				}
			}
		}
	}
	for end := range vocabulary().Places {
		if !used[end] {
			t.Errorf("words for %s, which no schema has", end)
		}
	}
	keys := policy.Keys()
	for _, k := range keys {
		for _, l := range ours {
			if vocabulary().Keys[k][l] == "" {
				t.Errorf("the key %s is called nothing in %s", k, l)
			}
		}
	}
	for k := range vocabulary().Keys {
		if !slices.Contains(keys, k) {
			t.Errorf("a word for the key %s, which no schema has", k)
		}
	}
	for _, l := range ours {
		if len(strings.Fields(vocabulary().Months[l])) != 12 {
			t.Errorf("%s: not twelve months", l)
		}
	}
}

// fixed is what stays the same in each language: commands, files, addresses.
var fixed = regexp.MustCompile(`medlem (?:sync|merge|close|erase|grant|rotate|key show|doctor --repair|draw(?: request| approve| sent| destroyed)?|add|policy effect)|[a-z]+/[a-z<>]+\.(?:yaml|md|sh)|age1pq1…|log2\(N\)`)

// Every sentence of the check's rules has its translations, with the same commands
// and files in them; no other sentence has any.
func TestFindings(t *testing.T) {
	sentences := map[string]bool{}
	for _, r := range check.Rules() {
		sentences[r.Means], sentences[r.WayOut] = true, true
	}
	if len(sentences) < 200 {
		t.Fatalf("only %d sentences", len(sentences))
	}
	for s := range sentences {
		for _, l := range ours[:3] {
			to := ruleTexts()[s][l]
			if to == "" {
				t.Errorf("%s: not translated: %q", l, s)
				continue
			}
			want, got := fixed.FindAllString(s, -1), fixed.FindAllString(to, -1)
			if slices.Sort(want); !slices.Equal(want, slices.Sorted(slices.Values(got))) {
				t.Errorf("%s: %q has %q, want %q", l, to, got, want)
			}
		}
	}
	for s := range ruleTexts() {
		if !sentences[s] {
			t.Errorf("no rule says %q", s)
		}
	}
}

// builtInDigest is of the built-in pages as they are since BuiltInDay.
const builtInDigest = "e212efa375d5ccff"

// Whoever changes a built-in page says when: it is the day that the page shows as
// that of its last edit.
func TestBuiltInDay(t *testing.T) {
	sum := sha256.New()
	names := map[string][]byte{}
	err := fs.WalkDir(builtIn, "content", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		names[name], err = builtIn.ReadFile(name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		sum.Write([]byte(name + "\x00" + string(names[name]) + "\x00"))
	}
	if got := hex.EncodeToString(sum.Sum(nil)[:8]); got != builtInDigest {
		t.Errorf("the built-in pages changed: set BuiltInDay to today, and builtInDigest to %q", got)
	}
}

// Words of lists are joined as each language does, and days of the year are
// written so.
func TestEnumerate(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{enumerate(nil, "sv"), ""},
		{enumerate([]string{"namn"}, "sv"), "namn"},
		{enumerate([]string{"namn", "e-post", "telefon"}, "sv"), "namn, e-post och telefon"},
		{enumerate([]string{"navn", "telefon"}, "nn"), "navn og telefon"},
		{enumerate([]string{"name", "telephone"}, "de"), "name and telephone"},
		{dayOfYear("02-01", "nb"), "1. februar"},
		{dayOfYear("12-31", "sv"), "31 december"},
		{dayOfYear("nonsense", "sv"), "nonsense"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
