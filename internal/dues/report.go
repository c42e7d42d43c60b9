package dues

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// A Row is what was claimed for a year in one unit at one of the policy's amounts.
type Row struct {
	Unit      register.UnitID
	Price     string
	Claims    int
	PaidUp    int   // of them
	Cancelled int   // of them
	Claimed   int64 // øre or öre; Paid, Open and what is claimed no more together
	Paid      int64
	Open      int64
	Reminders int
}

// Report adds up the claims of a year by unit and amount, in the order of both.
func (b *Books) Report(year int) []Row {
	type key struct {
		unit  register.UnitID
		price string
	}
	rows := map[key]*Row{}
	for _, c := range b.Order {
		if c.Year != year {
			continue
		}
		k := key{c.Unit, c.Price}
		r := rows[k]
		if r == nil {
			r = &Row{Unit: c.Unit, Price: c.Price}
			rows[k] = r
		}
		r.Claims++
		r.Claimed += c.Amount
		r.Paid += c.Paid
		r.Open += c.Left()
		r.Reminders += len(c.Reminds)
		switch c.State() {
		case record.Paid:
			r.PaidUp++
		case record.Cancelled:
			r.Cancelled++
		}
	}
	out := make([]Row, 0, len(rows))
	for _, r := range rows {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(x, y Row) int { return cmp.Or(cmp.Compare(x.Unit, y.Unit), cmp.Compare(x.Price, y.Price)) })
	return out
}

// What a voucher is about.
const (
	VoucherClaims     = "claims"
	VoucherPayments   = "payments"
	VoucherReversals  = "reversals"
	VoucherWaiting    = "waiting"     // money of which the claim is not known yet
	VoucherReturned   = "returned"    // such money, sent back
	VoucherOther      = "other"       // such money, which is no dues
	VoucherWrittenOff = "written-off" // claimed no more
	VoucherReclaimed  = "reclaimed"   // claimed after all
)

// Accounts of vouchers. What waits stands on the members' account too, as money of theirs.
const (
	Receivable = "receivable"
	Income     = "income"
	Bank       = "bank"
	Losses     = "losses"
)

// A Voucher is what one act did of one sort on one day, for the bookkeeping: sums, and
// nobody.
type Voucher struct {
	Number int // from 1 in the year
	Day    register.Day
	What   string
	Debit  string // account
	Credit string
	Amount int64 // positive; a sum below zero has the accounts exchanged
	Count  int   // of what it adds up
}

// sides are the accounts of each sort: debit and credit.
var sides = map[string][2]string{
	VoucherClaims: {Receivable, Income}, VoucherPayments: {Bank, Receivable}, VoucherReversals: {Receivable, Bank},
	VoucherWaiting: {Bank, Receivable}, VoucherReturned: {Receivable, Bank}, VoucherOther: {Receivable, Income}, VoucherWrittenOff: {Losses, Receivable},
	VoucherReclaimed: {Receivable, Losses},
}

// Vouchers are those of an accounting year, in the order of the acts. What the bank booked
// in another year has the day of the act.
func (b *Books) Vouchers(year int) []Voucher {
	want := strconv.Itoa(year)
	var out []Voucher
	left := map[string]int64{} // unpaid on each claim, as the acts go on
	off := map[string]bool{}   // claims that are written off
	for _, f := range b.Files {
		type key struct {
			day  register.Day
			what string
		}
		sums := map[key]*Voucher{}
		add := func(day register.Day, what string, amount int64) {
			if day == "" || day.Year() != f.Day.Year() {
				day = f.Day
			}
			k := key{day, what}
			if sums[k] == nil {
				sums[k] = &Voucher{Day: day, What: what}
			}
			sums[k].Amount += amount
			sums[k].Count++
		}
		// pay takes what came off what is owed; what went back of a claim that is written off
		// is written off with it. Of claims that are gone with an older file nothing is known.
		pay := func(day register.Day, payload string, amount int64) {
			if _, known := left[payload]; !known {
				return
			}
			left[payload] -= amount
			if off[payload] {
				add(day, VoucherWrittenOff, -amount)
			}
		}
		for i := range f.Entries {
			e := &f.Entries[i]
			switch e.Do {
			case DoClaim:
				left[e.Payload] = e.Amount
				add(f.Day, VoucherClaims, e.Amount)
			case DoPay:
				pay(e.Day, e.Payload, e.Amount)
				add(e.Day, VoucherPayments, e.Amount)
			case DoReverse:
				pay(e.Day, e.Payload, -e.Amount)
				add(e.Day, VoucherReversals, e.Amount)
			case DoWait:
				if e.Currency == "" {
					add(e.Day, VoucherWaiting, e.Amount)
				}
			case DoCancel:
				add(f.Day, VoucherWrittenOff, left[e.Payload])
				off[e.Payload] = true
			case DoReclaim:
				add(f.Day, VoucherReclaimed, left[e.Payload])
				off[e.Payload] = false
			case DoSettle:
				switch {
				case e.How == SettleTo:
					pay(f.Day, e.Payload, e.Amount)
					if e.Currency != "" { // it was on no account so far
						add(f.Day, VoucherPayments, e.Amount)
					}
				case e.Currency != "":
				case e.How == SettleReturned:
					add(f.Day, VoucherReturned, e.Amount)
				case e.How == SettleDropped:
					add(f.Day, VoucherOther, e.Amount)
				}
			}
		}
		if f.Day.Year() != want {
			continue
		}
		var of []Voucher
		for _, v := range sums {
			s := sides[v.What]
			if v.Debit, v.Credit = s[0], s[1]; v.Amount < 0 {
				v.Debit, v.Credit, v.Amount = s[1], s[0], -v.Amount
			}
			if v.Amount != 0 {
				of = append(of, *v)
			}
		}
		slices.SortFunc(of, func(x, y Voucher) int { return cmp.Or(cmp.Compare(x.Day, y.Day), cmp.Compare(x.What, y.What)) })
		out = append(out, of...)
	}
	for i := range out {
		out[i].Number = i + 1
	}
	return out
}
