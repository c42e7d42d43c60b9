//go:build unix

package main

import (
	"fmt"
	"os/exec"
	"time"

	"github.com/medlem-register/medlem/internal/bench/gen"
	"github.com/medlem-register/medlem/internal/register"
)

// handed is five years of twelve units in which 200 officers came after others.
var handed = gen.Shape{Branches: 10, Records: 20_000, Work: 2_000, Days: 5 * 365}

// reading: who could have read a member's record, for the secretariat.
func (b *bench) reading() ([]row, error) {
	s := b.shape(handed)
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	dir, key, err := b.copyOf(r, r.Secretary)
	if err != nil {
		return nil, err
	}
	u, err := b.repeated(b.runs, func(i int) (*exec.Cmd, error) {
		br := r.Branches[i%len(r.Branches)]
		return b.medlem(b.ctx, dir, key, "subject", "readers", string(br.Members[i])), nil
	})
	if err != nil {
		return nil, err
	}
	figure := fmt.Sprintf("subject readers, %d units, %d records, five years and %d commits", r.Units(), s.Records, s.Work)
	return []row{
		{figure: figure, got: wall(u.wall), limit: wall(500 * time.Millisecond)},
		{figure: figure, got: cpu(u.cpu), limit: cpu(500 * time.Millisecond)},
	}, nil
}

// breaching: what somebody of the secretariat, who reads every unit, could have lost.
func (b *bench) breaching() ([]row, error) {
	s := b.shape(handed)
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	since := register.DayOf(time.Now()).Add(-30)
	u, err := b.repeated(b.runs, func(int) (*exec.Cmd, error) {
		return b.medlem(b.ctx, r.Server, "", "breach", string(r.Secretary.Handle()), "--since", string(since)), nil
	})
	if err != nil {
		return nil, err
	}
	figure := fmt.Sprintf("breach of who reads %d units, %d records, five years and %d commits", r.Units(), s.Records, s.Work)
	return []row{
		{figure: figure, got: wall(u.wall), limit: wall(5 * time.Second)},
		{figure: figure, got: cpu(u.cpu), limit: cpu(5 * time.Second)},
	}, nil
}
