package register

import (
	"strings"
	"testing"
)

// paths has one path of every kind.
var paths = map[string]Path{
	"policies/access.yaml":                                    {Kind: Policy, Rest: "access.yaml"},
	"policies/packs/nordic/fields.yaml":                       {Kind: Policy, Rest: "packs/nordic/fields.yaml"},
	"site/content/Om-oss.md":                                  {Kind: Site, Rest: "content/Om-oss.md"},
	".github/workflows/check.yml":                             {Kind: Workflow, Rest: "workflows/check.yml"},
	"data/officers/o-abcdefghij.yaml":                         {Kind: Officer, Handle: "o-abcdefghij"},
	"data/officers/recovery.yaml":                             {Kind: RecoveryFile, Handle: Recovery},
	"data/asker/keyring.yaml":                                 {Kind: Keyring, Unit: "asker"},
	"data/asker/members/a/abcdefghijklm.yaml.age":             {Kind: Member, Unit: "asker", ID: "abcdefghijklm"},
	"data/asker/erase/2027-02/abcdefghijklm.yaml.age":         {Kind: Closed, Unit: "asker", ID: "abcdefghijklm", Month: "2027-02"},
	"data/asker/erased/2026/abcdefghijklm.yaml":               {Kind: Tombstone, Unit: "asker", ID: "abcdefghijklm", Year: "2026"},
	"data/asker/activities/2026-07-01/abcdefghijklm.yaml.age": {Kind: Activity, Unit: "asker", ID: "abcdefghijklm", Day: "2026-07-01"},
	"data/asker/requests/abcdefghijklm.yaml.age":              {Kind: Request, Unit: "asker", ID: "abcdefghijklm"},
	"data/asker/envelopes/abcdefghijklm.age":                  {Kind: Envelope, Unit: "asker", ID: "abcdefghijklm"},
	"data/asker/grants/o-abcdefghij.yaml":                     {Kind: Grant, Unit: "asker", Handle: "o-abcdefghij"},
	"data/asker/evidence/abcdefghijklm.age":                   {Kind: Evidence, Unit: "asker", ID: "abcdefghijklm"},
	"data/asker/draws/2026-07-01/abcdefghijklm.yaml":          {Kind: Draw, Unit: "asker", ID: "abcdefghijklm", Day: "2026-07-01"},
	"data/asker/draws/2026-07-01/abcdefghijklm.age":           {Kind: DrawList, Unit: "asker", ID: "abcdefghijklm", Day: "2026-07-01"},
	"data/asker/runs/2026-07-01/abcdefghijklm.yaml":           {Kind: Run, Unit: "asker", ID: "abcdefghijklm", Day: "2026-07-01"},
	"data/asker/runs/2026-07-01/abcdefghijklm.age":            {Kind: RunList, Unit: "asker", ID: "abcdefghijklm", Day: "2026-07-01"},
	"data/asker/sendings/2026-07/abcdefghijklm.age":           {Kind: SendingList, Unit: "asker", ID: "abcdefghijklm", Month: "2026-07"},
	"data/asker/sendings/2026-07/abcdefghijklm.yaml":          {Kind: Sending, Unit: "asker", ID: "abcdefghijklm", Month: "2026-07"},
	"data/asker/receipts/abcdefghijklm.yaml":                  {Kind: Receipt, Unit: "asker", ID: "abcdefghijklm"},
	"data/asker/reviews/2026-07-01.yaml":                      {Kind: Review, Unit: "asker", Day: "2026-07-01"},
}

func TestParsePath(t *testing.T) {
	seen := map[Kind]bool{}
	for s, want := range paths {
		got, err := ParsePath(s)
		if err != nil || got != want {
			t.Errorf("ParsePath(%q) = %+v, %v, want %+v", s, got, err, want)
		}
		if got.String() != s {
			t.Errorf("String() = %q, want %q", got, s)
		}
		seen[want.Kind] = true
	}
	for k := Policy; k <= RunList; k++ {
		if !seen[k] {
			t.Errorf("no path of kind %q is tested", k)
		}
	}
	if (Path{}).String() != "" || Unknown.String() != "unknown" {
		t.Error("the zero path is not the unknown one")
	}
}

func TestSealedKinds(t *testing.T) {
	want := map[Kind]bool{Member: true, Closed: true, Activity: true, Request: true, Evidence: true, DrawList: true, SendingList: true}
	for s, p := range paths {
		// The name tells what a file is, but for envelopes and runs, which are sealed otherwise.
		if age := strings.HasSuffix(s, ".age") && p.Kind != Envelope && p.Kind != RunList; p.Kind.Sealed() != want[p.Kind] || age != want[p.Kind] {
			t.Errorf("%q: Sealed() = %v", p.Kind, p.Kind.Sealed())
		}
	}
}

func TestParsePathRefuses(t *testing.T) {
	id := "abcdefghijklm"
	for name, s := range map[string]string{
		"empty":                         "",
		"a file at the top":             "README.md",
		"an unknown folder":             "docs/format.md",
		"data alone":                    "data",
		"a file in data":                "data/asker",
		"a file in a unit":              "data/asker/notes.yaml",
		"an unknown folder of a unit":   "data/asker/photos/" + id + ".age",
		"upper-case data":               "Data/asker/keyring.yaml",
		"upper-case unit":               "data/Asker/keyring.yaml",
		"upper-case name":               "data/asker/Keyring.yaml",
		"upper-case extension":          "data/asker/members/a/" + id + ".YAML.age",
		"policy of another kind":        "policies/access.yml",
		"policy in upper case":          "policies/Access.yaml",
		"wrong first character":         "data/asker/members/b/" + id + ".yaml.age",
		"two characters":                "data/asker/members/ab/" + id + ".yaml.age",
		"member without its folder":     "data/asker/members/" + id + ".yaml.age",
		"member a folder deeper":        "data/asker/members/a/b/" + id + ".yaml.age",
		"malformed id":                  "data/asker/members/a/abc.yaml.age",
		"id in upper case":              "data/asker/members/A/ABCDEFGHIJKLM.yaml.age",
		"a name for an id":              "data/asker/members/k/kari-nordmann.yaml.age",
		"unsealed":                      "data/asker/members/a/" + id + ".yaml",
		"closed without a month":        "data/asker/erase/" + id + ".yaml.age",
		"no such month":                 "data/asker/erase/2026-13/" + id + ".yaml.age",
		"a day for a month":             "data/asker/erase/2026-12-01/" + id + ".yaml.age",
		"no such day":                   "data/asker/activities/2026-02-30/" + id + ".yaml.age",
		"no such year":                  "data/asker/erased/20260/" + id + ".yaml",
		"a year with letters":           "data/asker/erased/abcd/" + id + ".yaml",
		"sealed tombstone":              "data/asker/erased/2026/" + id + ".yaml.age",
		"device":                        "site/con",
		"device in another case":        "site/content/AUX",
		"device with an ending":         "site/content/nul.tar.gz",
		"port":                          ".github/workflows/Com1.yml",
		"folder of a device":            "policies/lpt9/x.yaml",
		"console":                       "site/CONOUT$",
		"space last":                    "site/content/x ",
		"officer by name":               "data/officers/kari.yaml",
		"officer in a folder":           "data/officers/x/o-abcdefghij.yaml",
		"officer with another ending":   "data/officers/o-abcdefghij.yml",
		"unit named officers":           "data/officers/keyring.yaml",
		"grant of the recovery":         "data/asker/grants/recovery.yaml",
		"unit of Windows":               "data/con/keyring.yaml",
		"dot dot":                       "data/asker/../oslo/keyring.yaml",
		"dot":                           "site/./x",
		"double slash":                  "site//x",
		"leading slash":                 "/site/x",
		"trailing slash":                "site/",
		"trailing dot":                  "site/x.",
		"a folder with a trailing dot":  "site/x./y",
		"git folder":                    "site/.git/config",
		"git folder in another case":    "site/.GiT/config",
		"space":                         "site/a b",
		"newline":                       "site/a\nb",
		"tab":                           "site/a\tb",
		"zero byte":                     "site/a\x00b",
		"delete":                        "site/a\x7fb",
		"escape":                        "site/\x1b[31m",
		"not ASCII":                     "site/bilde-av-Åse.jpg",
		"combining mark":                "site/A\u030ase.md",
		"backslash":                     `site\x`,
		"colon":                         "site/a:b",
		"asterisk":                      "site/a*",
		"question mark":                 "site/a?",
		"quote":                         `site/a"b`,
		"angle bracket":                 "site/a<b",
		"pipe":                          "site/a|b",
		"too long":                      "site/" + strings.Repeat("a", PathLimit),
		"review with an id":             "data/asker/reviews/" + id + ".yaml",
		"draw without a day":            "data/asker/draws/" + id + ".yaml",
		"run without a day":             "data/asker/runs/" + id + ".yaml",
		"run list without a day":        "data/asker/runs/" + id + ".age",
		"tombstone with a run's list":   "data/asker/erased/2026/" + id + ".age",
		"keyring in a folder":           "data/asker/keyring.yaml/x",
		"the folder of members by name": "data/asker/members",
	} {
		if p, err := ParsePath(s); err == nil {
			t.Errorf("%s: ParsePath(%q) = %+v, want an error", name, s, p)
		} else if strings.ContainsAny(err.Error(), "\n\x1b\x00") {
			t.Errorf("%s: the error holds control characters: %q", name, err)
		}
	}
}

// A path that parses has one spelling only, and it is the one that was parsed.
func FuzzParsePath(f *testing.F) {
	for s := range paths {
		f.Add(s)
		f.Add(strings.ToUpper(s))
		f.Add(s + "/")
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePath(s)
		if err != nil {
			return
		}
		if p.Kind == Unknown || p.String() != s {
			t.Errorf("ParsePath(%q) = %+v, which is %q", s, p, p)
		}
		if again, err := ParsePath(p.String()); err != nil || again != p {
			t.Errorf("ParsePath(String()) = %+v, %v", again, err)
		}
	})
}
