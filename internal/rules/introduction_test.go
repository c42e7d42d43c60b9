package rules

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// U10, U11: a member who looks for others is told of those who have consented in writing,
// before, to her; of nobody without a round, of nobody who took it back.
func TestU10OnlyWhoConsents(t *testing.T) {
	h := unionHouse(t)
	seeker, yes, no := h.added("sec", "granvik", person("Siri", "Ek")), h.added("sec", "granvik", person("Åsa", "Öberg")), h.added("sec", "granvik", person("Nils", "Eira"))
	list := func(o desk.DrawOptions) ([]register.RecordID, error) {
		o.Form, o.Format = access.FormList, access.FormatCSV
		_, l, err := h.draw("sec", o)
		if err != nil {
			return nil, err
		}
		var out []register.RecordID
		for _, m := range l.Members {
			if m != nil {
				out = append(out, m.Path.ID)
			}
		}
		return out, nil
	}
	if _, err := list(desk.DrawOptions{Units: []register.UnitID{"granvik"}, Purpose: "introduction"}); !errors.Is(err, desk.ErrConsentList) {
		t.Errorf("a list without a round: %v", err)
	}
	rounds := map[register.RecordID]register.RecordID{} // by who seeks
	for _, who := range []register.RecordID{seeker, no} {
		h.do("sec", func(d *desk.Desk) error {
			a, err := d.OpenRound(ctx, desk.NewRound{Unit: "granvik", Seeker: who, Name: "Grupp", Purpose: "En arbetsgrupp", Ends: register.DayOf(h.now).Add(30),
				Candidates: func(*desk.Member) (bool, error) { return true, nil }})
			if err == nil {
				rounds[who] = a.Path.ID
				if slices.Contains(a.Record.Candidates(), who) || len(a.Record.Candidates()) != 2 {
					t.Errorf("%d are asked", len(a.Record.Candidates()))
				}
			}
			return err
		})
	}
	hand := func(who register.RecordID) (out []register.RecordID, err error) {
		var o desk.DrawOptions
		h.do("sec", func(d *desk.Desk) error {
			o, err = d.IntroductionDraw(rounds[who])
			return nil
		})
		if err != nil {
			return nil, err
		}
		return list(o)
	}
	if got, err := hand(seeker); !errors.Is(err, desk.ErrNobodyConsented) {
		t.Errorf("handed over before anybody consented: %v, %v", got, err)
	}
	h.do("sec", func(d *desk.Desk) error {
		if _, err := d.Consent(ctx, rounds[seeker], yes, []byte("Ja")); !errors.Is(err, desk.ErrNobodyAsked) {
			t.Errorf("a consent before anybody is asked: %v", err)
		}
		for _, id := range rounds {
			if _, err := d.Asked(ctx, id); err != nil {
				return err
			}
		}
		if _, err := d.Consent(ctx, rounds[seeker], seeker, []byte("Ja")); !errors.Is(err, desk.ErrNotAsked) {
			t.Errorf("who asks consents: %v", err)
		}
		a, err := d.Consent(ctx, rounds[seeker], yes, []byte("Ja, gärna"))
		if err == nil && (len(a.Record.Round.Consents) != 1 || a.Record.Round.Consents[0].Answer != record.Digest([]byte("Ja, gärna"))) {
			t.Errorf("recorded is %+v", a.Record.Round.Consents)
		}
		return err
	})
	h.now = h.now.Add(time.Minute)
	if got, err := hand(seeker); err != nil || !slices.Equal(got, []register.RecordID{yes}) {
		t.Errorf("handed over is %v (%v), want who consented", got, err)
	}
	if got, err := hand(no); !errors.Is(err, desk.ErrNobodyConsented) {
		t.Errorf("handed over to another: %v, %v", got, err)
	}
	h.do("sec", func(d *desk.Desk) error {
		_, err := d.WithdrawConsent(ctx, rounds[seeker], yes)
		return err
	})
	if got, err := hand(seeker); !errors.Is(err, desk.ErrNobodyConsented) {
		t.Errorf("handed over after it was taken back: %v, %v", got, err)
	}
}
