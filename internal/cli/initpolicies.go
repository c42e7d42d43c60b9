package cli

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
)

// organisationFile is where the policies say what the organisation is.
const organisationFile = "organisation.yaml"

// firstPolicies puts the policies that a new register begins with among its first
// files: the standard ones or others, with the organisation's own name and units,
// and with everything decided that a pack leaves open.
func (a *app) firstPolicies(files map[string][]byte, o initOptions) error {
	pol, err := a.template(files, o)
	if err != nil {
		return err
	}
	if o.name == "" && o.units == "" && o.policies == "" {
		return usageError(a.tr("say what the organisation is called: --name NAME"), "")
	}
	units, err := a.firstUnits(pol, o)
	if err != nil {
		return err
	}
	text, problems := policy.Compose(pol[organisationFile], o.name, units)
	if len(problems) > 0 {
		return a.problemsError(filepath.Base(o.units), problems)
	}
	composed := !bytes.Equal(text, pol[organisationFile])
	places := policy.Undecided(pol)
	pol[organisationFile] = text
	if pol, err = a.decided(pol, places, o.decide); err != nil {
		return err
	}
	if _, problems := policy.Load(pol); len(problems) > 0 {
		for i := range problems {
			if composed && problems[i].File == organisationFile {
				problems[i].Line = 0 // of a file that nobody has seen
			}
		}
		return a.problemsError(a.tr("the policies"), problems)
	}
	for name := range files {
		if strings.HasPrefix(name, "policies/") {
			delete(files, name)
		}
	}
	for name, b := range pol {
		files["policies/"+name] = b
	}
	return nil
}

// template are the policy files to begin from.
func (a *app) template(files map[string][]byte, o initOptions) (map[string][]byte, error) {
	switch {
	case o.pack != "" && o.policies != "":
		return nil, usageError(a.tr("--pack and --policies do not go together"), "")
	case o.pack != "":
		return a.pack(o.pack)
	case o.policies != "":
		return a.policyFiles(o.policies)
	}
	out := map[string][]byte{}
	for path, b := range files {
		if name, ok := strings.CutPrefix(path, "policies/"); ok && !strings.Contains(name, "/") {
			out[name] = b
		}
	}
	return out, nil
}

// firstUnits are the organisation's units: those of a file, or the top unit alone,
// under the organisation's name. nil leaves those of a folder as they are.
func (a *app) firstUnits(pol map[string][]byte, o initOptions) ([]byte, error) {
	switch {
	case o.units != "":
		return readFile(o.units, policy.FileLimit)
	case o.policies != "":
		return nil, nil
	}
	p, problems := policy.LoadPack(pol)
	if len(problems) > 0 {
		return nil, a.problemsError(a.tr("the policies"), problems)
	}
	root := p.Root()
	return []byte("units:\n  - {id: " + string(root.ID) + ", level: " + root.Level + ", name: " + yamlQuote(o.name) + "}\n"), nil
}

// decided writes what --decide says into policy files, and refuses until nothing
// is left open. places are where it stands in the files as the person has them.
func (a *app) decided(pol map[string][]byte, places []policy.Open, decide []string) (map[string][]byte, error) {
	decisions := map[string]string{}
	for _, d := range decide {
		key, value, ok := strings.Cut(d, "=")
		if !ok || !strings.Contains(key, ":") {
			return nil, usageError(a.tr("--decide: not understood"), a.tr("write it as --decide FILE:/PATH=VALUE"))
		}
		decisions[key] = value
	}
	if len(decisions) > 0 {
		var problems []policy.Problem
		if pol, problems = policy.Decide(pol, decisions); len(problems) > 0 {
			return nil, a.problemsError("--decide", problems)
		}
	}
	if open := policy.Undecided(pol); len(open) > 0 {
		for i := range open {
			if n := slices.IndexFunc(places, func(p policy.Open) bool { return p.Key() == open[i].Key() }); n >= 0 {
				open[i].Line = places[n].Line
			}
		}
		a.printUndecided(a.Stderr, open)
		return nil, refused(a.trn(len(open), "{{.N}} thing must be decided first; nothing was made", "{{.N}} things must be decided first; nothing was made"),
			a.tr("for each --decide FILE:/PATH=VALUE; or write them into the files (medlem policy pack) and begin with --policies FOLDER"))
	}
	return pol, nil
}
