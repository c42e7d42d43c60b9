package subject

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/register"
)

// A story is a register that grows by commits in memory, and beside it the plain
// list of what was done, which is all that the oracle knows.
type story struct {
	t    testing.TB
	r    *rand.Rand
	mem  *gitstore.Memory
	now  time.Time
	log  []moment // of each commit of main
	next moment   // as it will be

	commits []gitstore.ID
	roots   []gitstore.ID
	edits   map[string][]byte // of the next commit; nil removes
	touched map[string]int    // member → the last commit that changed her
	paths   map[string]string // member → where her file lies
	serial  int
	members int
	changes int // of officers
	hours   int // grants that were given, used and revoked within one
	odd     int // one keyring in so many is sealed to somebody without a grant; 0 none
	drafts  []oDraft
}

// moment is what a commit of main left.
type moment struct {
	when    time.Time
	offices []oOffice
	grants  []oGrant
	known   map[string]bool
	keyring map[string][]string         // unit → officers
	holds   map[string]map[string]oCopy // unit → member → what its keyring opens
	version map[string]int              // member → versions written
}

// oOffice is an office as the oracle knows it.
type oOffice struct {
	id, level, scope string
	reads, merges    bool
	guide            int    // version to have acknowledged; 0 none
	guideBy          string // until when an older one does
	extra            bool   // may be held by exception
}

type oGrant struct {
	officer, unit, office string
	from, last            string // last "": open
	guide                 int
	exception, approved   bool
}

// oCopy is a record that a keyring opens: here now, or kept from before.
type oCopy struct {
	here     bool
	until    string // kept until; "" not
	versions int    // when she went
}

// oDraft is a proposal that was merged: who wrote what when.
type oDraft struct {
	author       string
	base, merged int // commits
	writes       []oWrite
}

type oWrite struct {
	when         time.Time
	member, unit string
}

type oUnit struct{ id, level, under string }

var oUnits = []oUnit{
	{"national", "national", ""}, {"akershus", "region", "national"}, {"finnmark", "region", "national"},
	{"asker", "branch", "akershus"}, {"lillestrom", "branch", "akershus"}, {"karasjok", "branch", "finnmark"}, {"tana", "branch", "finnmark"},
	{"baerum", "branch", "akershus"}, {"nes", "branch", "akershus"}, {"alta", "branch", "finnmark"}, {"vadso", "branch", "finnmark"}, {"vardo", "branch", "finnmark"},
}

var oOfficesOnce = []oOffice{
	{id: "secretariat", level: "national", scope: "all", reads: true, merges: true},
	{id: "auditor", level: "national", scope: "all", reads: true, guide: 2, guideBy: "2023-03-31"},
	{id: "county", level: "region", scope: "subtree", reads: true},
	{id: "chair", level: "branch", scope: "own", reads: true},
	{id: "keeper", level: "branch", scope: "own", reads: true, extra: true},
	{id: "treasurer", level: "branch", scope: "own", reads: true, guide: 3, guideBy: "2024-06-30"},
	{id: "clerk", level: "branch", scope: "own"},
}

// officers are handles; each has a signing key of her own.
var oOfficers, oFiles = func() ([]string, map[string][]byte) {
	id, err := identity.New("2021-01-01")
	if err != nil {
		panic(err)
	}
	var names []string
	files := map[string][]byte{}
	for i := range 40 {
		pub, err := ssh.NewPublicKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(i + 1)}, ed25519.SeedSize)).Public())
		if err != nil {
			panic(err)
		}
		o := &access.Officer{Handle: register.HandleOf(pub.Marshal()), Signing: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(pub))), Recipients: []string{id.Recipient()}}
		names = append(names, string(o.Handle))
		files[string(o.Handle)] = o.Encode()
	}
	return names, files
}()

func newStory(t testing.TB, seed uint64) *story {
	s := &story{t: t, r: rand.New(rand.NewPCG(seed, 4)), mem: gitstore.NewMemory(), now: time.Date(2021, 1, 4, 9, 0, 0, 0, time.UTC),
		edits: map[string][]byte{}, touched: map[string]int{}, paths: map[string]string{},
		next: moment{known: map[string]bool{}, keyring: map[string][]string{}, holds: map[string]map[string]oCopy{}, version: map[string]int{}}}
	for _, f := range []string{"fields.yaml", "retention.yaml"} {
		b, err := os.ReadFile("../access/testdata/policies/" + f)
		if err != nil {
			t.Fatal(err)
		}
		s.edits["policies/"+f] = b
	}
	units := ""
	for _, u := range oUnits {
		units += fmt.Sprintf("  - {id: %s, level: %s, name: Unit", u.id, u.level)
		if u.under != "" {
			units += ", under: " + u.under
		}
		units += "}\n"
		s.next.holds[u.id] = map[string]oCopy{}
	}
	b, err := os.ReadFile("../access/testdata/policies/organisation.yaml")
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(b), "units:\n")
	s.edits["policies/organisation.yaml"] = []byte(head + "units:\n" + units)
	s.offices(oOfficesOnce)
	for _, o := range oOfficers[:30] {
		s.officer(o, true)
	}
	for _, o := range oOfficers[:2] {
		s.give(oGrant{officer: o, unit: "national", office: "secretariat", from: s.day(), guide: 9})
	}
	s.commit(true, "")
	return s
}

func (s *story) day() string { return s.now.Format(time.DateOnly) }

func (s *story) pick(of []string) string { return of[s.r.IntN(len(of))] }

func (s *story) offices(os []oOffice) {
	s.next.offices = os
	text := "signers:\n  - {id: top, name: {en: Top}, offices: [secretariat], of: top}\noffices:\n"
	for _, o := range os {
		may := "[request]"
		switch {
		case o.merges:
			may = "[read, add, edit, move, close, reopen, request, merge, grant, policy, erase]"
		case o.reads:
			may = "[read, add, edit, request]"
		}
		text += fmt.Sprintf("  - id: %s\n    name: {en: Office}\n    level: %s\n    scope: %s\n    may: %s\n    seats: {min: 0, max: 9}\n", o.id, o.level, o.scope, may)
		if o.extra {
			text += "    exceptions: [{id: extra, name: {en: Extra}, seats: 1, approved-by: [top]}]\n"
		}
		if o.guide > 0 {
			text += fmt.Sprintf("    guide: {version: \"%d.0\", by: %s}\n", o.guide, o.guideBy)
		}
	}
	s.edits["policies/access.yaml"] = []byte(text)
}

func (s *story) officer(o string, known bool) {
	s.next.known[o] = known
	s.edits["data/officers/"+o+".yaml"] = nil
	if known {
		s.edits["data/officers/"+o+".yaml"] = oFiles[o]
	}
}

// give writes a grant, in place of the one that she has in the unit.
func (s *story) give(g oGrant) {
	s.take(g.officer, g.unit)
	s.next.grants = append(slices.Clone(s.next.grants), g)
	f := &access.Grant{Unit: register.UnitID(g.unit), Handle: register.Handle(g.officer), Office: g.office, From: register.Day(g.from), Until: register.Day(g.last)}
	sign := func(matter, act, signer string) {
		f.Signatures = append(f.Signatures, access.Signature{Matter: matter, Act: act, Signer: signer, Handle: f.Handle, Day: "2021-01-01", Blob: []byte("x")})
	}
	if g.guide > 0 {
		f.Guide = fmt.Sprintf("%d.1", g.guide)
		sign(access.MatterGuide, access.ActAcknowledged, "appointee")
	}
	if g.exception {
		f.Exception = "extra"
		if g.approved {
			sign(access.MatterException, access.ActApproved, "top")
		}
	}
	s.edits["data/"+g.unit+"/grants/"+g.officer+".yaml"] = f.Encode()
	s.changes++
}

// take removes the grant of an officer in a unit.
func (s *story) take(officer, unit string) {
	n := len(s.next.grants)
	s.next.grants = slices.DeleteFunc(slices.Clone(s.next.grants), func(g oGrant) bool { return g.officer == officer && g.unit == unit })
	if len(s.next.grants) < n {
		s.edits["data/"+unit+"/grants/"+officer+".yaml"] = nil
		s.changes++
	}
}

// write puts a version of a member's record at a place of a unit, "" none.
func (s *story) write(member, unit, folder string) {
	s.serial++
	s.place(member, unit, folder, fmt.Sprintf("sealed %d", s.serial))
	s.next.version[member]++
}

func (s *story) place(member, unit, folder, content string) {
	if old := s.paths[member]; old != "" {
		s.edits[old] = nil
		from := strings.Split(old, "/")[1]
		if c := s.next.holds[from][member]; unit != from {
			s.hold(from, member, oCopy{until: after(s.day(), 30), versions: s.next.version[member]})
			if c.until > after(s.day(), 30) {
				s.t.Fatal("a key is kept for longer than the policy says")
			}
		}
	}
	path := "data/" + unit + "/" + folder + "/" + member + ".yaml.age"
	s.edits[path] = []byte(content)
	s.paths[member] = path
	s.hold(unit, member, oCopy{here: true})
	s.touched[member] = len(s.log)
}

func (s *story) hold(unit, member string, c oCopy) {
	fresh := map[string]oCopy{}
	for m, x := range s.next.holds[unit] {
		fresh[m] = x
	}
	if fresh[member] = c; c == (oCopy{}) {
		delete(fresh, member)
	}
	s.next.holds[unit] = fresh
}

func (s *story) unitOf(member string) string {
	return strings.Split(s.paths[member], "/")[1]
}

func after(day string, n int) string { return string(register.Day(day).Add(n)) }
