//go:build unix

package main

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/medlem-register/medlem/internal/bench/gen"
	"github.com/medlem-register/medlem/internal/seal"
)

// listing: the secretariat, who reads every unit, lists everybody.
func (b *bench) listing() ([]row, error) {
	s := b.shape(usual)
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	dir, key, err := b.copyOf(r, r.Secretary)
	if err != nil {
		return nil, err
	}
	b.note("list: the identity has no passphrase, which would add age's scrypt of 2^18")
	u, err := b.repeated(b.runs, func(int) (*exec.Cmd, error) { return b.medlem(b.ctx, dir, key, "list"), nil })
	if err != nil {
		return nil, err
	}
	figure := fmt.Sprintf("list %d records in %d units", s.Records, s.Branches)
	first := row{figure: figure, got: cpu(u.cpu), limit: cpu(200 * time.Millisecond)}
	loop, err := b.ageOpens(r, s.Records)
	if err == nil {
		first.beside, first.other, first.least = "loop of age -d", cpu(loop), 50
	} else if !errors.Is(err, errNoAge) {
		return nil, err
	}
	plain, err := b.x25519Opens(s.Records)
	if err != nil {
		return nil, err
	}
	second := row{figure: figure, got: cpu(u.cpu), beside: "x25519, 8 recipients, in Go", other: cpu(plain), least: 8}
	return []row{first, second}, nil
}

// ageOpens is what stock age takes for so many records.
func (b *bench) ageOpens(r *gen.Register, total int) (time.Duration, error) {
	if err := b.stockAge(); err != nil {
		return 0, err
	}
	records, err := b.records(r)
	if err != nil {
		return 0, err
	}
	files, keys, err := b.loopFiles(records, true)
	if err != nil {
		return 0, err
	}
	return b.loop(`AGE_PASSPHRASE=$key age -d -j batchpass "$file" >/dev/null`, files, keys, total)
}

// x25519Opens is what the plain program takes for so many.
func (b *bench) x25519Opens(n int) (time.Duration, error) {
	program, err := b.build("./internal/bench/x25519")
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp(b.dir, "x25519-*")
	if err != nil {
		return 0, err
	}
	if _, err := b.measured(exec.CommandContext(b.ctx, program, "make", dir, strconv.Itoa(n))); err != nil {
		return 0, err
	}
	u, err := b.repeated(b.runs, func(int) (*exec.Cmd, error) { return exec.CommandContext(b.ctx, program, "open", dir), nil })
	return u.cpu, err
}

// records returns every record of a register as it is sealed.
func (b *bench) records(r *gen.Register) ([]gen.Sealed, error) {
	var out []gen.Sealed
	for _, br := range r.Branches {
		files, err := r.Sealed(br)
		if err != nil {
			return nil, err
		}
		out = append(out, files...)
	}
	return out, nil
}

// opening: seal.Open in this process, against the least that it can be.
func (b *bench) opening() ([]row, error) {
	s := b.shape(usual)
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	records, err := b.records(r)
	if err != nil {
		return nil, err
	}
	var ours, bare []time.Duration
	for range b.runs {
		for _, x := range []struct {
			open func(seal.Key, []byte) ([]byte, error)
			took *[]time.Duration
		}{{seal.Open, &ours}, {bareOpen, &bare}} {
			d, err := openAll(records, x.open)
			if err != nil {
				return nil, err
			}
			*x.took = append(*x.took, d)
		}
	}
	return []row{{figure: fmt.Sprintf("opening alone, %d records", len(records)), got: cpu(median(ours)),
		beside: "age header and one chunk", other: cpu(median(bare)), most: 1.5}}, nil
}

// openAll opens the records several times over, so that one round is not too
// short to measure, and returns what one round took.
func openAll(records []gen.Sealed, open func(seal.Key, []byte) ([]byte, error)) (time.Duration, error) {
	const rounds = 4
	runtime.GC()
	start, err := selfCPU()
	if err != nil {
		return 0, err
	}
	for range rounds {
		for _, r := range records {
			if _, err := open(r.Key, r.File); err != nil {
				return 0, err
			}
		}
	}
	end, err := selfCPU()
	return (end - start) / rounds, err
}

// bareOpen is the cryptography and nothing else: age's header, then the one
// chunk of the payload.
func bareOpen(k seal.Key, file []byte) ([]byte, error) {
	const header = 149 // bytes, of a record
	if len(file) < header+16 {
		return nil, errors.New("not a record")
	}
	id, err := age.NewScryptIdentity(k.String())
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(1)
	fileKey, err := age.DecryptHeader(file[:header], id)
	if err != nil {
		return nil, err
	}
	payload := file[header:]
	key, err := hkdf.Key(sha256.New, fileKey, payload[:16], "payload", chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, err
	}
	return aead.Open(nil, []byte{11: 1}, payload[16:], nil)
}
