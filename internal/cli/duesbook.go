package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"

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
	Foreign  int    `json:"foreign"` // of those that wait: in another currency, and in no sum
	Twice    int    `json:"twice"`
	Lumps    int    `json:"lumps"`  // sums of several payments that another file lists: not booked
	Lumped   int64  `json:"lumped"` // what they come to
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
		out.Files = append(out.Files, duesBookedJSON{filepath.Base(path), x.File.Format, len(x.File.Payments), x.Total, x.Paid, x.Parts, x.Back, x.Waits, x.Foreign, x.Twice, x.Lumps, x.Lumped, x.Mandates, x.Strange,
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
				{x.Foreign, s.trn(x.Foreign, "{{.N}} of them is in another currency, and in no sum", "{{.N}} of them are in another currency, and in no sum")},
				{x.Twice, s.trn(x.Twice, "{{.N}} payment was booked before", "{{.N}} payments were booked before")},
				{x.Lumps, s.trn(x.Lumps, "{{.N}} sum of several payments is not booked ({{.Sum}}): book the bank's file that lists them, such as camt.054", "{{.N}} sums of several payments are not booked ({{.Sum}}): book the bank's files that list them, such as camt.054", "Sum", s.money(x.Lumped))},
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
	unit, to, why           string
	returned, dropped, undo bool
	settled                 bool
	amount                  string
}

func (a *app) duesQueueCommand() *cobra.Command {
	var o queueFlags
	c := a.build(command{
		use:   "queue [NUMBER]",
		short: a.tr("list payments that wait for a person, and book one"),
		long: a.tr("Lists payments of which nobody can tell the claim, with the reason and the line of the bank's file: what the payer wrote stands there and is not kept here. "+
			"With a number, books that payment for the claim whose reference you give, notes that it was sent back, or that it is no dues. Why is one of {{.Words}}; names do not belong into the books. "+
			"With --undo, what was last done with a number is taken back, and the money waits again; --settled lists what was done. Of money in another currency say with --amount what it came to on the account; until then it is in no sum.", "Words", joined(dues.Settlements)),
		example: "medlem dues queue\nmedlem dues queue 3 --to 12345678903 --why payer-said\nmedlem dues queue 3 --undo --why misread",
		codes:   "134",
		max:     1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error {
				if len(args) == 0 {
					return s.duesQueue(&o)
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
	f.BoolVar(&o.undo, "undo", false, a.tr("take back what was last done with it"))
	f.BoolVar(&o.settled, "settled", false, a.tr("list what is done with, too"))
	f.StringVar(&o.amount, "amount", "", a.tr("only this `AMOUNT` of it, with two decimals: 150.00"))
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

	Currency string           `json:"currency,omitempty"` // where it is not the policy's
	Settled  []settlementJSON `json:"settled,omitempty"`
}

type settlementJSON struct {
	How       string `json:"how"`
	Amount    int64  `json:"amount"`
	Reference string `json:"reference,omitempty"`
	Why       string `json:"why"`
}

func (s *session) duesQueue(o *queueFlags) error {
	u, err := s.collector(o.unit)
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
		if w.Left == 0 && (!o.settled || len(w.Settled) == 0) {
			continue
		}
		left = append(left, w)
		x := queueJSON{w.Number, w.Day, w.Left, w.Means, w.Why, w.Reference, w.Line, w.Currency, nil}
		if books.Claims[w.Reference] != nil { // the payload of a reference that has letters
			x.Digits = s.reference(w.Reference)
		}
		if o.settled {
			for _, e := range w.Settled {
				y := settlementJSON{e.How, e.Amount, "", e.Why}
				if e.How == dues.SettleTo {
					y.Reference = s.reference(e.Payload)
				}
				x.Settled = append(x.Settled, y)
			}
		}
		out.Queue = append(out.Queue, x)
	}
	return s.result(out, func(w io.Writer) {
		if len(left) == 0 {
			fmt.Fprintln(w, s.tr("No payment waits."))
			return
		}
		t := &table{}
		for i, x := range out.Queue {
			t.add(fmt.Sprint(x.Number), string(x.Day), s.moneyOf(left[i], x.Amount), x.Digits, s.waitsFor(left[i])+" "+s.tr("(line {{.Line}})", "Line", x.Line))
			for _, y := range x.Settled {
				t.add("", "", s.settledMoney(left[i], y.How, y.Amount), y.Reference, s.settledAs(y.How)+" ("+y.Why+")")
			}
		}
		t.write(w, "")
		fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", "medlem dues queue NUMBER --to REFERENCE --why WORD"))
	})
}

// moneyOf is an amount of what waits, in its own currency.
func (s *session) moneyOf(w *dues.Waiting, amount int64) string {
	if w.Foreign() {
		return s.moneyIn(amount, w.Currency)
	}
	return s.money(amount)
}

// settledMoney is what of it was settled: for a claim always in the policy's currency.
func (s *session) settledMoney(w *dues.Waiting, how string, amount int64) string {
	if how == dues.SettleTo {
		return s.money(amount)
	}
	return s.moneyOf(w, amount)
}

// settledAs says what became of money that waited.
func (s *session) settledAs(how string) string {
	switch how {
	case dues.SettleTo:
		return s.tr("it is booked for this claim")
	case dues.SettleReturned:
		return s.tr("it was sent back")
	}
	return s.tr("it is no dues")
}

func (s *session) duesSettle(ctx context.Context, number string, o *queueFlags) error {
	x := desk.DuesSettlement{Reference: o.to, Why: o.why, Back: o.undo}
	ways := 0
	for _, way := range []struct {
		chosen bool
		how    string
	}{{o.to != "", dues.SettleTo}, {o.returned, dues.SettleReturned}, {o.dropped, dues.SettleDropped}, {o.undo, ""}} {
		if way.chosen {
			x.How = way.how
			ways++
		}
	}
	if ways != 1 {
		return usageError(s.tr("say what becomes of it: --to REFERENCE, --return, --drop or --undo"), "")
	}
	if !slices.Contains(dues.Settlements, o.why) {
		return usageError(s.tr("say how you know: --why, one of {{.Words}}", "Words", joined(dues.Settlements)), "")
	}
	var err error
	if x.Number, err = strconv.Atoi(number); err != nil {
		return usageError(s.tr("that is no number of the queue"), s.tr("medlem dues queue lists those that do"))
	}
	if o.amount != "" {
		ok := false
		if x.Amount, ok = s.parseMoney(o.amount); !ok || o.undo {
			return usageError(s.tr("--amount: write it with two decimals, such as {{.Sum}}, and not with --undo", "Sum", s.money(15000)), "")
		}
	}
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
	currency := cmp.Or(e.Currency, s.Policy().Dues.Currency)
	if x.Back {
		out.How, out.Amount = "undo", -e.Amount
	}
	return s.result(out, func(w io.Writer) {
		switch {
		case x.Back:
			fmt.Fprintln(w, s.tr("Number {{.Number}} of the queue waits again.", "Number", x.Number))
		case claim != nil && e.Amount < 0:
			fmt.Fprintln(w, s.tr("{{.Sum}} is taken off the claim of {{.Year}}; {{.Left}} is owed.", "Sum", s.money(-e.Amount), "Year", claim.Year, "Left", s.money(out.Left)))
		case claim != nil && out.Left > 0:
			fmt.Fprintln(w, s.tr("{{.Sum}} is booked for the claim of {{.Year}}; {{.Left}} is still owed.", "Sum", s.money(e.Amount), "Year", claim.Year, "Left", s.money(out.Left)))
		case claim != nil:
			fmt.Fprintln(w, s.tr("{{.Sum}} is booked for the claim of {{.Year}}; it is paid.", "Sum", s.money(e.Amount), "Year", claim.Year))
		case x.How == dues.SettleReturned:
			fmt.Fprintln(w, s.tr("{{.Sum}} is noted as sent back.", "Sum", s.moneyIn(e.Amount, currency)))
		default:
			fmt.Fprintln(w, s.tr("{{.Sum}} is noted as no dues.", "Sum", s.moneyIn(e.Amount, currency)))
		}
	})
}
