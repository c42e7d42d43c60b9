package access

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// Receipt is data/<unit>/receipts/<id>.yaml: what the erasure of a record destroyed,
// in clear and of nobody by name. It comes in the commit that erases, beside the
// tombstone (docs/format.md, Receipt).
type Receipt struct {
	Day  register.Day // of the erasure, as in the tombstone
	Rule string       // likewise

	// How many of each were destroyed; 0 is left out of the file.
	Keys       int // that opened the record as it stood
	Versions   int // keys of older versions
	Pages      int // secrets of her own page
	Tokens     int // units that held her tokens
	Requests   int // that named her, with their keys
	Lists      int // of draws that named her, sealed anew without her
	Activities int // likewise

	Keyrings []Replaced        // that held one of these, by unit: at least that of the record
	Signers  []register.Handle // who signed the erasure: whoever committed it first, then who seconded it
	Remains  []Remaining       // what else may be kept of her, by the policy's kinds
	Check    string            // ReceiptCheck of a secret that is on her paper and nowhere else
}

// Replaced is a keyring that an erasure replaced, by its serials.
type Replaced struct {
	Unit          register.UnitID
	Before, After uint64
}

// Remaining is a kind of data that the policy keeps longer than the record.
type Remaining struct {
	Kind string       // policy key
	Last register.Day // the last day on which it may be there; "": the policy keeps it for good
}

// ReceiptSignersLimit bounds the signers of a receipt, ReceiptKindsLimit what it says
// remains.
const (
	ReceiptSignersLimit = 20
	ReceiptKindsLimit   = 100
	receiptUnitsLimit   = 10_000
	receiptCountLimit   = 1_000_000
	alwaysKept          = "always"
)

type receiptCount struct {
	key string
	n   *int
}

func (r *Receipt) counts() []receiptCount {
	return []receiptCount{{"keys", &r.Keys}, {"versions", &r.Versions}, {"pages", &r.Pages}, {"tokens", &r.Tokens},
		{"requests", &r.Requests}, {"lists", &r.Lists}, {"activities", &r.Activities}}
}

// Encode returns the file.
func (r *Receipt) Encode() []byte {
	f := register.NewFlat()
	r.put(f)
	return f.Encode()
}

func (r *Receipt) put(f *register.Flat) {
	f.Set("day", string(r.Day))
	f.Set("rule", r.Rule)
	for _, c := range r.counts() {
		if *c.n > 0 {
			f.Set(c.key, strconv.Itoa(*c.n))
		}
	}
	var list []string
	for _, k := range r.Keyrings {
		list = append(list, fmt.Sprintf("%s %d %d", k.Unit, k.Before, k.After))
	}
	f.SetList("keyrings", list)
	list = nil
	for _, h := range r.Signers {
		list = append(list, string(h))
	}
	f.SetList("signers", list)
	list = nil
	for _, x := range r.Remains {
		last := string(x.Last)
		if last == "" {
			last = alwaysKept
		}
		list = append(list, x.Kind+" "+last)
	}
	f.SetList("remains", list)
	f.Set("check", r.Check)
}

// ParseReceipt reads a receipt. That its words are those of the policy, and that it
// says what the commit did, is for the check to judge.
func ParseReceipt(b []byte) (*Receipt, error) {
	f, err := register.ParseFlat(b)
	if err != nil {
		return nil, err
	}
	r, err := takeReceipt(f)
	if err != nil {
		return nil, err
	}
	return r, f.End()
}

// takeReceipt takes the lines of a receipt off a file.
func takeReceipt(f *register.Flat) (*Receipt, error) {
	r := &Receipt{}
	var err error
	if r.Day, err = flatDay(f, "day", true); err != nil {
		return nil, err
	}
	if r.Rule, _, err = f.Value("rule", true); err != nil {
		return nil, err
	}
	for _, c := range r.counts() {
		if err := receiptNumber(f, c.key, c.n); err != nil {
			return nil, err
		}
	}
	if err := r.parseKeyrings(f); err != nil {
		return nil, err
	}
	if err := r.parseSigners(f); err != nil {
		return nil, err
	}
	if err := r.parseRemains(f); err != nil {
		return nil, err
	}
	var line int
	if r.Check, line, err = f.Value("check", true); err != nil {
		return nil, err
	}
	if !isSHA256(r.Check) {
		return nil, &register.FlatError{Line: line, Col: 8, Msg: "malformed check: want 64 hexadecimal digits"}
	}
	return r, nil
}

func receiptNumber(f *register.Flat, key string, to *int) error {
	s, line, err := f.Value(key, false)
	if err != nil || s == "" {
		return err
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > receiptCountLimit || strconv.Itoa(n) != s {
		return &register.FlatError{Line: line, Col: len(key) + 3, Msg: fmt.Sprintf("key %q: want a number from 1 to %d", key, receiptCountLimit)}
	}
	*to = n
	return nil
}

func (r *Receipt) parseKeyrings(f *register.Flat) error {
	list, line, err := f.List("keyrings", true)
	if err != nil {
		return err
	}
	if len(list) > receiptUnitsLimit {
		return &register.FlatError{Line: line, Col: 1, Msg: fmt.Sprintf("%d keyrings: want at most %d", len(list), receiptUnitsLimit)}
	}
	for i, s := range list {
		bad := &register.FlatError{Line: line + 1 + i, Col: 5, Msg: "malformed keyring: want a unit and the serials before and after, by unit, each once"}
		p := strings.Split(s, " ")
		if len(p) != 3 {
			return bad
		}
		u, err := register.ParseUnitID(p[0])
		if err != nil || i > 0 && u <= r.Keyrings[i-1].Unit {
			return bad
		}
		before, err1 := strconv.ParseUint(p[1], 10, 62)
		after, err2 := strconv.ParseUint(p[2], 10, 62)
		if err1 != nil || err2 != nil || before < 1 || after != before+1 || fmt.Sprintf("%s %d %d", u, before, after) != s {
			return bad
		}
		r.Keyrings = append(r.Keyrings, Replaced{u, before, after})
	}
	return nil
}

func (r *Receipt) parseSigners(f *register.Flat) error {
	list, line, err := f.List("signers", true)
	if err != nil {
		return err
	}
	if len(list) > ReceiptSignersLimit {
		return &register.FlatError{Line: line, Col: 1, Msg: fmt.Sprintf("%d signers: want at most %d", len(list), ReceiptSignersLimit)}
	}
	for i, s := range list {
		h, err := register.ParseHandle(s)
		if err != nil || slices.Contains(r.Signers, h) {
			return &register.FlatError{Line: line + 1 + i, Col: 5, Msg: "malformed or repeated signer: want handles, each once"}
		}
		r.Signers = append(r.Signers, h)
	}
	return nil
}

func (r *Receipt) parseRemains(f *register.Flat) error {
	list, line, err := f.List("remains", false)
	if err != nil {
		return err
	}
	if len(list) > ReceiptKindsLimit {
		return &register.FlatError{Line: line, Col: 1, Msg: fmt.Sprintf("%d kinds: want at most %d", len(list), ReceiptKindsLimit)}
	}
	for i, s := range list {
		kind, last, ok := strings.Cut(s, " ")
		x := Remaining{Kind: kind}
		if last != alwaysKept {
			if x.Last, err = register.ParseDay(last); err != nil {
				ok = false
			}
		}
		if !ok || kind == "" || slices.ContainsFunc(r.Remains, func(o Remaining) bool { return o.Kind == kind }) {
			return &register.FlatError{Line: line + 1 + i, Col: 5, Msg: "malformed or repeated kind: want a kind of the policy and its last day, or always"}
		}
		r.Remains = append(r.Remains, x)
	}
	return nil
}
