package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/officecrypt"
	"github.com/medlem-register/medlem/internal/slow"
)

// taken is what medlem import --format json says.
type taken struct {
	Rows, New, Changed, Same, Faulty, Empty, Entered int
	Duplicates                                       int `json:"possible_duplicates"`
	Faults                                           []struct {
		Row          int
		Column, Rule string
	}
}

func (d *desktop) imports(who string, wantCode int, args ...string) (v taken) {
	d.t.Helper()
	out, errs, code := d.try("", d.as(who, append([]string{"--format", "json", "import", "--unit", "asker"}, args...)...)...)
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != wantCode {
		d.t.Fatalf("import: exit code %d, want %d; %v\n%s", code, wantCode, err, errs)
	}
	if sum := v.New + v.Changed + v.Same + v.Duplicates + v.Faulty + v.Empty; sum != v.Rows {
		d.t.Errorf("import: %d rows, and the sums come to %d", v.Rows, sum)
	}
	return v
}

// P18: a list of 5,000 rows. Each ends as a new member, the same, a possible
// duplicate or a named fault, the sums match, and nothing of it lies in the clear
// in the register's folder.
func TestP18FiveThousandRows(t *testing.T) {
	if testing.Short() {
		t.Skip("5,000 rows")
	}
	d := newDesktop(t)
	d.register("kari=member-officer")
	var list strings.Builder
	list.WriteString("Fornavn;Etternavn;Fødselsdato;E-post;Postnummer\r\n")
	letters := func(n int) string {
		return string([]byte{byte('a' + n/676%26), byte('a' + n/26%26), byte('a' + n%26)})
	}
	faulty, likely := 0, 0
	for i := range 5000 {
		given, family := "Kanari"+letters(i*7), "Canarsen"+letters(4999-i)
		born, email := fmt.Sprintf("%d-%02d-%02d", 1940+i%60, 1+i%12, 1+i%28), fmt.Sprintf("k%d@example.no", i)
		switch {
		case i%100 == 50: // no such day
			born, faulty = "1980-02-31", faulty+1
		case i%100 == 70: // the person of the row before, with another mailbox
			j := i - 1
			given, family = "Kanari"+letters(j*7), "Canarsen"+letters(4999-j)
			born, likely = fmt.Sprintf("%d-%02d-%02d", 1940+j%60, 1+j%12, 1+j%28), likely+1
		}
		fmt.Fprintf(&list, "%s;%s;%s;%s;%04d\r\n", given, family, born, email, 1300+i%80)
	}
	path := d.at("list.csv")
	if err := os.WriteFile(path, []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	v := d.imports("kari", exitRefused, path)
	const chance = 5 // names that happen to be alike
	if v.Rows != 5000 || v.Faulty != faulty || v.Duplicates < likely || v.Duplicates > likely+chance || v.Entered != 0 {
		t.Errorf("%d rows, %d with faults, %d likely there; want %d and %d", v.Rows, v.Faulty, v.Duplicates, faulty, likely)
	}
	good := v.New
	for _, f := range v.Faults {
		if f.Row == 0 || f.Rule == "" {
			t.Errorf("a fault without its row or rule: %+v", f)
		}
	}
	v = d.imports("kari", exitDone, path, "--only-good", "--rest", d.at("rest.xlsx"))
	if v.Entered != good {
		t.Errorf("%d entered, want %d", v.Entered, good)
	}
	if v = d.imports("kari", exitRefused, path); v.New != 0 || v.Changed != 0 || v.Same != good {
		t.Errorf("once more: %d new, %d changed, %d the same, want %d", v.New, v.Changed, v.Same, good)
	}
	for _, dir := range []string{"kari", "host.git"} {
		objects, err := exec.Command("git", "-C", d.at(dir), "cat-file", "--batch", "--batch-all-objects").Output()
		if err != nil {
			t.Fatal(err)
		}
		if len(objects) < 1000 || strings.Contains(string(objects), "Kanari") || strings.Contains(string(objects), "Canarsen") {
			t.Errorf("%s: %d bytes of objects, or a name among them", dir, len(objects))
		}
	}
	err := filepath.WalkDir(d.at("kari"), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), "Kanari") {
			t.Errorf("a name stands in %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The lists as they arrive, through the command: each fault with its row and
// column, nothing half-done, and the rest of a protected one protected.
func TestSamples(t *testing.T) {
	dir := "../../../shared/samples" // beside the repository
	if _, err := os.Stat(dir); err != nil {
		t.Log("no samples beside the repository: nothing was read")
		return
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	d := newDesktop(t)
	d.register("kari=member-officer")
	rest := d.at("rest.xlsx")

	v := d.imports("kari", exitRefused, at("medlemmer-akershus.xlsx"))
	var where []string
	for _, f := range v.Faults {
		where = append(where, fmt.Sprintf("%s%d %s", f.Column, f.Row, f.Rule))
	}
	want := []string{"195 list/repeated", "196 list/like-row", "C198 list/date", "H199 list/email", "A200 list/formula"}
	if !slices.Equal(where, want) || v.New != 194 || v.Faulty != 4 || v.Duplicates != 1 || v.Entered != 0 {
		t.Errorf("Akershus: %+v, want %v", v, want)
	}
	if out, _ := d.must("", d.as("kari", "status")...); !strings.Contains(out, "empty") {
		t.Errorf("something was entered: %s", out)
	}
	if v = d.imports("kari", exitDone, at("medlemmer-akershus.xlsx"), "--only-good", "--rest", rest); v.Entered != 194 {
		t.Errorf("Akershus: %d entered", v.Entered)
	}
	if v = d.imports("kari", exitRefused, rest); v.Rows != 5 || v.New != 0 {
		t.Errorf("the rest: %+v", v)
	}

	for _, name := range []string{"medlemmer-forening.csv", "medlemmer-forening.xlsx"} {
		if v = d.imports("kari", exitDone, at(name)); v.Rows != 230 || v.Faulty != 0 || v.New+v.Same != 230 {
			t.Errorf("%s: %+v", name, v)
		}
	}
	if v.Same != 230 { // the workbook, after the text
		t.Errorf("the same list as another file: %+v", v)
	}

	// She types the password: a wrong one, then the right one.
	protected := at("medlemmar-lokalgrupp-protected.xlsx")
	d.passwords = []string{"gröna-2026"}
	if _, errs, code := d.try("", d.as("kari", "import", protected, "--unit", "asker")...); code != exitOpen || !strings.Contains(errs, "Password of the list:") ||
		!strings.Contains(errs, "does not open the list") {
		t.Errorf("a wrong password: exit code %d, %s", code, errs)
	}
	d.passwords = []string{"Grönå-2026!"}
	if v = d.imports("kari", exitDone, protected, "--keep-duplicates"); v.Rows != 120 || v.Entered != 120 {
		t.Errorf("the protected list: %+v", v)
	}
	d.passwords = []string{"Grönå-2026!"}
	if v = d.imports("kari", exitDone, protected); v.Same != 120 {
		t.Errorf("the protected list once more: %+v", v)
	}
}

// On a terminal a generated password is shown beside nothing of the list, and it
// opens the file.
func TestPasswordShown(t *testing.T) {
	d := newDesktop(t)
	d.register("kari=member-officer")
	out, errs := d.must("", d.as("kari", "template", "--unit", "asker", "--protect", "--out", d.at("t.xlsx"))...)
	_, after, ok := strings.Cut(errs, "Its password: ")
	password, _, _ := strings.Cut(after, "\n")
	if !ok || len(password) != officecrypt.PasswordLength || strings.Contains(out, password) {
		t.Fatalf("a password of %d characters", len(password))
	}
	b, err := os.ReadFile(d.at("t.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := officecrypt.Open(b, password); err != nil {
		t.Error(err)
	}
	if _, err := officecrypt.Open(b, password+"x"); err == nil {
		t.Error("another password opens it")
	}
	for least, want := range map[int]int{8: 16, 16: 16, 17: 17, 64: 64} {
		if got := newListPassword(least); len(got) != want {
			t.Errorf("at least %d characters: %d", least, len(got))
		}
	}
}

// P27: lists of every kind: separators, encodings, workbooks of both kinds and
// address cards come to the same members, letter for letter.
func TestP27EveryFormat(t *testing.T) {
	d := newDesktop(t)
	d.register("kari=member-officer")
	people := [][]string{{"Fornavn", "Etternavn", "E-post"}, {"Åse", "Østgård", "ase@example.no"}, {"Björn", "Ängström", "bjorn@example.no"}, {"Søren", "Kjær", "soren@example.no"}}
	text := func(sep string) string {
		var b strings.Builder
		for _, p := range people {
			b.WriteString(strings.Join(p, sep) + "\r\n")
		}
		return b.String()
	}
	latin := func(s string) (out []byte) {
		for _, r := range s {
			out = append(out, byte(r))
		}
		return out
	}
	var cards strings.Builder
	for _, p := range people[1:] {
		fmt.Fprintf(&cards, "BEGIN:VCARD\r\nVERSION:3.0\r\nN:%s;%s;;;\r\nFN:%[2]s %[1]s\r\nEMAIL:%[3]s\r\nNOTE:x\r\nEND:VCARD\r\n", p[1], p[0], p[2])
	}
	lists := map[string][]byte{
		"semicolon.csv": []byte(text(";")), "comma.csv": []byte(text(",")), "tab.txt": []byte(text("\t")),
		"bom.csv": append([]byte("\xef\xbb\xbf"), text(";")...), "windows.csv": latin(text(";")), "windows-comma.csv": latin(text(",")), "cards.vcf": []byte(cards.String()),
	}
	for name, b := range lists {
		if err := os.WriteFile(d.at(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if slow.On() {
		office := slow.Tool(t, "soffice")
		for _, form := range []string{"ods", "xlsx"} {
			cmd := exec.Command(office, "-env:UserInstallation=file://"+d.at("office"), "--headless", "--infilter=CSV:59,34,76,1", "--convert-to", form, "--outdir", d.dir, d.at("semicolon.csv"))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			lists["semicolon."+form] = nil
		}
	}
	d.imports("kari", exitDone, d.at("semicolon.csv"))
	for name := range lists {
		if v := d.imports("kari", exitDone, d.at(name)); v.Rows != 3 || v.Same != 3 {
			t.Errorf("%s: %+v, want 3 the same", name, v)
		}
	}
	out, _ := d.must("", d.as("kari", "import", d.at("cards.vcf"), "--unit", "asker")...)
	if !strings.Contains(out, "not read from the address cards: NOTE") {
		t.Errorf("what was left out is not said: %s", out)
	}
	for _, p := range people[1:] {
		d.id("kari", p[1])
	}
}
