package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The table is what the module in go.mod makes of it, and names that version.
func TestTable(t *testing.T) {
	want, err := makeTable()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../table.txt")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("the table is not the library's; make it anew: go generate ./internal/phone")
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", library).Output()
	if err != nil || strings.TrimSpace(string(out)) != version {
		t.Errorf("the module's version is %q (%v); change the two versions here with it, and make the table anew", out, err)
	}
}

// A form that the package could not read stops the generator.
func TestGroups(t *testing.T) {
	if got, err := groups(`(\d)(\d{3})(\d{2,4})`, "$1 $2-$3"); err != nil || got != "1,3,2-4" {
		t.Errorf("groups are %q (%v)", got, err)
	}
	for pattern, format := range map[string]string{
		`(\d{2})(\d{3}|\d{4})`: "$1 $2",
		`(9)(\d{4})`:           "$1 $2",
		`(\d{2})\d(\d{4})`:     "$1 $2",
		`(\d{2})(\d{4})`:       "$1 $3",
		`(\d{2})(\d{3})`:       "$12",
		`(\d{4})`:              "NA",
	} {
		if got, err := groups(pattern, format); err == nil {
			t.Errorf("groups(%q, %q) = %q", pattern, format, got)
		}
	}
}
