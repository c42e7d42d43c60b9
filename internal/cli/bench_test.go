package cli

import (
	"io"
	"strings"
	"testing"
)

// BenchmarkHelp is what medlem --help costs beside starting a process.
func BenchmarkHelp(b *testing.B) {
	for _, lang := range []string{"en", "nb"} {
		b.Run(lang, func(b *testing.B) {
			for b.Loop() {
				e := Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return lang }}
				if code := Main(b.Context(), []string{"--help"}, e); code != exitDone {
					b.Fatal(code)
				}
			}
		})
	}
}
