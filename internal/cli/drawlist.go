package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/label"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sheet"
)

func (a *app) drawListCommand() *cobra.Command {
	var units []string
	var member string
	var all bool
	c := a.build(command{
		use:   "list",
		short: a.tr("show the lists that were taken out"),
		long: a.tr("Shows the lists that nobody has said to be destroyed, those that are overdue first: the ones of the units that you see, and those that you took out or got. " +
			"Receipts are open to everybody who has the register: whom a list names stands in none. " +
			"With --member it shows every list that named this member, destroyed or not, as far as you can open whom the lists name; medlem access shows who could read her record besides."),
		example: "medlem draw list --unit asker",
		codes:   "34",
		run: func(*cobra.Command, []string) error {
			if member != "" {
				return a.at(withKey, func(s *session) error { return s.drawsOf(member) })
			}
			return a.at(mirror, func(s *session) error { return s.drawList(units, all) })
		},
	})
	c.Flags().StringArrayVar(&units, "unit", nil, a.tr("only of this `UNIT`; may be given more than once"))
	c.Flags().StringVar(&member, "member", "", a.tr("every list that named this member, by her `ID`"))
	c.Flags().BoolVar(&all, "all", false, a.tr("also those that are destroyed, and those of other units"))
	return c
}

func (s *session) drawList(texts []string, everything bool) error {
	units, err := s.units(texts)
	if err != nil {
		return err
	}
	list, err := s.Draws(units)
	if err != nil {
		return err
	}
	me, err := s.Handle()
	if err == nil && !everything && len(units) == 0 {
		mine := s.State().InScope(me, s.Today())
		list = slices.DeleteFunc(list, func(x *desk.Drawn) bool {
			return x.Receipt.By != me && x.Receipt.For != me && !slices.Contains(mine, x.Receipt.Unit)
		})
	}
	out := struct {
		Draws []drawJSON `json:"draws"`
	}{[]drawJSON{}}
	for _, x := range list {
		if x.Open() || everything {
			out.Draws = append(out.Draws, drawnJSON(x))
		}
	}
	return s.result(out, func(w io.Writer) {
		s.drawTable(w, out.Draws)
	})
}

func (s *session) drawTable(w io.Writer, draws []drawJSON) {
	t := &table{head: []string{s.tr("Until"), s.tr("Receipt"), s.tr("Unit"), s.tr("Purpose"), s.tr("Members"), s.tr("Drawn"), s.tr("By"), ""}}
	for _, x := range draws {
		t.add(string(x.Until), string(x.ID), unitName(s.Policy(), x.Unit), s.purposeName(x.Purpose), fmt.Sprint(x.Members), string(x.Drawn), string(x.By), s.drawState(x))
	}
	t.write(w, "")
	fmt.Fprintln(w, s.trn(len(draws), "{{.N}} list", "{{.N}} lists"))
}

// drawsOf shows the lists that named a member.
func (s *session) drawsOf(text string) error {
	id, err := s.recordID(text)
	if err != nil {
		return err
	}
	list, closed, err := s.DrawsOf(id)
	if err != nil {
		return err
	}
	out := struct {
		Draws  []drawJSON `json:"draws"`
		Closed int        `json:"closed"` // lists whose names cannot be opened
	}{[]drawJSON{}, closed}
	for _, x := range list {
		out.Draws = append(out.Draws, drawnJSON(x))
	}
	return s.result(out, func(w io.Writer) {
		s.drawsNaming(w, out.Draws, closed)
	})
}

// drawsNaming shows lists that named a member, with their columns, and of how many
// others it cannot be seen.
func (s *session) drawsNaming(w io.Writer, draws []drawJSON, closed int) {
	s.drawTable(w, draws)
	for _, x := range draws {
		var columns []string
		for _, c := range x.Columns {
			columns = append(columns, s.fieldName(s.Policy(), c))
		}
		fmt.Fprintf(w, "%s: %s\n", x.ID, strings.Join(columns, ", "))
	}
	if closed > 0 {
		fmt.Fprintln(w, s.trn(closed, "Of {{.N}} other list it cannot be seen here whom it named.", "Of {{.N}} other lists it cannot be seen here whom they named."))
	}
}

// drawState says how a list stands.
func (a *app) drawState(x drawJSON) string {
	var out []string
	if x.Overdue {
		out = append(out, a.tr("OVERDUE"))
	}
	if len(x.Missing) == 0 {
		out = append(out, a.tr("destroyed"))
	}
	for _, part := range x.Missing {
		if part == access.PartPaper {
			out = append(out, a.tr("paper not attested"))
		} else {
			out = append(out, a.tr("file not attested"))
		}
	}
	if x.Waits {
		out = append(out, a.tr("receipt waits"))
	}
	return strings.Join(out, ", ")
}

func (a *app) drawFreshCommand() *cobra.Command {
	fd := -1
	c := a.build(command{
		use:   "fresh ID|FILE",
		short: a.tr("see whether a list may still be used"),
		long: a.tr("A list goes out of date: after the days that the policy says, and when somebody in it has left. " +
			"Then this ends with code 1, and a new list is to be taken out instead. The list is named by its id, or by the file."),
		example:  "medlem draw fresh abcd2efgh3ijk",
		codes:    "134",
		findings: a.tr("the list is out of date"),
		min:      1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.drawFresh(c.Context(), args[0], fd) })
		},
	})
	a.passwordFDFlag(c, &fd)
	return c
}

func (a *app) passwordFDFlag(c *cobra.Command, fd *int) {
	c.Flags().IntVar(fd, "password-fd", -1, a.tr("read the password of the workbook from this file descriptor `N`"))
	c.Flags().Lookup("password-fd").DefValue = "0"
}

func (s *session) drawFresh(ctx context.Context, text string, fd int) error {
	id := text
	if _, err := os.Stat(text); err == nil {
		found, err := s.identified(text, fd)
		if err != nil {
			return err
		}
		if found.Draw == nil {
			return refused(s.tr("it is not known which list this is"), s.tr("name it by its id: medlem draw list shows them"))
		}
		id = string(found.Draw.ID)
	}
	x, err := s.FindDraw(id)
	if err != nil {
		return err
	}
	f, err := s.FreshDraw(ctx, x.Receipt.ID)
	if err != nil {
		return err
	}
	out := struct {
		Draw  drawJSON `json:"draw"`
		Fresh bool     `json:"fresh"`
		Old   bool     `json:"old"`
		Left  int      `json:"left"`
	}{drawnJSON(x), !f.Stale(), f.Old || f.Over, f.Left}
	err = s.result(out, func(w io.Writer) {
		if !f.Stale() {
			fmt.Fprintln(w, s.tr("This list may be used."))
		}
		if f.Old {
			fmt.Fprintln(w, s.tr("It was taken out on {{.Day}}, too long ago.", "Day", f.Draw.Drawn))
		}
		if f.Over {
			fmt.Fprintln(w, s.tr("It should have been destroyed by {{.Day}}.", "Day", f.Draw.Day))
		}
		if c := s.ConditionOf(x); c != "" {
			fmt.Fprintln(w, s.tr("It has only members for whom this held: {{.Condition}}", "Condition", cell(c)))
		}
		if f.Left > 0 {
			fmt.Fprintln(w, s.trn(f.Left, "{{.N}} member has left since.", "{{.N}} members have left since."))
		}
	})
	if err != nil || !f.Stale() {
		return err
	}
	return refused(s.tr("this list is out of date"), s.tr("take out a new one: medlem draw {{.Flags}}", "Flags", drawAgain(f.Draw)))
}

// drawAgain are the flags that take out the same list anew.
func drawAgain(r *access.Draw) string {
	var out []string
	for _, u := range r.Units {
		out = append(out, "--unit "+string(u))
	}
	out = append(out, "--purpose "+r.Purpose)
	if len(r.Beyond) > 0 {
		out = append(out, "--columns "+strings.Join(r.Columns, ","))
	}
	if r.Filtered {
		out = append(out, "--where CONDITION")
	}
	return strings.Join(append(out, "--out FILE"), " ")
}

func (a *app) drawIdentifyCommand() *cobra.Command {
	fd := -1
	c := a.build(command{
		use:   "identify FILE",
		short: a.tr("find out which draw a list comes from"),
		long: a.tr("Every list has an order of columns and rows of its own, by which it can be told who took it out, when and for whom. " +
			"Rows that were deleted do no harm. Where the rows were sorted anew, the order of the columns still narrows it down."),
		example: "medlem draw identify found.xlsx",
		codes:   "134",
		min:     1, max: 1,
		findings: a.tr("it is not known which draw it comes from"),
		run: func(_ *cobra.Command, args []string) error {
			return a.at(mirror, func(s *session) error { return s.drawIdentify(args[0], fd) })
		},
	})
	a.passwordFDFlag(c, &fd)
	return c
}

type candidateJSON struct {
	Draw   drawJSON `json:"draw"`
	Pairs  int      `json:"pairs"`
	Right  int      `json:"right"`
	Chance float64  `json:"chance"`
}

func (s *session) drawIdentify(path string, fd int) error {
	found, err := s.identified(path, fd)
	if err != nil {
		return err
	}
	out := struct {
		Draw       *drawJSON       `json:"draw"`
		Canary     bool            `json:"canary"`
		Candidates []candidateJSON `json:"candidates"`
	}{Canary: found.Canary, Candidates: []candidateJSON{}}
	if found.Draw != nil {
		x := drawnJSON(&desk.Drawn{Receipt: found.Draw, Missing: found.Draw.Missing(s.Policy().Lists.Attest)})
		out.Draw = &x
	}
	for _, c := range found.Candidates {
		out.Candidates = append(out.Candidates, candidateJSON{drawnJSON(&desk.Drawn{Receipt: c.Draw}), c.Pairs, c.Right, c.Chance})
	}
	err = s.result(out, func(w io.Writer) {
		switch {
		case out.Draw != nil:
			fmt.Fprintln(w, s.tr("This is the list {{.ID}}, taken out on {{.Day}} by {{.By}} for: {{.Purpose}}", "ID", out.Draw.ID, "Day", out.Draw.Drawn, "By", out.Draw.By, "Purpose", s.purposeName(out.Draw.Purpose)))
		case len(out.Candidates) == 0:
			fmt.Fprintln(w, s.tr("No list with these columns in this order was taken out."))
		default:
			fmt.Fprintln(w, s.tr("The rows do not tell: they may have been sorted anew. Lists with these columns in this order:"))
			t := &table{head: []string{s.tr("Receipt"), s.tr("Unit"), s.tr("Purpose"), s.tr("Drawn"), s.tr("By")}}
			for _, c := range out.Candidates {
				t.add(string(c.Draw.ID), unitName(s.Policy(), c.Draw.Unit), s.purposeName(c.Draw.Purpose), string(c.Draw.Drawn), string(c.Draw.By))
			}
			t.write(w, "  ")
		}
	})
	if err == nil && out.Draw == nil {
		err = errFindings
	}
	return err
}

// identified reads a list and tells which draw it is.
func (s *session) identified(path string, fd int) (*desk.Identified, error) {
	b, err := readFile(path, seal.SealedListLimit)
	if err != nil {
		return nil, err
	}
	if isSealed(b) {
		if b, err = s.OpenSealed(b); err != nil {
			return nil, err
		}
	}
	if x, err := s.drawNamed(b); err != nil || x != nil {
		return &desk.Identified{Draw: x}, err
	}
	t, err := sheet.ReadWith(path, b, sheet.Options{Password: func() (string, error) { return s.listPassword(fd) }})
	if err != nil {
		return nil, err
	}
	var header []string
	for _, h := range t.Header {
		header = append(header, h.Text)
	}
	rows := make([][]string, len(t.Rows))
	for i, r := range t.Rows {
		for _, c := range r.Cells {
			rows[i] = append(rows[i], c.Text)
		}
	}
	return s.Identify(header, rows)
}

func isSealed(b []byte) bool { return bytes.HasPrefix(b, []byte("age-encryption.org/")) }

// drawNamed returns the receipt of the draw that a PDF says it is; nil where b is none,
// or says nothing.
func (s *session) drawNamed(b []byte) (*access.Draw, error) {
	if !bytes.HasPrefix(b, []byte("%PDF-")) {
		return nil, nil
	}
	mark := label.MarkOf(b)
	list, err := s.Draws(nil)
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		if string(x.Receipt.ID) == mark {
			return x.Receipt, nil
		}
	}
	return nil, nil
}

func (a *app) drawOpenCommand() *cobra.Command {
	return a.build(command{
		use:   "open FILE NEWFILE",
		short: a.tr("open a list that was sealed to you"),
		long: a.tr("Writes what is in a .csv.age or .pdf.age that was sealed to you to a new file, for a program or a printer that needs it so. " +
			"From then on that file is protected by nothing: delete it when it has been printed or read."),
		example: "medlem draw open labels.pdf.age labels.pdf",
		codes:   "134",
		min:     2, max: 2,
		run: func(_ *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.drawOpen(args[0], args[1]) })
		},
	})
}

func (s *session) drawOpen(from, to string) error {
	b, err := readFile(from, seal.SealedListLimit)
	if err != nil {
		return err
	}
	if err := s.discreet(to); err != nil {
		return err
	}
	if !isSealed(b) {
		return usageError(s.tr("this is no file that was sealed to anybody"), s.tr("a workbook opens with its password, in any spreadsheet program"))
	}
	plain, err := s.OpenSealed(b)
	if err != nil {
		return err
	}
	defer clear(plain)
	r, err := s.sealedDraw(plain)
	if err != nil {
		return err
	}
	if err := s.writeNew(to, plain); err != nil {
		return err
	}
	out := struct {
		File string    `json:"file"`
		Draw *drawJSON `json:"draw"`
	}{File: to}
	if r != nil {
		x := drawnJSON(&desk.Drawn{Receipt: r, Missing: r.Missing(s.Policy().Lists.Attest)})
		out.Draw = &x
	}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.tr("{{.File}} is protected by nothing now: whoever has it can read it. Delete it when it has been used.", "File", to))
		if r == nil {
			fmt.Fprintln(w, s.tr("Its first row or page says when the list must be destroyed."))
			return
		}
		fmt.Fprintln(w, s.tr("The list must be destroyed by {{.Day}}; then: {{.Command}}", "Day", r.Day, "Command", destroyedCommand(&desk.Drawn{Receipt: r, Missing: r.Missing(s.Policy().Lists.Attest)})))
	})
}

// sealedDraw is the receipt of a list that was opened: what the file says of
// itself, or the only sealed list that the person has not destroyed.
func (s *session) sealedDraw(plain []byte) (*access.Draw, error) {
	if r, err := s.drawNamed(plain); err != nil || r != nil {
		return r, err
	}
	if t, err := sheet.Read("", plain); err == nil {
		var header []string
		for _, h := range t.Header {
			header = append(header, h.Text)
		}
		rows := make([][]string, len(t.Rows))
		for i, r := range t.Rows {
			for _, c := range r.Cells {
				rows[i] = append(rows[i], c.Text)
			}
		}
		if found, err := s.Identify(header, rows); err != nil || found.Draw != nil {
			return found.Draw, err
		}
	}
	me, err := s.Handle()
	if err != nil {
		return nil, err
	}
	list, err := s.Draws(nil)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(x *desk.Drawn) bool {
		return !x.Open() || x.Receipt.For != me || x.Receipt.Format == access.FormatXLSX
	})
	if len(list) != 1 {
		return nil, nil
	}
	return list[0].Receipt, nil
}

func (a *app) drawSentCommand() *cobra.Command {
	var file, password string
	c := a.build(command{
		use:   "sent ID",
		short: a.tr("write down which ways a list and its password went"),
		long: a.tr("Notes in the receipt which way the file went and which way its password: {{.Ways}}. "+
			"Nothing is sent, and nothing of the message is kept. Where the policy wants them to go different ways, the same way is refused.", "Ways", strings.Join(access.DeliveryWays, ", ")),
		example: "medlem draw sent abcd2efgh3ijk --file email --password phone",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			for _, way := range []string{file, password} {
				if way != "" && !slices.Contains(access.DeliveryWays, way) {
					return usageError(a.tr("there is no way {{.Name}}", "Name", quote(way)), a.tr("the ways are {{.Names}}", "Names", strings.Join(access.DeliveryWays, ", ")))
				}
			}
			if file == "" && password == "" {
				return usageError(a.tr("say which way the file went, or its password: --file WAY, --password WAY"), "")
			}
			return a.at(withKey, func(s *session) error {
				x, err := s.SentDraw(c.Context(), args[0], file, password)
				if err != nil {
					return err
				}
				return s.attested(x)
			})
		},
	})
	c.Flags().StringVar(&file, "file", "", a.tr("the `WAY` of the file"))
	c.Flags().StringVar(&password, "password", "", a.tr("the `WAY` of its password"))
	return c
}

func (a *app) drawDestroyedCommand() *cobra.Command {
	var paper, digital bool
	c := a.build(command{
		use:   "destroyed ID",
		short: a.tr("attest that nothing is left of a list"),
		long: a.tr("Signs in the receipt that no copy is left of the list: on paper, as a file, or both. " +
			"Whoever got the list says so, whoever took it out, or whoever may take lists out there. Nobody can check it; the signature stands."),
		example: "medlem draw destroyed abcd2efgh3ijk --paper --digital",
		codes:   "134",
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			var parts []string
			if digital {
				parts = append(parts, access.PartDigital)
			}
			if paper {
				parts = append(parts, access.PartPaper)
			}
			if len(parts) == 0 {
				return usageError(a.tr("say what is destroyed: --paper, --digital, or both"), "")
			}
			return a.at(withKey, func(s *session) error {
				x, err := s.DestroyDraw(c.Context(), args[0], parts)
				if err != nil {
					return err
				}
				return s.attested(x)
			})
		},
	})
	c.Flags().BoolVar(&paper, "paper", false, a.tr("every copy on paper"))
	c.Flags().BoolVar(&digital, "digital", false, a.tr("every file, and every message that it was in"))
	return c
}

func (s *session) attested(x *desk.Drawn) error {
	out := struct {
		Draw drawJSON `json:"draw"`
	}{drawnJSON(x)}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.tr("It is written in the receipt of the list {{.ID}}.", "ID", x.Receipt.ID))
		if x.Open() {
			fmt.Fprintln(w, s.tr("Still to be done: {{.Command}}", "Command", destroyedCommand(x)))
		}
	})
}
