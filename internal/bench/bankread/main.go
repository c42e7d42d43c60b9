// Command bankread reads a bank's file and counts its payments: the least that booking it
// can cost.
package main

import (
	"fmt"
	"os"

	"github.com/medlem-register/medlem/internal/bankfile"
)

func main() {
	b, err := os.ReadFile(os.Args[1])
	if err == nil {
		var f *bankfile.File
		if f, err = bankfile.Read(b); err == nil {
			fmt.Println(len(f.Payments))
			return
		}
	}
	fmt.Fprintln(os.Stderr, "error:", err)
	os.Exit(1)
}
