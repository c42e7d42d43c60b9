package pdfcrypt_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/label"
	"github.com/medlem-register/medlem/internal/pdfcrypt"
)

const password = "sju-torp-lind-åker"

// made is a PDF of our own writer with text, metadata and an attached file.
func made(t testing.TB) []byte {
	t.Helper()
	a := label.Account{Title: "Allt om dig (och \\ mer)", Under: "Hemlig-text", Attached: []label.Attachment{{Name: "copy.json", Content: []byte(`{"canary": "Hemlig-json"}`)}}}
	for range 60 {
		a.Sections = append(a.Sections, label.Section{Heading: "Avsnitt", Text: strings.Repeat("Ord på en rad. ", 20)})
	}
	pdf, err := label.PrintAccount(label.Document{Created: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), Title: "Hemlig-titel", Lang: "sv"}, a)
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

func run(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skip(name + " is not here")
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	return string(out), err
}

// Stock tools open it with the password, find it sound, and say that it is AES-256;
// without the password, or with another, they open nothing, and nothing of what was
// written can be found in the bytes.
func TestStockToolsOpen(t *testing.T) {
	plain := made(t)
	sealed, err := pdfcrypt.Encrypt(plain, password)
	if err != nil {
		t.Fatal(err)
	}
	for _, canary := range []string{"Hemlig", "canary", "copy.json", "\x00H\x00e\x00m\x00l\x00i\x00g", "D:2026"} {
		if bytes.Contains(sealed, []byte(canary)) {
			t.Errorf("%q stands in the file", canary)
		}
	}
	path := filepath.Join(t.TempDir(), "copy.pdf")
	if err := os.WriteFile(path, sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, "qpdf", "--password="+password, "--check", "--show-encryption", path)
	if err != nil || !strings.Contains(out, "AESv3") || !strings.Contains(out, "R = 6") || !strings.Contains(out, "No syntax or stream encoding errors") {
		t.Errorf("qpdf: %v\n%s", err, out)
	}
	out, err = run(t, "qpdf", "--password="+password, "--list-attachments", path)
	if err != nil || strings.Count(out, "->") != 1 {
		t.Errorf("attachments: %v\n%s", err, out)
	}
	name, _, _ := strings.Cut(out, " ->")
	if out, err = run(t, "qpdf", "--password="+password, "--show-attachment="+name, path); err != nil || out != `{"canary": "Hemlig-json"}` {
		t.Errorf("the attached file: %v, %d bytes", err, len(out))
	}
	out, err = run(t, "pdftotext", "-upw", password, path, "-")
	if err != nil || !strings.Contains(out, "Hemlig-text") || !strings.Contains(out, "Allt om dig (och \\ mer)") {
		t.Errorf("pdftotext: %v\n%s", err, out)
	}
	if out, err = run(t, "pdfinfo", "-upw", password, path); err != nil || !strings.Contains(out, "Hemlig-titel") || !strings.Contains(out, "copy:yes") {
		t.Errorf("pdfinfo: %v\n%s", err, out)
	}
	for _, wrong := range []string{"", "sju-torp-lind-aker", password + " "} {
		if out, err := run(t, "qpdf", "--password="+wrong, "--check", path); err == nil {
			t.Errorf("opened with another password:\n%s", out)
		}
	}
}

// Nothing repeats: keys and salts are fresh each time.
func TestFresh(t *testing.T) {
	plain := made(t)
	a, err := pdfcrypt.Encrypt(plain, password)
	if err != nil {
		t.Fatal(err)
	}
	b, err := pdfcrypt.Encrypt(plain, password)
	if err != nil {
		t.Fatal(err)
	}
	streams := bytes.Split(a, []byte("\nstream\n"))
	others := bytes.Split(b, []byte("\nstream\n"))
	if len(streams) != len(others) || len(streams) < 5 {
		t.Fatalf("%d and %d streams", len(streams)-1, len(others)-1)
	}
	for i := 1; i < len(streams); i++ {
		for j := 0; j < 64; j += 16 {
			if bytes.Equal(streams[i][j:j+16], others[i][j:j+16]) {
				t.Errorf("stream %d is sealed as before", i)
			}
		}
	}
	for _, key := range []string{"/U <", "/UE <", "/O <", "/OE <", "/Perms <"} {
		_, x, _ := bytes.Cut(a, []byte(key))
		_, y, _ := bytes.Cut(b, []byte(key))
		if bytes.Equal(x[:32], y[:32]) {
			t.Errorf("%s is as before", key)
		}
	}
}

func TestPasswords(t *testing.T) {
	plain := made(t)
	for name, p := range map[string]string{
		"short": "elleve-tegn", "none": "", "too long": strings.Repeat("lang", 32), "a line break": "to\nlinjer i et passord",
		"not text": "ikke utf-8 \xff\xfe passord", "invisible": "usynlig\u200bpassord her",
	} {
		if _, err := pdfcrypt.Encrypt(plain, p); !errors.Is(err, pdfcrypt.ErrPassword) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is not in the form of our own writer is refused, whatever it is.
func TestForms(t *testing.T) {
	plain := made(t)
	sealed, err := pdfcrypt.Encrypt(plain, password)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "not a PDF": []byte("Navn;Adresse\n"), "cut off": plain[:len(plain)/2], "sealed already": sealed,
		"updated":        append(bytes.Clone(plain), "1 0 obj\nendobj\n"...),
		"another length": bytes.Replace(plain, []byte("/Length "), []byte("/Length 9"), 1),
	} {
		if _, err := pdfcrypt.Encrypt(b, password); !errors.Is(err, pdfcrypt.ErrForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzForm: no bytes make it panic, and what it takes it never writes in clear.
func FuzzForm(f *testing.F) {
	plain := made(f)
	f.Add(plain)
	f.Add(plain[:200])
	f.Add([]byte("1 0 obj\n(a)\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000000 00000 n \ntrailer\n<<\n/Size 2\n>>\nstartxref\n19\n%%EOF\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := pdfcrypt.Encrypt(b, password)
		if err != nil && !errors.Is(err, pdfcrypt.ErrForm) || err == nil && len(out) < len("%PDF-2.0") {
			t.Fatalf("%v", err)
		}
	})
}
