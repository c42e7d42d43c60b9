package site

import "encoding/json"

// hasJoining tells whether units have a public joining form: only then has the site
// one.
func hasJoining(files map[string]Source) bool {
	var pages struct {
		Joining *struct{} `json:"joining"`
	}
	return json.Unmarshal(files[pagesData].Body, &pages) == nil && pages.Joining != nil
}
