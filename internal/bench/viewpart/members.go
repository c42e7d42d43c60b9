//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/medlem-register/medlem"
	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/subject"
	"github.com/medlem-register/medlem/internal/view"
)

// own are the fields that members correct themselves here.
var own = []string{"email", "phone", "street", "postcode", "city", "country", "language"}

// maker makes views by the standard policies, with everything that a page can have.
func maker() (*view.Maker, error) {
	names, err := fs.Glob(medlem.Files, "policies/*.yaml")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"pages.yaml": []byte("leave: [left]\ndrop: https://drop.example.org/in\n")}
	for _, n := range names {
		if files[path.Base(n)], err = medlem.Files.ReadFile(n); err != nil {
			return nil, err
		}
	}
	fields := strings.ReplaceAll(string(files["fields.yaml"]), "    own: true\n", "")
	for _, key := range own {
		fields = strings.Replace(fields, "  - key: "+key+"\n", "  - key: "+key+"\n    own: true\n", 1)
	}
	files["fields.yaml"] = []byte(fields)
	p, problems := policy.Load(files)
	if p == nil {
		return nil, fmt.Errorf("%s:%d: %s", problems[0].File, problems[0].Line, problems[0].Msg)
	}
	to := map[register.UnitID]string{}
	for _, u := range p.Units {
		to[u.ID] = "age1pq1" + strings.Repeat("q", 1952) // as long as one is
	}
	return view.New(view.Options{Policy: p, Day: "2026-11-22", Recipients: to}), nil
}

// units have the members, turn and turn about.
var units = []register.UnitID{"asker", "baerum", "lillestrom", "alta", "karasjok"}

// subjectOf is an invented member, with something in most of her fields, four offices
// that could read it and two lists.
func subjectOf(i int) view.Subject {
	unit := units[i%len(units)]
	r := &record.Record{ID: register.RecordID(fmt.Sprintf("m%012d", i)), Unit: unit, Rev: 3, Fields: map[string]record.Value{
		"given": record.Text(fmt.Sprintf("Åse %d", i)), "family": record.Text("Kvåle & Søn"), "born": record.Text("1957-05-04"),
		"email": record.Text(fmt.Sprintf("ase%d@example.org", i)), "phone": record.Text("+47 400 00 001"), "street": record.Text("Løvveien 14"),
		"postcode": record.Text("1384"), "city": record.Text("Asker"), "class": record.Text("member"),
		"offices": record.List("leader", "auditor"), "joined": record.Text("1999-03-09"),
	}}
	reader := func(unit register.UnitID, office string, of register.UnitID, from, to register.Day) subject.Interval {
		return subject.Interval{Unit: unit, Office: office, Of: of, From: from, To: to, Seats: 1, Copy: 2}
	}
	draw := func(day register.Day) view.List {
		return view.List{Receipt: &access.Draw{ID: "aaaaaaaaaaaaa", Unit: unit, Purpose: "mailing", Drawn: day, Day: day.Add(30), For: "o-aaaaaaaaaa",
			Units: []register.UnitID{unit}, Columns: []string{"given", "family", "email"}, Form: access.FormList}, For: []view.Holder{{Office: "chair", Of: unit}}}
	}
	return view.Subject{Record: r,
		Readers: []subject.Interval{reader(unit, "chair", unit, "2025-01-15", ""), reader(unit, "secretariat", "national", "2024-02-01", ""),
			reader(unit, "member-officer", unit, "2023-02-01", "2024-03-31"), reader(unit, "chair", unit, "2022-02-01", "2025-01-14")},
		Lists: []view.List{draw("2026-03-05"), draw("2026-01-05")}}
}

// plain is a page as a template takes it.
func plain(x view.Page) map[string]any {
	rows := make([]any, len(x.Rows))
	for i, r := range x.Rows {
		m := map[string]any{"k": r.Key, "v": r.Said}
		if r.Text != "" {
			m["x"] = r.Text
		}
		rows[i] = m
	}
	who := func(all []view.Access) []any {
		var out []any
		for _, a := range all {
			m := map[string]any{"o": a.Office, "u": a.Of, "n": a.Seats, "f": a.From, "t": a.To, "c": a.Copy}
			if a.Was != "" {
				m["w"] = a.Was
			}
			out = append(out, m)
		}
		return out
	}
	var lists []any
	for _, l := range x.Lists {
		lists = append(lists, map[string]any{"d": l.Day, "p": l.Purpose, "c": l.Columns, "x": l.Form, "t": l.To, "u": l.Until, "g": l.Gone})
	}
	return map[string]any{"unit": string(x.Unit), "id": string(x.ID), "lang": x.Lang, "name": x.Name, "rows": rows, "empty": x.Empty,
		"own": x.Own, "agreed": x.Agreed, "now": who(x.Now), "before": who(x.Before), "lists": lists}
}
