// Bundle makes the scripts of the site's theme out of their sources and the npm
// packages that package-lock.json pins: make bundle. Equal sources give equal
// bytes; what it makes is committed, so that building medlem needs no npm.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// theme is where the site's theme lies, seen from this folder.
const theme = "../../internal/site/theme"

// A script of the theme: what it is made of, and how it is loaded.
type script struct {
	entry  string
	format api.Format
}

// scripts are made into assets/js, each into one file that loads no other by itself.
// Those that are modules are fetched by pages; a file that stands in a document is
// none.
var scripts = []script{
	{"search.js", api.FormatESModule},
	{"me.ts", api.FormatESModule},
	{"intake.ts", api.FormatESModule},
	{"join.ts", api.FormatESModule},
	{"office.ts", api.FormatESModule},
	{"passkey.ts", api.FormatESModule},
	{"single.ts", api.FormatIIFE},
	{"repair.ts", api.FormatIIFE},
}

func main() {
	log.SetFlags(0)
	files, err := bundle()
	if err != nil {
		log.Fatalf("error: %v", err)
	}
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(theme, filepath.FromSlash(name)), body, 0o644); err != nil {
			log.Fatalf("error: %v", err)
		}
	}
}

// bundle returns what is made, by its path in the theme. It runs in this folder.
func bundle() (map[string][]byte, error) {
	if _, err := os.Stat("node_modules"); err != nil {
		return nil, fmt.Errorf("%w: run npm ci --ignore-scripts in tools/bundle first", err)
	}
	made := map[string][]byte{}
	packages := map[string]bool{}
	for _, s := range scripts {
		body, from, err := build(s)
		if err != nil {
			return nil, err
		}
		made["assets/js/"+strings.TrimSuffix(s.entry, path.Ext(s.entry))+".js"] = body
		maps.Copy(packages, from)
	}
	var err error
	made["static/licences.txt"], err = licences(slices.Sorted(maps.Keys(packages)))
	return made, err
}

// build returns one script, and the npm packages of which anything is in it.
func build(s script) ([]byte, map[string]bool, error) {
	options := api.BuildOptions{
		EntryPoints: []string{s.entry}, Outfile: "out.js", Write: false, Metafile: true,
		Bundle: true, Format: s.format, Target: api.ES2022, Charset: api.CharsetUTF8,
		MinifyWhitespace: true, MinifySyntax: true, MinifyIdentifiers: true,
		LegalComments: api.LegalCommentsNone, LogLevel: api.LogLevelSilent,
	}
	out := api.Build(options)
	if len(out.Errors) > 0 {
		var errs []error
		for _, m := range out.Errors {
			errs = append(errs, errors.New(m.Text))
		}
		return nil, nil, errors.Join(errs...)
	}
	var meta struct {
		Outputs map[string]struct {
			Inputs map[string]struct{ BytesInOutput int }
		}
	}
	if err := json.Unmarshal([]byte(out.Metafile), &meta); err != nil {
		return nil, nil, err
	}
	packages := map[string]bool{}
	for _, o := range meta.Outputs {
		for name, in := range o.Inputs {
			if rest, ok := strings.CutPrefix(name, "node_modules/"); ok && in.BytesInOutput > 0 {
				packages[packageOf(rest)] = true
			}
		}
	}
	body := out.OutputFiles[0].Contents
	if len(packages) > 0 {
		note := fmt.Sprintf("/* %s: /licences.txt */\n", strings.Join(slices.Sorted(maps.Keys(packages)), ", "))
		body = append([]byte(note), body...)
	}
	return body, packages, nil
}

// packageOf is the name of the package that a file below node_modules is of.
func packageOf(file string) string {
	parts := strings.Split(file, "/")
	if strings.HasPrefix(file, "@") {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// licences returns the text of the licence of each package, after its name and
// address.
func licences(packages []string) ([]byte, error) {
	var text bytes.Buffer
	for i, name := range packages {
		var about struct {
			Homepage   string
			Repository struct{ URL string }
		}
		b, err := os.ReadFile(filepath.Join("node_modules", name, "package.json"))
		if err == nil {
			err = json.Unmarshal(b, &about)
		}
		if err != nil {
			return nil, fmt.Errorf("read about %s: %w", name, err)
		}
		found, err := filepath.Glob(filepath.Join("node_modules", name, "LICENSE*"))
		if err != nil || len(found) != 1 {
			return nil, fmt.Errorf("%s has %d licences", name, len(found))
		}
		licence, err := os.ReadFile(found[0])
		if err != nil {
			return nil, err
		}
		if i > 0 {
			text.WriteString("\n----\n\n")
		}
		fmt.Fprintf(&text, "%s, %s\n\n%s\n", name, cmp.Or(about.Homepage, strings.TrimSuffix(strings.TrimPrefix(about.Repository.URL, "git+"), ".git")), bytes.TrimSpace(licence))
	}
	return text.Bytes(), nil
}
