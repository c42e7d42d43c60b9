package cli

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// version says which medlem this is.
type version struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	install string // what go install takes after the @
}

func buildVersion() version {
	v := version{Version: "(devel)", install: "latest"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Go = info.GoVersion
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = s.Value
		}
	}
	switch {
	case v.Version != "(devel)" && !strings.Contains(v.Version, "+"):
		v.install = v.Version
	case v.Commit != "":
		v.install = v.Commit
	}
	return v
}

func (a *app) versionCommand() *cobra.Command {
	return a.build(command{
		use:     "version",
		short:   a.tr("say which medlem this is"),
		long:    a.tr("Prints the version of the program, and of the Go that built it."),
		example: "medlem version",
		run: func(*cobra.Command, []string) error {
			v := buildVersion()
			return a.result(v, func(w io.Writer) { fmt.Fprintf(w, "medlem %s, %s\n", v.Version, v.Go) })
		},
	})
}
