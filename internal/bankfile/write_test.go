package bankfile

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the files that are compared with")

// golden compares with a file of testdata, byte for byte.
func golden(t *testing.T, name string, got []byte, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(name, err)
	}
	if *update {
		if err := os.WriteFile(filepath.Join("testdata", name), got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := sample(t, name); !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// Nets publishes a file of six claims with its specification. The program makes it byte
// for byte: this is the digest of that file, which has LF for CR LF.
func TestAvtaleGiroPublished(t *testing.T) {
	const published = "c92ffe95aa06d8ccd0a7585bf37acc826cb771109b06337c3935959405b96a10"
	notice := func(invoice string) []string { // one line, in two columns of 40
		return []string{fmt.Sprintf("%-40s%s", " Gjelder Faktura: "+invoice+"  Dato: 19/03/04", "                  ForfallsDato: 17/06/04")}
	}
	claim := func(kid string, banks bool, notice []string) AvtaleGiroClaim {
		return AvtaleGiroClaim{KID: kid, Due: "2004-06-17", Amount: 100, Name: "NAVN", BankNotifies: banks, Notice: notice}
	}
	got, err := AvtaleGiro{Sender: "55555555", Shipment: "1000081", Assignment: "4000086", Account: "88888888888", Day: "2004-06-01"}.Write([]AvtaleGiroClaim{
		claim("008000011688373", true, notice("168837")), claim("008000021688389", true, notice("168838")),
		claim("008000031688395", true, nil), claim("008000041688401", true, nil),
		claim("008000051688416", true, notice("168841")), claim("008000061688422", false, nil),
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := sha256.Sum256(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n"))); fmt.Sprintf("%x", d) != published {
		t.Errorf("another file than the published:\n%s", got)
	}
}

func TestWriteAvtaleGiro(t *testing.T) {
	a := AvtaleGiro{Sender: "00123456", Shipment: "2611221", Assignment: "2611001", Account: "99991042764", Day: "2026-11-22"}
	claims := []AvtaleGiroClaim{
		{KID: "48291037561", Due: "2027-01-31", Amount: 30000},
		{KID: "77500182330", Due: "2027-01-15", Amount: 15050, BankNotifies: true, Reference: "Årskontingent 2027", Notice: []string{"", "Årskontingent 2027" + strings.Repeat(" ", 30) + "Takk"}},
	}
	b, err := a.Write(claims)
	golden(t, "avtalegiro-claims.txt", b, err)
	a.Cancel, a.Assignment = true, "2611002"
	b, err = a.Write(claims)
	golden(t, "avtalegiro-cancellations.txt", b, err)
}

func TestWriteAutogiro(t *testing.T) {
	a := Autogiro{Customer: "471117", Bankgiro: "9912346", Day: "2026-11-22"}
	payments := []AutogiroPayment{{"4829103756", "2026-12-28", 30000, "482910375625"}, {"7750018233", "2026-12-28", 15050, "Årsavgift"}}
	b, err := a.Cancel(payments)
	golden(t, "autogiro-to-cancel.txt", b, err)
	b, err = a.Payments(append(payments, AutogiroPayment{"1093847562", "", 30000, ""}))
	golden(t, "autogiro-to-pay.txt", b, err)
	b, err = a.Mandates([]AutogiroMandate{
		{Payer: "4829103756", Order: AutogiroRegister, Account: "5001000001000020", ID: "190001010000"},
		{Payer: "7750018233", Order: AutogiroAccept}, {Payer: "1093847562", Order: AutogiroReject}, {Payer: "6600213985", Order: AutogiroEnd},
	})
	golden(t, "autogiro-to-mandates.txt", b, err)
}

func TestWriteBetalingsservice(t *testing.T) {
	b, err := danish.Write([]BetalingsserviceClaim{
		{Customer: "4829103756", Mandate: "123456789", Day: "2027-01-04", Amount: 30000, Reference: "000048291037561", Text: []string{"Kontingent 2027", "Tak"}, Name: "Test Testesen", Address: []string{"Prøvevej 1"}, PostCode: "0800"},
		{Customer: "7750018233", Day: "2027-01-04", Amount: 15050, Reference: "000077500182330", Name: "Åse Øst", Address: []string{"c/o Prøve", "Ærøvej 2"}, PostCode: "8000"},
	})
	golden(t, "betalingsservice-0601.txt", b, err)
}

var danish = Betalingsservice{Supplier: "12345678", System: "BS1", Serial: "21", Creditor: "03985640", Group: "1", User: "Medlem", Bank: "1234", Account: "1234567890", Headline: "Prøveforeningen", Day: "2026-11-22"}

// Nets takes no claim that is due more than 12 months ahead: the last day goes, the next
// is refused with the day until which one goes, also beside others that are earlier.
func TestAvtaleGiroAhead(t *testing.T) {
	a := AvtaleGiro{Sender: "00123456", Shipment: "2611221", Assignment: "2611001", Account: "99991042764", Day: "2026-11-22"}
	claims := []AvtaleGiroClaim{{KID: "77500182330", Due: "2027-01-15", Amount: 15050}, {KID: "48291037561", Due: "2027-11-22", Amount: 30000}}
	if _, err := a.Write(claims); err != nil {
		t.Error(err)
	}
	claims[1].Due = "2027-11-23"
	_, err := a.Write(claims)
	if want := "write bank file: claim 2: due on 2027-11-23, more than 12 months ahead: want a day until 2027-11-22"; err == nil || err.Error() != want {
		t.Errorf("%v; want %s", err, want)
	}
}

// What does not fit is refused, and the error repeats neither a name nor a number.
func TestWriteRefuses(t *testing.T) {
	giro := AvtaleGiro{Sender: "00123456", Shipment: "2611221", Assignment: "2611001", Account: "99991042764", Day: "2026-11-22"}
	ok := AvtaleGiroClaim{KID: "48291037561", Due: "2027-01-31", Amount: 30000}
	norwegian := func(f func(*AvtaleGiro, *AvtaleGiroClaim)) error {
		g, c := giro, ok
		f(&g, &c)
		_, err := g.Write([]AvtaleGiroClaim{c})
		return err
	}
	auto := Autogiro{Customer: "471117", Bankgiro: "9912346", Day: "2026-11-22"}
	swedish := func(p AutogiroPayment) error {
		_, err := auto.Payments([]AutogiroPayment{p})
		return err
	}
	dane := func(f func(*Betalingsservice, *BetalingsserviceClaim)) error {
		d, c := danish, BetalingsserviceClaim{Customer: "4829103756", Day: "2027-01-04", Amount: 30000, Name: "Test Testesen", PostCode: "8000"}
		f(&d, &c)
		_, err := d.Write([]BetalingsserviceClaim{c})
		return err
	}
	if err := norwegian(func(*AvtaleGiro, *AvtaleGiroClaim) {}); err != nil {
		t.Fatal(err)
	}
	if err := dane(func(*Betalingsservice, *BetalingsserviceClaim) {}); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"no KID":             norwegian(func(_ *AvtaleGiro, c *AvtaleGiroClaim) { c.KID = "" }),
		"a KID with letters": norwegian(func(_ *AvtaleGiro, c *AvtaleGiroClaim) { c.KID = "4829A037561" }),
		"a long KID":         norwegian(func(_ *AvtaleGiro, c *AvtaleGiroClaim) { c.KID = strings.Repeat("1", 26) }),
		"no amount":          norwegian(func(_ *AvtaleGiro, c *AvtaleGiroClaim) { c.Amount = 0 }),
		"a negative amount":  norwegian(func(_ *AvtaleGiro, c *AvtaleGiroClaim) { c.Amount = -1 }),
		"a huge amount":      norwegian(func(_ *AvtaleGiro, c *AvtaleGiroClaim) { c.Amount = amountLimit + 1 }),
		"no day":             norwegian(func(_ *AvtaleGiro, c *AvtaleGiroClaim) { c.Due = "" }),
		"a day that is none": norwegian(func(_ *AvtaleGiro, c *AvtaleGiroClaim) { c.Due = "2027-02-30" }),
		"a long name":        norwegian(func(_ *AvtaleGiro, c *AvtaleGiroClaim) { c.Name = "Test Testesen" }),
		"another alphabet":   norwegian(func(_ *AvtaleGiro, c *AvtaleGiroClaim) { c.Name = "Đorđe" }),
		"a line break":       norwegian(func(_ *AvtaleGiro, c *AvtaleGiroClaim) { c.Name = "a\nNY" }),
		"13 months ahead":    norwegian(func(_ *AvtaleGiro, c *AvtaleGiroClaim) { c.Due = "2027-11-23" }),
		"no day of its own":  norwegian(func(g *AvtaleGiro, _ *AvtaleGiroClaim) { g.Day = "" }),
		"43 lines": norwegian(func(_ *AvtaleGiro, c *AvtaleGiroClaim) {
			c.BankNotifies, c.Notice = true, make([]string, 43)
		}),
		"a short account":       norwegian(func(g *AvtaleGiro, _ *AvtaleGiroClaim) { g.Account = "9999104276" }),
		"an account of letters": norwegian(func(g *AvtaleGiro, _ *AvtaleGiroClaim) { g.Account = "9999104276A" }),
		"no payer":              swedish(AutogiroPayment{"", "2026-12-28", 30000, ""}),
		"a long payer":          swedish(AutogiroPayment{strings.Repeat("1", 17), "2026-12-28", 30000, ""}),
		"a long reference":      swedish(AutogiroPayment{"1", "2026-12-28", 30000, strings.Repeat("1", 17)}),
		"no öre":                swedish(AutogiroPayment{"1", "2026-12-28", 0, ""}),
		"a long creditor":       dane(func(b *Betalingsservice, _ *BetalingsserviceClaim) { b.Creditor = "039856401" }),
		"a long headline":       dane(func(b *Betalingsservice, _ *BetalingsserviceClaim) { b.Headline = strings.Repeat("x", 61) }),
		"a long line":           dane(func(_ *Betalingsservice, c *BetalingsserviceClaim) { c.Text = []string{strings.Repeat("x", 61)} }),
		"five address lines":    dane(func(_ *Betalingsservice, c *BetalingsserviceClaim) { c.Address = make([]string, 5) }),
		"a post code abroad":    dane(func(_ *Betalingsservice, c *BetalingsserviceClaim) { c.PostCode = "12345" }),
	} {
		if err == nil {
			t.Errorf("%s was written", name)
			continue
		}
		for _, s := range []string{"Testesen", "Đ", "4829", "9999"} {
			if strings.Contains(err.Error(), s) {
				t.Errorf("%s: the error repeats it: %v", name, err)
			}
		}
	}
	for name, f := range map[string]func() ([]byte, error){
		"no claims":   func() ([]byte, error) { return giro.Write(nil) },
		"no payments": func() ([]byte, error) { return auto.Payments(nil) },
		"no order":    func() ([]byte, error) { return auto.Mandates([]AutogiroMandate{{Payer: "1"}}) },
		"no id": func() ([]byte, error) {
			return auto.Mandates([]AutogiroMandate{{Payer: "1", Order: AutogiroRegister, Account: "1"}})
		},
	} {
		if _, err := f(); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}
