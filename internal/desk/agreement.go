package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Agreement seals the agreement on processing that a unit has signed into its
// folder and names it in the policy, in one commit: until it is there, nobody in a
// unit of a level that needs one has access. accept is the digest of the effect
// that is meant.
func (d *Desk) Agreement(ctx context.Context, u register.UnitID, doc *Document, accept string) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	return d.withRetry(ctx, func() error {
		root := d.state.Policy.Root().ID
		if err := d.may(policy.ActPolicy, root); err != nil {
			return err
		}
		a := newAct("")
		e, err := d.sealEvidence(a, u, doc, "")
		if err != nil {
			return err
		}
		effect, files, err := d.agreementEffect(u, string(e.ID)+" "+e.SHA256)
		if err != nil {
			return err
		}
		if !effect.Empty() && effect.Digest() != accept {
			return &EffectError{effect}
		}
		a.message = register.Message("policy", len(files), u)
		if !effect.Empty() {
			a.message = register.WithEffect(a.message, effect.Digest())
		}
		for name, b := range files {
			a.files["policies/"+name] = b
		}
		return d.commit(ctx, a)
	})
}

// AgreementEffect returns what it does that a unit's agreement comes in.
func (d *Desk) AgreementEffect(u register.UnitID) (*access.Effect, error) {
	e, _, err := d.agreementEffect(u, string(register.NewRecordID())+" "+digestOf(nil))
	return e, err
}

// agreementEffect returns the policy files that name a unit's agreement, and what
// they do: grants that waited for it may come into force.
func (d *Desk) agreementEffect(u register.UnitID, value string) (*access.Effect, map[string][]byte, error) {
	files, err := PolicyFiles(d.repo, d.tree)
	if err != nil {
		return nil, nil, err
	}
	const name = "organisation.yaml"
	if files[name], err = withUnitKey(files[name], u, "agreement", value); err != nil {
		return nil, nil, err
	}
	p, problems := policy.Load(files)
	if len(problems) > 0 {
		return nil, nil, fmt.Errorf("write the agreement into %s: %s", name, problems[0])
	}
	if x, ok := p.Unit(u); !ok || x.Agreement != value {
		return nil, nil, fmt.Errorf("write the agreement into %s: the line of unit %q cannot be found", name, u)
	}
	return d.PolicyChange(files)
}

// withUnitKey writes the value of a unit's key into the text of an organisation.yaml
// and changes nothing else.
func withUnitKey(text []byte, u register.UnitID, key, value string) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil || len(doc.Content) != 1 {
		return nil, errors.New("the organisation.yaml in force cannot be read")
	}
	units := valueOf(doc.Content[0], "units")
	if units == nil {
		return nil, errors.New("the organisation.yaml in force has no units")
	}
	quoted := `"` + value + `"`
	for _, item := range units.Content {
		id := valueOf(item, "id")
		if id == nil || id.Value != string(u) {
			continue
		}
		if old := valueOf(item, key); old != nil {
			return splice(text, old, true, quoted)
		}
		if item.Style&yaml.FlowStyle != 0 {
			return splice(text, id, false, ", "+key+": "+quoted)
		}
		return splice(text, id, false, "\n"+strings.Repeat(" ", item.Content[0].Column-1)+key+": "+quoted)
	}
	return nil, fmt.Errorf("unknown unit %q", u)
}

// valueOf returns the value of a key of a mapping, nil where there is none.
func valueOf(n *yaml.Node, key string) *yaml.Node {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

// splice puts new text in the place of a scalar, or behind it.
func splice(text []byte, at *yaml.Node, instead bool, with string) ([]byte, error) {
	lines := bytes.SplitAfter(text, []byte("\n"))
	if at.Line > len(lines) {
		return nil, errors.New("the organisation.yaml in force cannot be read")
	}
	line := []rune(string(lines[at.Line-1]))
	start := at.Column - 1
	end := start + len([]rune(at.Value))
	if at.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		end += 2
	}
	if end > len(line) || !strings.Contains(string(line[start:end]), at.Value) {
		return nil, errors.New("the organisation.yaml in force is written in a way that cannot be changed here: write it there by hand")
	}
	from := end
	if instead {
		from = start
	}
	lines[at.Line-1] = []byte(string(line[:from]) + with + string(line[end:]))
	return bytes.Join(lines, nil), nil
}
