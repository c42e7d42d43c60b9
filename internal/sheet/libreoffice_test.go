package sheet

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

// office converts files by LibreOffice, each to a format as --convert-to names it,
// and returns what came out, in the same order. It is slow, and runs only where
// MEDLEM_SLOW is set; there it must be installed.
func office(t *testing.T, format string, files ...[]byte) [][]byte {
	t.Helper()
	slow.Test(t)
	soffice := slow.Tool(t, "soffice")
	dir := t.TempDir()
	ext, _, _ := strings.Cut(format, ":")
	args := []string{"-env:UserInstallation=file://" + filepath.ToSlash(filepath.Join(dir, "profile")), "--headless", "--convert-to", format, "--outdir", filepath.Join(dir, "out")}
	names := make([]string, len(files))
	for i, b := range files {
		names[i] = "list" + letter(i+1)
		in := filepath.Join(dir, names[i]+"."+string(Detect(b)))
		if err := os.WriteFile(in, b, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, in)
	}
	if out, err := exec.Command(soffice, args...).CombinedOutput(); err != nil {
		t.Fatalf("LibreOffice: %v\n%s", err, out)
	}
	var out [][]byte
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(dir, "out", name+"."+ext))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// A template that LibreOffice has saved, as either kind of workbook, comes back to
// the same members, and still says what it is; a drawn list to the same texts; and
// the lists that arrive as xlsx come to the same, fault for fault.
func TestLibreOfficeSavesWorkbooks(t *testing.T) {
	p := standard(t)
	s, err := TemplateOf(p, someUnit(t, p), "nb")
	if err != nil {
		t.Fatal(err)
	}
	for _, fields := range templatePeople {
		s.AddMember(p, fields)
	}
	list, norwegian, danish := writeTable(t, drawn()), fixture(t, "medlemmer-akershus.xlsx"), fixture(t, "medlemmer-forening.xlsx")
	for _, kind := range []Kind{Workbook, OpenDocument} {
		saved := office(t, string(kind), template(t, s), list, norwegian, danish)
		for i, b := range saved {
			if got := Detect(b); got != kind {
				t.Fatalf("%s: file %d is of kind %s", kind, i, got)
			}
		}
		tab, members := takenIn(t, p, saved[0])
		if o := tab.Origin; !reflect.DeepEqual(members, templatePeople) || o == nil || o.Unit != s.Unit || len(o.Keys) != len(s.Columns) || tab.Notes[0].Kind != NoteSheet {
			t.Errorf("%s: the template changed: origin %+v, %v", kind, o, tab.Notes)
		}
		if before, after := table(t, list), table(t, saved[1]); !reflect.DeepEqual(before.Rows, after.Rows) || !reflect.DeepEqual(before.Header, after.Header) {
			t.Errorf("%s: the drawn list changed:\n%v\n%v", kind, before.Rows, after.Rows)
		}
		for i, b := range [][]byte{norwegian, danish} {
			before, after := results(t, table(t, b)), results(t, table(t, saved[2+i]))
			if !slices.Equal(pins(before, faults), pins(after, faults)) || !slices.Equal(pins(before, notices), pins(after, notices)) {
				t.Errorf("%s: list %d: got faults %v, want %v", kind, i, pins(after, faults), pins(before, faults))
			}
			for j := range before {
				if !reflect.DeepEqual(before[j].Fields, after[j].Fields) {
					t.Errorf("%s: list %d: row %d changed", kind, i, before[j].Row)
				}
			}
		}
	}
}

// The Danish list comes to the same in every encoding that LibreOffice saves, and
// what is no list is named as what it is.
func TestLibreOfficeSavesTexts(t *testing.T) {
	// The filter's options are the separator, the quotation mark and the encoding,
	// by the numbers of LibreOffice's own list.
	danish := fixture(t, "medlemmer-forening.xlsx")
	want := results(t, table(t, danish))
	for encoding, number := range map[string]string{"Windows-1252": "59,34,1", "Mac Roman": "44,34,2", "CP850": "9,34,4", "CP865": "59,34,8", "UTF-8": "44,34,76", "UTF-16": "59,34,65535"} {
		b := office(t, "csv:Text - txt - csv (StarCalc):"+number, danish)[0]
		tab := table(t, b)
		if got := results(t, tab); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the list changed, read as %v: %v", encoding, tab.Notes, pins(got, faults))
		}
		// CP865 and CP850 have the Nordic letters in the same places.
		if name := tab.Notes[0].Name; name != encoding && !(encoding == "CP850" && name == "CP865") {
			t.Errorf("%s: read as %s", encoding, name)
		}
	}
	for format, kind := range map[string]Kind{"xls": Legacy, "html": WebPage, "fods": WebPage, "pdf": Other} {
		b := office(t, format, danish)[0]
		_, err := Read("medlemmer.xlsx", b)
		if got := Detect(b); got != kind || err == nil {
			t.Errorf("%s: got %s, %v", format, got, err)
		}
	}
}
