package e2e

import (
	"os/exec"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

const duesRules = `collected-by: national
currency: NOK
reference-form: {scheme: kid-mod10}
amounts:
  - {id: adult, amount: 35000}
keep-years: 5
`

// dues puts rules of dues in force; the secretariat has the act in the standard policy.
func duesCmd(ts *testscript.TestScript, _ bool, _ []string) {
	actor("sec")(ts, false, []string{"medlem", "policy", "get", "now"})
	keep(ts, "now/dues.yaml", []byte(duesRules))
	putPolicy(ts, "now")
}

// books VAR puts the path of the one file in the books of dues into a variable.
func booksCmd(ts *testscript.TestScript, _ bool, args []string) {
	out, err := exec.Command("git", "-C", ts.Getenv("HOST"), "ls-tree", "-r", "--name-only", "main", "data/national/dues/").Output()
	ts.Check(err)
	path := strings.TrimSpace(string(out))
	if path == "" || strings.Contains(path, "\n") {
		ts.Fatalf("books: want one file")
	}
	ts.Setenv(args[0], path)
}
