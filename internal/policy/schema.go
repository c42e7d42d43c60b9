package policy

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// The JSON Schemas (draft 2020-12) of the policy files. Editors read them from
// the address that stands in each file's first line; here they are compiled in.
//
// They use a small part of JSON Schema, and a small interpreter of that part
// reads them: the full library compiles the meta-schemas of every draft when a
// program starts, which is a quarter of the time that medlem --help may take.
// The tests hold the interpreter to the library.
//
//go:embed schema/*.json
var schemaFS embed.FS

const schemaBase = "https://raw.githubusercontent.com/medlem-register/medlem/main/internal/policy/schema/"

// A schema is one node of a schema file. A keyword that is not here is refused
// when the schemas are read.
type schema struct {
	Schema      string `json:"$schema"`
	ID          string `json:"$id"`
	Title       string `json:"title"`
	Description string `json:"description"`

	Ref  string             `json:"$ref"`
	Defs map[string]*schema `json:"$defs"`

	Type          string             `json:"type"`
	Enum          []string           `json:"enum"`
	Pattern       string             `json:"pattern"`
	MinLength     int                `json:"minLength"`
	MaxLength     int                `json:"maxLength"`
	Minimum       *int64             `json:"minimum"`
	Maximum       *int64             `json:"maximum"`
	Properties    map[string]*schema `json:"properties"`
	Required      []string           `json:"required"`
	MinProperties int                `json:"minProperties"`
	Additional    *additional        `json:"additionalProperties"`
	Items         *schema            `json:"items"`
	MinItems      int                `json:"minItems"`
	MaxItems      int                `json:"maxItems"`

	to      *schema // what Ref points to
	pattern *regexp.Regexp
}

// additional is what keys that the schema does not name may hold: with Schema
// nil, there are none.
type additional struct{ Schema *schema }

func (a *additional) UnmarshalJSON(b []byte) error {
	if string(b) == "false" {
		return nil
	}
	a.Schema = &schema{}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	return dec.Decode(a.Schema)
}

// schemas reads all of them once, when the first policy is loaded.
var schemas = sync.OnceValue(readSchemas)

func readSchemas() map[string]*fileSchema {
	entries, err := schemaFS.ReadDir("schema")
	if err != nil {
		panic(err) // it is compiled in
	}
	all := map[string]*schema{}
	for _, e := range entries {
		b, err := schemaFS.ReadFile(path.Join("schema", e.Name()))
		if err != nil {
			panic(err)
		}
		s := &schema{}
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.DisallowUnknownFields()
		if err := dec.Decode(s); err != nil {
			panic(fmt.Sprintf("schema %s: %v", e.Name(), err))
		}
		all[e.Name()] = s
	}
	out := map[string]*fileSchema{}
	for name, s := range all {
		f := &fileSchema{schema: s}
		s.link(name, all, f)
		if name == "common.json" {
			continue // the names of languages in it are no keys to suggest
		}
		slices.Sort(f.keys)
		f.keys = slices.Compact(f.keys)
		out[strings.TrimSuffix(name, ".json")+".yaml"] = f
	}
	organisation := out["organisation.yaml"]
	out[unitsFile] = &fileSchema{schema: organisation.schema.Defs["unitsFile"], keys: organisation.keys}
	return out
}

// A fileSchema is what a file must look like.
type fileSchema struct {
	schema *schema
	keys   []string // every key that may stand anywhere in the file
}

func schemaOf(file string) *fileSchema { return schemas()[file] }

// holdsKeys tells whether a block of keys stands at path.
func (f *fileSchema) holdsKeys(path string) bool {
	s := f.at(path)
	return s != nil && s.Properties != nil
}

// at returns what may stand at path; nil where nothing may.
func (f *fileSchema) at(path string) *schema {
	s := f.schema.target()
	for _, step := range strings.Split(path, "/")[1:] {
		switch {
		case s == nil:
			return nil
		case s.Items != nil:
			s = s.Items.target()
		default:
			s = s.Properties[step].target()
		}
	}
	return s
}

// target is what a reference stands for.
func (s *schema) target() *schema {
	for s != nil && s.to != nil && s.Items == nil && s.Properties == nil {
		s = s.to
	}
	return s
}

// byLanguage tells whether a text in each language stands here.
func (s *schema) byLanguage() bool { return s != nil && s.Properties["nb"] != nil }

// link resolves references, compiles patterns and collects the keys below s.
func (s *schema) link(file string, all map[string]*schema, f *fileSchema) {
	if s == nil {
		return
	}
	if s.Ref != "" {
		to, def, _ := strings.Cut(s.Ref, "#/$defs/")
		if to == "" {
			to = file
		}
		if s.to = all[to].Defs[def]; s.to == nil {
			panic("schema " + file + ": nothing at " + s.Ref)
		}
	}
	if s.Pattern != "" {
		s.pattern = regexp.MustCompile(s.Pattern)
	}
	for key, sub := range s.Properties {
		f.keys = append(f.keys, key)
		sub.link(file, all, f)
	}
	for _, sub := range s.Defs {
		sub.link(file, all, f)
	}
	if s.Additional != nil {
		s.Additional.Schema.link(file, all, f)
	}
	s.Items.link(file, all, f)
}

// validate reports where d is not as the schema says.
func (d *document) validate(f *fileSchema) { d.check(f.schema, d.value, "", f) }

// check reports where the value at a place is not as s says.
func (d *document) check(s *schema, v any, at string, f *fileSchema) {
	if d.full() {
		return
	}
	if v == (undecided{}) {
		if !d.pack {
			d.report(at, "not decided yet", "the organisation must decide this before the policy can be used")
		}
		return
	}
	if s.to != nil {
		d.check(s.to, v, at, f)
	}
	if got := typeOf(v); s.Type != "" && got != s.Type {
		d.explainType(at, got, s.Type)
		return
	}
	switch v := v.(type) {
	case map[string]any:
		d.checkMap(s, v, at, f)
	case []any:
		d.checkList(s, v, at, f)
	case string:
		d.checkText(s, v, at)
	case int64:
		if s.Minimum != nil && v < *s.Minimum {
			d.report(at, fmt.Sprintf("must be at least %d", *s.Minimum), "")
		}
		if s.Maximum != nil && v > *s.Maximum {
			d.report(at, fmt.Sprintf("must be at most %d", *s.Maximum), "")
		}
	}
	if t, ok := v.(string); s.Enum != nil && (!ok || !slices.Contains(s.Enum, t)) {
		d.report(at, "unknown word "+show(v), suggest(fmt.Sprint(v), s.Enum))
	}
}

func (d *document) checkMap(s *schema, m map[string]any, at string, f *fileSchema) {
	if len(m) < s.MinProperties {
		d.report(at, "empty", "write it, or leave the line out")
	}
	var missing []string
	for _, key := range s.Required {
		if _, ok := m[key]; !ok {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		d.reportKey(at, "missing "+strings.Join(missing, ", "), "add the line"+plural(len(missing)))
	}
	for _, key := range sorted(m) {
		to := at + "/" + escape(key)
		if sub := s.Properties[key]; sub != nil {
			d.check(sub, m[key], to, f)
			continue
		}
		switch {
		case s.Additional == nil:
		case s.Additional.Schema == nil:
			d.unknownKey(key, at, to, s, f)
		default:
			d.check(s.Additional.Schema, m[key], to, f)
		}
	}
}

func (d *document) unknownKey(key, at, to string, s *schema, f *fileSchema) {
	msg, hint := fmt.Sprintf("unknown key %q", clip(key)), near(key, f.keys)
	if s.byLanguage() { // names or texts by language
		msg, hint = fmt.Sprintf("unknown language %q", clip(key)), suggest(key, Languages)
		if key == "no" { // which has two written forms
			hint = "write nb for bokmål, nn for nynorsk"
		}
	}
	if hint == "" {
		hint = "correct it; where a newer medlem wrote it, install that version"
	}
	d.reportKey(to, msg, hint)
}

func (d *document) checkList(s *schema, list []any, at string, f *fileSchema) {
	if len(list) < s.MinItems {
		d.report(at, "an empty list", fmt.Sprintf("write at least %d", s.MinItems))
	}
	if s.MaxItems > 0 && len(list) > s.MaxItems {
		d.report(at, fmt.Sprintf("%d items, at most %d", len(list), s.MaxItems), "")
	}
	if s.Items == nil {
		return
	}
	for i, v := range list {
		d.check(s.Items, v, fmt.Sprintf("%s/%d", at, i), f)
	}
}

func (d *document) checkText(s *schema, text, at string) {
	n := utf8.RuneCountInString(text)
	switch {
	case n < s.MinLength:
		d.report(at, "empty", "write it, or leave the line out")
	case s.MaxLength > 0 && n > s.MaxLength:
		d.report(at, fmt.Sprintf("%d characters, at most %d", n, s.MaxLength), "shorten it")
	case s.pattern != nil && !s.pattern.MatchString(text):
		d.report(at, fmt.Sprintf("malformed %q", clip(text)), patterns[s.Pattern])
	}
}

// typeOf names the type of a value as JSON Schema does.
func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case int64:
		return "integer"
	case float64:
		if v == math.Trunc(v) {
			return "integer"
		}
	}
	return "number"
}

func sorted[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func (d *document) explainType(at, got, want string) {
	switch {
	case got == "null":
		d.report(at, "empty", "write it, or leave the line out")
	case want == "string" && got == "integer":
		d.report(at, "a number where text belongs", "put it in quotes")
	case want == "string" && got != "object" && got != "array":
		d.report(at, fmt.Sprintf("a %s where text belongs", typeWords[got]), "put it in quotes")
	default:
		d.report(at, fmt.Sprintf("a %s where a %s belongs", typeWords[got], typeWords[want]), "")
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
	`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`:           "write year, month and day, as in 2026-11-22",
	`^[0-9]{2}-[0-9]{2}$`:                    "write month and day in quotes, as in \"01-31\"",
	`^[0-9]{1,4}[.][0-9]{1,4}$`:              "write two numbers and a point in quotes, as in \"2.1\"",
	`^[a-z2-7]{13} [0-9a-f]{64}$`:            "write the id of the evidence, a space and the SHA-256 of the sealed file",
	`^https://[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/$`:                          "write an address with https:// before and a slash after, as in https://example.org/register/",
	`^https://[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/[A-Za-z0-9._~%-]*)*([?][A-Za-z0-9._~%=&-]*)?$`: "write an address with https:// before and no # in it, as in https://drop.example.org/in",
	`^[a-z0-9][a-z0-9-]*$`: "write a unit's id, or own, below, above or other",
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
