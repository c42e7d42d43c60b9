package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/procedures"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
	"github.com/medlem-register/medlem/internal/sitepipe"
)

// siteFlags say what a site is built of.
type siteFlags struct {
	url      string
	policies string // a folder in the place of those in force
	pages    string // a folder in the place of the register's site/
	strict   bool
	views    bool // the sealed pages too
	noViews  bool // take away those that are published
	keep     bool // those that lie in the folder stay
	preview  bool // of files that no register has taken in, where there is none
}

func (a *app) siteCommand() *cobra.Command {
	return a.family("site", a.tr("make the published pages: procedures, offices, rules, help"),
		a.tr("The site says how the register is kept: its procedures with the values that the policy enforces, who holds which office where (no names), the rules of the check, what changed, and help. "+
			"It is made of the register as it is in force and needs no key. The pages are rendered by a second program, medlem-site, which has no key either."),
		a.siteBuildCommand(), a.siteServeCommand(), a.siteVerifyCommand(), a.sitePublishCommand())
}

func (a *app) siteFlags(c *cobra.Command, o *siteFlags) {
	f := c.Flags()
	f.StringVar(&o.url, "url", "", a.tr("the `ADDRESS` at which the site will lie (default: site in organisation.yaml)"))
	a.previewFlags(c, o)
}

func (a *app) previewFlags(c *cobra.Command, o *siteFlags) {
	f := c.Flags()
	f.StringVar(&o.policies, "policies", "", a.tr("the policy files of this `FOLDER` in place of those in force"))
	f.StringVar(&o.pages, "pages", "", a.tr("the pages of this `FOLDER` in place of the register's site folder"))
	f.BoolVar(&o.strict, "strict", false, a.tr("fail where a review is overdue, or something is not decided"))
}

func (a *app) siteBuildCommand() *cobra.Command {
	var o siteFlags
	c := a.build(command{
		use:   "build FOLDER",
		short: a.tr("build the site into a folder"),
		long: a.tr("Builds the published pages into a folder: a new one, or one that holds a site that was built before, which is replaced. " +
			"The same register on the same day gives the same files, byte for byte. With --policies and --pages it shows what is being written and is not in force yet; with --policies no register is needed. " +
			"With --views it also has the page of every active member whom you may read, each sealed under her own secret, and the officers' views. They are sealed anew each time."),
		example: "medlem site build public --url https://example.org/register/ --strict\nmedlem site build public --views",
		codes:   "134",
		on:      true,
		min:     1, max: 1,
		run: func(c *cobra.Command, args []string) error {
			o.preview = true
			return a.siteBuild(c.Context(), args[0], o)
		},
	})
	a.siteFlags(c, &o)
	a.viewsFlag(c, &o)
	return c
}

// viewsFlag is --views.
func (a *app) viewsFlag(c *cobra.Command, o *siteFlags) {
	c.Flags().BoolVar(&o.views, "views", false, a.tr("also the members' own pages and the officers' views, sealed; this needs your key"))
}

type siteJSON struct {
	URL    string       `json:"url"`
	Day    register.Day `json:"day"`
	Main   string       `json:"main,omitempty"`
	Files  int          `json:"files"`
	Dir    string       `json:"dir,omitempty"`
	To     string       `json:"to,omitempty"`
	Commit string       `json:"commit,omitempty"`
	Views  *viewCount   `json:"views,omitempty"`
	Kept   *keptJSON    `json:"kept,omitempty"` // sealed files that stayed
}

func (a *app) siteBuild(ctx context.Context, dir string, o siteFlags) error {
	if o.views {
		return a.at(withKey, func(s *session) error { return s.siteBuildOpen(ctx, dir, o) })
	}
	in, err := a.siteInput(o)
	if err != nil {
		return err
	}
	files, base, err := a.siteFiles(ctx, in, o.url, false)
	if err != nil {
		return err
	}
	var kept *desk.Kept
	if o.keep {
		kept = &desk.Kept{}
	}
	if err := a.writeSite(dir, files, nil, kept); err != nil {
		return err
	}
	return a.siteBuilt(dir, in, base, len(files), nil, kept)
}

// siteBuildOpen builds with the sealed files: the members' pages, the officers' views.
func (s *session) siteBuildOpen(ctx context.Context, dir string, o siteFlags) error {
	in, err := s.siteInput(o)
	if err != nil {
		return err
	}
	site, base, err := s.assembled(in, o.url)
	if err != nil {
		return err
	}
	files, base, err := s.rendered(ctx, in, site, base, false)
	if err != nil {
		return err
	}
	vin, err := s.viewInput(in, site, base)
	if err != nil {
		return err
	}
	var n viewCount
	if err := s.writeSite(dir, files, func(put putFile) (err error) {
		n, err = s.sealedFiles(ctx, vin, put)
		return err
	}, nil); err != nil {
		return err
	}
	return s.siteBuilt(dir, in, base, len(files), &n, nil)
}

// siteBuilt says what was built into a folder.
func (a *app) siteBuilt(dir string, in procedures.Input, base string, files int, n *viewCount, kept *desk.Kept) error {
	out := siteJSON{URL: base, Day: in.Day, Files: files, Dir: dir, Views: n, Kept: keptOf(kept)}
	if !in.Head.IsZero() {
		out.Main = in.Head.String()
	}
	return a.result(out, func(w io.Writer) {
		fmt.Fprintln(w, a.trn(files, "{{.N}} file is written to {{.Dir}}.", "{{.N}} files are written to {{.Dir}}.", "Dir", dir))
		a.printViews(w, n)
		a.printKept(w, out.Kept)
	})
}

// siteInput is what the site of the register, or of the folders that were named,
// is made of.
func (a *app) siteInput(o siteFlags) (procedures.Input, error) {
	in := procedures.Input{Commands: a.commands, Places: desk.Places, Strict: o.strict}
	var err error
	if in.Day, err = a.today(); err != nil {
		return in, err
	}
	if o.policies != "" {
		if in.Policies, err = a.policyFiles(o.policies); err != nil {
			return in, err
		}
	}
	if o.pages != "" {
		if in.Site, err = siteFolder(o.pages); err != nil {
			return in, err
		}
	}
	_, repo, err := a.repository()
	if errors.Is(err, desk.ErrNoRegister) && o.policies != "" && a.dir == "" {
		return in, nil
	}
	if err != nil {
		return in, err
	}
	a.opened = append(a.opened, repo) // a state counts members when it is asked
	in.Repo, in.Loader = repo, access.NewLoader(repo)
	if in.Head, err = mainOf(repo); err != nil || !o.preview || o.strict || o.views || in.Head.IsZero() {
		return in, err
	}
	unsigned, err := neverSigned(repo, in.Head)
	if err != nil || !unsigned {
		return in, err
	}
	return a.sitePreview(in, o)
}

// neverSigned tells whether neither the head of main nor its first commit is signed:
// then it is the history of something else than a register, such as of a program.
// A register is signed from its first commit on, and what is not signed in one is
// an error, here as everywhere.
func neverSigned(r gitstore.Reader, head gitstore.ID) (bool, error) {
	for id, first := head, true; ; first = false {
		c, err := gitstore.ReadCommit(r, id)
		if err != nil {
			return false, err
		}
		if first || len(c.Parents) == 0 {
			if _, err := sign.Verify(c.Raw); !errors.Is(err, sign.ErrUnsigned) {
				return false, nil
			}
		}
		if len(c.Parents) == 0 {
			return true, nil
		}
		id = c.Parents[0]
	}
}

// sitePreview is a site of the policies and pages of the folder, of no register.
func (a *app) sitePreview(in procedures.Input, o siteFlags) (procedures.Input, error) {
	o = a.withWorkFolder(o)
	if o.policies == "" {
		return in, nil // it is said what is wrong with main
	}
	a.warn(a.tr("main here is not the history of a register: the pages are a preview of the files in this folder, without news and offices"), "")
	in.Repo, in.Loader, in.Head = nil, nil, gitstore.ZeroID
	var err error
	if in.Policies == nil {
		if in.Policies, err = a.policyFiles(o.policies); err != nil {
			return in, err
		}
	}
	if in.Site == nil && o.pages != "" {
		in.Site, err = siteFolder(o.pages)
	}
	return in, err
}

// siteFolder reads the files of a folder that stands for a register's site/.
func siteFolder(dir string) (map[string][]byte, error) {
	out, size := map[string][]byte{}, 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil || rel == "." {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") { // of editors and git
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		b, err := readFile(path, sitepipe.FileLimit)
		if err != nil {
			return err
		}
		if size += len(b); size > sitepipe.SourceBytes || len(out) == sitepipe.SourceFiles {
			return fmt.Errorf("%s: %w", dir, sitepipe.ErrTooMuch)
		}
		out[filepath.ToSlash(rel)] = b
		return nil
	})
	return out, err
}

// siteFiles renders a site, and returns its files by their paths and its address.
func (a *app) siteFiles(ctx context.Context, in procedures.Input, base string, live bool) (map[string][]byte, string, error) {
	site, base, err := a.assembled(in, base)
	if err != nil {
		return nil, "", err
	}
	return a.rendered(ctx, in, site, base, live)
}

// assembled is what a site is made of, and its address.
func (a *app) assembled(in procedures.Input, base string) (*procedures.Site, string, error) {
	site, err := procedures.Assemble(in)
	if err != nil {
		return nil, "", a.siteError(err)
	}
	if base == "" {
		base = site.Address
	}
	if base, err = a.baseURL(base); err != nil {
		return nil, "", err
	}
	for _, w := range site.Warnings {
		a.warn(w, "")
	}
	return site, base, nil
}

// rendered renders the public part of a site.
func (a *app) rendered(ctx context.Context, in procedures.Input, site *procedures.Site, base string, live bool) (map[string][]byte, string, error) {
	program, err := a.renderer()
	if err != nil {
		return nil, "", err
	}
	r, err := sitepipe.Start(ctx, program)
	if err != nil {
		return nil, "", a.siteError(err)
	}
	r.Warn = func(text string) { a.warn(text, "") }
	var mu sync.Mutex
	files := map[string][]byte{}
	err = r.Site(sitepipe.Options{BaseURL: base, Day: string(in.Day), Languages: site.Languages, Strict: in.Strict, Title: site.Title, Live: live},
		site.Files, func(name string, body []byte) error {
			mu.Lock()
			defer mu.Unlock()
			files[name] = slices.Clone(body)
			return nil
		})
	if err != nil {
		return nil, "", a.siteError(err)
	}
	return files, base, a.handouts(files, base, in.Day)
}

func (a *app) baseURL(s string) (string, error) {
	hint := a.tr("write it as https://example.org/register/, or set site in organisation.yaml")
	if s == "" {
		return "", usageError(a.tr("say where the site will lie: --url ADDRESS"), hint)
	}
	if !strings.HasSuffix(s, "/") {
		s += "/"
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", usageError(a.tr("that is not the address of a site"), hint)
	}
	return s, nil
}

// rendererName is the program that renders.
const rendererName = "medlem-site"

// renderer finds medlem-site: beside this program, else on PATH.
func (a *app) renderer() (string, error) {
	name := rendererName
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if a.Program != "" {
		programs := []string{a.Program}
		if real, err := filepath.EvalSymlinks(a.Program); err == nil {
			programs = append(programs, real)
		}
		for _, p := range programs {
			beside := filepath.Join(filepath.Dir(p), name)
			if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
				return beside, nil
			}
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return "", &failure{exitRead, a.tr("the program medlem-site, which renders the pages, is not here"),
		a.tr("put it beside medlem: go install github.com/medlem-register/medlem/cmd/medlem-site@{{.Version}}", "Version", buildVersion().install)}
}

// siteError says why a site was not made.
func (a *app) siteError(err error) error {
	var problems sitepipe.Problems
	var faults *procedures.PolicyError
	var open *procedures.OpenError
	var typed *procedures.TypedError
	switch {
	case errors.As(err, &problems):
		for _, p := range problems {
			for line := range strings.SplitSeq(p.Text, "\n") {
				fmt.Fprintln(a.Stderr, oneLine(line))
			}
		}
		return refused(a.trn(len(problems), "the site has a fault; nothing was written", "the site has {{.N}} faults; nothing was written"), "")
	case errors.As(err, &faults):
		return a.problemsError("policies", faults.Problems)
	case errors.As(err, &open):
		for _, o := range open.Open {
			fmt.Fprintf(a.Stderr, "policies/%s:%d: %s\n", o.File, o.Line, oneLine(o.Path))
		}
		return refused(a.trn(len(open.Open), "something in the policies is not decided yet", "{{.N}} things in the policies are not decided yet"), a.tr("decide them, or build without --strict: then the pages say that they are not decided"))
	case errors.As(err, &typed):
		for _, x := range typed.Typed {
			fmt.Fprintf(a.Stderr, "%s:%d\n", oneLine(x.File), x.Line)
		}
		return refused(a.trn(len(typed.Typed), "a procedure has a number that was typed by hand", "procedures have numbers that were typed by hand, in {{.N}} lines"),
			a.tr(`write {{.Shortcode}} in its place, so that it is always what the policy says, and numbers of laws in words`, "Shortcode", `{{< policy "PATH" >}}`))
	case errors.Is(err, procedures.ErrNoContact):
		return refused(a.tr("the organisation names no contact"), a.tr("write it into organisation.yaml (contact): every page says where to turn"))
	case errors.Is(err, procedures.ErrUnsigned):
		return &failure{exitRead, err.Error(), a.tr("run: medlem verify --all")}
	case errors.Is(err, sitepipe.ErrRenderer):
		return &failure{exitRead, err.Error(), a.tr("install medlem and medlem-site from the same release")}
	}
	return err
}

// commands is the help of every command in a language.
func (a *app) commands(lang string) []procedures.Command {
	other := &app{Env: a.Env, texts: newTexts(lang)}
	var out []procedures.Command
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			if !sub.IsAvailableCommand() {
				continue
			}
			x := procedures.Command{Name: sub.CommandPath(), Use: sub.UseLine(), Short: sub.Short, Long: sub.Long, Example: strings.ReplaceAll(strings.TrimPrefix(sub.Example, "  "), "\n  ", "\n")}
			if sub.HasAvailableSubCommands() {
				x.Use = sub.CommandPath() + " COMMAND"
			}
			sub.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
				if f.Hidden || f.Name == "help" {
					return
				}
				value, usage := pflag.UnquoteUsage(f)
				if value != "" && f.Value.Type() != "bool" {
					usage = value + ": " + usage
				}
				x.Flags = append(x.Flags, procedures.Flag{Name: f.Name, Text: usage})
			})
			out = append(out, x)
			walk(sub)
		}
	}
	walk(other.root())
	return out
}

// writeSite puts the files of a site into a folder: a new or empty one, or one
// that holds a site, whose other files go. more, where it is not nil, has further files,
// which are written as they come. Where kept is not nil the sealed files that lie there
// stay, and it says which.
func (a *app) writeSite(dir string, files map[string][]byte, more func(putFile) error, kept *desk.Kept) error {
	es, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(es) > 0 {
		b, err := readFile(filepath.Join(dir, procedures.RecordName), recordLimit)
		if err == nil {
			_, _, err = procedures.ParseRecord(b)
		}
		if err != nil {
			return refused(a.tr("{{.Path}} holds something else than a site", "Path", dir), a.tr("choose a new folder"))
		}
	}
	// The record goes first and comes last: a folder without it is no whole site.
	if err := os.Remove(filepath.Join(dir, procedures.RecordName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	root, err := madeRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(n string) bool { return n == procedures.RecordName })
	written := make(map[string]bool, len(files))
	put := func(name string, body []byte) error {
		if err := sitepipe.CheckPath(name); err != nil {
			return err
		}
		if written[name] {
			return fmt.Errorf("%s is made twice", name)
		}
		written[name] = true
		if err := root.MkdirAll(filepath.Dir(filepath.FromSlash(name)), 0o755); err != nil {
			return err
		}
		return root.WriteFile(filepath.FromSlash(name), body, 0o644)
	}
	for _, name := range names {
		if err := put(name, files[name]); err != nil {
			return err
		}
	}
	if more != nil {
		if err := more(put); err != nil {
			return err
		}
	}
	if err := put(procedures.RecordName, files[procedures.RecordName]); err != nil {
		return err
	}
	return sweepSite(dir, root, written, desk.Pages{Files: files, Keep: kept})
}

const recordLimit = 1 << 10 // bytes of build.txt

func madeRoot(dir string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return os.OpenRoot(dir)
}

// sweepSite removes the files of an earlier site. What begins with a dot at the
// top, such as .git, stays.
func sweepSite(dir string, root *os.Root, files map[string]bool, site desk.Pages) error {
	record := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil || rel == "." {
			return err
		}
		if strings.HasPrefix(rel, ".") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() || files[filepath.ToSlash(rel)] {
			return nil
		}
		if site.Keep != nil && d.Type().IsRegular() {
			if rel == desk.SealedRecord {
				record = true
				return nil // it goes with the files that it is about
			}
			stays, err := site.KeepFile(filepath.ToSlash(rel), func(limit int) ([]byte, error) {
				if info, err := d.Info(); err != nil || info.Size() > int64(limit) {
					return nil, gitstore.ErrTooLarge
				}
				return readFile(path, int64(limit))
			})
			if err != nil || stays {
				return err
			}
		}
		return root.Remove(rel)
	})
	if err != nil || !record {
		return err
	}
	if site.Keep.Members+site.Keep.Offices == 0 {
		return root.Remove(desk.SealedRecord)
	}
	b, err := readFile(filepath.Join(dir, desk.SealedRecord), recordLimit)
	if err == nil {
		site.Keep.Day, _ = desk.ParseSealedDay(b)
	}
	return err
}

// rulesSite is where the pages about rules lie, by the policy; "" where it names
// no site.
func rulesSite(p *policy.Policy) string {
	if p == nil || p.Site == "" || len(p.Languages) == 0 {
		return ""
	}
	return p.Site + p.Languages[0] + "/rules"
}
