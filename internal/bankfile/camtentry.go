package bankfile

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// The elements of a statement that are read.
type (
	camtAmount struct {
		Value    string `xml:",chardata"`
		Currency string `xml:"Ccy,attr"`
	}
	camtAccount struct {
		IBAN  string `xml:"Id>IBAN"`
		Other string `xml:"Id>Othr>Id"`
	}
	camtTotal struct {
		Count string `xml:"NbOfNtries"`
		Sum   string `xml:"Sum"`
	}
	camtSummary struct {
		All    camtTotal `xml:"TtlNtries"`
		Credit camtTotal `xml:"TtlCdtNtries"`
		Debit  camtTotal `xml:"TtlDbtNtries"`
	}
	camtBalance struct {
		Code      string     `xml:"Tp>CdOrPrtry>Cd"`
		SubCode   string     `xml:"Tp>SubTp>Cd"`
		Amount    camtAmount `xml:"Amt"`
		Indicator string     `xml:"CdtDbtInd"`
	}
	camtEntry struct {
		Reference string     `xml:"AcctSvcrRef"`
		Number    string     `xml:"NtryRef"`
		Amount    camtAmount `xml:"Amt"`
		Indicator string     `xml:"CdtDbtInd"`
		Reversal  string     `xml:"RvslInd"`
		Status    struct {
			Text string `xml:",chardata"` // 001.02
			Code string `xml:"Cd"`        // since
		} `xml:"Sts"`
		Day     string `xml:"BookgDt>Dt"`
		Moment  string `xml:"BookgDt>DtTm"`
		Details []struct {
			Batch *struct {
				Count string `xml:"NbOfTxs"`
			} `xml:"Btch"`
			Transactions []camtTransaction `xml:"TxDtls"`
		} `xml:"NtryDtls"`
		Info string `xml:"AddtlNtryInf"`
	}
	camtTransaction struct {
		Reference  string      `xml:"Refs>AcctSvcrRef"`
		EndToEnd   string      `xml:"Refs>EndToEndId"`
		ID         string      `xml:"Refs>TxId"`
		Mandate    string      `xml:"Refs>MndtId"`
		Amount     camtAmount  `xml:"Amt"`               // since 001.04
		Amount2    camtAmount  `xml:"AmtDtls>TxAmt>Amt"` // before
		Indicator  string      `xml:"CdtDbtInd"`
		Payer      string      `xml:"RltdPties>Dbtr>Nm"`
		Payer2     string      `xml:"RltdPties>Dbtr>Pty>Nm"` // since 001.08
		PayerAcct  camtAccount `xml:"RltdPties>DbtrAcct"`
		Text       []string    `xml:"RmtInf>Ustrd"`
		Structured []struct {
			Reference string `xml:"CdtrRefInf>Ref"`
			Document  string `xml:"RfrdDocInf>Nb"`
		} `xml:"RmtInf>Strd"`
		Returned string `xml:"RtrInf>Rsn>Cd"`
	}
)

func (a camtAccount) String() string {
	if a.IBAN != "" {
		return strings.TrimSpace(a.IBAN)
	}
	return strings.TrimSpace(a.Other)
}

// minor is an amount in minor units: the currencies here all have two decimals.
func minor(s string) (int64, bool) {
	whole, part, _ := strings.Cut(strings.TrimSpace(s), ".")
	if len(part) > 2 && strings.Trim(part[2:], "0") != "" {
		return 0, false
	}
	part = (part + "00")[:2]
	if whole == "" || len(whole) > 15 {
		return 0, false
	}
	var n int64
	for _, c := range []byte(whole + part) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

func (c *camt) readBalance(d *xml.Decoder, e xml.StartElement) error {
	var b camtBalance
	if err := d.DecodeElement(&b, &e); err != nil {
		return err
	}
	if b.SubCode != "" {
		c.intermediate = true
	}
	n, ok := minor(b.Amount.Value)
	if !ok {
		return c.tokens.fail("a balance that is no amount")
	}
	switch b.Indicator {
	case "CRDT":
	case "DBIT":
		n = -n
	default:
		return c.tokens.fail("a balance that is neither credit nor debit")
	}
	c.balance[b.Code] = n
	return nil
}

// entry reads one entry and books what of it are payments.
func (c *camt) entry(d *xml.Decoder, start xml.StartElement) error {
	line, column := c.tokens.d.InputPos()
	var e camtEntry
	if err := d.DecodeElement(&e, &start); err != nil {
		return err
	}
	fail := func(text string) error { return &FileError{line, column, text} }
	if c.entries++; c.entries > LinesLimit {
		return fail("more entries than are read")
	}
	total, ok := minor(e.Amount.Value)
	if !ok || total > amountLimit {
		return fail("an entry whose amount is none, or too large")
	}
	c.allCount++
	c.allSum += total
	sign := int64(1)
	switch strings.TrimSpace(e.Indicator) {
	case "CRDT":
		c.creditCount++
		c.creditSum += total
	case "DBIT":
		c.debitCount++
		c.debitSum += total
		sign = -1
	default:
		return fail("an entry that is neither credit nor debit")
	}
	status := strings.TrimSpace(e.Status.Text)
	if e.Status.Code != "" {
		status = strings.TrimSpace(e.Status.Code)
	}
	switch status {
	case "BOOK":
		c.booked += sign * total
	case "PDNG", "INFO", "FUTR":
		c.Skipped++
		return nil
	default:
		return fail("an entry whose status is not known")
	}
	reversal := strings.TrimSpace(e.Reversal) == "true" || strings.TrimSpace(e.Reversal) == "1"
	if sign < 0 != reversal { // money out; or money of ours that came back
		c.Skipped++
		return nil
	}
	day := strings.TrimSpace(e.Day)
	if day == "" {
		day = strings.TrimSpace(e.Moment)
	}
	if len(day) > 10 { // a time, or a zone
		day = day[:10]
	}
	booked, err := register.ParseDay(day)
	if err != nil {
		return fail("an entry whose booking day is none")
	}
	if len(e.Amount.Currency) != 3 {
		return fail("an entry whose amount has no currency")
	}
	p := Payment{Line: line, Column: column, Account: c.iban, Day: booked, Currency: e.Amount.Currency, Reversal: reversal, Means: Bank}
	return c.transactions(p, e, total, fail)
}

// transactions books the parts of an entry, which must add up to it.
func (c *camt) transactions(base Payment, e camtEntry, total int64, fail func(string) error) error {
	var all []camtTransaction
	for _, x := range e.Details {
		if x.Batch != nil && len(x.Transactions) > 0 && len(e.Details) == 1 {
			if n := strings.TrimSpace(x.Batch.Count); n != "" && n != strconv.Itoa(len(x.Transactions)) {
				return fail("an entry with another number of transactions than it says")
			}
		}
		all = append(all, x.Transactions...)
	}
	id := strings.TrimSpace(e.Reference)
	if id == "" {
		id = "n" + strings.TrimSpace(e.Number)
	}
	if len(all) == 0 { // a sum; what it is made of stands in a camt.054
		base.Amount, base.Lump, base.Note = total, true, note(e.Info)
		c.pay(base, "camt", id)
		return nil
	}
	var sum int64
	named := map[string]int{} // how many transactions have a reference of the bank's
	for i := range all {
		all[i].Reference = strings.TrimSpace(all[i].Reference)
		named[all[i].Reference]++
	}
	for _, t := range all {
		p := base
		value := t.Amount
		if value.Value == "" {
			value = t.Amount2
		}
		amount, ok := total, true
		switch {
		case value.Value != "":
			amount, ok = minor(value.Value)
		case len(all) > 1:
			ok = false
		}
		if !ok || amount > amountLimit {
			return fail("an entry with a transaction whose amount is none, or too large")
		}
		if i := strings.TrimSpace(t.Indicator); i != "" && i != strings.TrimSpace(e.Indicator) {
			p.Reversal = !p.Reversal
			sum -= amount
		} else {
			sum += amount
		}
		p.Amount = amount
		c.transaction(p, t, id, named[t.Reference] == 1)
	}
	if sum != total {
		return fail("an entry whose transactions add up to another amount")
	}
	return nil
}

// transaction books one. Where the bank gave it a reference of its own that and what moved
// are its marks: the rest a notice often has in more detail than the statement.
func (c *camt) transaction(p Payment, t camtTransaction, id string, alone bool) {
	var fields []string
	for _, s := range t.Structured {
		if s.Reference == "" {
			s.Reference = s.Document
		}
		fields = append(fields, s.Reference)
	}
	p.References = references(fields...)
	payer := t.Payer
	if payer == "" {
		payer = t.Payer2
	}
	p.Note = note(append([]string{payer}, t.Text...)...)
	if t.Mandate != "" {
		p.Means = DirectDebit
	}
	if t.Reference != "" {
		id = "t" + t.Reference
	}
	all := p.marks(p.References, []string{"camt", id, t.ID, t.EndToEnd, t.PayerAcct.String()})
	if t.Reference == "" || !alone {
		c.add(p, all, "")
		return
	}
	c.add(p, strings.Join(append([]string{"camt-transaction", t.Reference}, p.moved()...), "\x1e"), all)
}
