// Command x25519 is what the benchmark compares medlem list with: the plainest
// Go program that opens age files as most people would seal them, each to eight
// classic recipients, of whom the one who opens is the last.
//
//	x25519 make FOLDER N   writes an identity and N files of a record's size
//	x25519 open FOLDER     opens them all
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"filippo.io/age"
)

const (
	recipients = 8    // of each file
	size       = 1024 // bytes of plaintext, a padded record's
)

func main() {
	var err error
	switch {
	case len(os.Args) == 4 && os.Args[1] == "make":
		var n int
		if n, err = strconv.Atoi(os.Args[3]); err == nil {
			err = seal(os.Args[2], n)
		}
	case len(os.Args) == 3 && os.Args[1] == "open":
		err = open(os.Args[2])
	default:
		err = fmt.Errorf("usage: x25519 make FOLDER N, or x25519 open FOLDER")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func identityPath(dir string) string { return filepath.Join(dir, "identity.txt") }

func seal(dir string, n int) error {
	var to []age.Recipient
	for i := range recipients {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			return err
		}
		to = append(to, id.Recipient())
		if i < recipients-1 {
			continue
		}
		if err := os.WriteFile(identityPath(dir), []byte(id.String()+"\n"), 0o600); err != nil {
			return err
		}
	}
	for i := range n {
		var file bytes.Buffer
		w, err := age.Encrypt(&file, to...)
		if err != nil {
			return err
		}
		if _, err := w.Write(bytes.Repeat([]byte{'#'}, size)); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%06d.age", i)), file.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func open(dir string) error {
	text, err := os.ReadFile(identityPath(dir))
	if err != nil {
		return err
	}
	ids, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.age"))
	if err != nil {
		return err
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		r, err := age.Decrypt(bytes.NewReader(b), ids...)
		if err != nil {
			return err
		}
		if got, err := io.ReadAll(r); err != nil || len(got) != size {
			return fmt.Errorf("%s: %d bytes: %w", path, len(got), err)
		}
	}
	fmt.Println(len(files))
	return nil
}
