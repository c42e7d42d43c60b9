package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sign"
)

// signatureEnding is what the name of a signature's file has more than the statement's.
const signatureEnding = ".sig"

func (a *app) erasureReceiptCommand() *cobra.Command {
	var out, pdf string
	c := a.build(command{
		use:   "receipt ID",
		short: a.tr("sign a statement of an erasure, for whoever asks"),
		long: a.tr("Writes what the register and its history say of an erasure into a text that names nobody, and signs it with your key: what was destroyed, when, what remains and until when, and how far the erasure has come. " +
			"Beside the file lies its signature, which ssh-keygen -Y verify checks with the published keys; medlem erasure verify also compares it with a copy of the register."),
		example: "medlem erasure receipt m4k7q2x5zt3ab --out statement.yaml",
		codes:   "134",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error {
			id, err := register.ParseRecordID(strings.ToLower(args[0]))
			if err != nil {
				return usageError(a.tr("that is not the id of a record"), a.tr("medlem erasure status shows the ids"))
			}
			return a.at(withKey, func(s *session) error { return s.erasureReceipt(id, out, pdf) })
		},
	})
	c.Flags().StringVar(&out, "out", "", a.tr("the new `FILE` for the statement; its signature goes beside it, as FILE.sig (default: both are shown)"))
	c.Flags().StringVar(&pdf, "pdf", "", a.tr("write it as a PDF too, into this new `FILE`"))
	return c
}

func (s *session) erasureReceipt(id register.RecordID, out, pdf string) error {
	if err := s.discreet(out, pdf); err != nil {
		return err
	}
	x, err := s.StateErasure(id)
	if errors.Is(err, desk.ErrNotErased) {
		return refused(s.tr("no record of this id has been erased in this register"), s.tr("medlem erasure status shows the ids"))
	}
	if err != nil {
		return err
	}
	text := x.Encode()
	sig, err := sign.Receipt(text, s.me.Signer())
	if err != nil {
		return err
	}
	var written []string
	if out != "" {
		if err := s.writeSigned(out, text, sig); err != nil {
			return err
		}
		written = append(written, out, out+signatureEnding)
	}
	if pdf != "" {
		if err := s.statementPDF(pdf, x); err != nil {
			for _, path := range written {
				_ = os.Remove(path)
			}
			return err
		}
		written = append(written, pdf)
	}
	return s.result(struct {
		ID        register.RecordID `json:"id"`
		Statement string            `json:"statement"`
		Signature string            `json:"signature"`
		Files     []string          `json:"files"`
	}{id, string(text), string(sig), append([]string{}, written...)}, func(w io.Writer) {
		if out == "" {
			fmt.Fprintf(w, "%s%s", text, sig)
			return
		}
		s.printStatement(w, s.Policy(), x)
		fmt.Fprintln(w, s.tr("The statement is in {{.Path}}, its signature in {{.Signature}}. Whoever gets both can check them: medlem erasure verify {{.Path}}", "Path", out, "Signature", out+signatureEnding))
		fmt.Fprintf(w, "  ssh-keygen -Y verify -f allowed_signers -I %s -n %s -s %s < %s\n", x.By, sign.ReceiptNamespace, out+signatureEnding, out)
	})
}

// statementPDF writes a statement as a PDF.
func (s *session) statementPDF(path string, x *access.ErasureStatement) error {
	b, err := s.erasurePDF(s.Policy(), x)
	if err != nil {
		return err
	}
	f, err := s.newFile(path)
	if err != nil {
		return err
	}
	return fill(f, b)
}

func (a *app) erasureVerifyCommand() *cobra.Command {
	var secret, signers string
	c := a.build(command{
		use:   "verify FILE",
		short: a.tr("check a statement of an erasure, or a member's paper, without a key"),
		long: a.tr("Checks who signed a statement, and compares it with a copy of the register: the erasure stands in its history, the receipt says the same, the keyrings that held a key have been replaced. " +
			"A member's own paper, which is not signed, is compared in the same way; its secret shows whose it is. " +
			"With --signers it needs no register: it checks the signature alone, with the keys that the organisation publishes.\n\n" +
			"It says what it does not prove."),
		example:  "medlem erasure verify statement.yaml",
		codes:    "13",
		findings: a.tr("something in it is not so"),
		min:      1, max: 1,
		run: func(_ *cobra.Command, args []string) error { return a.erasureVerify(args[0], secret, signers) },
	})
	c.Flags().StringVar(&secret, "secret", "", a.tr("the `SECRET` on the member's paper, to see that the receipt is hers"))
	c.Flags().StringVar(&signers, "signers", "", a.tr("the `FILE` of published keys, allowed_signers; no register is looked at"))
	return c
}

// erasureVerdict is what came of a check.
type erasureVerdict struct {
	Statement *access.ErasureStatement `json:"-"`
	ID        register.RecordID        `json:"id"`
	SignedBy  register.Handle          `json:"signed_by,omitempty"`
	Faults    []string                 `json:"faults"`
	Keyrings  int                      `json:"keyrings"` // sealed ones that were looked at
	Gone      bool                     `json:"receipt_gone"`
	Hers      *bool                    `json:"hers,omitempty"` // whether the secret is that of the receipt
	Register  bool                     `json:"register"`       // it was compared with one
}

func (a *app) erasureVerify(path, secret, signers string) error {
	text, err := readFile(path, access.StatementLimit)
	if err != nil {
		return err
	}
	x, err := access.ParseErasureStatement(text)
	if err != nil {
		return &failure{exitRead, a.tr("{{.Path}} is not a statement of an erasure: {{.Reason}}", "Path", path, "Reason", err.Error()), ""}
	}
	v := &erasureVerdict{Statement: x, ID: x.ID, Faults: []string{}}
	var key []byte
	if x.Signed() {
		if key, err = a.statementKey(path, text, v); err != nil {
			return err
		}
	} else if signers != "" {
		return refused(a.tr("a member's paper is not signed"), a.tr("compare it with a copy of the register, or ask for a signed statement: medlem erasure receipt ID"))
	}
	if secret == "" {
		secret = x.Secret
	}
	if secret != "" {
		hers, err := desk.SecretOf(x, secret)
		if err != nil {
			return refused(a.tr("that is not the secret of a receipt: it is mistyped"), "")
		}
		v.Hers = &hers
		if !hers {
			v.Faults = append(v.Faults, string(desk.FaultSecret))
		}
	}
	if signers != "" {
		return a.verifySigners(v, key, signers)
	}
	return a.at(mirror, func(s *session) error { return s.verifyErasure(v, key) })
}

// statementKey returns the key that signed a statement; a signature that is not good is
// an error.
func (a *app) statementKey(path string, text []byte, v *erasureVerdict) ([]byte, error) {
	sig, err := readFile(path+signatureEnding, access.StatementLimit)
	if err != nil {
		return nil, &failure{exitRead, a.tr("there is no signature at {{.Path}}", "Path", path+signatureEnding), a.tr("a statement and its signature go together")}
	}
	key, err := sign.VerifyReceipt(text, sig)
	if err != nil {
		return nil, refused(a.tr("the signature is not of this statement"), a.tr("it was changed, or is another's: do not rely on it"))
	}
	v.SignedBy = v.Statement.By
	return key.Marshal(), nil
}

// verifySigners checks who signed a statement by a file of published keys.
func (a *app) verifySigners(v *erasureVerdict, key []byte, path string) error {
	b, err := readFile(path, 1<<20)
	if err != nil {
		return err
	}
	keys, err := sign.ParseReceiptSigners(b)
	if err != nil {
		return &failure{exitRead, a.tr("{{.Path}} cannot be used: {{.Reason}}", "Path", path, "Reason", err.Error()), ""}
	}
	known := false
	for _, k := range keys[v.Statement.By] {
		known = known || string(k.Marshal()) == string(key)
	}
	if !known {
		v.Faults = append(v.Faults, string(desk.FaultSigner))
	}
	return a.verdict(v)
}

func (s *session) verifyErasure(v *erasureVerdict, key []byte) error {
	c, err := s.CheckErasure(v.Statement, key)
	if errors.Is(err, desk.ErrNotErased) {
		return refused(s.tr("no record of this id has been erased in this register"), s.tr("run medlem sync, if the copy is older than the statement"))
	}
	if err != nil {
		return err
	}
	for _, f := range c.Faults {
		v.Faults = append(v.Faults, string(f))
	}
	v.Register, v.Keyrings, v.Gone = true, c.Keyrings, c.Gone
	return s.verdict(v)
}

func (a *app) verdict(v *erasureVerdict) error {
	err := a.result(v, func(w io.Writer) {
		for _, f := range v.Faults {
			text := a.erasureFault(f)
			if f == string(desk.FaultSigner) && !v.Register {
				text = a.tr("the key that signed it is none of those that the file has for {{.Handle}}", "Handle", v.SignedBy)
			}
			fmt.Fprintln(w, a.tr("NOT SO: {{.Fault}}", "Fault", text))
		}
		if len(v.Faults) > 0 {
			return
		}
		switch {
		case v.SignedBy == "":
		case v.Register:
			fmt.Fprintln(w, a.tr("Signed by {{.Handle}}, an officer of the register, over exactly this text.", "Handle", v.SignedBy))
		default:
			fmt.Fprintln(w, a.tr("Signed by {{.Handle}}, who has or had a key in the register, over exactly this text.", "Handle", v.SignedBy))
		}
		if v.Hers != nil {
			fmt.Fprintln(w, a.tr("The secret is that of this receipt: whoever has it was given the receipt."))
		}
		if v.Register {
			fmt.Fprintln(w, a.tr("In the register: the record {{.ID}} is erased, and the tombstone and the receipt say the same.", "ID", v.ID))
			if v.Gone {
				fmt.Fprintln(w, a.tr("The register's own receipt is gone: its time is over. The statement stands by its signature."))
			}
			fmt.Fprintln(w, a.trn(v.Keyrings, "{{.N}} keyring that lies here was looked at: it is a newer one.", "{{.N}} keyrings that lie here were looked at: they are newer ones."))
		}
		a.printDisclaimer(w, v)
	})
	if err == nil && len(v.Faults) > 0 {
		err = errFindings
	}
	return err
}

// printDisclaimer says what no check of a statement proves.
func (a *app) printDisclaimer(w io.Writer, v *erasureVerdict) {
	fmt.Fprintln(w, a.tr("This does not prove:"))
	for _, line := range []string{
		a.tr("that the present keyrings hold no key: who signed the erasure answers for it, and the other officers of the secretariat can see it"),
		a.tr("that nobody has kept an old copy and an old key: those who could read have signed that theirs are destroyed, or have not"),
		a.tr("what lies outside the register: lists that were taken out, e-mail, paper"),
	} {
		fmt.Fprintln(w, "- "+line)
	}
	if !v.Register {
		if v.SignedBy != "" {
			fmt.Fprintln(w, "- "+a.tr("that the signer was an officer on that day: a published key may be that of one who has left"))
		}
		fmt.Fprintln(w, "- "+a.tr("that the register says the same: compare it with a copy (medlem erasure verify without --signers)"))
	}
}

func (a *app) erasureFault(f string) string {
	switch desk.ErasureFault(f) {
	case desk.FaultGenesis:
		return a.tr("it is of another register")
	case desk.FaultCommit:
		return a.tr("another commit of the register erased the record")
	case desk.FaultTombstone:
		return a.tr("the register says another unit, day or reason")
	case desk.FaultReceipt:
		return a.tr("the register's receipt says something else")
	case desk.FaultMain:
		return a.tr("it speaks of a state that the register did not have after the erasure")
	case desk.FaultOld:
		return a.tr("it speaks of a state of the register that was out of date when it was signed: ask for a new one")
	case desk.FaultWaiting:
		return a.tr("it leaves out somebody who could read the record, and had not signed that the key of that time is destroyed")
	case desk.FaultSigner:
		return a.tr("who signed it was no officer of the register on that day")
	case desk.FaultKeyring:
		return a.tr("a keyring that it calls replaced is still there")
	case desk.FaultPresent:
		return a.tr("a record of this id is in the register")
	case desk.FaultSecret:
		return a.tr("the secret is not that of this receipt")
	}
	return f
}
