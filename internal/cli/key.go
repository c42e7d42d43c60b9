package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) keyCommand() *cobra.Command {
	return a.family("key", a.tr("make, show and protect your identity"),
		a.tr("Your identity is a file of your own that opens the members you may see and signs what you send. Nobody else has it, not even the secretariat."),
		a.keyNewCommand(), a.keyShowCommand(), a.keyPassphraseCommand(), a.keyAttestCommand(), a.keyRevealCommand())
}

func (a *app) keyNewCommand() *cobra.Command {
	var out string
	var plain bool
	c := a.build(command{
		use:   "new",
		short: a.tr("make your identity"),
		long: a.tr("Makes your identity file and prints your officer file, which is not secret: send it to the secretariat. " +
			"Then telephone them and read out the fingerprint, so that they know that it is yours."),
		example: "medlem key new > kari.officer",
		codes:   "3",
		run:     func(*cobra.Command, []string) error { return a.keyNew(out, plain) },
	})
	c.Flags().StringVar(&out, "out", "", a.tr("the `FILE` to make (default: identity.age in your settings folder)"))
	c.Flags().BoolVar(&plain, "plain", false, a.tr("do not protect the file with a passphrase"))
	return c
}

func (a *app) keyNew(path string, plain bool) error {
	if path == "" {
		var err error
		if path, _, err = a.identityPath(); err != nil {
			return err
		}
		if path == "" {
			return usageError(a.tr("say where to keep it: --out FILE"), "")
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return refused(a.tr("{{.Path}} exists already; an identity is never overwritten", "Path", path), a.tr("choose another name with --out"))
	}
	var pass []byte
	if plain {
		a.warn(a.tr("whoever gets hold of this file can read your members and act in your name"), a.tr("protect it: medlem key passphrase"))
	} else {
		var err error
		if pass, err = a.newPassphrase(); err != nil {
			return err
		}
	}
	id, err := identity.New(register.DayOf(a.Now()))
	if err != nil {
		return err
	}
	if err := id.Save(path, pass); err != nil {
		return err
	}
	if err := a.showKey(id); err != nil {
		return err
	}
	a.note(a.tr("Your identity is in {{.Path}}. Keep a copy where only you can get at it: nobody can make it again.", "Path", path))
	a.note(a.tr("Send what was printed here to the secretariat, and read them the fingerprint on the telephone: {{.Fingerprint}}",
		"Fingerprint", desk.OfficerOf(id).Fingerprint()))
	return nil
}

func (a *app) keyShowCommand() *cobra.Command {
	return a.build(command{
		use:     "show",
		short:   a.tr("print your officer file and its fingerprint"),
		long:    a.tr("Prints your officer file, which the secretariat needs in order to give you access, and the fingerprint to read out on the telephone. Neither is secret."),
		example: "medlem key show > kari.officer",
		codes:   "34",
		run: func(*cobra.Command, []string) error {
			o, err := a.officer()
			if err != nil {
				return err
			}
			if err := a.showKey(o.Identity); err != nil {
				return err
			}
			if a.format == "text" {
				a.note(a.tr("Fingerprint: {{.Fingerprint}}", "Fingerprint", desk.OfficerOf(o.Identity).Fingerprint()))
			}
			return nil
		},
	})
}

// showKey prints the public half of an identity.
func (a *app) showKey(id *identity.Identity) error {
	f := desk.OfficerOf(id)
	return a.result(struct {
		Handle      register.Handle `json:"handle"`
		Fingerprint string          `json:"fingerprint"`
		Signing     string          `json:"signing"`
		Recipient   string          `json:"recipient"`
		Created     register.Day    `json:"created"`
		Protected   bool            `json:"protected"`
	}{f.Handle, f.Fingerprint(), f.Signing, id.Recipient(), id.Created(), id.Sealed()},
		func(w io.Writer) { _, _ = w.Write(f.Encode()) })
}

func (a *app) keyPassphraseCommand() *cobra.Command {
	var remove bool
	c := a.build(command{
		use:   "passphrase",
		short: a.tr("set or change the passphrase of your identity"),
		long: a.tr("Asks for the present passphrase, if there is one, and then for a new one, and protects your identity file with it. " +
			"With --passphrase-fd, the present one is on the first line and the new one on the next."),
		example: "medlem key passphrase",
		codes:   "134",
		run: func(*cobra.Command, []string) error {
			o, err := a.officer()
			if err != nil {
				return err
			}
			if o.passphrase = nil; !remove {
				if o.passphrase, err = a.newPassphrase(); err != nil {
					return err
				}
			}
			if err := o.save(); err != nil {
				return err
			}
			if remove {
				a.warn(a.tr("whoever gets hold of this file can read your members and act in your name"), "")
			}
			a.note(a.tr("Done. Copies of the file that you made before still have the old protection."))
			return nil
		},
	})
	c.Flags().BoolVar(&remove, "plain", false, a.tr("take the passphrase away"))
	return c
}

func (a *app) keyRevealCommand() *cobra.Command {
	return a.build(command{
		use:   "reveal ID",
		short: a.tr("print the key of one member's record"),
		long: a.tr("Prints the key that opens one member's record with the program age, without medlem. " +
			"It is as secret as the record itself, until the record is next changed."),
		example: "AGE_PASSPHRASE=$(medlem key reveal m4k7q2x5zt3ab) age -d -j batchpass record.age",
		codes:   "34",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error {
			return a.onMember(args[0], func(s *session, id register.RecordID) error {
				key, path, err := s.RevealKey(id)
				if err != nil {
					return err
				}
				return a.result(struct {
					ID   register.RecordID `json:"id"`
					Path string            `json:"path"`
					Key  string            `json:"key"`
				}{id, path, key}, func(w io.Writer) { fmt.Fprintln(w, key) })
			})
		},
	})
}
