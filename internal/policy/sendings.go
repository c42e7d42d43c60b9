package policy

import (
	"fmt"
	"slices"
	"strconv"
)

// Sendings is sendings.yaml: what is written to members, and how often.
type Sendings struct {
	Channels       []string       `yaml:"channels"`        // of Channels
	BlindCopy      string         `yaml:"blind-copy"`      // "always"
	HideMembership bool           `yaml:"hide-membership"` // nothing outside a message tells that it goes to members
	Audiences      []string       `yaml:"audiences"`       // of Audiences
	ConfirmEvery   int            `yaml:"confirm-every"`   // months until a member is asked whether her details are right; 0: never
	PlanWindow     int            `yaml:"plan-window"`     // days around a sending in which others see that it is planned
	Email          EmailRules     `yaml:"email"`
	SMS            SMSRules       `yaml:"sms"`
	Letter         LetterRules    `yaml:"letter"`
	Automatic      []AutomaticOne `yaml:"automatic"`
}

// The channels.
const (
	ChannelEmail  = "email"
	ChannelSMS    = "sms"
	ChannelLetter = "letter"
)

// Channels are the ways of writing to a member.
var Channels = []string{ChannelEmail, ChannelSMS, ChannelLetter}

// The audiences of a sending.
const (
	AudienceUnit    = "unit"    // the members of a unit
	AudienceBelow   = "below"   // and of those below it
	AudienceOffices = "offices" // those who hold an office among the members
	AudienceFilter  = "filter"  // those whom a search finds
)

// Audiences are those who can be written to.
var Audiences = []string{AudienceUnit, AudienceBelow, AudienceOffices, AudienceFilter}

// EmailRules is what holds for e-mail.
type EmailRules struct {
	Images      string          `yaml:"images"` // "free", "avoid" (a warning) or "refuse"
	Links       string          `yaml:"links"`  // "free" or "prefer": rather than attachments
	Attachments AttachmentRules `yaml:"attachments"`
	PerMonth    int             `yaml:"per-month"` // to one member in 30 days; 0: no bound
}

// AttachmentRules is when an attachment is warned about: beyond both.
type AttachmentRules struct {
	Kilobytes  int `yaml:"kilobytes"`
	Recipients int `yaml:"recipients"`
}

// SMSRules is what holds for text messages.
type SMSRules struct {
	Characters int    `yaml:"characters"` // beyond it, a warning with the price; 0: none
	Links      string `yaml:"links"`      // "free" or "prefer"
	PerEvent   int    `yaml:"per-event"`  // about one event to one member; 0: no bound
	PerMonth   int    `yaml:"per-month"`  // to one member in 30 days; 0: no bound
}

// LetterRules is what holds for letters on paper.
type LetterRules struct {
	PerMonth int `yaml:"per-month"` // to one member in 30 days; 0: no bound
}

// An AutomaticOne is a message that goes out by itself, once.
type AutomaticOne struct {
	ID      string            `yaml:"id"`
	Name    map[string]string `yaml:"name"`    // by language
	On      string            `yaml:"on"`      // "join", "leave", "move" or "change"
	Channel string            `yaml:"channel"` // of Channels
}

// BlindCopyAlways is Sendings.BlindCopy: no member sees another's address.
const BlindCopyAlways = "always"

func decodeSendings(d *document, p *Policy) error {
	p.Sendings.BlindCopy = BlindCopyAlways
	if d == nil {
		return nil
	}
	return d.root.Decode(&p.Sendings)
}

func checkSendings(d *document, p *Policy) {
	s := &p.Sendings
	d.allKnown("/channels", "channel", s.Channels, fixed(Channels...))
	d.allKnown("/audiences", "audience", s.Audiences, fixed(Audiences...))
	ids(d, "/automatic", "message", len(s.Automatic), func(i int) string { return s.Automatic[i].ID })
	for i, m := range s.Automatic {
		at := "/automatic/" + strconv.Itoa(i)
		d.names(at+"/name", m.Name, p.Languages)
		if m.Channel != "" && !slices.Contains(s.Channels, m.Channel) && !d.touchesOpen("/channels") {
			d.report(at+"/channel", fmt.Sprintf("members are not written to by %s", m.Channel), "add it to channels, or take another")
		}
	}
}
