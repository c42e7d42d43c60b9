// Package site is Hugo, wrapped and locked down: the only package that imports
// it, and imported by medlem-site alone. It renders from memory to memory: no
// disk, no environment, no clock, no network, no other program. Equal input gives
// equal bytes.
//
// medlem-site runs [Serve]. [Build] and [OpenTemplates] are what it does.
package site

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/bep/logg"
	"github.com/gohugoio/hugo/common/loggers"
	"github.com/gohugoio/hugo/config"
	"github.com/gohugoio/hugo/config/allconfig"
	"github.com/gohugoio/hugo/config/security"
	"github.com/gohugoio/hugo/deps"
	"github.com/gohugoio/hugo/hugofs"
	"github.com/gohugoio/hugo/hugolib"
	"github.com/spf13/afero"

	"github.com/medlem-register/medlem/internal/sitepipe"
)

// theme is the built-in part of every site.
//
//go:embed all:theme
var theme embed.FS

// Theme is the built-in site: layouts, style, texts of the pages' frame.
func Theme() fs.FS {
	sub, err := fs.Sub(theme, "theme")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return sub
}

// root is where the site lies in the memory that Hugo takes for a disk.
const root = "/site"

// A Source is one file that a site is made of.
type Source struct {
	Body   []byte
	Edited time.Time // when it was last changed; zero if unknown
}

// A Spec is all that a site is made of.
type Spec struct {
	Options sitepipe.Options
	Theme   fs.FS             // Theme(), except in tests
	Files   map[string]Source // the organisation's: take the place of the theme's
	// Warn is called with each warning of the theme; Emit with each finished file,
	// from several goroutines. Emit may be nil where nothing is rendered.
	Warn func(text string)
	Emit func(name string, body []byte) error
}

// building keeps builds apart: Hugo keeps its logger, and with it the count of
// errors that decides whether a build failed, in a variable of the process.
var building sync.Mutex

// Build renders a site. Everything that is wrong with its input is in the error,
// one line each. What was emitted counts only if there is none.
func Build(spec Spec) error {
	building.Lock()
	defer building.Unlock()
	out, err := newOutput(spec)
	if err != nil {
		return err
	}
	return errors.Join(build(spec, out, lock), out.close())
}

func build(spec Spec, out *output, lock func(*allconfig.Config)) (err error) {
	log := &complaints{}
	defer func() { err = log.verdict(err, spec.Warn) }()
	defer recovered(&err)
	h, err := open(spec, out, log, lock)
	if err != nil {
		return err
	}
	defer h.Close()
	return h.Build(hugolib.BuildCfg{NoBuildLock: true})
}

// open loads the configuration and the templates, and builds nothing.
func open(spec Spec, out *output, log *complaints, lock func(*allconfig.Config)) (*hugolib.HugoSites, error) {
	src, err := source(spec)
	if err != nil {
		return nil, err
	}
	flags := config.New()
	// Flat keys alone: nested ones lose to the configuration files.
	flags.Set("workingDir", root)
	flags.Set("cacheDir", root+"/.cache") // in src, which is memory
	configs, err := allconfig.LoadConfig(allconfig.ConfigSourceDescriptor{
		Fs:          src,
		Flags:       flags,
		Filename:    "hugo.json,locked.yaml",
		Environment: "production",
		Environ:     []string{"LANG=C"}, // were it empty, Hugo would read the real one
		Logger: loggers.New(loggers.Options{
			Level: logg.LevelWarn, DistinctLevel: logg.LevelWarn, StdOut: log, StdErr: log,
		}),
	})
	if err != nil {
		return nil, err
	}
	lock(configs.Base)
	for _, c := range configs.LanguageConfigMap { // each could override any key
		lock(c)
	}
	files := hugofs.NewFrom(src, configs.LoadingInfo.BaseConfig)
	files.PublishDir, files.PublishDirStatic, files.PublishDirServer = out, out, out
	return hugolib.NewHugoSites(deps.DepsCfg{
		Configs: configs, Fs: files, LogLevel: logg.LevelWarn, StdOut: log, StdErr: log,
	})
}

// locked is read last, so that loading the configuration itself runs nothing and
// fetches nothing.
const locked = `
security: {exec: {allow: none, osEnv: none}, http: {urls: none, methods: none}, funcs: {getenv: none}}
timeZone: UTC
`

// lock sets what nothing may change before anything renders: nothing runs,
// nothing is fetched, no variable of the environment is read, nothing is written
// behind the back of the output. Nothing is rewritten after it was rendered
// (minified, its addresses changed): where that fails, Hugo writes the page to the
// real temporary folder.
func lock(c *allconfig.Config) {
	c.Security = security.Config{ // no list allows anything
		AllowContent: security.MustNewWhitelist("^text/markdown$"),
	}
	c.Minify.MinifyOutput = false
	c.CanonifyURLs, c.RelativeURLs = false, false
	c.DisableHugoGeneratorInject, c.DisableLiveReload = true, true
	c.Build.NoJSConfigInAssets = true
	c.Build.BuildStats.Enable = false
	c.EnableGitInfo = false
}

// source lays a spec out as the disk that Hugo sees. A file without a time gets
// the zero one, not that of the build.
func source(spec Spec) (afero.Fs, error) {
	src := afero.NewMemMapFs()
	put := func(name string, body []byte, edited time.Time) error {
		p := path.Join(root, name)
		if err := afero.WriteFile(src, p, body, 0o600); err != nil {
			return err
		}
		return src.Chtimes(p, edited, edited)
	}
	err := fs.WalkDir(spec.Theme, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, "static/") {
			return err
		}
		body, err := fs.ReadFile(spec.Theme, name)
		if err != nil {
			return err
		}
		if rest, ok := strings.CutPrefix(name, "each/"); ok {
			return each(spec, rest, func(name string) error { return put(name, body, time.Time{}) })
		}
		return put(name, body, time.Time{})
	})
	if err != nil {
		return nil, err
	}
	texts, err := translations(spec)
	if err != nil {
		return nil, err
	}
	for name, body := range texts {
		if err := put(name, body, time.Time{}); err != nil {
			return nil, err
		}
	}
	when, err := newConditions(spec.Files)
	if err != nil {
		return nil, err
	}
	var wrong []error
	for name, f := range spec.Files {
		if strings.HasPrefix(name, "i18n/") || strings.HasPrefix(name, "static/") {
			continue
		}
		body := f.Body
		if strings.HasSuffix(name, ".md") {
			if body, err = when.of(body).settle(name, body); err != nil {
				wrong = append(wrong, err)
				continue
			}
		}
		if err := put(name, body, f.Edited); err != nil {
			return nil, err
		}
	}
	if wrong != nil {
		return nil, errors.Join(wrong...)
	}
	conf, err := configuration(spec)
	if err != nil {
		return nil, err
	}
	return src, errors.Join(put("hugo.json", conf, time.Time{}), put("locked.yaml", []byte(locked), time.Time{}))
}

// needs are the data that the pages of a folder of the theme's each/ are made
// of: without it there is no such folder.
var needs = map[string]string{"rules": "data/findings.json", "help": "data/help.json", "guides": "data/policy.json", "versions": "data/past.json", "me": pagesData, "join": pagesData, "office": pagesData}

// each puts a file of the theme's folder each/ into the content of every language.
func each(spec Spec, name string, put func(name string) error) error {
	folder, _, _ := strings.Cut(name, "/")
	if _, ok := spec.Files[needs[folder]]; !ok || folder == "join" && !hasJoining(spec.Files) {
		return nil
	}
	for _, l := range spec.Options.Languages {
		if err := put(path.Join("content", l, name)); err != nil {
			return err
		}
	}
	return nil
}

// recovered turns a panic of this goroutine into an error. Those of Hugo's own
// goroutines end the process.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the renderer panicked: %v\n%s", r, debug.Stack())
	}
}
