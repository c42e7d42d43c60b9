package check

import (
	"bytes"
	"slices"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// runStep is a commit of main with what it does to runs of erasures, and to records
// that it erases.
type runStep struct {
	*step
	from, to *node
	signer   register.Handle
	day      register.Day
	run      *change                             // of a run; nil: none
	list     *change                             // of a run's sealed list
	gone     map[register.RecordID]register.Path // the records that are erased, by where they lay
	tombs    []*change
}

// runs judges what a commit of main does to runs, and the erasures that it makes:
// under brakes more than one record is erased by a run alone.
func (r *run) runs(s *step, from, to *node, x *scope) {
	p := &runStep{step: s, from: from, to: to, signer: x.signer, day: x.day, gone: map[register.RecordID]register.Path{}}
	over := s.activitiesGone() // what is over is not spared by brakes
	for i := range s.changes {
		switch c := &s.changes[i]; {
		case c.p.Kind == register.Run && p.run != nil:
			r.add(ruleRun, s.at(c), "one commit changes two runs")
			return
		case c.p.Kind == register.Run:
			p.run = c
		case c.p.Kind == register.RunList && p.list != nil:
			r.add(ruleRunList, s.at(c), "one commit changes two lists of runs")
			return
		case c.p.Kind == register.RunList:
			p.list = c
		case c.p.Kind == register.Tombstone && c.added() && !over[c.p.ID]:
			p.tombs = append(p.tombs, c)
		case (c.p.Kind == register.Member || c.p.Kind == register.Closed) && c.removed():
			p.gone[c.p.ID] = c.p
		}
	}
	done := false
	if p.run != nil {
		done = r.runMoves(p)
	}
	r.runListMoves(p)
	if p.run != nil && !done && len(p.tombs) > 0 {
		r.add(ruleRun, p.at(p.run), "a run changes in a commit that erases, and is not done with it")
	}
	if len(p.tombs) > 0 && from.state.Policy.Brakes != nil {
		r.braked(p, x, done)
	}
}

// runMoves judges a run that begins or changes. It tells whether the run is done with
// this commit.
func (r *run) runMoves(p *runStep) bool {
	c, f := p.run, p.at(p.run)
	if root := p.to.state.Policy.Root().ID; c.p.Unit != root {
		r.add(ruleRunForm, f, "a run lies in the folder of the top unit %q", string(root))
		return false
	}
	if c.removed() {
		r.add(ruleRun, f, "a run is gone")
		return false
	}
	is := r.readRun(c.New.ID, c.p)
	if is == nil {
		return false // said where clear files are read
	}
	if c.added() {
		r.proposed(p, is)
		return false
	}
	was := r.readRun(c.Old.ID, c.p)
	if was == nil {
		return false // it was refused when it came
	}
	r.runAmended(p, was, is)
	if is.Done == "" || was.Done != "" {
		return false
	}
	r.finished(p, was, is)
	return true
}

func (r *run) readRun(id gitstore.ID, p register.Path) *access.Run {
	b, err := r.blob(id, p.Kind)
	if err != nil {
		r.fail(err)
		return nil
	}
	x, err := access.ParseRun(p, b)
	if err != nil {
		return nil
	}
	return x
}

// proposed judges a new run.
func (r *run) proposed(p *runStep, is *access.Run) {
	f, s := p.at(p.run), p.from.state
	if is.Day != p.day {
		r.add(ruleRun, f, "dated %s, written on %s", is.Day, p.day)
	}
	if p.signer != "" && is.By != p.signer {
		r.add(ruleRun, f, "proposed by %s, signed by %s", is.By, p.signer)
	}
	if len(is.Signed) > 0 || len(is.Stops) > 0 || !is.Open() {
		r.add(ruleRun, f, "signed, stopped or done in the commit that proposes it")
	}
	if open, ok, err := s.OpenRun(); err != nil {
		r.fail(err)
	} else if ok {
		r.add(ruleRun, f, "the run %q is still open", open.Path.String())
	}
	b := s.Policy.Brakes
	if b == nil {
		return
	}
	if least := is.Day.Add(b.Quarantine); is.Until < least {
		r.add(ruleRun, f, "its quarantine ends on %s: the policy says %s at the earliest", is.Until, least)
	}
	n, err := s.AllRecords()
	if err != nil {
		r.fail(err)
		return
	}
	if most := b.Most(n); is.Count > most {
		r.add(ruleRun, f, "a run of %d records: the policy allows %d of %d", is.Count, most, n)
	}
}

// runAmended judges what is added to a run: a signature, members who are spared, its
// end. Everything else stays.
func (r *run) runAmended(p *runStep, was, is *access.Run) {
	f := p.at(p.run)
	bare := func(x *access.Run) []byte {
		c := *x
		c.Signed, c.Stops, c.Stopped, c.Done, c.Nonce, c.Spared = nil, nil, "", "", "", nil
		return c.Encode()
	}
	switch {
	case !was.Open():
		r.add(ruleRun, f, "a run that is done or stopped was changed")
	case !bytes.Equal(bare(was), bare(is)):
		r.add(ruleRun, f, "the run says something else than it did")
	case !extends(was.Signed, is.Signed) || !extends(was.Stops, is.Stops):
		r.add(ruleRun, f, "a signature, or a member who was to be spared, is gone")
	case is.Done != "" && (len(is.Signed) > len(was.Signed) || len(is.Stops) > len(was.Stops)):
		r.add(ruleRun, f, "signed, or somebody spared, in the commit that finishes it")
	case is.Stopped != "" && is.Stopped != p.day, is.Done != "" && is.Done != p.day:
		r.add(ruleRun, f, "it says that it ended on %s, and is written on %s", is.Stopped+is.Done, p.day)
	}
	for _, h := range is.Signed[min(len(was.Signed), len(is.Signed)):] {
		if p.signer != "" && h != p.signer {
			r.add(ruleRunSigned, f, "signed in the name of %s, by %s", h, p.signer)
		}
	}
}

// extends tells whether list begins with what was there.
func extends[T comparable](was, list []T) bool {
	return len(list) >= len(was) && slices.Equal(list[:len(was)], was)
}

// finished judges the commit by which a run erases. What it erases and what it spares
// are together exactly what was announced: the digest says so without a key.
func (r *run) finished(p *runStep, was, is *access.Run) {
	f := p.at(p.run)
	if p.day <= was.Until {
		r.add(ruleRunDone, f, "its quarantine lasts until %s", was.Until)
	}
	if b := p.from.state.Policy.Brakes; b != nil {
		if last := was.Day.Add(b.Quarantine); was.Until < last && p.day <= last {
			r.add(ruleRunDone, f, "by the policy of today its quarantine lasts until %s", last)
		}
		if was.Signers() < b.Signers {
			r.add(ruleRunDone, f, "%d of the secretariat have signed it: the policy asks for %d", was.Signers(), b.Signers)
		}
	}
	nonce := is.NonceBytes()
	for _, stop := range was.Stops {
		if !slices.ContainsFunc(is.Spared, func(id register.RecordID) bool { return access.StopDigest(nonce, id) == stop }) {
			r.add(ruleRunDone, f, "somebody is not spared who was to be")
		}
	}
	ids := slices.Clone(is.Spared)
	for _, t := range p.tombs {
		ids = append(ids, t.p.ID)
		if at, ok := p.gone[t.p.ID]; ok && (at.Kind != register.Closed || at.Month >= is.Day.Month()) {
			r.add(ruleRunDone, p.at(t), "on the day of the run, %s, the time of this record was not over", is.Day)
		}
	}
	slices.Sort(ids)
	if len(ids) != is.Count || len(slices.Compact(ids)) != is.Count || access.RunDigest(nonce, ids) != is.SHA256 {
		r.add(ruleRunDone, f, "what it erases and spares is not what it announced")
	}
}

// seconders are the officers who signed, beside the committer, the run that the
// commit finishes: nobody where it finishes none.
func (r *run) seconders(s *step, x *scope) []register.Handle {
	if s.others != nil {
		return *s.others
	}
	var out []register.Handle
	for i := range s.changes {
		c := &s.changes[i]
		if c.p.Kind != register.Run || !c.has(c.New) {
			continue
		}
		if is := r.readRun(c.New.ID, c.p); is != nil && is.Done != "" {
			out = slices.DeleteFunc(append([]register.Handle{is.By}, is.Signed...), func(h register.Handle) bool { return h == x.signer })
		}
	}
	s.others = &out
	return out
}

// runListMoves judges the sealed list of a run: it comes with the run, is sealed anew
// when the secretariat's recipients change, and goes with the run's end.
func (r *run) runListMoves(p *runStep) {
	open, ok, err := p.to.state.OpenRun()
	if err != nil {
		r.fail(err)
		return
	}
	if p.run == nil && p.list == nil && !ok {
		return
	}
	if p.list != nil && !p.list.removed() {
		r.runListForm(p.at(p.list), p.list.New.ID, p.to.state, p.day)
	}
	var is *access.Run
	if p.run != nil && !p.run.removed() {
		is = r.readRun(p.run.New.ID, p.run.p)
	}
	came, went := p.list != nil && p.list.added(), p.list != nil && p.list.removed()
	switch {
	case came && (p.run == nil || !p.run.added() || p.run.p.ID != p.list.p.ID || p.run.p.Day != p.list.p.Day || p.run.p.Unit != p.list.p.Unit):
		r.add(ruleRunList, p.at(p.list), "its run does not come with it")
	case p.run != nil && p.run.added() && !came:
		r.add(ruleRunList, p.at(p.run), "the sealed list of whom it would erase does not come with it")
	case went && (is == nil || is.Open() || is.ListPath() != p.list.p):
		r.add(ruleRunList, p.at(p.list), "its run is still open")
	case is != nil && !is.Open() && ok && open.Path == is.Path():
		r.add(ruleRunList, p.at(p.run), "the run is over, and its list stays")
	case ok && p.list == nil && r.recipientsMoved(p):
		list := open.Path
		list.Kind = register.RunList
		r.add(ruleRunList, at(p.commit, list, list.String()), "the recipients of the secretariat changed, and the list was not sealed anew")
	}
}

func (r *run) recipientsMoved(p *runStep) bool {
	of := func(n *node) []string { return n.state.Recipients(n.state.TokenReaders(dayOf(n.commit))) }
	return !slices.Equal(of(p.from), of(p.to))
}

func (r *run) runListForm(f Finding, id gitstore.ID, s *access.State, day register.Day) {
	b, err := r.blob(id, register.RunList)
	if err != nil {
		r.fail(err)
		return
	}
	if err := seal.CheckRunList(b, len(s.Recipients(s.TokenReaders(day)))); err != nil {
		r.add(ruleRunList, f, "%s", err)
	}
}

// everyRun judges the runs of a register as they stand: those that are open have a
// list, and there is one at most. day is that of main's commit, by which lists are
// sealed.
func (r *run) everyRun(paths []register.Path, s *access.State, day register.Day) error {
	root := s.Policy.Root().ID
	for _, p := range paths {
		if p.Unit != root {
			r.add(ruleRunForm, at(nil, p, p.String()), "a run lies in the folder of the top unit %q", string(root))
		}
	}
	all, err := s.Runs()
	if err != nil {
		return err
	}
	open := 0
	for _, x := range all {
		f := at(nil, x.Path, x.Path.String())
		if !x.List.IsZero() {
			list := x.Path
			list.Kind = register.RunList
			r.runListForm(at(nil, list, list.String()), x.List, s, day)
			open++
		}
		if x.File.IsZero() {
			r.add(ruleRunList, f, "there is a list, and no run")
		} else if is := r.readRun(x.File, x.Path); is != nil && is.Open() == x.List.IsZero() {
			r.add(ruleRunList, f, "an open run without its list, or a list of a run that is over")
		}
	}
	if open > 1 {
		r.add(ruleRunList, Finding{Path: "data/" + string(root) + "/runs", Unit: root}, "%d runs are open: want one", open)
	}
	return nil
}
