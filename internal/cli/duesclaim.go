package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/dues"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) duesClaimCommand() *cobra.Command {
	var unit, on string
	var only []string
	var dry, send bool
	c := a.build(command{
		use:   "claim YEAR",
		short: a.tr("claim a year's dues of every active member"),
		long: a.tr("Makes one claim for each active member who has none of that year, by the amounts of policies/dues.yaml: the first that fits. Run again it claims of new members only, and of those whose claim was cancelled when they left and who are members again. " +
			"With --send the claims go out, each in the first channel of the policy in which its member can be reached; whom only a letter reaches is counted. Claims of that year that were made before and have reached nobody go too. With --dry-run it only shows what would be claimed."),
		example: "medlem dues claim 2027\nmedlem dues claim 2027 --send",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			year, err := a.year(args[0])
			if err != nil {
				return err
			}
			return a.at(withKey, func(s *session) error {
				o := desk.DuesClaimOptions{Year: year}
				if o.Unit, err = s.collector(unit); err != nil {
					return err
				}
				if o.On, err = s.day(on, "--on"); err != nil {
					return err
				}
				for _, x := range only {
					id, err := s.recordID(x)
					if err != nil {
						return err
					}
					o.Members = append(o.Members, id)
				}
				return s.duesClaim(c.Context(), o, dry, send)
			})
		},
	})
	a.collects(c, &unit)
	c.Flags().StringVar(&on, "on", "", a.tr("the `DATE` from which the days to pay count, and the age (default: today)"))
	c.Flags().StringArrayVar(&only, "only", nil, a.tr("of this member `ID` only; may be given more than once"))
	c.Flags().BoolVar(&dry, "dry-run", false, a.tr("only show what would happen"))
	c.Flags().BoolVar(&send, "send", false, a.tr("send the claims to the members"))
	return c
}

// year reads a year of dues.
func (a *app) year(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1900 || n > 9999 {
		return 0, usageError(a.tr("that is no year"), a.tr("write it with four digits"))
	}
	return n, nil
}

type duesClaimJSON struct {
	Year    int                    `json:"year"`
	Claims  int                    `json:"claims"`
	Again   int                    `json:"again"` // cancelled claims besides, of members who are back
	Sum     int64                  `json:"sum"`   // øre or öre
	LeftOut map[dues.Unclaimed]int `json:"left_out"`
	Outside bool                   `json:"outside"` // of the policy's days for the yearly claim
	Unsent  int                    `json:"unsent"`  // claimed before, and sent to nobody yet: these go now
	Sent    *duesSentJSON          `json:"sent,omitempty"`
}

func (s *session) duesClaim(ctx context.Context, o desk.DuesClaimOptions, dry, send bool) error {
	plan, err := s.PlanDuesClaims(ctx, o)
	if err != nil {
		return err
	}
	var before []notice
	if send {
		unsent, err := s.UnsentClaims(o)
		if err != nil {
			return err
		}
		before = byWire(noticesOf(unsent.Claims, unsent.Of, nil, s.Policy()))
	}
	if len(plan.Claims)+plan.Again+len(before) == 0 {
		return desk.ErrNothing
	}
	out := duesClaimJSON{Year: o.Year, Claims: len(plan.Claims), Again: plan.Again, Sum: plan.Sum, LeftOut: plan.LeftOut, Outside: plan.Outside && o.Members == nil && len(plan.Claims) > 0, Unsent: len(before)}
	going := append(slices.Clone(before), noticesOf(plan.Claims, plan.Of, nil, s.Policy())...)
	tell := func(w io.Writer) {
		fmt.Fprintln(w, s.trn(out.Claims, "{{.N}} claim for {{.Year}}, {{.Sum}}", "{{.N}} claims for {{.Year}}, {{.Sum}} together", "Year", o.Year, "Sum", s.money(out.Sum)))
		if out.Again > 0 {
			fmt.Fprintln(w, s.trn(out.Again, "{{.N}} claim that was cancelled stands again, since its member is back", "{{.N}} claims that were cancelled stand again, since their members are back"))
		}
		s.tellPrices(w, plan)
		for _, x := range []struct {
			why  dues.Unclaimed
			text string
		}{{dues.HasClaim, s.tr("have one already")}, {dues.JoinsLater, s.tr("join after that year")}, {dues.FitsNone, s.tr("pay nothing, or no amount of the policy fits them")}} {
			if n := out.LeftOut[x.why]; n > 0 {
				fmt.Fprintf(w, "  %d %s\n", n, x.text)
			}
		}
		if out.Unsent > 0 {
			fmt.Fprintln(w, s.trn(out.Unsent, "{{.N}} claim was made before and has reached nobody: it is sent now", "{{.N}} claims were made before and have reached nobody: they are sent now"))
		}
		if out.Outside {
			p := s.Policy().Dues.Claim
			fmt.Fprintln(w, s.tr("The policy's days for the yearly claim are {{.From}} to {{.To}}.", "From", s.yearDay(p.From), "To", s.yearDay(p.To)))
		}
		if send {
			s.tellNoticesPrice(w, going)
		}
	}
	if dry {
		return s.result(out, func(w io.Writer) {
			tell(w)
			fmt.Fprintln(w, s.tr("Nothing was changed."))
		})
	}
	if send {
		if err := s.readyToSend(); err != nil {
			return err
		}
	}
	if s.Terminal {
		tell(s.Stderr)
	}
	question := s.trn(out.Claims, "Claim dues of {{.N}} member?", "Claim dues of {{.N}} members?")
	switch {
	case out.Claims == 0 && out.Again > 0:
		question = s.trn(out.Again, "Claim again what {{.N}} member owed?", "Claim again what {{.N}} members owed?")
	case out.Claims == 0:
		question = s.trn(out.Unsent, "Send {{.N}} claim?", "Send {{.N}} claims?")
	}
	if err := s.agreed(question); err != nil {
		return err
	}
	made := plan
	if out.Claims+out.Again > 0 {
		if made, err = s.ClaimDues(ctx, o); err != nil {
			return err
		}
	}
	out.Claims, out.Again, out.Sum, out.LeftOut = len(made.Claims), made.Again, made.Sum, made.LeftOut
	if send {
		if out.Sent, err = s.sendDues(ctx, access.SendingClaim, append(before, noticesOf(made.Claims, made.Of, nil, s.Policy())...)); err != nil {
			return err
		}
	}
	return s.result(out, func(w io.Writer) {
		if !s.Terminal {
			tell(w)
		}
		s.tellDuesSent(w, out.Sent)
		if out.Sent == nil {
			fmt.Fprintln(w, s.tr("Nothing is sent."))
		}
	})
}

// tellPrices says how many claims are of each amount: an amount is written in øre, and
// 300 for 300 kroner shows here.
func (s *session) tellPrices(w io.Writer, plan *desk.DuesClaims) {
	type price struct {
		amount int64
		of     string
	}
	count := map[price]int{}
	for _, c := range plan.Claims {
		count[price{c.Amount, c.Price}]++
	}
	for _, p := range slices.SortedFunc(maps.Keys(count), func(a, b price) int {
		return cmp.Or(cmp.Compare(b.amount, a.amount), cmp.Compare(a.of, b.of))
	}) {
		fmt.Fprintf(w, "  %d × %s (%s)\n", count[p], s.money(p.amount), p.of)
	}
}

// yearDay is a day of each year, written as 02-01 in the policy, in words.
func (s *session) yearDay(monthDay string) string {
	const leap = "2024"
	d, err := register.ParseDay(leap + "-" + monthDay)
	if err != nil {
		return monthDay
	}
	return strings.TrimSuffix(longDay(d, s.texts.in), " "+leap)
}

func (a *app) duesShowCommand() *cobra.Command {
	return a.build(command{
		use:     "show ID",
		short:   a.tr("show what was claimed of a member, and what she paid"),
		long:    a.tr("Shows the claims of a member: to every officer who reads her which years are paid and the payment references, to those who collect also amounts, reminders and what was asked of the bank."),
		example: "medlem dues show m4k7q2x5zt3ab",
		codes:   "134",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error {
			return a.onMember(args[0], func(s *session, id register.RecordID) error { return s.duesShow(id) })
		},
	})
}

type duesLineJSON struct {
	Year      int             `json:"year"`
	Kind      string          `json:"kind"`
	Reference string          `json:"reference"`
	Claimed   register.Day    `json:"claimed"`
	Due       register.Day    `json:"due"`
	State     string          `json:"state"`
	Since     register.Day    `json:"since,omitempty"`
	Amount    int64           `json:"amount,omitempty"` // what may be seen here
	Paid      int64           `json:"paid,omitempty"`
	Reminders []dues.Reminder `json:"reminders,omitempty"`
	Asked     []register.Day  `json:"asked,omitempty"` // of the bank
}

func (s *session) duesShow(id register.RecordID) error {
	m, err := s.Find(id)
	if err != nil {
		return err
	}
	schema := s.Policy().Schema()
	out := struct {
		ID      register.RecordID `json:"id"`
		Claims  []duesLineJSON    `json:"claims"`
		Mandate string            `json:"mandate,omitempty"`
	}{id, []duesLineJSON{}, ""}
	if mandate, ok := schema.MandateOf(m.Record); ok {
		out.Mandate = mandate.Kind
	}
	claims, _ := s.DuesClaims(schema.DuesOf(m.Record)) // whoever does not collect sees less
	for _, l := range schema.DuesOf(m.Record) {
		x := duesLineJSON{Year: l.Year, Kind: l.Kind, Reference: s.reference(l.Payload), Claimed: l.Claimed, Due: l.Due, State: l.State, Since: l.Since, Amount: l.Amount}
		if c := claims[l.Payload]; c != nil {
			x.Amount, x.Paid, x.Reminders, x.Asked = c.Amount, c.Paid, c.Reminds, c.Debits
		}
		out.Claims = append(out.Claims, x)
	}
	return s.result(out, func(w io.Writer) {
		if len(out.Claims) == 0 {
			fmt.Fprintln(w, s.tr("Nothing was claimed."))
		}
		t := &table{}
		for i, l := range schema.DuesOf(m.Record) {
			x := out.Claims[i]
			amount, reminded, asked := "", "", ""
			if x.Amount > 0 {
				amount = s.money(x.Amount)
			}
			if n := len(x.Reminders); n > 0 {
				reminded = s.trn(n, "{{.N}} reminder", "{{.N}} reminders")
			}
			if n := len(x.Asked); n > 0 {
				asked = s.tr("asked of the bank {{.Day}}", "Day", x.Asked[n-1])
			}
			t.add(strconv.Itoa(l.Year), s.duesState(l), x.Reference, amount, reminded, asked)
		}
		t.write(w, "")
		if out.Mandate != "" {
			fmt.Fprintln(w, s.tr("Direct debit: {{.Kind}}", "Kind", out.Mandate))
		}
	})
}

func (a *app) duesWaiveCommand() *cobra.Command {
	var unit string
	var undo bool
	c := a.build(command{
		use:   "waive REFERENCE",
		short: a.tr("claim no more what is owed on one claim"),
		long: a.tr("Cancels what is left of a claim. What was paid stays booked; what comes later waits for a person. " +
			"With --undo, what was cancelled so, or because its member had left who is a member again, is claimed after all."),
		example: "medlem dues waive 12345678903\nmedlem dues waive 12345678903 --undo",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error {
				u, err := s.collector(unit)
				if err != nil {
					return err
				}
				act, question := s.WaiveDues, s.tr("Claim the rest of it no more?")
				if undo {
					act, question = s.ReclaimDues, s.tr("Claim it after all?")
				}
				if err := s.agreed(question); err != nil {
					return err
				}
				claim, err := act(c.Context(), u, args[0])
				if err != nil {
					return err
				}
				return s.result(struct {
					Year int   `json:"year"`
					Left int64 `json:"left"`
				}{claim.Year, claim.Left()}, func(w io.Writer) {
					if undo {
						fmt.Fprintln(w, s.tr("The claim for {{.Year}} stands again: {{.Left}} is owed.", "Year", claim.Year, "Left", s.money(claim.Left())))
						return
					}
					fmt.Fprintln(w, s.tr("The claim for {{.Year}} is cancelled.", "Year", claim.Year))
				})
			})
		},
	})
	a.collects(c, &unit)
	c.Flags().BoolVar(&undo, "undo", false, a.tr("claim it after all"))
	return c
}
