package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/bankfile"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) duesBookCommand() *cobra.Command {
	var unit string
	c := a.build(command{
		use:   "book FILE…",
		short: a.tr("book what the bank says was paid"),
		long: a.tr("Reads files of the bank (OCR giro, BgMax, camt.053 and camt.054, Autogiro, Betalingsservice), checks every count and sum in them, and books each payment for the claim whose reference it has. " +
			"What has none, a wrong one, another year's, one of a cancelled claim, or was paid in a way that the policy does not take, waits for a person with the reason: medlem dues queue. Nothing is guessed. " +
			"A file is booked once, and so is a payment that comes in two files."),
		example: "medlem dues book OCR.D251126",
		codes:   "134",
		min:     1, max: -1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.duesBook(c.Context(), unit, args, false) })
		},
	})
	a.collects(c, &unit)
	return c
}

func (a *app) duesMandateCommand() *cobra.Command {
	var unit string
	c := a.build(command{
		use:     "mandate FILE…",
		short:   a.tr("take in whose bank pays by itself"),
		long:    a.tr("Reads files of mandates (AvtaleGiro, Autogiro, Betalingsservice) and notes on the members' records who has one. A list of all mandates ends those that it does not name."),
		example: "medlem dues mandate mandates.txt",
		codes:   "134",
		min:     1, max: -1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.duesBook(c.Context(), unit, args, true) })
		},
	})
	a.collects(c, &unit)
	return c
}

type duesBookedJSON struct {
	File     string `json:"file"`
	Format   string `json:"format"`
	Payments int    `json:"payments"`
	Sum      int64  `json:"sum"`
	Paid     int    `json:"paid"`
	Part     int    `json:"part"`
	Back     int    `json:"back"`
	Waits    int    `json:"waits"`
	Twice    int    `json:"twice"`
	Mandates int    `json:"mandates"`
	Strange  int    `json:"strange"`

	Asked     int              `json:"asked,omitempty"`
	Refused   int              `json:"refused,omitempty"`
	Over      int              `json:"over,omitempty"`
	Passed    int              `json:"passed,omitempty"`
	Elsewhere int              `json:"elsewhere,omitempty"`
	Failed    []duesFailedJSON `json:"failed,omitempty"`
}

// duesFailedJSON is a direct debit that was not paid.
type duesFailedJSON struct {
	Line      int               `json:"line"`
	Day       register.Day      `json:"day"`
	Amount    int64             `json:"amount"`
	ID        register.RecordID `json:"id,omitempty"`        // of the member
	Reference string            `json:"reference,omitempty"` // of the claim
	Year      int               `json:"year,omitempty"`
	Code      string            `json:"code"` // the bank's
	Why       string            `json:"why"`
}

func (s *session) duesBook(ctx context.Context, unit string, paths []string, mandates bool) error {
	u, err := s.collector(unit)
	if err != nil {
		return err
	}
	out := struct {
		Files []duesBookedJSON `json:"files"`
	}{[]duesBookedJSON{}}
	for _, path := range paths {
		b, err := readFile(path, bankfile.SizeLimit)
		if err != nil {
			return err
		}
		if mandates {
			f, err := bankfile.Read(b)
			if err != nil {
				return err
			}
			switch {
			case len(f.Payments) > 0 && len(f.Mandates) > 0:
				return refused(s.tr("{{.File}} holds payments as well as mandates", "File", filepath.Base(path)), s.tr("take both in: medlem dues book FILE"))
			case len(f.Payments) > 0:
				return refused(s.tr("{{.File}} is a file of payments", "File", filepath.Base(path)), s.tr("book it: medlem dues book FILE"))
			}
		}
		x, err := s.BookDues(ctx, u, b)
		if err != nil {
			if len(paths) > 1 {
				return &hintError{err, s.tr("this was {{.File}}; those before it are booked", "File", filepath.Base(path))}
			}
			return err
		}
		out.Files = append(out.Files, duesBookedJSON{filepath.Base(path), x.File.Format, len(x.File.Payments), x.File.Sum, x.Paid, x.Parts, x.Back, x.Waits, x.Twice, x.Mandates, x.Strange,
			x.Asked, x.Refused, x.Over, x.Passed, x.Elsewhere, s.duesFailed(x)})
	}
	return s.result(out, func(w io.Writer) {
		waits, failed := 0, 0
		for _, x := range out.Files {
			waits += x.Waits
			fmt.Fprintln(w, s.trn(x.Payments, "{{.File}}: {{.N}} payment, {{.Sum}}", "{{.File}}: {{.N}} payments, {{.Sum}}", "File", x.File, "Sum", s.money(x.Sum)))
			for _, y := range []struct {
				n    int
				text string
			}{
				{x.Paid, s.trn(x.Paid, "{{.N}} claim is paid", "{{.N}} claims are paid")},
				{x.Part, s.trn(x.Part, "{{.N}} claim is paid in part", "{{.N}} claims are paid in part")},
				{x.Back, s.trn(x.Back, "{{.N}} payment went back", "{{.N}} payments went back")},
				{x.Waits, s.trn(x.Waits, "{{.N}} payment waits for a person", "{{.N}} payments wait for a person")},
				{x.Twice, s.trn(x.Twice, "{{.N}} payment was booked before", "{{.N}} payments were booked before")},
				{x.Mandates, s.trn(x.Mandates, "{{.N}} mandate is noted", "{{.N}} mandates are noted")},
				{x.Asked, s.trn(x.Asked, "{{.N}} mandate waits for your answer to the bank; nothing is noted", "{{.N}} mandates wait for your answer to the bank; nothing is noted")},
				{x.Refused, s.trn(x.Refused, "{{.N}} mandate was refused by the bank; nothing is noted", "{{.N}} mandates were refused by the bank; nothing is noted")},
				{x.Over, s.trn(x.Over, "{{.N}} mandate has ended that was not noted any more", "{{.N}} mandates have ended that were not noted any more")},
				{x.Strange, s.trn(x.Strange, "{{.N}} mandate of nobody here", "{{.N}} mandates of nobody here")},
				{x.Passed, s.trn(x.Passed, "{{.N}} mandate for another account than the one in policies/dues.yaml is passed over", "{{.N}} mandates for another account than the one in policies/dues.yaml are passed over")},
				{x.Elsewhere, s.trn(x.Elsewhere, "{{.N}} payment came to another account than the one in policies/dues.yaml", "{{.N}} payments came to another account than the one in policies/dues.yaml")},
				{len(x.Failed), s.trn(len(x.Failed), "{{.N}} direct debit was not paid; its claim stays open", "{{.N}} direct debits were not paid; their claims stay open")},
			} {
				if y.n > 0 {
					fmt.Fprintln(w, "  "+y.text)
				}
			}
			t := &table{}
			for _, y := range x.Failed {
				t.add(string(y.Day), s.money(y.Amount), y.Reference, string(y.ID), y.Why+" "+s.tr("(line {{.Line}})", "Line", y.Line))
				failed = max(failed, y.Year)
			}
			t.write(w, "    ")
		}
		if failed > 0 {
			fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", fmt.Sprintf("medlem dues debit %d --again REFERENCE --out FILE", failed)))
		}
		if waits > 0 {
			fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", "medlem dues queue"))
		}
	})
}

// duesFailed lists the direct debits that a file says were not paid.
func (s *session) duesFailed(x *desk.DuesBooked) []duesFailedJSON {
	var out []duesFailedJSON
	for _, f := range x.Failed {
		y := duesFailedJSON{Line: f.Line, Day: f.Day, Amount: f.Amount, Code: f.Code, Why: s.notPaid(x.File.Format, f.Code)}
		if f.Claim != nil {
			y.Reference, y.Year = s.reference(f.Claim.Payload), f.Claim.Year
		}
		if f.Member != nil {
			y.ID = f.Member.ID
		}
		out = append(out, y)
	}
	return out
}

// notPaid is what the bank's code for a direct debit that was not paid means.
func (s *session) notPaid(format, code string) string {
	switch format + " " + code {
	case "autogiro-payments 1":
		return s.tr("there was not enough money")
	case "autogiro-payments 2", "autogiro-payments 4":
		return s.tr("the mandate or the account is no longer there")
	case "autogiro-payments 9":
		return s.tr("there was not enough money; the bank tries again")
	case "betalingsservice-payments 0237":
		return s.tr("the bank refused it")
	case "betalingsservice-payments 0238":
		return s.tr("it was called off")
	}
	return s.tr("the bank's code {{.Code}}", "Code", code)
}

type queueFlags struct {
	unit, to, why     string
	returned, dropped bool
	amount            string
}

func (a *app) duesQueueCommand() *cobra.Command {
	var o queueFlags
	c := a.build(command{
		use:   "queue [NUMBER]",
		short: a.tr("list payments that wait for a person, and book one"),
		long: a.tr("Lists payments of which nobody can tell the claim, with the reason and the line of the bank's file: what the payer wrote stands there and is not kept here. "+
			"With a number, books that payment for the claim whose reference you give, notes that it was sent back, or that it is no dues. Why is one of {{.Words}}; names do not belong into the books.", "Words", joined(dues.Settlements)),
		example: "medlem dues queue\nmedlem dues queue 3 --to 12345678903 --why payer-said",
		codes:   "134",
		max:     1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error {
				if len(args) == 0 {
					return s.duesQueue(o.unit)
				}
				return s.duesSettle(c.Context(), args[0], &o)
			})
		},
	})
	a.collects(c, &o.unit)
	f := c.Flags()
	f.StringVar(&o.to, "to", "", a.tr("book it for the claim with this `REFERENCE`"))
	f.BoolVar(&o.returned, "return", false, a.tr("it was sent back"))
	f.BoolVar(&o.dropped, "drop", false, a.tr("it is no dues"))
	f.StringVar(&o.why, "why", "", a.tr("how you know: a `WORD`"))
	f.StringVar(&o.amount, "amount", "", a.tr("only this `AMOUNT` of it, in øre or öre"))
	return c
}

type queueJSON struct {
	Number int          `json:"number"`
	Day    register.Day `json:"day"`
	Amount int64        `json:"amount"`
	Means  string       `json:"means,omitempty"`
	Why    string       `json:"why"`
	Digits string       `json:"reference,omitempty"`
	Line   int          `json:"line"`
}

func (s *session) duesQueue(unit string) error {
	u, err := s.collector(unit)
	if err != nil {
		return err
	}
	books, err := s.Dues(u)
	if err != nil {
		return err
	}
	out := struct {
		Queue []queueJSON `json:"queue"`
	}{[]queueJSON{}}
	var left []*dues.Waiting
	for _, w := range books.Waiting {
		if w.Left != 0 {
			left = append(left, w)
			out.Queue = append(out.Queue, queueJSON{w.Number, w.Day, w.Left, w.Means, w.Why, w.Reference, w.Line})
		}
	}
	return s.result(out, func(w io.Writer) {
		if len(left) == 0 {
			fmt.Fprintln(w, s.tr("No payment waits."))
			return
		}
		t := &table{}
		for i, x := range out.Queue {
			t.add(fmt.Sprint(x.Number), string(x.Day), s.money(x.Amount), x.Digits, s.waitsFor(left[i])+" "+s.tr("(line {{.Line}})", "Line", x.Line))
		}
		t.write(w, "")
		fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", "medlem dues queue NUMBER --to REFERENCE --why WORD"))
	})
}

func (s *session) duesSettle(ctx context.Context, number string, o *queueFlags) error {
	x := desk.DuesSettlement{Reference: o.to, Why: o.why}
	ways := 0
	for _, way := range []struct {
		chosen bool
		how    string
	}{{o.to != "", dues.SettleTo}, {o.returned, dues.SettleReturned}, {o.dropped, dues.SettleDropped}} {
		if way.chosen {
			x.How = way.how
			ways++
		}
	}
	if ways != 1 {
		return usageError(s.tr("say what becomes of it: --to REFERENCE, --return or --drop"), "")
	}
	known := false
	for _, w := range dues.Settlements {
		known = known || w == o.why
	}
	if !known {
		return usageError(s.tr("say how you know: --why, one of {{.Words}}", "Words", joined(dues.Settlements)), "")
	}
	if _, err := fmt.Sscan(number, &x.Number); err != nil {
		return usageError(s.tr("that is no number of the queue"), s.tr("medlem dues queue lists those that do"))
	}
	if o.amount != "" {
		if _, err := fmt.Sscan(o.amount, &x.Amount); err != nil {
			return usageError(s.tr("--amount: a whole number of øre or öre"), "")
		}
	}
	var err error
	if x.Unit, err = s.collector(o.unit); err != nil {
		return err
	}
	claim, e, err := s.SettleDues(ctx, x)
	if err != nil {
		return err
	}
	out := struct {
		Number int    `json:"number"`
		How    string `json:"how"`
		Amount int64  `json:"amount"`
		Left   int64  `json:"left,omitempty"` // on the claim
	}{x.Number, x.How, e.Amount, 0}
	if claim != nil {
		out.Left = claim.Left()
	}
	return s.result(out, func(w io.Writer) {
		switch {
		case claim != nil && out.Left > 0:
			fmt.Fprintln(w, s.tr("{{.Sum}} is booked for the claim of {{.Year}}; {{.Left}} is still owed.", "Sum", s.money(e.Amount), "Year", claim.Year, "Left", s.money(out.Left)))
		case claim != nil:
			fmt.Fprintln(w, s.tr("{{.Sum}} is booked for the claim of {{.Year}}; it is paid.", "Sum", s.money(e.Amount), "Year", claim.Year))
		case x.How == dues.SettleReturned:
			fmt.Fprintln(w, s.tr("{{.Sum}} is noted as sent back.", "Sum", s.money(e.Amount)))
		default:
			fmt.Fprintln(w, s.tr("{{.Sum}} is noted as no dues.", "Sum", s.money(e.Amount)))
		}
	})
}
