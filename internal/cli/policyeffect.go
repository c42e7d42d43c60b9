package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// effectJSON is what a change of the policies gives and takes.
type effectJSON struct {
	Digest  string        `json:"digest,omitempty"` // none: nothing to accept
	Gain    []gainJSON    `json:"gain"`
	Lose    []gainJSON    `json:"lose"`
	Rights  []rightChange `json:"rights"`
	Fields  []rightChange `json:"fields"`
	Units   int           `json:"units"`
	Records int           `json:"records"`
}

// gainJSON is an officer who comes to read a unit, or no longer does.
type gainJSON struct {
	Handle register.Handle `json:"handle"`
	Unit   register.UnitID `json:"unit"`
}

// rightChange is a right of an office, or a field of a unit, that differs.
type rightChange struct {
	Of   string `json:"of"`
	What string `json:"what"`
	Was  string `json:"was"`
	Is   string `json:"is"`
}

func effectOf(e *access.Effect) effectJSON {
	out := effectJSON{Gain: []gainJSON{}, Lose: []gainJSON{}, Rights: []rightChange{}, Fields: []rightChange{}, Units: e.Units, Records: e.Records}
	if !e.Empty() {
		out.Digest = e.Digest()
	}
	for _, r := range e.Readers {
		if r.Gains {
			out.Gain = append(out.Gain, gainJSON{r.Handle, r.Unit})
		} else {
			out.Lose = append(out.Lose, gainJSON{r.Handle, r.Unit})
		}
	}
	for _, r := range e.Rights {
		out.Rights = append(out.Rights, rightChange{r.Of, r.What, r.Was, r.Is})
	}
	for _, r := range e.Fields {
		out.Fields = append(out.Fields, rightChange{r.Of, r.What, r.Was, r.Is})
	}
	return out
}

// printEffect says what a change of the policies gives and takes. Recovery reads
// everything always, so that it is never among those who do.
func (a *app) printEffect(w io.Writer, was, is *policy.Policy, e *access.Effect) {
	name := func(u register.UnitID) string {
		if _, ok := is.Unit(u); ok {
			return unitName(is, u)
		}
		return unitName(was, u)
	}
	for _, r := range e.Readers {
		switch {
		case r.Handle == register.Recovery:
		case r.Gains:
			fmt.Fprintln(w, a.tr("{{.Handle}} gains access to {{.Unit}}", "Handle", r.Handle, "Unit", name(r.Unit)))
		default:
			fmt.Fprintln(w, a.tr("{{.Handle}} loses access to {{.Unit}}", "Handle", r.Handle, "Unit", name(r.Unit)))
		}
	}
	if len(e.Readers) > 0 {
		fmt.Fprintln(w, a.tr("That is {{.Records}} in {{.Units}}.", "Records", a.trn(e.Records, "{{.N}} record", "{{.N}} records"), "Units", a.trn(e.Units, "{{.N}} unit", "{{.N}} units")))
	} else {
		fmt.Fprintln(w, a.tr("Nobody gains or loses access."))
	}
	for _, r := range e.Rights {
		office := a.officeName(is, r.Of)
		if office == r.Of {
			office = a.officeName(was, r.Of)
		}
		fmt.Fprintf(w, "%s: %s: %s → %s\n", office, a.fieldName(is, r.What), r.Was, r.Is)
	}
	for _, r := range e.Fields {
		fmt.Fprintf(w, "%s: %s: %s → %s\n", name(register.UnitID(r.Of)), a.fieldName(is, r.What), r.Was, r.Is)
	}
	if !e.Empty() {
		fmt.Fprintln(w, a.tr("Effect: {{.Number}}", "Number", e.Digest()))
	}
}

// lints warns of what the policies say against the law.
func (a *app) lints(p *policy.Policy) {
	for _, l := range policy.Lints(p) {
		a.warn(fmt.Sprintf("%s:%d: %s: %s", l.File, l.Line, l.ID, l.Says), lintSource(l))
	}
}

// lintSource is who says what a lint says, where, and when.
func lintSource(l policy.Lint) string {
	s := l.Authority + ", " + l.Source
	if l.Dated != "" {
		s += ", " + l.Dated
	}
	return s
}

func (a *app) policyEffectCommand() *cobra.Command {
	return a.build(command{
		use:   "effect [BASE] HEAD",
		short: a.tr("show who gains and who loses what by other policies"),
		long: a.tr("Compares the policies of two states of the register, or those in force with a folder of policy files, and shows who gains and who loses the reading of how many records, and which rights and fields differ. " +
			"BASE and HEAD are commits, names of refs, or HEAD a folder; without BASE it is what is in force. " +
			"The number at the end says that this effect is meant: medlem policy put --accept NUMBER. It needs no key."),
		example: "medlem policy effect my-policies",
		codes:   "13",
		min:     1, max: 2,
		on: true,
		run: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				args = []string{"", args[0]}
			}
			return a.policyEffect(args[0], args[1])
		},
	})
}

func (a *app) policyEffect(base, head string) error {
	_, repo, err := a.repository()
	if err != nil {
		return err
	}
	defer repo.Close()
	day, err := a.today()
	if err != nil {
		return err
	}
	loader := access.NewLoader(repo)
	from, err := a.stateOf(repo, loader, base)
	if err != nil {
		return err
	}
	p, err := a.policyOf(repo, loader, head)
	if err != nil {
		return err
	}
	a.speak(p)
	e, err := access.EffectOf(from, from.With(p), day)
	if err != nil {
		return err
	}
	return a.result(effectOf(e), func(w io.Writer) { a.printEffect(w, from.Policy, p, e) })
}

// stateOf is the state of a commit, named by its id, by a ref, or by nothing for
// main.
func (a *app) stateOf(repo *gitstore.Repo, loader *access.Loader, name string) (*access.State, error) {
	var id gitstore.ID
	var err error
	if name == "" {
		id, err = mainOf(repo)
	} else {
		id, err = repo.Resolve(name)
	}
	if err != nil {
		return nil, err
	}
	c, err := gitstore.ReadCommit(repo, id)
	if err != nil {
		return nil, err
	}
	s, err := loader.At(c.Tree)
	if err == nil && s.Policy == nil {
		err = &failure{exitRead, a.tr("the policies of {{.Name}} cannot be read", "Name", quote(name)), a.tr("medlem check --all says why")}
	}
	return s, err
}

// policyOf is the policy of a folder or of a commit.
func (a *app) policyOf(repo *gitstore.Repo, loader *access.Loader, name string) (*policy.Policy, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		files, err := a.policyFiles(name)
		if err != nil {
			return nil, err
		}
		p, problems := policy.Load(files)
		if len(problems) > 0 {
			return nil, a.problemsError(name, problems)
		}
		return p, nil
	}
	s, err := a.stateOf(repo, loader, name)
	if err != nil {
		return nil, err
	}
	return s.Policy, nil
}

// explainEffect explains that an effect was not accepted.
func (a *app) explainEffect(err error) *failure {
	var e *desk.EffectError
	if !errors.As(err, &e) {
		return nil
	}
	return &failure{exitRefused, a.tr("somebody gains or loses access or rights by this; nothing was changed"),
		a.tr("if just this is meant: --accept {{.Number}}", "Number", strings.TrimSpace(e.Effect.Digest()))}
}
