package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
)

type initOptions struct {
	name, units, remote, recoveryOut string
}

func (a *app) initCommand() *cobra.Command {
	var o initOptions
	c := a.build(command{
		use:   "init FOLDER",
		short: a.tr("make a new register"),
		long: a.tr("Makes a new register in the folder, with policies that you can read and change, and you as the first of the secretariat. " +
			"The recovery secret is shown once: it opens everything when all identities are lost. Write it down or print it, and lock it away.\n\n" +
			"The server is an empty git repository. Where it is a folder on this computer, it is set up too."),
		example: `medlem init register --name "Folkerørsla Prøve" --units units.yaml \
  --remote ssh://git@example.org/register.git`,
		codes: "134",
		min:   1, max: 1,
		run: func(c *cobra.Command, args []string) error { return a.initRegister(c.Context(), args[0], o) },
	})
	f := c.Flags()
	f.StringVar(&o.name, "name", "", a.tr("the organisation's `NAME`"))
	f.StringVar(&o.units, "units", "", a.tr("a YAML `FILE` with the organisation's units (default: one unit, the organisation itself)"))
	f.StringVar(&o.remote, "remote", "", a.tr("the `ADDRESS` of the server's empty repository"))
	f.StringVar(&o.recoveryOut, "recovery-out", "", a.tr("write the recovery secret to this new `FILE` instead of showing it"))
	return c
}

func (a *app) initRegister(ctx context.Context, dir string, o initOptions) error {
	me, err := a.officer()
	if err != nil {
		return err
	}
	files, err := a.firstFiles(o)
	if err != nil {
		return err
	}
	paper, err := a.recoveryPaper(o.recoveryOut)
	if err != nil {
		return err
	}
	remote, err := absoluteRemote(o.remote)
	if err != nil {
		paper.drop()
		return err
	}
	res, err := desk.Init(ctx, desk.InitOptions{Dir: dir, Remote: remote, Identity: me.Identity, Now: a.Now, Files: files, Program: a.Program})
	if err != nil {
		paper.drop()
		return err
	}
	if err := paper.write(res.Recovery); err != nil {
		return err
	}
	out := struct {
		Dir      string `json:"dir"`
		Genesis  string `json:"genesis"`
		Remote   string `json:"remote,omitempty"`
		Hook     string `json:"hook,omitempty"`
		Recovery string `json:"recovery,omitempty"`
	}{Dir: dir, Genesis: res.Genesis.String(), Remote: o.remote, Hook: res.Hook}
	if paper.file == nil {
		out.Recovery = res.Recovery
	}
	return a.result(out, func(w io.Writer) {
		fmt.Fprintln(w, a.tr("The register is made, in {{.Dir}}.", "Dir", dir))
		fmt.Fprintln(w, a.tr("It begins with {{.Genesis}}. Give officers this together with the address: they can compare it.", "Genesis", out.Genesis))
		paper.show(w, res.Recovery)
		if res.Hook == "" && o.remote != "" {
			fmt.Fprintln(w, a.tr("The server is not on this computer: docs/server.md says what to set there."))
		}
		fmt.Fprintln(w, a.tr("Next: medlem grant UNIT OFFICERFILE --office OFFICE, for each officer."))
	})
}

// absoluteRemote makes a path on this machine independent of the working folder.
func absoluteRemote(remote string) (string, error) {
	if remote == "" {
		return "", nil
	}
	r, err := gitstore.NewRemote(remote)
	if err != nil {
		return "", usageError(err.Error(), "")
	}
	if _, local := r.Local(); local && !strings.HasPrefix(remote, "file://") {
		return filepath.Abs(remote)
	}
	return remote, nil
}

// firstFiles are the policies, the site and the workflows of a new register.
func (a *app) firstFiles(o initOptions) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(medlem.Files, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := medlem.Files.ReadFile(path)
		if rest, ok := strings.CutPrefix(path, "embed/github/"); ok {
			path = ".github/" + rest
			b = []byte(strings.ReplaceAll(string(b), "@@VERSION@@", buildVersion().install))
		}
		files[path] = b
		return err
	})
	if err != nil {
		return nil, err
	}
	units := []byte("units:\n  - {id: national, level: national, name: " + yamlQuote(o.name) + "}\n")
	if o.units != "" {
		if units, err = readFile(o.units, policy.FileLimit); err != nil {
			return nil, err
		}
	} else if o.name == "" {
		return nil, usageError(a.tr("say what the organisation is called: --name NAME"), "")
	}
	const organisation = "policies/organisation.yaml"
	text, problems := policy.Compose(files[organisation], o.name, units)
	if len(problems) > 0 {
		return nil, a.problemsError(filepath.Base(o.units), problems)
	}
	files[organisation] = text
	return files, nil
}

func yamlQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ").Replace(s) + `"`
}

// problemsError is a refusal that lists what is wrong with policy files.
func (a *app) problemsError(name string, ps []policy.Problem) error {
	for _, p := range ps {
		fmt.Fprintln(a.Stderr, oneLine(p.String()))
		if p.Hint != "" {
			fmt.Fprintf(a.Stderr, "%s %s\n", a.tr("hint:"), oneLine(p.Hint))
		}
	}
	return refused(a.trn(len(ps), "{{.Name}} has a fault; nothing was changed", "{{.Name}} has {{.N}} faults; nothing was changed", "Name", name), "")
}

// readFile reads a file that a person named, up to a limit in bytes.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, path, limit)
}

func readAll(r io.Reader, name string, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, &failure{code: exitRead, msg: fmt.Sprintf("%s: larger than %d bytes", name, limit)}
	}
	return b, nil
}

// paper is where a recovery secret goes: a new file, or what is shown.
type paper struct {
	a    *app
	file *os.File // nil: it is shown
}

// recoveryPaper makes the file before the register is changed, so that a secret
// never exists without a place to go.
func (a *app) recoveryPaper(path string) (*paper, error) {
	p := &paper{a: a}
	if path == "" {
		return p, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, refused(a.tr("{{.Path}} exists already", "Path", path), a.tr("choose the name of a new file"))
	}
	p.file = f
	return p, err
}

func (p *paper) drop() {
	if p.file != nil {
		_ = p.file.Close()
		_ = os.Remove(p.file.Name())
	}
}

func (p *paper) write(secret string) error {
	if p.file == nil {
		return nil
	}
	_, err := fmt.Fprintf(p.file, "# %s\n# %s\n%s\n",
		p.a.tr("Recovery secret of the register. It opens every member's record."),
		p.a.tr("Print it, lock it away, and delete this file. docs/recovery.md says how it is used."), secret)
	if err == nil {
		err = p.file.Sync()
	}
	if cerr := p.file.Close(); err == nil {
		err = cerr
	}
	return err
}

func (p *paper) show(w io.Writer, secret string) {
	if p.file != nil {
		fmt.Fprintln(w, p.a.tr("The recovery secret is in {{.Path}}. Print it, lock it away, and delete the file.", "Path", p.file.Name()))
		return
	}
	fmt.Fprintf(w, "\n%s\n\n    %s\n\n", wrap(p.a.tr("This is the recovery secret. It opens every member's record, it is shown only now, and nobody can make it again. "+
		"Write it on paper and lock it away:"), helpWidth, ""), secret)
}

// version says which medlem this is.
type version struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	install string // what go install takes after the @
}

func buildVersion() version {
	v := version{Version: "(devel)", install: "latest"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Go = info.GoVersion
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = s.Value
		}
	}
	switch {
	case v.Version != "(devel)" && !strings.Contains(v.Version, "+"):
		v.install = v.Version
	case v.Commit != "":
		v.install = v.Commit
	}
	return v
}

func (a *app) versionCommand() *cobra.Command {
	return a.build(command{
		use:     "version",
		short:   a.tr("say which medlem this is"),
		long:    a.tr("Prints the version of the program, and of the Go that built it."),
		example: "medlem version",
		run: func(*cobra.Command, []string) error {
			v := buildVersion()
			return a.result(v, func(w io.Writer) { fmt.Fprintf(w, "medlem %s, %s\n", v.Version, v.Go) })
		},
	})
}
