package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

func (a *app) backupCommand() *cobra.Command {
	var out string
	var to []string
	c := a.build(command{
		use:   "backup --out FILE",
		short: a.tr("write the whole register into one sealed file"),
		long: a.tr("Writes the register with its keyrings into one file, sealed to the recovery secret and to two officers of the secretariat, those with the newest keys. It needs no key: it runs on the server, or on any copy that has every keyring. " +
			"Age opens the file, and git takes what is in it; its name and its beginning tell nobody what it is.\n\n" +
			"A backup keeps what was erased after it. It becomes unreadable when those to whom it is sealed have new keys and have destroyed the old ones: medlem backup status says so. Keep no more backups than you need."),
		example: "medlem backup --out 2026-11-22.age",
		codes:   "13",
		run: func(c *cobra.Command, _ []string) error {
			return a.at(mirror, func(s *session) error { return s.backup(c.Context(), out, to) })
		},
	})
	c.Flags().StringVar(&out, "out", "", a.tr("the new `FILE`"))
	c.Flags().StringArrayVar(&to, "to", nil, a.tr("the `HANDLE` of an officer of the secretariat who can open it; may be given more than once (default: the two with the newest keys)"))
	c.AddCommand(a.backupStatusCommand())
	return c
}

func (s *session) backup(ctx context.Context, out string, to []string) error {
	if out == "" {
		return usageError(s.tr("name the file for the backup: --out FILE"), "")
	}
	if err := s.discreet(out); err != nil {
		return err
	}
	var handles []register.Handle
	for _, text := range to {
		h, err := register.ParseHandle(text)
		if err != nil {
			return usageError(s.tr("--to: not the handle of an officer"), "")
		}
		handles = append(handles, h)
	}
	b, err := s.PlanBackup(handles)
	if errors.Is(err, desk.ErrBackupTo) {
		return refused(s.tr("a backup is sealed to officers of the secretariat alone, and to the recovery secret"), "")
	}
	if err != nil {
		return err
	}
	if len(to) == 0 && len(b.To) < 2 {
		s.warn(s.tr("the secretariat has but one officer: beside her, only the recovery secret opens this backup"), "")
	}
	digest, size, err := s.writeBackup(out, func(w io.Writer) error { return s.Backup(ctx, b, w) })
	if errors.Is(err, desk.ErrBackupRing) {
		return &failure{exitRead, s.tr("this copy does not have the keyring of every unit"), s.tr("make backups on the server, in a mirror of it (git clone --mirror), or in a copy of the secretariat")}
	}
	if err != nil {
		return err
	}
	kept, err := s.RememberBackup(digest, b)
	if err != nil {
		return err
	}
	type reader struct {
		Handle    register.Handle `json:"handle"`
		Recipient string          `json:"recipient"`
	}
	res := struct {
		File       string      `json:"file"`
		SHA256     string      `json:"sha256"`
		Bytes      int64       `json:"bytes"`
		Main       gitstore.ID `json:"main"`
		Units      int         `json:"units"`
		Readers    []reader    `json:"readers"`
		Remembered bool        `json:"remembered"`
	}{out, digest, size, b.Main, b.Units, []reader{}, kept}
	for _, r := range b.Readers {
		res.Readers = append(res.Readers, reader{r.Handle, access.RecipientID(r.Recipient)})
	}
	return s.result(res, func(w io.Writer) {
		fmt.Fprintln(w, s.trn(b.Units, "The register, with the keyring of {{.N}} unit, is in {{.Path}} ({{.Bytes}} bytes).", "The register, with the keyrings of {{.N}} units, is in {{.Path}} ({{.Bytes}} bytes).", "Path", out, "Bytes", size))
		for _, r := range b.To {
			fmt.Fprintln(w, "  "+s.tr("opened by {{.Handle}}", "Handle", r))
		}
		fmt.Fprintln(w, "  "+s.tr("opened by the recovery secret"))
		if !kept {
			fmt.Fprintln(w, s.tr("This is no officer's copy: to whom the backup is sealed is remembered nowhere but here. Its digest is {{.Digest}}.", "Digest", digest))
		}
	})
}

// writeBackup writes a new file that nobody else can read, whole or not at all, and
// returns its digest and its size in bytes.
func (a *app) writeBackup(out string, write func(io.Writer) error) (digest string, size int64, err error) {
	if _, err := os.Lstat(out); !errors.Is(err, fs.ErrNotExist) {
		return "", 0, refused(a.tr("{{.Path}} exists already", "Path", out), a.tr("choose the name of a new file"))
	}
	f, err := os.CreateTemp(filepath.Dir(out), ".medlem-*") // mode 0600
	if err != nil {
		return "", 0, err
	}
	defer os.Remove(f.Name()) // where it has not become the file
	sum := sha256.New()
	err = write(io.MultiWriter(f, sum))
	if err == nil {
		err = f.Sync()
	}
	if st, serr := f.Stat(); serr == nil {
		size = st.Size()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Link(f.Name(), out) // which never overwrites
		if err != nil && !errors.Is(err, fs.ErrExist) {
			err = os.Rename(f.Name(), out) // a file system without links
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), size, err
}

func (a *app) backupStatusCommand() *cobra.Command {
	return a.build(command{
		use:   "status FILE…",
		short: a.tr("show who can still open a backup"),
		long: a.tr("Says of each backup whether your identity opens it, and, where it was made in this copy, to whom it was sealed and who of them has said that the key of that time is destroyed. " +
			"The file itself tells nobody to whom it is sealed. It is attestation: whoever kept an old key has kept it."),
		example: "medlem backup status 2026-11-22.age",
		codes:   "3",
		min:     1, max: -1,
		run: func(_ *cobra.Command, args []string) error {
			return a.at(anyKey, func(s *session) error { return s.backupStatus(args) })
		},
	})
}

type backupReaderJSON struct {
	Handle    register.Handle `json:"handle"`
	Recipient string          `json:"recipient"`
	Destroyed register.Day    `json:"destroyed,omitempty"`
}

type backupJSON struct {
	File       string             `json:"file"`
	SHA256     string             `json:"sha256"`
	Opens      *bool              `json:"opens,omitempty"` // by this identity
	Made       register.Day       `json:"made,omitempty"`
	Readers    []backupReaderJSON `json:"readers"`
	Unreadable register.Day       `json:"unreadable_since,omitempty"`
}

func (s *session) backupStatus(files []string) error {
	known, err := s.Backups()
	if err != nil {
		return err
	}
	out := struct {
		Backups []backupJSON `json:"backups"`
	}{}
	for _, path := range files {
		x, err := s.backupState(path, known)
		if err != nil {
			return err
		}
		out.Backups = append(out.Backups, *x)
	}
	return s.result(out, func(w io.Writer) {
		for _, x := range out.Backups {
			s.printBackup(w, x)
		}
	})
}

func (s *session) backupState(path string, known []desk.MadeBackup) (*backupJSON, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return nil, err
	}
	x := &backupJSON{File: path, SHA256: hex.EncodeToString(sum.Sum(nil)), Readers: []backupReaderJSON{}}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	var ids []age.Identity
	if s.me != nil {
		ids = s.me.Ages()
	}
	switch _, err := seal.OpenBackup(f, ids); {
	case err == nil || errors.Is(err, seal.ErrNotReader):
		if opens := err == nil; s.me != nil {
			x.Opens = &opens
		}
	default:
		return nil, &failure{exitRead, s.tr("{{.Path}} is not a backup, or it is damaged", "Path", path), ""}
	}
	for _, m := range known {
		if m.Digest != x.SHA256 {
			continue
		}
		x.Made = m.Day
		readers, all := s.ReadersOf(m)
		x.Unreadable = all
		for _, r := range readers {
			x.Readers = append(x.Readers, backupReaderJSON{r.Handle, r.Recipient, r.Destroyed})
		}
	}
	return x, nil
}

func (s *session) printBackup(w io.Writer, x backupJSON) {
	fmt.Fprintln(w, x.File)
	if x.Opens != nil && *x.Opens {
		fmt.Fprintln(w, "  "+s.tr("your identity opens it"))
	} else if x.Opens != nil {
		fmt.Fprintln(w, "  "+s.tr("your identity does not open it"))
	}
	if x.Made == "" {
		fmt.Fprintln(w, "  "+s.tr("it was not made in this copy: to whom it is sealed is not known here"))
		return
	}
	fmt.Fprintln(w, "  "+s.tr("made on {{.Day}}", "Day", x.Made))
	for _, r := range x.Readers {
		name := string(r.Handle)
		if r.Handle == register.Recovery {
			name = s.tr("the recovery secret")
		}
		if r.Destroyed != "" {
			fmt.Fprintln(w, "  "+s.tr("{{.Who}}: destroyed, as stated on {{.Day}}", "Who", name, "Day", r.Destroyed))
		} else {
			fmt.Fprintln(w, "  "+s.tr("{{.Who}}: not stated to be destroyed", "Who", name))
		}
	}
	if x.Unreadable != "" {
		fmt.Fprintln(w, "  "+s.tr("unreadable for everybody since {{.Day}}, by everybody's own word", "Day", x.Unreadable))
	}
}
