// Command rulebook makes docs/rules.md: each rule that the five organisations'
// procedures state, and each promise of our own, with the test that proves it or
// the part of the project that will. It reads docs/rules.yaml, which says what the
// rows are, and the repository's tests, which say by their names what they prove:
//
//	func TestK20(t *testing.T)          or TestK20SomeWords, in any *_test.go
//	# Rule K20                          a comment line of a script, testdata/**/*.txt
//
// Run it from the top of the repository: make rules. Its test fails while a row has
// nothing, a row that is due has no test, or the page is not what comes out here.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const (
	source = "docs/rules.yaml"
	page   = "docs/rules.md"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run writes the page of the repository at root. The page is written, too, where
// rows have faults, so that it can be looked at; the faults are the error.
func run(root string) error {
	b, found, err := read(root)
	if err != nil {
		return err
	}
	text, err := b.page(found)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, page), text, 0o644); err != nil {
		return err
	}
	var faults []error
	for _, f := range b.faults(found) {
		faults = append(faults, errors.New(f))
	}
	return errors.Join(faults...)
}

// read returns the book and the proofs of the repository at root.
func read(root string) (*book, *proofs, error) {
	text, err := os.ReadFile(filepath.Join(root, source))
	if err != nil {
		return nil, nil, err
	}
	b, err := parse(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", source, err)
	}
	found, err := find(root)
	if err != nil {
		return nil, nil, err
	}
	return b, found, nil
}
