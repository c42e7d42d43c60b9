// Bundle makes the scripts of the site's theme out of their sources and the npm
// packages that package-lock.json pins: make bundle. Equal sources give equal
// bytes; what it makes is committed, so that building medlem needs no npm.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// theme is where the site's theme lies, seen from this folder.
const theme = "../../internal/site/theme"

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
	licence, err := os.ReadFile("node_modules/minisearch/LICENSE.txt")
	if err != nil {
		return nil, fmt.Errorf("%w: run npm ci --ignore-scripts in tools/bundle first", err)
	}
	out := api.Build(api.BuildOptions{
		EntryPoints: []string{"search.js"}, Outfile: "search.js", AllowOverwrite: true, Write: false,
		Bundle: true, Format: api.FormatESModule, Target: api.ES2022, Charset: api.CharsetUTF8,
		MinifyWhitespace: true, MinifySyntax: true, MinifyIdentifiers: true,
		LegalComments: api.LegalCommentsNone, LogLevel: api.LogLevelSilent,
		Banner: map[string]string{"js": "/* With MiniSearch; its licence stands in /licences.txt. */"},
	})
	if len(out.Errors) > 0 {
		var errs []error
		for _, m := range out.Errors {
			errs = append(errs, errors.New(m.Text))
		}
		return nil, errors.Join(errs...)
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "MiniSearch, https://github.com/lucaong/minisearch\n\n%s", bytes.TrimSpace(licence))
	text.WriteByte('\n')
	return map[string][]byte{"assets/js/search.js": out.OutputFiles[0].Contents, "static/licences.txt": text.Bytes()}, nil
}
