package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

type drawFlags struct {
	units        []string
	below        bool
	purpose      string
	columns      []string
	reason       string
	receiver     string
	handOut      string
	recipient    string
	until        string
	use          string
	where        string
	copies       int
	passwordFD   int
	passwordFile string
	out          string
}

func (a *app) drawCommand() *cobra.Command {
	var o drawFlags
	c := a.build(command{
		use:   "draw --unit UNIT --purpose PURPOSE --out FILE",
		short: a.tr("take a list of members out of the register"),
		long: a.tr("Takes out a list for one of the purposes that the policy has, with the columns that it needs, and writes it as a file that only whoever gets it can open: " +
			"a workbook under a password (.xlsx), or a csv or a PDF sealed to the officer (.csv.age, .pdf.age), which medlem draw open opens. " +
			"Every list gets a receipt in the register: who, when, for what, which columns, how many members, and when it must be destroyed; without it there is no list. " +
			"Where the server does not answer, the receipt waits here and goes with the next command that reaches it. " +
			"The first row or page says what the list is for and when it must be destroyed."),
		example: "medlem draw --unit asker --purpose mailing --out mailing.xlsx\n" +
			"medlem draw --unit asker --purpose phone-round --where 'city == \"Asker\"' --out ring.csv.age",
		codes:   "134",
		formats: append([]string{"text", "json"}, "xlsx", "csv.age", "pdf"),
		run: func(c *cobra.Command, _ []string) error {
			return a.at(withKey, func(s *session) error { return s.draw(c.Context(), o) })
		},
	})
	f := c.Flags()
	f.StringArrayVar(&o.units, "unit", nil, a.tr("of the members of this `UNIT`; may be given more than once"))
	f.BoolVar(&o.below, "below", false, a.tr("also of all units below"))
	f.StringVar(&o.purpose, "purpose", "", a.tr("what it is for: a `PURPOSE` of policies/lists.yaml"))
	f.StringSliceVar(&o.columns, "columns", nil, a.tr("the `FIELDS` in it, with commas between (default: those of the purpose)"))
	f.StringVar(&o.reason, "reason", "", a.tr("why more columns than the purpose has are needed, or why it is handed out: `TEXT`, kept sealed"))
	f.StringVar(&o.receiver, "for", "", a.tr("for another officer, `HANDLE`, who may see these members herself (default: for you)"))
	f.StringVar(&o.handOut, "hand-out", "", a.tr("for somebody without access: a `KIND` of receiver of policies/lists.yaml"))
	f.StringVar(&o.recipient, "recipient", "", a.tr("of a hand-out that is sealed: age1pq1…, or a `FILE` that holds it"))
	f.StringVar(&o.until, "destroy-by", "", a.tr("the last `DATE` on which it may exist (default: the last that the policy allows)"))
	f.StringVar(&o.use, "use", "", a.tr("the `DATE` of what it is for, where the policy counts from there"))
	f.StringVar(&o.where, "where", "", a.tr("only members for whom this `CONDITION` holds, such as 'age < 26 and \"leader\" in offices'"))
	f.IntVar(&o.copies, "copies", 0, a.tr("`NUMBER` of copies that will be printed"))
	f.IntVar(&o.passwordFD, "password-fd", -1, a.tr("read your own password for a workbook from this file descriptor `N`"))
	f.Lookup("password-fd").DefValue = "0"
	f.StringVar(&o.passwordFile, "password-file", "", a.tr("write the password to this new `FILE`, which goes another way than the list"))
	f.StringVar(&o.out, "out", "", a.tr("the new `FILE`; its ending says what it is: .xlsx, .csv.age or .pdf.age"))
	c.AddCommand(a.drawListCommand(), a.drawFreshCommand(), a.drawIdentifyCommand(), a.drawOpenCommand(), a.drawSentCommand(), a.drawDestroyedCommand(),
		a.drawRequestCommand(), a.drawApproveCommand(), a.drawFetchCommand())
	return c
}

type drawJSON struct {
	ID       register.RecordID `json:"id"`
	Unit     register.UnitID   `json:"unit"`
	Units    []register.UnitID `json:"units"`
	Purpose  string            `json:"purpose"`
	Columns  []string          `json:"columns"`
	Beyond   []string          `json:"beyond"`
	Members  int               `json:"members"`
	Drawn    register.Day      `json:"drawn"`
	By       register.Handle   `json:"by"`
	For      register.Handle   `json:"for,omitempty"`
	HandOut  string            `json:"hand_out,omitempty"`
	Until    register.Day      `json:"until"`
	Filtered bool              `json:"filtered"`
	Form     string            `json:"form"`
	Format   string            `json:"format"`
	Copies   int               `json:"copies"`
	Missing  []string          `json:"missing"` // parts of which nobody has said that they are destroyed
	Overdue  bool              `json:"overdue"`
	Waits    bool              `json:"waits"` // the receipt is not taken in yet
}

func drawnJSON(x *desk.Drawn) drawJSON {
	r := x.Receipt
	return drawJSON{r.ID, r.Unit, r.Units, r.Purpose, append([]string{}, r.Columns...), append([]string{}, r.Beyond...), r.Count, r.Drawn, r.By, r.For, r.HandOut,
		r.Day, r.Filtered, r.Form, r.Format, r.Copies, append([]string{}, x.Missing...), x.Overdue, x.Waits}
}

func (s *session) draw(ctx context.Context, o drawFlags) error {
	opt, err := s.drawOptions(o)
	if err != nil {
		return err
	}
	if opt.Format, err = s.drawFormat(o.out); err != nil {
		return err
	}
	opt.Form = access.FormList
	t, err := s.writeDraw(o.out, o.passwordFile, opt.Format == access.FormatXLSX && opt.Password == "", func() (*desk.Taken, error) {
		return s.Draw(ctx, opt, s.rendering(opt.Format))
	})
	if err != nil {
		return err
	}
	return s.tellDraw(t, o.out)
}

// tellDraw says what was taken out.
func (s *session) tellDraw(t *desk.Taken, path string) error {
	r := t.Receipt
	out := struct {
		Draw drawJSON `json:"draw"`
		File string   `json:"file"`
		Sent bool     `json:"sent"`
		Left int      `json:"left_out"` // restricted, or objecting
	}{drawnJSON(&desk.Drawn{Receipt: r, Missing: r.Missing(s.Policy().Lists.Attest), Waits: !t.Sent}), path, t.Sent, t.Left}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.trn(r.Count, "{{.N}} member in {{.File}}, for: {{.Purpose}}", "{{.N}} members in {{.File}}, for: {{.Purpose}}", "File", path, "Purpose", s.purposeName(r.Purpose)))
		s.leftOut(w, t.Left)
		fmt.Fprintln(w, s.tr("The list must be destroyed by {{.Day}}; then: {{.Command}}", "Day", r.Day, "Command", destroyedCommand(&desk.Drawn{Receipt: r, Missing: r.Missing(s.Policy().Lists.Attest)})))
		if !t.Sent {
			fmt.Fprintln(w, s.tr("Its receipt waits here, and goes with the next command that reaches the server."))
		}
	})
}

// drawOptions reads the flags that every form of a draw has.
func (s *session) drawOptions(o drawFlags) (desk.DrawOptions, error) {
	opt := desk.DrawOptions{Purpose: o.purpose, Reason: o.reason, HandOut: o.handOut, Copies: o.copies}
	var err error
	if opt.Units, err = s.units(o.units); err != nil {
		return opt, err
	}
	if o.purpose == "" {
		return opt, usageError(s.tr("say what the list is for: --purpose PURPOSE"), s.purposesHint())
	}
	if purposes := s.Policy().Lists.Purposes; len(purposes) > 0 && !slices.ContainsFunc(purposes, func(p policy.ListPurpose) bool { return p.ID == o.purpose }) {
		return opt, refused(s.tr("lists are not taken out for {{.Name}}", "Name", quote(o.purpose)), s.purposesHint())
	}
	if len(opt.Units) == 0 {
		return opt, usageError(s.tr("say whose members: --unit UNIT"), "")
	}
	if o.below {
		for _, u := range slices.Clone(opt.Units) {
			for _, x := range s.Policy().Units {
				if s.Policy().Below(x.ID, u) && !slices.Contains(opt.Units, x.ID) {
					opt.Units = append(opt.Units, x.ID)
				}
			}
		}
	}
	for _, c := range o.columns {
		key, err := s.field(strings.TrimSpace(c))
		if err != nil {
			return opt, err
		}
		opt.Columns = append(opt.Columns, key)
	}
	if o.receiver != "" {
		if opt.For, err = register.ParseHandle(o.receiver); err != nil {
			return opt, usageError(s.tr("--for: not the handle of an officer"), s.tr("medlem access shows the handles"))
		}
		if o.handOut != "" {
			return opt, usageError(s.tr("--for and --hand-out do not go together"), "")
		}
	}
	if opt.Until, err = s.day(o.until, "--destroy-by"); err != nil {
		return opt, err
	}
	if opt.Use, err = s.day(o.use, "--use"); err != nil {
		return opt, err
	}
	if o.recipient != "" {
		if opt.Recipient, err = s.recipient(o.recipient); err != nil {
			return opt, err
		}
	}
	if o.where != "" {
		where, err := s.condition(s.Policy(), o.where, s.Today())
		if err != nil {
			return opt, err
		}
		opt.Condition = o.where
		opt.Where = func(m *desk.Member) (bool, error) { return where.holds(m, s.visible(m)), nil }
	}
	if o.passwordFD >= 0 {
		if opt.Password, err = s.listPassword(o.passwordFD); err != nil {
			return opt, err
		}
	}
	return opt, nil
}

func (s *session) day(text, flag string) (register.Day, error) {
	if text == "" {
		return "", nil
	}
	d, err := register.ParseDay(text)
	if err != nil {
		return "", usageError(s.tr("{{.Flag}}: not a day", "Flag", flag), s.tr("write it as YYYY-MM-DD"))
	}
	return d, nil
}

// recipient reads a recipient, or the file that holds one.
func (s *session) recipient(text string) (string, error) {
	if strings.HasPrefix(text, "age1") {
		return text, nil
	}
	b, err := readFile(text, lineLimit)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(b)), nil
}

// drawFormat is what the file is to be: its ending says so, and --format must not
// say otherwise.
func (s *session) drawFormat(path string) (string, error) {
	named := map[string]string{"xlsx": access.FormatXLSX, "csv.age": access.FormatCSV, "pdf": access.FormatPDF}[s.format]
	for _, f := range access.DrawFormats {
		if strings.HasSuffix(path, "."+f) && (named == "" || named == f) {
			return f, nil
		}
	}
	want := named
	if want == "" {
		want = strings.Join(access.DrawFormats, ", .")
	}
	return "", usageError(s.tr("name the file for the list: --out FILE"), s.tr("its name ends in .{{.Ending}}", "Ending", want))
}

// writeDraw makes the files first, so that no receipt is made for a list that could
// not be written, has the list drawn, and fills them. generated says that the list
// gets a password that somebody has to be told.
func (s *session) writeDraw(path, passwordFile string, generated bool, draw func() (*desk.Taken, error)) (*desk.Taken, error) {
	switch {
	case generated && passwordFile == "" && !s.Terminal:
		return nil, usageError(s.tr("there is no terminal to show the password on"), s.tr("have it written to a file: --password-file FILE"))
	case passwordFile != "" && filepath.Clean(passwordFile) == filepath.Clean(path):
		return nil, usageError(s.tr("the password does not go into the file that it opens"), s.tr("name another file: --password-file FILE"))
	case passwordFile != "" && !generated:
		return nil, usageError(s.tr("there is no password to write"), s.tr("leave out --password-file"))
	}
	if err := s.discreet(path, passwordFile); err != nil {
		return nil, err
	}
	names := []string{path}
	if passwordFile != "" {
		names = append(names, passwordFile)
	}
	var files []*os.File
	drop := func() {
		for _, f := range files {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}
	for _, n := range names {
		f, err := s.newFile(n)
		if err != nil {
			drop()
			return nil, err
		}
		files = append(files, f)
	}
	t, err := draw()
	if err != nil {
		drop()
		return nil, err
	}
	if err := fill(files[0], t.File); err != nil {
		drop()
		return nil, &hintError{err, s.tr("the receipt was written: attest that nothing is left of the list (medlem draw destroyed {{.ID}})", "ID", t.Receipt.ID)}
	}
	switch {
	case passwordFile != "":
		err = fill(files[1], []byte(t.Password+"\n"))
	case generated:
		s.note(s.tr("Its password: {{.Password}}", "Password", t.Password))
	}
	if t.Password != "" {
		s.note(s.tr("Send the file and its password different ways."))
	}
	return t, err
}

// purposeName is what a purpose of lists is called in the person's language.
func (s *session) purposeName(id string) string {
	return desk.PurposeName(s.Policy(), id, s.texts.lang)
}

func (s *session) purposesHint() string {
	var ids []string
	for _, p := range s.Policy().Lists.Purposes {
		if name := s.purposeName(p.ID); name != p.ID {
			ids = append(ids, p.ID+" ("+name+")")
		} else {
			ids = append(ids, p.ID)
		}
	}
	if len(ids) == 0 {
		return s.tr("policies/lists.yaml says for what lists may be taken out; the secretariat writes it")
	}
	return s.tr("the purposes are {{.Names}}", "Names", strings.Join(ids, ", "))
}

func (s *session) listKindName(id string) string {
	for _, k := range s.Policy().Lists.Requests {
		if k.ID == id {
			return s.label(s.Policy(), k.Name, id)
		}
	}
	return id
}

// explainDraw explains why desk took out no list.
func (a *app) explainDraw(err error) *failure {
	var draw *desk.DrawError
	var password *desk.PasswordError
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case errors.As(err, &draw):
		return &failure{exitRefused, err.Error(), wayOut("draw/" + draw.Faults[0].Rule)}
	case errors.As(err, &password):
		return &failure{exitRefused, a.trn(password.Least, "the password of a list has at least {{.N}} character", "the password of a list has at least {{.N}} characters"), a.tr("leave it out: one is made")}
	case is(desk.ErrNoLists):
		return &failure{exitRefused, a.tr("the policy does not say for what lists may be taken out"), a.tr("policies/lists.yaml says so; the secretariat writes it")}
	case is(desk.ErrDrawReason):
		return &failure{exitRefused, a.tr("more columns than the purpose has, and lists that are handed out, need a reason"), a.tr("say it with --reason TEXT; it is kept sealed")}
	case is(desk.ErrDrawNobody):
		return &failure{exitRefused, a.tr("nobody is on this list; none was written"), ""}
	case is(desk.ErrDrawForm):
		return &failure{exitUsage, a.tr("only a workbook has a password, and only a PDF is labels or letters"), ""}
	case is(desk.ErrRecipient):
		return &failure{exitUsage, a.tr("a list that is handed out sealed needs the recipient of whoever gets it"), a.tr("name it with --recipient, or write a workbook (.xlsx)")}
	case is(desk.ErrDrawWaiting):
		return &failure{exitRefused, a.tr("the receipt of this list is not taken in yet"), a.tr("do it again when medlem sync says that it is")}
	case is(desk.ErrNoDraw):
		return &failure{exitRefused, a.tr("no list was taken out under this id"), a.tr("medlem draw list shows the ids")}
	case is(desk.ErrSameWay):
		return &failure{exitRefused, a.tr("the file and its password would go the same way"), a.tr("send one of them another way")}
	}
	return a.explainListRequest(err)
}
