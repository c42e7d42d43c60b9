package check

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"sync"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// run is one check in progress. It collects; nothing in it stops at a finding.
type run struct {
	repo  *gitstore.Repo
	trees gitstore.Reader // repo, and over it the trees of a result that nobody has written
	load  *access.Loader
	o     Options
	index *index // of main, while a long history is verified; else nil
	ahead *ahead // while a history is verified; else nil

	findings []Finding
	warnings []Finding
	faults   int             // findings made, those said before included
	past     bool            // what is checked is history: nobody is warned of it
	seen     map[uint64]bool // findings, hashed, as they are and without their Commit: what a commit is blamed for is not said again of the whole
	seed     maphash.Seed
	more     int                    // findings beyond FindingLimit
	uses     map[*access.State]uses // documents of grants, once they were asked for
	sums     map[gitstore.ID]string // digests of documents that were read
	joins    map[string]bool        // joining recipients that were looked at: whether they can be sealed to
	walked   map[gitstore.ID]walked // main's commits, as far as erasures were counted
	namedAt  namedBy
	namedIDs map[register.RecordID]bool // the documents that namedAt asks for
	notes    []string
	err      error // the first failure to read; ends the check

	paths, commits, sealedFiles int

	sendingIDs map[gitstore.ID]map[register.RecordID]register.Path // of units, by the tree of their sendings
	sendings   sendingFolder                                       // the latest in which one was looked for
}

func newRun(repo *gitstore.Repo, l *access.Loader, o Options) *run {
	if o.Workers <= 0 {
		o.Workers = 2
	}
	if o.Day == "" {
		o.Day = register.DayOf(o.Now)
	}
	return &run{repo: repo, trees: repo, load: l, o: o, seen: map[uint64]bool{}, seed: maphash.MakeSeed()}
}

// add notes a finding of the rule. Every finding is made here.
func (r *run) add(ru *rule, f Finding, format string, args ...any) {
	r.faults++
	f, fresh := r.made(ru, f, format, args...)
	switch {
	case !fresh:
	case len(r.findings) >= FindingLimit:
		r.more++
	default:
		r.findings = append(r.findings, f)
	}
}

// warn notes a warning of the rule. Those beyond FindingLimit are left out:
// nobody reads as many, and none of them decides anything.
func (r *run) warn(ru *rule, f Finding, format string, args ...any) {
	if r.past || len(r.warnings) >= FindingLimit {
		return
	}
	if f, fresh := r.made(ru, f, format, args...); fresh {
		r.warnings = append(r.warnings, f)
	}
}

// made is a finding of the rule, and whether it was not made before.
func (r *run) made(ru *rule, f Finding, format string, args ...any) (Finding, bool) {
	f.Rule, f.Message = ru.ID, fmt.Sprintf(format, args...)
	f.Path = safePath(f.Path)
	if f.Hint == "" {
		f.Hint = ru.WayOut
	}
	bare := f
	bare.Commit = ""
	whole, known := maphash.Comparable(r.seed, bare), maphash.Comparable(r.seed, f)
	if r.seen[known] {
		return f, false
	}
	r.seen[known], r.seen[whole] = true, true
	return f, true
}

// fail notes that something could not be read, where the place in the code
// cannot return it. The check ends with it.
func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *run) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// report ends the check.
func (r *run) report(k kind, err error) (*Report, error) {
	if err == nil {
		err = r.err
	}
	if err != nil {
		return nil, err
	}
	if r.more > 0 {
		// The limit must not hide this one.
		r.findings = append(r.findings, Finding{Rule: ruleTooMany.ID, Hint: ruleTooMany.WayOut, Message: fmt.Sprintf("%d more findings", r.more)})
	}
	slices.SortStableFunc(r.findings, compareFindings)
	slices.SortStableFunc(r.warnings, compareFindings)
	rep := &Report{Findings: r.findings, Warnings: r.warnings, Paths: r.paths, Commits: r.commits, Records: r.sealedFiles, Notes: r.notes}
	for _, ru := range allRules {
		if ru.in&k != 0 {
			rep.Rules++
		}
	}
	return rep, nil
}

// compareFindings orders by place. What has no path comes last, so that the
// line that says how many more there are ends the list.
func compareFindings(a, b Finding) int {
	return cmp.Or(
		compareBool(a.Rule == ruleTooMany.ID, b.Rule == ruleTooMany.ID),
		compareBool(a.Path == "", b.Path == ""),
		cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col),
		cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Commit, b.Commit))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// short is how findings name a commit.
func short(id gitstore.ID) string { return id.String()[:12] }

// clip bounds foreign text in a finding.
func clip(s string) string {
	const limit = 60 // bytes
	if len(s) > limit {
		return s[:limit] + "…"
	}
	return s
}

// safePath is a path as findings give it: one that a register can have as it is,
// any other quoted and clipped, so that a name made to look like a line of
// output is none.
func safePath(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return strconv.QuoteToASCII(s[:min(len(s), register.PathLimit)])
		}
	}
	if len(s) > register.PathLimit {
		return s[:register.PathLimit] + "..."
	}
	return s
}

// at is a finding's place: a path, and the commit that is to blame, if any.
func at(c *gitstore.Commit, p register.Path, path string) Finding {
	f := Finding{Path: path, Unit: p.Unit}
	if c != nil {
		f.Commit = short(c.ID)
	}
	return f
}

// counted wraps fn so that each call moves the progress. The calls may be
// concurrent.
func (r *run) counted(total int, fn func(i int, content []byte) error) func(i int, content []byte) error {
	var mu sync.Mutex
	done := 0
	return func(i int, content []byte) error {
		if err := fn(i, content); err != nil {
			return err
		}
		if r.o.Progress != nil {
			mu.Lock()
			defer mu.Unlock()
			done++
			r.o.Progress(done, total)
		}
		return nil
	}
}
