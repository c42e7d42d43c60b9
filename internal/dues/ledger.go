// Package dues holds what is claimed of members and what they paid: the files of the
// ledger, the books that they add up to, and what follows from these: which claim a
// payment is for, who is reminded, who has not paid for too long, the sums.
//
// Use [Read] for the text of a ledger file, [Open] for the books that files make, and the
// methods of [Books] to make the entries of the next one. Nothing here does I/O, knows the
// day, or knows a member: a claim is known by the payload of its payment reference, and
// whose it is stands in the member's own record alone.
package dues

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// A File is one act of dues as the ledger keeps it (docs/format.md, The ledger of dues).
type File struct {
	ID      register.RecordID
	Unit    register.UnitID
	Serial  int          // from 1; rises by one with every file
	Before  string       // the digest of the text of the one before; "" of the first
	Day     register.Day // of the act; its year is the accounting year
	Series  string       // the key of the payment references, 64 hexadecimal digits
	Next    uint64       // the counter of the next new one
	Entries []Entry
}

// What an entry does.
const (
	DoClaim   = "claim"   // a member owes: Payload, Year, Kind, Due, Amount, Unit, Price
	DoPay     = "pay"     // money came for a claim: Payload, Day, Amount, Means, Key
	DoReverse = "reverse" // such money went back: the same
	DoWait    = "wait"    // money that nobody can tell the claim of: Number, Day, Amount, Means, Key, Why, Reference, Line
	DoSettle  = "settle"  // what became of it: Number, Amount, How, Payload, Why; with the other sign, that it did not
	DoCancel  = "cancel"  // what is still owed is claimed no more: Payload, Why
	DoReclaim = "reclaim" // it is claimed after all: Payload
	DoRemind  = "remind"  // a reminder went out: Payload, Channel
	DoDebit   = "debit"   // it was asked of the bank: Payload
	DoFile    = "file"    // a bank's file was booked: Key, Format, Number of payments, Amount
)

// An Entry is one line of a ledger file. It has the fields that its Do says.
type Entry struct {
	Do        string
	Payload   string // ten digits
	Year      int    // that is claimed
	Kind      string // record.Join or record.Renewal
	Due       register.Day
	Amount    int64 // øre or öre; of a wait, a settle and a file it may be negative: money that went back
	Unit      register.UnitID
	Price     string       // the policy's amount that it was
	Day       register.Day // on which the bank booked it
	Means     string       // how it was paid; "" not known
	Key       string       // 32 digits of a payment, 64 of a file, hexadecimal
	Number    int          // of what waits; of a file how many payments it had
	Why       string       // a word of Reasons, Settlements or Cancellations
	How       string       // SettleTo, SettleReturned or SettleDropped
	Reference string       // digits as they stood, or ""
	Line      int          // of the bank's file
	Channel   string       // of record.Channels
	Format    string       // of the bank's file
	Currency  string       // of money that waits or waited, in three capitals; "" that of the policy
}

// The limits of a ledger file.
const (
	FileLimit    = 8<<20 - 1<<10 // bytes of its text
	EntriesLimit = 100_000
	AmountLimit  = 1_000_000_000_000_000 // øre
)

// Encode returns the text of the file in its one form.
func (f *File) Encode() ([]byte, error) {
	b := make([]byte, 0, 512+90*len(f.Entries))
	before := f.Before
	if before == "" {
		before = "-"
	}
	b = fmt.Appendf(b, "medlem: 1\nid: %s\nunit: %s\nserial: %d\nbefore: %s\nday: %s\nseries: %s\nnext: %d\n", f.ID, f.Unit, f.Serial, before, f.Day, f.Series, f.Next)
	for i := range f.Entries {
		var ok bool
		if b, ok = f.Entries[i].append(b); !ok {
			return nil, fmt.Errorf("ledger %s: entry %d cannot be written", f.ID, i+1)
		}
	}
	if len(b) > FileLimit || len(f.Entries) > EntriesLimit {
		return nil, fmt.Errorf("ledger %s: %d entries in %d bytes, more than one file takes", f.ID, len(f.Entries), len(b))
	}
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("ledger %s: %w", f.ID, err)
	}
	return b, nil
}

func (f *File) check() error {
	_, err := register.ParseRecordID(string(f.ID))
	if err == nil {
		_, err = register.ParseUnitID(string(f.Unit))
	}
	if err != nil {
		return err
	}
	switch {
	case f.Serial < 1 || (f.Serial == 1) != (f.Before == ""):
		return errors.New("serial: want it from 1, and the digest of the one before")
	case f.Before != "" && !isHex(f.Before, 64), !isHex(f.Series, 64):
		return errors.New("malformed digest or key")
	case !isDay(f.Day):
		return errors.New("day: malformed")
	case f.Next > 9_999_999_999:
		return errors.New("next: there are no more references in this series")
	}
	return nil
}

// Digest is what the next file says of this text.
func Digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// optional begins the name of a line's last word, where the line may end without it.
const optional = "?"

// fields are the words of a line behind its first, by what it does.
var fields = map[string][]string{
	DoClaim:   {"payload", "year", "kind", "due", "amount", "unit", "price"},
	DoPay:     {"payload", "day", "amount", "means", "key"},
	DoReverse: {"payload", "day", "amount", "means", "key"},
	DoWait:    {"number", "day", "sum", "means", "key", "why", "reference", "line", optional + "currency"},
	DoSettle:  {"number", "sum", "how", "payload?", "why", optional + "currency"},
	DoCancel:  {"payload", "why"},
	DoReclaim: {"payload"},
	DoRemind:  {"payload", "channel"},
	DoDebit:   {"payload"},
	DoFile:    {"digest", "format", "number", "sum"},
}

// append adds the entry's line; false: it cannot be written.
func (e *Entry) append(b []byte) ([]byte, bool) {
	names, ok := fields[e.Do]
	if !ok {
		return b, false
	}
	b = append(b, e.Do...)
	for _, n := range names {
		name, may := strings.CutPrefix(n, optional)
		w := e.word(name)
		if may && w == "" {
			continue
		}
		if !e.take(name, w) {
			return b, false
		}
		b = append(append(b, ' '), w...)
	}
	return append(b, '\n'), true
}

// word is a field as it is written.
func (e *Entry) word(name string) string {
	orDash := func(s string) string {
		if s == "" {
			return "-"
		}
		return s
	}
	switch name {
	case "payload", "payload?":
		return orDash(e.Payload)
	case "year":
		return strconv.Itoa(e.Year)
	case "kind":
		return e.Kind
	case "due":
		return string(e.Due)
	case "amount", "sum":
		return strconv.FormatInt(e.Amount, 10)
	case "unit":
		return string(e.Unit)
	case "price":
		return e.Price
	case "day":
		return string(e.Day)
	case "means":
		return orDash(e.Means)
	case "key", "digest":
		return e.Key
	case "number":
		return strconv.Itoa(e.Number)
	case "why":
		return e.Why
	case "how":
		return e.How
	case "reference":
		return orDash(e.Reference)
	case "line":
		return strconv.Itoa(e.Line)
	case "channel":
		return e.Channel
	case "currency":
		return e.Currency
	}
	return e.Format
}

// take sets a field from its word, and tells whether the word is one that it can have.
func (e *Entry) take(name, w string) bool {
	dashed := func(to *string, ok func(string) bool) bool {
		if w == "-" {
			*to = ""
			return true
		}
		*to = w
		return ok(w)
	}
	number := func(to *int, most int) bool {
		n, err := strconv.Atoi(w)
		*to = n
		return err == nil && n >= 0 && n <= most && strconv.Itoa(n) == w
	}
	switch name {
	case "payload":
		e.Payload = w
		return record.IsPayload(w)
	case "payload?":
		return dashed(&e.Payload, record.IsPayload)
	case "year":
		return number(&e.Year, 9999) && e.Year >= 1800
	case "kind":
		e.Kind = w
		return w == record.Join || w == record.Renewal
	case "due":
		e.Due = register.Day(w)
		return isDay(e.Due)
	case "day":
		e.Day = register.Day(w)
		return isDay(e.Day)
	case "amount", "sum":
		n, err := strconv.ParseInt(w, 10, 64)
		e.Amount = n
		return err == nil && n <= AmountLimit && n >= -AmountLimit && (name == "sum" || n > 0) && strconv.FormatInt(n, 10) == w
	case "unit":
		u, err := register.ParseUnitID(w)
		e.Unit = u
		return err == nil
	case "price":
		e.Price = w
		return isWord(w)
	case "means":
		return dashed(&e.Means, isWord)
	case "key":
		e.Key = w
		return isHex(w, 32)
	case "digest":
		e.Key = w
		return isHex(w, 64)
	case "number":
		return number(&e.Number, 1_000_000_000)
	case "why":
		e.Why = w
		return isWord(w)
	case "how":
		e.How = w
		return w == SettleTo || w == SettleReturned || w == SettleDropped
	case "reference":
		return dashed(&e.Reference, func(s string) bool { return len(s) <= referenceLimit && strings.Trim(s, "0123456789") == "" })
	case "line":
		return number(&e.Line, 100_000_000)
	case "channel":
		e.Channel = w
		return slices.Contains(record.Channels, w)
	case "currency":
		e.Currency = w
		return isCurrency(w)
	case "format":
		e.Format = w
		return len(w) <= 40 && strings.Trim(w, "abcdefghijklmnopqrstuvwxyz0123456789.-") == ""
	}
	return false
}

// referenceLimit is how many digits of a reference that was not recognised are kept.
const referenceLimit = 25

// Read reads the text of a ledger file, and accepts only what Encode writes. Its errors
// name lines and never quote one.
func Read(text []byte) (*File, error) {
	if len(text) > FileLimit {
		return nil, fmt.Errorf("ledger: %d bytes, more than %d", len(text), FileLimit)
	}
	f, n, rest := &File{Entries: make([]Entry, 0, len(text)/60)}, 0, string(text)
	head := []string{"medlem", "id", "unit", "serial", "before", "day", "series", "next"}
	for rest != "" {
		line, after, ok := strings.Cut(rest, "\n")
		rest = after
		n++
		if ok && n <= len(head) {
			ok = f.head(head[n-1], line)
		} else if ok {
			ok = len(f.Entries) < EntriesLimit && f.entry(line)
		}
		if !ok {
			return nil, fmt.Errorf("ledger, line %d: malformed", n)
		}
	}
	again, err := f.Encode()
	if err != nil || !bytes.Equal(again, text) {
		return nil, errors.New("ledger: not in its one form")
	}
	return f, nil
}

func (f *File) head(key, line string) bool {
	w, ok := strings.CutPrefix(line, key+": ")
	if !ok {
		return false
	}
	var err error
	switch key {
	case "medlem":
		return w == "1"
	case "id":
		f.ID = register.RecordID(w)
	case "unit":
		f.Unit = register.UnitID(w)
	case "serial":
		f.Serial, err = strconv.Atoi(w)
	case "before":
		if w != "-" {
			f.Before = w
		}
	case "day":
		f.Day = register.Day(w)
	case "series":
		f.Series = w
	case "next":
		f.Next, err = strconv.ParseUint(w, 10, 64)
	}
	return err == nil
}

func (f *File) entry(line string) bool {
	var room [10]string
	words := room[:0]
	for w := range strings.SplitSeq(line, " ") {
		if len(words) == cap(room[:]) {
			return false
		}
		words = append(words, w)
	}
	names, ok := fields[words[0]]
	if n := len(names); len(words) == n && strings.HasPrefix(names[n-1], optional) {
		names = names[:n-1]
	}
	if !ok || len(words) != len(names)+1 {
		return false
	}
	e := Entry{Do: words[0]}
	for i, n := range names {
		if !e.take(strings.TrimPrefix(n, optional), words[i+1]) {
			return false
		}
	}
	f.Entries = append(f.Entries, e)
	return true
}

func isHex(s string, n int) bool { return len(s) == n && strings.Trim(s, "0123456789abcdef") == "" }

func isCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func isDay(d register.Day) bool {
	day, err := register.ParseDay(string(d))
	return err == nil && day == d
}

// isWord tells whether s is the key of something in a policy, or a word of this package.
func isWord(s string) bool {
	return s != "" && s != "-" && len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
