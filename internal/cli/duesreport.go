package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/accounts"
	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/report"
)

func (a *app) duesReportCommand() *cobra.Command {
	var unit string
	c := a.build(command{
		use:   "report YEAR",
		short: a.tr("add up what was claimed and paid for a year"),
		long: a.tr("Adds up the claims of a year by unit and amount: how many, how many are paid, what is still owed, reminders; what waits for a person; and how many had fewer reminders in that calendar year than the policy's least. " +
			"Counts below the policy's small counts are not shown, nor as many others as it takes to keep them from being computed; sums stand for all units together."),
		example: "medlem dues report 2027",
		codes:   "134",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error {
				year, err := s.year(args[0])
				if err != nil {
					return err
				}
				u, err := s.collector(unit)
				if err != nil {
					return err
				}
				return s.duesReport(u, year)
			})
		},
	})
	a.collects(c, &unit)
	return c
}

type duesRowJSON struct {
	Unit   register.UnitID `json:"unit"`
	Price  string          `json:"price"`
	Claims *int            `json:"claims"` // null: too few to be shown
}

type duesReportJSON struct {
	Year      int           `json:"year"`
	Rows      []duesRowJSON `json:"rows"`
	Claims    int           `json:"claims"`
	Paid      int           `json:"paid"`      // claims in full
	Cancelled int           `json:"cancelled"` // claims
	Claimed   int64         `json:"claimed"`   // øre or öre, as those below
	Received  int64         `json:"received"`
	Open      int64         `json:"open"`
	Reminders int           `json:"reminders"`
	Fewer     int           `json:"fewer"` // members with fewer reminders than the policy's least
	Waits     int64         `json:"waits"` // of all years
}

func (s *session) duesReport(u register.UnitID, year int) error {
	books, err := s.Dues(u)
	if err != nil {
		return err
	}
	rows := books.Report(year)
	out := duesReportJSON{Year: year, Rows: []duesRowJSON{}, Fewer: len(books.Fewer(s.Policy(), books.Members, year)), Waits: books.Sums().Waits}
	units, prices := linesOf(rows, func(r dues.Row) report.Line {
		return report.Line{Key: string(r.Unit), Name: unitName(s.Policy(), r.Unit)}
	}),
		linesOf(rows, func(r dues.Row) report.Line { return report.Line{Key: r.Price, Name: s.priceName(r.Price)} })
	t := report.NewTable(units, prices)
	for _, r := range rows {
		t.Add(string(r.Unit), r.Price, r.Claims)
		out.Claims += r.Claims
		out.Paid += r.PaidUp
		out.Cancelled += r.Cancelled
		out.Claimed += r.Claimed
		out.Received += r.Paid
		out.Open += r.Open
		out.Reminders += r.Reminders
	}
	t.Sum()
	if limit := s.Policy().Lists.SmallCounts; limit > 1 && len(rows) > 0 {
		t.Hide(limit)
	}
	for i, unit := range units {
		for j, price := range prices {
			x := duesRowJSON{Unit: register.UnitID(unit.Key), Price: price.Key}
			if c := t.Cells[i][j]; !c.Hidden {
				if c.N == 0 {
					continue
				}
				x.Claims = &c.N
			}
			out.Rows = append(out.Rows, x)
		}
	}
	return s.result(out, func(w io.Writer) {
		grid := &table{}
		for _, x := range out.Rows {
			n := s.tr("too few to be shown")
			if x.Claims != nil {
				n = strconv.Itoa(*x.Claims)
			}
			grid.add(unitName(s.Policy(), x.Unit), s.priceName(x.Price), n)
		}
		grid.write(w, "")
		sums := &table{}
		sums.add(s.tr("claims"), strconv.Itoa(out.Claims), s.money(out.Claimed))
		sums.add(s.tr("paid in full"), strconv.Itoa(out.Paid), "")
		sums.add(s.tr("received, parts too"), "", s.money(out.Received))
		sums.add(s.tr("still owed"), strconv.Itoa(out.Claims-out.Paid-out.Cancelled), s.money(out.Open))
		sums.add(s.tr("claimed no more"), strconv.Itoa(out.Cancelled), "")
		sums.add(s.tr("reminders"), strconv.Itoa(out.Reminders), "")
		sums.add(s.tr("waits for a person, of all years"), "", s.money(out.Waits))
		sums.write(w, "")
		if least := s.Policy().Dues.Reminders.Min; out.Fewer > 0 {
			fmt.Fprintln(w, s.trn(out.Fewer, "{{.N}} member who owes had fewer than {{.Least}} reminders in {{.Year}}.", "{{.N}} members who owe had fewer than {{.Least}} reminders in {{.Year}}.", "Least", least, "Year", year))
		}
	})
}

// linesOf are the different lines of rows, in their order.
func linesOf(rows []dues.Row, of func(dues.Row) report.Line) []report.Line {
	var out []report.Line
	seen := map[string]bool{}
	for _, r := range rows {
		if l := of(r); !seen[l.Key] {
			seen[l.Key] = true
			out = append(out, l)
		}
	}
	return out
}

type exportFlags struct{ unit, out, format, number, first, last string }

func (a *app) duesExportCommand() *cobra.Command {
	var o exportFlags
	c := a.build(command{
		use:   "export YEAR --out FILE",
		short: a.tr("write a year's dues for the bookkeeping"),
		long: a.tr("Writes what was claimed, paid and given up in an accounting year as entries for a bookkeeping program: SIE 4 (Sweden), SAF-T Financial (Norway) or csv. The entries are sums of each act and day, on the accounts of policies/dues.yaml, and name nobody. " +
			"What waits for a person stands on the account of what members owe."),
		example: "medlem dues export 2026 --out dues-2026.xml --format saf-t --number 999888777",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error {
				year, err := s.year(args[0])
				if err != nil {
					return err
				}
				return s.duesExport(c.Context(), year, &o)
			})
		},
	})
	a.collects(c, &o.unit)
	f := c.Flags()
	f.StringVar(&o.out, "out", "", a.tr("the new `FILE`"))
	f.StringVar(&o.format, "format", "", a.tr("`FORMAT`: sie, saf-t or csv (default: by the country)"))
	f.StringVar(&o.number, "number", "", a.tr("the organisation's registration `NUMBER`"))
	f.StringVar(&o.first, "contact-given", "", a.tr("the given `NAME` of who answers for the file, for SAF-T"))
	f.StringVar(&o.last, "contact-family", "", a.tr("her family `NAME`"))
	return c
}

func (s *session) duesExport(_ context.Context, year int, o *exportFlags) error {
	if o.out == "" {
		return usageError(s.tr("say where the file goes: --out FILE"), "")
	}
	format := o.format
	if format == "" {
		format = map[string]string{"SE": "sie", "NO": "saf-t"}[s.Policy().Country]
	}
	if format == "" {
		format = "csv"
	}
	u, err := s.collector(o.unit)
	if err != nil {
		return err
	}
	books, err := s.Dues(u)
	if err != nil {
		return err
	}
	book, err := s.accountBook(books.Books, year, o)
	if err != nil {
		return err
	}
	var text []byte
	switch format {
	case "sie":
		text, err = accounts.SIE(*book)
	case "saf-t":
		text, err = accounts.SAFT(*book)
	case "csv":
		text, err = accounts.CSV(*book, s.texts.lang)
	default:
		return usageError(s.tr("--format: sie, saf-t or csv"), "")
	}
	if err != nil {
		return refused(s.tr("the accounts cannot be written: {{.What}}", "What", err.Error()), "")
	}
	if err := s.discreet(o.out); err != nil {
		return err
	}
	f, err := s.newFile(o.out)
	if err != nil {
		return err
	}
	if err := fill(f, text); err != nil {
		return err
	}
	return s.result(struct {
		File    string `json:"file"`
		Format  string `json:"format"`
		Entries int    `json:"entries"`
	}{o.out, format, len(book.Entries)}, func(w io.Writer) {
		fmt.Fprintln(w, s.trn(len(book.Entries), "{{.N}} entry in {{.File}}", "{{.N}} entries in {{.File}}", "File", o.out))
	})
}

// accountBook makes entries of the vouchers of a year.
func (s *session) accountBook(books *dues.Books, year int, o *exportFlags) (*accounts.Book, error) {
	p := s.Policy()
	own := s.inOrganisation()
	numbers := map[string]string{dues.Receivable: p.Dues.Accounts.Receivable, dues.Income: p.Dues.Accounts.Income, dues.Bank: p.Dues.Accounts.Bank, dues.Losses: p.Dues.Accounts.Losses}
	b := &accounts.Book{Organisation: p.Organisation.Name, Number: o.number, Contact: accounts.Person{First: o.first, Last: o.last}, Currency: p.Dues.Currency,
		From: register.Day(fmt.Sprintf("%d-01-01", year)), To: register.Day(fmt.Sprintf("%d-12-31", year)), Made: s.Today(), Version: buildVersion().Version, Journal: own.tr("Dues")}
	opening := map[string]int64{}
	if len(books.Files) > 0 {
		for y := books.Files[0].Day.Time().Year(); y < year; y++ {
			for _, v := range books.Vouchers(y) {
				opening[v.Debit] += v.Amount
				opening[v.Credit] -= v.Amount
			}
		}
	}
	for _, x := range []struct {
		key  string
		kind accounts.Kind
		name string
	}{
		{dues.Receivable, accounts.Receivable, own.tr("Owed by members")}, {dues.Income, accounts.Income, own.tr("Dues")},
		{dues.Bank, accounts.Bank, own.tr("Bank")}, {dues.Losses, accounts.Losses, own.tr("Dues given up")},
	} {
		if numbers[x.key] == "" {
			return nil, refused(s.tr("policies/dues.yaml does not name the account {{.Name}}", "Name", x.key), s.tr("write it under accounts"))
		}
		a := accounts.Account{Number: numbers[x.key], Name: x.name, Kind: x.kind}
		if x.key == dues.Receivable || x.key == dues.Bank {
			a.Opening = opening[x.key]
		}
		b.Accounts = append(b.Accounts, a)
	}
	for _, v := range books.Vouchers(year) {
		b.Entries = append(b.Entries, accounts.Entry{Number: v.Number, Day: v.Day, Text: own.voucherText(v),
			Lines: []accounts.Line{{Account: numbers[v.Debit], Amount: v.Amount}, {Account: numbers[v.Credit], Amount: -v.Amount}}})
	}
	return b, nil
}

// voucherText says what a voucher is about.
func (a *app) voucherText(v dues.Voucher) string {
	switch v.What {
	case dues.VoucherClaims:
		return a.trn(v.Count, "{{.N}} claim of dues", "{{.N}} claims of dues")
	case dues.VoucherPayments:
		return a.trn(v.Count, "{{.N}} payment of dues", "{{.N}} payments of dues")
	case dues.VoucherReversals:
		return a.trn(v.Count, "{{.N}} payment that went back", "{{.N}} payments that went back")
	case dues.VoucherWaiting:
		return a.trn(v.Count, "{{.N}} payment that waits for its claim", "{{.N}} payments that wait for their claims")
	case dues.VoucherReturned:
		return a.trn(v.Count, "{{.N}} payment sent back", "{{.N}} payments sent back")
	case dues.VoucherReclaimed:
		return a.trn(v.Count, "{{.N}} claim that was given up stands again", "{{.N}} claims that were given up stand again")
	case dues.VoucherOther:
		return a.trn(v.Count, "{{.N}} payment that is no dues", "{{.N}} payments that are no dues")
	}
	return a.trn(v.Count, "{{.N}} claim given up", "{{.N}} claims given up")
}
