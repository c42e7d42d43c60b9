package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/officecrypt"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// DrawOptions say what list is taken out of the register, for what and for whom.
type DrawOptions struct {
	Units     []register.UnitID           // at least one; the receipt lies in the one above the others, else in the first
	Purpose   string                      // a purpose of lists.yaml
	Columns   []string                    // keys of fields; nil: the purpose's
	Reason    string                      // in words, sealed; needed for columns beyond the purpose and for hand-outs
	For       register.Handle             // the officer who gets it; "": oneself
	HandOut   string                      // instead of For: a kind of receiver of lists.yaml
	Recipient string                      // of a hand-out that is sealed: age1pq1…
	Until     register.Day                // when it must be destroyed; "": the last day that the policy allows
	Use       register.Day                // the day of what it is for, where the policy counts from there; ""
	Where     func(*Member) (bool, error) // nil: all. Only active members of main are asked
	Condition string                      // of Where, as the officer wrote it; kept sealed
	Filtered  bool                        // the list does not have all of them
	Form      string                      // one of access.DrawForms
	Format    string                      // one of access.DrawFormats
	Copies    int                         // printed
	Password  string                      // of an xlsx; "": one is generated

	Introduction register.RecordID // the round of which it holds those who consented; "" none
}

// List is what a draw holds, in the order in which it stands in the file.
type List struct {
	Receipt *access.Draw
	Notice  string     // the first row or page, in the organisation's language
	Header  []string   // headings in the organisation's language
	Rows    [][]string // as many cells as there are headings
	Members []*Member  // in the same order; a nil entry is the canary
	Left    int        // how many were left out: their record is restricted, or they object
}

// Taken is a list that has its receipt.
type Taken struct {
	Receipt  *access.Draw
	File     []byte // protected
	Password string // of an xlsx, else ""
	Sent     bool   // the receipt has reached the server, or there is none
	Left     int    // members left out: their record is restricted, or they object
	receipt  committed
}

// Errors of a draw.
var (
	ErrNoLists     = errors.New("the policy has no purposes for which lists may be drawn (policies/lists.yaml)")
	ErrDrawReason  = errors.New("columns beyond the purpose, and lists that are handed out, need a reason in words")
	ErrDrawNobody  = errors.New("nobody is on this list")
	ErrDrawLeft    = errors.New("all who would be on this list are left out: their records are restricted, or they object")
	ErrDrawForm    = errors.New("this form of a list does not go with its format")
	ErrRecipient   = errors.New("a list that is handed out as a sealed file needs the recipient of whoever gets it (age1pq1…)")
	ErrDrawWaiting = errors.New("the receipt of this list is not taken in yet")
)

// PasswordError is a password that is too short for a list.
type PasswordError struct{ Least int }

func (e *PasswordError) Error() string {
	return fmt.Sprintf("the password of a list has at least %d characters", e.Least)
}

// DrawError is a draw that the policy does not allow.
type DrawError struct{ Faults []access.DrawFault }

func (e *DrawError) Error() string {
	s := "draw/" + e.Faults[0].Rule + ": " + e.Faults[0].Msg
	if n := len(e.Faults); n > 1 {
		s += fmt.Sprintf(" (and %d more)", n-1)
	}
	return s
}

// Draw takes a list out of the register. render makes the workbook, the csv or the
// PDF of it, in memory; what comes back is protected, and its receipt is committed:
// on main by the secretariat, as a proposal of its own by every other officer, and
// in this copy until the server answers.
func (d *Desk) Draw(ctx context.Context, o DrawOptions, render func(*List) ([]byte, error)) (*Taken, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	x, err := d.plan(o, nil)
	if err != nil {
		return nil, err
	}
	if err := d.gather(x); err != nil {
		return nil, err
	}
	plain, err := render(d.listOf(x))
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	file, password, err := d.protect(x, plain)
	if err != nil {
		return nil, err
	}
	receipt, err := d.commitReceipt(ctx, x)
	if err != nil {
		return nil, err
	}
	return &Taken{Receipt: x.receipt, File: file, Password: password, Sent: receipt.sent, Left: x.left, receipt: receipt}, nil
}

// drawing is a draw on its way.
type drawing struct {
	DrawOptions
	receipt *access.Draw
	answers *Proposal // the request that it answers; nil: none
	handed  []byte    // the list as it goes to whoever asked for it
	members []*Member // in the order of the list, without the canary
	left    int       // who would be on it and is left out
}

// plan judges a draw by the policy, before anything of it is opened.
func (d *Desk) plan(o DrawOptions, answers *Proposal) (*drawing, error) {
	me, err := d.officer()
	if err != nil {
		return nil, err
	}
	l := &d.state.Policy.Lists
	if len(l.Purposes) == 0 {
		return nil, ErrNoLists
	}
	if o.Introduction == "" && needsConsent(l, o.Purpose) {
		return nil, ErrConsentList
	}
	day, err := d.commitDay()
	if err != nil {
		return nil, err
	}
	if o.Units = slices.Clone(o.Units); len(o.Units) > 1 { // a list of others has nobody of a protected unit
		o.Units = slices.DeleteFunc(o.Units, d.state.Policy.Protects)
	}
	r := &access.Draw{ID: register.NewRecordID(), Unit: topOf(d.state.Policy, o.Units), Purpose: o.Purpose, Drawn: day, By: me,
		For: o.For, HandOut: o.HandOut, Units: o.Units, Filtered: o.Filtered || o.Where != nil, Form: o.Form, Format: o.Format, Copies: o.Copies,
		Use: o.Use, Main: d.head.String()}
	slices.Sort(r.Units)
	r.Units = slices.Compact(r.Units)
	if r.For == "" && r.HandOut == "" {
		r.For = me
	}
	if r.Day = o.Until; r.Day == "" {
		r.Day = access.LastDay(l, r.Drawn, r.Use, r.HandOut != "")
	}
	x := &drawing{DrawOptions: o, receipt: r, answers: answers}
	if answers != nil {
		r.Request = answers.request
	}
	d.chooseColumns(x)
	if fs := d.state.DrawFaults(r, d.Today()); len(fs) > 0 {
		return nil, &DrawError{fs}
	}
	if strings.TrimSpace(o.Reason) == "" && (len(r.Beyond) > 0 || r.HandOut != "") {
		return nil, ErrDrawReason
	}
	return x, x.checkForm(l)
}

// checkForm refuses what fits no file, and a password that is too short, before
// anything is opened.
func (x *drawing) checkForm(l *policy.Lists) error {
	switch {
	case !slices.Contains(access.DrawForms, x.Form), !slices.Contains(access.DrawFormats, x.Format),
		x.Form != access.FormList && x.Format != access.FormatPDF, x.Password != "" && x.Format != access.FormatXLSX:
		return ErrDrawForm
	case x.receipt.HandOut != "" && x.Format != access.FormatXLSX && x.Recipient == "":
		return ErrRecipient
	case x.Password != "" && len([]rune(x.Password)) < l.Password:
		return &PasswordError{l.Password}
	}
	return nil
}

// topOf is the unit in which the receipt of a draw lies: the one above the others,
// or the first.
func topOf(p *policy.Policy, units []register.UnitID) register.UnitID {
	for _, u := range units {
		if !slices.ContainsFunc(units, func(other register.UnitID) bool { return !p.Below(other, u) }) {
			return u
		}
	}
	if len(units) == 0 {
		return ""
	}
	return units[0]
}

// protect seals a list for whoever gets it: the file, and the password of an xlsx.
// The list of a request is sealed to whoever asked, whatever its format is to be:
// her tool protects it with a password that nobody else has seen.
func (d *Desk) protect(x *drawing, plain []byte) (file []byte, password string, err error) {
	if x.answers != nil {
		file, err = seal.SealList(plain, d.state.Officers[x.receipt.For].Recipients)
		return file, "", err
	}
	if x.Format == access.FormatXLSX {
		if password = x.Password; password == "" {
			password = d.NewPassword()
		}
		file, err = officecrypt.Encrypt(plain, password)
		return file, password, err
	}
	to := []string{x.Recipient}
	if x.receipt.HandOut == "" {
		to = d.state.Officers[x.receipt.For].Recipients
	}
	file, err = seal.SealList(plain, to)
	return file, "", err
}

// NewPassword returns a generated password that is long enough for a list.
func (d *Desk) NewPassword() string {
	p := officecrypt.GeneratePassword()
	for len(p) < d.state.Policy.Lists.Password {
		p += officecrypt.GeneratePassword()
	}
	return p
}

// OpenSealed opens a list that was sealed to the identity, in memory.
func (d *Desk) OpenSealed(file []byte) ([]byte, error) {
	if d.id == nil {
		return nil, ErrNoIdentity
	}
	return seal.OpenList(file, d.id.Ages())
}
