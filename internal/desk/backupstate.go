package desk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/register"
)

// What a backup is sealed to cannot be read off it: its stanzas name nobody. An
// officer's copy therefore remembers of the backups that it made the digest, the day and
// the recipients, and can say from main when nobody is left who opens one.
//
//	.git/medlem/backups.yaml

// backupsKept is how many backups a copy remembers.
const backupsKept = 1000

const backupsFile = "backups.yaml"

// MadeBackup is what is remembered of a backup.
type MadeBackup struct {
	Digest  string // SHA-256 of the file, hexadecimal
	Day     register.Day
	Readers []Reader // with access.RecipientID
}

// RememberBackup notes a backup in this copy. A repository that is no copy of an
// officer's remembers nothing, and it returns false.
func (d *Desk) RememberBackup(digest string, b *Backup) (bool, error) {
	if d.local.dir == "" {
		return false, nil
	}
	all, err := d.Backups()
	if err != nil {
		return false, err
	}
	m := MadeBackup{Digest: digest, Day: b.Day}
	for _, r := range b.Readers {
		m.Readers = append(m.Readers, Reader{r.Handle, access.RecipientID(r.Recipient)})
	}
	all = append(all, m)
	all = all[max(0, len(all)-backupsKept):]
	f := register.NewFlat()
	var list []string
	for _, m := range all {
		line := m.Digest + " " + string(m.Day)
		for _, r := range m.Readers {
			line += " " + string(r.Handle) + " " + r.Recipient
		}
		list = append(list, line)
	}
	f.SetList("backups", list)
	return true, writeFile(filepath.Join(d.local.dir, backupsFile), f.Encode())
}

// Backups returns what this copy remembers of the backups that it made, oldest first.
func (d *Desk) Backups() ([]MadeBackup, error) {
	if d.local.dir == "" {
		return nil, nil
	}
	b, err := os.ReadFile(filepath.Join(d.local.dir, backupsFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := register.ParseFlat(b)
	if err != nil {
		return nil, fmt.Errorf("read %s of this copy: %w", backupsFile, err)
	}
	list, _, err := f.List("backups", true)
	if err != nil {
		return nil, fmt.Errorf("read %s of this copy: %w", backupsFile, err)
	}
	var out []MadeBackup
	for _, line := range list {
		p := strings.Split(line, " ")
		if len(p) < 4 || len(p)%2 != 0 {
			return nil, fmt.Errorf("read %s of this copy: malformed backup", backupsFile)
		}
		m := MadeBackup{Digest: p[0], Day: register.Day(p[1])}
		for i := 2; i < len(p); i += 2 {
			m.Readers = append(m.Readers, Reader{register.Handle(p[i]), p[i+1]})
		}
		out = append(out, m)
	}
	return out, f.End()
}

// BackupOld is an ailment: backups were made in this copy, and none for a while.
const BackupOld = "backup-old"

// backupEvery is within how many days another backup is expected where one was made.
const backupEvery = 30

// backupLate is the day of the last backup that this copy made, where it is an old one;
// "" where there is nothing to say.
func (d *Desk) backupLate() (register.Day, error) {
	all, err := d.Backups()
	if err != nil || len(all) == 0 {
		return "", err
	}
	last := all[len(all)-1].Day
	if last.Add(backupEvery) < d.Today() {
		return last, nil
	}
	return "", nil
}

// BackupReader is a recipient of a backup, and since when her identity is stated to be
// destroyed.
type BackupReader struct {
	Reader
	Destroyed register.Day // "": not stated
}

// ReadersOf says who can open a backup, by main as it is here. all is the day since which
// nobody can, as far as everybody's word goes; "" where somebody can.
func (d *Desk) ReadersOf(m MadeBackup) (out []BackupReader, all register.Day) {
	for _, r := range m.Readers {
		x := BackupReader{Reader: r}
		o := d.state.Officers[r.Handle]
		if r.Handle == register.Recovery {
			o = d.state.Recovery
		}
		if o != nil {
			if i := slices.IndexFunc(o.Retired, func(x access.Retired) bool { return x.Recipient == r.Recipient }); i >= 0 {
				x.Destroyed = o.Retired[i].Day
			}
		}
		out = append(out, x)
	}
	if len(out) == 0 || slices.ContainsFunc(out, func(x BackupReader) bool { return x.Destroyed == "" }) {
		return out, ""
	}
	for _, x := range out {
		all = max(all, x.Destroyed)
	}
	return out, all
}
