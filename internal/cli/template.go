package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sheet"
)

type templateOptions struct {
	unit         string
	out          string
	filled       bool
	protect      bool
	passwordFile string
}

func (a *app) templateCommand() *cobra.Command {
	var o templateOptions
	c := a.build(command{
		use:   "template",
		short: a.tr("make a workbook in which members are written down, to be imported"),
		long: a.tr("Writes a workbook (.xlsx) with the columns that the members of this unit have and your office sees, a list to choose from where there are choices, and a note on each column, in the organisation's own language. " +
			"Whoever fills it in sends it back, and medlem import takes it in, also when the columns are called something else by then. " +
			"With --filled it holds the members of the unit who are incomplete, a row each, and only what they lack is to be filled in; such a file is always protected by a password. " +
			"The password is generated. It is shown on the terminal, or written to a file of its own with --password-file; send the two different ways. What is locked in the workbook keeps hands from slipping; it is no protection."),
		example: "medlem template --unit asker --out asker.xlsx",
		codes:   "134",
		run: func(*cobra.Command, []string) error {
			if o.unit == "" {
				return usageError(a.tr("say which unit it is for: --unit UNIT"), "")
			}
			return a.at(withKey, func(s *session) error { return s.template(o) })
		},
	})
	f := c.Flags()
	f.StringVar(&o.unit, "unit", "", a.tr("the `UNIT` whose members are to be written down"))
	f.StringVar(&o.out, "out", "", a.tr("write it to this new `FILE` (default: the unit's id, .xlsx)"))
	f.BoolVar(&o.filled, "filled", false, a.tr("with the members who are incomplete, for what they lack"))
	f.BoolVar(&o.protect, "protect", false, a.tr("protect it by a password"))
	f.StringVar(&o.passwordFile, "password-file", "", a.tr("write the password to this new `FILE` instead of the terminal"))
	return c
}

func (s *session) template(o templateOptions) error {
	u, err := s.unit(o.unit)
	if err != nil {
		return err
	}
	if o.out == "" {
		o.out = string(u) + ".xlsx"
	}
	if err := s.discreet(o.out, o.passwordFile); err != nil {
		return err
	}
	if o.filled {
		return s.gaps(u, o.out, o.passwordFile)
	}
	if o.passwordFile != "" && !o.protect {
		return usageError(s.tr("--password-file belongs to --protect"), "")
	}
	if err := s.isWorkbook(o.out); err != nil {
		return err
	}
	spec, err := s.columnsFor(u)
	if err != nil {
		return err
	}
	return s.putTemplate(u, spec, o.out, o.protect, o.passwordFile)
}

func (a *app) isWorkbook(path string) error {
	if strings.ToLower(filepath.Ext(path)) != ".xlsx" {
		return usageError(a.tr("the file is a workbook; let its name end in .xlsx"), "")
	}
	return nil
}

// columnsFor is a template of what the unit has and the officer may fill in, in the
// organisation's own language.
func (s *session) columnsFor(u register.UnitID, only ...string) (sheet.TemplateSpec, error) {
	p := s.Policy()
	keys := only
	if len(only) == 0 {
		for _, f := range p.FieldsIn(u) {
			if s.right(u, f.Key) >= policy.Read {
				keys = append(keys, f.Key)
			}
		}
	}
	if len(keys) == 0 {
		return sheet.TemplateSpec{}, fmt.Errorf("unit %q: %w", u, desk.ErrNotAllowed)
	}
	spec, err := sheet.TemplateOf(p, u, p.Languages[0], keys...)
	if err != nil {
		return spec, err
	}
	if p.Hides() {
		spec.Sheet = "1"
	}
	unit, _ := p.Unit(u)
	for i := range spec.Columns {
		c := &spec.Columns[i]
		c.Note = unit.Purposes[c.Key]
		if f, ok := p.Field(c.Key); ok && f.Expected == policy.ExpectedEntry && !s.Secretary() {
			c.Required = true
		}
	}
	return spec, nil
}

// putTemplate writes a template and says where it lies.
func (s *session) putTemplate(u register.UnitID, spec sheet.TemplateSpec, path string, protect bool, passwordFile string) error {
	b, err := sheet.Template(spec)
	if err != nil {
		return err
	}
	if protect {
		err = s.writeProtected(path, passwordFile, b, s.Policy().Lists.Password)
	} else {
		err = s.writeNew(path, b)
	}
	if err != nil {
		return err
	}
	out := struct {
		Unit      register.UnitID `json:"unit"`
		File      string          `json:"file"`
		Columns   []string        `json:"columns"`
		Rows      int             `json:"rows"`
		Protected bool            `json:"protected"`
	}{u, path, []string{}, len(spec.Rows), protect}
	for _, c := range spec.Columns {
		out.Columns = append(out.Columns, c.Key)
	}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.tr("The template of {{.Unit}} is in {{.Path}}.", "Unit", unitName(s.Policy(), u), "Path", path))
		if len(spec.Rows) > 0 {
			fmt.Fprintln(w, s.trn(len(spec.Rows), "It asks for what {{.N}} member lacks.", "It asks for what {{.N}} members lack."))
		}
		fmt.Fprintln(w, s.tr("When it is filled in: medlem import FILE --unit {{.ID}}", "ID", u))
	})
}

// gaps writes the template of the members of a unit who are incomplete, with their
// ids and names, and what each lacks to be filled in. It holds members, so that it
// is protected always.
func (s *session) gaps(u register.UnitID, path, passwordFile string) error {
	if err := s.isWorkbook(path); err != nil {
		return err
	}
	list, err := s.Missing([]register.UnitID{u})
	if err != nil {
		return err
	}
	m := list[0]
	if !m.Readable {
		return fmt.Errorf("unit %q: %w", u, desk.ErrNotAllowed)
	}
	lacking := map[string]bool{}
	var rows []desk.Incomplete
	for _, in := range m.Records {
		for _, key := range in.Lacks {
			lacking[key] = true
		}
		if len(in.Lacks) > 0 {
			rows = append(rows, in)
		}
	}
	if len(rows) == 0 {
		return desk.ErrNothing
	}
	var shown, keys []string
	for _, f := range s.Policy().FieldsIn(u) {
		name := f.Type == record.TypeName && s.right(u, f.Key) >= policy.Read
		if name {
			shown = append(shown, f.Key)
		}
		if name || lacking[f.Key] {
			keys = append(keys, f.Key)
		}
	}
	spec, err := s.columnsFor(u, keys...)
	if err != nil {
		return err
	}
	spec.Columns = append([]sheet.TemplateColumn{sheet.RecordColumn(spec.Language)}, spec.Columns...)
	for _, in := range rows {
		spec.AddRecord(s.Policy(), in.Member.Path.ID, in.Member.Record.Fields, shown, in.Lacks)
	}
	return s.putTemplate(u, spec, path, true, passwordFile)
}
