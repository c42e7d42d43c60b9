package desk_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// office is a federation with a bare server and a clock that the test turns.
type office struct {
	t    *testing.T
	dir  string
	now  time.Time
	ids  map[string]*identity.Identity
	warn []desk.Warning
	sure bool // whoever acts vouches for the clock
}

// newOffice makes a register; more is added to its organisation.yaml.
func newOffice(t *testing.T, more ...string) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), ids: map[string]*identity.Identity{}}
	if out, err := exec.Command("git", "init", "-q", "--bare", "-b", "main", o.host()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	files := map[string][]byte{}
	for _, n := range []string{"organisation.yaml", "access.yaml", "fields.yaml", "retention.yaml"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "policies", n))
		if err != nil {
			t.Fatal(err)
		}
		if n == "organisation.yaml" {
			b = append(withoutFolder(b), strings.Join(more, "")...)
		}
		files["policies/"+n] = b
	}
	o.identity("sec")
	_, err := desk.Init(context.Background(), desk.InitOptions{Dir: o.at("sec"), Remote: o.host(), Identity: o.ids["sec"], Now: o.clock, Files: files})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) host() string         { return filepath.Join(o.dir, "host.git") }
func (o *office) at(who string) string { return filepath.Join(o.dir, who) }
func (o *office) clock() time.Time     { return o.now }
func (o *office) day(n int)            { o.now = o.now.AddDate(0, 0, n) }
func (o *office) identity(who string) *identity.Identity {
	o.t.Helper()
	id, err := identity.New(register.DayOf(o.now))
	if err != nil {
		o.t.Fatal(err)
	}
	o.ids[who] = id
	return id
}

// as opens an officer's copy for one act.
func (o *office) as(who string, act func(d *desk.Desk) error) error {
	o.t.Helper()
	o.now = o.now.Add(time.Minute)
	d, err := desk.Open(desk.Options{Dir: o.at(who), Identity: o.ids[who], Now: o.clock,
		Warn: func(w desk.Warning) { o.warn = append(o.warn, w) }})
	if err != nil {
		o.t.Fatal(err)
	}
	defer d.Close()
	if o.sure {
		d.TrustClock(d.Today())
	}
	return act(d)
}

// do is as for an act that must go well.
func (o *office) do(who string, act func(d *desk.Desk) error) {
	o.t.Helper()
	if err := o.as(who, act); err != nil {
		o.t.Fatalf("%s: %v", who, err)
	}
}

// join gives a new officer an office and a copy.
func (o *office) join(who, unit, office string) {
	o.t.Helper()
	id := o.identity(who)
	o.do("sec", func(d *desk.Desk) error {
		_, err := d.Grant(ctx, desk.GrantOptions{Unit: register.UnitID(unit), Officer: desk.OfficerOf(id), Terms: desk.Terms{Office: office}})
		return err
	})
	if _, err := desk.Clone(ctx, desk.CloneOptions{URL: o.host(), Dir: o.at(who), Identity: id, Now: o.clock}); err != nil {
		o.t.Fatal(err)
	}
}

var ctx = context.Background()

func person(given, family string) map[string]record.Value {
	return map[string]record.Value{"given": record.Text(given), "family": record.Text(family)}
}

// merge submits who's draft and merges it.
func (o *office) merge(who string) {
	o.t.Helper()
	var topic string
	o.do(who, func(d *desk.Desk) error {
		s, err := d.Submit(ctx)
		if err == nil {
			topic = s.Topic
		}
		return err
	})
	o.do("sec", func(d *desk.Desk) error {
		_, err := d.Merge(ctx, topic, nil)
		return err
	})
}

// Kari adds members, the secretariat merges, Kari sees them; a region's officer
// above sees them too, another branch's does not.
func TestAddMergeRead(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	o.join("ola", "karasjok", "chair")
	o.join("solveig", "akershus", "region-officer")
	var ids []register.RecordID
	o.do("kari", func(d *desk.Desk) error {
		var err error
		ids, err = d.Add(ctx, "asker", "add", []map[string]record.Value{person("Åse", "Kvåle"), person("Nils", "Eira")})
		return err
	})
	o.merge("kari")
	for who, want := range map[string]int{"kari": 2, "solveig": 2, "ola": 0, "sec": 2} {
		o.do(who, func(d *desk.Desk) error {
			if _, err := d.Sync(ctx); err != nil {
				return err
			}
			ms, err := d.Members(desk.Query{})
			if err == nil && len(ms) != want {
				t.Errorf("%s reads %d members, want %d", who, len(ms), want)
			}
			return err
		})
	}
	err := o.as("ola", func(d *desk.Desk) error { _, err := d.Find(ids[0]); return err })
	if !errors.Is(err, desk.ErrNoRecord) {
		t.Errorf("ola finds another branch's member: %v", err)
	}
}
