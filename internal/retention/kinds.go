package retention

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

// A Piece is something that is kept for a time of its own: what the policy calls a kind of
// data, or what is said of e-mail. Its files go together.
type Piece struct {
	Item
	Paths []register.Path
}

// MailMonths is for how many months what is said of the e-mail about an activity is kept,
// when all is said.
const MailMonths = 12

// Pieces returns what a unit keeps for a time of its own, each with the last day of it,
// whether that has passed or not. Documents that no grant names any more are not among
// them: when their grant ended only history tells ([Unnamed]).
func Pieces(s *access.State, r Reader, unit register.UnitID) ([]Piece, error) {
	p := &pieces{s: s, r: r, unit: unit}
	p.grants()
	for _, folder := range []string{"draws", "receipts", "mail"} {
		if err := p.folder(folder); err != nil {
			return nil, err
		}
	}
	p.reviews()
	if err := p.sendings(); err != nil {
		return nil, err
	}
	return p.out, p.ledger()
}

type pieces struct {
	s    *access.State
	r    Reader
	unit register.UnitID
	out  []Piece
}

func (p *pieces) add(kind Kind, until register.Day, id string, paths ...register.Path) {
	p.out = append(p.out, Piece{Item{kind, p.unit, until, id}, paths})
}

// grants finds grants that have a last day, with the documents that no other grant names.
func (p *pieces) grants() {
	keep, ok := p.s.Policy.KeepKind(policy.KindEvidence)
	st := p.s.Units[p.unit]
	if !ok || st == nil {
		return
	}
	for h, g := range st.Grants {
		if g.Last() == "" {
			continue
		}
		paths := []register.Path{{Kind: register.Grant, Unit: p.unit, Handle: h}}
		until := g.Last().AddMonths(keep)
		for _, e := range g.Evidence {
			shared := false
			for other, o := range st.Grants {
				shared = shared || other != h && slices.ContainsFunc(o.Evidence, func(x access.Evidence) bool { return x.ID == e.ID })
			}
			if !shared {
				paths = append(paths, register.Path{Kind: register.Evidence, Unit: p.unit, ID: e.ID})
			}
		}
		p.add(Evidence, until, string(h), paths...)
	}
}

func (p *pieces) folder(name string) error {
	if name != "mail" {
		kind := map[string]string{"draws": policy.KindDraws, "receipts": policy.KindReceipts}[name]
		if _, ok := p.s.Policy.KeepKind(kind); !ok {
			return nil
		}
	}
	err := gitstore.Walk(p.r, p.s.Tree, "data/"+string(p.unit)+"/"+name, func(path string, e gitstore.Entry) error {
		at, err := register.ParsePath(path)
		if err != nil || at.Kind == register.DrawList {
			return err
		}
		b, err := p.r.Blob(e.ID, register.FlatLimit)
		if err != nil {
			return err
		}
		kind, until, ok, err := FileUntil(p.s.Policy, at, b)
		if err != nil || !ok {
			return err
		}
		paths := []register.Path{at}
		if at.Kind == register.Draw {
			list := at
			list.Kind = register.DrawList
			paths = append(paths, list)
		}
		p.add(kind, until, string(at.ID), paths...)
		return nil
	})
	if errors.Is(err, gitstore.ErrNotFound) {
		return nil
	}
	return err
}

// SendingUntil is the last day on which the receipts and lists of a month's sendings are
// kept. All of a sending lies under one month, in whatever units, and so goes at once.
func SendingUntil(by *policy.Policy, month register.Month) register.Day {
	return month.Last().AddMonths(by.KeepSendings())
}

// sendings finds the months of which there are sendings.
func (p *pieces) sendings() error {
	months := map[register.Month][]register.Path{}
	err := gitstore.Walk(p.r, p.s.Tree, "data/"+string(p.unit)+"/sendings", func(path string, _ gitstore.Entry) error {
		at, err := register.ParsePath(path)
		if err == nil {
			months[at.Month] = append(months[at.Month], at)
		}
		return err
	})
	for _, m := range slices.Sorted(maps.Keys(months)) {
		p.add(SendingPast, SendingUntil(p.s.Policy, m), string(m), months[m]...)
	}
	return ignoreMissing(err)
}

// ledger finds the years of the books of dues, each with the last day on which it is kept
// by the policy; a policy that does not say keeps them for good.
func (p *pieces) ledger() error {
	keep := p.s.Policy.Dues.KeepYears
	if keep == 0 {
		return nil
	}
	years := map[string][]register.Path{}
	err := gitstore.Walk(p.r, p.s.Tree, "data/"+string(p.unit)+"/dues", func(path string, _ gitstore.Entry) error {
		at, err := register.ParsePath(path)
		if err == nil {
			years[at.Year] = append(years[at.Year], at)
		}
		return err
	})
	for _, year := range slices.Sorted(maps.Keys(years)) {
		last, bad := register.ParseDay(year + "-12-31")
		if bad != nil {
			return bad
		}
		const months = 12
		p.add(LedgerPast, last.AddMonths(months*keep), year, years[year]...)
	}
	return ignoreMissing(err)
}

// reviews finds all controls but the newest, by which the next one is counted.
func (p *pieces) reviews() {
	keep, ok := p.s.Policy.KeepKind(policy.KindReviews)
	st := p.s.Units[p.unit]
	if !ok || st == nil {
		return
	}
	for i, day := range st.Reviews { // sorted
		if i < len(st.Reviews)-1 {
			p.add(ReviewPast, day.AddMonths(keep), string(day), register.Path{Kind: register.Review, Unit: p.unit, Day: day})
		}
	}
}

// FileUntil returns until when a clear file of a kind with a period of its own is kept,
// by what it says itself; not ok of one that has no end yet.
func FileUntil(by *policy.Policy, p register.Path, b []byte) (Kind, register.Day, bool, error) {
	switch p.Kind {
	case register.Draw:
		keep, ok := by.KeepKind(policy.KindDraws)
		x, err := access.ParseDraw(p, b)
		if err != nil || !ok || len(x.Missing(by.Lists.Attest)) > 0 {
			return DrawPast, "", false, err
		}
		var last register.Day
		for _, d := range x.Destroyed {
			last = max(last, d.Day)
		}
		return DrawPast, last.AddMonths(keep), true, nil
	case register.Receipt:
		keep, ok := by.KeepKind(policy.KindReceipts)
		x, err := access.ParseReceipt(b)
		if err != nil || !ok {
			return Receipt, "", false, err
		}
		return Receipt, x.Day.AddMonths(keep), true, nil
	case register.Mail:
		x, err := access.ParseMail(p, b)
		if err != nil {
			return Mail, "", false, err
		}
		if len(x.Missing()) > 0 {
			return Mail, MailUntil(x.Day), true, nil
		}
		last := x.Day
		for _, d := range x.Done {
			last = max(last, d.Day)
		}
		return MailPast, last.AddMonths(MailMonths), true, nil
	}
	return "", "", false, fmt.Errorf("%s: no period of its own", p)
}

// Named returns the documents that any grant of a unit named at main's head or since a
// day before it: those that are kept still. It reads main's first parents as far back as
// that, and of each no more than whether its grants are the same.
func Named(r Reader, head *gitstore.Commit, unit register.UnitID, since register.Day) (map[register.RecordID]bool, error) {
	out := map[register.RecordID]bool{}
	read := map[gitstore.ID]bool{}
	folder := "data/" + string(unit) + "/grants"
	for c := head; ; {
		e, ok, err := gitstore.Find(r, c.Tree, folder)
		if err != nil {
			return nil, err
		}
		if ok && e.Mode == gitstore.ModeDir && !read[e.ID] {
			read[e.ID] = true
			if err := named(r, e.ID, folder, read, out); err != nil {
				return nil, err
			}
		}
		if len(c.Parents) == 0 || register.DayOf(c.Committer.When) < since {
			return out, nil
		}
		if c, err = gitstore.ReadCommit(r, c.Parents[0]); err != nil {
			return nil, err
		}
	}
}

func named(r Reader, tree gitstore.ID, folder string, read map[gitstore.ID]bool, out map[register.RecordID]bool) error {
	es, err := gitstore.ReadTree(r, tree)
	if err != nil {
		return err
	}
	for _, e := range es {
		p, err := register.ParsePath(folder + "/" + e.Name)
		if err != nil || read[e.ID] {
			continue
		}
		read[e.ID] = true
		b, err := r.Blob(e.ID, register.FlatLimit)
		if err != nil {
			return err
		}
		g, err := access.ParseGrant(p, b)
		if err != nil {
			continue // refused when it came
		}
		for _, x := range g.Evidence {
			out[x.ID] = true
		}
	}
	return nil
}

// Unnamed returns the documents of a unit that no grant names any more, and none has for
// as long as the policy keeps them, on a day. The agreement that the policy names for the
// unit is none of them.
func Unnamed(s *access.State, r Reader, head *gitstore.Commit, unit register.UnitID, today register.Day) ([]Piece, error) {
	keep, ok := s.Policy.KeepKind(policy.KindEvidence)
	if !ok {
		return nil, nil
	}
	var ids []register.RecordID
	err := gitstore.Walk(r, s.Tree, "data/"+string(unit)+"/evidence", func(path string, _ gitstore.Entry) error {
		p, err := register.ParsePath(path)
		if err == nil && !isAgreement(s.Policy, p) {
			ids = append(ids, p.ID)
		}
		return err
	})
	if err != nil && !errors.Is(err, gitstore.ErrNotFound) || len(ids) == 0 {
		return nil, ignoreMissing(err)
	}
	since := Since(today, keep)
	kept, err := Named(r, head, unit, since)
	if err != nil {
		return nil, err
	}
	var out []Piece
	for _, id := range ids {
		if !kept[id] {
			out = append(out, Piece{Item{Evidence, unit, today.Add(-1), string(id)}, []register.Path{{Kind: register.Evidence, Unit: unit, ID: id}}})
		}
	}
	return out, nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, gitstore.ErrNotFound) {
		return nil
	}
	return err
}

// Since is the day on which what is kept so many months from then on has ended its time
// the day before today.
func Since(today register.Day, months int) register.Day { return today.AddMonths(-months).Add(-1) }

// isAgreement tells whether a document is the processor agreement that the policy names
// for its unit.
func isAgreement(by *policy.Policy, p register.Path) bool {
	u, ok := by.Unit(p.Unit)
	return ok && strings.HasPrefix(u.Agreement, string(p.ID))
}
