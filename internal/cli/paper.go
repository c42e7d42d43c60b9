package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/medlem-register/medlem/internal/desk"
)

// paper is where a recovery secret goes, before the register comes to depend on
// it: a new file, or what is shown.
type paper struct {
	a      *app
	file   *os.File // nil: it is shown
	counts string   // from when on it counts, said where it is shown
	proven bool     // whoever it is shown to proves that she has it before anything is made
}

// recoveryPaper makes the file before anything is changed, so that a secret
// never exists without a place to go.
func (a *app) recoveryPaper(path, counts string) (*paper, error) {
	p := &paper{a: a, counts: counts}
	if path == "" {
		return p, nil
	}
	var err error
	p.file, err = a.newFile(path)
	return p, err
}

func (p *paper) drop() {
	if p.file != nil {
		_ = p.file.Close()
		_ = os.Remove(p.file.Name())
	}
}

// give is desk.Paper.
func (p *paper) give(secret string) error {
	if p.file != nil {
		return p.write(secret)
	}
	begin := struct {
		Recovery string `json:"recovery"`
	}{secret}
	err := p.a.first(begin, func(w io.Writer) {
		fmt.Fprintf(w, "%s\n\n    %s\n\n%s\n\n", wrap(p.a.tr("This is the recovery secret. It opens every member's record, it is shown only now, and nobody can make it again. "+
			"Write it on paper and lock it away:"), helpWidth, ""), secret, wrap(p.counts, helpWidth, ""))
	})
	if err != nil || !p.proven || !p.a.Terminal {
		return err
	}
	return p.prove(secret)
}

// paperEnd is how many characters of a secret show that it stands on paper.
const paperEnd = 6

// prove asks until the end of the secret was typed as it is.
func (p *paper) prove(secret string) error {
	for {
		typed, err := p.a.ask(p.a.tr("When it is on paper, write its last {{.N}} characters from there:", "N", paperEnd))
		if err != nil {
			return err
		}
		if strings.EqualFold(typed, secret[len(secret)-paperEnd:]) {
			return nil
		}
		p.a.warn(p.a.tr("it does not end like that; compare the whole of it"), "")
	}
}

func (p *paper) write(secret string) error {
	return fill(p.file, fmt.Appendf(nil, "# %s\n# %s\n# %s\n%s\n",
		p.a.tr("Recovery secret of the register. It opens every member's record."),
		p.a.tr("Print it, lock it away, and delete this file. docs/recovery.md says how it is used."),
		p.counts, secret))
}

// place says where the secret is, where it was not shown.
func (p *paper) place(w io.Writer) {
	if p.file != nil {
		fmt.Fprintln(w, p.a.tr("The recovery secret is in {{.Path}}. Print it, lock it away, and delete the file.", "Path", p.file.Name()))
	}
}

// failed returns the error of an act with what it means for the paper, and takes
// the file away where it means nothing any more. unsure says what to do where the
// server may know the secret.
func (p *paper) failed(err error, unsure string) error {
	var pe *desk.PaperError
	shown := errors.As(err, &pe)
	switch {
	case shown && !pe.Void:
		return &hintError{err, unsure}
	case p.file != nil:
		p.drop()
		return err
	case shown:
		return &hintError{err, p.a.tr("the recovery secret that was shown is void: it opens nothing; destroy the paper")}
	}
	return err
}
