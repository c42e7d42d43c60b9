package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) showCommand() *cobra.Command {
	var verbose bool
	c := a.build(command{
		use:   "show ID",
		short: a.tr("show one member"),
		long: a.tr("Shows everything that you may see about one member, and says of each field whether you may change it. " +
			"What your office does not show is marked as hidden. The beginning of an id is enough where no other begins like it."),
		example: "medlem show m4k7q2x5zt3ab",
		codes:   "34",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error { return a.show(args[0], verbose) },
	})
	c.Flags().BoolVar(&verbose, "verbose", false, a.tr("also say what each field is used for, and what allows it"))
	return c
}

// fieldJSON is a field of one member, for programs.
type fieldJSON struct {
	Field   string       `json:"field"`
	Name    string       `json:"name"`
	Right   string       `json:"right"` // read, edit, hidden
	Value   record.Value `json:"value"` // null where there is none or it is hidden
	Purpose string       `json:"purpose,omitempty"`
	Basis   string       `json:"basis,omitempty"`
}

func (a *app) show(text string, verbose bool) error {
	return a.onMember(text, func(s *session, id register.RecordID) error {
		m, err := s.Find(id)
		if err != nil {
			return err
		}
		p := s.Policy()
		fields := make([]fieldJSON, 0, len(p.Fields)+2)
		for i := range p.Fields {
			f := &p.Fields[i]
			x := s.shownField(m.Record, f.Key)
			x.Purpose = s.term(p.Purposes, f.Purpose)
			x.Basis = s.term(p.LegalBases, f.LegalBasis)
			fields = append(fields, x)
		}
		for _, k := range []string{record.Closed, record.Reason, record.Restricted, record.Objects, record.Dues, record.Mandate, record.Bounced} {
			if _, own := p.Field(k); !own && !m.Record.Fields[k].Empty() {
				fields = append(fields, s.shownField(m.Record, k))
			}
		}
		recruited, err := s.Recruited(id)
		if err != nil {
			return err
		}
		out := struct {
			memberJSON
			Rights    []fieldJSON `json:"rights"`
			Recruited int         `json:"recruited,omitempty"` // members of today whom she has recruited, among those whom the person reads
		}{s.memberJSON(m), fields, max(recruited, 0)}
		return s.result(out, func(w io.Writer) {
			fmt.Fprintln(w, cell(s.name(m.Record)))
			head := &table{}
			head.add("Id", string(m.Path.ID))
			head.add(s.tr("Unit"), unitName(p, m.Path.Unit))
			if st := s.statusText(m); st != "" {
				head.add(s.tr("Status"), st)
			}
			if m.Closed() {
				head.add(s.tr("To be erased by"), string(m.Path.Month.Last()))
			}
			if recruited > 0 {
				head.add(s.tr("Has recruited"), s.trn(recruited, "{{.N}} member", "{{.N}} members"))
			}
			head.write(w, "  ")
			fmt.Fprintln(w)
			t := &table{}
			for _, f := range fields {
				t.add(f.Name, "["+f.Field+"]", s.rightText(f.Right), s.value(p, f.Field, f.Value))
				if verbose && f.Purpose != "" {
					t.add("", "", "", "  "+f.Purpose)
					t.add("", "", "", "  "+f.Basis)
				}
			}
			t.write(w, "  ")
		})
	})
}

func (s *session) shownField(r *record.Record, key string) fieldJSON {
	right := s.right(r.Unit, key)
	f := fieldJSON{Field: key, Name: s.fieldName(s.Policy(), key), Right: right.String()}
	if right > policy.Hidden {
		f.Value = r.Fields[key]
	}
	return f
}

func (s *session) term(terms []policy.Term, id string) string {
	if t, ok := policy.FindTerm(terms, id); ok {
		return s.label(s.Policy(), t.Name, id)
	}
	return id
}

func (a *app) rightText(right string) string {
	switch right {
	case policy.Edit.String():
		return a.tr("edit")
	case policy.Read.String():
		return a.tr("read")
	}
	return a.tr("hidden")
}
