package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/bankfile"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

type debitFlags struct {
	unit, out, kind, due string
	with, again          []string
}

func (a *app) duesDebitCommand() *cobra.Command {
	var o debitFlags
	c := a.build(command{
		use:   "debit YEAR --out FILE",
		short: a.tr("ask the banks of those with direct debit for what they owe"),
		long: a.tr("Writes a file for the bank with the claims of a year that are not paid, of members who have a mandate, and notes that each was asked for: no claim is asked for twice, but with --again, for those that the bank said were not paid. Nothing of the member is in it but what the format wants: with AvtaleGiro and Autogiro the reference and the amount. "+
			"What your agreement with the bank says is given with --with: {{.AvtaleGiro}} for avtalegiro, {{.Autogiro}} for autogiro, {{.Betalingsservice}} for betalingsservice.",
			"AvtaleGiro", joined(debitSettings["avtalegiro"]), "Autogiro", joined(debitSettings["autogiro"]), "Betalingsservice", joined(debitSettings["betalingsservice"])),
		example: "medlem dues debit 2027 --out claims.txt --kind autogiro --with customer=471117",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error {
				year, err := s.year(args[0])
				if err != nil {
					return err
				}
				return s.duesDebit(c.Context(), year, &o)
			})
		},
	})
	a.collects(c, &o.unit)
	f := c.Flags()
	f.StringVar(&o.out, "out", "", a.tr("the new `FILE` for the bank"))
	f.StringVar(&o.kind, "kind", "avtalegiro", a.tr("the `KIND` of direct debit: {{.Kinds}}", "Kinds", joined(record.Mandates)))
	f.StringVar(&o.due, "due", "", a.tr("the `DATE` on which the bank pays (default: on which the claim is due)"))
	f.StringArrayVar(&o.again, "again", nil, a.tr("ask once more, and only, for the claim with this `REFERENCE`; may be given more than once"))
	f.StringArrayVar(&o.with, "with", nil, a.tr("`KEY=VALUE` of your agreement; may be given more than once"))
	return c
}

// debitSettings are what an agreement on each kind of direct debit says.
var debitSettings = map[string][]string{
	"avtalegiro":       {"sender", "shipment", "assignment"},
	"autogiro":         {"customer"},
	"betalingsservice": {"supplier", "serial", "creditor", "group", "user", "bank"},
}

// debitItem is one claim on its way to the bank.
type debitItem struct {
	claim     *dues.Claim
	member    *dues.Member
	mandate   string // the reference by which the bank names it
	reference string // of the claim
	due       register.Day
}

func (s *session) duesDebit(ctx context.Context, year int, o *debitFlags) error {
	names, ok := debitSettings[o.kind]
	switch {
	case !ok:
		return usageError(s.tr("--kind: one of {{.Choices}}", "Choices", joined(record.Mandates)), "")
	case o.out == "":
		return usageError(s.tr("say where the file goes: --out FILE"), "")
	}
	set := map[string]string{}
	for _, x := range o.with {
		key, value, ok := strings.Cut(x, "=")
		if !ok || !slices.Contains(names, key) {
			return usageError(s.tr("--with: want KEY=VALUE with one of {{.Names}}", "Names", joined(names)), "")
		}
		set[key] = value
	}
	for _, n := range names {
		if set[n] == "" {
			return usageError(s.tr("your agreement with the bank is not told in full: --with {{.Name}}=…", "Name", n), "")
		}
	}
	u, err := s.collector(o.unit)
	if err != nil {
		return err
	}
	due, err := s.day(o.due, "--due")
	if err != nil {
		return err
	}
	what := desk.DuesDebitOptions{Unit: u, Year: year, Kind: o.kind, Again: o.again}
	plan, err := s.PlanDuesDebits(ctx, what)
	if err != nil {
		return err
	}
	if len(plan.Claims) == 0 {
		return desk.ErrNothing
	}
	items := make([]debitItem, len(plan.Claims))
	for i, c := range plan.Claims {
		items[i] = debitItem{c, plan.Of[i], plan.Mandates[i], s.reference(c.Payload), max(c.Due, s.Today().Add(1))}
		if due != "" {
			items[i].due = due
		}
	}
	text, err := s.debitFile(o.kind, set, items)
	if err != nil {
		return refused(s.tr("the file for the bank cannot be written: {{.What}}", "What", err.Error()), s.tr("compare --with with your agreement; nothing was noted"))
	}
	if err := s.discreet(o.out); err != nil {
		return err
	}
	if err := s.agreed(s.trn(len(items), "Ask for {{.N}} claim, {{.Sum}}?", "Ask for {{.N}} claims, {{.Sum}} together?", "Sum", s.money(plan.Sum))); err != nil {
		return err
	}
	f, err := s.newFile(o.out)
	if err != nil {
		return err
	}
	if err := fill(f, text); err != nil {
		return errors.Join(err, os.Remove(o.out))
	}
	if err := s.DebitDues(ctx, what, plan); err != nil {
		return errors.Join(err, os.Remove(o.out))
	}
	return s.result(struct {
		File   string `json:"file"`
		Claims int    `json:"claims"`
		Sum    int64  `json:"sum"`
	}{o.out, len(items), plan.Sum}, func(w io.Writer) {
		fmt.Fprintln(w, s.trn(len(items), "{{.N}} claim, {{.Sum}}, in {{.File}}", "{{.N}} claims, {{.Sum}} together, in {{.File}}", "Sum", s.money(plan.Sum), "File", o.out))
	})
}

// debitFile writes the claims as the bank wants them.
func (s *session) debitFile(kind string, set map[string]string, items []debitItem) ([]byte, error) {
	account := strings.NewReplacer(" ", "", "-", "", ".", "").Replace(s.Policy().Dues.Account)
	switch kind {
	case "avtalegiro":
		var claims []bankfile.AvtaleGiroClaim
		for _, x := range items {
			claims = append(claims, bankfile.AvtaleGiroClaim{KID: x.mandate, Due: x.due, Amount: x.claim.Left()})
		}
		return bankfile.AvtaleGiro{Sender: set["sender"], Shipment: set["shipment"], Assignment: set["assignment"], Account: account, Day: s.Today()}.Write(claims)
	case "autogiro":
		var claims []bankfile.AutogiroPayment
		for _, x := range items {
			claims = append(claims, bankfile.AutogiroPayment{Payer: x.mandate, Day: x.due, Amount: x.claim.Left(), Reference: x.reference})
		}
		return bankfile.Autogiro{Customer: set["customer"], Bankgiro: account, Day: s.Today()}.Payments(claims)
	}
	b := bankfile.Betalingsservice{Supplier: set["supplier"], System: "BS1", Serial: set["serial"], Creditor: set["creditor"], Group: set["group"],
		User: set["user"], Bank: set["bank"], Account: account, Headline: s.Policy().Label(s.Policy().Dues.Payee, "da"), Day: s.Today()}
	var claims []bankfile.BetalingsserviceClaim
	for _, x := range items {
		f := x.member.Fields
		claims = append(claims, bankfile.BetalingsserviceClaim{Customer: x.mandate, Day: x.due, Amount: x.claim.Left(), Reference: x.reference,
			Name: cutTo(f["given"].String()+" "+f["family"].String(), 35), Address: []string{cutTo(f["street"].String(), 35)}, PostCode: f["postcode"].String()})
	}
	return b.Write(claims)
}

// cutTo is as much of a text as a field of the bank's takes.
func cutTo(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
