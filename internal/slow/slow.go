// Package slow tells the tests that take long, or need a browser or an office
// program, whether they are to run: where MEDLEM_SLOW is set, as .ci/run does. There
// nothing is skipped, and a program that is missing fails the test that needs it.
//
// For a test that always takes long, use [Test]; for one that needs a program, use
// [Tool]; for one that does more where there is time, use [On].
package slow

import (
	"os"
	"os/exec"
	"testing"
)

// On tells whether slow tests run.
func On() bool { return os.Getenv("MEDLEM_SLOW") != "" }

// Full tells whether tests that take long at any size run at the whole of it, which
// is hours: where MEDLEM_SLOW=full. Elsewhere they run smaller, and never not at all.
func Full() bool { return os.Getenv("MEDLEM_SLOW") == "full" }

// Number is how much of something a test does: as a rule, among the slow tests, in full.
func Number(short, slow, full int) int {
	switch {
	case Full():
		return full
	case On():
		return slow
	}
	return short
}

// Test skips t unless slow tests run.
func Test(t testing.TB) {
	t.Helper()
	if !On() {
		t.Skip("slow: set MEDLEM_SLOW=1")
	}
}

// Tool returns where a program lies that t needs, one of names. Where none is
// installed, t fails if slow tests run, and is skipped otherwise.
func Tool(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(t, names[0]+" is not installed")
	return ""
}

// Missing says that something which t needs is not here: it fails t if slow tests
// run, and skips it otherwise.
func Missing(t testing.TB, what string) {
	t.Helper()
	if On() {
		t.Fatal(what)
	}
	t.Skip(what)
}
