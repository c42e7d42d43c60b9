package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/policy"
)

func (a *app) policyPacksCommand() *cobra.Command {
	return a.build(command{
		use:     "packs",
		short:   a.tr("list the policies that one can begin from"),
		long:    a.tr("Lists the packs: policies of organisations of different kinds, each complete but for what such an organisation must decide itself. It needs neither key nor register."),
		example: "medlem policy packs",
		run: func(*cobra.Command, []string) error {
			type packJSON struct {
				Name      string `json:"name"`
				Undecided int    `json:"undecided"`
			}
			out := struct {
				Packs []packJSON `json:"packs"`
			}{[]packJSON{}}
			for _, n := range policy.Packs() {
				files, _ := policy.Pack(n)
				out.Packs = append(out.Packs, packJSON{n, len(policy.Undecided(files))})
			}
			return a.result(out, func(w io.Writer) {
				t := &table{}
				for _, p := range out.Packs {
					t.add(p.Name, a.trn(p.Undecided, "{{.N}} thing to decide", "{{.N}} things to decide"))
				}
				t.write(w, "")
				fmt.Fprintln(w, a.tr("Next: medlem policy pack NAME FOLDER, to read and change one"))
			})
		},
	})
}

// pack returns the files of a pack.
func (a *app) pack(name string) (map[string][]byte, error) {
	files, ok := policy.Pack(name)
	if !ok {
		return nil, usageError(a.tr("there is no pack {{.Name}}", "Name", quote(name)), a.tr("the packs are {{.Names}}", "Names", strings.Join(policy.Packs(), ", ")))
	}
	return files, nil
}

func (a *app) policyPackCommand() *cobra.Command {
	return a.build(command{
		use:   "pack NAME FOLDER",
		short: a.tr("write the policy files of a pack into a folder"),
		long: a.tr("Writes the policy files of a pack into a folder, to be read and changed, and lists what the organisation must decide itself: what stands there as not_stated. " +
			"It overwrites nothing, and needs neither key nor register."),
		example: "medlem policy pack kommed my-policies",
		codes:   "13",
		min:     2, max: 2,
		run: func(_ *cobra.Command, args []string) error {
			files, err := a.pack(args[0])
			if err != nil {
				return err
			}
			names, err := a.writePolicies(args[1], files)
			if err != nil {
				return err
			}
			open := policy.Undecided(files)
			return a.result(struct {
				Files     []string   `json:"files"`
				Undecided []openJSON `json:"undecided"`
			}{names, opensJSON(open)}, func(w io.Writer) {
				fmt.Fprintln(w, a.tr("Written to {{.Dir}}: {{.Files}}", "Dir", args[1], "Files", strings.Join(names, ", ")))
				a.printUndecided(w, open)
			})
		},
	})
}

// openJSON is something that is not decided yet.
type openJSON struct {
	Key  string `json:"key"` // for --decide
	File string `json:"file"`
	Path string `json:"path"`
	Line int    `json:"line"`
	Says string `json:"says,omitempty"`
}

func opensJSON(list []policy.Open) []openJSON {
	out := []openJSON{}
	for _, o := range list {
		out = append(out, openJSON{o.Key(), o.File, o.Path, o.Line, o.Says})
	}
	return out
}

// printUndecided lists what is not decided yet, with what the pack says of it.
func (a *app) printUndecided(w io.Writer, list []policy.Open) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, a.trn(len(list), "{{.N}} thing is not decided yet:", "{{.N}} things are not decided yet:"))
	for _, o := range list {
		fmt.Fprintf(w, "  %s  (%s %d)\n", o.Key(), a.tr("line"), o.Line)
		if o.Says != "" {
			fmt.Fprintln(w, wrap(o.Says, helpWidth, "      "))
		}
	}
}

func (a *app) policyDiffCommand() *cobra.Command {
	return a.build(command{
		use:     "diff PACK",
		short:   a.tr("show where the policies in force differ from a pack"),
		long:    a.tr("Shows, place by place, where the policies in force have left a pack: what the pack says and what holds here. Comments and the order of keys make no difference. It needs no key."),
		example: "medlem policy diff kommed",
		codes:   "13",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error {
			pack, err := a.pack(args[0])
			if err != nil {
				return err
			}
			state, files, err := a.inForce()
			if err != nil {
				return err
			}
			a.speak(state.Policy)
			type differenceJSON struct {
				File string `json:"file"`
				Line int    `json:"line,omitempty"`
				Path string `json:"path"`
				Was  string `json:"pack,omitempty"`
				Is   string `json:"here,omitempty"`
			}
			out := struct {
				Differences []differenceJSON `json:"differences"`
			}{[]differenceJSON{}}
			for _, d := range policy.Diff(pack, files) {
				out.Differences = append(out.Differences, differenceJSON{d.File, d.Line, d.Path, d.Was, d.Is})
			}
			return a.result(out, func(w io.Writer) {
				for _, d := range out.Differences {
					was, is := d.Was, d.Is
					if was == "" {
						was = a.tr("(nothing)")
					}
					if is == "" {
						is = a.tr("(nothing)")
					}
					fmt.Fprintf(w, "policies/%s:%d: %s: %s → %s\n", d.File, max(d.Line, 1), cell(d.Path), cell(was), cell(is))
				}
				fmt.Fprintln(w, a.trn(len(out.Differences), "{{.N}} difference", "{{.N}} differences"))
			})
		},
	})
}

func (a *app) policyLintCommand() *cobra.Command {
	return a.build(command{
		use:   "lint [FOLDER]",
		short: a.tr("show where the policies may not be what the law asks"),
		long: a.tr("Shows where the policies in force, or those of a folder, may not be what the law or its authority asks, with the source and its date. " +
			"It warns and never refuses: the organisation decides, and answers for it. It needs no key."),
		example: "medlem policy lint my-policies",
		codes:   "13",
		max:     1,
		run: func(_ *cobra.Command, args []string) error {
			p, _, err := a.policyAt(args)
			if err != nil {
				return err
			}
			type lintJSON struct {
				ID        string `json:"id"`
				File      string `json:"file"`
				Line      int    `json:"line"`
				Says      string `json:"says"`
				Authority string `json:"authority"`
				Source    string `json:"source"`
				Dated     string `json:"dated,omitempty"`
			}
			out := struct {
				Lints []lintJSON `json:"lints"`
			}{[]lintJSON{}}
			lints := policy.Lints(p)
			for _, l := range lints {
				out.Lints = append(out.Lints, lintJSON{l.ID, l.File, l.Line, l.Says, l.Authority, l.Source, l.Dated})
			}
			return a.result(out, func(w io.Writer) {
				for _, l := range lints {
					fmt.Fprintf(w, "%s:%d:%d: %s: %s\n%s %s\n", l.File, l.Line, l.Col, l.ID, cell(l.Says), a.tr("source:"), lintSource(l))
				}
				fmt.Fprintln(w, a.trn(len(lints), "{{.N}} warning", "{{.N}} warnings"))
			})
		},
	})
}

func (a *app) policyTestCommand() *cobra.Command {
	return a.build(command{
		use:   "test [FOLDER]",
		short: a.tr("run the policies' own tests"),
		long: a.tr("Runs the tests in tests.yaml, of the policies in force or of a folder: each says who may do what where, and the policies must say the same. " +
			"In a folder, what is not decided yet is left out. It needs no key."),
		example:  "medlem policy test my-policies",
		codes:    "13",
		findings: a.tr("a test fails, or the policies have faults"),
		max:      1,
		run: func(_ *cobra.Command, args []string) error {
			p, open, err := a.policyAt(args)
			if err != nil {
				return err
			}
			return a.result(struct {
				Tests     int `json:"tests"`
				Undecided int `json:"undecided"`
			}{len(p.Tests), open}, func(w io.Writer) {
				fmt.Fprintln(w, a.trn(len(p.Tests), "{{.N}} test holds.", "{{.N}} tests hold."))
				if open > 0 {
					fmt.Fprintln(w, a.trn(open, "{{.N}} thing is not decided yet; tests that hang on it were left out.", "{{.N}} things are not decided yet; tests that hang on them were left out."))
				}
			})
		},
	})
}

// policyAt is the policy of a folder, or the one in force where none is named.
// What is not decided yet is counted.
func (a *app) policyAt(args []string) (p *policy.Policy, open int, err error) {
	if len(args) == 0 {
		state, _, err := a.inForce()
		if err != nil {
			return nil, 0, err
		}
		a.speak(state.Policy)
		return state.Policy, 0, nil
	}
	files, err := a.policyFiles(args[0])
	if err != nil {
		return nil, 0, err
	}
	load := policy.Load
	if open = len(policy.Undecided(files)); open > 0 {
		load = policy.LoadPack
	}
	p, problems := load(files)
	if len(problems) > 0 {
		return nil, 0, a.problemsError(args[0], problems)
	}
	return p, open, nil
}
