package policy

import (
	"fmt"
	"strconv"

	"github.com/medlem-register/medlem/internal/register"
)

// Review is review.yaml: how the procedures and who has access are controlled.
type Review struct {
	AccessReview AccessReview `yaml:"access"`
	Procedures   []Procedure  `yaml:"procedures"`
}

// AccessReview is the control of who has access: each grant kept or ended.
type AccessReview struct {
	PerYear int          `yaml:"per-year"` // 0: none
	By      []string     `yaml:"by"`       // offices, a holder of which signs it
	Notice  int          `yaml:"notice"`   // days before it is overdue in which it is reported
	Of      string       `yaml:"of"`       // ReviewUnit or ReviewAll: what one control is of
	Blocks  bool         `yaml:"blocks"`   // changes wait while it is overdue
	Since   register.Day `yaml:"since"`    // from when the first is counted
}

// What one control of access is of.
const (
	ReviewUnit = "unit" // one unit
	ReviewAll  = "all"  // every unit at once, in the top unit's folder
)

// Days is how many days may pass between two controls: 184 for two a year.
func (r AccessReview) Days() int {
	if r.PerYear == 0 {
		return 0
	}
	return (365+r.PerYear-1)/r.PerYear + 1
}

// A Procedure is one of the published pages, and who answers for it.
type Procedure struct {
	ID       string            `yaml:"id"`
	Name     map[string]string `yaml:"name"`     // by language
	Owner    map[string]string `yaml:"owner"`    // by language
	Version  string            `yaml:"version"`  // "1.0"
	Reviewed register.Day      `yaml:"reviewed"` // last
	Every    int               `yaml:"every"`    // months between two reviews
}

func decodeReview(d *document, p *Policy) error {
	if d == nil {
		return nil
	}
	return d.root.Decode(&p.Review)
}

func checkReview(d *document, p *Policy) {
	r := &p.Review
	d.offices("/access/by", r.AccessReview.By, p, "")
	d.day("/access/since", r.AccessReview.Since)
	if r.AccessReview.Notice >= r.AccessReview.Days() && r.AccessReview.PerYear > 0 {
		d.report("/access/notice", fmt.Sprintf("notice for the whole time, %d days, between two controls", r.AccessReview.Days()), "write fewer days")
	}
	ids(d, "/procedures", "procedure", len(r.Procedures), func(i int) string { return r.Procedures[i].ID })
	for i, x := range r.Procedures {
		at := "/procedures/" + strconv.Itoa(i)
		d.names(at+"/name", x.Name, p.Languages)
		d.names(at+"/owner", x.Owner, p.Languages)
		d.day(at+"/reviewed", x.Reviewed)
	}
}
