package officecrypt

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

// job is one conversion of testdata/office.py.
type job struct {
	In       string `json:"in"`
	Password string `json:"password,omitempty"`
	Out      string `json:"out"`
	Protect  string `json:"protect,omitempty"`
}

// office has LibreOffice do the jobs. It skips the test where LibreOffice or its
// Python module is missing, unless slow tests run.
func office(t *testing.T, dir string, jobs ...job) []string {
	t.Helper()
	python := ""
	for _, p := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(p, "-c", "import uno").Run() == nil {
			python = p
			break
		}
	}
	if _, err := exec.LookPath("soffice"); err != nil || python == "" {
		slow.Missing(t, "LibreOffice is not installed: libreoffice-calc and python3-uno")
	}
	in, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, filepath.Join("testdata", "office.py"), filepath.Join(dir, "profile"))
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var results []string
	if err == nil {
		err = json.Unmarshal(out, &results)
	}
	if err != nil || len(results) != len(jobs) {
		t.Fatalf("LibreOffice: %v\n%s", err, stderr.Bytes())
	}
	return results
}

// What Protect writes, LibreOffice opens with the password, and neither with
// another one nor without; what LibreOffice protects, Open opens; and after both
// the list is what it was, letters and leading zeros included.
func TestLibreOffice(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	plain := fixture(t, "plain.xlsx")
	writeFile(t, path("plain.xlsx"), plain)
	protected, err := Encrypt(plain, vectorPassword)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path("ours.xlsx"), protected)
	// A file whose package and list of sectors are too large for the header alone.
	large, err := Encrypt(withFiller(t, plain, 8<<20), vectorPassword)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path("large.xlsx"), large)

	const other = "Blåbær š 2027"
	got := office(t, dir,
		job{In: path("plain.xlsx"), Out: path("plain.csv")},
		job{In: path("ours.xlsx"), Password: vectorPassword, Out: path("ours.csv")},
		job{In: path("ours.xlsx"), Out: path("without.csv")},
		job{In: path("ours.xlsx"), Password: "Gronå-2026!", Out: path("wrong.csv")},
		job{In: path("large.xlsx"), Password: vectorPassword, Out: path("large.csv")},
		job{In: path("large.xlsx"), Out: path("largewithout.csv")},
		job{In: path("ours.xlsx"), Password: vectorPassword, Protect: other, Out: path("theirs.xlsx")},
	)
	want := "written written refused refused written refused written"
	if s := strings.Join(got, " "); s != want {
		t.Fatalf("LibreOffice: %s, want %s", s, want)
	}
	for _, name := range []string{"without.csv", "wrong.csv", "largewithout.csv"} {
		if _, err := os.Stat(path(name)); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	list := readFile(t, path("plain.csv"))
	for _, s := range []string{"ÁŋŋaSárá", "Đurbbo", "Strömsæther", "0150", "0001", "1981-12-28"} {
		if !strings.Contains(strings.ReplaceAll(string(list), " ", ""), s) {
			t.Errorf("the list of this test lacks %q", s)
		}
	}

	theirs := readFile(t, path("theirs.xlsx"))
	if KindOf(theirs) != KindProtected {
		t.Fatalf("LibreOffice wrote a file of the kind %v", KindOf(theirs))
	}
	back, err := Open(theirs, other)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path("back.xlsx"), back)
	office(t, dir, job{In: path("back.xlsx"), Out: path("back.csv")})
	for _, name := range []string{"ours.csv", "large.csv", "back.csv"} {
		if !bytes.Equal(readFile(t, path(name)), list) {
			t.Errorf("%s differs from plain.csv", name)
		}
	}
}

func writeFile(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
