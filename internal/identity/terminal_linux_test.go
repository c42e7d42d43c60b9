package identity

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/medlem-register/medlem/internal/seal/agetest"
)

// TestStockUsesSealed opens a keyring with "age -d -i" and a sealed identity
// file. Age asks the terminal for the passphrase, so the test gives it one.
func TestStockUsesSealed(t *testing.T) {
	file, err := filepath.Abs("testdata/identity.age")
	if err != nil {
		t.Fatal(err)
	}
	keyring, err := filepath.Abs("../seal/testdata/keyring.age")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../seal/testdata/keyring.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := ageOnTerminal(t, testPassphrase+"\n", "-d", "-i", file, keyring)
	if err != nil || !bytes.HasPrefix(got, want) {
		t.Errorf("age opened %d bytes; %v", len(got), err)
	}
	if _, err := ageOnTerminal(t, "another passphrase\n", "-d", "-i", file, keyring); err == nil {
		t.Error("age opened the file with another passphrase")
	}
}

// ageOnTerminal runs stock age on a terminal of its own, types at its prompt,
// and returns its standard output.
func ageOnTerminal(t *testing.T, typed string, args ...string) ([]byte, error) {
	t.Helper()
	master, slave := openTerminal(t)
	defer master.Close()
	cmd := exec.Command(agetest.Program(t), args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	err := cmd.Start()
	slave.Close() // so that reading ends when age does
	if err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer stop.Stop()
	// Only what is typed after the prompt is read without echo.
	prompt := make([]byte, 0, 4096)
	for !bytes.Contains(prompt, []byte("passphrase")) && len(prompt) < cap(prompt) {
		n, err := master.Read(prompt[len(prompt):cap(prompt)])
		if err != nil {
			break
		}
		prompt = prompt[:len(prompt)+n]
	}
	if _, err := master.WriteString(typed); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, stderr.String())
	}
	return stdout.Bytes(), nil
}

// openTerminal returns the two ends of a new pseudo-terminal.
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}
