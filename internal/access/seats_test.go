package access

import (
	"fmt"
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/register"
)

const officerSeats = `    may: [read, add, edit, request]
    seats: {min: 0, max: 2}
`

// seated amends how many may be membership officers of a branch.
func seated(t *testing.T, seats string) *tree {
	t.Helper()
	x := newTree(t)
	x.grant("sec", "secretariat", "national", "2026-01-01", "")
	x.amend("access.yaml", officerSeats, "    may: [read, add, edit, request]\n"+seats)
	return x
}

// crowding is the story's question: how many hold the office and may, and whether
// that is too many, seen from the state before.
func crowding(t *testing.T, before, s *State, day register.Day, held, most int, want Crowding) {
	t.Helper()
	got, seats, err := s.Crowding(before, "asker", "member-officer", day)
	if err != nil {
		t.Fatal(err)
	}
	if got != want || seats.Held != held || seats.Max != most || seats.Fault != nil {
		t.Errorf("on %s %d of %d hold the office (%+v), crowding %d; want %d of %d, %d", day, seats.Held, seats.Max, seats, got, held, most, want)
	}
}

// Who holds an office: neither she whose time is not now, nor whose grant is
// pending, nor whom nobody knows.
func TestHolders(t *testing.T) {
	x := seated(t, "    seats: {min: 0, max: 2}\n    evidence:\n      - {id: minutes, name: {en: Minutes}, signed-by: [appointee]}\n")
	g := &Grant{Unit: "asker", Office: "member-officer", From: "2026-03-01", Until: "2026-06-30",
		Evidence: []Evidence{{"minutes", "m4k7aaaaaaaaa", digest, digest}}}
	put := func(name string, change func(*Grant)) {
		c := *g
		c.Handle = handle(name)
		c.Signatures = []Signature{{"minutes", ActSigned, policy.Appointee, c.Handle, "2026-02-01", []byte("x")}}
		change(&c)
		x.give(&c)
	}
	put("kari", func(*Grant) {})
	put("ola", func(g *Grant) { g.Signatures = nil })
	put("liv", func(g *Grant) { g.From = "2026-04-01" })
	put("tor", func(g *Grant) { g.Ended = "2026-03-14" })
	put("sec", func(g *Grant) { g.Office, g.Evidence, g.Signatures = "chair", nil, nil })
	for _, c := range []struct {
		office string
		day    register.Day
		want   []string
	}{
		{"member-officer", "2026-02-28", nil},
		{"member-officer", "2026-03-01", []string{"kari", "tor"}},
		{"member-officer", "2026-03-15", []string{"kari"}},
		{"member-officer", "2026-04-01", []string{"kari", "liv"}},
		{"member-officer", "2026-07-01", nil},
		{"chair", "2026-03-15", []string{"sec"}},
		{"treasurer", "2026-03-15", nil},
	} {
		s := x.sound()
		var want, got []GrantID
		for _, n := range c.want {
			want = append(want, GrantID{"asker", handle(n)})
		}
		for _, g := range s.Holders("asker", c.office, c.day) {
			got = append(got, g.ID())
		}
		if fmt.Sprint(sortedIDs(got)) != fmt.Sprint(sortedIDs(want)) || fmt.Sprint(got) != fmt.Sprint(sortedIDs(got)) {
			t.Errorf("%s on %s: held by %s, want %s", c.office, c.day, got, want)
		}
	}
	if got := len(x.sound().WithAccess("asker", "2026-03-15")); got != 2 {
		t.Errorf("%d grants of Asker give access, want 2", got)
	}
	x.put("data/officers/"+string(handle("kari"))+".yaml", nil)
	if got := x.sound().Holders("asker", "member-officer", "2026-03-15"); len(got) != 0 {
		t.Errorf("an officer without a file holds an office: %v", got)
	}
}

// 200 members give no second officer, 201 do, and 5,000 no third (rule D26): the
// number is that of active members.
func TestSeatsByMembers(t *testing.T) {
	x := seated(t, `    seats: {min: 1, max: 1, more: [{max: 2, when: "unit.members > 200"}], falling-back: end}`+"\n")
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	x.members("asker", 200, 50)
	one := x.sound()
	crowding(t, nil, one, spring, 1, 1, Fits)
	x.grant("ola", "member-officer", "asker", "2026-01-01", "")
	two := x.sound()
	crowding(t, one, two, spring, 2, 1, Crowded)
	crowding(t, nil, two, spring, 2, 1, Crowded)

	x.members("asker", 201, 50)
	two = x.sound()
	crowding(t, one, two, spring, 2, 2, Fits)
	if _, seats, _ := two.Crowding(nil, "asker", "member-officer", spring); !seats.Conditional || !seats.Rule || seats.Min != 1 {
		t.Errorf("seats %+v", seats)
	}
	x.members("asker", 900, 0)
	x.grant("tor", "member-officer", "asker", "2026-01-01", "")
	crowding(t, two, x.sound(), spring, 3, 2, Crowded)

	// Another unit has its own members, another office its own seats.
	if _, seats, _ := x.sound().Crowding(nil, "karasjok", "member-officer", spring); seats.Max != 1 || seats.Held != 0 {
		t.Errorf("seats in Karasjok %+v", seats)
	}
	if seats, err := x.sound().Seats("asker", "region-officer", spring); err != nil || seats != (Seats{}) {
		t.Errorf("seats of an office of another level %+v, %v", seats, err)
	}
}

// Falling back to 200: who is there stays, where the policy keeps her, and nobody
// new comes; not even in the place of one of them.
func TestFallingBackKeeps(t *testing.T) {
	x := seated(t, `    seats: {min: 1, max: 1, more: [{max: 2, when: "unit.members > 200"}], falling-back: keep}`+"\n")
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	x.grant("ola", "member-officer", "asker", "2026-01-01", "")
	x.members("asker", 201, 0)
	many := x.sound()
	crowding(t, nil, many, spring, 2, 2, Fits)

	x.members("asker", 200, 1)
	few := x.sound()
	crowding(t, many, few, spring, 2, 1, Tolerated)
	crowding(t, nil, few, spring, 2, 1, Tolerated)

	x.revoke("ola", "asker")
	x.grant("tor", "member-officer", "asker", "2026-03-01", "")
	crowding(t, few, x.sound(), spring, 2, 1, Crowded)
	crowding(t, few, x.sound(), "2026-02-01", 1, 1, Fits) // Tor is not there yet

	x.revoke("tor", "asker")
	alone := x.sound()
	crowding(t, few, alone, spring, 1, 1, Fits)
	x.grant("ola", "member-officer", "asker", "2026-03-01", "")
	crowding(t, alone, x.sound(), spring, 2, 1, Crowded) // she left, and is new

	// What no number of members allows is never tolerated.
	x.grant("liv", "member-officer", "asker", "2026-01-01", "")
	crowding(t, nil, x.sound(), spring, 3, 1, Crowded)
}

// An extra seat is one more for those who stay, too.
func TestFallingBackWithAnException(t *testing.T) {
	x := seated(t, `    seats: {min: 1, max: 1, more: [{max: 2, when: "unit.members > 200"}], falling-back: keep}
    exceptions: [{id: more, name: {en: One more}, seats: 1, approved-by: [national]}]
`)
	x.amend("access.yaml", "limits:", "signers:\n  - {id: national, name: {en: The secretariat}, offices: [secretariat], of: top}\nlimits:")
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	x.grant("ola", "member-officer", "asker", "2026-01-01", "")
	x.give(&Grant{Unit: "asker", Handle: handle("liv"), Office: "member-officer", From: "2026-01-01", Exception: "more",
		Signatures: []Signature{{MatterException, ActApproved, "national", handle("sec"), "2026-01-01", []byte("x")}}})
	x.members("asker", 201, 0)
	crowding(t, nil, x.sound(), spring, 3, 3, Fits)
	x.members("asker", 200, 0)
	crowding(t, nil, x.sound(), spring, 3, 2, Tolerated)
}

func TestSeatsAsRecommendation(t *testing.T) {
	x := seated(t, "    seats: {min: 1, max: 1, as: recommendation}\n")
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	one := x.sound()
	x.grant("ola", "member-officer", "asker", "2026-01-01", "")
	crowding(t, one, x.sound(), spring, 2, 1, Unwished)
	if x, _, err := x.sound().Predecessors(&Grant{Unit: "asker", Handle: handle("ola"), Office: "member-officer", From: "2026-01-01"}, spring); x != nil || err != nil {
		t.Errorf("a recommendation ends grants: %v, %v", x, err)
	}
}

// An exception adds its seat while the grant that uses it gives access, and if it
// is for that grant: not before it is approved, nor after its end.
func TestSeatsByException(t *testing.T) {
	x := seated(t, `    seats: {min: 1, max: 1}
    positions: [{id: it, name: {en: IT}}, {id: clerk, name: {en: Clerk}}]
    exceptions:
      - {id: more-than-one, name: {en: More than one}, seats: 1, when: "grant.position == \"it\"", approved-by: [national], months: 12}
`)
	x.amend("access.yaml", "limits:", "signers:\n  - {id: national, name: {en: The secretariat}, offices: [secretariat], of: top}\nlimits:")
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	one := x.sound()
	g := &Grant{Unit: "asker", Handle: handle("ola"), Office: "member-officer", From: "2026-01-01", Until: "2026-06-30", Position: "it", Exception: "more-than-one"}
	approval := Signature{MatterException, ActApproved, "national", handle("sec"), "2026-01-01", []byte("x")}
	x.give(g)
	crowding(t, one, x.sound(), spring, 1, 1, Fits) // it waits for the approval, and takes no seat
	g.Signatures = []Signature{approval}
	x.give(g)
	crowding(t, one, x.sound(), spring, 2, 2, Fits)
	crowding(t, one, x.sound(), summer, 1, 1, Fits) // it has ended, and its seat went with it

	x.grant("tor", "member-officer", "asker", "2026-01-01", "")
	crowding(t, nil, x.sound(), spring, 3, 2, Crowded)
	crowding(t, nil, x.sound(), summer, 2, 1, Crowded)
	x.revoke("tor", "asker")

	g.Position = "clerk"
	x.give(g)
	crowding(t, nil, x.sound(), spring, 2, 1, Crowded) // the exception is not for clerks
}

// A condition that cannot be evaluated gives no seat, and says so.
func TestSeatsWithoutAnAnswer(t *testing.T) {
	x := seated(t, `    seats: {min: 0, max: 1, more: [{max: 9, when: "10 % unit.members == 0"}], falling-back: end}`+"\n")
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	seats, err := x.sound().Seats("asker", "member-officer", spring)
	if err != nil || seats.Max != 1 || seats.Fault == nil {
		t.Errorf("divided by no members: %+v, %v", seats, err)
	}
	x.members("asker", 5, 0)
	if seats, err = x.sound().Seats("asker", "member-officer", spring); err != nil || seats.Max != 9 || seats.Fault != nil {
		t.Errorf("divided by five members: %+v, %v", seats, err)
	}
}

// What conditions can ask: a unit's members are the active ones, its officers
// those with access by a grant in it.
func TestFacts(t *testing.T) {
	x := newTree(t)
	x.grant("sec", "secretariat", "national", "2026-01-01", "")
	x.grant("kari", "member-officer", "asker", "2026-01-01", "")
	x.grant("ola", "chair", "asker", "2026-06-01", "")
	x.amend("organisation.yaml", "{id: asker, level: branch, name: Asker, under: akershus}", "{id: asker, level: branch, name: Asker, under: akershus, flags: [staff]}")
	x.amend("organisation.yaml", "beside:", "flags: [{id: staff, name: {en: Has staff}}]\nbeside:")
	x.members("asker", 7, 3)
	s := x.sound()
	f, err := s.GrantFacts(&Grant{Unit: "asker", Handle: handle("kari"), Office: "member-officer", Position: "it", Exception: "e", Task: "t", Belongs: "asker"}, spring)
	u, _ := s.Policy.Unit("asker")
	want := policy.Facts{Unit: u, Members: 7, Officers: 1, Office: "member-officer", Position: "it", Exception: "e", Task: "t", Belongs: true}
	if err != nil || f != want || len(f.Unit.Flags) != 1 {
		t.Errorf("facts %+v, %v", f, err)
	}
	if f, _ = s.Facts("asker", summer); f.Officers != 2 {
		t.Errorf("%d officers in summer", f.Officers)
	}
	if f, _ = s.GrantFacts(&Grant{Unit: "asker", Belongs: "oslo"}, spring); f.Belongs {
		t.Error("a member of Oslo belongs to Asker")
	}
	if n, err := s.Records("asker"); n != 10 || err != nil {
		t.Errorf("%d records, %v", n, err)
	}
	if n, err := s.Records("karasjok"); n != 0 || err != nil {
		t.Errorf("%d records in Karasjok, %v", n, err)
	}
}

func sortedIDs(ids []GrantID) []GrantID {
	out := slices.Clone(ids)
	slices.SortFunc(out, GrantID.compare)
	return out
}
