package identity

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckPassphrase(t *testing.T) {
	tests := []struct {
		name, p string
		ok      bool
		say     string // what the error has to say
	}{
		{"four words", "fyra ord hör ihop", true, ""},
		{"twelve characters", "abcdefghijkl", true, ""},
		{"twelve letters of which some take two bytes", "åäöæøåäöæøxy", true, ""},
		{"eleven characters", "abcdefghijk", false, "at least 12"},
		{"eleven letters of two bytes each", "åäöæøåäöæøå", false, "at least 12"},
		{"empty", "", false, "at least 12"},
		{"one letter", strings.Repeat("a", 40), false, "different"},
		{"a pattern of four", "123412341234", false, "different"},
		{"newline at the end", "abcdefghijklm\n", false, "line break"},
		{"escape", "abcdefghijklm\x1b[A", false, "control"},
		{"not UTF-8", "abcdefghijklm\xe5", false, "UTF-8"},
		{"a whole file", strings.Repeat("abcdefghijkl", 1000), false, "more than"},
	}
	for _, tt := range tests {
		err := CheckPassphrase([]byte(tt.p))
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err != nil && !strings.Contains(err.Error(), tt.say) {
			t.Errorf("%s: error %q does not say %q", tt.name, err, tt.say)
		}
		if err != nil && !errors.Is(err, ErrShort) && !errors.Is(err, ErrRepeats) && !errors.Is(err, ErrLong) && !errors.Is(err, ErrUntypable) {
			t.Errorf("%s: error %q is of no kind", tt.name, err)
		}
		if err != nil && tt.p != "" && strings.Contains(err.Error(), tt.p) {
			t.Errorf("%s: the error quotes the passphrase", tt.name)
		}
	}
}
