//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/bench/gen"
)

// importing: a member-officer brings a list into her branch; her copy is as it
// was before each run.
func (b *bench) importing() ([]row, error) {
	s := b.shape(usual)
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	br := r.Branches[0]
	dir, key, err := b.copyOf(r, br.Keeper)
	if err != nil {
		return nil, err
	}
	list := filepath.Join(b.dir, "list.csv")
	if err := os.WriteFile(list, gen.List(s.Records), 0o600); err != nil {
		return nil, err
	}
	u, err := b.repeated(b.runs, func(i int) (*exec.Cmd, error) {
		fresh := fmt.Sprintf("%s-%d", dir, i)
		err := os.CopyFS(fresh, os.DirFS(dir))
		return b.medlem(b.ctx, fresh, key, "import", list, "--unit", string(br.Unit), "--keep-duplicates"), err
	})
	if err != nil {
		return nil, err
	}
	records, err := b.records(r)
	if err != nil {
		return nil, err
	}
	figure := fmt.Sprintf("import %d rows of csv", s.Records)
	out := row{figure: figure, got: cpu(u.cpu), limit: cpu(600 * time.Millisecond)}
	loop, err := b.ageSeals(records, s.Records)
	if err == nil {
		out.beside, out.other = "loop of age -e", cpu(loop)
	} else if !errors.Is(err, errNoAge) {
		return nil, err
	}
	rows := []row{out}
	if took, err := b.sopsSeals(records, s.Records); errors.Is(err, exec.ErrNotFound) {
		b.note("sops is not installed and was not measured")
	} else if err != nil {
		return nil, err
	} else {
		rows = append(rows, row{figure: figure, got: cpu(u.cpu), beside: "loop of sops encrypt", other: cpu(took)})
	}
	return rows, nil
}

// ageSeals is what stock age takes to seal so many records.
func (b *bench) ageSeals(records []gen.Sealed, total int) (time.Duration, error) {
	if err := b.stockAge(); err != nil {
		return 0, err
	}
	files, keys, err := b.loopFiles(records, false)
	if err != nil {
		return 0, err
	}
	return b.loop(`AGE_PASSPHRASE=$key AGE_PASSPHRASE_WORK_FACTOR=1 age -e -j batchpass "$file" >/dev/null`, files, keys, total)
}

// sopsSeals is what sops takes, where it is installed, to seal so many records to
// one classic recipient: it knows no other.
func (b *bench) sopsSeals(records []gen.Sealed, total int) (time.Duration, error) {
	if _, err := exec.LookPath("sops"); err != nil {
		return 0, err
	}
	recipient, err := b.classicRecipient()
	if err != nil {
		return 0, err
	}
	files, keys, err := b.loopFiles(records, false)
	if err != nil {
		return 0, err
	}
	return b.loop(`sops --encrypt --age `+recipient+` "$file" >/dev/null`, files, keys, total)
}

func (b *bench) classicRecipient() (string, error) {
	if err := b.install("filippo.io/age", "cmd/age-keygen"); err != nil {
		return "", err
	}
	secret, err := exec.CommandContext(b.ctx, filepath.Join(b.dir, "age-keygen")).Output()
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(secret)) {
		if r, ok := strings.CutPrefix(line, "# public key: "); ok {
			return strings.TrimSpace(r), nil
		}
	}
	return "", errors.New("age-keygen names no public key")
}
