// Package start makes a command's start quick. Import it for its effect, from
// main alone.
//
// Libraries that are seldom used build tables before main begins (of telephone
// numbers, of spreadsheet functions): a third of that time went to sweeping a
// heap of a few megabytes. Nothing is swept until main has called Ready.
package start

import (
	"os"
	"runtime/debug"
)

// collectAt is how many times, in percent, the heap may grow over what is in use
// before it is swept. Commands are short and their memory small: at Go's own 100
// they spend a sixth of their time sweeping. A check of 100,000 records still
// stays below 300 MB.
const collectAt = 400

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
	}
}
