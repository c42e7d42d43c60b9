package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/country"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/label"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// printingFlags are the flags of a draw that labels and letters have too.
func (a *app) printingFlags(c *cobra.Command, o *drawFlags, purpose string) {
	f := c.Flags()
	f.StringArrayVar(&o.units, "unit", nil, a.tr("of the members of this `UNIT`; may be given more than once"))
	f.BoolVar(&o.below, "below", false, a.tr("also of all units below"))
	f.StringVar(&o.purpose, "purpose", purpose, a.tr("what it is for: a `PURPOSE` of policies/lists.yaml"))
	f.StringVar(&o.where, "where", "", a.tr("only members for whom this `CONDITION` holds, such as 'age < 26 and \"leader\" in offices'"))
	f.StringVar(&o.reason, "reason", "", a.tr("why more columns than the purpose has are needed, or why it is handed out: `TEXT`, kept sealed"))
	f.StringVar(&o.receiver, "for", "", a.tr("for another officer, `HANDLE`, who may see these members herself (default: for you)"))
	f.StringVar(&o.until, "destroy-by", "", a.tr("the last `DATE` on which it may exist (default: the last that the policy allows)"))
	f.StringVar(&o.use, "use", "", a.tr("the `DATE` of what it is for, where the policy counts from there"))
	f.IntVar(&o.copies, "copies", 1, a.tr("`NUMBER` of copies that will be printed"))
	f.StringVar(&o.out, "out", "", a.tr("the new `FILE`, whose name ends in .pdf.age; a test sheet is a plain .pdf"))
	o.passwordFD = -1 // there is none: the file is sealed
}

// receiver is somebody who gets a label or a letter.
type receiver struct {
	id      string
	address label.Address
	member  *desk.Member
}

// apartJSON is somebody who gets none, and why.
type apartJSON struct {
	ID  string `json:"id"`
	Why string `json:"why"` // no-address, no-glyph, too-long
}

// Why somebody stands apart, besides label's kinds of faults.
const noAddress = "no-address"

// addressFields are the fields that labels and letters are made of.
var addressFields = []string{"given", "family", "street", "postcode", "city", countryField}

// print draws labels or letters: whoever has no postal address, or one that cannot be
// printed, stands apart on pages of their own at the end of the same file.
func (s *session) print(ctx context.Context, o drawFlags, form string, render func(d label.Document, to []receiver, apart *label.Apart) ([]byte, error)) error {
	opt, err := s.printOptions(o, form)
	if err != nil {
		return err
	}
	lang := s.Policy().Languages[0]
	var apart []apartJSON
	var notice string
	printed := 0
	lay := func(l *desk.List) ([]byte, error) {
		notice = l.Notice
		to, none := s.receivers(l)
		doc := label.Document{Created: s.Now(), Title: documentTitle(s.titleThere(l.Receipt), l.Receipt), Lang: lang, Mark: string(l.Receipt.ID)}
		for {
			page := s.apartPage(lang, l.Notice, none)
			pdf, err := render(doc, to, page)
			var faults label.Faults
			if errors.As(err, &faults) && len(faults) > 0 {
				var moved []apartReceiver
				if to, moved = takeOut(to, faults); len(moved) > 0 {
					none = append(none, moved...)
					continue
				}
			}
			if errors.Is(err, label.ErrNothing) {
				return nil, refused(s.tr("nobody on this list has a postal address"), "")
			}
			printed, apart = len(to), nil
			for _, x := range none {
				apart = append(apart, apartJSON{x.id, x.why})
			}
			return pdf, err
		}
	}
	taken, err := s.writeDraw(o.out, "", false, func() (*desk.Taken, error) { return s.Draw(ctx, opt, lay) })
	if err != nil {
		return err
	}
	return s.printedResult(o.out, taken, printed, apart, notice)
}

// printOptions are the draw of labels or letters: of the purpose's columns those that
// an address is made of.
func (s *session) printOptions(o drawFlags, form string) (desk.DrawOptions, error) {
	opt, err := s.drawOptions(o)
	if err != nil {
		return opt, err
	}
	if opt.Form, opt.Format = form, access.FormatPDF; !strings.HasSuffix(o.out, "."+opt.Format) {
		return opt, usageError(s.tr("name the file for the list: --out FILE"), s.tr("its name ends in .{{.Ending}}", "Ending", opt.Format))
	}
	lists := &s.Policy().Lists
	i := slices.IndexFunc(lists.Purposes, func(p policy.ListPurpose) bool { return p.ID == o.purpose })
	for _, f := range addressFields {
		if _, ok := s.Policy().Field(f); ok && (i < 0 || slices.Contains(lists.Purposes[i].Columns, f)) {
			opt.Columns = append(opt.Columns, f)
		}
	}
	if i >= 0 && !slices.Contains(opt.Columns, "street") {
		return opt, refused(s.tr("the purpose {{.Name}} has no postal addresses", "Name", quote(o.purpose)), s.purposesHint())
	}
	return opt, nil
}

// apartReceiver is somebody who gets nothing, and why.
type apartReceiver struct {
	receiver
	why string
}

// receivers are the members of a list by its own columns, and those who have no
// postal address. The invented member that a list may hold gets nothing.
func (s *session) receivers(l *desk.List) (to []receiver, none []apartReceiver) {
	at := func(row []string, key string) string {
		if i := slices.Index(l.Receipt.Columns, key); i >= 0 {
			return row[i]
		}
		return ""
	}
	for i, m := range l.Members {
		if m == nil {
			continue
		}
		row := l.Rows[i]
		r := receiver{id: string(m.Path.ID), member: m, address: label.Address{
			Name:   strings.TrimSpace(at(row, "given") + " " + at(row, "family")),
			Street: at(row, "street"), PostCode: at(row, "postcode"), City: at(row, "city"),
			Country: foreignCountry(s.Policy(), at(row, countryField)),
		}}
		if label.Complete(r.address) {
			to = append(to, r)
		} else {
			none = append(none, apartReceiver{r, noAddress})
		}
	}
	return to, none
}

// foreignCountry is what an envelope says of a country that is not the
// organisation's own: its name in the organisation's language, in capitals.
func foreignCountry(p *policy.Policy, code string) string {
	if code == "" || code == p.Country {
		return ""
	}
	return strings.ToUpper(cmp.Or(country.Name(code, p.Languages[0]), code))
}

// takeOut moves those whom faults name to those apart.
func takeOut(to []receiver, faults label.Faults) (left []receiver, out []apartReceiver) {
	why := map[string]label.FaultKind{}
	for _, f := range faults {
		if f.Number > 0 && f.ID != "" && f.Part == "address" {
			why[f.ID] = f.Kind
		}
	}
	for _, r := range to {
		if k, ok := why[r.id]; ok {
			out = append(out, apartReceiver{r, string(k)})
		} else {
			left = append(left, r)
		}
	}
	return left, out
}

// apartPage is what stands at the end of the file, in the organisation's language.
func (s *session) apartPage(lang, notice string, none []apartReceiver) *label.Apart {
	if len(none) == 0 {
		return nil
	}
	own := &app{texts: newTexts(lang)}
	page := &label.Apart{Title: own.trn(len(none), "{{.N}} member without a postal address that can be printed", "{{.N}} members without a postal address that can be printed"), Notice: notice}
	for _, x := range none {
		page.People = append(page.People, label.Entry{ID: x.id, Lines: x.address.Lines()})
	}
	return page
}

// documentTitle is what a viewer shows in its window: what the list is called, and
// until when it may exist.
func documentTitle(name string, r *access.Draw) string {
	title := name + ", " + string(r.Day)
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`()\`, r) || r < ' ' {
			return ' '
		}
		return r
	}, title)
}

func (s *session) printedResult(path string, taken *desk.Taken, printed int, apart []apartJSON, notice string) error {
	if apart == nil {
		apart = []apartJSON{}
	}
	r := taken.Receipt
	out := struct {
		File    string            `json:"file"`
		Receipt register.RecordID `json:"receipt"`
		Members int               `json:"members"`
		Printed int               `json:"printed"`
		Apart   []apartJSON       `json:"apart"`
		Until   register.Day      `json:"until"`
		Sent    bool              `json:"sent"`     // the receipt has reached the server
		Left    int               `json:"left_out"` // restricted, or objecting
	}{path, r.ID, r.Count, printed, apart, r.Day, taken.Sent, taken.Left}
	return s.result(out, func(w io.Writer) {
		if r.Form == access.FormLetters {
			fmt.Fprintln(w, s.trn(printed, "Wrote {{.N}} letter to {{.Path}}.", "Wrote {{.N}} letters to {{.Path}}.", "Path", path))
		} else {
			fmt.Fprintln(w, s.trn(printed, "Wrote {{.N}} label to {{.Path}}.", "Wrote {{.N}} labels to {{.Path}}.", "Path", path))
		}
		if len(apart) > 0 {
			fmt.Fprintln(w, s.trn(len(apart), "{{.N}} member got none, and stands on a page at the end:", "{{.N}} members got none, and stand on pages at the end:"))
			t := &table{}
			for _, x := range apart {
				t.add(x.ID, s.whyApart(x.Why))
			}
			t.write(w, "  ")
		}
		s.leftOut(w, taken.Left)
		fmt.Fprintln(w, notice)
		fmt.Fprintln(w, s.tr("To print it: medlem draw open {{.Path}} NEWFILE", "Path", path))
		fmt.Fprintln(w, s.tr("The list must be destroyed by {{.Day}}; then: {{.Command}}", "Day", r.Day,
			"Command", destroyedCommand(&desk.Drawn{Receipt: r, Missing: r.Missing(s.Policy().Lists.Attest)})))
		if !taken.Sent {
			fmt.Fprintln(w, s.tr("Its receipt waits here, and goes with the next command that reaches the server."))
		}
	})
}

func (a *app) whyApart(why string) string {
	switch why {
	case string(label.NoGlyph):
		return a.tr("a letter that cannot be printed")
	case string(label.TooLong):
		return a.tr("too long for its place")
	}
	return a.tr("no postal address")
}
