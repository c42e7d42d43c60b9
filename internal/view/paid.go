package view

import (
	"fmt"
	"strconv"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/reference"
)

// A Claim is what was claimed of her for a year.
type Claim struct {
	Year      string `json:"y"`
	State     string `json:"x"`           // the key of a text
	Day       string `json:"d,omitempty"` // of that: by when it is to be paid, or since when it is so
	Reference string `json:"r,omitempty"` // by which she pays what is open
	Amount    string `json:"a,omitempty"` // where every officer may see it
}

// claims are hers, the newest year first. The record holds no payment, only how far each
// claim is paid.
func (w *words) claims(r *record.Record) []Claim {
	d := &w.p.Dues
	scheme, err := reference.ParseScheme(d.ReferenceForm.Scheme)
	lines := w.p.Schema().DuesOf(r)
	var out []Claim
	for i := range lines {
		l := &lines[len(lines)-1-i]
		c := Claim{Year: strconv.Itoa(l.Year), State: "view_claim_" + l.State, Day: w.day(l.Since)}
		if l.Unpaid() {
			c.Day = w.day(l.Due)
			if err == nil {
				c.Reference, _ = scheme.Make(l.Payload)
			}
		}
		if d.Seen == "amounts" && l.Amount > 0 {
			point := ","
			if w.lang == "en" {
				point = "."
			}
			c.Amount = fmt.Sprintf("%d%s%02d %s", l.Amount/100, point, l.Amount%100, d.Currency)
		}
		out = append(out, c)
	}
	return out
}
