package main

import (
	"os"
	"testing"

	"github.com/medlem-register/medlem/internal/country"
	"github.com/medlem-register/medlem/internal/policy"
)

// The table is what the module in go.mod makes of it.
func TestTable(t *testing.T) {
	got, err := os.ReadFile("../names.txt")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != makeTable() {
		t.Error("the table is not the library's; make it anew: go generate ./internal/country")
	}
}

// Every country has the library's name in every language of a policy, and the
// English one where there is none.
func TestNamesAsTheLibrary(t *testing.T) {
	if n := len(codes()); n < 240 {
		t.Fatalf("there are %d countries", n)
	}
	for _, code := range codes() {
		for _, lang := range append([]string{"", "xx"}, policy.Languages...) {
			want := name(code, lang)
			if want == "" || lang == "" || lang == "xx" {
				want = name(code, "en")
			}
			if got := country.Name(code, lang); got == "" || got != want {
				t.Errorf("%s is %q in %q, want %q", code, got, lang, want)
			}
		}
	}
}
