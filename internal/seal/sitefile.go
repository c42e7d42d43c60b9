package seal

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// A SiteKind says what a file of a site is to those who have no key.
type SiteKind string

// The kinds of a site's files.
const (
	SitePublic SiteKind = ""       // for everybody to read
	SitePage   SiteKind = "page"   // a member's own, which her view secret opens
	SiteOffice SiteKind = "office" // an office's, which those who hold it open
)

var officeFile = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// SiteKindOf says by its path, below the site, what a file must be. Where sealed files
// lie there lies nothing else, and they lie nowhere else: a file that says by its path
// that it is one, and has not the form of a name that PageName or OfficeName makes, is
// an error. Folders of sealed files hold no other file but their page, index.html.
func SiteKindOf(path string) (SiteKind, error) {
	top, rest, below := strings.Cut(path, "/")
	switch {
	case below && rest == "index.html":
	case below && top == pageFolder:
		first, name, _ := strings.Cut(rest, "/")
		name, ok := strings.CutSuffix(name, pageEnding)
		b, err := register.Base32.DecodeString(name)
		if !ok || err != nil || len(b) != pageNameBytes || name[:2] != first || register.Base32.EncodeToString(b) != name {
			return SitePublic, fmt.Errorf("%s/ holds a file that is not named as a member's page is", pageFolder)
		}
		return SitePage, nil
	case below && top == officeFolder:
		unit, name, _ := strings.Cut(rest, "/")
		name, ok := strings.CutSuffix(name, pageEnding)
		if _, err := register.ParseUnitID(unit); !ok || err != nil || !officeFile.MatchString(name) {
			return SitePublic, fmt.Errorf("%s/ holds a file that is not named as an office's page is", officeFolder)
		}
		return SiteOffice, nil
	case strings.HasSuffix(strings.ToLower(path), pageEnding):
		return SitePublic, fmt.Errorf("a file ends with %s and lies where no sealed file does", pageEnding)
	}
	return SitePublic, nil
}

// SiteFileLimit is the largest sealed file of a site, in bytes.
const SiteFileLimit = max(PageFileLimit, OfficeFileLimit)

// CheckSiteFile returns nil if file has the form of what its kind says. It needs no
// key, so it cannot say whose the file is, nor that anything opens it.
func CheckSiteFile(kind SiteKind, file []byte) error {
	switch kind {
	case SitePage:
		return CheckPage(file)
	case SiteOffice:
		return CheckOffice(file)
	}
	return nil
}
