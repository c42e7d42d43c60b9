package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) accessCommand() *cobra.Command {
	var fix bool
	c := a.build(command{
		use:   "access [UNIT|HANDLE]",
		short: a.tr("show who has access to what, on any day"),
		long: a.tr("Shows who holds which office and what she reaches by it; for a unit, everybody who can read its members; for a handle, everything that this officer can read. " +
			"With --on it answers for another day: every state that the register was in on that day counts, so that an access of one hour is seen. " +
			"It needs no key. Where keys are sealed to others than those who have access, it says so; --fix, for the secretariat, mends it."),
		example:  "medlem access asker --on 2026-09-01",
		codes:    "134",
		findings: a.tr("keys are sealed to others than those who have access today"),
		on:       true,
		max:      1,
		run: func(c *cobra.Command, args []string) error {
			if fix {
				return a.fixAccess(c.Context())
			}
			return a.access(args)
		},
	})
	c.Flags().BoolVar(&fix, "fix", false, a.tr("seal the keys to those who have access today; for the secretariat"))
	return c
}

func (a *app) fixAccess(ctx context.Context) error {
	if a.on != "" {
		return usageError(a.tr("--on has no meaning here: {{.Command}} is about today", "Command", "medlem access --fix"), "")
	}
	return a.at(withKey, func(s *session) error {
		err := s.Readers(ctx)
		fixed := err == nil
		if err != nil && !errors.Is(err, desk.ErrNothing) {
			return err
		}
		out := struct {
			Fixed bool `json:"fixed"`
		}{fixed}
		return s.result(out, func(w io.Writer) {
			if fixed {
				fmt.Fprintln(w, s.tr("The keys are sealed to those who have access today."))
				return
			}
			fmt.Fprintln(w, s.tr("All keys are right already."))
		})
	})
}

// accessJSON is an office that somebody held on the day.
type accessJSON struct {
	Unit   register.UnitID   `json:"unit"`
	Handle register.Handle   `json:"handle"`
	Office string            `json:"office"`
	From   register.Day      `json:"from"`
	Until  register.Day      `json:"until,omitempty"`
	Reads  []register.UnitID `json:"reads"`
}

// keysJSON is a keyring that is not sealed to those who have access.
type keysJSON struct {
	Unit    register.UnitID   `json:"unit"`
	Without []register.Handle `json:"without"` // have access and no key
	Beyond  []register.Handle `json:"beyond"`  // have a key and no access
}

type accessReport struct {
	Day    register.Day `json:"day"`
	Access []accessJSON `json:"access"`
	Keys   []keysJSON   `json:"keys"`

	policy *policy.Policy
	units  int
}

func (a *app) access(args []string) error {
	_, repo, err := a.repository()
	if err != nil {
		return err
	}
	defer repo.Close()
	day, err := a.today()
	if err != nil {
		return err
	}
	loader := access.NewLoader(repo)
	states, err := a.statesOn(repo, loader, day, a.on == "")
	if err != nil {
		return err
	}
	if len(states) == 0 {
		return refused(a.tr("the register did not exist on {{.Day}}", "Day", day), "")
	}
	r := &accessReport{Day: day, Access: []accessJSON{}, Keys: []keysJSON{}}
	for _, s := range states {
		r.add(s, day)
	}
	a.speak(r.policy)
	r.sort()
	only := ""
	if len(args) > 0 {
		only = args[0]
	}
	if err := a.narrow(r, only); err != nil {
		return err
	}
	if err := a.result(r, func(w io.Writer) { a.printAccess(w, r, only) }); err != nil {
		return err
	}
	if len(r.Keys) > 0 && a.on == "" {
		return errFindings
	}
	return nil
}

// statesOn returns every state that main was in on the day: the one that the day
// before left, and the one after each commit of the day. Where only the present
// one is asked for, that is the last.
func (a *app) statesOn(repo *gitstore.Repo, loader *access.Loader, day register.Day, present bool) ([]*access.State, error) {
	id, err := mainOf(repo)
	if err != nil {
		return nil, err
	}
	var out []*access.State
	for !id.IsZero() {
		c, err := gitstore.ReadCommit(repo, id)
		if err != nil {
			return nil, err
		}
		made := register.DayOf(c.Committer.When)
		if made <= day || present {
			s, err := loader.At(c.Tree)
			if err != nil {
				return nil, err
			}
			if s.Policy != nil {
				out = append(out, s)
			}
		}
		if id = gitstore.ZeroID; made >= day && len(c.Parents) > 0 && !present {
			id = c.Parents[0]
		}
	}
	return out, nil // newest first
}

// mainOf is main in a register's own copy or a mirror of it, else what is
// checked out.
func mainOf(repo *gitstore.Repo) (gitstore.ID, error) {
	id, ok, err := repo.Ref(register.Main)
	if err != nil || ok {
		return id, err
	}
	return repo.Resolve("HEAD")
}

// add takes in what a state gives on the day. States come newest first.
func (r *accessReport) add(s *access.State, day register.Day) {
	if r.policy == nil {
		r.policy, r.units = s.Policy, len(s.Policy.Units)
	}
	handles := map[register.Handle]bool{}
	for _, u := range s.Units {
		for h := range u.Grants {
			handles[h] = true
		}
	}
	for h := range handles {
		for _, g := range s.Grants(h, day) {
			x := accessJSON{Unit: g.Unit, Handle: h, Office: g.Office, From: g.From, Until: g.Until, Reads: reach(s.Policy, g)}
			if !slices.ContainsFunc(r.Access, func(y accessJSON) bool { return y.Unit == x.Unit && y.Handle == h && y.Office == x.Office }) {
				r.Access = append(r.Access, x)
			}
		}
	}
	for _, u := range s.Policy.Units {
		r.addKeys(s, u.ID, day)
	}
}

// reach are the units whose members a grant lets its holder read.
func reach(p *policy.Policy, g *access.Grant) []register.UnitID {
	out := []register.UnitID{}
	o, ok := p.Office(g.Office)
	if !ok || !o.Can(policy.ActRead) {
		return out
	}
	for _, u := range p.Units {
		if o.Scope == policy.ScopeAll || o.Scope == policy.ScopeOwn && u.ID == g.Unit || o.Scope == policy.ScopeSubtree && p.Below(u.ID, g.Unit) {
			out = append(out, u.ID)
		}
	}
	return out
}

// addKeys compares a unit's keyring with those who have access to it.
func (r *accessReport) addKeys(s *access.State, u register.UnitID, day register.Day) {
	st := s.Units[u]
	if st == nil || st.Keyring == nil {
		return
	}
	want := s.Readers(u, day)
	k := keysJSON{Unit: u, Without: []register.Handle{}, Beyond: []register.Handle{}}
	i := slices.IndexFunc(r.Keys, func(x keysJSON) bool { return x.Unit == u })
	if i >= 0 {
		k = r.Keys[i]
	}
	for _, h := range want {
		if !slices.Contains(st.Keyring.Readers, h) && !slices.Contains(k.Without, h) {
			k.Without = append(k.Without, h)
		}
	}
	for _, h := range st.Keyring.Readers {
		if !slices.Contains(want, h) && !slices.Contains(k.Beyond, h) {
			k.Beyond = append(k.Beyond, h)
		}
	}
	switch {
	case len(k.Without)+len(k.Beyond) == 0:
	case i >= 0:
		r.Keys[i] = k
	default:
		r.Keys = append(r.Keys, k)
	}
}

// sort puts what is shown in the order of the organisation's units.
func (r *accessReport) sort() {
	at := map[register.UnitID]int{}
	for i, u := range r.policy.Units {
		at[u.ID] = i
	}
	office := func(id string) int {
		return slices.IndexFunc(r.policy.Offices, func(o policy.Office) bool { return o.ID == id })
	}
	slices.SortFunc(r.Access, func(x, y accessJSON) int {
		return cmp.Or(cmp.Compare(at[x.Unit], at[y.Unit]), cmp.Compare(office(x.Office), office(y.Office)), cmp.Compare(x.Handle, y.Handle))
	})
	slices.SortFunc(r.Keys, func(x, y keysJSON) int { return cmp.Compare(at[x.Unit], at[y.Unit]) })
}

// narrow leaves what is about one unit or one officer.
func (a *app) narrow(r *accessReport, only string) error {
	if only == "" {
		return nil
	}
	if h, err := register.ParseHandle(only); err == nil {
		r.Access = slices.DeleteFunc(r.Access, func(x accessJSON) bool { return x.Handle != h })
		r.Keys = slices.DeleteFunc(r.Keys, func(k keysJSON) bool { return !slices.Contains(k.Without, h) && !slices.Contains(k.Beyond, h) })
		return nil
	}
	u, err := a.unitOf(r.policy, only)
	if err != nil {
		return err
	}
	r.Access = slices.DeleteFunc(r.Access, func(x accessJSON) bool { return x.Unit != u && !slices.Contains(x.Reads, u) })
	r.Keys = slices.DeleteFunc(r.Keys, func(k keysJSON) bool { return k.Unit != u })
	return nil
}

func (a *app) printAccess(w io.Writer, r *accessReport, only string) {
	p := r.policy
	fmt.Fprintln(w, a.tr("Access on {{.Day}}:", "Day", r.Day))
	t := &table{head: []string{a.tr("Unit"), a.tr("Office"), a.tr("Handle"), a.tr("From"), a.tr("Until"), a.tr("Reads")}}
	for _, x := range r.Access {
		t.add(unitName(p, x.Unit), a.officeName(p, x.Office), string(x.Handle), string(x.From), string(x.Until), a.reads(r, x))
	}
	t.write(w, "  ")
	if len(r.Access) == 0 {
		fmt.Fprintln(w, "  "+a.tr("nobody"))
	}
	if only == "" {
		fmt.Fprintln(w, a.tr("Besides, the recovery secret on paper opens everything."))
	}
	for _, k := range r.Keys {
		unit := unitName(p, k.Unit)
		for _, h := range k.Without {
			fmt.Fprintln(w, a.tr("Keys: {{.Handle}} has access to {{.Unit}}, but its keys are not sealed to her.", "Handle", h, "Unit", unit))
		}
		for _, h := range k.Beyond {
			fmt.Fprintln(w, a.tr("Keys: {{.Handle}} has no access to {{.Unit}}, but its keys are sealed to her.", "Handle", h, "Unit", unit))
		}
	}
	switch {
	case len(r.Keys) == 0:
		fmt.Fprintln(w, a.tr("Keys: sealed to exactly these."))
	case a.on == "":
		fmt.Fprintf(w, "%s %s\n", a.tr("hint:"), a.tr("the secretariat mends it with medlem access --fix"))
	}
}

// reads names the units that an office reaches, or counts them.
func (a *app) reads(r *accessReport, x accessJSON) string {
	const named = 3 // more are counted
	switch {
	case len(x.Reads) == 0:
		return a.tr("nothing")
	case len(x.Reads) == r.units && r.units > 1:
		return a.tr("everything")
	case len(x.Reads) > named:
		return a.trn(len(x.Reads), "{{.N}} unit", "{{.N}} units")
	}
	var names []string
	for _, u := range x.Reads {
		names = append(names, unitName(r.policy, u))
	}
	return strings.Join(names, ", ")
}
