package access

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

var mailPath = register.Path{Kind: register.Mail, Unit: "asker", Day: "2026-12-16", ID: "h7k2aaaaaaaaa"}

// The file that was fixed when the format was, and the one with the least.
func TestMailVector(t *testing.T) {
	b, err := os.ReadFile("testdata/vectors/mail.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := &Mail{Unit: "asker", Day: "2026-12-16", ID: "h7k2aaaaaaaaa", Done: []MailStep{
		{MailMoved, "2026-12-16", "o-easzgigbni"}, {MailEmptied, "2026-12-16", "o-easzgigbni"}, {MailCopies, "2026-12-20", "o-sw42ziangi"}}}
	m, err := ParseMail(mailPath, b)
	if err != nil || !reflect.DeepEqual(m, want) || string(want.Encode()) != string(b) || len(m.Missing()) != 0 {
		t.Errorf("%+v, %v\n%s", m, err, want.Encode())
	}
	least, err := ParseMail(mailPath, []byte("medlem: 1\n"))
	if err != nil || !reflect.DeepEqual(least.Missing(), MailSteps) || string(least.Encode()) != "medlem: 1\n" || least.Path() != mailPath {
		t.Errorf("%+v, %v", least, err)
	}
}

// Nothing but steps, days and handles, each step once and in its order.
func TestMailRefuses(t *testing.T) {
	const head = "medlem: 1\ndone:\n"
	for name, text := range map[string]string{
		"nothing":          "",
		"an empty list":    head,
		"another key":      "medlem: 1\nnote: Kari\n",
		"another step":     head + "  - archived 2026-12-16 o-easzgigbni\n",
		"a step twice":     head + "  - moved 2026-12-16 o-easzgigbni\n  - moved 2026-12-17 o-easzgigbni\n",
		"the wrong order":  head + "  - emptied 2026-12-16 o-easzgigbni\n  - moved 2026-12-16 o-easzgigbni\n",
		"no such day":      head + "  - moved 2026-12-32 o-easzgigbni\n",
		"a name":           head + "  - moved 2026-12-16 Kari\n",
		"a word too many":  head + "  - moved 2026-12-16 o-easzgigbni Kari\n",
		"a word too few":   head + "  - moved 2026-12-16\n",
		"two spaces":       head + "  - moved  2026-12-16 o-easzgigbni\n",
		"no last line end": head + "  - moved 2026-12-16 o-easzgigbni",
	} {
		if m, err := ParseMail(mailPath, []byte(text)); err == nil {
			t.Errorf("%s: %+v", name, m)
		} else if strings.Contains(err.Error(), "Kari") {
			t.Errorf("%s: the error repeats it: %v", name, err)
		}
	}
}
