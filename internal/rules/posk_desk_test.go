package rules

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// untilMay lets whole lists in: the day that the procedure names is long over.
const untilMay = "lists.yaml: until: 2020-05-17 → until: 2026-05-17"

// byAnybody leaves out who appoints, which is not what these tests are about.
var byAnybody = []string{"access.yaml:     appointed: {by: [board]}\n → ", "access.yaml:     appointed: {by: [board]}\n → "}

func poskHouse(t *testing.T, edits ...string) *house {
	t.Helper()
	return openHouse(t, "posk", append(append(slices.Clone(byAnybody), untilMay), edits...)...)
}

// changed is a member's record with other fields, as a proposal would bring it.
func (h *house) changed(id register.RecordID, f fields) *record.Record {
	h.t.Helper()
	r := h.record(id).Clone()
	r.Rev++
	for key, v := range f {
		r.Set(key, v)
	}
	return r
}

// forgedEdit is what the secretariat's merge answers to a forged change that is
// declared as what it is.
func (h *house) forgedEdit(who string, id register.RecordID, f fields) error {
	h.t.Helper()
	var keys []string
	for key := range f {
		keys = append(keys, key)
	}
	return h.merge(h.forge(who, "edit", h.changed(id, f), keys...))
}

// P01: the secretariat's tool refuses to change the rules, and merges the change that
// somebody of the national board has sent.
func TestP01ByTheBoard(t *testing.T) {
	t.Parallel()
	h := poskHouse(t)
	h.join("astrid", "national", "national-board")
	longer := edited(t, packFiles(t, "posk", byAnybody...), "retention.yaml: keep: 3 → keep: 4")
	err := h.as("sec", func(d *desk.Desk) error { _, err := d.Policies(ctx, longer, ""); return err })
	errorIs[*desk.FindingsError](t, err, "the secretariat's tool")
	var topic string
	h.do("astrid", func(d *desk.Desk) error {
		s, err := d.Policies(ctx, longer, "")
		if err == nil {
			topic = s.Topic
		}
		return err
	})
	h.must(h.merge(topic))
	h.do("sec", func(d *desk.Desk) error {
		if r, _ := d.Policy().Reason("left"); r.Keep != 4 {
			t.Errorf("closed records are kept for %d months", r.Keep)
		}
		return nil
	})
}

// P03: 200 members' names, addresses and numbers are in no object that the server
// has, whatever the letters are written as.
func TestP03MirrorWithoutKey(t *testing.T) {
	t.Parallel()
	h := poskHouse(t)
	h.join("ida", "vetlanda", "local-officer")
	var list []fields
	var planted []string
	for i := range 200 {
		given, family := fmt.Sprintf("Förnamnet%03d", i), fmt.Sprintf("Efternamnsson%03d", i)
		email, number, street := fmt.Sprintf("planterad.%03d@example.org", i), fmt.Sprintf("19850399-%04d", i), fmt.Sprintf("Påhittade gatan %03d", i)
		phone := []string{"+46 31 390 06 ", "+46 40 628 04 "}[i/100] + fmt.Sprintf("%02d", i%100)
		list = append(list, person(given, family, fields{"email": record.Text(email), "phone": record.Text(phone),
			"personnummer": record.Text(number), "street": record.Text(street)}))
		planted = append(planted, given, family, email, phone, strings.ReplaceAll(phone, " ", ""), number, street)
	}
	h.do("ida", func(d *desk.Desk) error { _, err := d.Add(ctx, "vetlanda", "import", list); return err })
	h.must(h.merge(h.submit("ida")))
	var id register.RecordID
	h.do("ida", func(d *desk.Desk) error {
		ms, err := d.Members(desk.Query{})
		if err != nil || len(ms) != 200 {
			return fmt.Errorf("%d members: %w", len(ms), err)
		}
		id = ms[0].Path.ID
		_, err = d.Edit(ctx, id, fields{"city": record.Text("Planteradeköping")})
		return err
	})
	h.must(h.merge(h.submit("ida")))
	planted = append(planted, "Planteradeköping")
	n, found := h.search(planted)
	if n < 250 || found != "" {
		t.Errorf("%d objects, of which one holds %s", n, found)
	}

	// The search finds what is there.
	for _, b := range [][]byte{[]byte("x " + planted[0]), inUTF16(planted[1], binary.BigEndian), []byte(base64.StdEncoding.EncodeToString([]byte("ab" + planted[2] + "xyz")))} {
		cmd := exec.Command("git", "-C", h.host(), "hash-object", "-w", "--stdin")
		cmd.Stdin = bytes.NewReader(b)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if _, found := h.search(planted[:7]); found == "" {
			t.Errorf("%q is not found", b)
		}
		planted = planted[:3]
	}
}

func inUTF16(s string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

// window is the length of the beginning by which texts are looked for, in bytes.
const window = 8

// search looks for texts, in UTF-8, UTF-16 and base64, in every object that the
// server stores, reachable or not. It returns how many there were, and which kind of
// object holds which text.
func (h *house) search(planted []string) (objects int, found string) {
	h.t.Helper()
	needles := map[[window]byte][][]byte{}
	for _, p := range planted {
		forms := [][]byte{[]byte(p), inUTF16(p, binary.LittleEndian), inUTF16(p, binary.BigEndian)}
		for shift := range 3 { // base64 depends on where in the text it begins
			b := base64.StdEncoding.EncodeToString(append(bytes.Repeat([]byte("."), shift), p...))
			forms = append(forms, []byte(b[4:len(b)-4]))
		}
		for _, f := range forms {
			if len(f) < window {
				h.t.Fatalf("too short to look for: %q", p)
			}
			key := [window]byte(f)
			needles[key] = append(needles[key], f)
		}
	}
	out, err := exec.Command("git", "-C", h.host(), "cat-file", "--batch", "--batch-all-objects", "--unordered").Output()
	h.must(err)
	for r := bytes.NewReader(out); ; objects++ {
		var id, kind string
		var size int
		if _, err := fmt.Fscanf(r, "%s %s %d\n", &id, &kind, &size); err != nil {
			return objects, found
		}
		body := make([]byte, size+1)
		_, err := io.ReadFull(r, body)
		h.must(err)
		for i := 0; i+window <= len(body); i++ {
			for _, n := range needles[[window]byte(body[i:])] {
				if bytes.HasPrefix(body[i:], n) {
					found = fmt.Sprintf("%s %s: %q", kind, id, n)
				}
			}
		}
	}
}

// P08: an assignment is one of the list for the unit's level, or the record does not
// come in: not by the officer's tool, and not by one that asks nothing.
func TestP08Assignments(t *testing.T) {
	t.Parallel()
	h := poskHouse(t)
	h.join("ida", "alvesta", "local-officer")
	id := h.added("sec", "alvesta", person("Nils", "Grahn"))
	assigned := func(roles ...string) fields { return fields{"assignments": record.List(roles...)} }
	for _, roles := range [][]string{{"chancellor"}, {"national-board"}, {"diocese-board", "local-board"}} {
		edit := func(d *desk.Desk) error { _, err := d.Edit(ctx, id, assigned(roles...)); return err }
		errorIs[*desk.FaultsError](t, h.as("ida", edit), "her tool")
		errorIs[*desk.FaultsError](t, h.as("sec", edit), "the secretariat's tool")
		errorIs[*desk.FaultsError](t, h.forgedEdit("ida", id, assigned(roles...)), "the merge")
	}
	h.must(h.forgedEdit("ida", id, assigned("local-board", "member-officer")))
	if got := h.record(id).Fields["assignments"].List(); !slices.Equal(got, []string{"local-board", "member-officer"}) {
		t.Errorf("assignments %q", got)
	}
	for u, role := range map[register.UnitID]string{"national": "national-board", "vaxjo": "diocese-board"} {
		h.added("sec", u, person("Rut", "Ekman", assigned(role)))
	}
}

// P08: the day on which assignments are changed is written in the record, by the tool of
// whoever changes them; she may say another, which was that of the meeting. Without
// assignments there is no day.
func TestP08Days(t *testing.T) {
	t.Parallel()
	h := poskHouse(t)
	h.join("ida", "alvesta", "local-officer")
	id := h.added("sec", "alvesta", person("Nils", "Grahn"))
	edit := func(set fields) {
		t.Helper()
		h.must(h.as("sec", func(d *desk.Desk) error { _, err := d.Edit(ctx, id, set); return err }))
	}
	from := func(want string) {
		t.Helper()
		if got := h.record(id).Fields["assigned"].String(); got != want {
			t.Errorf("from %q, want %q", got, want)
		}
	}
	edit(fields{"phone": record.Text("+46 70 000 00 01")})
	from("")
	edit(fields{"assignments": record.List("local-board")})
	from(string(register.DayOf(h.now)))
	edit(fields{"assignments": record.List("local-board", "member-officer"), "assigned": record.Text("2026-02-01")})
	from("2026-02-01")
	edit(fields{"phone": record.Text("+46 70 000 00 02")})
	from("2026-02-01")
	edit(fields{"assignments": record.Value{}})
	from("")
	made := h.added("sec", "alvesta", person("Rut", "Ekman", fields{"assignments": record.List("local-board")}))
	if got := h.record(made).Fields["assigned"].String(); got != string(register.DayOf(h.now)) {
		t.Errorf("a new member's from %q", got)
	}
}

// P19: where the group uses the service bureau a record may hold the identity number;
// in another group without a purpose neither the officer's tool nor the merge takes
// it, whatever she declares.
func TestP19NumberInTheRecord(t *testing.T) {
	t.Parallel()
	h := poskHouse(t)
	h.join("ida", "vetlanda", "local-officer")
	h.join("nils", "alvesta", "local-officer")
	number := fields{"personnummer": record.Text("19850399-0001")}
	with := h.added("sec", "vetlanda", person("Rut", "Ekman", number))
	without := h.added("sec", "alvesta", person("Frej", "Holm"))
	h.must(h.forgedEdit("ida", with, fields{"personnummer": record.Text("19850399-0002")}))
	if h.record(with).Fields["personnummer"].String() != "19850399-0002" {
		t.Error("the number is not in the record")
	}
	_, err := h.add("sec", "alvesta", person("Rut", "Ekman", number))
	errorIs[*desk.FaultsError](t, err, "the secretariat's tool")
	err = h.as("nils", func(d *desk.Desk) error { _, err := d.Edit(ctx, without, number); return err })
	errorIs[*desk.FaultsError](t, err, "his tool")
	forged := h.changed(without, number)
	errorIs[*desk.FindingsError](t, h.merge(h.forge("nils", "edit", forged, "personnummer")), "the check")
	errorIs[*desk.DeclaredError](t, h.merge(h.forge("nils", "edit", forged, "phone")), "the merge")

	silent := poskHouse(t, "access.yaml: declare-fields: true → declare-fields: false") // the merge alone
	silent.join("nils", "alvesta", "local-officer")
	id := silent.added("sec", "alvesta", person("Frej", "Holm"))
	errorIs[*desk.FaultsError](t, silent.merge(silent.forge("nils", "edit", silent.changed(id, number))), "the merge, where nothing is declared")
	silent.must(silent.merge(silent.forge("nils", "edit", silent.changed(id, fields{"city": record.Text("Alvesta")}))))
}

// P20: a record with a postal address is in order in every unit, and so is one
// without.
func TestP20AddressEverywhere(t *testing.T) {
	t.Parallel()
	h := poskHouse(t)
	address := fields{"street": record.Text("Kyrkvägen 3"), "postcode": record.Text("342 30"), "city": record.Text("Alvesta")}
	for _, u := range []register.UnitID{"alvesta", "vetlanda", "vaxjo", "are", "national"} {
		h.added("sec", u, person("Rut", "Ekman", address))
		h.added("sec", u, person("Frej", "Holm"))
	}
}

// P21: a group's purpose brings the identity number into its records, and into no
// other's.
func TestP21PurposeInTheRecord(t *testing.T) {
	t.Parallel()
	number := fields{"personnummer": record.Text("19850399-0001")}
	h := poskHouse(t, "organisation.yaml: name: Alvesta, under: vaxjo} → name: Alvesta, under: vaxjo, purposes: {personnummer: Vi anmäler kandidater.}}")
	h.join("nils", "alvesta", "local-officer")
	h.join("ida", "vimmerby", "local-officer")
	here, there := h.added("sec", "alvesta", person("Frej", "Holm")), h.added("sec", "vimmerby", person("Rut", "Ekman"))
	h.must(h.forgedEdit("nils", here, number))
	errorIs[*desk.DeclaredError](t, h.merge(h.forge("ida", "edit", h.changed(there, number), "phone")), "the merge")
	err := h.as("ida", func(d *desk.Desk) error { _, err := d.Edit(ctx, there, number); return err })
	errorIs[*desk.FaultsError](t, err, "her tool")
}

// P34: whatever the class, a member of a group is a member of the whole, and stands in
// one group: a record cannot stand in two, and a second record of somebody is shown
// to the secretariat before it counts.
func TestP34CountedOnce(t *testing.T) {
	t.Parallel()
	h := poskHouse(t)
	h.join("ida", "vimmerby", "local-officer")
	candidate := person("Rut", "Ekman", fields{"class": record.Text("candidate"), "email": record.Text("rut.ekman@example.org")})
	first := h.added("sec", "alvesta", candidate)
	h.added("sec", "vetlanda", person("Frej", "Holm", fields{"class": record.Text("local-member")}))
	h.added("sec", "are", person("Signe", "Åkerlund", fields{"class": record.Text("elected")}))
	left := h.added("sec", "alvesta", person("Tor", "Vik", fields{"class": record.Text("candidate")}))
	h.do("sec", func(d *desk.Desk) error { _, _, err := d.CloseMember(ctx, left, "left", true); return err })
	whole := func() map[string]int {
		classes := map[string]int{}
		h.do("sec", func(d *desk.Desk) error {
			ms, err := d.Members(desk.Query{})
			files := 0
			for u := range d.State().Units {
				n, err := d.State().Members(u)
				h.must(err)
				files += n
			}
			for _, m := range ms {
				classes[m.Record.Fields["class"].String()]++
			}
			if files != len(ms) {
				t.Errorf("%d files of %d members", files, len(ms))
			}
			return err
		})
		return classes
	}
	once := map[string]int{"candidate": 1, "local-member": 1, "elected": 1}
	if got := whole(); !maps.Equal(got, once) {
		t.Errorf("the whole counts %v", got)
	}

	twice := h.record(first).Clone() // the same record in another group
	twice.Unit, twice.Rev = "vimmerby", 1
	var declared []string
	for key := range candidate {
		declared = append(declared, key)
	}
	errorIs[*desk.FindingsError](t, h.merge(h.forge("ida", "add", twice, declared...)), "the check")

	h.added("ida", "vimmerby", candidate) // another record of hers
	topic := h.submit("ida")
	h.do("sec", func(d *desk.Desk) error {
		r, err := d.Review(ctx, topic)
		if err != nil {
			return err
		}
		if len(r.Changes) != 1 || len(r.Changes[0].Twins) != 1 || r.Changes[0].Twins[0].ID != first {
			t.Errorf("the secretariat is not told that she is a member already: %+v", r.Changes)
		}
		_, err = d.Reject(ctx, topic, "Hon är redan medlem i Alvesta.")
		return err
	})
	if got := whole(); !maps.Equal(got, once) {
		t.Errorf("the whole counts %v", got)
	}
}
