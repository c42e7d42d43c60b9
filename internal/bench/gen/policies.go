package gen

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/medlem-register/medlem"
	"github.com/medlem-register/medlem/internal/policy"
)

// policies are the policies of a shape, by their paths.
func policies(s Shape) (map[string][]byte, error) {
	if !s.Pack {
		files, err := standard(s.Branches, s.Years > 0)
		if s.Lists && err == nil {
			withLists(files)
		}
		return files, err
	}
	names, err := PackFiles(s.Branches)
	files := map[string][]byte{}
	for name, b := range names {
		files["policies/"+name] = b
	}
	return files, err
}

// standard are the standard policies, for a federation with so many branches; with
// evidence, their branches' and regions' offices ask for it.
func standard(branches int, evidence bool) (map[string][]byte, error) {
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
	text, problems := policy.Compose(files[organisation], "A federation", units(branches, "region", "branch"))
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s:%d: %s", problems[0].File, problems[0].Line, problems[0].Msg)
	}
	// The standard ones are also those of this repository's own register, which
	// keeps its keyrings in a folder and has a program beside it.
	files[organisation] = []byte(without(without(string(text), "keyrings"), "beside"))
	if evidence {
		files["policies/access.yaml"] = withEvidence(files["policies/access.yaml"])
	}
	return files, nil
}

// Purposes of the lists of Shape.Lists.
const (
	AllColumns = "all"
	Labels     = "labels"
)

// withLists is what lists are taken out for in a benchmark.
func withLists(files map[string][]byte) {
	name := "name: {sv: Lista, da: Liste, nb: Liste, en: List}"
	files["policies/lists.yaml"] = []byte("purposes:\n" +
		"  - {id: " + AllColumns + ", " + name + ", columns: [given, family, born, email, phone, street, postcode, city, class, joined]}\n" +
		"  - {id: " + Labels + ", " + name + ", columns: [given, family, street, postcode, city]}\n" +
		"destroy-after: 30\nprinted: true\n")
}

// withEvidence lets every office but the secretariat's ask for an agreement, for
// minutes, and that a guide is read.
func withEvidence(access []byte) []byte {
	text := string(access)
	for _, office := range []string{"region-officer", "chair", "member-officer", "treasurer"} {
		text = strings.Replace(text, "  - id: "+office+"\n", "  - id: "+office+"\n"+asked, 1)
	}
	return []byte(text + signers)
}

const (
	asked = `    evidence:
      - {id: agreement, name: {sv: Avtal, da: Aftale, nb: Avtale, en: Agreement}, signed-by: [appointee, national]}
      - {id: minutes, name: {sv: Protokoll, da: Referat, nb: Protokoll, en: Minutes}, signed-by: [appointee], attested-by: [national]}
    guide: {version: "2.1"}
`
	signers = `signers:
  - {id: national, name: {sv: Kansliet, da: Sekretariatet, nb: Sekretariatet, en: The secretariat}, offices: [secretariat], of: top}
`
)

// units is a federation of so many branches; high and low are the levels below the
// top.
func units(branches int, high, low string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "units:\n  - {id: %s, level: national, name: The federation}\n", national)
	for i := range branches {
		if i%branchesEach == 0 {
			n := i / branchesEach
			fmt.Fprintf(&b, "  - {id: %s, level: %s, name: Region %d, under: %s}\n", region(n), high, n+1, national)
		}
		fmt.Fprintf(&b, "  - {id: %s, level: %s, name: Branch %d, under: %s}\n", branch(i), low, i+1, region(i/branchesEach))
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
