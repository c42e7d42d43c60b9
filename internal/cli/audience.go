package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
)

// audience is whom a message is for, as the flags of mail and sms say it, and when it goes.
type audience struct {
	units   []string
	below   bool
	office  string
	class   string
	where   string
	purpose string
	event   string
	planFor string
	send    bool
}

func (a *app) audienceFlags(c *cobra.Command, o *audience) {
	f := c.Flags()
	f.StringArrayVar(&o.units, "unit", nil, a.tr("to the members of this `UNIT`; may be given more than once"))
	f.BoolVar(&o.below, "below", false, a.tr("also of all units below"))
	f.StringVar(&o.office, "office", "", a.tr("only to those who hold this `POST` among the members"))
	f.StringVar(&o.class, "class", "", a.tr("only to members of this `CLASS`"))
	f.StringVar(&o.where, "where", "", a.tr("only members for whom this `CONDITION` holds, such as 'age < 26 and \"leader\" in offices'"))
	f.StringVar(&o.event, "event", "", a.tr("what it is about, in a few `WORDS` that are the same for everybody who writes about it"))
	f.StringVar(&o.purpose, "purpose", "", a.tr("a `PURPOSE` of policies/lists.yaml: whoever objects to it gets nothing"))
	f.StringVar(&o.planFor, "plan-for", "", a.tr("let the others see that you plan it for this `DATE`, and send nothing"))
	f.BoolVar(&o.send, "send", false, a.tr("send it"))
}

// sendingOptions are those of the flags, for a channel.
func (s *session) sendingOptions(o *audience, channel string) (desk.SendingOptions, error) {
	opt := desk.SendingOptions{Channel: channel, Below: o.below, Office: o.office, Class: o.class, Event: strings.TrimSpace(o.event), Purpose: o.purpose}
	var err error
	if opt.Units, err = s.units(o.units); err != nil {
		return opt, err
	}
	opt.Planned, err = s.day(o.planFor, "--plan-for")
	return opt, err
}

// chosen adds what the flags choose among the members: those of the officer's own units
// where she names none.
func (s *session) chosen(o *audience, opt *desk.SendingOptions) error {
	if len(opt.Units) == 0 && (o.office != "" || o.class != "" || o.where != "") {
		opt.Units, opt.Below = s.ownUnits(policy.ActSend), true
	}
	if len(opt.Units) == 0 {
		return usageError(s.tr("say whose members: --unit UNIT"), "")
	}
	if o.where == "" {
		return nil
	}
	where, err := s.condition(s.Policy(), o.where, s.Today())
	if err != nil {
		return err
	}
	opt.Condition = o.where
	opt.Where = func(m *desk.Member) (bool, error) { return where.holds(m, s.visible(m)), nil }
	return nil
}
