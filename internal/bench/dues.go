//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/medlem-register/medlem/internal/bench/gen"
	"github.com/medlem-register/medlem/internal/dues/duestest"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/reference"
	"github.com/medlem-register/medlem/internal/register"
)

// collecting is a federation whose secretariat claims dues of everybody.
var collecting = gen.Shape{Branches: 20, Records: 20_000}

const benchDues = `collected-by: national
currency: NOK
reference-form: {scheme: kid-mod10}
amounts:
  - {id: adult, amount: 35000}
`

// dues: the secretariat claims a year of 20,000 members and books a file of 10,000
// payments, each once: what is claimed and booked is not claimed and booked again.
func (b *bench) dues() ([]row, error) {
	s := b.shape(collecting)
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	dir, key, err := b.copyOf(r, r.Secretary)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(filepath.Dir(dir))
	if err := b.collect(dir, key); err != nil {
		return nil, err
	}
	today := register.DayOf(time.Now())
	claim, err := b.measured(b.medlem(b.ctx, dir, key, "dues", "claim", today.Year()))
	if err != nil {
		return nil, err
	}
	file, n, err := b.paid(dir, key, today, s.Records/2)
	if err != nil {
		return nil, err
	}
	program, err := b.build("./internal/bench/bankread")
	if err != nil {
		return nil, err
	}
	bare, err := b.measured(exec.CommandContext(b.ctx, program, file))
	if err != nil {
		return nil, err
	}
	book, err := b.measured(b.medlem(b.ctx, dir, key, "dues", "book", file))
	if err != nil {
		return nil, err
	}
	b.note("dues: measured once, since nothing is claimed or booked twice")
	return []row{
		{figure: "claim dues of " + strconv.Itoa(s.Records), got: cpu(claim.cpu), limit: cpu(8 * time.Second)},
		{figure: "book a file of " + strconv.Itoa(n) + " payments", got: cpu(book.cpu), limit: cpu(5 * time.Second), beside: "bare reading of it", other: cpu(bare.cpu)},
	}, nil
}

// collect puts rules of dues in force.
func (b *bench) collect(dir, key string) error {
	mine := filepath.Join(filepath.Dir(dir), "policies")
	if out, err := b.medlem(b.ctx, dir, key, "policy", "get", mine).CombinedOutput(); err != nil {
		return fmt.Errorf("policy get: %w: %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(mine, "dues.yaml"), []byte(benchDues), 0o600); err != nil {
		return err
	}
	out, err := b.medlem(b.ctx, dir, key, "policy", "effect", mine, "--format", "json").Output()
	if err != nil {
		return fmt.Errorf("policy effect: %w", err)
	}
	var effect struct{ Digest string }
	if err := json.Unmarshal(out, &effect); err != nil {
		return fmt.Errorf("policy effect: %w", err)
	}
	args := []string{"policy", "put", mine}
	if effect.Digest != "" {
		args = append(args, "--accept", effect.Digest)
	}
	if out, err := b.medlem(b.ctx, dir, key, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("policy put: %w: %s", err, out)
	}
	return nil
}

// paid writes a bank's file in which so many of the members pay in full.
func (b *bench) paid(dir, key string, day register.Day, most int) (string, int, error) {
	out, err := b.medlem(b.ctx, dir, key, "list", "--format", "json").Output()
	if err != nil {
		return "", 0, fmt.Errorf("list: %w", err)
	}
	var list struct {
		Members []struct {
			Fields map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(out, &list); err != nil {
		return "", 0, fmt.Errorf("list: %w", err)
	}
	var ps []duestest.Payment
	for _, m := range list.Members {
		var lines []string
		if err := json.Unmarshal(m.Fields[record.Dues], &lines); err != nil || len(lines) == 0 || len(ps) == most {
			continue
		}
		l, ok := record.ParseDuesLine(lines[0])
		ref, err := reference.KIDMod10.Make(l.Payload)
		if !ok || err != nil {
			return "", 0, fmt.Errorf("a member has no claim that can be read: %w", err)
		}
		ps = append(ps, duestest.Payment{KID: ref, Amount: 35000, Number: len(ps) + 1})
	}
	if len(ps) != most {
		return "", 0, fmt.Errorf("%d members have claims, want %d", len(ps), most)
	}
	path := filepath.Join(b.dir, "ocr.txt")
	return path, len(ps), os.WriteFile(path, duestest.OCR(day, ps...), 0o600)
}
