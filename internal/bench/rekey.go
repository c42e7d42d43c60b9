//go:build unix

package main

import (
	"fmt"
	"os/exec"
	"time"

	"github.com/medlem-register/medlem/internal/bench/gen"
	"github.com/medlem-register/medlem/internal/register"
)

// rekeying: the secretariat seals a unit of 5,000 members anew, beside a loop of the
// shell in which stock age opens each record and seals it again; and what an identity
// could open is read from five years of history.
func (b *bench) rekeying() ([]row, error) {
	s := b.shape(gen.Shape{Branches: 10, Records: 5_200, First: 5_000})
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	if err := b.serve(r.Server); err != nil {
		return nil, err
	}
	dir, key, err := b.copyOf(r, r.Secretary)
	if err != nil {
		return nil, err
	}
	unit := r.Branches[0]
	ours, err := b.repeated(b.runs, func(int) (*exec.Cmd, error) {
		return b.medlem(b.ctx, dir, key, "rekey", string(unit.Unit)), nil
	})
	if err != nil {
		return nil, err
	}
	figure := fmt.Sprintf("seal %d records anew", s.First)
	rows := []row{{figure: figure, got: cpu(ours.cpu), limit: cpu(2 * time.Second)}}
	if loop, err := b.resealLoop(r, s.First); err == nil {
		rows[0].beside, rows[0].other = "age, twice each", cpu(loop)
	} else if err != errNoAge {
		return nil, err
	}
	grownBy := b.shape(grown)
	old, err := b.register(grownBy)
	if err != nil {
		return nil, err
	}
	since := register.DayOf(time.Now()).Add(-30)
	u, err := b.repeated(b.runs, func(int) (*exec.Cmd, error) {
		return b.medlem(b.ctx, old.Server, "", "breach", string(old.Secretary.Handle()), "--since", string(since)), nil
	})
	if err != nil {
		return nil, err
	}
	return append(rows, row{figure: fmt.Sprintf("breach of who reads all %d units, %d records, %d years", old.Units(), grownBy.Records, grownBy.Years), got: cpu(u.cpu), limit: cpu(5 * time.Second)}), nil
}

// resealLoop opens records with stock age and seals them again.
func (b *bench) resealLoop(r *gen.Register, total int) (time.Duration, error) {
	if err := b.stockAge(); err != nil {
		return 0, err
	}
	all, err := b.records(r)
	if err != nil {
		return 0, err
	}
	records := all[:min(len(all), loopRecords)] // one is like another
	files, keys, err := b.loopFiles(records, true)
	if err != nil {
		return 0, err
	}
	const line = `AGE_PASSPHRASE=$key age -d -j batchpass "$file" | AGE_PASSPHRASE=$key AGE_PASSPHRASE_WORK_FACTOR=1 age -e -j batchpass >/dev/null`
	return b.loop(line, files, keys, total)
}
