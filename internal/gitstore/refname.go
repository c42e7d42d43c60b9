package gitstore

import (
	"fmt"
	"strings"
)

// checkRefName refuses what git's check-ref-format refuses, anything outside
// refs/, and names of more than RefNameLimit bytes. What it accepts is safe as a
// path below the git dir.
func checkRefName(name string) error {
	bad := func(why string) error { return fmt.Errorf("ref %q: malformed name: %s", clip(name), why) }
	if len(name) > RefNameLimit {
		return bad("too long")
	}
	if !strings.HasPrefix(name, "refs/") {
		return bad("want refs/…")
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c == 0x7f || strings.IndexByte(`~^:?*[\`, c) >= 0 {
			return bad("a character that is not allowed")
		}
	}
	if strings.Contains(name, "..") || strings.Contains(name, "@{") || strings.HasSuffix(name, ".") {
		return bad(`".." or "@{" in it, or "." at its end`)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part[0] == '.' || strings.HasSuffix(part, ".lock") {
			return bad(`a part that is empty, begins with "." or ends in ".lock"`)
		}
	}
	return nil
}
