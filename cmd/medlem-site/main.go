// Command medlem-site renders sites for medlem. It is run by medlem site, which
// tells it over a pipe all that it knows and takes what it makes.
package main

import (
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/medlem-register/medlem/internal/site"
)

func main() {
	if len(os.Args) > 1 || term.IsTerminal(int(os.Stdin.Fd())) {
		fmt.Fprintln(os.Stderr, "medlem-site renders for medlem and takes no commands: run medlem site --help")
		os.Exit(2)
	}
	confine()
	if err := site.Serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// confine takes from the process what it has no use for: every variable of the
// environment, the temporary folder, and where the system can, files on a disk.
func confine() {
	os.Clearenv()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		_ = os.Setenv(name, os.DevNull+"/none")
	}
	confineSystem()
}
