package site

import "testing"

// The kinds of data that have a period of their own stand with it in the procedure on
// retention, in the notice to members and in the record of processing, in every language;
// what is kept for good is said so, and what is not decided is shown as such.
func TestKindsPages(t *testing.T) {
	for lang, want := range map[string][]string{
		"sv": {"Andra slag av uppgifter", "Underlag för tillgång till registret", "24 månader", "Protokoll", "för gott", "räkenskapsårets slut"},
		"da": {"Andre slags oplysninger", "Kvitteringer for sletninger", "60 måneder", "Referater", "for altid"},
		"nb": {"Andre slags opplysninger", "Kontroller av hvem som har tilgang", "60 måneder", "Protokoller", "for godt"},
		"en": {"Other kinds of data", "Documents of access to the register", "84 months", "Minutes", "for good"},
	} {
		for _, page := range []string{"procedures/retention", "information", "processing"} {
			contains(t, prose(t, "standard"), lang+"/"+page+"/index.html", want...)
		}
	}
	contains(t, prose(t, "standard"), "en/procedures/retention/index.html", "Whoever takes part in a course", "the trash is emptied", "E-mail about an activity: somebody says that it is deleted", "7 days")
	contains(t, prose(t, "unionen"), "sv/procedures/retention/index.html", "sedan töms papperskorgen", `data-policy="retention.kinds.evidence.keep">inte beslutat`)
}
