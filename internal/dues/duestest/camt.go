package duestest

import (
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// Camt is a notice in a currency with the payments, all of a day: one entry of what came
// in, and one of what was taken back (ISO 20022, camt.054.001.08).
func Camt(currency string, day register.Day, payments ...Payment) []byte {
	var in, back []Payment
	for _, p := range payments {
		if p.Reversal {
			back = append(back, p)
		} else {
			in = append(in, p)
		}
	}
	var b, entries strings.Builder
	n := 0
	for _, ps := range [][]Payment{in, back} {
		if len(ps) > 0 {
			n++
			entry(&entries, n, currency, day, ps)
		}
	}
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>` + "\n")
	fmt.Fprintf(&b, "<GrpHdr><MsgId>M-%s</MsgId></GrpHdr><Ntfctn><Id>N-%s</Id>\n<Acct><Id><IBAN>DK5000400440116243</IBAN></Id></Acct>\n", day, day)
	fmt.Fprintf(&b, "<TxsSummry><TtlCdtNtries><NbOfNtries>%d</NbOfNtries><Sum>%s</Sum></TtlCdtNtries>", min(len(in), 1), decimal(sumOf(in)))
	if len(back) > 0 {
		fmt.Fprintf(&b, "<TtlDbtNtries><NbOfNtries>1</NbOfNtries><Sum>%s</Sum></TtlDbtNtries>", decimal(sumOf(back)))
	}
	b.WriteString("</TxsSummry>\n" + entries.String() + "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n")
	return []byte(b.String())
}

// entry is one entry of a notice, of payments that all came in or were all taken back.
func entry(b *strings.Builder, n int, currency string, day register.Day, ps []Payment) {
	way, reversal := "CRDT", ""
	if ps[0].Reversal {
		way, reversal = "DBIT", "<RvslInd>true</RvslInd>"
	}
	fmt.Fprintf(b, "<Ntry><Amt Ccy=%q>%s</Amt><CdtDbtInd>%s</CdtDbtInd>%s<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>%s</Dt></BookgDt><AcctSvcrRef>E-%s-%d</AcctSvcrRef>\n", currency, decimal(sumOf(ps)), way, reversal, day, day, n)
	fmt.Fprintf(b, "<NtryDtls><Btch><NbOfTxs>%d</NbOfTxs></Btch>\n", len(ps))
	for _, p := range ps {
		told := ""
		if p.KID != "" {
			told = "<RmtInf><Strd><CdtrRefInf><Ref>" + p.KID + "</Ref></CdtrRefInf></Strd></RmtInf>"
		}
		fmt.Fprintf(b, "<TxDtls><Refs><AcctSvcrRef>T-%d</AcctSvcrRef></Refs><Amt Ccy=%q>%s</Amt><CdtDbtInd>%s</CdtDbtInd>%s</TxDtls>\n", p.Number, currency, decimal(p.Amount), way, told)
	}
	b.WriteString("</NtryDtls></Ntry>\n")
}

func sumOf(ps []Payment) int64 {
	var sum int64
	for _, p := range ps {
		sum += p.Amount
	}
	return sum
}

// decimal is an amount in minor units as XML has it.
func decimal(minor int64) string { return fmt.Sprintf("%d.%02d", minor/100, minor%100) }
