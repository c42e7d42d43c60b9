package intake

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
)

// The gateways' own forms: 46elks' history and what it posts, Twilio's log as csv and JSON,
// a plain csv of a Danish spreadsheet.
func TestReadSMS(t *testing.T) {
	want := []SMS{{"+46700000001", "Gå med Åsa Håkansson"}, {"+46700000002", "gå med"}}
	for name, text := range map[string]string{
		"46elks list": `{"data":[{"id":"s1","direction":"incoming","from":"+46700000001","to":"+46766861234","created":"2026-11-21T10:00:00","message":"Gå med Åsa Håkansson","cost":null},
			{"direction":"outgoing","from":"Lag","to":"+46700000009","message":"Hej"},{"direction":"incoming","from":"+46700000002","message":"gå med"}],"next":"2026-11-20"}`,
		"json lines": `{"from":"+46700000001","message":"Gå med Åsa Håkansson"}` + "\n" + `{"from":"+46700000002","message":"gå med"}` + "\n",
		"list":       `[{"sender":"+46700000001","text":"Gå med Åsa Håkansson","n":1},{"sender":"+46700000002","text":"gå med"}]`,
		"twilio":     `{"messages":[{"direction":"inbound","from":"+46700000001","body":"Gå med Åsa Håkansson"},{"direction":"outbound-api","from":"+46766861234","body":"Hej"},{"direction":"inbound","from":"+46700000002","body":"gå med"}]}`,
		"twilio csv": "\ufeffFrom,To,Body,Status,SentDate,Direction\r\n+46700000001,+46766861234,Gå med Åsa Håkansson,received,2026-11-21,inbound\r\n+46766861234,+46700000009,Hej,delivered,2026-11-21,outbound-api\r\n+46700000002,+46766861234,\"gå med\",received,2026-11-21,inbound\r\n",
		"semicolons": "Source;Message\n+46700000001;Gå med Åsa Håkansson\n+46700000002;gå med\n",
	} {
		got, skipped, err := ReadSMS([]byte(text))
		if err != nil || skipped != 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %d messages, %d skipped, %v", name, len(got), skipped, err)
		}
	}
	got, skipped, err := ReadSMS([]byte("from,text\n,Hej\n+46700000001,\n+46700000001," + strings.Repeat("x", smsTextLimit+1) + "\n+46700000001,Hej\n"))
	if err != nil || skipped != 3 || len(got) != 1 {
		t.Errorf("%d messages, %d skipped, %v", len(got), skipped, err)
	}
}

// What is no such list is refused whole, and the error says nothing of what it holds.
func TestReadSMSRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "no text": "from,to\n1,2\n", "no number": "text\nhej\n", "two texts": "from,text,body\n1,2,3\n", "cells": "from,text\n+46700000001,a,b\n",
		"a quote": "from,text\n+46700000001,\"a\n", "cut": `{"from":"+46700000001","text":"a"`, "joined": `{"from":"+46700000001","text":"a"}x`, "numbers": `[1,2]`,
		"latin-1": "from,text\n+46700000001,\xe5sa\n", "large": "from,text\n" + strings.Repeat("+46700000001,a\n", SMSFileLimit/15+1), "many": "from,text\n" + strings.Repeat("1,a\n", smsCountLimit+1),
		"many lines": strings.Repeat(`{"from":"1","text":"a"}`, smsCountLimit+1),
	} {
		if got, _, err := ReadSMS([]byte(text)); !errors.Is(err, ErrSMSFile) || got != nil || strings.Contains(err.Error(), "4670") {
			t.Errorf("%s: %d messages, %v", name, len(got), err)
		}
	}
}

// smsPolicy is the pack of Nei til EU, with joining by SMS.
func smsPolicy(t *testing.T, keyword string) *policy.Policy {
	p := pack(t, "neitileu")
	p.Pages.Joining.SMS = &policy.JoinSMS{Keyword: keyword}
	return p
}

// form finds a unit that has a joining form.
func form(t *testing.T, p *policy.Policy) *policy.Unit {
	for i := range p.Units {
		if p.JoiningForm(&p.Units[i]) {
			return &p.Units[i]
		}
	}
	t.Fatal("no unit has a form")
	return nil
}

// The keyword in any case, the name behind it, the number; what is no name is left to the
// one who asks her, and her own words are kept for that.
func TestN65JoinBySMS(t *testing.T) {
	p := smsPolicy(t, "Nei EU")
	u := form(t, p)
	for _, x := range []struct{ from, text, given, family string }{
		{"+4740000001", "NEI EU Åse Márjá Kvåle", "Åse Márjá", "Kvåle"},
		{"4740000001", "nei  eu: Åse Kvåle, Storgata 1\nhilsen Åse", "Åse", "Kvåle"},
		{"+47 400 00 001", "Nei EU Åse", "Åse", ""},
		{"+4740000001", "Nei EU", "", ""},
		{"+4740000001", "Nei EU!", "", ""},
		{"+4740000001", "Nei EU ring meg på 40000002", "", ""},
		{"+4740000001", "Nei EU jeg vil gjerne være med på dette her", "", ""},
		{"+46701740605", "nei eu Eva-Lisa O'Neil", "Eva-Lisa", "O'Neil"},
	} {
		r, ok := JoinBySMS(p, u.ID, SMS{x.from, x.text})
		if !ok {
			t.Errorf("%q does not ask to join", x.text)
			continue
		}
		got := map[string]string{}
		for _, s := range r.Set {
			got[s.Key] = s.Value.String()
		}
		if got["given"] != x.given || got["family"] != x.family || got[p.JoiningPhone()] == "" || r.From != record.FromSMS || r.Unit != u.ID {
			t.Errorf("%q: %q", x.text, got)
		}
		if _, err := record.EncodeRequest(r); err != nil {
			t.Errorf("%q: %v", x.text, err)
		}
		if _, err := Judge(p, r, ""); err != nil {
			t.Errorf("%q: %v", x.text, err)
		}
		if lacks := Lacks(p, r); !slices.Contains(lacks, "email") || slices.Contains(lacks, "given") != (x.given == "") {
			t.Errorf("%q lacks %q", x.text, lacks)
		}
	}
	for _, x := range []SMS{{"+4740000001", "Neieu Åse Kvåle"}, {"+4740000001", "Hei"}, {"+4740000001", "EU nei"}, {"REKLAME", "Nei EU Åse Kvåle"}, {"2012", "Nei EU Åse Kvåle"}, {"+4722334455", "Nei EU Åse Kvåle"}, {"", "Nei EU Åse"}} {
		if _, ok := JoinBySMS(p, u.ID, x); ok {
			t.Errorf("%q of %q asks to join", x.Text, x.From)
		}
	}
}

// Without a keyword the text is a name and nothing else; without the key nobody joins.
func TestJoinBySMSWithoutKeyword(t *testing.T) {
	p := smsPolicy(t, "")
	u := form(t, p)
	if _, ok := JoinBySMS(p, u.ID, SMS{"+4740000001", "Åse Kvåle"}); !ok {
		t.Error("a name does not ask to join")
	}
	if _, ok := JoinBySMS(p, u.ID, SMS{"+4740000001", "Når er neste møte? 7 eller 8"}); ok {
		t.Error("a question asks to join")
	}
	r, _ := JoinBySMS(p, u.ID, SMS{"+4740000001", "Åse Kvåle"})
	p.Pages.Joining.SMS = nil
	if _, ok := JoinBySMS(p, u.ID, SMS{"+4740000001", "Åse Kvåle"}); ok {
		t.Error("somebody joins by SMS where the policy has none")
	}
	if _, err := Judge(p, r, ""); !refusedAs(err, RuleNoSMS, "") {
		t.Errorf("judged: %v", err)
	}
}

// ATTACK. Anybody can make a file as the public form does. One that says that it is an SMS
// would be let in without what the form demands: it is refused, and its twin that lacks
// only that word opens.
func TestNoFileIsAnSMS(t *testing.T) {
	unit, _ := joining(t)
	for from, want := range map[string]error{record.FromSMS: ErrContent, "": nil} {
		r := golden(t, "request-join-sms")
		r.From = from
		f, err := SealJoin(r, unit.Recipient().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open([]age.Identity{unit}, f); !errors.Is(err, want) {
			t.Errorf("from %q: %v", from, err)
		}
	}
}
