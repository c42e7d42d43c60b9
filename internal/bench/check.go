//go:build unix

package main

import (
	"fmt"
	"os/exec"
	"time"

	"github.com/medlem-register/medlem/internal/bench/gen"
)

// checking: what continuous integration does, on the bare server.
func (b *bench) checking() ([]row, error) {
	few, err := b.checkProposal(b.shape(usual))
	if err != nil {
		return nil, err
	}
	s := b.shape(large)
	many, err := b.checkProposal(s)
	if err != nil {
		return nil, err
	}
	r, err := b.register(s)
	if err != nil {
		return nil, err
	}
	all, err := b.repeated(b.runs, func(int) (*exec.Cmd, error) { return b.medlem(b.ctx, r.Server, "", "check", "--all"), nil })
	if err != nil {
		return nil, err
	}
	small := b.shape(usual)
	return []row{
		{figure: fmt.Sprintf("check a proposal at %d records, %d units", small.Records, small.Branches), got: cpu(few.cpu), limit: cpu(300 * time.Millisecond)},
		{figure: fmt.Sprintf("check a proposal at %d records, %d units", s.Records, s.Branches), got: cpu(many.cpu), limit: cpu(450 * time.Millisecond),
			beside: fmt.Sprintf("the same at %d", small.Records), other: cpu(few.cpu), most: 1.5},
		{figure: fmt.Sprintf("check --all at %d records", s.Records), got: cpu(all.cpu), limit: cpu(15 * time.Second)},
		{figure: fmt.Sprintf("check --all at %d records, memory", s.Records), got: size(all.rss), limit: size(500_000_000)},
	}, nil
}

// checkProposal checks a proposal of one record.
func (b *bench) checkProposal(s gen.Shape) (usage, error) {
	r, err := b.register(s)
	if err != nil {
		return usage{}, err
	}
	ref, err := r.Propose(r.Branches[len(r.Branches)/2])
	if err != nil {
		return usage{}, err
	}
	return b.repeated(b.runs, func(int) (*exec.Cmd, error) {
		return b.medlem(b.ctx, r.Server, "", "check", "--base", "main", "--head", ref), nil
	})
}
