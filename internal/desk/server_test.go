package desk

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// What init sets on a server is what docs/server.md tells others to set by hand.
func TestServerSettingsAreDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/server.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, s := range serverSettings {
		want = append(want, "git config "+s[0]+" "+s[1])
	}
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "git config ") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("docs/server.md says\n%s\nand init sets\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
