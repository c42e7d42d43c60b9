package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/demo"
)

func (a *app) demoCommand() *cobra.Command {
	var keep string
	c := a.build(command{
		use:   "demo",
		short: a.tr("see a month in the life of an invented federation"),
		long: a.tr("Makes an invented federation with a server of its own in a new folder, and plays a month of its life with the real commands: " +
			"lists come in, somebody reaches too far, two officers change the same member, an office is handed over, a member is forgotten. " +
			"It tells what happens, and at the end what to try in that folder. Nothing outside the folder is touched."),
		example: "medlem demo --keep try-it",
		codes:   "3",
		run: func(c *cobra.Command, _ []string) error {
			return a.playDemo(c.Context(), keep)
		},
	})
	c.Flags().StringVar(&keep, "keep", "", a.tr("play in this new `FOLDER` (default: a folder among the temporary ones)"))
	return c
}

func (a *app) playDemo(ctx context.Context, dir string) error {
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "medlem-demo-*"); err != nil {
			return err
		}
	} else {
		if es, err := os.ReadDir(dir); err == nil && len(es) > 0 {
			return usageError(a.tr("the folder is not empty"), a.tr("name one that does not exist yet"))
		} else if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	return demo.Play(ctx, demo.Options{Dir: dir, Out: a.Stdout, Now: a.Now(), Run: a.runInDemo})
}

// runInDemo runs a command in process, at a time of the play, as a person of it.
func (a *app) runInDemo(ctx context.Context, now time.Time, stdout, stderr io.Writer, args ...string) int {
	env := a.Env
	env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), stdout, stderr
	env.Now = func() time.Time { return now }
	env.Terminal, env.Color, env.Password = false, false, nil
	env.Getenv = func(key string) string {
		if strings.HasPrefix(key, "LC_") || key == "LANG" {
			return "en"
		}
		return ""
	}
	return Main(ctx, args, env)
}
