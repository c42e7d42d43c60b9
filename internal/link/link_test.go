package link

import (
	"slices"
	"strings"
	"testing"
)

func TestIn(t *testing.T) {
	got := In("Les mer: https://lag.example/moter. Eller (http://lag.example/a_(b)), HTTPS://X.example/ä?b=c&d=e! mailto:x@y.no ftp://z")
	want := []string{"https://lag.example/moter", "http://lag.example/a_(b)", "HTTPS://X.example/ä?b=c&d=e"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A message links to more, and no link tells who has opened it (N50).
func TestN50Tracking(t *testing.T) {
	for link, want := range map[string]string{
		"https://lag.example/moter":                         "",
		"https://lag.example/?id=4&side=2#topp":             "",
		"https://lag.example/?utm_source=sms":               "utm_source",
		"https://lag.example/?a=1&UTM_Campaign=x":           "utm_campaign",
		"https://lag.example/?a=1;fbclid=x":                 "fbclid",
		"https://lag.example/?mc%5Feid=x":                   "mc_eid",
		"https://lag.example/#/side?mc_cid=1":               "mc_cid",
		"https://bit.ly/3abc":                               "bit.ly",
		"https://lag.us7.list-manage.com/track/click?u=1":   "list-manage.com",
		"https://habit.ly/":                                 "",
		"https://lag.example/%zz":                           "https://lag.example/%zz",
		"https://lag.example/?elq=1&x=2":                    "elq",
		"https://lag.example/?elqanything=1":                "",
		"https://lag.example/?q=utm_source":                 "",
		"https://lag.example/" + strings.Repeat("a", 4_000): "",
	} {
		if got := Tracking(link); got != want {
			t.Errorf("%.60s: %q, want %q", link, got, want)
		}
	}
}
