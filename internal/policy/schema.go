package policy

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// The JSON Schemas (draft 2020-12) of the policy files. Editors read them from
// the address that stands in each file's first line; here they are compiled in.
//
//go:embed schema/*.json
var schemaFS embed.FS

const schemaBase = "https://raw.githubusercontent.com/medlem-register/medlem/main/internal/policy/schema/"

// schemas compiles all of them once, when the first policy is loaded.
var schemas = sync.OnceValue(compileSchemas)

func compileSchemas() map[string]*fileSchema {
	entries, err := schemaFS.ReadDir("schema")
	if err != nil {
		panic(err) // it is compiled in
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(nil) // no schema is ever fetched
	out := map[string]*fileSchema{}
	for _, e := range entries {
		f, err := schemaFS.Open(path.Join("schema", e.Name()))
		if err != nil {
			panic(err)
		}
		doc, err := jsonschema.UnmarshalJSON(f)
		f.Close()
		if err != nil {
			panic(fmt.Sprintf("schema %s: %v", e.Name(), err))
		}
		if err := c.AddResource(schemaBase+e.Name(), doc); err != nil {
			panic(fmt.Sprintf("schema %s: %v", e.Name(), err))
		}
		if e.Name() == "common.json" {
			continue // the names of languages in it are no keys to suggest
		}
		s := &fileSchema{}
		s.collect(doc)
		slices.Sort(s.keys)
		s.keys = slices.Compact(s.keys)
		out[strings.TrimSuffix(e.Name(), ".json")+".yaml"] = s
	}
	for name, s := range out {
		s.schema = c.MustCompile(schemaBase + strings.TrimSuffix(name, ".yaml") + ".json")
	}
	units := *out["organisation.yaml"]
	units.schema = c.MustCompile(schemaBase + "organisation.json#/$defs/unitsFile")
	out[unitsFile] = &units
	return out
}

// A fileSchema is what a file must look like.
type fileSchema struct {
	schema *jsonschema.Schema
	keys   []string // every key that may stand anywhere in the file
}

func schemaOf(file string) *fileSchema { return schemas()[file] }

func (s *fileSchema) collect(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, sub := range v {
			if props, ok := sub.(map[string]any); ok && k == "properties" {
				for name := range props {
					s.keys = append(s.keys, name)
				}
			}
			s.collect(sub)
		}
	case []any:
		for _, sub := range v {
			s.collect(sub)
		}
	}
}

// validate reports where d is not as the schema says.
func (d *document) validate(s *fileSchema) {
	err := s.schema.Validate(d.value)
	if err == nil {
		return
	}
	e, ok := err.(*jsonschema.ValidationError)
	if !ok {
		d.report("", "cannot be checked", "")
		return
	}
	d.explain(e, s)
}

// explain reports the innermost causes of e, each in words.
func (d *document) explain(e *jsonschema.ValidationError, s *fileSchema) {
	if d.full() {
		return
	}
	at := ""
	for _, p := range e.InstanceLocation {
		at += "/" + escape(p)
	}
	if len(e.Causes) > 0 {
		for _, c := range e.Causes {
			d.explain(c, s)
		}
		return
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, p := range k.Properties[:min(len(k.Properties), problemsLimit+1)] {
			msg, hint := fmt.Sprintf("unknown key %q", clip(p)), near(p, s.keys)
			if strings.HasSuffix(at, "/name") {
				msg, hint = fmt.Sprintf("unknown language %q", clip(p)), suggest(p, Languages)
				if p == "no" { // which has two written forms
					hint = "write nb for bokmål, nn for nynorsk"
				}
			}
			d.reportKey(at+"/"+escape(p), msg, hint)
		}
	case *kind.Required:
		d.reportKey(at, "missing "+strings.Join(k.Missing, ", "), "add the line"+plural(len(k.Missing)))
	case *kind.Type:
		d.explainType(at, k)
	case *kind.Enum:
		want := make([]string, len(k.Want))
		for i, w := range k.Want {
			want[i] = fmt.Sprint(w)
		}
		d.report(at, fmt.Sprintf("unknown word %s", show(k.Got)), suggest(fmt.Sprint(k.Got), want))
	case *kind.Pattern:
		d.report(at, fmt.Sprintf("malformed %q", clip(k.Got)), patterns[k.Want])
	case *kind.MinItems:
		d.report(at, "an empty list", fmt.Sprintf("write at least %d", k.Want))
	case *kind.MinLength, *kind.MinProperties:
		d.report(at, "empty", "write it, or leave the line out")
	case *kind.MaxItems:
		d.report(at, fmt.Sprintf("%d items, at most %d", k.Got, k.Want), "")
	case *kind.MaxLength:
		d.report(at, fmt.Sprintf("%d characters, at most %d", k.Got, k.Want), "shorten it")
	case *kind.Minimum:
		d.report(at, "must be at least "+k.Want.RatString(), "")
	case *kind.Maximum:
		d.report(at, "must be at most "+k.Want.RatString(), "")
	default:
		d.report(at, "not as the schema of this file says", "")
	}
}

func (d *document) explainType(at string, k *kind.Type) {
	n := d.values[at]
	switch {
	case n != nil && n.Value == "not_stated":
		d.report(at, "not decided yet", "the organisation must decide this before the policy can be used")
	case k.Got == "null":
		d.report(at, "empty", "write it, or leave the line out")
	case slices.Contains(k.Want, "string") && k.Got != "object" && k.Got != "array":
		d.report(at, fmt.Sprintf("a %s where text belongs", typeWords[k.Got]), "put it in quotes")
	default:
		want := make([]string, len(k.Want))
		for i, w := range k.Want {
			want[i] = typeWords[w]
		}
		d.report(at, fmt.Sprintf("a %s where a %s belongs", typeWords[k.Got], strings.Join(want, " or ")), "")
	}
}

// typeWords are the types of JSON as the comments of the policy files name them.
var typeWords = map[string]string{
	"object": "block of keys", "array": "list", "string": "text", "integer": "whole number", "number": "number", "boolean": "yes-or-no (true, false)", "null": "nothing",
}

// patterns says what each pattern of the schemas wants.
var patterns = map[string]string{
	`^[a-z][a-z0-9-]{0,39}$`:                 "write a-z, 0-9 and hyphens, a letter first, at most 40 characters",
	`^[A-Z]{2}$`:                             "write two capital letters, as in NO",
	`^[.]?[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`: "write the name of a folder or file, without slashes",
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// show returns a plain value as it may stand in a message.
func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "value"
	}
	return clip(string(b))
}
