package gen

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sheet"
)

var now = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// A benchmark of an unsound register would measure how fast it is refused.
func TestSound(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	r, err := New(filepath.Join(dir, "server"), Shape{Branches: 22, Records: 30, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	o := check.Options{Keyrings: check.RefKeyrings(r.repo), Now: now, Day: register.DayOf(now)}
	l := access.NewLoader(r.repo)
	head, err := r.repo.Resolve("main")
	if err != nil {
		t.Fatal(err)
	}
	rep, err := check.All(r.repo, l, head, o)
	sound(t, "all", rep, err)
	if rep.Records != 30 {
		t.Errorf("%d records, want 30", rep.Records)
	}
	rep, err = check.Verify(r.repo, l, gitstore.ZeroID, head, o)
	sound(t, "verify", rep, err)
	if rep.Commits != 23 {
		t.Errorf("%d commits, want one and one for each branch", rep.Commits)
	}
	br := r.Branches[3]
	ref, err := r.Propose(br)
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.repo.Resolve(ref)
	if err != nil {
		t.Fatal(err)
	}
	o.HeadRef = ref
	rep, err = check.Proposal(r.repo, l, head, p, o)
	sound(t, "proposal", rep, err)

	copyDir := filepath.Join(dir, "copy")
	if err := r.Clone(ctx, copyDir, r.Secretary); err != nil {
		t.Fatal(err)
	}
	d, err := desk.Open(desk.Options{Dir: copyDir, Identity: r.Secretary, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ms, err := d.Members(desk.Query{})
	if err != nil || len(ms) != 30 {
		t.Fatalf("%d members, %v; want 30", len(ms), err)
	}
	for _, m := range ms {
		if fs := d.Policy().Schema().Validate(m.Record); len(fs) > 0 {
			t.Fatalf("field %q: %s", fs[0].Field, fs[0].Msg)
		}
	}
	if fs, err := r.Sealed(br); err != nil || len(fs) != len(br.Members) {
		t.Errorf("%d sealed files, %v; want %d", len(fs), err, len(br.Members))
	} else if _, err := seal.Open(fs[0].Key, fs[0].File); err != nil {
		t.Error(err)
	}
	if n := len(d.State().Units[br.Unit].Keyring.Readers); n != 8 {
		t.Errorf("a branch's keyring has %d readers, want 8", n)
	}
	tab, err := sheet.Read("list.csv", List(40))
	if err != nil {
		t.Fatal(err)
	}
	m, faults := sheet.Recognise(tab, d.Policy())
	if len(faults) > 0 {
		t.Fatal(faults[0])
	}
	rows := m.Results(tab, d.Policy())
	if len(rows) != 40 {
		t.Errorf("%d rows, want 40", len(rows))
	}
	for _, row := range rows {
		if len(row.Faults) > 0 {
			t.Fatal(row.Faults[0])
		}
	}
}

// So are registers with years of grants behind them, and under a pack.
func TestSoundOthers(t *testing.T) {
	for name, s := range map[string]Shape{
		"years": {Branches: 22, Records: 30, Years: 2, Now: now},
		"pack":  {Branches: 22, Records: 30, Pack: true, Now: now},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := New(filepath.Join(t.TempDir(), "server"), s)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			o := check.Options{Keyrings: check.RefKeyrings(r.repo), Now: now, Day: register.DayOf(now)}
			l := access.NewLoader(r.repo)
			head, err := r.repo.Resolve("main")
			if err != nil {
				t.Fatal(err)
			}
			rep, err := check.All(r.repo, l, head, o)
			sound(t, "all", rep, err)
			rep, err = check.Verify(r.repo, l, gitstore.ZeroID, head, o)
			sound(t, "verify", rep, err)
			if want := 23 + s.Years*24; rep.Commits != want {
				t.Errorf("%d commits, want %d", rep.Commits, want)
			}
			ref, err := r.Propose(r.Branches[3])
			if err != nil {
				t.Fatal(err)
			}
			p, err := r.repo.Resolve(ref)
			if err != nil {
				t.Fatal(err)
			}
			o.HeadRef = ref
			rep, err = check.Proposal(r.repo, l, head, p, o)
			sound(t, "proposal", rep, err)
			grants := 0
			for _, u := range r.state.Units {
				grants += len(u.Grants)
			}
			if want := 2 + (22*3+2*2)*(s.Years+1); !s.Pack && grants != want {
				t.Errorf("%d grants, want %d", grants, want)
			}
		})
	}
}

// The pack that is measured is the one with the most to read.
func TestLargest(t *testing.T) {
	size := func(pack string) (n int) {
		files, _ := policy.Pack(pack)
		for _, b := range files {
			n += len(b)
		}
		return n
	}
	for _, pack := range policy.Packs() {
		if size(pack) > size(Largest) {
			t.Errorf("pack %s is larger than %s", pack, Largest)
		}
	}
}

func sound(t *testing.T, what string, rep *check.Report, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	for _, f := range rep.Findings {
		t.Errorf("%s: %s: %s: %s", what, f.Path, f.Rule, f.Message)
	}
}

func TestMembers(t *testing.T) {
	for _, x := range []struct {
		s    Shape
		want []int
	}{
		{Shape{Branches: 3, Records: 10}, []int{3, 3, 4}},
		{Shape{Branches: 3, Records: 10, First: 5}, []int{5, 2, 3}},
		{Shape{Branches: 2, Records: 0}, []int{0, 0}},
	} {
		if got := x.s.members(); !slices.Equal(got, x.want) {
			t.Errorf("%+v: %d, want %d", x.s, got, x.want)
		}
	}
}

func TestWithout(t *testing.T) {
	const text = "a: 1\n# words\nb:\n  c: 2\n- d\ne: 3\n"
	if got, want := without(text, "b"), "a: 1\n# words\ne: 3\n"; got != want {
		t.Errorf("without b: %q, want %q", got, want)
	}
}

// Years of daily work are sound too, commit by commit.
func TestWork(t *testing.T) {
	r, err := New(filepath.Join(t.TempDir(), "server"), Shape{Branches: 3, Records: 60, Work: 400, Days: 5 * year, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	o := check.Options{Keyrings: check.RefKeyrings(r.repo), Now: now, Day: register.DayOf(now)}
	rep, err := check.Verify(r.repo, access.NewLoader(r.repo), gitstore.ZeroID, r.head, o)
	sound(t, "verify", rep, err)
	if rep.Commits < 400+1+3+80 {
		t.Errorf("%d signatures, want those of proposals too", rep.Commits)
	}
	rep, err = check.All(r.repo, access.NewLoader(r.repo), r.head, o)
	sound(t, "all", rep, err)
	if n := len(r.ids); n < 2+2+9+appointees-3 {
		t.Errorf("%d officers", n)
	}
}
