package accounts

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
	"golang.org/x/text/encoding/charmap"
)

// SIE writes a file of the Swedish SIE format, type 4I: the vouchers of another program
// for a bookkeeping program to read in, in series M. Format: SIE-Gruppen, "SIE filformat",
// edition 4B of 2008-09-30, as sie.se and several free programs tell it; edition 4C was not
// at hand. The character set is PC8, which is IBM code page 437. It has no check sum
// (#KSUMMA), which is optional: the programs that we saw differ in what they count.
func SIE(b Book) ([]byte, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	if b.Currency != "SEK" {
		return nil, fmt.Errorf("write SIE: accounts in %s: want SEK", b.Currency)
	}
	w := &sie{}
	w.post("#FLAGGA 0")
	w.post("#PROGRAM %s %s", w.quote("medlem"), w.quote(b.Version))
	w.post("#FORMAT PC8")
	w.post("#GEN %s", compact(b.Made))
	w.post("#SIETYP 4")
	if b.Number != "" {
		w.post("#ORGNR %s", w.quote(b.Number))
	}
	w.post("#FNAMN %s", w.quote(b.Organisation))
	w.post("#RAR 0 %s %s", compact(b.From), compact(b.To))
	for _, a := range b.Accounts {
		w.post("#KONTO %s %s", a.Number, w.quote(a.Name))
	}
	for _, e := range b.Entries {
		made := e.Made
		if made == "" {
			made = e.Day
		}
		w.post(`#VER "M" "%d" %s %s %s`, e.Number, compact(e.Day), w.quote(e.Text), compact(made))
		w.post("{")
		for _, l := range e.Lines {
			w.post("#TRANS %s {} %s %s %s", l.Account, Money(l.Amount), compact(e.Day), w.quote(l.words(e)))
		}
		w.post("}")
	}
	if w.err != nil {
		return nil, w.err
	}
	return w.out.Bytes(), nil
}

type sie struct {
	out bytes.Buffer
	err error
}

// post writes one line in PC8.
func (w *sie) post(format string, args ...any) {
	for _, r := range fmt.Sprintf(format, args...) {
		c, ok := charmap.CodePage437.EncodeRune(r)
		if !ok && w.err == nil {
			w.err = fmt.Errorf("write SIE: the letter %q: code page 437, which SIE is written in, has it not", r)
		}
		w.out.WriteByte(c)
	}
	w.out.WriteString("\r\n")
}

// quote is a field of text: a quotation mark within it has a backslash before it.
func (w *sie) quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

// compact is a day as YYYYMMDD.
func compact(d register.Day) string { return strings.ReplaceAll(string(d), "-", "") }
