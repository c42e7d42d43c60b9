package seal

import (
	"strings"
	"testing"

	"filippo.io/age"
)

// What lies among sealed files is one by its name and by its form, and nothing sealed
// lies elsewhere.
func TestSiteFiles(t *testing.T) {
	secret := NewViewSecret()
	page, err := PageName(secret)
	if err != nil {
		t.Fatal(err)
	}
	upper := strings.ToUpper(page[:len(page)-len(".age")])[len("ME/"):] + ".age"
	for path, want := range map[string]SiteKind{
		page: SitePage, OfficeName("asker", "chair"): SiteOffice,
		"me/index.html": SitePublic, "office/index.html": SitePublic, "nb/me/index.html": SitePublic, "index.html": SitePublic, "sealed.txt": SitePublic, "me.html": SitePublic,
	} {
		if got, err := SiteKindOf(path); got != want || err != nil {
			t.Errorf("%s: %q; %v", path, got, err)
		}
	}
	for _, path := range []string{
		"me/ab/plain.html", "me/" + upper, "me/zz/" + page[len("me/aa/"):], strings.Replace(page, ".age", ".html", 1), "me/" + page, page + "/x", "me/x/index.html",
		"office/asker/chair.html", "office/asker/Chair.age", "office/Asker/chair.age", "office/chair.age", "office/a/b/c.age", "nb/list.age", "list.AGE",
	} {
		if kind, err := SiteKindOf(path); err == nil {
			t.Errorf("%s is %q", path, kind)
		}
	}
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	mine, err := SealPage(secret, []byte("<p>"))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := SealOffice([]byte("<p>"), []string{id.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	clear := []byte("<p>in clear</p>")
	for kind, files := range map[SiteKind][3][]byte{SitePage: {mine, theirs, clear}, SiteOffice: {theirs, mine, clear}} {
		if err := CheckSiteFile(kind, files[0]); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		for i, f := range append(files[1:], files[0][:len(files[0])-1], append(append([]byte{}, files[0]...), 0)) {
			if CheckSiteFile(kind, f) == nil {
				t.Errorf("%s: file %d is one", kind, i)
			}
		}
	}
}
