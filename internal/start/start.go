// Package start makes a command's start quick. Import it for its effect, from
// main alone.
//
// Libraries that are seldom used build tables before main begins (of spreadsheet
// functions, of languages): a third of that time went to sweeping a
// heap of a few megabytes. Nothing is swept until main has called Ready.
package start

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// collectAt is how many times, in percent, the heap may grow over what is in use
// before it is swept. Commands are short and their memory small: at Go's own 100
// they spend a sixth of their time sweeping. What does grow large is swept at 100
// from then on, so that a list of 20,000 does not take five times its size.
const (
	collectAt      = 400
	collectLargeAt = 100
	large          = 40 << 20 // bytes in use
)

// own is whether whoever runs the command has chosen otherwise.
var own = os.Getenv("GOGC") != ""

// Packages are initialised in the order of their import paths as far as their
// imports allow (Go 1.21), so that this one, which imports little, comes first.
func init() {
	if !own {
		debug.SetGCPercent(-1)
	}
}

// Ready lets memory be swept from here on. Main calls it first.
func Ready() {
	if !own {
		debug.SetGCPercent(collectAt)
		watch()
	}
}

// watch looks after each sweep at what is in use, until it is large.
func watch() {
	runtime.AddCleanup(new([16]byte), func(int) {
		in := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		if metrics.Read(in); in[0].Value.Kind() == metrics.KindUint64 && in[0].Value.Uint64() > large {
			debug.SetGCPercent(collectLargeAt)
			return
		}
		watch()
	}, 0)
}
