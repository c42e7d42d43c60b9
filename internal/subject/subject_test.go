package subject

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/medlem-register/medlem/internal/register"
)

// on lets the story go on at an hour of a day.
func (s *story) on(day string, hour int) {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		s.t.Fatal(err)
	}
	s.now = at.Add(time.Duration(hour) * time.Hour)
}

// says compares who could have read a member's record, without the secretariat.
func (s *story) says(member, today string, want ...string) {
	s.t.Helper()
	p, err := Follow(s.mem, s.commits[len(s.commits)-1])
	if err != nil {
		s.t.Fatal(err)
	}
	var got []string
	for _, x := range p.Readers(register.RecordID(member), register.Day(today)) {
		if line := show(x); x.Office != "secretariat" {
			got = append(got, line)
		}
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("on %s:\n got %s\nwant %s", today, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// asker is a story in which a member came to Asker on 1 February, where a keeper has
// been since January.
func asker(t *testing.T) (*story, string) {
	s := newStory(t, 1)
	s.on("2021-01-10", 12)
	s.give(oGrant{officer: oOfficers[5], unit: "asker", office: "keeper", from: "2021-01-10"})
	s.commit(true, "")
	s.on("2021-02-01", 12)
	m := s.newcomer()
	s.write(m, "asker", active(m))
	s.commit(true, "")
	return s, m
}

// B23: an access that was given, used and taken back within one hour is an interval
// of its own for ever, beside that of another officer in the same office, and it says
// the office and nobody's handle. A member who came after does not have it.
func TestB23OneHour(t *testing.T) {
	s, m := asker(t)
	s.on("2021-06-01", 10)
	s.give(oGrant{officer: oOfficers[6], unit: "asker", office: "keeper", from: "2021-06-01"})
	s.commit(true, "")
	s.now = s.now.Add(20 * time.Minute)
	s.write(m, "asker", active(m))
	s.commit(true, "")
	s.now = s.now.Add(20 * time.Minute)
	s.take(oOfficers[6], "asker")
	s.commit(true, "")
	s.on("2025-01-01", 10)
	other := s.newcomer()
	s.write(other, "asker", active(other))
	s.write(m, "asker", active(m))
	s.commit(true, "")
	const still = "asker: keeper of asker, 2021-02-01 to still, version 3, 1"
	s.says(m, "2025-06-01", still, "asker: keeper of asker, 2021-06-01 to 2021-06-01, version 2, 1")
	s.says(other, "2025-06-01", "asker: keeper of asker, 2025-01-01 to still, version 1, 1")
}

// A grant that ends by its date alone takes nothing away, until the keyring is sealed
// anew; nor does one that begins give anything before that.
func TestSealedUntilResealed(t *testing.T) {
	s, m := asker(t)
	s.on("2021-03-01", 9)
	s.give(oGrant{officer: oOfficers[5], unit: "asker", office: "keeper", from: "2021-01-10", last: "2021-03-31"})
	s.give(oGrant{officer: oOfficers[6], unit: "asker", office: "keeper", from: "2021-04-01"})
	s.commit(true, "")
	before := "asker: keeper of asker, 2021-02-01 to still, version 1, 1"
	s.says(m, "2021-03-31", before)
	s.says(m, "2021-05-01", before)
	s.on("2021-05-10", 9)
	s.write(m, "asker", active(m))
	s.commit(true, "")
	s.says(m, "2021-06-01", "asker: keeper of asker, 2021-05-10 to still, version 2, 1", "asker: keeper of asker, 2021-02-01 to 2021-05-10, version 1, 1")
}

// Who reads through two offices has one interval for each, by the dates of its grant;
// after the last commit as well.
func TestTwoOffices(t *testing.T) {
	s, m := asker(t)
	s.on("2021-03-01", 9)
	s.give(oGrant{officer: oOfficers[5], unit: "akershus", office: "county", from: "2021-03-20"})
	s.give(oGrant{officer: oOfficers[5], unit: "asker", office: "keeper", from: "2021-01-10", last: "2021-04-15"})
	s.write(m, "asker", active(m))
	s.commit(true, "")
	keeper, county := "asker: keeper of asker, 2021-02-01 to still, version 2, 1", "asker: county of akershus, 2021-03-20 to still, version 2, 1"
	s.says(m, "2021-03-19", keeper)
	s.says(m, "2021-03-20", keeper, county)
	s.says(m, "2021-04-16", county, "asker: keeper of asker, 2021-02-01 to 2021-04-15, version 2, 1")
	s.on("2021-05-10", 9)
	s.write(m, "asker", active(m))
	s.commit(true, "")
	s.says(m, "2021-06-01", strings.Replace(county, "version 2", "version 3", 1), "asker: keeper of asker, 2021-02-01 to 2021-04-15, version 2, 1")
}

// An office lapses by the day until when its guide's older version held: with another
// office she reads on through that alone.
func TestGuideLapses(t *testing.T) {
	s, m := asker(t)
	s.on("2021-03-01", 9)
	s.give(oGrant{officer: oOfficers[5], unit: "asker", office: "treasurer", from: "2021-03-01", guide: 2})
	s.give(oGrant{officer: oOfficers[5], unit: "akershus", office: "county", from: "2021-03-01"})
	s.commit(true, "")
	keeper := "asker: keeper of asker, 2021-02-01 to 2021-03-01, version 1, 1"
	county := "asker: county of akershus, 2021-03-01 to still, version 1, 1"
	s.says(m, "2024-06-30", county, "asker: treasurer of asker, 2021-03-01 to still, version 1, 1", keeper)
	s.says(m, "2024-07-01", county, "asker: treasurer of asker, 2021-03-01 to 2024-06-30, version 1, 1", keeper)
}

// The author of a proposal holds what she wrote from that day on, and so may the
// secretariat; a clock that is wrong makes it no longer than from the base to the merge.
func TestProposal(t *testing.T) {
	for _, x := range []struct{ written, from string }{{"2021-03-03", "2021-03-03"}, {"2021-01-20", "2021-02-01"}, {"2021-04-01", "2021-03-10"}} {
		s, _ := asker(t)
		s.on(x.written, 9)
		m := s.newcomer()
		path := "data/asker/members/" + m[:1] + "/" + m + ".yaml.age"
		_, draft := s.store(s.roots[len(s.roots)-1], s.commits[len(s.commits)-1:], map[string][]byte{path: []byte("draft")}, oOfficers[5], s.now)
		s.on("2021-03-10", 9)
		s.write(m, "asker", active(m))
		s.commit(true, draft.String())
		s.says(m, "2021-05-01", "asker: keeper of asker, "+x.from+" to still, version 1, 1")
		p, err := Follow(s.mem, s.commits[len(s.commits)-1])
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(p.Readers(register.RecordID(m), "2021-05-01"), func(y Interval) bool {
			return y.Office == "secretariat" && y.From == register.Day(x.from) && y.Seats == 2
		})
		if i < 0 {
			t.Errorf("written on %s: the secretariat could not read it from %s", x.written, x.from)
		}
	}
}

// An access that is given back on the day after it was taken is one with that before;
// a day later it is not.
func TestNeighbours(t *testing.T) {
	for _, x := range []struct {
		back string
		want []string
	}{
		{"2021-03-02", []string{"asker: keeper of asker, 2021-02-01 to still, version 1, 1"}},
		{"2021-03-03", []string{"asker: keeper of asker, 2021-03-03 to still, version 1, 1", "asker: keeper of asker, 2021-02-01 to 2021-03-01, version 1, 1"}},
	} {
		s, m := asker(t)
		s.on("2021-03-01", 18)
		s.take(oOfficers[5], "asker")
		s.commit(true, "")
		s.on(x.back, 7)
		s.give(oGrant{officer: oOfficers[5], unit: "asker", office: "keeper", from: x.back})
		s.commit(true, "")
		s.says(m, "2021-04-01", x.want...)
	}
}

// The unit that a member left can open her last version there for the days that the
// policy keeps it, and until its keyring is sealed anew; not after she was erased.
func TestMoved(t *testing.T) {
	move := func(erased string) (*story, string) {
		s, m := asker(t)
		s.on("2021-05-01", 9)
		s.give(oGrant{officer: oOfficers[7], unit: "tana", office: "keeper", from: "2021-05-01"})
		s.write(m, "tana", active(m))
		s.commit(true, "")
		if erased != "" {
			s.on(erased, 9)
			s.write(m, "tana", "erase/2021-07")
			s.commit(true, "")
			s.erase(m)
			s.commit(true, "")
		}
		// Asker's keyring is sealed anew once in time, and once after.
		for _, day := range []string{"2021-05-31", "2021-08-01"} {
			s.on(day, 9)
			other := s.newcomer()
			s.write(other, "asker", active(other))
			s.commit(true, "")
		}
		return s, m
	}
	s, m := move("")
	s.says(m, "2021-09-01", "tana: keeper of tana, 2021-05-01 to still, version 2, 1", "asker: keeper of asker, 2021-02-01 to 2021-08-01, version 1, 1")
	s, m = move("2021-05-09")
	s.says(m, "2021-09-01", "asker: keeper of asker, 2021-02-01 to 2021-05-09, version 1, 1", "tana: keeper of tana, 2021-05-01 to 2021-05-09, version 3, 1")
}

// Whoever asks about nobody gets nothing, and a history that cannot be read is an
// error and not an empty answer.
func TestFollowRefuses(t *testing.T) {
	s, m := asker(t)
	p, err := Follow(s.mem, s.commits[len(s.commits)-1])
	if err != nil || p.Readers("zzzzzzzzzzzzz", "2021-03-01") != nil || p.Versions("zzzzzzzzzzzzz") != 0 || len(p.Readers(register.RecordID(m), "2021-03-01")) == 0 {
		t.Errorf("a stranger's readers: %v", err)
	}
	if _, err := Follow(s.mem, s.roots[0]); err == nil {
		t.Error("a tree is taken for a commit")
	}
	for path, content := range map[string]string{"data/asker/keyring.yaml": "medlem: 1\nserial: x\n", "policies/access.yaml": "offices: []\n"} {
		s, _ := asker(t)
		s.edits[path] = []byte(content)
		s.finish("")
		if _, err := Follow(s.mem, s.commits[len(s.commits)-1]); err == nil || !strings.Contains(err.Error(), strings.Split(path, "/")[len(strings.Split(path, "/"))-1]) {
			t.Errorf("malformed %s: %v", path, err)
		}
	}
}
