package view

import (
	"cmp"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// OfficeTemplate is the template of an office's page.
const OfficeTemplate = "office"

// OfficeRows is the largest number of members on an office's page. An office that
// reaches more has a page without its list.
const OfficeRows = 20_000

// officeBytes is the size, in bytes, from which an office's page has no list either: what
// is sealed holds 16 MiB, and what stands in front of the list, and what is escaped in
// it, want some of them.
const officeBytes = 14 << 20

// An OfficePage is the page that those who hold an office in a unit share.
type OfficePage struct {
	Unit    register.UnitID // where it is held
	Office  *policy.Office
	Holders []register.Handle // on the day, sorted
	Reads   []register.UnitID // the units whose members it sees, in the policy's order
}

// OfficePages returns the pages of every office that somebody holds on a day and that
// reads members, in the policy's order.
func OfficePages(s *access.State, day register.Day) []OfficePage {
	if s.Policy == nil {
		return nil
	}
	var out []OfficePage
	for i := range s.Policy.Units {
		u := &s.Policy.Units[i]
		if u.Protected { // the address of a page names the unit
			continue
		}
		for j := range s.Policy.Offices {
			o := &s.Policy.Offices[j]
			if o.Level != u.Level || !o.Can(policy.ActRead) {
				continue
			}
			x := OfficePage{Unit: u.ID, Office: o}
			for _, g := range s.Holders(u.ID, o.ID, day) {
				x.Holders = append(x.Holders, g.Handle)
			}
			if len(x.Holders) == 0 {
				continue
			}
			for k := range s.Policy.Units {
				at := &s.Policy.Units[k]
				if !at.Protected && reaches(s.Policy, o, u.ID, at.ID) && s.Units[at.ID] != nil {
					x.Reads = append(x.Reads, at.ID)
				}
			}
			if len(x.Reads) > 0 {
				out = append(out, x)
			}
		}
	}
	return out
}

// reaches tells whether an office that is held in a unit covers another.
func reaches(p *policy.Policy, o *policy.Office, held, at register.UnitID) bool {
	return p.Reaches(o, held, at)
}

// Recipients are to whom the page is sealed: its holders' recipients, each once.
func (x OfficePage) Recipients(s *access.State) []string {
	out := s.Recipients(x.Holders)
	slices.Sort(out)
	return slices.Compact(out)
}

// officeData is what the template office.html is given, as JSON.
type officeData struct {
	Unit     string          `json:"unit"`
	UnitName string          `json:"unit_name"`
	Office   string          `json:"office"`
	Title    string          `json:"title"`
	Locale   string          `json:"locale"`
	Built    string          `json:"built"` // 2026-11-22
	Day      string          `json:"day"`   // the same in words
	Lock     int             `json:"lock"`
	Due      []officeDue     `json:"due"`
	Units    []officeUnit    `json:"units"` // where it sees those of several
	Long     bool            `json:"long"`  // too many members for a list
	Total    int             `json:"total"`
	Rights   []officeRight   `json:"rights"`  // of every field that exists in one of the units, in the policy's order
	Name     string          `json:"name"`    // what the office may do with the fields of the name: a text of the theme, "" where they differ
	Columns  []officeColumn  `json:"columns"` // after the name and, with Units, the unit
	Members  []*officeMember `json:"members"`
}

type officeUnit struct {
	Name    string `json:"name"`
	Members int    `json:"members"`
}

// officeRight says what the office may do with a field: a text of the theme.
type officeRight struct {
	Label string `json:"label"`
	Right string `json:"right"`
}

type officeColumn struct {
	Label string `json:"label"`
	Right string `json:"right"`
}

// officeDue is a task. What says which sentence the template writes of it.
type officeDue struct {
	What    string `json:"what"` // draw, paper, review, lacks
	Overdue bool   `json:"overdue"`
	Day     string `json:"day,omitempty"`  // in words
	Date    string `json:"date,omitempty"` // the same, 2026-11-22
	List    string `json:"list,omitempty"`
	Unit    string `json:"unit"`
	Count   int    `json:"count"`
	Command string `json:"command"`
}

type officeMember struct {
	Name  string       `json:"name"`
	Unit  string       `json:"unit,omitempty"`
	Kept  string       `json:"kept,omitempty"` // since when her record is kept and not used
	Cells []officeCell `json:"cells"`          // as many as there are columns
	May   []officeMore `json:"may,omitempty"`  // what has no column, and the office may change
	See   []officeMore `json:"see,omitempty"`  // what has no column, and it may not
	Find  string       `json:"find"`
	ID    string       `json:"id"`
	sort  [2]string
}

// officeCell is a value with the address that it leads to, or "".
type officeCell struct {
	Text string `json:"text"`
	To   string `json:"to,omitempty"`
}

type officeMore struct {
	Field int    `json:"f"` // of Rights
	Text  string `json:"v,omitempty"`
	Say   string `json:"x,omitempty"` // in place of Text: a text of the theme
}

// An OfficeInput is what the pages of offices are made of.
type OfficeInput struct {
	State *access.State
	Draws []*access.Draw // all of main's
	// Count tells how many active members a unit has, Members opens their records, as
	// main has them.
	Count   func(register.UnitID) (int, error)
	Members func(register.UnitID) ([]*record.Record, error)
}

// Office returns what the template makes the page of, in the organisation's own
// language. It holds what the office sees and nothing else: a field that is hidden
// from it is not in there, nor found by its search.
func (m *Maker) Office(x OfficePage, in OfficeInput) (any, error) {
	p := m.Policy
	w := m.words(p.Languages[0])
	o := &office{OfficePage: x, m: m, w: w, p: p, in: in, at: map[*policy.Field]int{}}
	d := officeData{Unit: string(x.Unit), UnitName: w.unitName(x.Unit), Office: x.Office.ID, Title: w.office(x.Office.ID), Locale: w.lang,
		Built: string(m.Day), Day: w.day(m.Day), Lock: policy.DefaultLockAfter, Due: []officeDue{}, Units: []officeUnit{}, Members: []*officeMember{}}
	if p.Pages != nil {
		d.Lock = p.Pages.LockAfter
	}
	var reads []register.UnitID // those that have members
	for _, u := range x.Reads {
		n, err := in.Count(u)
		if err != nil {
			return nil, err
		}
		if d.Total += n; n > 0 {
			reads = append(reads, u)
			if len(x.Reads) > 1 {
				d.Units = append(d.Units, officeUnit{w.unitName(u), n})
			}
		}
	}
	columns := o.columns()
	for _, f := range columns {
		d.Columns = append(d.Columns, officeColumn{w.names[f.Key], o.rightText(f)})
	}
	d.Rights, d.Name = o.rights()
	var lacks []officeDue
	size := 0
	if d.Long = d.Total > OfficeRows; d.Long {
		reads = nil
	}
	for _, u := range reads {
		rs, err := in.Members(u)
		if err != nil {
			return nil, err
		}
		fields, lacking := o.fields(u), 0
		for _, r := range rs {
			row := o.member(r, fields, columns, d.Name == "")
			if len(x.Reads) > 1 {
				row.Unit = w.unitName(u)
			}
			d.Members = append(d.Members, row)
			size += row.size(d.Rights)
			if o.lacks(r) {
				lacking++
			}
		}
		if lacking > 0 {
			lacks = append(lacks, officeDue{What: "lacks", Unit: w.unitName(u), Count: lacking, Command: "medlem missing --unit " + string(u)})
		}
	}
	if size > officeBytes {
		d.Long, d.Members = true, []*officeMember{}
	}
	slices.SortFunc(d.Members, func(a, b *officeMember) int {
		return cmp.Or(strings.Compare(a.sort[0], b.sort[0]), strings.Compare(a.sort[1], b.sort[1]), strings.Compare(a.ID, b.ID))
	})
	d.Due = slices.Concat(d.Due, o.draws(), o.reviews(), lacks)
	return d, nil
}

// office is a page on its way.
type office struct {
	OfficePage
	m  *Maker
	w  *words
	p  *policy.Policy
	in OfficeInput
	at map[*policy.Field]int // where each stands in the page's Rights
}
