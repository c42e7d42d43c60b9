package cli

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sitepipe"
	"github.com/medlem-register/medlem/internal/view"
)

// officePages makes the page of every office that somebody holds, as far as the person
// may see all that stands there, sealed to those who hold it.
func (s *session) officePages(ctx context.Context, in viewInput, n *viewCount, put putFile) error {
	if s.Policy().Pages == nil {
		return nil
	}
	m := view.New(view.Options{Policy: s.Policy(), Day: in.day})
	draws, err := s.Draws(nil)
	if err != nil {
		return err
	}
	from := view.OfficeInput{State: s.State(), Count: s.State().Members, Members: s.officeMembers()}
	for _, d := range draws {
		if !d.Waits {
			from.Draws = append(from.Draws, d.Receipt)
		}
	}
	var pages []view.OfficePage
	for _, x := range view.OfficePages(s.State(), in.day) {
		if s.seesAll(x) {
			pages = append(pages, x)
		}
	}
	at := 0
	next := func() (sitepipe.Frame, bool, error) {
		if at == len(pages) || ctx.Err() != nil {
			return sitepipe.Frame{}, false, ctx.Err()
		}
		data, err := m.Office(pages[at], from)
		if err != nil {
			return sitepipe.Frame{}, false, err
		}
		body, err := json.Marshal(data)
		if err != nil {
			return sitepipe.Frame{}, false, err
		}
		f := sitepipe.Frame{Name: strconv.Itoa(at), Lang: s.Policy().Languages[0], Template: view.OfficeTemplate, Body: body}
		at++
		return f, true, nil
	}
	return s.renderViews(ctx, in, m, next, func(name string, html []byte) error {
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= len(pages) {
			return sitepipe.ErrRenderer
		}
		x := pages[i]
		file, err := seal.SealOffice(html, x.Recipients(s.State()))
		clear(html)
		if err != nil {
			return err
		}
		n.Offices++
		return put(seal.OfficeName(x.Unit, x.Office.ID), file)
	})
}

// seesAll tells whether the person may see all that stands on an office's page.
func (s *session) seesAll(x view.OfficePage) bool {
	h, err := s.Handle()
	if err != nil {
		return false
	}
	mine, p := s.State().InScope(h, s.Today()), s.Policy()
	return !slices.ContainsFunc(x.Reads, func(u register.UnitID) bool {
		return !slices.Contains(mine, u) || slices.ContainsFunc(p.FieldsIn(u), func(f *policy.Field) bool {
			return p.FieldRightIn(x.Office.ID, f.Key, u) > policy.Hidden && s.right(u, f.Key) == policy.Hidden
		})
	})
}

// officeMembers opens the records of a unit. It keeps those of the last one: the
// offices of a unit are made one after the other.
func (s *session) officeMembers() func(register.UnitID) ([]*record.Record, error) {
	var last register.UnitID
	var kept []*record.Record
	return func(u register.UnitID) ([]*record.Record, error) {
		if u == last {
			return kept, nil
		}
		ms, err := s.Members(desk.Query{Units: []register.UnitID{u}, Main: true})
		if err != nil {
			return nil, err
		}
		last, kept = u, make([]*record.Record, len(ms))
		for i, m := range ms {
			kept[i] = m.Record
		}
		return kept, nil
	}
}
