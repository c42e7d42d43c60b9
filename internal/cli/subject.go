package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/subject"
)

func (a *app) subjectCommand() *cobra.Command {
	return a.family("subject", a.tr("answer what a member may ask about herself"),
		a.tr("What a member has a right to know about what is kept of her."),
		a.subjectReadersCommand(), a.subjectCopyCommand(), a.subjectCorrectCommand(), a.subjectRestrictCommand(), a.subjectObjectCommand(), a.subjectProtectCommand())
}

func (a *app) subjectReadersCommand() *cobra.Command {
	return a.build(command{
		use:   "readers ID",
		short: a.tr("show who could have read a member's record, today and before"),
		long: a.tr("Shows who could read a member's record, by office and period and without names, from the signed history: in every unit that she was in, and an access of one hour too. " +
			"Whoever lost access may still hold an old copy; it is said up to which version. " +
			"A period lasts until the key was really taken away, not just until the day that was agreed.\n\n" +
			"This is who could have read. Who looked is written down nowhere, but for lists that were taken out: those that named her are shown too, as far as you can open whom they name. " +
			"Nothing else here needs a key."),
		example: "medlem subject readers m4k7xq2fjw3pa",
		codes:   "134",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error {
			return a.at(mirror, func(s *session) error { return s.subjectReaders(args[0]) })
		},
	})
}

// readerJSON is a subject.Interval.
type readerJSON struct {
	Unit     register.UnitID `json:"unit"`
	Office   string          `json:"office"`
	Of       register.UnitID `json:"of"`
	Purpose  string          `json:"purpose,omitempty"` // that the grant names
	From     register.Day    `json:"from"`
	To       register.Day    `json:"to,omitempty"` // left out: still
	Officers int             `json:"officers"`
	Version  int             `json:"version"` // up to which she could read, and hold a copy
}

func (s *session) subjectReaders(text string) error {
	id, err := s.recordID(text)
	if err != nil {
		return err
	}
	past, err := subject.FollowOne(s.Repo(), s.Head(), id)
	if err != nil {
		return err
	}
	versions := past.Versions(id)
	if versions == 0 {
		return refused(s.tr("the register has never held a record with that id"), s.tr("medlem find NAME shows the ids"))
	}
	named, closed, err := s.DrawsOf(id)
	if err != nil {
		return err
	}
	out := struct {
		ID       register.RecordID `json:"id"`
		Day      register.Day      `json:"day"`
		Versions int               `json:"versions"`
		Today    []readerJSON      `json:"today"`
		Before   []readerJSON      `json:"before"`
		Draws    []drawJSON        `json:"draws"`  // that named her
		Closed   int               `json:"closed"` // lists of which it cannot be seen
	}{id, s.Today(), versions, []readerJSON{}, []readerJSON{}, []drawJSON{}, closed}
	for _, x := range past.Readers(id, s.Today()) {
		r := readerJSON{x.Unit, x.Office, x.Of, x.Why, x.From, x.To, x.Seats, x.Copy}
		if x.To == "" {
			out.Today = append(out.Today, r)
		} else {
			out.Before = append(out.Before, r)
		}
	}
	for _, x := range named {
		out.Draws = append(out.Draws, drawnJSON(x))
	}
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.tr("Who could read the record {{.ID}}, from the signed history:", "ID", id))
		fmt.Fprintln(w, s.tr("Today, {{.Day}}:", "Day", out.Day))
		s.readerTable(w, out.Today, versions)
		fmt.Fprintln(w, s.tr("Before:"))
		s.readerTable(w, out.Before, versions)
		if len(out.Before) > 0 {
			fmt.Fprintln(w, s.tr("Whoever could before may still hold an old copy of the register. It opens up to the version that is said, and nothing that was written since."))
		}
		fmt.Fprintln(w, s.tr("At any time: the recovery secret, which is kept on paper, offline."))
		fmt.Fprintln(w, s.tr("Never: the server that keeps the register and whoever runs it, the automatic check, officers of other units, and people outside, but for what a list gave them."))
		fmt.Fprintln(w, s.tr("This is who could have read. Who looked is written down nowhere, but for lists that were taken out."))
		fmt.Fprintln(w, s.tr("Lists that named her:"))
		s.drawsNaming(w, out.Draws, closed)
	})
}

// readerTable shows who can read, or who could.
func (s *session) readerTable(w io.Writer, list []readerJSON, versions int) {
	if len(list) == 0 {
		fmt.Fprintln(w, "  "+s.tr("nobody"))
		return
	}
	t := &table{head: []string{s.tr("Office"), s.tr("Unit"), s.tr("Her unit"), s.tr("Officers"), s.tr("From"), s.tr("Can read")}}
	if list[0].To != "" {
		t.head = append(t.head[:5], s.tr("Until"), s.tr("Could still hold a copy"))
	}
	for _, x := range list {
		office := s.officeName(s.Policy(), x.Office)
		if x.Office == "" {
			office = s.tr("not known")
		}
		if x.Purpose != "" {
			office += ": " + s.officePurpose(x.Office, x.Purpose)
		}
		cells := []string{office, unitName(s.Policy(), x.Of), unitName(s.Policy(), x.Unit), fmt.Sprint(x.Officers), string(x.From)}
		if x.To != "" {
			cells = append(cells, string(x.To))
		}
		t.add(append(cells, s.tr("up to version {{.Version}} of {{.Versions}}", "Version", x.Version, "Versions", versions))...)
	}
	t.write(w, "  ")
}
