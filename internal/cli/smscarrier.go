package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/outbox"
	"github.com/medlem-register/medlem/internal/sms"
)

// smsPerSecond is how many messages a second go to a gateway.
const smsPerSecond = 5

// smsWaitLimit is how long a message waits here because a gateway asks for it; what is
// longer waits in the outbox.
const smsWaitLimit = 30 * time.Second

// smsCarrier is what hands over SMS.
func (s *session) smsCarrier() (outbox.Driver, outbox.Pace, error) {
	g, err := s.smsGateway()
	if err != nil {
		return nil, outbox.Pace{}, err
	}
	return &smsDriver{gateway: g, count: func(parts, theirs int) {
		s.warn(s.tr("the gateway counts {{.Theirs}} parts of a message of which {{.Parts}} were shown", "Theirs", theirs, "Parts", parts), s.tr("ask the gateway what it charges"))
	}}, outbox.Pace{PerSecond: smsPerSecond, Backoff: []time.Duration{2 * time.Second, 10 * time.Second}}, nil
}

// smsDriver hands the messages of the outbox to a gateway.
type smsDriver struct {
	gateway sms.Gateway
	count   func(parts, theirs int) // called once where the gateway counts otherwise
	counted bool
	stopped error     // the gateway takes nothing of this account
	before  time.Time // no message goes before; zero: at once
}

// Send hands over one message.
func (d *smsDriver) Send(ctx context.Context, b *outbox.Batch, m *outbox.Message, begin func() error) outbox.Outcome {
	if d.stopped != nil {
		return outbox.Outcome{Fate: outbox.Lost, Err: d.stopped}
	}
	if wait := time.Until(d.before); wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-ctx.Done():
			return outbox.Outcome{Fate: outbox.Lost, Err: ctx.Err()}
		case <-t.C:
		}
	}
	text := m.Text
	if text == "" {
		text = b.Text
	}
	t, err := d.gateway.Send(ctx, sms.Message{To: m.To, Text: text, Ref: m.Token}, begin)
	var refused *sms.RefusedError
	var later *sms.LaterError
	var stop *sms.StopError
	var unknown *sms.UnknownError
	switch {
	case err == nil:
		if parts := sms.Measure(text).Parts; t.Parts > 0 && t.Parts != parts && !d.counted {
			d.counted = true
			d.count(parts, t.Parts)
		}
		return outbox.Outcome{Fate: outbox.Sent, Ref: t.ID}
	case errors.As(err, &refused):
		return outbox.Outcome{Fate: outbox.Refused, Code: smsCode(refused.Code)}
	case errors.As(err, &later) && later.Lost:
		return outbox.Outcome{Fate: outbox.Lost, Err: err}
	case errors.As(err, &later):
		d.before = time.Now().Add(min(later.After, smsWaitLimit))
		return outbox.Outcome{Fate: outbox.PutOff, Code: smsCode(later.Code)}
	case errors.As(err, &stop):
		d.stopped = err
		return outbox.Outcome{Fate: outbox.PutOff, Code: smsCode(stop.Code)}
	case errors.As(err, &unknown):
		return outbox.Outcome{Fate: outbox.Unknown, Code: smsCode(unknown.Code)}
	}
	return outbox.Outcome{Fate: outbox.Unknown}
}

// gatewayFailure says why a gateway took nothing; nil: it is not about one.
func (a *app) gatewayFailure(err error) *failure {
	var stop *sms.StopError
	var later *sms.LaterError
	switch {
	case errors.As(err, &stop):
		return &failure{exitRead, a.tr("the SMS gateway takes nothing from this account: {{.Code}}", "Code", stop.Code), a.tr("medlem sms setup shows what is set up; what is left waits in the outbox: medlem outbox send")}
	case errors.As(err, &later):
		return &failure{exitRead, a.tr("the SMS gateway does not answer: {{.Code}}", "Code", later.Code), a.tr("what is left waits in the outbox: medlem outbox send")}
	}
	return nil
}

// Close has nothing to close: each message has a connection of its own.
func (d *smsDriver) Close() error { return nil }

// smsCode is a gateway's code as a journal has it.
func smsCode(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		}
		return '-'
	}, code)
}
