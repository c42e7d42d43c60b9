package cli

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/breach"
	"github.com/medlem-register/medlem/internal/register"
)

// breachOptions are the flags of medlem breach.
type breachOptions struct {
	since, until, lost, list, out string
}

func (a *app) breachCommand() *cobra.Command {
	var o breachOptions
	c := a.build(command{
		use:   "breach HANDLE",
		short: a.tr("see what somebody else could open with an officer's key, and draft the notices"),
		long: a.tr("Says from the signed history, without a key, which records an officer's identities could open since a day: how many members and versions, by unit, whether what is sensitive is among it, which lists were out in her name, and whether everything has been sealed anew since. " +
			"It is what could have been opened, not what was.\n\n" +
			"--lost says what is in other hands: her identity (then everything that she could ever read counts, from old copies too), her laptop (what lay in her copy and could be fetched until access was taken), or a list with --list. " +
			"With --out it writes drafts of the notice to the authority, which is due within 72 hours, and of a letter to the members. They name nobody; what only people know is marked."),
		example: "medlem breach o-7k3fm2q4x6 --since 2026-05-01 --lost laptop --out notices",
		codes:   "134",
		min:     1, max: 1,
		run: func(_ *cobra.Command, args []string) error {
			return a.at(openly, func(s *session) error { return s.breach(args[0], o) })
		},
	})
	f := c.Flags()
	f.StringVar(&o.since, "since", "", a.tr("the first `DATE` on which somebody else may have had it"))
	f.StringVar(&o.until, "until", "", a.tr("the last `DATE` that counts (default: today)"))
	f.StringVar(&o.lost, "lost", "", a.tr("`WHAT` is lost: identity, laptop or list"))
	f.StringVar(&o.list, "list", "", a.tr("the `ID` of the list that is lost, as medlem draw list shows it"))
	f.StringVar(&o.out, "out", "", a.tr("write the drafts into this `FOLDER`"))
	c.AddCommand(a.breachContainCommand())
	return c
}

// handleOf reads a handle, or the word for the recovery identity.
func (a *app) handleOf(text string) (register.Handle, error) {
	if text == string(register.Recovery) {
		return register.Recovery, nil
	}
	h, err := register.ParseHandle(text)
	if err != nil {
		return "", usageError(err.Error(), a.tr("medlem access shows the handles"))
	}
	return h, nil
}

// loss reads what was lost, and when.
func (s *session) loss(handle string, o breachOptions) (breach.Loss, error) {
	h, err := s.handleOf(handle)
	if err != nil {
		return breach.Loss{}, err
	}
	l := breach.Loss{Handle: h}
	if o.since == "" {
		return l, usageError(s.tr("say since when: --since DATE"), s.tr("the first day on which somebody else may have had it"))
	}
	if l.Since, err = s.dayFlag("--since", o.since); err != nil {
		return l, err
	}
	if l.Since > s.Today() {
		return l, usageError(s.tr("--since: that day is to come"), s.tr("the first day on which somebody else may have had it"))
	}
	if l.Until, err = s.dayFlag("--until", o.until); err != nil {
		return l, err
	}
	if l.Until != "" && l.Until < l.Since {
		return l, usageError(s.tr("--until is before --since"), "")
	}
	if o.lost != "" && !slices.Contains(breach.Losses, o.lost) {
		return l, usageError(s.tr("--lost: one of {{.Choices}}", "Choices", strings.Join(breach.Losses, ", ")), "")
	}
	if (o.lost == breach.LostList) != (o.list != "") {
		return l, usageError(s.tr("--lost list and --list ID go together"), s.tr("medlem draw list shows the ids"))
	}
	return l, nil
}

func (s *session) breach(handle string, o breachOptions) error {
	l, err := s.loss(handle, o)
	if err != nil {
		return err
	}
	e, err := s.Extent(l)
	if err != nil {
		return err
	}
	if len(e.Identities) == 0 {
		return refused(s.tr("the register has never known an officer of that handle"), s.tr("medlem access shows the handles"))
	}
	var list *breach.List
	if o.list != "" {
		id, err := register.ParseRecordID(strings.ToLower(o.list))
		if err != nil {
			return usageError(s.tr("--list: not the id of a list"), s.tr("medlem draw list shows the ids"))
		}
		if list, err = breach.FindList(s.Repo(), e.State, id); err != nil {
			return err
		}
		if list == nil {
			return refused(s.tr("there is no list with that id"), s.tr("medlem draw list shows the ids"))
		}
	}
	out := extentJSON(e, o.lost, list)
	var unwritten error
	if o.out != "" {
		n := breach.NewNotice(e, o.lost, list, s.Now(), breach.NoticeLanguage(e.State.Policy))
		out.Due = n.Due
		out.Written, unwritten = s.writeDrafts(n, o.out, breach.NoticeLanguage(e.State.Policy))
	}
	if err := s.result(out, func(w io.Writer) { s.printBreach(w, e, out) }); err != nil {
		return err
	}
	return unwritten // after the extent, which cannot wait for room on a disk
}

// writeDrafts writes the drafts into a folder, over none that is there: all or none.
func (s *session) writeDrafts(n *breach.Notice, folder, lang string) (out []string, err error) {
	_, missing := os.Lstat(folder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	defer func() {
		if err == nil {
			return
		}
		for _, path := range out {
			_ = os.Remove(path)
		}
		if out = nil; missing != nil {
			_ = os.Remove(folder)
		}
	}()
	for _, which := range []string{"notice", "letter"} {
		b, err := n.Draft(which, lang)
		if err != nil {
			return out, err
		}
		path := filepath.Join(folder, which+".md")
		if err := s.writeNew(path, b); err != nil {
			return out, err
		}
		out = append(out, path)
	}
	return out, nil
}

// breachJSON is a breach.Extent.
type breachJSON struct {
	Handle     register.Handle  `json:"handle"`
	Lost       string           `json:"lost,omitempty"`
	Since      register.Day     `json:"since"`
	Until      register.Day     `json:"until,omitempty"`
	Made       register.Day     `json:"made,omitempty"` // when the first keyring was sealed to an identity of hers that counts
	Taken      register.Day     `json:"taken,omitempty"`
	Reads      bool             `json:"reads"` // keyrings are sealed to her today
	Within     breachCountJSON  `json:"within"`
	Ever       breachCountJSON  `json:"ever"`
	Units      []breachUnitJSON `json:"units"`
	Reveals    string           `json:"reveals,omitempty"` // what membership itself does
	Special    []string         `json:"special"`           // fields of special categories
	Lists      []breachListJSON `json:"lists"`
	List       *breachListJSON  `json:"list,omitempty"` // that was lost
	Identities []breachIDentity `json:"identities"`
	Due        string           `json:"due,omitempty"` // the hour by which the authority is told
	Written    []string         `json:"written,omitempty"`
}

type breachCountJSON struct {
	Members  int `json:"members"`
	Versions int `json:"versions"`
	Files    int `json:"files"`
}

type breachUnitJSON struct {
	Unit    register.UnitID `json:"unit"`
	From    register.Day    `json:"from,omitempty"`
	To      register.Day    `json:"to,omitempty"`
	Reads   bool            `json:"reads"`
	Within  breachCountJSON `json:"within"`
	Ever    breachCountJSON `json:"ever"`
	Present int             `json:"present"` // records on main
	Left    int             `json:"left"`    // of these, still sealed as she could open them
	Rekeyed register.Day    `json:"rekeyed,omitempty"`
}

type breachListJSON struct {
	ID      register.RecordID `json:"id"`
	Drawn   register.Day      `json:"drawn"`
	Purpose string            `json:"purpose"`
	Members int               `json:"members"`
	Columns []string          `json:"columns"`
	Special []string          `json:"special"`
	Missing []string          `json:"missing"` // what nobody has attested as destroyed
}

type breachIDentity struct {
	Recipient string       `json:"recipient"`
	Made      register.Day `json:"made"`
	Retired   register.Day `json:"retired,omitempty"` // her word that it is destroyed
	Counts    bool         `json:"counts"`
}

func extentJSON(e *breach.Extent, lost string, list *breach.List) *breachJSON {
	p := e.State.Policy
	out := &breachJSON{Handle: e.Handle, Lost: lost, Since: e.Since, Until: e.Until, Made: e.Made, Taken: e.Taken(), Within: breachCountJSON(e.Within), Ever: breachCountJSON(e.Ever),
		Units: []breachUnitJSON{}, Special: append([]string{}, breach.Special(p, nil)...), Lists: []breachListJSON{}, Identities: []breachIDentity{}}
	if p.Reveals() {
		out.Reveals = p.Sensitivity
	}
	for _, u := range e.Units {
		out.Reads = out.Reads || u.Reads
		out.Units = append(out.Units, breachUnitJSON{u.ID, u.From, u.To, u.Reads, breachCountJSON(u.Within), breachCountJSON(u.Ever), u.Present, u.Left, u.Rekeyed})
	}
	one := func(l breach.List) breachListJSON {
		return breachListJSON{l.ID, l.Drawn, l.Purpose, l.Count, l.Columns, append([]string{}, breach.Special(p, l.Columns)...), append([]string{}, l.Missing...)}
	}
	for _, l := range e.Lists {
		out.Lists = append(out.Lists, one(l))
	}
	if list != nil {
		x := one(*list)
		out.List = &x
	}
	for _, i := range e.Identities {
		out.Identities = append(out.Identities, breachIDentity(i))
	}
	return out
}
