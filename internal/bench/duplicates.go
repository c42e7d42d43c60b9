//go:build unix

package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/bench/gen"
)

// duplicates: what it costs to see that somebody is registered already.
func (b *bench) duplicates() ([]row, error) {
	rows, err := b.findOne()
	if err != nil {
		return nil, err
	}
	merged, err := b.mergeOne(b.shape(large))
	return append(rows, merged...), err
}

// percentile is what the package's own benchmark says of one search.
var percentile = regexp.MustCompile(`([0-9.]+) p99-µs`)

// findOne looks for one new record among 100,000 whose fields are known.
func (b *bench) findOne() ([]row, error) {
	out, err := exec.CommandContext(b.ctx, "go", "test", "./internal/duplicate", "-run", "^$", "-bench", "^BenchmarkFind100000$", "-benchtime", "20000x").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	m := percentile.FindSubmatch(out)
	if m == nil {
		return nil, fmt.Errorf("no percentile in: %s", out)
	}
	n, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		return nil, err
	}
	return []row{{figure: "one new record against 100000 for duplicates, p99", got: wall(time.Duration(n * float64(time.Microsecond))), limit: wall(10 * time.Millisecond)}}, nil
}

// mergeOne merges a proposal that enters one member, which compares her tokens with
// those of everybody, and beside it one that edits a member, which does not.
func (b *bench) mergeOne(s gen.Shape) ([]row, error) {
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
	merge := func(propose func(i int) (string, error)) (usage, error) {
		return b.repeated(b.runs, func(i int) (*exec.Cmd, error) {
			ref, err := propose(i)
			if err != nil {
				return nil, err
			}
			topic := ref[strings.LastIndexByte(ref, '/')+1:]
			return b.medlem(b.ctx, dir, key, "merge", topic), nil
		})
	}
	edits := len(r.Branches) / 3
	edited, err := merge(func(i int) (string, error) { return r.Propose(r.Branches[edits+i]) })
	if err != nil {
		return nil, err
	}
	added, err := merge(func(i int) (string, error) { return r.ProposeNew(r.Branches[len(r.Branches)/2], i) })
	if err != nil {
		return nil, err
	}
	b.note("merge: medlem merge of one record, its fetch and push included; a new member is compared with everybody by tokens, an edited one is not")
	figure := fmt.Sprintf("merge one new member at %d records, %d units", s.Records, s.Branches)
	return []row{
		{figure: figure, got: cpu(added.cpu), beside: "merge one edit", other: cpu(edited.cpu)},
		{figure: figure + ", memory", got: size(added.rss), beside: "merge one edit", other: size(edited.rss)},
	}, nil
}
