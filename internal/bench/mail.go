//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/mail/mailtest"
	"github.com/medlem-register/medlem/internal/register"
)

// mailing: e-mails from the outbox, each written, journalled and handed over by itself,
// to a server with TLS that runs in this process and whose time does not count. Beside
// it is the sealing of the same outbox alone.
func (b *bench) mailing() ([]row, error) {
	n := 1000
	if b.quick {
		n = 50
	}
	program, err := b.build("./internal/bench/mailpart")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(b.dir, "mail-*")
	if err != nil {
		return nil, err
	}
	id, err := identity.New("2026-11-22")
	if err != nil {
		return nil, err
	}
	key := filepath.Join(dir, "key")
	if err := id.Save(key, nil); err != nil {
		return nil, err
	}
	s, err := mailtest.Start(mailtest.Options{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, s.CA, 0o600); err != nil {
		return nil, err
	}
	put := func(i int) (string, register.RecordID, *exec.Cmd) {
		folder, sending := filepath.Join(dir, strconv.Itoa(i)), register.NewRecordID()
		return folder, sending, exec.CommandContext(b.ctx, program, "put", folder, key, string(sending), strconv.Itoa(n))
	}
	sealed, err := b.repeated(b.runs, func(i int) (*exec.Cmd, error) {
		_, _, c := put(-1 - i)
		return c, nil
	})
	if err != nil {
		return nil, err
	}
	runs := 0
	sent, err := b.repeated(b.runs, func(i int) (*exec.Cmd, error) {
		runs++
		folder, sending, c := put(i)
		if said, err := c.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("put messages into an outbox: %w: %s", err, said)
		}
		return exec.CommandContext(b.ctx, program, "send", folder, key, string(sending), s.Port(), ca), nil
	})
	if err != nil {
		return nil, err
	}
	if got := len(s.Messages()); got != runs*n {
		return nil, fmt.Errorf("the server has %d messages, want %d", got, runs*n)
	}
	b.note("mail: one connection with TLS, a message and two lines of the journal for each member, one of them synced; the server's own work is not counted")
	return []row{
		{figure: fmt.Sprintf("hand %d e-mails to a server, CPU", n), got: cpu(sent.cpu), limit: cpu(time.Second)},
		{figure: "the same, until all are taken", got: wall(sent.wall)},
		{figure: "make and seal that outbox", got: cpu(sealed.cpu)},
	}, nil
}
