package cli

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
)

type initOptions struct {
	name, units, remote, recoveryOut string
	pack, policies, factor           string
	decide                           []string
}

func (a *app) initCommand() *cobra.Command {
	var o initOptions
	c := a.build(command{
		use:   "init FOLDER",
		short: a.tr("make a new register"),
		long: a.tr("Makes a new register in the folder, with policies that you can read and change, and you as the first of the secretariat. " +
			"The recovery secret is shown once, before the register is made: it opens everything when all identities are lost. Write it down or print it, and lock it away.\n\n" +
			"With --pack it begins from the policies of another organisation (medlem policy packs) instead of the standard ones. What such an organisation must decide itself is listed and asked for: nothing is made up.\n\n" +
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
	f.StringVar(&o.pack, "pack", "", a.tr("begin from the policies of this `PACK`"))
	f.StringVar(&o.policies, "policies", "", a.tr("begin from the policy files of this `FOLDER`"))
	f.StringArrayVar(&o.decide, "decide", nil, a.tr("decide what a pack leaves open, `FILE:/PATH=VALUE` as it is listed; may be given more than once"))
	f.StringVar(&o.factor, "factor", "", a.tr("state that your identity is protected by `ssh-key` or plugin, which medlem cannot see"))
	f.StringVar(&o.remote, "remote", "", a.tr("the `ADDRESS` of the server's empty repository"))
	f.StringVar(&o.recoveryOut, "recovery-out", "", a.tr("write the recovery secret to this new `FILE` instead of showing it"))
	return c
}

func (a *app) initRegister(ctx context.Context, dir string, o initOptions) error {
	files, err := a.firstFiles(o)
	if err != nil {
		return err
	}
	remote, err := absoluteRemote(o.remote)
	if err != nil {
		return err
	}
	me, err := a.officer()
	if err != nil {
		return err
	}
	factor, err := a.protection(me, o.factor)
	if err != nil {
		return err
	}
	paper, err := a.recoveryPaper(o.recoveryOut, a.tr("It counts when medlem has said that the register is made; else it is void."))
	if err != nil {
		return err
	}
	paper.proven = true
	res, err := desk.Init(ctx, desk.InitOptions{Dir: dir, Remote: remote, Identity: me.Identity, Now: a.Now, Files: files, Program: a.Program, Paper: paper.give, Factor: factor})
	if err != nil {
		return paper.failed(a.firstContact(err), a.tr("the server may have taken the register in: where medlem clone gets it, the recovery secret counts; else it is void"))
	}
	out := struct {
		Dir     string `json:"dir"`
		Genesis string `json:"genesis"`
		Remote  string `json:"remote,omitempty"`
		Hook    string `json:"hook,omitempty"`
		Guide   string `json:"guide,omitempty"` // that the first officer has acknowledged by this
	}{Dir: dir, Genesis: res.Genesis.String(), Remote: o.remote, Hook: res.Hook, Guide: res.Guide}
	return a.result(out, func(w io.Writer) {
		fmt.Fprintln(w, a.tr("The register is made, in {{.Dir}}.", "Dir", dir))
		if res.Guide != "" {
			fmt.Fprintln(w, a.tr("You have acknowledged the guide of your office, version {{.Version}}, by this.", "Version", res.Guide))
		}
		fmt.Fprintln(w, a.tr("It begins with {{.Genesis}}. Give officers this together with the address: they can compare it.", "Genesis", out.Genesis))
		paper.place(w)
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
	return files, a.firstPolicies(files, o)
}

func yamlQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ").Replace(s) + `"`
}

// problemsError is a refusal that lists what is wrong with policy files.
func (a *app) problemsError(name string, ps []policy.Problem) error {
	for _, p := range ps {
		fmt.Fprintln(a.Stderr, oneLine(p.String()))
		if p.Hint != "" {
			a.hint(p.Hint)
		}
	}
	return refused(a.trn(len(ps), "{{.Name}} has a fault; nothing was changed", "{{.Name}} has {{.N}} faults; nothing was changed", "Name", name), "")
}
