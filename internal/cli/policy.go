package cli

import (
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
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
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
		a.policyPutCommand(), a.policyEffectCommand(), a.policyExplainCommand(), a.policyLintCommand(), a.policyTestCommand(),
		a.policyPacksCommand(), a.policyPackCommand(), a.policyDiffCommand(), a.policyAgreementCommand())
}

// inForce is the state of main, read without a key.
func (a *app) inForce() (*access.State, map[string][]byte, error) {
	_, repo, err := a.repository()
	if err != nil {
		return nil, nil, err
	}
	a.opened = append(a.opened, repo) // a state counts members when it is asked
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
	files, err := desk.PolicyFiles(repo, c.Tree)
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
	names, err := a.writePolicies(dir, files)
	if err != nil {
		return err
	}
	return a.result(struct {
		Files []string `json:"files"`
	}{names}, func(w io.Writer) {
		fmt.Fprintln(w, a.tr("Written to {{.Dir}}: {{.Files}}", "Dir", dir, "Files", strings.Join(names, ", ")))
		fmt.Fprintln(w, a.tr("Next: change them, then medlem policy put {{.Dir}} --dry-run", "Dir", dir))
	})
}

// writePolicies writes policy files into a folder that has none of them.
func (a *app) writePolicies(dir string, files map[string][]byte) ([]string, error) {
	names := slices.Sorted(maps.Keys(files))
	for _, n := range names {
		path := filepath.Join(dir, n)
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return nil, refused(a.tr("{{.Path}} exists already", "Path", path), a.tr("choose a new folder"))
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for _, n := range names {
		if err := os.WriteFile(filepath.Join(dir, n), files[n], 0o644); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// policyFiles reads the policy files of a folder: those that every policy has,
// and those that it has besides.
func (a *app) policyFiles(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, n := range policy.AllFiles() {
		b, err := readFile(filepath.Join(dir, n), policy.FileLimit)
		if errors.Is(err, fs.ErrNotExist) && slices.Contains(policy.OptionalFiles(), n) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files[n] = b
	}
	return files, nil
}
