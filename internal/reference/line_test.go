package reference

import (
	"strings"
	"testing"
)

var (
	swedish = Giro{Payee: "Prøveföreningen", Number: "802000-0000", Country: "SE", Kind: Bankgiro, Account: "991-2346", Reference: "482910375625", Amount: 30050, Currency: "SEK", Issued: "2026-11-22", Due: "2026-12-31"}
	finnish = Giro{Payee: "Testiyhdistys ry", Country: "FI", Kind: IBAN, Account: "FI21 1234 5600 0007 85", Reference: "RF2520260001234", Amount: 30000, Currency: "EUR", Due: "2026-12-31"}
)

func TestGiro(t *testing.T) {
	for name, c := range map[string]struct {
		f    func() (string, error)
		want string
	}{
		"line":      {func() (string, error) { return swedish.SwedishLine("41") }, "#              482910375625 #     300 50   9 >       9912346#41#"},
		"no amount": {func() (string, error) { g := swedish; g.Amount = 0; return g.SwedishLine("41") }, "#              482910375625 #                >       9912346#41#"},
		"UsingQR":   {swedish.UsingQR, `{"uqr":1,"tp":1,"nme":"Pr\u00f8vef\u00f6reningen","cc":"SE","cid":"802000-0000","iref":"482910375625","idt":"20261122","ddt":"20261231","due":300.50,"cur":"SEK","pt":"BG","acc":"991-2346"}`},
		"EPC":       {finnish.EPC, "BCD\n002\n1\nSCT\n\nTestiyhdistys ry\nFI2112345600000785\nEUR300.00\n\nRF2520260001234"},
	} {
		got, err := c.f()
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if name != "EPC" && len(got) > 500 {
			t.Errorf("%s: %d bytes", name, len(got))
		}
	}
	change := func(g Giro, f func(*Giro)) Giro { f(&g); return g }
	for name, f := range map[string]func() (string, error){
		"a reference of letters": func() (string, error) {
			return change(swedish, func(g *Giro) { g.Reference = "RF2520260001234" }).SwedishLine("41")
		},
		"an account of letters": func() (string, error) {
			return change(swedish, func(g *Giro) { g.Account = "SE991" }).SwedishLine("41")
		},
		"no type":           func() (string, error) { return swedish.SwedishLine("") },
		"a negative amount": func() (string, error) { return change(swedish, func(g *Giro) { g.Amount = -1 }).SwedishLine("41") },
		"a long reference": func() (string, error) {
			return change(swedish, func(g *Giro) { g.Reference = strings.Repeat("1", 26) }).SwedishLine("41")
		},
		"no payee":       change(swedish, func(g *Giro) { g.Payee = "" }).UsingQR,
		"no kind":        change(swedish, func(g *Giro) { g.Kind = "" }).UsingQR,
		"no due day":     change(swedish, func(g *Giro) { g.Due = "" }).UsingQR,
		"nothing to pay": change(swedish, func(g *Giro) { g.Amount = 0 }).UsingQR,
		"kronor":         change(finnish, func(g *Giro) { g.Currency = "SEK" }).EPC,
		"a KID":          change(finnish, func(g *Giro) { g.Reference = "48291037561" }).EPC,
		"a wrong IBAN":   change(finnish, func(g *Giro) { g.Account = "FI2112345600000786" }).EPC,
		"a line break":   change(finnish, func(g *Giro) { g.Payee = "a\nEUR1" }).EPC,
		"a wrong BIC":    change(finnish, func(g *Giro) { g.BIC = "NDEA" }).EPC,
	} {
		if got, err := f(); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
}
