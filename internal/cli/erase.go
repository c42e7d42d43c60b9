package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
)

func (a *app) eraseCommand() *cobra.Command {
	var due, yes bool
	var unit, receipts string
	c := a.build(command{
		use:   "erase [ID…]",
		short: a.tr("erase closed records for good"),
		long: a.tr("Destroys the keys of closed records: nobody can read them any more, in any copy of the register that is made from now on. " +
			"With --due, all whose time is over; what is restricted (medlem subject restrict) is kept and named. With --unit, everything of a unit that is dissolved, whose members have been closed or moved before. It says how far the erasure has come; medlem erasure status follows it to the end.\n\n" +
			"With --receipt it writes a paper for each of them into a new folder, as text and as PDF, with a secret that stands nowhere else: by it she can show that the receipt in the register is hers.\n\n" +
			"It cannot be undone. Run it again if it was interrupted."),
		example: "medlem erase --due --receipt papers",
		codes:   "134",
		max:     -1,
		run: func(c *cobra.Command, args []string) error {
			said := 0
			for _, yes := range []bool{due, unit != "", len(args) > 0} {
				if yes {
					said++
				}
			}
			if said != 1 {
				return usageError(a.tr("say whom: ids, --due for all whose time is over, or --unit for all of a unit that is dissolved"), "")
			}
			return a.at(withKey, func(s *session) error {
				if unit != "" {
					return s.eraseUnit(c.Context(), unit, receipts, yes)
				}
				if due {
					return s.eraseDue(c.Context(), receipts)
				}
				return s.erase(c.Context(), args, receipts)
			})
		},
	})
	c.Flags().BoolVar(&due, "due", false, a.tr("all whose month of erasure has come"))
	c.Flags().StringVar(&unit, "unit", "", a.tr("all of a dissolved `UNIT`"))
	c.Flags().BoolVar(&yes, "yes", false, a.tr("with --unit: do not ask to write the unit's id"))
	c.Flags().StringVar(&receipts, "receipt", "", a.tr("write each one's paper into this new `FOLDER`"))
	return c
}

// eraseDue erases what is over. The clock and the policy are asked before anything goes.
func (s *session) eraseDue(ctx context.Context, receipts string) error {
	if err := s.BeginByClock(ctx); err != nil {
		return err
	}
	activities, err := s.DueActivities()
	if err != nil {
		return err
	}
	records, kept, err := s.DueErasures()
	if err != nil {
		return err
	}
	s.warnKept(kept)
	if len(activities) > 0 && !s.Secretary() {
		records = nil // those are the secretariat's; her activities she drafts
	}
	if len(activities) > 0 && len(records) > 1 && s.Policy().Retention.Brakes != nil {
		return refused(s.tr("the policy has brakes: several records are erased by a run alone"),
			s.tr("propose one: medlem retention run. Activities go without: medlem activity erase ID"))
	}
	if len(activities)+len(records) == 0 {
		return desk.ErrNothing
	}
	var over *desk.Erased
	if len(activities) > 0 {
		if over, err = s.eraseOver(ctx, idsOf(activities)); err != nil {
			return err
		}
	}
	if len(records) == 0 {
		return s.activitiesErased(over)
	}
	return s.eraseRecords(ctx, erasing{ids: idsOf(records), kept: kept, receipts: receipts, over: over})
}

func idsOf(paths []register.Path) []register.RecordID {
	var out []register.RecordID
	for _, p := range paths {
		out = append(out, p.ID)
	}
	return out
}

func (s *session) erase(ctx context.Context, args []string, receipts string) error {
	var ids []register.RecordID
	for _, x := range args {
		id, err := register.ParseRecordID(strings.ToLower(x)) // a whole id: this cannot be undone
		if err != nil {
			return usageError(s.tr("that is not the id of a member"), s.tr("medlem list --closed shows the ids"))
		}
		ids = append(ids, id)
	}
	before, err := s.erasedBefore(ids)
	if err != nil {
		return err
	}
	if len(before) == len(ids) {
		return s.eraseAgain(ctx, ids, before)
	}
	return s.eraseRecords(ctx, erasing{ids: ids, before: before, receipts: receipts})
}

// erasing is what one command erases.
type erasing struct {
	ids      []register.RecordID
	before   map[register.RecordID]register.Day // of those that are erased already, since when
	kept     []register.RecordID                // whose time is over too, and who are restricted
	receipts string                             // folder of the papers; "": none
	over     *desk.Erased                       // activities that went before the records; nil: none
}

// eraseRecords erases records, and tells of the activities that went before them.
func (s *session) eraseRecords(ctx context.Context, x erasing) error {
	over := x.over
	res, papers, err := s.destroyRecords(ctx, x)
	if err != nil {
		if over != nil {
			s.note(s.activitiesGone(len(over.IDs)))
		}
		return err
	}
	if over == nil {
		return s.erased(res, papers, nil)
	}
	out := struct {
		erasedJSON
		Activities []register.RecordID `json:"activities"`
	}{erasedOf(res, papers), over.IDs}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.activitiesGone(len(over.IDs)))
		s.printMailSteps(w)
		s.printErased(w, res, papers)
	})
}

func (s *session) destroyRecords(ctx context.Context, x erasing) (*desk.Erased, *erasurePapers, error) {
	s.showErasing(x.ids, x.before)
	if err := s.agreed(s.trn(len(x.ids)-len(x.before), "Erase {{.N}} record for good?", "Erase {{.N}} records for good?")); err != nil {
		return nil, nil, err
	}
	papers, err := s.erasurePapers(x.receipts)
	if err != nil {
		return nil, nil, err
	}
	res, err := s.EraseFor(ctx, x.ids, papers.give)
	if err != nil {
		papers.drop()
		return nil, papers, err
	}
	res.Kept = x.kept
	return res, papers, nil
}

// warnKept names the records whose time is over and which are restricted.
func (s *session) warnKept(ids []register.RecordID) {
	if len(ids) == 0 {
		return
	}
	var names []string
	for _, id := range ids {
		names = append(names, string(id))
	}
	s.warn(s.trn(len(ids), "{{.N}} ended membership whose time is over is restricted, so it is kept: {{.IDs}}", "{{.N}} ended memberships whose time is over are restricted, so they are kept: {{.IDs}}", "IDs", strings.Join(names, ", ")),
		s.tr("put the erasure off, since the check cannot see it (medlem subject restrict ID --erase-by MONTH), or lift the restriction when it is time (--lift)"))
}

// eraseUnit erases what a dissolved unit has.
func (s *session) eraseUnit(ctx context.Context, name, receipts string, yes bool) error {
	u, err := s.unit(name)
	if err != nil {
		return err
	}
	plan, err := s.PlanUnit(u)
	if err != nil {
		return err
	}
	if plan.Members > 0 {
		return refused(s.trn(plan.Members, "{{.Unit}} still has {{.N}} member", "{{.Unit}} still has {{.N}} members", "Unit", unitName(s.Policy(), u)),
			s.tr("close or move them first: medlem close, medlem move"))
	}
	if plan.Officers > 0 {
		return refused(s.trn(plan.Officers, "{{.N}} officer still has access in {{.Unit}}", "{{.N}} officers still have access in {{.Unit}}", "Unit", unitName(s.Policy(), u)),
			s.tr("end it first: medlem revoke UNIT HANDLE"))
	}
	if !yes {
		if err := s.typedUnit(u, len(plan.Closed)); err != nil {
			return err
		}
	}
	papers, err := s.erasurePapers(receipts)
	if err != nil {
		return err
	}
	res, err := s.EraseUnit(ctx, u, papers.give)
	if errors.Is(err, desk.ErrByRun) {
		return refused(s.tr("the policy has brakes: more than one record is erased by a run"),
			s.tr("medlem retention run proposes it; erase the unit when its closed records are gone"))
	}
	if err == nil && res.Unmarked {
		s.warn(s.tr("the policy does not say that {{.Unit}} is dissolved: it could take in members again", "Unit", unitName(s.Policy(), u)),
			s.tr("write dissolved: {{.Day}} at the unit in policies/organisation.yaml, and put it in force: medlem policy put", "Day", s.Today()))
	}
	return s.erased(res, papers, err)
}

// typedUnit has the person write the unit's id: one key too few would do for a question
// of yes or no.
func (s *session) typedUnit(u register.UnitID, closed int) error {
	if !s.Terminal {
		return usageError(s.tr("erasing a unit needs --yes where nobody is there to answer"), "")
	}
	typed, err := s.ask(s.trn(closed, "{{.N}} closed record and everything else of {{.Unit}} is erased for good. Write the unit's id, {{.ID}}, to go on:",
		"{{.N}} closed records and everything else of {{.Unit}} are erased for good. Write the unit's id, {{.ID}}, to go on:", "Unit", unitName(s.Policy(), u), "ID", u))
	if err == nil && typed != string(u) {
		err = refused(s.tr("nothing was changed"), "")
	}
	return err
}

// erased tells of an erasure.
func (s *session) erased(res *desk.Erased, papers *erasurePapers, err error) error {
	if err != nil {
		papers.drop()
		return err
	}
	return s.result(erasedOf(res, papers), func(w io.Writer) { s.printErased(w, res, papers) })
}

type erasedJSON struct {
	IDs      []register.RecordID `json:"ids"`
	Kept     []register.RecordID `json:"kept,omitempty"` // whose time is over too, and who are restricted
	Rejected []string            `json:"rejected"`       // topics of proposals
	Server   bool                `json:"server"`
	Hint     string              `json:"hint,omitempty"`
	Site     desk.SiteFate       `json:"site,omitempty"`     // of their own pages on the server
	Receipts string              `json:"receipts,omitempty"` // the folder with their papers
}

func erasedOf(res *desk.Erased, papers *erasurePapers) erasedJSON {
	return erasedJSON{append([]register.RecordID{}, res.IDs...), res.Kept, append([]string{}, res.Rejected...), res.Server, res.Hint, res.Site, papers.written()}
}

func (s *session) printErased(w io.Writer, res *desk.Erased, papers *erasurePapers) {
	fmt.Fprintln(w, s.trn(len(res.IDs), "{{.N}} record is erased: no key to it is left in the register.", "{{.N}} records are erased: no key to them is left in the register."))
	for _, t := range res.Rejected {
		fmt.Fprintln(w, s.tr("The proposal {{.Topic}} is refused: it held one of them.", "Topic", t))
	}
	if res.Server {
		fmt.Fprintln(w, s.tr("The server has forgotten the old keys too."))
	} else {
		fmt.Fprintln(w, s.tr("The server still has the old keys: {{.Hint}}", "Hint", res.Hint))
	}
	s.printSiteFate(w, res.Site)
	if dir := papers.written(); dir != "" {
		fmt.Fprintln(w, s.tr("Their papers are in {{.Path}}, by id. Give each to its member, and delete the folder: what proves that a receipt is hers stands nowhere else.", "Path", dir))
	}
	fmt.Fprintln(w, s.tr("Old copies can be opened with old keys until everybody who could read has a new one: medlem erasure status"))
}

// printSiteFate says what became of the own pages of those who were erased. Where it
// went wrong there was a warning already.
func (s *session) printSiteFate(w io.Writer, fate desk.SiteFate) {
	if fate == desk.SiteGone {
		fmt.Fprintln(w, s.tr("Their own pages are taken out of the published site. Who fetched one before can open it with what stands in the member's own letter, and with nothing that the register still holds."))
	}
	s.printPublishAnew(w)
}

// printPublishAnew says what to do where the site lies elsewhere than on the server.
func (s *session) printPublishAnew(w io.Writer) {
	if s.Policy().Pages != nil {
		fmt.Fprintln(w, s.tr("Where the site with members' own pages lies elsewhere, publish it anew: medlem site publish --views --to PUBLISH"))
	}
}
