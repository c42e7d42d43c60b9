package sms

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const formType = "application/x-www-form-urlencoded"

func basicAuth(user, secret string) func(http.Header) {
	return func(h http.Header) {
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+secret)))
	}
}

// elks is 46elks (https://46elks.se/docs/send-sms). It knows no references. Its log
// keeps no texts (dontlog).
type elks struct {
	*client
	Settings
	secret string
}

func (g *elks) Send(ctx context.Context, m Message, begin func() error) (Taken, error) {
	form := url.Values{"from": {g.From}, "to": {m.To}, "message": {m.Text}, "dontlog": {"message"}}
	a, err := g.post(ctx, request{g.URL, formType, []byte(form.Encode()), basicAuth(g.User, g.secret)}, begin)
	if err != nil {
		return Taken{}, err
	}
	if a.status == http.StatusForbidden && strings.Contains(strings.ToLower(string(a.body)), "credit") {
		return Taken{}, &StopError{"no credit"}
	}
	if err := a.judge(); err != nil {
		return Taken{}, err
	}
	if a.status >= 300 {
		return Taken{}, a.refusal("")
	}
	var x struct {
		ID     string `json:"id"`
		Status string `json:"status"`
		Parts  int    `json:"parts"`
	}
	if a.read(&x) != nil || x.ID == "" {
		return Taken{}, &UnknownError{"the answer cannot be read"}
	}
	if x.Status == "failed" {
		return Taken{}, a.refusal(x.Status)
	}
	return Taken{x.ID, x.Parts}, nil
}

// twilio is Twilio's Programmable Messaging
// (https://www.twilio.com/docs/messaging/api/message-resource). From is a number, a
// name, or the id of a messaging service (MG…), which counts no parts at first.
type twilio struct {
	*client
	Settings
	secret string
}

// twilioStops are errors of Twilio (https://www.twilio.com/docs/api/errors) about the
// account or the sender: every message would meet them.
var twilioStops = []int{20003, 20005, 21603, 21606, 21659, 21701, 21704}

func (g *twilio) Send(ctx context.Context, m Message, begin func() error) (Taken, error) {
	form := url.Values{"To": {m.To}, "Body": {m.Text}}
	if strings.HasPrefix(g.From, "MG") && len(g.From) == 34 {
		form.Set("MessagingServiceSid", g.From)
	} else {
		form.Set("From", g.From)
	}
	a, err := g.post(ctx, request{strings.TrimSuffix(g.URL, "/") + "/2010-04-01/Accounts/" + url.PathEscape(g.User) + "/Messages.json", formType, []byte(form.Encode()), basicAuth(g.User, g.secret)}, begin)
	if err != nil {
		return Taken{}, err
	}
	if err := a.judge(); err != nil {
		return Taken{}, err
	}
	var x struct {
		SID       string `json:"sid"`
		Segments  string `json:"num_segments"`
		Status    any    `json:"status"` // a word of a message, a number of an error
		Code      int    `json:"code"`
		ErrorCode *int   `json:"error_code"`
	}
	bad := a.read(&x)
	switch {
	case a.status >= 300 && (bad != nil || x.Code == 0):
		return Taken{}, a.refusal("")
	case a.status >= 300 && x.Code == 20429:
		return Taken{}, &LaterError{After: a.after, Code: strconv.Itoa(x.Code)}
	case a.status >= 300 && slices.Contains(twilioStops, x.Code):
		return Taken{}, &StopError{strconv.Itoa(x.Code)}
	case a.status >= 300:
		return Taken{}, a.refusal(strconv.Itoa(x.Code))
	case bad != nil || x.SID == "":
		return Taken{}, &UnknownError{"the answer cannot be read"}
	case x.Status == "failed" || x.Status == "undelivered":
		code := "failed"
		if x.ErrorCode != nil {
			code = strconv.Itoa(*x.ErrorCode)
		}
		return Taken{}, a.refusal(code)
	}
	parts, _ := strconv.Atoi(x.Segments) // what cannot be read is not said
	return Taken{x.SID, max(parts, 0)}, nil
}

// linkMobility is LINK Mobility's Common platform, REST API for SMS, version 2.4
// (https://www.linkmobility.com/developer). The address is the customer's own. It takes
// no characters beyond the first plane of Unicode.
type linkMobility struct {
	*client
	Settings
	secret string
}

// linkLimit is the last character of the first plane.
const linkLimit = 0xffff

func (g *linkMobility) Send(ctx context.Context, m Message, begin func() error) (Taken, error) {
	if g.Lacks(m.Text) != 0 {
		return Taken{}, &RefusedError{"emoji"}
	}
	kind := "ALPHANUMERIC"
	if strings.HasPrefix(g.From, "+") {
		kind = "MSISDN"
	}
	body, err := json.Marshal(struct {
		Source            string `json:"source"`
		SourceTON         string `json:"sourceTON"`
		Destination       string `json:"destination"`
		UserData          string `json:"userData"`
		PlatformID        string `json:"platformId"`
		PlatformPartnerID string `json:"platformPartnerId"`
		UseDeliveryReport bool   `json:"useDeliveryReport"`
		RefID             string `json:"refId,omitempty"`
	}{g.From, kind, m.To, m.Text, g.Platform, g.Partner, false, m.Ref})
	if err != nil {
		return Taken{}, &RefusedError{"text"}
	}
	a, err := g.post(ctx, request{strings.TrimSuffix(g.URL, "/") + "/sms/send", "application/json", body, basicAuth(g.User, g.secret)}, begin)
	if err != nil {
		return Taken{}, err
	}
	if err := a.judge(); err != nil {
		return Taken{}, err
	}
	var x struct {
		MessageID  string `json:"messageId"`
		ResultCode int    `json:"resultCode"`
	}
	bad := a.read(&x)
	switch {
	case a.status >= 300 && bad == nil && x.ResultCode != 0:
		return Taken{}, a.refusal(strconv.Itoa(x.ResultCode))
	case a.status >= 300:
		return Taken{}, a.refusal("")
	case bad != nil:
		return Taken{}, &UnknownError{"the answer cannot be read"}
	case x.MessageID == "":
		return Taken{}, a.refusal(strconv.Itoa(x.ResultCode))
	}
	return Taken{ID: x.MessageID}, nil
}

// form is any gateway that takes one request for each message, as a form or as JSON,
// and answers with JSON or with anything.
type form struct {
	*client
	Settings
	secret string
}

func (g *form) Send(ctx context.Context, m Message, begin func() error) (Taken, error) {
	fill := strings.NewReplacer("{from}", g.From, "{to}", m.To, "{number}", strings.TrimPrefix(m.To, "+"), "{text}", m.Text, "{ref}", m.Ref)
	var body []byte
	kind := formType
	if g.Body == BodyJSON {
		kind = "application/json"
		fields := map[string]string{}
		for k, v := range g.Fields {
			fields[k] = fill.Replace(v)
		}
		var err error
		if body, err = json.Marshal(fields); err != nil {
			return Taken{}, &RefusedError{"text"}
		}
	} else {
		fields := url.Values{}
		for k, v := range g.Fields {
			fields.Set(k, fill.Replace(v))
		}
		body = []byte(fields.Encode())
	}
	head := basicAuth(g.User, g.secret)
	if g.User == "" {
		name := g.Header
		if name == "" {
			name = "Authorization"
		}
		value := g.secret
		if name == "Authorization" {
			value = "Bearer " + value
		}
		head = func(h http.Header) { h.Set(name, value) }
	}
	a, err := g.post(ctx, request{g.URL, kind, body, head}, begin)
	if err != nil {
		return Taken{}, err
	}
	if err := a.judge(); err != nil {
		return Taken{}, err
	}
	if a.status >= 300 {
		return Taken{}, a.refusal("")
	}
	if g.ID == "" {
		return Taken{}, nil
	}
	var x map[string]any
	if a.read(&x) != nil {
		return Taken{}, &UnknownError{"the answer cannot be read"}
	}
	var t Taken
	switch id := x[g.ID].(type) {
	case string:
		t.ID = id
	case float64:
		t.ID = strconv.FormatFloat(id, 'f', -1, 64)
	}
	if t.ID == "" {
		return Taken{}, &UnknownError{"the answer has no id"}
	}
	if n, ok := x[g.PartsField].(float64); ok && g.PartsField != "" && n >= 0 && n < 256 {
		t.Parts = int(n)
	}
	return t, nil
}
