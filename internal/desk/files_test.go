package desk_test

import (
	"regexp"
)

// withoutFolder takes the settings of the repository's own sample register out
// of its organisation file: tests keep their keyrings in refs.
func withoutFolder(b []byte) []byte {
	b = regexp.MustCompile(`(?m)^keyrings:(.*\n)(  .*\n)*`).ReplaceAll(b, nil)
	return regexp.MustCompile(`(?m)^beside:(.*\n)(  .*\n)*`).ReplaceAll(b, nil)
}
