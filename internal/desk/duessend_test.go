package desk_test

import (
	"errors"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// Of two desks that plan to send the same claims the one that comes second to main sends
// none of them, and what was claimed and not sent is known until a sending has its receipt.
func TestClaimsSentOnce(t *testing.T) {
	o := duesOffice(t)
	o.put("sendings.yaml", "channels: [email]\nblind-copy: always\n")
	o.join("rut", "national", "secretariat")
	ids := o.enter("asker", "Anna Berg", "Bo Ek")
	for _, id := range ids {
		o.do("sec", func(d *desk.Desk) error {
			_, err := d.Edit(ctx, id, map[string]record.Value{"email": record.Text(string(id) + "@people.example")})
			return err
		})
	}
	o.claim("sec", 2026)
	unsent := func(who string) (n int) {
		o.do(who, func(d *desk.Desk) error {
			if _, err := d.Sync(ctx); err != nil {
				return err
			}
			c, err := d.UnsentClaims(desk.DuesClaimOptions{Year: 2026})
			if err == nil {
				n = len(c.Claims)
			}
			return err
		})
		return n
	}
	if n := unsent("rut"); n != 2 {
		t.Fatalf("%d claims are known to have reached nobody, want 2", n)
	}
	day := register.DayOf(o.now)
	opt := desk.SendingOptions{Channel: policy.ChannelEmail, Automatic: access.SendingClaim, Needed: true, Members: ids,
		Condition: desk.ClaimCondition(2026), Once: map[register.RecordID]register.Day{ids[0]: day, ids[1]: day}}
	o.do("sec", func(d *desk.Desk) error {
		plan, err := d.PlanSending(ctx, opt)
		if err != nil {
			return err
		}
		o.do("rut", func(d *desk.Desk) error {
			other, err := d.PlanSending(ctx, opt)
			if err == nil {
				_, err = d.CommitSending(ctx, other)
			}
			return err
		})
		if _, err := d.CommitSending(ctx, plan); !errors.Is(err, desk.ErrSendingNobody) {
			t.Errorf("a second desk sends what was sent: %v", err)
		}
		return nil
	})
	if n := unsent("sec"); n != 0 {
		t.Errorf("%d claims that were sent are said to have reached nobody", n)
	}
	opt.Condition = desk.ClaimCondition(2027) // another year's goes on the same day
	o.do("sec", func(d *desk.Desk) error {
		plan, err := d.PlanSending(ctx, opt)
		if err == nil && len(plan.Recipients) != 2 {
			t.Errorf("%d get another year's claim, want 2", len(plan.Recipients))
		}
		return err
	})
}
