package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// The numbers of these tests, and a text, that no error may repeat. PTS has set the
// first series aside for fiction (070-1740605 to 0701740699).
const (
	swedish = "+46701740605"
	another = "+46701740699"
	said    = "Kanariefågel om lördag"
	secret  = "kanariehemlighet"
)

// aGateway behaves as one of the gateways does on this machine. Each number's answer
// can be set; it keeps what it has taken.
type aGateway struct {
	*httptest.Server
	mu    sync.Mutex
	kind  string
	taken []map[string]string // what came, by the gateway's own names
	next  func(w http.ResponseWriter, to string) bool
}

func gatewayLike(t *testing.T, kind string) *aGateway {
	t.Helper()
	g := &aGateway{kind: kind}
	g.Server = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(g.Close)
	return g
}

func (g *aGateway) serve(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	user, pass, _ := r.BasicAuth()
	wantPath := map[string]string{Elks: "/a1/sms", Twilio: "/2010-04-01/Accounts/u1/Messages.json", Link: "/sms/send", HTTP: "/hook"}[g.kind]
	if r.Method != http.MethodPost || r.URL.Path != wantPath {
		http.NotFound(w, r)
		return
	}
	if (user != "u1" || pass != secret) && r.Header.Get("X-Key") != secret {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"code": 20003, "message": "Authenticate", "status": 401}`)
		return
	}
	b, _ := io.ReadAll(r.Body)
	fields := map[string]string{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		var x map[string]any
		if json.Unmarshal(b, &x) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		for k, v := range x {
			fields[k] = fmt.Sprint(v)
		}
	} else {
		v, _ := url.ParseQuery(string(b))
		for k := range v {
			fields[k] = v.Get(k)
		}
	}
	to := fields[map[string]string{Elks: "to", Twilio: "To", Link: "destination", HTTP: "msisdn"}[g.kind]]
	if g.next != nil && g.next(w, to) {
		return
	}
	g.taken = append(g.taken, fields)
	id := fmt.Sprintf("s%032d", len(g.taken))
	switch g.kind {
	case Elks:
		fmt.Fprintf(w, `{"status":"created","direction":"outgoing","from":%q,"created":"2026-11-22T10:00:00.000000","parts":%d,"to":%q,"cost":3500,"id":%q}`, fields["from"], Measure(fields["message"]).Parts, to, id)
	case Twilio:
		segments := fmt.Sprint(Measure(fields["Body"]).Parts)
		if fields["MessagingServiceSid"] != "" {
			segments = "0"
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"sid":%q,"status":"queued","num_segments":%q,"error_code":null,"to":%q,"body":%q}`, "SM"+id[1:], segments, to, fields["Body"])
	case Link:
		fmt.Fprintf(w, `{"messageId":%q,"resultCode":1005,"description":"Queued"}`, id)
	case HTTP:
		fmt.Fprintf(w, `{"id":%d,"count":%d}`, len(g.taken), Measure(fields["body"]).Parts)
	}
}

func (g *aGateway) settings() Settings {
	s := Settings{Gateway: g.kind, User: "u1", From: "Bjork", URL: g.URL}
	switch g.kind {
	case Elks:
		s.URL += "/a1/sms"
	case Link:
		s.Platform, s.Partner = "COMMON_API", "17"
	case HTTP:
		s.URL += "/hook"
		s.User, s.Header, s.Body, s.ID, s.PartsField = "", "X-Key", BodyJSON, "id", "count"
		s.Fields = map[string]string{"msisdn": "{number}", "body": "{text}", "sender": "{from}", "client_ref": "{ref}"}
	}
	return s
}

func (g *aGateway) open(t *testing.T, secret string) Gateway {
	t.Helper()
	x, err := Open(g.settings(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// quiet fails if an error repeats what it must not.
func quiet(t *testing.T, err error) {
	t.Helper()
	for _, word := range []string{"46701740605", "701740605", "Kanarie", secret, "u1", "127.0.0.1"} {
		if err != nil && strings.Contains(err.Error(), word) {
			t.Errorf("an error repeats %q: %v", word, err)
		}
	}
}

func TestGatewaysTake(t *testing.T) {
	long := strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152)
	for _, kind := range Gateways {
		t.Run(kind, func(t *testing.T) {
			g := gatewayLike(t, kind)
			x := g.open(t, secret)
			for _, text := range []string{said, long} {
				got, err := x.Send(context.Background(), Message{swedish, text, "r7"}, nothing)
				if err != nil {
					t.Fatal(err)
				}
				if want := Measure(text).Parts; got.ID == "" || kind != Link && got.Parts != want {
					t.Errorf("%+v, want an id and %d parts", got, want)
				}
			}
			if len(g.taken) != 2 {
				t.Fatalf("%d messages arrived", len(g.taken))
			}
			want := map[string]map[string]string{
				Elks:   {"from": "Bjork", "to": swedish, "message": said, "dontlog": "message"},
				Twilio: {"From": "Bjork", "To": swedish, "Body": said},
				Link: {"source": "Bjork", "sourceTON": "ALPHANUMERIC", "destination": swedish, "userData": said, "platformId": "COMMON_API", "platformPartnerId": "17",
					"useDeliveryReport": "false", "refId": "r7"},
				HTTP: {"msisdn": swedish[1:], "body": said, "sender": "Bjork", "client_ref": "r7"},
			}[kind]
			if fmt.Sprint(g.taken[0]) != fmt.Sprint(want) {
				t.Errorf("the gateway got %v, want %v", g.taken[0], want)
			}
		})
	}
}

func nothing() error { return nil }

// A message begins once, before it goes: where that cannot be noted, it does not go; a
// gateway that nobody reaches begins none.
func TestBegins(t *testing.T) {
	g := gatewayLike(t, Elks)
	x := g.open(t, secret)
	began := 0
	for range 3 {
		if _, err := x.Send(context.Background(), Message{swedish, said, "r"}, func() error { began++; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if began != 3 || len(g.taken) != 3 {
		t.Errorf("%d began and %d went", began, len(g.taken))
	}
	var later *LaterError
	_, err := x.Send(context.Background(), Message{swedish, said, "r"}, func() error { return errors.New("the disk is full") })
	if len(g.taken) != 3 {
		t.Errorf("it went, though its beginning could not be noted: %v", err)
	}
	g.Close()
	_, err = x.Send(context.Background(), Message{swedish, said, "r"}, func() error { began++; return nil })
	if !errors.As(err, &later) || !later.Lost || began != 3 {
		t.Errorf("nobody there: %v, %d began", err, began)
	}
}

// What a gateway says of a message is sorted into the four fates, and nothing of it is
// repeated that it must not be.
func TestGatewaysFates(t *testing.T) {
	write := func(status int, body string) func(http.ResponseWriter, string) bool {
		return func(w http.ResponseWriter, _ string) bool {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
			return true
		}
	}
	hang := func(before func(http.ResponseWriter)) func(http.ResponseWriter, string) bool {
		return func(w http.ResponseWriter, _ string) bool {
			before(w)
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				c.Close()
			}
			return true
		}
	}
	type fate struct {
		name string
		next func(http.ResponseWriter, string) bool
		want any
		code string
	}
	shared := []fate{
		{"too many", func(w http.ResponseWriter, _ string) bool {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}, new(*LaterError), "HTTP 429"},
		{"dropped before an answer", hang(func(http.ResponseWriter) {}), new(*UnknownError), "no connection"},
		{"dropped mid-answer", hang(func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "500")
			fmt.Fprint(w, `{"id":"s1","sid":"SM`)
			w.(http.Flusher).Flush()
		}), new(*UnknownError), "the answer is cut"},
		{"a failing server", write(http.StatusInternalServerError, "oops"), new(*UnknownError), "HTTP 500"},
		{"a gateway before it", write(http.StatusBadGateway, ""), new(*UnknownError), "HTTP 502"},
		{"no money", write(http.StatusPaymentRequired, ""), new(*StopError), "HTTP 402"},
		{"sent elsewhere", func(w http.ResponseWriter, _ string) bool {
			w.Header().Set("Location", "https://elsewhere.example/"+swedish)
			w.WriteHeader(http.StatusTemporaryRedirect)
			return true
		}, new(*StopError), "HTTP 307"},
		{"taken, and not said how", write(http.StatusOK, "<html>"), new(*UnknownError), ""},
		{"a refusal in words", write(http.StatusBadRequest, "Invalid to number "+swedish), new(*RefusedError), "HTTP 400"},
	}
	own := map[string][]fate{
		Elks: {
			{"no credit", write(http.StatusForbidden, "Not enough credits"), new(*StopError), "no credit"},
			{"failed at once", write(http.StatusOK, `{"id":"s1","status":"failed"}`), new(*RefusedError), "failed"},
		},
		Twilio: {
			{"no such number", write(http.StatusBadRequest, `{"code":21211,"message":"The 'To' number `+swedish+` is not a valid phone number","status":400}`), new(*RefusedError), "21211"},
			{"opted out", write(http.StatusBadRequest, `{"code":21610,"message":"`+said+`","status":400}`), new(*RefusedError), "21610"},
			{"not our sender", write(http.StatusBadRequest, `{"code":21606,"status":400}`), new(*StopError), "21606"},
			{"too many, as an error", write(http.StatusBadRequest, `{"code":20429,"status":400}`), new(*LaterError), "20429"},
		},
		Link: {
			{"a code", write(http.StatusBadRequest, `{"resultCode":1007,"description":"`+swedish+`"}`), new(*RefusedError), "1007"},
			{"no id", write(http.StatusOK, `{"resultCode":2102}`), new(*RefusedError), "2102"},
		},
		HTTP: {{"no id", write(http.StatusOK, `{"count":1}`), new(*UnknownError), "no id"}},
	}
	for _, kind := range Gateways {
		for _, f := range append(shared, own[kind]...) {
			t.Run(kind+"/"+f.name, func(t *testing.T) {
				g := gatewayLike(t, kind)
				g.next = f.next
				_, err := g.open(t, secret).Send(context.Background(), Message{swedish, said, "r"}, nothing)
				if !errors.As(err, f.want) || !strings.Contains(err.Error(), f.code) {
					t.Errorf("%T %v, want %T %s", err, err, f.want, f.code)
				}
				quiet(t, err)
				var later *LaterError
				if errors.As(err, &later) && strings.HasPrefix(f.code, "HTTP") && later.After != 7*time.Second {
					t.Errorf("it asks to wait %v", later.After)
				}
				if len(g.taken) != 0 {
					t.Error("the gateway took it")
				}
			})
		}
		t.Run(kind+"/wrong secret", func(t *testing.T) {
			g := gatewayLike(t, kind)
			_, err := g.open(t, "another").Send(context.Background(), Message{swedish, said, "r"}, nothing)
			if !errors.As(err, new(*StopError)) {
				t.Errorf("%v", err)
			}
			quiet(t, err)
		})
		t.Run(kind+"/nobody there", func(t *testing.T) {
			g := gatewayLike(t, kind)
			x := g.open(t, secret)
			g.Close()
			_, err := x.Send(context.Background(), Message{swedish, said, "r"}, nothing)
			if !errors.As(err, new(*LaterError)) {
				t.Errorf("%T %v: nothing was sent, so it may be tried again", err, err)
			}
			quiet(t, err)
		})
		t.Run(kind+"/stopped before an answer", func(t *testing.T) {
			g := gatewayLike(t, kind)
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			g.next = func(http.ResponseWriter, string) bool { stop(); time.Sleep(time.Second); return true }
			_, err := g.open(t, secret).Send(ctx, Message{swedish, said, "r"}, nothing)
			if !errors.As(err, new(*UnknownError)) {
				t.Errorf("%T %v", err, err)
			}
		})
	}
}

// Nothing goes to what is no mobile phone, nor a fourth kind of thing.
func TestSendRefuses(t *testing.T) {
	g := gatewayLike(t, Elks)
	x := g.open(t, secret)
	for _, m := range []Message{
		{"+4622123456", said, ""}, {"070-174 06 05", said, ""}, {"+46 701740605", said, ""}, {"+4681234567", said, ""}, {"", said, ""}, {swedish + "," + another, said, ""},
		{swedish, "", ""}, {swedish, strings.Repeat("a", TextLimit+1), ""},
	} {
		if _, err := x.Send(context.Background(), m, nothing); !errors.As(err, new(*RefusedError)) {
			t.Errorf("%+v: %v", m, err)
		}
	}
	if len(g.taken) != 0 {
		t.Errorf("%d went", len(g.taken))
	}
	l := gatewayLike(t, Link)
	if _, err := l.open(t, secret).Send(context.Background(), Message{swedish, "😀", ""}, nothing); !errors.As(err, new(*RefusedError)) || len(l.taken) != 0 {
		t.Errorf("LINK Mobility took an emoji: %v", err)
	}
}

// A gateway that refuses whatever comes is set up wrongly: it is not asked about a
// thousand members one by one.
func TestRefusesEverything(t *testing.T) {
	g := gatewayLike(t, Twilio)
	asked := 0
	g.next = func(w http.ResponseWriter, _ string) bool {
		asked++
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"code":21408,"status":400}`)
		return true
	}
	x := g.open(t, secret)
	for i := range 20 {
		_, err := x.Send(context.Background(), Message{swedish, said, ""}, nothing)
		var refused *RefusedError
		var stop *StopError
		if i < refusalsInRow-1 && !errors.As(err, &refused) || i >= refusalsInRow && !errors.As(err, &stop) {
			t.Fatalf("the %dth: %v", i+1, err)
		}
	}
	if asked != refusalsInRow {
		t.Errorf("it was asked %d times", asked)
	}
}

func TestMessagingService(t *testing.T) {
	g := gatewayLike(t, Twilio)
	s := g.settings()
	s.From = "MG" + strings.Repeat("0a", 16)
	x, err := Open(s, secret)
	if err != nil {
		t.Fatal(err)
	}
	got, err := x.Send(context.Background(), Message{swedish, said, ""}, nothing)
	if err != nil || got.Parts != 0 || g.taken[0]["MessagingServiceSid"] != s.From || g.taken[0]["From"] != "" {
		t.Errorf("%+v %v %v", got, err, g.taken)
	}
}
