package procedures

import (
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/policy"
)

// What is published names no unit for members with protected identity: neither in what
// the policy says today nor in what it said before.

const unitPaths = "organisation.units."

// hiddenIn returns the ids of units that the values of a policy call protected.
func hiddenIn(values []policy.Value) []string {
	var out []string
	for _, v := range values {
		rest, ok := strings.CutPrefix(v.Path, unitPaths)
		if id, is := strings.CutSuffix(rest, ".protected"); ok && is && v.Plain == true {
			out = append(out, id)
		}
	}
	return out
}

// tells tells whether a place of the policy, "organisation.units.asker.name", is of one
// of the hidden units.
func tells(path string, hidden []string) bool {
	return slices.ContainsFunc(hidden, func(id string) bool { return path == unitPaths+id || strings.HasPrefix(path, unitPaths+id+".") })
}

// public are values without what names a hidden unit.
func public(values []policy.Value, hidden []string) []policy.Value {
	if len(hidden) == 0 {
		return values
	}
	out := make([]policy.Value, 0, len(values))
	for _, v := range values {
		if s, ok := v.Plain.(string); tells(v.Path, hidden) || ok && slices.Contains(hidden, s) {
			continue
		}
		if slices.ContainsFunc(v.List, func(s string) bool { return slices.Contains(hidden, s) }) {
			v.List = slices.DeleteFunc(slices.Clone(v.List), func(s string) bool { return slices.Contains(hidden, s) })
		}
		out = append(out, v)
	}
	return out
}
