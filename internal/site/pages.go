package site

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// pagesData is what the locked pages of members and the joining form are made of.
// Without it there are none.
const pagesData = "data/pages.json"

// alone are the pages whose address names no language where it stands in a letter or
// an invitation, and the one that hosts show for what is not there. Each stands at the
// root of the site too, in the organisation's own language.
var alone = []string{"404.html", "me/index.html", "join/index.html", "office/index.html"}

// atRoot is the path at which the file of that name stands a second time; "" if at none.
func atRoot(name, first string) string {
	if rest, ok := strings.CutPrefix(name, first+"/"); ok && slices.Contains(alone, rest) {
		return rest
	}
	return ""
}

// drop is the origin to which pages may send requests, "https://drop.example.org";
// "" if they send none.
func drop(files map[string]Source) (string, error) {
	f, ok := files[pagesData]
	if !ok {
		return "", nil
	}
	var pages struct{ Drop string }
	if err := json.Unmarshal(f.Body, &pages); err != nil {
		return "", fmt.Errorf("%s: not JSON of the form that docs/site.md has", pagesData)
	}
	if pages.Drop == "" {
		return "", nil
	}
	u, err := url.Parse(pages.Drop)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.ContainsAny(u.Host, " ;,'\"") {
		return "", fmt.Errorf("%s: drop: not an address like https://drop.example.org/in", pagesData)
	}
	return u.Scheme + "://" + u.Host, nil
}

// headers completes what hosts are told to send with the pages. A page obeys the
// policy of its header and its own, so the header allows what any page may do: the
// drop. Locked pages are kept nowhere and found by no search engine.
func headers(body []byte, spec Spec) ([]byte, error) {
	if _, ok := spec.Files[pagesData]; !ok {
		return body, nil
	}
	to, err := drop(spec.Files)
	if err != nil {
		return nil, err
	}
	text := string(body)
	if to != "" {
		text = strings.Replace(text, "connect-src 'self'", "connect-src 'self' "+to, 1)
	}
	for _, folder := range []string{"me", "office"} {
		for _, l := range append([]string{""}, spec.Options.Languages...) {
			text += strings.ReplaceAll("/"+l+"/"+folder+"/*\n  Cache-Control: no-store\n  X-Robots-Tag: noindex\n", "//", "/")
		}
	}
	return []byte(text), nil
}
