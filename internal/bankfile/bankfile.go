// Package bankfile reads the files in which banks say what was paid and who agreed to
// direct debit, and writes those by which direct debits are asked for. Use [Read] for any
// file that comes from a bank: it finds out which format it is, and refuses the whole file
// where a count, a sum or a field in it is wrong. Docs/payments.md has the formats and where
// they are described.
package bankfile

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/register"
)

// A File is what a bank's file holds, checked.
type File struct {
	Format   string   // "ocr-giro", "avtalegiro-mandates", "bgmax", "camt.054.001.02", "autogiro-payments", "autogiro-mandates", "betalingsservice-payments", "betalingsservice-mandates"
	Account  string   // ours, as the file writes it; "" where it names none
	Accounts []string // all of ours that are in it, sorted, each once
	Test     bool     // the bank says that it is a test and no money moved
	Digest   [32]byte // SHA-256 of the bytes
	Payments []Payment
	Mandates []Mandate
	Failed   []Failure // direct debits that were not paid: their claims stay open
	Sum      int64     // of the payments in minor units, reversals deducted
	Skipped  int       // entries that are not payments to us: money out, or not booked yet
}

// A Payment is money that came, or a payment that was taken back.
type Payment struct {
	Line, Column int          // where it begins, from 1
	Account      string       // ours
	Day          register.Day // when the bank booked it
	Amount       int64        // in minor units (øre, öre, cent), positive
	Currency     string       // ISO 4217
	References   []string     // as they stand, blanks at the ends taken off; none where the payer gave none
	Means        Means
	Reversal     bool   // money that went back
	Lump         bool   // a sum of several payments that the file does not list: another file does
	Mandate      bool   // a direct debit whose reference is that of the payer's mandate: which claim it is for the file does not say
	Key          string // what no other payment to this register has, in whichever of the bank's files it comes; never shown
	Older        string // the key that the first versions of the program gave it; "" where it is the same
	Note         string // the payer's words, for the manual queue alone: may name her
}

// Means is how a payment came.
type Means string

const (
	Unknown     Means = ""
	Bank        Means = "bank"
	DirectDebit Means = "direct-debit" // AvtaleGiro, Autogiro, Betalingsservice
	Cash        Means = "cash"
	SMS         Means = "sms"
	Vipps       Means = "vipps"
	Card        Means = "card"
)

// A Mandate is a payer's agreement to direct debit, or its end.
type Mandate struct {
	Line      int
	Kind      string // "avtalegiro", "autogiro" or "betalingsservice"
	Account   string // ours: account, bankgiro or creditor number
	Reference string // KID, payer number or customer number: what we gave her
	Change    Change
	Day       register.Day // from when; "" where the file does not say
	Notify    bool         // Norway: she wants each claim in writing
	Number    string       // Denmark: the mandate's own number
	Code      string       // the bank's word for it, as it stands; "" where there is none
}

// A Failure is a direct debit that the bank did not carry out.
type Failure struct {
	Line       int
	Day        register.Day
	Amount     int64
	References []string
	Code       string // the bank's
}

// Change is what became of a mandate.
type Change string

const (
	Stands  Change = "stands"  // in a list of all mandates
	Given   Change = "given"   // new or changed
	Ended   Change = "ended"   // taken back
	Asked   Change = "asked"   // given at the payer's bank, and waits for our answer
	Refused Change = "refused" // asked for, and the bank said no
)

// A FileError says where a file is wrong. It repeats nothing of the file.
type FileError struct {
	Line, Column int // from 1; 0 where it is the file's end or its size
	Msg          string
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return e.Msg
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg)
}

// Limits of a file, so that none can fill the memory.
const (
	SizeLimit  = 64 << 20  // bytes
	LinesLimit = 1_000_000 // lines, or entries of a camt file
)
