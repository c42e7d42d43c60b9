package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) policyShow() error {
	state, _, err := a.inForce()
	if err != nil {
		return err
	}
	p := state.Policy
	a.speak(p)
	type officeJSON struct {
		ID    string       `json:"id"`
		Level string       `json:"level"`
		Scope string       `json:"scope"`
		May   []policy.Act `json:"may"`
		Min   int          `json:"min"`
		Max   int          `json:"max"`
	}
	type fieldJSON struct {
		Key      string   `json:"key"`
		Type     string   `json:"type"`
		Required bool     `json:"required"`
		See      []string `json:"see"`
	}
	type unitJSON struct {
		ID    register.UnitID `json:"id"`
		Level string          `json:"level"`
		Name  string          `json:"name"`
		Under register.UnitID `json:"under,omitempty"`
	}
	type reasonJSON struct {
		ID     string `json:"id"`
		Months int    `json:"months"`
	}
	var out struct {
		Name    string       `json:"name"`
		Units   []unitJSON   `json:"units"`
		Offices []officeJSON `json:"offices"`
		Fields  []fieldJSON  `json:"fields"`
		Reasons []reasonJSON `json:"reasons"`
	}
	out.Name = p.Organisation.Name
	for _, u := range p.Units {
		out.Units = append(out.Units, unitJSON{u.ID, u.Level, u.Name, u.Under})
	}
	for _, o := range p.Offices {
		out.Offices = append(out.Offices, officeJSON{o.ID, o.Level, o.Scope, o.May, o.Seats.Min, o.Seats.Max})
	}
	for _, f := range p.Fields {
		out.Fields = append(out.Fields, fieldJSON{f.Key, string(f.Type), f.Required, append([]string{}, f.See...)})
	}
	for _, r := range p.Reasons {
		out.Reasons = append(out.Reasons, reasonJSON{r.ID, r.Keep})
	}
	return a.result(out, func(w io.Writer) { a.printPolicy(w, p) })
}

func (a *app) printPolicy(w io.Writer, p *policy.Policy) {
	fmt.Fprintf(w, "%s\n\n%s\n", cell(p.Organisation.Name), a.tr("Units"))
	t := &table{}
	var below func(u *policy.Unit, depth int)
	below = func(u *policy.Unit, depth int) {
		t.add(strings.Repeat("  ", depth)+u.Name, "["+string(u.ID)+"]")
		for _, c := range p.Children(u.ID) {
			below(c, depth+1)
		}
	}
	below(p.Root(), 0)
	t.write(w, "  ")
	fmt.Fprintf(w, "\n%s\n", a.tr("Offices"))
	t = &table{}
	for _, o := range p.Offices {
		var may []string
		for _, x := range o.May {
			may = append(may, string(x))
		}
		t.add(a.label(p, o.Name, o.ID), "["+o.ID+"]", fmt.Sprintf("%d–%d", o.Seats.Min, o.Seats.Max), o.Scope, strings.Join(may, " "))
	}
	t.write(w, "  ")
	fmt.Fprintf(w, "\n%s\n", a.tr("Fields"))
	t = &table{}
	for _, f := range p.Fields {
		need := ""
		if f.Required {
			need = a.tr("needed")
		}
		see := ""
		if len(f.See) > 0 {
			see = a.tr("seen by {{.Offices}}", "Offices", strings.Join(f.See, ", "))
		}
		t.add(a.label(p, f.Name, f.Key), "["+f.Key+"]", need, see)
	}
	t.write(w, "  ")
	fmt.Fprintf(w, "\n%s\n", a.tr("How long closed records are kept"))
	t = &table{}
	for _, r := range p.Reasons {
		t.add(a.label(p, r.Name, r.ID), "["+r.ID+"]", a.trn(r.Keep, "{{.N}} month", "{{.N}} months"))
	}
	t.write(w, "  ")
}
