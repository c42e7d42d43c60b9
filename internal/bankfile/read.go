package bankfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// NotBankFile is what is wrong with a file of no form that is read.
const NotBankFile = "not a bank's file that is read here: give OCR giro, AvtaleGiro, BgMax, Autogiro, Betalingsservice 0602 or 0603, camt.053 or camt.054"

// Read reads a bank's file in whichever of the formats it is. The error is a *FileError,
// and then nothing of the file may be used: a sum that does not add up says that
// something is changed, not what.
func Read(b []byte) (*File, error) {
	if len(b) > SizeLimit {
		return nil, &FileError{Msg: fmt.Sprintf("file of %d bytes: at most %d are read", len(b), SizeLimit)}
	}
	f := &File{Digest: sha256.Sum256(b)}
	text := bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	read := readerOf(text)
	if read == nil {
		return nil, &FileError{1, 1, NotBankFile}
	}
	r := &reading{File: f, seen: map[string]int{}, accounts: map[string]bool{}}
	if err := read(r, text); err != nil {
		return nil, err
	}
	for a := range r.accounts {
		f.Accounts = append(f.Accounts, a)
	}
	slices.Sort(f.Accounts)
	if len(f.Accounts) > 0 {
		f.Account = f.Accounts[0]
	}
	for _, p := range f.Payments {
		if p.Reversal {
			f.Sum -= p.Amount
		} else {
			f.Sum += p.Amount
		}
	}
	return f, nil
}

// readerOf is what reads a file that begins like this; nil where nothing does.
func readerOf(b []byte) func(*reading, []byte) error {
	start := string(bytes.TrimLeft(b[:min(len(b), 256)], " \t\r\n"))
	switch {
	case strings.HasPrefix(start, "<"):
		return readCamt
	case strings.HasPrefix(start, "NY"):
		return readNets
	case strings.HasPrefix(start, "01BGMAX"):
		return readBgMax
	case strings.HasPrefix(start, "01AUTOGIRO"), strings.HasPrefix(start, "51") && strings.Contains(start[:min(len(start), 80)], "AG-EMEDGIV"):
		return readAutogiro
	case strings.HasPrefix(start, "BS002"), strings.HasPrefix(start, "PBCNET00"):
		return readBetalingsservice
	}
	return nil
}

// A reading is a file that is being read.
type reading struct {
	*File
	seen     map[string]int // how often a payment of these marks was there
	accounts map[string]bool
}

// amountLimit is the largest amount of one payment, in minor units: with LinesLimit of
// them no sum leaves an int64.
const amountLimit = 1_000_000_000_000

// noteLimit is how much of what a payer wrote is kept, in bytes.
const noteLimit = 500

// pay adds a payment. The marks are all that tells it from others: those are the same in
// whichever file the bank sends it. Two that are the same in everything are told apart by
// which of them comes first: a file that has both gives both, and again the same two when
// it comes again.
func (r *reading) pay(p Payment, marks ...string) { r.add(p, p.marks(p.References, marks), "") }

// marks is the text of everything that the bank says of a payment.
func (p *Payment) marks(references, marks []string) string {
	all := append(slices.Clone(marks), p.Account)
	return strings.Join(append(append(all, p.moved()...), strings.Join(references, "\x1f")), "\x1e")
}

// moved is what money moved, and when.
func (p *Payment) moved() []string {
	sign := "+"
	if p.Reversal {
		sign = "-"
	}
	return []string{string(p.Day), p.Currency, sign, strconv.FormatInt(p.Amount, 10)}
}

// add adds a payment by its marks, and by those of older versions where they are others.
func (r *reading) add(p Payment, marks, older string) {
	if p.Amount == 0 {
		r.Skipped++
		return
	}
	p.Key = r.key(marks)
	if older != "" {
		p.Older = r.key(older)
	}
	if len(p.Note) > noteLimit {
		p.Note = strings.ToValidUTF8(p.Note[:noteLimit], "")
	}
	r.account(p.Account)
	r.Payments = append(r.Payments, p)
}

// key is that of the next payment of such marks.
func (r *reading) key(marks string) string {
	r.seen[marks]++
	sum := sha256.Sum256(fmt.Appendf(nil, "medlem/payment/1\x1e%s\x1e%d", marks, r.seen[marks]))
	return hex.EncodeToString(sum[:16])
}

func (r *reading) account(a string) {
	if a != "" {
		r.accounts[a] = true
	}
}

// references are the numbers that stand in a field: the whole of it, and where there are
// blanks within it also its parts, since it may hold several numbers.
func references(fields ...string) []string {
	var out []string
	has := map[string]bool{"": true}
	add := func(s string) {
		if !has[s] {
			has[s] = true
			out = append(out, s)
		}
	}
	for _, f := range fields {
		f = strings.TrimSpace(f)
		add(f)
		if parts := strings.Fields(f); len(parts) > 1 {
			for _, p := range parts {
				add(p)
			}
		}
	}
	return out
}

// named are the references of a direct debit: its own, which we gave it, or where it has
// none the number of the payer's mandate.
func named(own string, mandate ...string) (refs []string, byMandate bool) {
	if refs = references(own); len(refs) > 0 {
		return refs, false
	}
	return references(mandate...), true
}

// note is what a payer wrote and her name, for whoever finds out what she paid.
func note(lines ...string) string {
	var out []string
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

// days keeps the first and the last day that it was told.
type days struct{ first, last register.Day }

func (d *days) add(x register.Day) {
	if d.first == "" || x < d.first {
		d.first = x
	}
	if x > d.last {
		d.last = x
	}
}
