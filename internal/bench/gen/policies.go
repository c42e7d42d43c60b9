package gen

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/medlem-register/medlem"
	"github.com/medlem-register/medlem/internal/policy"
)

// policies are the standard policies, for a federation with so many branches.
func policies(branches int) (map[string][]byte, error) {
	names, err := fs.Glob(medlem.Files, "policies/*.yaml")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range names {
		if files[name], err = medlem.Files.ReadFile(name); err != nil {
			return nil, err
		}
	}
	const organisation = "policies/organisation.yaml"
	text, problems := policy.Compose(files[organisation], "A federation", units(branches))
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s:%d: %s", problems[0].File, problems[0].Line, problems[0].Msg)
	}
	// The standard ones are also those of this repository's own register, which
	// keeps its keyrings in a folder and has a program beside it.
	files[organisation] = []byte(without(without(string(text), "keyrings"), "beside"))
	return files, nil
}

func units(branches int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "units:\n  - {id: %s, level: national, name: The federation}\n", national)
	for i := range branches {
		if i%branchesEach == 0 {
			n := i / branchesEach
			fmt.Fprintf(&b, "  - {id: %s, level: region, name: Region %d, under: %s}\n", region(n), n+1, national)
		}
		fmt.Fprintf(&b, "  - {id: %s, level: branch, name: Branch %d, under: %s}\n", branch(i), i+1, region(i/branchesEach))
	}
	return []byte(b.String())
}

// without leaves a top-level key of a policy file out, with what stands below it.
func without(text, key string) string {
	var b strings.Builder
	out := false
	for line := range strings.Lines(text) {
		if line[0] != ' ' && line[0] != '-' {
			out = strings.HasPrefix(line, key+":")
		}
		if !out {
			b.WriteString(line)
		}
	}
	return b.String()
}
