package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) policyCommand() *cobra.Command {
	return a.family("policy", a.tr("read and change the policies"),
		a.tr("The policies say which units there are, which offices give access, what is kept about a member and for how long. Anybody may read them; the secretariat changes them."),
		a.build(command{
			use:     "show",
			short:   a.tr("show the policies in short"),
			long:    a.tr("Shows the policies in force: units, offices, fields, and how long closed records are kept. It needs no key."),
			example: "medlem policy show",
			codes:   "3",
			run:     func(*cobra.Command, []string) error { return a.policyShow() },
		}),
		a.build(command{
			use:     "get FOLDER",
			short:   a.tr("write the policy files into a folder"),
			long:    a.tr("Writes the policy files in force into a folder, to be read or changed. It overwrites nothing and needs no key."),
			example: "medlem policy get my-policies",
			codes:   "13",
			min:     1, max: 1,
			run: func(_ *cobra.Command, args []string) error { return a.policyGet(args[0]) },
		}),
		a.policyPutCommand())
}

func (a *app) policyPutCommand() *cobra.Command {
	var dryRun bool
	c := a.build(command{
		use:   "put FOLDER",
		short: a.tr("put the policy files of a folder in force"),
		long: a.tr("Reads the policy files of a folder, checks them, says who gains and who loses access by them, and puts them in force. " +
			"With --dry-run it stops before that."),
		example:  "medlem policy put my-policies --dry-run",
		codes:    "134",
		findings: a.tr("the policies have faults, or the rules do not allow it; nothing has changed"),
		min:      1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.policyPut(c.Context(), args[0], dryRun) })
		},
	})
	c.Flags().BoolVar(&dryRun, "dry-run", false, a.tr("only check them and show what would change"))
	return c
}

// inForce is the state of main, read without a key.
func (a *app) inForce() (*access.State, map[string][]byte, error) {
	_, repo, err := a.repository()
	if err != nil {
		return nil, nil, err
	}
	defer repo.Close()
	id, err := mainOf(repo)
	if err != nil {
		return nil, nil, err
	}
	c, err := gitstore.ReadCommit(repo, id)
	if err != nil {
		return nil, nil, err
	}
	s, err := access.NewLoader(repo).At(c.Tree)
	if err != nil {
		return nil, nil, err
	}
	files := map[string][]byte{}
	err = gitstore.Walk(repo, c.Tree, "policies", func(path string, e gitstore.Entry) error {
		b, err := repo.Blob(e.ID, policy.FileLimit)
		files[strings.TrimPrefix(path, "policies/")] = b
		return err
	})
	if err == nil && s.Policy == nil {
		err = &failure{exitRead, a.tr("the policies in force cannot be read"), a.tr("medlem check --all says why")}
	}
	return s, files, err
}

func (a *app) policyGet(dir string) error {
	_, files, err := a.inForce()
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(files))
	for _, n := range names {
		path := filepath.Join(dir, filepath.FromSlash(n))
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return refused(a.tr("{{.Path}} exists already", "Path", path), a.tr("choose a new folder"))
		}
	}
	for _, n := range names {
		path := filepath.Join(dir, filepath.FromSlash(n))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[n], 0o644); err != nil {
			return err
		}
	}
	return a.result(struct {
		Files []string `json:"files"`
	}{names}, func(w io.Writer) {
		fmt.Fprintln(w, a.tr("Written to {{.Dir}}: {{.Files}}", "Dir", dir, "Files", strings.Join(names, ", ")))
		fmt.Fprintln(w, a.tr("Next: change them, then medlem policy put {{.Dir}} --dry-run", "Dir", dir))
	})
}

// policyFiles reads the policy files of a folder.
func (a *app) policyFiles(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, n := range policy.Files() {
		b, err := readFile(filepath.Join(dir, n), policy.FileLimit)
		if err != nil {
			return nil, err
		}
		files[n] = b
	}
	return files, nil
}

// gainJSON is an officer who comes to read a unit, or no longer does.
type gainJSON struct {
	Handle register.Handle `json:"handle"`
	Unit   register.UnitID `json:"unit"`
}

func (s *session) policyPut(ctx context.Context, dir string, dryRun bool) error {
	files, err := s.policyFiles(dir)
	if err != nil {
		return err
	}
	if _, problems := policy.Load(files); len(problems) > 0 {
		return s.problemsError(dir, problems)
	}
	next, err := s.stateWith(files)
	if err != nil {
		return err
	}
	out := struct {
		Gain   []gainJSON `json:"gain"`
		Lose   []gainJSON `json:"lose"`
		DryRun bool       `json:"dryRun"`
	}{difference(next, s.State(), s.Today()), difference(s.State(), next, s.Today()), dryRun}
	say := func(w io.Writer) {
		for _, g := range out.Gain {
			fmt.Fprintln(w, s.tr("{{.Handle}} gains access to {{.Unit}}", "Handle", g.Handle, "Unit", unitName(next.Policy, g.Unit)))
		}
		for _, g := range out.Lose {
			fmt.Fprintln(w, s.tr("{{.Handle}} loses access to {{.Unit}}", "Handle", g.Handle, "Unit", unitName(s.Policy(), g.Unit)))
		}
		if len(out.Gain)+len(out.Lose) == 0 {
			fmt.Fprintln(w, s.tr("Nobody gains or loses access."))
		}
	}
	if dryRun {
		return s.result(out, func(w io.Writer) {
			say(w)
			fmt.Fprintln(w, s.tr("The policies are in order. Nothing was changed."))
		})
	}
	if s.Terminal {
		say(s.Stderr)
		yes, err := s.confirm(s.tr("Put these policies in force?"))
		if err != nil {
			return err
		}
		if !yes {
			return refused(s.tr("nothing was changed"), "")
		}
	}
	if err := s.Policies(ctx, files); err != nil {
		return err
	}
	return s.result(out, func(w io.Writer) {
		say(w)
		fmt.Fprintln(w, s.tr("The policies are in force."))
	})
}

// stateWith is the state of main with other policy files. Nothing is kept of it.
func (s *session) stateWith(files map[string][]byte) (*access.State, error) {
	b, err := s.Repo().Begin()
	if err != nil {
		return nil, err
	}
	defer b.Abort()
	var edits []gitstore.Edit
	for _, n := range slices.Sorted(maps.Keys(files)) {
		id, err := b.Blob(files[n])
		if err != nil {
			return nil, err
		}
		edits = append(edits, gitstore.Edit{Path: "policies/" + n, ID: id})
	}
	tree, err := b.Tree(s.State().Tree, edits)
	if err != nil {
		return nil, err
	}
	return access.NewLoader(s.Repo()).AtFrom(b, tree)
}

// difference lists who reads what in a and not in b.
func difference(a, b *access.State, day register.Day) []gainJSON {
	out := []gainJSON{}
	for _, u := range a.Policy.Units {
		was := b.Readers(u.ID, day)
		for _, h := range a.Readers(u.ID, day) {
			if h != register.Recovery && !slices.Contains(was, h) {
				out = append(out, gainJSON{h, u.ID})
			}
		}
	}
	return out
}

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
