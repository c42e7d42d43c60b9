package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

type runJSON struct {
	ID      register.RecordID   `json:"id"`
	Day     register.Day        `json:"day"`
	By      register.Handle     `json:"by"`
	Count   int                 `json:"count"`
	Until   register.Day        `json:"until"`
	Signed  []register.Handle   `json:"signed"`
	Stops   int                 `json:"stops"` // members who are spared by name
	Stopped register.Day        `json:"stopped,omitempty"`
	Done    register.Day        `json:"done,omitempty"`
	Spared  []register.RecordID `json:"spared,omitempty"`
	Need    int                 `json:"need"` // signers, who proposed it included
	Ready   bool                `json:"ready"`
}

func (s *session) runJSON(x *access.Run) runJSON {
	need := s.Policy().RunBrakes().Signers
	return runJSON{x.ID, x.Day, x.By, x.Count, x.Until, append([]register.Handle{}, x.Signed...), len(x.Stops), x.Stopped, x.Done, x.Spared, need,
		x.Open() && x.Until < s.Today() && x.Signers() >= need}
}

func (a *app) retentionListCommand() *cobra.Command {
	return a.build(command{
		use:     "list",
		short:   a.tr("list the runs of erasures"),
		long:    a.tr("Lists the runs of erasures, with who proposed and signed each, how many it names, and how far it has come. It needs no key, and names no member."),
		example: "medlem retention list",
		codes:   "3",
		run: func(*cobra.Command, []string) error {
			return a.at(mirror, func(s *session) error { return s.listRuns() })
		},
	})
}

func (s *session) listRuns() error {
	runs, err := s.Runs()
	if err != nil {
		return err
	}
	out := struct {
		Runs []runJSON `json:"runs"`
	}{[]runJSON{}}
	for _, x := range runs {
		out.Runs = append(out.Runs, s.runJSON(x))
	}
	return s.result(out, func(w io.Writer) {
		if len(out.Runs) == 0 {
			fmt.Fprintln(w, s.tr("There has been no run of erasures."))
			return
		}
		t := &table{head: []string{s.tr("Run"), s.tr("Proposed"), s.tr("By"), s.tr("Members"), ""}}
		for _, x := range out.Runs {
			t.add(string(x.ID), string(x.Day), string(x.By), fmt.Sprint(x.Count), s.runState(x))
		}
		t.write(w, "")
	})
}

// runState says how far a run has come.
func (s *session) runState(x runJSON) string {
	have := 1 + len(x.Signed)
	switch {
	case x.Done != "":
		return s.tr("done on {{.Day}}: {{.Erased}} erased, {{.Spared}} spared", "Day", x.Done, "Erased", x.Count-len(x.Spared), "Spared", len(x.Spared))
	case x.Stopped != "":
		return s.tr("stopped on {{.Day}}", "Day", x.Stopped)
	case have < x.Need:
		return s.tr("waits until {{.Day}}, and for signatures: {{.Have}} of {{.Need}}", "Day", x.Until, "Have", have, "Need", x.Need)
	case x.Ready:
		return s.tr("ready: medlem retention finish")
	}
	return s.tr("waits until {{.Day}}", "Day", x.Until)
}

// openRun says that a run of erasures is open, and how far it has come.
func (s *session) openRun(x *access.Run) string {
	return s.trn(x.Count, "a run of erasures is open, of {{.N}} member: {{.State}}", "a run of erasures is open, of {{.N}} members: {{.State}}", "State", s.runState(s.runJSON(x)))
}

func (a *app) retentionShowCommand() *cobra.Command {
	return a.build(command{
		use:     "show [RUN]",
		short:   a.tr("show whom the open run names"),
		long:    a.tr("Opens the list of the open run, with the members' names as far as their records can be read, and says who would be spared now, and why. Only the secretariat can open it."),
		example: "medlem retention show",
		codes:   "134",
		max:     1,
		run: func(_ *cobra.Command, args []string) error {
			return a.at(withKey, func(s *session) error { return s.showRun(args) })
		},
	})
}

type runMemberJSON struct {
	ID     register.RecordID `json:"id"`
	Name   string            `json:"name,omitempty"`
	Unit   register.UnitID   `json:"unit"`
	Rule   string            `json:"rule"`
	Month  register.Month    `json:"month"`
	Spared desk.Spared       `json:"spared,omitempty"` // why it would not be erased now
}

func (s *session) showRun(args []string) error {
	x, err := s.OpenRun()
	if err != nil {
		return err
	}
	if len(args) > 0 {
		id, err := s.runID(args[0])
		if err != nil {
			return err
		}
		if id != x.ID {
			return desk.ErrNoRun
		}
	}
	fate, err := s.FateOf(x)
	if err != nil {
		return err
	}
	out := struct {
		Run     runJSON         `json:"run"`
		Members []runMemberJSON `json:"members"`
	}{s.runJSON(x.Run), []runMemberJSON{}}
	for _, r := range x.List.Records {
		m, err := s.Find(r.ID)
		if err != nil && !errors.Is(err, desk.ErrNoRecord) {
			return err
		}
		out.Members = append(out.Members, runMemberJSON{r.ID, s.fullName(m), r.Unit, r.Rule, r.Month, fate[r.ID]})
	}
	return s.result(out, func(w io.Writer) {
		t := &table{head: []string{"ID", s.tr("Name"), s.tr("Unit"), s.tr("Reason"), s.tr("To be erased by"), ""}}
		for _, m := range out.Members {
			note := ""
			if m.Spared != "" {
				note = s.tr("SPARED: {{.Why}}", "Why", s.sparedWhy(m.Spared))
			}
			t.add(string(m.ID), m.Name, unitName(s.Policy(), m.Unit), s.endName(m.Rule), string(m.Month), note)
		}
		t.write(w, "")
		fmt.Fprintln(w, s.tr("The run {{.ID}}, proposed on {{.Day}} by {{.By}}: {{.State}}", "ID", x.ID, "Day", x.Day, "By", x.By, "State", s.runState(out.Run)))
	})
}

// endName is what the policy calls a reason for the end of a membership.
func (s *session) endName(rule string) string {
	if r, ok := s.Policy().Reason(rule); ok {
		return s.label(s.Policy(), r.Name, rule)
	}
	return rule
}

// fullName is what a member is called, as far as the person may see it.
func (s *session) fullName(m *desk.Member) string {
	if m == nil {
		return ""
	}
	fields := s.visible(m)
	var out []string
	for _, k := range s.nameFields() {
		if v := fields[k].String(); v != "" {
			out = append(out, v)
		}
	}
	return strings.Join(out, " ")
}

// runGroups counts the records of a run by unit, reason and month.
func runGroups(records []seal.RunRecord) []runGroupJSON {
	out := []runGroupJSON{}
	for _, r := range records {
		i := slices.IndexFunc(out, func(g runGroupJSON) bool { return g.Unit == r.Unit && g.Rule == r.Rule && g.Month == r.Month })
		if i < 0 {
			i = len(out)
			out = append(out, runGroupJSON{r.Unit, r.Rule, r.Month, 0})
		}
		out[i].Count++
	}
	slices.SortFunc(out, func(a, b runGroupJSON) int {
		return strings.Compare(string(a.Unit)+" "+string(a.Month)+" "+a.Rule, string(b.Unit)+" "+string(b.Month)+" "+b.Rule)
	})
	return out
}
