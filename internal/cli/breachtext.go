package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/medlem-register/medlem/internal/breach"
	"github.com/medlem-register/medlem/internal/register"
)

// printBreach says what a loss amounts to.
func (s *session) printBreach(w io.Writer, e *breach.Extent, x *breachJSON) {
	if x.List != nil {
		s.printLostList(w, x)
	} else {
		s.printOpened(w, e, x)
	}
	if x.Reveals != "" {
		fmt.Fprintln(w, s.tr("Sensitive: that somebody is a member says something of her that the law protects ({{.What}}).", "What", x.Reveals))
	}
	special := x.Special
	if x.List != nil {
		special = x.List.Special
	}
	if len(special) > 0 {
		fmt.Fprintln(w, s.tr("Sensitive fields: {{.Fields}}", "Fields", strings.Join(special, ", ")))
	}
	if x.List == nil {
		s.printAfter(w, x)
	}
	if len(x.Written) > 0 {
		fmt.Fprintln(w, s.tr("Drafts, to be filled in: {{.Files}}. The authority is told by {{.Due}}.", "Files", strings.Join(x.Written, ", "), "Due", x.Due))
	}
	if x.List == nil && (x.Reads || left(x) > 0) && x.Handle != register.Recovery {
		fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", "medlem breach contain "+string(x.Handle)))
	}
	if x.Handle == register.Recovery {
		s.printRecoveryNext(w, x)
	}
}

func (s *session) printRecoveryNext(w io.Writer, x *breachJSON) {
	switch {
	case x.Reads:
		fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", "medlem rotate --recovery; medlem rekey --all"))
	case left(x) > 0:
		fmt.Fprintln(w, s.tr("Next: {{.Command}}", "Command", "medlem rekey --all"))
	default:
		fmt.Fprintln(w, s.tr("Nothing is left to do."))
	}
}

func left(x *breachJSON) int {
	n := 0
	for _, u := range x.Units {
		n += u.Left
	}
	return n
}

func (s *session) printOpened(w io.Writer, e *breach.Extent, x *breachJSON) {
	until := x.Until
	if until == "" {
		until = s.Today()
	}
	fmt.Fprintln(w, s.tr("What the identities of {{.Handle}} could open from {{.Since}} to {{.Until}}:", "Handle", x.Handle, "Since", x.Since, "Until", until))
	t := &table{head: []string{s.tr("Unit"), s.tr("She read it from"), s.tr("Until"), s.tr("Members"), s.tr("Versions"), s.tr("In old copies too"), s.tr("Open today as then"), s.tr("Sealed anew")}}
	for _, u := range x.Units {
		to := string(u.To)
		if u.Reads {
			to = s.tr("still")
		}
		t.add(unitName(e.State.Policy, u.Unit), string(u.From), to, fmt.Sprint(u.Within.Members), fmt.Sprint(u.Within.Versions), fmt.Sprint(u.Ever.Members),
			s.tr("{{.Left}} of {{.Present}}", "Left", u.Left, "Present", u.Present), string(u.Rekeyed))
	}
	t.write(w, "  ")
	if len(x.Units) == 0 {
		fmt.Fprintln(w, "  "+s.tr("nothing"))
	}
	fmt.Fprintln(w, s.tr("Together: {{.Members}}, {{.Versions}}, and other sealed files: {{.Files}}.",
		"Members", s.trn(x.Within.Members, "{{.N}} member", "{{.N}} members"), "Versions", s.trn(x.Within.Versions, "{{.N}} version", "{{.N}} versions"), "Files", x.Within.Files))
	if x.Made != "" {
		fmt.Fprintln(w, s.tr("With every old copy of the register, since {{.Day}}: {{.Members}}, {{.Versions}}.", "Day", x.Made,
			"Members", s.trn(x.Ever.Members, "{{.N}} member", "{{.N}} members"), "Versions", s.trn(x.Ever.Versions, "{{.N}} version", "{{.N}} versions")))
	}
	switch x.Lost {
	case breach.LostIdentity:
		fmt.Fprintln(w, s.tr("An identity that is lost opens what it could open since it was made, in every old copy: the second number counts."))
	case breach.LostLaptop:
		fmt.Fprintln(w, s.tr("A laptop that is lost holds her copy of that day, and can fetch until access is taken: the first number counts. If the identity file was sealed by a good passphrase, it opens nothing."))
	}
}

func (s *session) printLostList(w io.Writer, x *breachJSON) {
	fmt.Fprintln(w, s.tr("The list {{.ID}}, drawn on {{.Day}}: {{.Members}}, with {{.Columns}}.", "ID", x.List.ID, "Day", x.List.Drawn,
		"Members", s.trn(x.List.Members, "{{.N}} member", "{{.N}} members"), "Columns", strings.Join(x.List.Columns, ", ")))
	if len(x.List.Missing) == 0 {
		fmt.Fprintln(w, s.tr("It is attested as destroyed."))
	} else {
		fmt.Fprintln(w, s.tr("Nobody has attested that it is destroyed."))
	}
}

// printAfter says what was out beside the records, and what has been done since.
func (s *session) printAfter(w io.Writer, x *breachJSON) {
	for _, l := range x.Lists {
		state := s.tr("not attested as destroyed")
		if len(l.Missing) == 0 {
			state = s.tr("attested as destroyed since")
		}
		fmt.Fprintln(w, s.tr("List out in her name: {{.ID}}, drawn on {{.Day}}, {{.Members}}: {{.State}}", "ID", l.ID, "Day", l.Drawn,
			"Members", s.trn(l.Members, "{{.N}} member", "{{.N}} members"), "State", state))
	}
	switch {
	case x.Reads:
		fmt.Fprintln(w, s.tr("Access is not taken away: keys are sealed to her today."))
	case x.Taken != "":
		fmt.Fprintln(w, s.tr("Access was taken away on {{.Day}}.", "Day", x.Taken))
	}
	for _, i := range x.Identities {
		switch {
		case i.Retired != "" && !i.Counts:
			fmt.Fprintln(w, s.tr("Her identity of {{.Made}} was stated destroyed on {{.Day}}, before: it is not counted.", "Made", i.Made, "Day", i.Retired))
		case !i.Counts:
			fmt.Fprintln(w, s.tr("The recovery secret of {{.Made}} is in its place since: it is not counted.", "Made", i.Made))
		case i.Retired != "":
			fmt.Fprintln(w, s.tr("Her identity of {{.Made}} was stated destroyed on {{.Day}}.", "Made", i.Made, "Day", i.Retired))
		default:
			fmt.Fprintln(w, s.tr("Her identity of {{.Made}} is not stated destroyed.", "Made", i.Made))
		}
	}
	fmt.Fprintln(w, s.tr("Not told: drafts, proposals that were refused, what was written down or copied."))
}
