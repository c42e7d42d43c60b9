package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestHiddenLine proves on a real terminal that what is typed is not shown, that Ctrl-C,
// Ctrl-D and the end of the program end the question, and that the terminal shows what
// is typed afterwards.
func TestHiddenLine(t *testing.T) {
	for _, c := range []struct {
		typed, want string
		err         error
	}{
		{"korrekt hest\r", "korrekt hest", nil},
		{"blaa\x7f\x7få hest\n", "blå hest", nil},
		{"å\x7fsykkel\x15hest\r", "hest", nil},
		{"hes\x04t\r", "hest", nil},
		{"\r", "", nil},
		{"\x04", "", io.EOF},
		{"hest\x03", "", context.Canceled},
		{"", "", context.Canceled}, // the program is to end
	} {
		master, slave := terminalPair(t)
		stop := make(chan struct{})
		type result struct {
			line []byte
			err  error
		}
		done := make(chan result, 1)
		go func() {
			line, err := hiddenLine(slave, stop)
			done <- result{line, err}
		}()
		for echoes(t, slave) { // until the question stands
			time.Sleep(time.Millisecond)
		}
		if c.typed == "" {
			close(stop)
		} else if _, err := master.WriteString(c.typed); err != nil {
			t.Fatal(err)
		}
		select {
		case r := <-done:
			if string(r.line) != c.want || !errors.Is(r.err, c.err) {
				t.Errorf("%q: got %q, %v", c.typed, r.line, r.err)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%q: the question still stands", c.typed)
		}
		if !echoes(t, slave) {
			t.Errorf("%q: the terminal shows nothing afterwards", c.typed)
		}
		if _, err := slave.WriteString("|"); err != nil {
			t.Fatal(err)
		}
		if shown := make([]byte, 64); c.typed != "" {
			n, err := master.Read(shown)
			if err != nil || !bytes.Equal(shown[:n], []byte("|")) {
				t.Errorf("%q: the terminal showed %q", c.typed, shown[:n])
			}
		}
	}
}

func echoes(t *testing.T, f *os.File) bool {
	t.Helper()
	s, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return s.Lflag&unix.ECHO != 0
}

// terminalPair returns the two ends of a new pseudo-terminal.
func terminalPair(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return master, slave
}
