// Package link finds the links in a text, and those of them that tell a third party
// who has opened them. Use In for plain text, and Tracking for each link of a message
// before it goes to members.
package link

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var address = regexp.MustCompile(`(?i)\bhttps?://[^\s<>"'\\^{}|]+`)

// In returns the links of a text, in their order, without the full stop or the bracket
// that ends the sentence after them.
func In(text string) []string {
	var out []string
	for _, s := range address.FindAllString(text, -1) {
		for {
			t := strings.TrimRight(s, ".,;:!?’”»`…")
			if strings.HasSuffix(t, ")") && strings.Count(t, "(") < strings.Count(t, ")") {
				t = strings.TrimSuffix(t, ")")
			}
			if t == s {
				break
			}
			s = t
		}
		out = append(out, s)
	}
	return out
}

// parameters of links that name whoever opens them, a campaign or a recipient. Those
// that end with _ are beginnings.
var parameters = []string{"utm_", "mc_", "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "li_fat_id", "igshid", "igsh", "srsltid",
	"mkt_tok", "_hsenc", "_hsmi", "hsctatracking", "vero_", "oly_", "ml_subscriber", "ml_subscriber_hash", "_ke", "_kx", "ck_subscriber_id", "bbeml", "sc_customer", "sc_eh",
	"wickedid", "rb_clickid", "s_cid", "spm", "trk_", "pk_", "mtm_", "matomo_", "piwik_", "cx_", "elqtrack", "elqtrackid", "elqat", "elq", "et_rid", "sfmc_", "vgo_ee", "epik", "guce_"}

// followers are hosts whose links do nothing but count who follows them on the way to
// somewhere else.
var followers = []string{"bit.ly", "bitly.com", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "buff.ly", "lnkd.in", "rebrand.ly", "cutt.ly", "is.gd", "shorturl.at", "list-manage.com", "lnk.to", "t.ly"}

// Tracking returns what of a link tells who has opened it: the name of a parameter, or
// a host that only counts; "" for nothing that is known. A link that cannot be read is
// given back as a whole.
func Tracking(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	host := strings.ToLower(u.Hostname())
	for _, f := range followers {
		if host == f || strings.HasSuffix(host, "."+f) {
			return f
		}
	}
	for _, part := range []string{u.RawQuery, u.Fragment} {
		for _, pair := range strings.FieldsFunc(part, func(r rune) bool { return r == '&' || r == ';' || r == '?' }) {
			raw, _, _ := strings.Cut(pair, "=")
			key, err := url.QueryUnescape(raw)
			if err != nil {
				key = raw
			}
			if key = strings.ToLower(key); slices.ContainsFunc(parameters, func(p string) bool {
				return key == p || strings.HasSuffix(p, "_") && strings.HasPrefix(key, p)
			}) {
				return key
			}
		}
	}
	return ""
}
