package label

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/slow"
)

var when = Document{Created: time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)}

// addresses are of people who do not exist, with the letters that get lost.
var addresses = []Address{
	{Name: "Åse Ødegård", Street: "Storgata 12", PostCode: "9008", City: "Tromsø"},
	{Name: "Máret Áŋŋel Šuvva-Đorđe Ŧuoddar", Street: "Ávjovárgeaidnu 50", PostCode: "9730", City: "Kárášjohka"},
	{Name: "Björn Ängström", CareOf: "c/o Öberg", Street: "Västra Järnvägsgatan 101 lgh 1203", PostCode: "111 64", City: "Stockholm", Country: "SVERIGE"},
	{Name: "Søren Æbelø Kjærsgaard-Wolfhechel-Østergaard von Hohenzollern", Street: "Nørrebrogade 1, 3. tv.", PostCode: "2200", City: "København N", Country: "DANMARK"},
	{Name: "Eeʹled Ǩeâllǥš Vuâʹlǧǧi", Street: "Sevettijärventie 1", PostCode: "99930", City: "Čeʹvetjäuʹrr", Country: "FINLAND"},
	{Name: "Łukasz Żółć-Ğül Šķērsiela", Street: "Gedimino pr. 1, Ąžuolų g.", PostCode: "01103", City: "Vilnius", Country: "LITAUEN"},
}

// entries are n of them, over and over.
func entries(n int) []Entry {
	out := make([]Entry, n)
	for i := range out {
		out[i] = Entry{fmt.Sprintf("m%05d", i+1), addresses[i%len(addresses)].Lines()}
	}
	return out
}

func named(t testing.TB, name string) Format {
	t.Helper()
	f, ok := FormatNamed(name)
	if !ok {
		t.Fatalf("no format %s", name)
	}
	return f
}

// must returns a PDF that must have been made.
func must(t testing.TB) func([]byte, error) []byte {
	return func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

var pageObject = regexp.MustCompile(`/Type /Page\n`)

func pages(pdf []byte) int { return len(pageObject.FindAll(pdf, -1)) }

// tool runs a program on a PDF, which it gets as IN; what it writes as OUT or
// to standard output comes back. Without the program a slow run fails, another
// skips.
func tool(t *testing.T, pdf []byte, name string, args ...string) string {
	t.Helper()
	slow.Tool(t, name) // of poppler-utils, qpdf or zbar-tools
	dir := t.TempDir()
	in := filepath.Join(dir, "in.pdf")
	if err := os.WriteFile(in, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, wrote := filepath.Join(dir, "out"), false
	for i, a := range args {
		switch a {
		case "IN":
			args[i] = in
		case "OUT":
			args[i], wrote = out, true
		}
	}
	b, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if wrote {
		files, _ := filepath.Glob(out + "*")
		if len(files) != 1 {
			t.Fatalf("%s wrote %d files", name, len(files))
		}
		if b, err = os.ReadFile(files[0]); err != nil {
			t.Fatal(err)
		}
	}
	return string(b)
}

// text is what pdftotext finds, with its line breaks as spaces.
func text(t *testing.T, pdf []byte) string {
	t.Helper()
	return strings.Join(strings.Fields(tool(t, pdf, "pdftotext", "-layout", "IN", "-")), " ")
}

// unpacked is a PDF with its streams inflated and without the numbers that their
// packed lengths give: what does not change with the packer of a Go release.
func unpacked(t *testing.T, pdf []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	n := 0
	for {
		from := bytes.Index(pdf, []byte("stream\n"))
		if from < 0 {
			break
		}
		from += len("stream\n")
		to := from + bytes.Index(pdf[from:], []byte("\nendstream"))
		out.Write(pdf[:from])
		if z, err := zlib.NewReader(bytes.NewReader(pdf[from:to])); err == nil {
			b, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(b)
			n++
		} else {
			out.Write(pdf[from:to])
		}
		out.WriteString("\nendstream\n")
		pdf = pdf[to+len("\nendstream\n"):]
	}
	if n < 3 {
		t.Fatalf("%d packed streams", n)
	}
	rest, _, ok := bytes.Cut(pdf, []byte("\nxref\n"))
	if !ok {
		t.Fatal("no table of objects")
	}
	out.Write(rest)
	return regexp.MustCompile(`/Length1? \d+`).ReplaceAll(out.Bytes(), nil)
}

func hash(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
