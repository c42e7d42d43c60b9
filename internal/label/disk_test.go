package label

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/slow"
)

// Nothing that is made touches a disk: strace sees no file opened for writing,
// created or renamed while each kind of document is made.
func TestNothingOnDisk(t *testing.T) {
	if os.Getenv("LABEL_MAKES") != "" {
		must(t)(Labels(when, Sheet{Format: named(t, "L7160")}, entries(500)))
		must(t)(TestSheet(when, Sheet{Format: named(t, "L7160")}))
		must(t)(Letters(when, post(Envelopes[0]), []Letter{letter(addresses[0])}))
		must(t)(PrintList(when, members(500)))
		return
	}
	slow.Test(t)
	strace := slow.Tool(t, "strace")
	log := filepath.Join(t.TempDir(), "strace.log")
	c := exec.Command(strace, "-f", "-o", log, "-e", "trace=open,openat,openat2,creat,rename,renameat,renameat2,mkdir,mkdirat,memfd_create", os.Args[0], "-test.run", "^TestNothingOnDisk$", "-test.testlogfile=")
	c.Env = append(os.Environ(), "LABEL_MAKES=1", "TMPDIR="+t.TempDir())
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), "openat("); n < 1 {
		t.Fatal("strace saw nothing")
	}
	writes := regexp.MustCompile(`O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE|creat\(|rename|mkdir|memfd`)
	for line := range strings.Lines(string(b)) {
		if writes.MatchString(line) && !strings.Contains(line, `"/dev/null"`) {
			t.Error(strings.TrimSpace(line))
		}
	}
}
