package e2e

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/cli"
)

// The built program has no clock but the machine's. Where a test needs another, this
// test's own executable is the program: started with the variable clock, it is medlem
// at that time, on a server as well, whose hook inherits it.

// clock is the variable that says what time it is, RFC 3339.
const clock = "MEDLEM_TEST_NOW"

// atThatTime is medlem's main, at a time.
func atThatTime(text string) {
	now, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	begun := time.Now()
	e := cli.OSEnv()
	e.Now = func() time.Time { return now.Add(time.Since(begun)) }
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Main(ctx, os.Args[1:], e)
	stop()
	os.Exit(code)
}

// clockedWorld is a world without a register, at a time.
func clockedWorld(t testing.TB, dir, now string) *world {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: dir, bin: self, vars: map[string]string{}, now: now}
	w.host = w.at("host.git")
	return w
}
