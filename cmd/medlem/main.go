// Command medlem is a membership register for associations with branches. Run
// medlem --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/medlem-register/medlem/internal/cli"
	"github.com/medlem-register/medlem/internal/start"
)

func main() {
	start.Ready()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends it as it ends any program
	code := cli.Main(ctx, os.Args[1:], cli.OSEnv())
	stop()
	os.Exit(code)
}
