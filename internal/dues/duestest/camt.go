package duestest

import (
	"fmt"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// Camt is a notice of credits in a currency with the payments, all of a day and of one
// entry (ISO 20022, camt.054.001.08).
func Camt(currency string, day register.Day, payments ...Payment) []byte {
	var b, of strings.Builder
	var sum int64
	for _, p := range payments {
		sum += p.Amount
		told := ""
		if p.KID != "" {
			told = "<RmtInf><Strd><CdtrRefInf><Ref>" + p.KID + "</Ref></CdtrRefInf></Strd></RmtInf>"
		}
		fmt.Fprintf(&of, "<TxDtls><Refs><AcctSvcrRef>T-%d</AcctSvcrRef></Refs><Amt Ccy=%q>%s</Amt><CdtDbtInd>CRDT</CdtDbtInd>%s</TxDtls>\n", p.Number, currency, decimal(p.Amount), told)
	}
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>` + "\n")
	fmt.Fprintf(&b, "<GrpHdr><MsgId>M-%s</MsgId></GrpHdr><Ntfctn><Id>N-%s</Id>\n<Acct><Id><IBAN>DK5000400440116243</IBAN></Id></Acct>\n", day, day)
	fmt.Fprintf(&b, "<TxsSummry><TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>%s</Sum></TtlCdtNtries></TxsSummry>\n", decimal(sum))
	fmt.Fprintf(&b, "<Ntry><Amt Ccy=%q>%s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>%s</Dt></BookgDt><AcctSvcrRef>E-%s</AcctSvcrRef>\n", currency, decimal(sum), day, day)
	fmt.Fprintf(&b, "<NtryDtls><Btch><NbOfTxs>%d</NbOfTxs></Btch>\n%s</NtryDtls></Ntry>\n</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n", len(payments), of.String())
	return []byte(b.String())
}

// decimal is an amount in minor units as XML has it.
func decimal(minor int64) string { return fmt.Sprintf("%d.%02d", minor/100, minor%100) }
