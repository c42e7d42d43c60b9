package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
)

// homePage is what medlem alone shows: in a register, to somebody with an identity,
// who she is there, what waits, what is due and what to do next; elsewhere the help.
// It asks no server and for no passphrase.
func (a *app) homePage(c *cobra.Command) error {
	dir, err := a.registerDir()
	if err != nil || !isOwnCopy(dir) {
		return c.Help()
	}
	path, _, err := a.identityPath()
	if err != nil || path == "" {
		return c.Help()
	}
	cover, err := identity.Peek(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c.Help()
	}
	if err != nil {
		return &failure{exitOpen, err.Error(), ""}
	}
	s := &session{app: a}
	if s.Desk, err = desk.Open(desk.Options{Dir: dir, Now: a.Now, Warn: a.deskWarning}); err != nil {
		return err
	}
	defer s.Close()
	if s.State() == nil {
		return c.Help()
	}
	a.speak(s.Policy())
	if cover.Handle == "" {
		cover.Handle, cover.Created = s.Remembered(cover.Digest)
	}
	h, err := s.Home(cover.Handle, cover.Created)
	if err != nil {
		return err
	}
	return s.printHome(c, h)
}

// remember notes whose the identity file is, for homePage. Where it cannot be
// noted nothing is lost but a line there.
func (s *session) remember() {
	if c, err := identity.Peek(s.me.path); err == nil && c.Handle == "" {
		_ = s.Remember(c.Digest)
	}
}

type homeJSON struct {
	Handle    register.Handle  `json:"handle,omitempty"`
	Grants    []homeGrantJSON  `json:"grants"`
	Members   int              `json:"members"`
	Draft     int              `json:"draft"`
	Submitted int              `json:"submitted"`
	Answers   int              `json:"answers"`
	Inbox     *int             `json:"inbox,omitempty"` // the secretariat's
	Draws     []homeDrawJSON   `json:"draws"`
	Guides    []homeGuideJSON  `json:"guides"`
	Rotate    bool             `json:"rotate"`
	Reviews   []homeReviewJSON `json:"controls"`
	Site      register.Day     `json:"site,omitempty"` // of members' pages that are behind
	Run       *runJSON         `json:"run,omitempty"`  // of erasures that is open; the secretariat's
	Outbox    homeOutboxJSON   `json:"outbox"`
	Next      []string         `json:"next"`
}

type homeGrantJSON struct {
	Unit    register.UnitID `json:"unit"`
	Office  string          `json:"office"`
	Members int             `json:"members"`
	Units   int             `json:"units"`
	Pending bool            `json:"pending"`
}

type homeDrawJSON struct {
	ID      register.RecordID `json:"id"`
	Unit    register.UnitID   `json:"unit"`
	Purpose string            `json:"purpose"`
	Members int               `json:"members"`
	Until   register.Day      `json:"until"`
	Overdue bool              `json:"overdue"`
	Missing []string          `json:"missing"`
	Command string            `json:"command"`
}

type homeGuideJSON struct {
	Unit    register.UnitID `json:"unit"`
	Office  string          `json:"office"`
	Version string          `json:"version"`
	Holds   bool            `json:"holds"`
}

type homeReviewJSON struct {
	Unit register.UnitID `json:"unit"`
	Due  register.Day    `json:"due"`
}

// destroyedCommand is what attests what is not attested yet.
func destroyedCommand(d *desk.Drawn) string {
	c := "medlem draw destroyed " + string(d.Receipt.ID)
	for _, part := range d.Missing {
		c += " --" + part
	}
	return c
}

func (s *session) homeJSON(h *desk.Home) homeJSON {
	out := homeJSON{Handle: h.Handle, Members: h.Members, Draft: h.Draft, Submitted: h.Submitted, Answers: h.Answers, Rotate: h.Rotate, Site: h.Site,
		Grants: []homeGrantJSON{}, Draws: []homeDrawJSON{}, Guides: []homeGuideJSON{}, Reviews: []homeReviewJSON{}}
	if h.Secretary {
		out.Inbox = &h.Inbox
	}
	for _, g := range h.Grants {
		out.Grants = append(out.Grants, homeGrantJSON{g.Grant.Unit, g.Grant.Office, g.Members, g.Units, g.Pending})
	}
	for _, d := range h.Draws {
		out.Draws = append(out.Draws, homeDrawJSON{d.Receipt.ID, d.Receipt.Unit, d.Receipt.Purpose, d.Receipt.Count, d.Receipt.Day, d.Overdue, d.Missing, destroyedCommand(d)})
	}
	for _, g := range h.Guides {
		out.Guides = append(out.Guides, homeGuideJSON{g.Unit, g.Office, g.Version, g.Holds})
	}
	for _, r := range h.Reviews {
		out.Reviews = append(out.Reviews, homeReviewJSON(r))
	}
	if h.Run != nil {
		run := s.runJSON(h.Run)
		out.Run = &run
	}
	out.Outbox = s.homeOutbox()
	out.Next = nextCommands(h, &out)
	return out
}

// nextCommands are three commands that make sense now.
func nextCommands(h *desk.Home, x *homeJSON) []string {
	var out []string
	add := func(when bool, command string) {
		if when && len(out) < 3 && !slices.Contains(out, command) {
			out = append(out, command)
		}
	}
	add(len(h.Draws) > 0 && h.Draws[0].Overdue, "medlem draw destroyed")
	add(slices.ContainsFunc(h.Guides, func(g desk.Guide) bool { return !g.Holds }), "medlem guide")
	add(h.Handle != "" && len(h.Grants) == 0, "medlem key show")
	add(h.Draft > 0, "medlem submit")
	add(x.Outbox.Waiting > 0, "medlem outbox send")
	add(x.Outbox.Unknown > 0, "medlem outbox")
	add(h.Inbox > 0, "medlem inbox")
	add(x.Run != nil && x.Run.Ready, "medlem retention finish")
	add(h.Rotate, "medlem rotate")
	add(len(h.Reviews) > 0, "medlem control")
	add(h.Answers > 0, "medlem status")
	add(true, "medlem sync")
	add(true, "medlem find")
	add(true, "medlem list")
	return out
}

func (s *session) printHome(c *cobra.Command, h *desk.Home) error {
	out := s.homeJSON(h)
	return s.result(out, func(w io.Writer) {
		fmt.Fprintln(w, s.Policy().Name)
		s.homeWho(w, h)
		section := func(title string, lines []string) {
			if len(lines) == 0 {
				return
			}
			fmt.Fprintf(w, "\n%s\n", title)
			for _, l := range lines {
				fmt.Fprintln(w, "  "+cell(l))
			}
		}
		waiting, due := s.homeWaiting(h, &out), s.homeDue(h, &out)
		section(s.tr("Waiting"), waiting)
		section(s.tr("Due"), due)
		if len(waiting)+len(due) == 0 {
			fmt.Fprintln(w, s.tr("Nothing waits."))
		}
		fmt.Fprintf(w, "\n%s\n", s.tr("Next"))
		t := &table{}
		for _, text := range out.Next {
			short := ""
			if found, _, err := c.Root().Find(strings.Fields(text)[1:]); err == nil && found != c.Root() {
				short = found.Short
			}
			t.add(text, short)
		}
		t.write(w, "  ")
		fmt.Fprintln(w, s.tr("medlem --help lists every command."))
	})
}

// homeWho says who the person is here.
func (s *session) homeWho(w io.Writer, h *desk.Home) {
	switch {
	case h.Handle == "":
		fmt.Fprintln(w, s.tr("Which officer you are is not known here until a command has opened your identity file once, such as medlem list."))
		return
	case len(h.Grants) == 0:
		fmt.Fprintln(w, s.tr("You are {{.Handle}}, and have no access to this register today.", "Handle", h.Handle))
		return
	}
	fmt.Fprintln(w, s.tr("You are {{.Handle}}:", "Handle", h.Handle))
	t := &table{}
	for _, g := range h.Grants {
		reach := s.trn(g.Members, "{{.N}} member", "{{.N}} members")
		if g.Units > 1 {
			reach += " " + s.trn(g.Units, "in {{.N}} unit", "in {{.N}} units")
		}
		if g.Pending {
			reach = s.tr("waits: {{.Missing}}", "Missing", s.lacks(s.Policy(), g.Grant.Office, s.State().Lacks(g.Grant, s.Today())))
		}
		t.add(s.officeName(s.Policy(), g.Grant.Office), unitName(s.Policy(), g.Grant.Unit), reach)
	}
	t.write(w, "  ")
}

func (s *session) homeWaiting(h *desk.Home, x *homeJSON) []string {
	var out []string
	if h.Draft > 0 {
		out = append(out, s.trn(h.Draft, "{{.N}} change in your draft, not sent: medlem submit", "{{.N}} changes in your draft, not sent: medlem submit"))
	}
	if n := x.Outbox.Waiting; n > 0 {
		out = append(out, s.trn(n, "{{.N}} message waits in your outbox: medlem outbox send", "{{.N}} messages wait in your outbox: medlem outbox send"))
	}
	if h.Submitted > 0 {
		out = append(out, s.trn(h.Submitted, "{{.N}} proposal of yours waits for the secretariat: medlem status", "{{.N}} proposals of yours wait for the secretariat: medlem status"))
	}
	if h.Answers > 0 {
		out = append(out, s.trn(h.Answers, "{{.N}} answer of the secretariat: medlem status", "{{.N}} answers of the secretariat: medlem status"))
	}
	if h.Inbox > 0 {
		out = append(out, s.trn(h.Inbox, "{{.N}} proposal waits for you to judge: medlem inbox", "{{.N}} proposals wait for you to judge: medlem inbox"))
	}
	if h.Run != nil {
		out = append(out, s.openRun(h.Run)+" (medlem retention show)")
	}
	return out
}

// homeDue says what is due, each with the command to type.
func (s *session) homeDue(h *desk.Home, x *homeJSON) []string {
	var out []string
	if n := x.Outbox.Unknown; n > 0 {
		out = append(out, s.trn(n, "of {{.N}} message nobody knows whether it went: medlem outbox show {{.ID}}", "of {{.N}} messages nobody knows whether they went: medlem outbox show {{.ID}}", "ID", x.Outbox.Settle))
	}
	for _, d := range h.Draws {
		out = append(out, s.homeDraw(d)+": "+destroyedCommand(d))
	}
	for _, g := range h.Guides {
		out = append(out, s.guide(g)+": medlem guide accept")
	}
	if h.Rotate {
		out = append(out, s.tr("it is time for a new key: medlem rotate"))
	}
	if h.Joining {
		out = append(out, s.tr("it is time for new keys to which members and strangers seal what they send: medlem sync"))
	}
	if h.Site != "" {
		out = append(out, s.siteBehind(h.Site))
	}
	for _, r := range h.Reviews {
		out = append(out, s.tr("the control of access in {{.Unit}} was to be made by {{.Day}}", "Unit", unitName(s.Policy(), r.Unit), "Day", r.Due)+": medlem control --unit "+string(r.Unit))
	}
	return out
}

func (s *session) homeDraw(d *desk.Drawn) string {
	x := d.Receipt
	what := desk.PurposeName(s.Policy(), x.Purpose, s.texts.lang) + ", " + unitName(s.Policy(), x.Unit) + ", " + s.trn(x.Count, "{{.N}} member", "{{.N}} members")
	paper := slices.Equal(d.Missing, []string{access.PartPaper})
	switch {
	case d.Overdue && paper:
		return s.tr("OVERDUE since {{.Day}}: say that the paper of this list is destroyed ({{.List}})", "Day", x.Day, "List", what)
	case d.Overdue:
		return s.tr("OVERDUE since {{.Day}}: destroy this list, and say so ({{.List}})", "Day", x.Day, "List", what)
	case paper:
		return s.tr("by {{.Day}}: say that the paper of this list is destroyed ({{.List}})", "Day", x.Day, "List", what)
	}
	return s.tr("by {{.Day}}: destroy this list, and say so ({{.List}})", "Day", x.Day, "List", what)
}
