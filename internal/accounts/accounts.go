// Package accounts writes plain entries as files that bookkeeping programs read: SIE 4 in
// Sweden, SAF-T Financial in Norway, and a table (csv) in Denmark and anywhere. It knows
// no member and no claim: what comes in are sums and texts, and each entry must balance.
// Docs/payments.md says what the files hold.
package accounts

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/medlem-register/medlem/internal/register"
)

// A Book is what is written: a part of an organisation's accounts, from one day to
// another.
type Book struct {
	Organisation string // its name
	Number       string // its registration number
	Contact      Person // who answers for the file; SAF-T wants somebody
	Currency     string // ISO 4217
	From, To     register.Day
	Made         register.Day // when the file is made
	Version      string       // of this program
	Journal      string       // what the entries are, in words: "Membership dues"
	Accounts     []Account
	Entries      []Entry
}

// A Person has the two names that SAF-T asks for.
type Person struct{ First, Last string }

// An Account is one of the bookkeeping's.
type Account struct {
	Number  string // digits
	Name    string
	Kind    Kind
	Opening int64 // its balance before From, in minor units, debit positive

	// SAF-T's grouping, of Skatteetaten's list "naeringsspesifikasjon"; "" takes that of the
	// kind.
	Category, Code string
}

// Kind is what an account is for.
type Kind string

const (
	Receivable Kind = "receivable" // what members owe
	Bank       Kind = "bank"
	Income     Kind = "income"
	Losses     Kind = "losses" // what nobody will pay
)

// An Entry is one voucher.
type Entry struct {
	Number int // from 1, each once, ascending
	Day    register.Day
	Made   register.Day // when it was entered; "" is Day
	Text   string
	Lines  []Line
}

// A Line is an amount on an account, in minor units: debit positive, credit negative.
type Line struct {
	Account string // its number
	Amount  int64
	Text    string // "" is the entry's
}

// Limits of a book.
const (
	EntriesLimit = 100_000
	textLimit    = 256 // characters, which SAF-T allows
	amountLimit  = 1_000_000_000_000
)

// check is what is wrong with a book. Every format's writer calls it.
func (b Book) check() error {
	if strings.TrimSpace(b.Organisation) == "" || len(b.Currency) != 3 {
		return fmt.Errorf("write accounts: the organisation's name and the currency are missing")
	}
	for _, d := range []register.Day{b.From, b.To, b.Made} {
		if _, err := register.ParseDay(string(d)); err != nil {
			return fmt.Errorf("write accounts: %w", err)
		}
	}
	if b.To < b.From {
		return fmt.Errorf("write accounts: %s is before %s", b.To, b.From)
	}
	if len(b.Entries) > EntriesLimit {
		return fmt.Errorf("write accounts: %d entries: at most %d", len(b.Entries), EntriesLimit)
	}
	for _, s := range []string{b.Organisation, b.Number, b.Journal, b.Version, b.Contact.First, b.Contact.Last} {
		if err := text(s); err != nil {
			return fmt.Errorf("write accounts: the organisation: %w", err)
		}
	}
	known := map[string]bool{}
	for _, a := range b.Accounts {
		if a.Number == "" || strings.Trim(a.Number, "0123456789") != "" || known[a.Number] {
			return fmt.Errorf("write accounts: account %q: want a number of its own", a.Number)
		}
		if err := text(a.Name); err != nil || a.Name == "" {
			return fmt.Errorf("write accounts: account %s: its name is missing or malformed", a.Number)
		}
		known[a.Number] = true
	}
	last := 0
	for _, e := range b.Entries {
		if err := e.check(b, known); err != nil {
			return fmt.Errorf("write accounts: entry %d: %w", e.Number, err)
		}
		if e.Number <= last {
			return fmt.Errorf("write accounts: entry %d comes after entry %d", e.Number, last)
		}
		last = e.Number
	}
	return nil
}

func (e Entry) check(b Book, known map[string]bool) error {
	if _, err := register.ParseDay(string(e.Day)); err != nil {
		return err
	}
	if e.Made != "" {
		if _, err := register.ParseDay(string(e.Made)); err != nil {
			return err
		}
	}
	if e.Day < b.From || e.Day > b.To {
		return fmt.Errorf("its day is not within %s to %s", b.From, b.To)
	}
	if len(e.Lines) < 2 {
		return fmt.Errorf("it has %d lines: want at least two", len(e.Lines))
	}
	sum := int64(0)
	for _, l := range e.Lines {
		if !known[l.Account] {
			return fmt.Errorf("unknown account %q", l.Account)
		}
		if l.Amount == 0 || l.Amount > amountLimit || l.Amount < -amountLimit {
			return fmt.Errorf("an amount of %d", l.Amount)
		}
		if err := text(l.Text); err != nil {
			return err
		}
		sum += l.Amount
	}
	if sum != 0 {
		return fmt.Errorf("debit and credit differ by %s", Money(sum))
	}
	return text(e.Text)
}

func text(s string) error {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > textLimit || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Errorf("a text that is not one line of at most %d characters", textLimit)
	}
	return nil
}

// words are the line's text, or its entry's.
func (l Line) words(e Entry) string {
	if l.Text != "" {
		return l.Text
	}
	return e.Text
}

// Money is an amount with a point and two decimals.
func Money(minor int64) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return fmt.Sprintf("%s%d.%02d", sign, minor/100, minor%100)
}
