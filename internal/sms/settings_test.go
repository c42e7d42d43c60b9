package sms

import (
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	good := Settings{Gateway: Elks, User: "u1", From: "Bjork", Price: "0,35", Currency: "SEK"}
	s, err := ParseSettings(good.Encode())
	if err != nil || s.URL != "https://api.46elks.com/a1/sms" {
		t.Fatalf("%+v %v", s, err)
	}
	for name, change := range map[string]func(*Settings){
		"unknown gateway":    func(s *Settings) { s.Gateway = "smtp" },
		"in clear":           func(s *Settings) { s.URL = "http://api.example.org/" },
		"secret in the URL":  func(s *Settings) { s.URL = "https://u:p@api.example.org/" },
		"no user":            func(s *Settings) { s.User = "" },
		"long name":          func(s *Settings) { s.From = "Bjorkforening" },
		"name with a letter": func(s *Settings) { s.From = "Björk" },
		"only digits":        func(s *Settings) { s.From = "12345" },
		"national number":    func(s *Settings) { s.From = "0701740605" },
		"price":              func(s *Settings) { s.Price = "a lot" },
		"currency":           func(s *Settings) { s.Currency = "kr" },
		"LINK without ids":   func(s *Settings) { s.Gateway, s.URL = Link, "https://x.example/" },
		"another's keys":     func(s *Settings) { s.Body = BodyJSON },
		"http without text": func(s *Settings) {
			s.Gateway, s.URL, s.Body, s.Fields = HTTP, "https://x.example/", BodyForm, map[string]string{"to": "{to}"}
		},
		"http without number": func(s *Settings) {
			s.Gateway, s.URL, s.Body, s.Fields = HTTP, "https://x.example/", BodyForm, map[string]string{"t": "{text}"}
		},
		"http without body": func(s *Settings) {
			s.Gateway, s.URL, s.Fields = HTTP, "https://x.example/", map[string]string{"t": "{text}{to}"}
		},
		"a header of two lines": func(s *Settings) {
			s.Gateway, s.URL, s.Body, s.Header, s.Fields = HTTP, "https://x.example/", BodyForm, "X\r\nY", map[string]string{"t": "{text}{to}"}
		},
	} {
		bad := good
		change(&bad)
		if _, err := ParseSettings(bad.Encode()); err == nil {
			t.Errorf("%s: taken", name)
		}
		if _, err := Open(bad, "x"); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	for _, b := range []string{"", "{}", `{"gateway":"46elks"} {}`, `{"secret":"x"}`, strings.Repeat(" ", settingsLimit+1)} {
		if _, err := ParseSettings([]byte(b)); err == nil {
			t.Errorf("%.20q: taken", b)
		}
	}
	if _, err := Open(good, ""); err == nil {
		t.Error("opened without a secret")
	}
}

// Parts times recipients times price, rounded up (N49).
func TestN49Cost(t *testing.T) {
	for _, c := range []struct {
		price             string
		parts, recipients int
		want              string
	}{
		{"0.35", 1, 1, "0.35"}, {"0,35", 2, 200, "140.00"}, {"0.0725", 1, 3, "0.22"}, {"1", 1, 12, "12.00"}, {"0.395", 3, 1001, "1186.19"}, {"", 2, 2, ""},
	} {
		s := Settings{Price: c.price}
		if got := s.Cost(c.parts, c.recipients); got != c.want {
			t.Errorf("%s for %d parts to %d: %q, want %q", c.price, c.parts, c.recipients, got, c.want)
		}
	}
}
