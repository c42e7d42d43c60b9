package cli

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/bankfile"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/reference"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) duesCommand() *cobra.Command {
	return a.family("dues", a.tr("claim dues, book what the bank says was paid, and remind"),
		a.tr("Dues are collected by the level that policies/dues.yaml names, and by nobody else. Each claim has a payment reference that is never used twice and tells nothing of the member; a payment is booked for the claim whose reference it has, or it waits for a person (medlem dues queue). "+
			"The books are sealed, name no member, and are kept for the years of the policy; which years are paid stands in each member's record, where officers see it."),
		a.duesClaimCommand(), a.duesBookCommand(), a.duesMandateCommand(), a.duesQueueCommand(), a.duesRemindCommand(), a.duesLapseCommand(),
		a.duesDebitCommand(), a.duesReportCommand(), a.duesExportCommand(), a.duesShowCommand(), a.duesAgainCommand(), a.duesWaiveCommand())
}

// collects is the flag that names the unit which collects.
func (a *app) collects(c *cobra.Command, unit *string) {
	c.Flags().StringVar(unit, "unit", "", a.tr("the `UNIT` that collects, where you collect for more than one"))
}

// collector reads what collects takes: "" where there is nothing to choose.
func (s *session) collector(text string) (register.UnitID, error) {
	if text == "" {
		return "", nil
	}
	return s.unit(text)
}

// money is an amount in øre or öre of the policy's currency as people write it.
func (s *session) money(minor int64) string { return s.moneyIn(minor, s.Policy().Dues.Currency) }

// moneyIn is an amount in minor units of a currency as people write it.
func (a *app) moneyIn(minor int64, currency string) string {
	point := ","
	if a.texts.lang == "en" {
		point = "."
	}
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	const hundred = 100
	return strings.TrimSpace(fmt.Sprintf("%s%d%s%02d %s", sign, minor/hundred, point, minor%hundred, currency))
}

// wroteMoney is an amount as money writes it, with a comma or a point before its two
// decimals, with or without the currency.
var wroteMoney = regexp.MustCompile(`^(-?[0-9]{1,12})[.,]([0-9]{2})$`)

// parseMoney reads an amount of the policy's currency, in øre or öre: as money writes it and
// in no other form, since 350 could be kroner or øre.
func (s *session) parseMoney(text string) (int64, bool) {
	text = strings.TrimSuffix(strings.TrimSpace(text), " "+s.Policy().Dues.Currency)
	parts := wroteMoney.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	minor, err := strconv.ParseInt(parts[1]+parts[2], 10, 64)
	return minor, err == nil && minor != 0
}

// reference is the payment reference of a payload, "" where the policy has no form of it.
func (s *session) reference(payload string) string {
	scheme, err := reference.ParseScheme(s.Policy().Dues.ReferenceForm.Scheme)
	if err != nil {
		return ""
	}
	ref, err := scheme.Make(payload)
	if err != nil {
		return ""
	}
	return ref
}

// priceName is what an amount of the policy is called.
func (s *session) priceName(id string) string {
	for _, a := range s.Policy().Dues.Amounts {
		if a.ID == id {
			return s.label(s.Policy(), a.Name, id)
		}
	}
	return id
}

// duesState says how far a claim is paid.
func (a *app) duesState(l record.DuesLine) string {
	switch l.State {
	case record.Paid:
		return a.tr("paid {{.Day}}", "Day", l.Since)
	case record.Part:
		return a.tr("partly paid")
	case record.Cancelled:
		return a.tr("claimed no more")
	}
	return a.tr("not paid, due {{.Day}}", "Day", l.Due)
}

// duesLines says which years are paid: what every officer may see.
func (a *app) duesLines(v record.Value) string {
	var out []string
	for _, l := range record.DuesLines(v) {
		out = append(out, fmt.Sprintf("%d: %s", l.Year, a.duesState(l)))
	}
	return strings.Join(out, "; ")
}

// waitsFor says why money waits for a person. Where the policy has a sentence for the way
// in which it was paid, that is said too.
func (s *session) waitsFor(w *dues.Waiting) string {
	switch w.Why {
	case dues.NoReference:
		return s.tr("it came without a reference")
	case dues.BadReference:
		return s.tr("a digit of the reference is wrong")
	case dues.UnknownReference:
		return s.tr("no claim has this reference")
	case dues.SeveralClaims:
		return s.tr("it may be for more than one claim")
	case dues.OtherYear:
		return s.tr("the reference is of an earlier year's claim")
	case dues.CancelledClaim:
		return s.tr("the claim is cancelled")
	case dues.UnknownMember:
		return s.tr("the claim's member has been erased")
	case dues.AlreadyPaid:
		return s.tr("the claim is paid already")
	case dues.TooMuch:
		return s.tr("it is more than was owed; this is what is over")
	case dues.OtherCurrency:
		return s.tr("another currency")
	case dues.MoneyBack:
		return s.tr("money went back that was not booked so")
	case dues.SumOfSeveral:
		return s.tr("a sum of several payments that the file does not list")
	}
	said := s.tr("dues are not paid in this way")
	for _, m := range s.Policy().Dues.Means {
		if m.ID == w.Means && len(m.Says) > 0 {
			said += ": " + s.label(s.Policy(), m.Says, "")
		}
	}
	return said
}

// explainDues explains what dues refuse.
func (a *app) explainDues(err error) *failure {
	var damaged *bankfile.FileError
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case errors.As(err, &damaged) && damaged.Msg == bankfile.NotBankFile:
		return &failure{exitRead, a.tr("this is not a bank's file that is read here; nothing was booked"), a.tr("give the file as the bank sent it: OCR giro, AvtaleGiro, BgMax, Autogiro, Betalingsservice 0602 or 0603, camt.053 or camt.054")}
	case errors.As(err, &damaged) && damaged.Line > 0:
		return &failure{exitRead, a.tr("line {{.Line}}, column {{.Col}}: {{.What}}", "Line", damaged.Line, "Col", damaged.Column, "What", damaged.Msg), a.tr("nothing of the file was booked; fetch it from the bank again")}
	case errors.As(err, &damaged):
		return &failure{exitRead, damaged.Error(), a.tr("nothing of the file was booked; fetch it from the bank again")}
	case is(desk.ErrNoDues):
		return &failure{exitRefused, a.tr("policies/dues.yaml does not say who collects dues: none are kept here"), a.tr("write collected-by in policies/dues.yaml")}
	case is(desk.ErrDues):
		return &failure{exitRefused, a.tr("your office does not collect dues"), a.tr("policies/dues.yaml says which level does; an officer sees in medlem show what is paid")}
	case is(desk.ErrOwnDues):
		return &failure{exitRefused, a.tr("the policy has a field named dues, mandate or bounced of its own, where the register keeps what it claims"), a.tr("give that field another key in policies/fields.yaml")}
	case is(dues.ErrNoClaims):
		return &failure{exitRefused, a.tr("policies/dues.yaml does not say what is claimed"), a.tr("write currency, reference-form and amounts there")}
	case is(dues.ErrBooked):
		return &failure{exitRefused, a.tr("this file was booked before; nothing was booked again"), ""}
	case is(dues.ErrChain):
		return &failure{exitRead, a.tr("the ledger of dues is not whole: its files do not follow each other"), a.tr("run medlem verify; nothing was changed")}
	case is(desk.ErrDuesYear):
		return &failure{exitRefused, a.tr("dues are claimed for this year or the next one"), ""}
	case is(desk.ErrDuesTestFile):
		return &failure{exitRefused, a.tr("the bank says that this file is a test; nothing was booked"), ""}
	case is(desk.ErrDuesNothing):
		return &failure{exitRefused, a.tr("the file holds neither payments nor mandates"), ""}
	case is(desk.ErrDuesAccount):
		return &failure{exitRefused, a.tr("the file is of another account than that of policies/dues.yaml; nothing was noted"), a.tr("if the account there is the wrong one, correct it and take the file in again")}
	case is(desk.ErrDuesChanged):
		return &failure{exitRefused, a.tr("what is owed has changed meanwhile; no file was kept, and nothing was noted"), a.tr("run the command again")}
	case is(desk.ErrDuesAgain):
		return &failure{exitRefused, a.tr("a claim that cannot be asked for again; nothing was noted"), a.tr("it must be of that year and still owed, be asked for on an earlier day, and its member must have such a mandate: medlem dues show ID")}
	case is(dues.ErrNoWaiting):
		return &failure{exitRefused, a.tr("no payment of that number waits"), a.tr("medlem dues queue lists those that do")}
	case is(dues.ErrNoClaim):
		return &failure{exitRefused, a.tr("no claim has this reference"), ""}
	case is(dues.ErrClaimPaid):
		return &failure{exitRefused, a.tr("nothing is owed on this claim"), a.tr("if it was waived, or cancelled because its member had left, claim it after all: medlem dues waive REFERENCE --undo")}
	case is(dues.ErrNothingPaid):
		return &failure{exitRefused, a.tr("nothing was paid on this claim that could have gone back"), a.tr("money that went back and was never booked for a claim is noted with --return")}
	case is(dues.ErrEntry):
		return &failure{exitRefused, a.tr("the amount does not fit: it is more than waits, or than was paid for the claim"), a.tr("medlem dues queue lists what waits; without --amount it is all that fits")}
	case is(dues.ErrForeign):
		return &failure{exitRefused, a.tr("this money came in another currency"), a.tr("say with --amount what it came to on the account, in the policy's currency; or note it with --return or --drop")}
	case is(dues.ErrLump):
		return &failure{exitRefused, a.tr("this is a sum of several payments, which another file of the bank lists"), a.tr("book that file; then take the sum off the account again with --return")}
	case is(dues.ErrNotSettled):
		return &failure{exitRefused, a.tr("nothing was settled of this payment that could be undone"), a.tr("medlem dues queue --settled lists what was")}
	case is(dues.ErrStands):
		return &failure{exitRefused, a.tr("this claim was not cancelled"), a.tr("medlem dues show ID shows what was claimed")}
	case is(reference.ErrCheck), is(reference.ErrLength), is(reference.ErrChars):
		return &failure{exitRefused, a.tr("that is no payment reference: a digit is wrong, or missing"), ""}
	}
	return nil
}
