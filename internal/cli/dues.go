package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/bankfile"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/policy"
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

// money is an amount in øre or öre as people write it.
func (s *session) money(minor int64) string { return s.moneyOf(s.Policy(), minor) }

func (a *app) moneyOf(p *policy.Policy, minor int64) string {
	point := ","
	if a.texts.lang == "en" {
		point = "."
	}
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	const hundred = 100
	return strings.TrimSpace(fmt.Sprintf("%s%d%s%02d %s", sign, minor/hundred, point, minor%hundred, p.Dues.Currency))
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
		return &failure{exitRefused, a.tr("nothing is owed on this claim"), ""}
	case is(reference.ErrCheck), is(reference.ErrLength), is(reference.ErrChars):
		return &failure{exitRefused, a.tr("that is no payment reference: a digit is wrong, or missing"), ""}
	}
	return nil
}
