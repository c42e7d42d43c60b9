package desk

import (
	"cmp"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// Home is what an officer finds when she sits down: who she is here, what waits
// and what is due. Nothing of it needs a key or a server.
type Home struct {
	Handle  register.Handle // "" where this copy does not know it
	Grants  []HomeGrant
	Members int // of all units that she reaches, each once

	Draft     int // changes that are not sent
	Submitted int // proposals of hers that wait
	Answers   int // of the secretariat that are kept here
	Secretary bool
	Inbox     int // proposals that wait for her to judge, as of the last sync

	Draws   []*Drawn // hers that are not attested to be destroyed, the most overdue first
	Guides  []Guide  // that she has not acknowledged in the version in force
	Rotate  bool     // it is time for a new identity
	Joining bool     // it is time for new joining identities, which the secretariat's next sync makes
	Reviews []DueReview

	Run *access.Run // of erasures that is open, where she is of the secretariat; else nil

	// Site is the day on which members' own pages were made that the secretariat should
	// publish anew: older than SiteFresh, and members have changed since. "" no need.
	Site register.Day
}

// HomeGrant is one of the officer's grants.
type HomeGrant struct {
	Grant   *access.Grant
	Members int // of the units that it reaches, active
	Units   int
	Pending bool // it gives no access: something is missing
}

// DueReview is a control of access that is overdue in a unit.
type DueReview struct {
	Unit register.UnitID
	Due  register.Day
}

// Home looks up what an officer finds. Her identity is not needed, only what it
// says openly: her handle, and the day on which its recipient was made, "" where
// that is not known.
func (d *Desk) Home(h register.Handle, created register.Day) (*Home, error) {
	if d.state == nil {
		return nil, ErrNoRegister
	}
	out := &Home{Handle: h}
	today := d.Today()
	if err := d.homeWork(out); err != nil {
		return nil, err
	}
	if h == "" {
		return out, nil
	}
	if err := d.homeGrants(out); err != nil {
		return nil, err
	}
	if out.Secretary = d.state.MayMerge(h, today); out.Secretary {
		site, err := d.SiteBehind()
		if err != nil {
			return nil, err
		}
		out.Site = site
		refs, err := d.repo.Refs(inboxRefs)
		if err != nil {
			return nil, err
		}
		out.Inbox = len(refs)
		if out.Run, err = d.WaitingRun(); err != nil {
			return nil, err
		}
		if g := d.state.Policy.Pages; g != nil {
			out.Joining = d.local.joining != "" && d.local.joining.Add(g.Rotate) < today
		}
	}
	for _, g := range d.guidesOf(h) {
		if g.Acknowledged != g.Version {
			out.Guides = append(out.Guides, g)
		}
	}
	days := d.state.Policy.Retention.Rotate
	out.Rotate = days > 0 && created != "" && created.Add(days) < today
	d.homeReviews(out)
	var err error
	out.Draws, err = d.openDraws(h)
	return out, err
}

// homeWork counts what of the officer's own work lies in this copy.
func (d *Desk) homeWork(out *Home) error {
	head, ok, err := d.repo.Ref(draftRef)
	if err != nil {
		return err
	}
	if ok {
		_, cs, err := proposalDiff(d.repo, d.head, head)
		if err != nil {
			return err
		}
		out.Draft = countChanges(cs)
	}
	refs, err := d.repo.Refs(submittedRefs)
	if err != nil {
		return err
	}
	out.Submitted = len(refs)
	es, err := os.ReadDir(d.answersDir())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, e := range es {
		if strings.HasSuffix(e.Name(), ".age") {
			out.Answers++
		}
	}
	return nil
}

func (d *Desk) homeGrants(out *Home) error {
	all := map[register.UnitID]bool{}
	for _, g := range d.grantsOf(out.Handle) {
		x := HomeGrant{Grant: g, Pending: d.state.Pending(g, d.Today())}
		o, ok := d.state.Policy.Office(g.Office)
		for _, u := range d.state.Policy.Units {
			if !ok || !d.reaches(o, g, u.ID) {
				continue
			}
			n, err := d.state.Members(u.ID)
			if err != nil {
				return err
			}
			x.Units++
			x.Members += n
			if !x.Pending && !all[u.ID] {
				all[u.ID] = true
				out.Members += n
			}
		}
		out.Grants = append(out.Grants, x)
	}
	return nil
}

// reaches tells whether a grant's office covers a unit, once nothing is missing.
func (d *Desk) reaches(o *policy.Office, g *access.Grant, u register.UnitID) bool {
	return d.state.Policy.Reaches(o, g.Unit, u)
}

// homeReviews finds the controls that are overdue where the officer gives access;
// where all units are controlled at once there is one.
func (d *Desk) homeReviews(out *Home) {
	seen := map[register.UnitID]bool{}
	for _, u := range d.state.Policy.Units {
		at, ok := d.state.ReviewUnit(u.ID)
		if !ok || seen[at] || !out.Secretary && !d.state.May(out.Handle, policy.ActGrant, at, d.Today()) {
			continue
		}
		seen[at] = true
		if due, overdue, ok := d.state.ReviewDue(at, d.Today()); ok && overdue {
			out.Reviews = append(out.Reviews, DueReview{at, due})
		}
	}
}

// openDraws lists the draws that an officer got, or handed out, and that are not
// attested to be destroyed, by the day when they must be. Her receipts that wait
// are read without her key: they are clear.
func (d *Desk) openDraws(h register.Handle) ([]*Drawn, error) {
	all, err := d.Draws(nil)
	if err != nil {
		return nil, err
	}
	found := map[register.RecordID]*Drawn{}
	for _, x := range all {
		found[x.Receipt.ID] = x
	}
	refs, err := d.repo.Refs(drawRefs)
	if err != nil {
		return nil, err
	}
	for _, head := range refs {
		_, cs, err := proposalDiff(d.repo, d.head, head)
		if err != nil {
			return nil, err
		}
		for _, c := range cs {
			p, err := register.ParsePath(c.Path)
			if err != nil || p.Kind != register.Draw || c.New.ID.IsZero() {
				continue
			}
			x, err := d.readDraw(p, c.New.ID)
			if err != nil {
				return nil, err
			}
			missing := x.Missing(d.state.Policy.Lists.Attest)
			found[p.ID] = &Drawn{Receipt: x, Waits: true, Missing: missing, Overdue: len(missing) > 0 && x.Day < d.Today()}
		}
	}
	var out []*Drawn
	for _, x := range found {
		if r := x.Receipt; x.Open() && (r.For == h || r.HandOut != "" && r.By == h) {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b *Drawn) int {
		return cmp.Or(strings.Compare(string(a.Receipt.Day), string(b.Receipt.Day)), strings.Compare(string(a.Receipt.ID), string(b.Receipt.ID)))
	})
	return out, nil
}

// A sealed identity file does not say whose it is. So that this copy can say it
// without the passphrase, each command that has opened the file notes it:
// .git/medlem/officer.yaml holds the file's digest, the handle, and the day on which
// its recipient was made, all of which main has too, but for the digest.

// Remember notes whose an identity file is.
func (d *Desk) Remember(digest string) error {
	if d.id == nil {
		return nil
	}
	if h, created := d.Remembered(digest); h == d.id.Handle() && created == d.id.Created() {
		return nil
	}
	f := register.NewFlat()
	f.Set("identity", digest)
	f.Set("handle", string(d.id.Handle()))
	f.Set("created", string(d.id.Created()))
	return writeFile(d.officerPath(), f.Encode())
}

// Remembered returns whose the identity file of a digest is, "" where this copy has
// not seen it opened.
func (d *Desk) Remembered(digest string) (register.Handle, register.Day) {
	b, err := os.ReadFile(d.officerPath())
	if err != nil {
		return "", ""
	}
	f, err := register.ParseFlat(b)
	if err != nil {
		return "", ""
	}
	id, _, err1 := f.Value("identity", true)
	handle, _, err2 := f.Value("handle", true)
	created, _, err3 := f.Value("created", true)
	h, err4 := register.ParseHandle(handle)
	day, err5 := register.ParseDay(created)
	if _, err := hex.DecodeString(id); err != nil || errors.Join(err1, err2, err3, err4, err5) != nil || id != digest {
		return "", ""
	}
	return h, day
}

func (d *Desk) officerPath() string { return filepath.Join(d.local.dir, "officer.yaml") }
