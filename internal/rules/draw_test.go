package rules

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/officecrypt"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sheet"
)

// asXLSX makes the workbook of a list, as the program does.
func asXLSX(l *desk.List) ([]byte, error) {
	var b bytes.Buffer
	err := sheet.WriteTable(&b, sheet.TableSpec{Sheet: "1", Notice: l.Notice, Header: l.Header, Rows: slices.Values(l.Rows)})
	return b.Bytes(), err
}

func asCSV(l *desk.List) ([]byte, error) {
	var b bytes.Buffer
	err := sheet.WriteCSV(&b, sheet.TableSpec{Sheet: "1", Notice: l.Notice, Header: l.Header, Rows: slices.Values(l.Rows)})
	return b.Bytes(), err
}

// listOf is what an officer asks for in these tests: a workbook.
func listOf(purpose string, units ...register.UnitID) desk.DrawOptions {
	return desk.DrawOptions{Units: units, Purpose: purpose, Form: access.FormList, Format: access.FormatXLSX}
}

// draw takes a list out, and returns its rows too, as they lie in the file.
func (h *house) draw(who string, o desk.DrawOptions) (t *desk.Taken, l *desk.List, err error) {
	h.t.Helper()
	err = h.as(who, func(d *desk.Desk) error {
		var err error
		t, err = d.Draw(ctx, o, func(x *desk.List) ([]byte, error) {
			l = x
			if o.Format == access.FormatCSV {
				return asCSV(x)
			}
			return asXLSX(x)
		})
		return err
	})
	return t, l, err
}

// drawn is draw for one that must go well.
func (h *house) drawn(who string, o desk.DrawOptions) (*desk.Taken, *desk.List) {
	h.t.Helper()
	t, l, err := h.draw(who, o)
	h.must(err)
	return t, l
}

// table reads a list as whoever got it: with its password, or with her identity.
func (h *house) table(t *desk.Taken, who string) *sheet.Table {
	h.t.Helper()
	b := t.File
	if t.Receipt.Format != access.FormatXLSX {
		var err error
		b, err = seal.OpenList(b, actor(who).Ages())
		h.must(err)
	}
	tab, err := sheet.ReadWith("list", b, sheet.Options{Password: func() (string, error) { return t.Password, nil }})
	h.must(err)
	return tab
}

// receipts are the receipts that main has, as the secretariat sees them.
func (h *house) receipts() (out []*desk.Drawn) {
	h.t.Helper()
	h.do("sec", func(d *desk.Desk) (err error) { out, err = d.Draws(nil); return err })
	return out
}

// refusedDraw fails unless a draw is refused by a rule.
func (h *house) refusedDraw(who string, o desk.DrawOptions, rule string) {
	h.t.Helper()
	t, _, err := h.draw(who, o)
	if err == nil {
		h.t.Errorf("%s draws %v for %q", who, o.Units, o.Purpose)
		return
	}
	if t != nil || !strings.Contains(err.Error(), "draw/"+rule) {
		h.t.Errorf("%v, want draw/%s", err, rule)
	}
}

// families are the family names of a list, sorted.
func families(l *desk.List) []string {
	var out []string
	for _, m := range l.Members {
		out = append(out, m.Record.Fields["family"].String())
	}
	slices.Sort(out)
	return out
}

// partyHouse is a register under DKF's pack: mette is chair in Egeby, karl speaks for
// the district, bodil is of the staff.
func partyHouse(t *testing.T, edits ...string) *house {
	t.Helper()
	h := openHouse(t, "dkf", edits...)
	h.join("mette", "egeby", "chair")
	h.join("karl", district, "district-contact")
	h.do("sec", func(d *desk.Desk) error {
		_, err := d.Grant(ctx, desk.GrantOptions{Unit: secretariatUnit, Officer: desk.OfficerOf(actor("bodil")),
			Terms: desk.Terms{Office: "staff", Position: "it", Purpose: "it-operation"}})
		return err
	})
	_, err := desk.Clone(ctx, desk.CloneOptions{URL: h.host(), Dir: h.at("bodil"), Identity: actor("bodil"), Now: h.clock})
	h.must(err)
	for _, m := range []struct {
		u             register.UnitID
		given, family string
	}{{"egeby", "Åse", "Ørsted"}, {"egeby", "Niels", "Bakke"}, {"lindehoej", "Birthe", "Dal"}, {"marehalm", "Jens", "Eng"}} {
		h.added("sec", m.u, person(m.given, m.family, fields{"email": record.Text(strings.ToLower(m.given[len(m.given)-2:]) + "@example.org")}))
	}
	return h
}

// D03: staff take lists out at any hour: also where no server answers. The list is
// there at once; its receipt waits, goes with the next command that reaches the
// server, and no undo takes it back.
func TestD03AtAnyHour(t *testing.T) {
	t.Parallel()
	h := partyHouse(t)
	h.do("bodil", func(*desk.Desk) error { return nil })
	away := h.host() + ".away"
	h.must(os.Rename(h.host(), away))
	taken, _ := h.drawn("bodil", listOf("newsletter", "egeby", "lindehoej"))
	if taken.Sent || len(h.table(taken, "bodil").Rows) != 3 {
		t.Errorf("sent %v", taken.Sent)
	}
	h.do("bodil", func(d *desk.Desk) error {
		if _, _, _, err := d.Undo(); err != desk.ErrNothing {
			t.Errorf("undo: %v", err)
		}
		list, err := d.Draws(nil)
		if err == nil && (len(list) != 1 || !list[0].Waits || list[0].Receipt.ID != taken.Receipt.ID) {
			t.Errorf("%d receipts wait here", len(list))
		}
		return err
	})
	h.must(os.Rename(away, h.host()))
	h.do("bodil", func(d *desk.Desk) error { return nil }) // any command that reaches the server
	list := h.receipts()
	if len(list) != 1 || list[0].Receipt.ID != taken.Receipt.ID || list[0].Receipt.By != handle("bodil") || list[0].Receipt.Count != 3 {
		t.Fatalf("the secretariat has %d receipts", len(list))
	}
	h.do("bodil", func(d *desk.Desk) error {
		list, err := d.Draws(nil)
		if err == nil && (len(list) != 1 || list[0].Waits) {
			t.Error("her copy still waits")
		}
		return err
	})
}

// D28, N09: whoever got a list attests that it is destroyed, on paper and as a file,
// each by itself; until then it stands open, and after its day it is overdue.
func TestD28Destroyed(t *testing.T) {
	t.Parallel()
	h := partyHouse(t)
	o := listOf("newsletter", "egeby")
	o.Copies = 2
	taken, _ := h.drawn("mette", o)
	h.do("sec", func(*desk.Desk) error { return nil })
	id := string(taken.Receipt.ID)
	attest := func(who string, parts ...string) error {
		return h.as(who, func(d *desk.Desk) error { _, err := d.DestroyDraw(ctx, id, parts); return err })
	}
	if err := attest("karl", access.PartDigital); err == nil {
		t.Error("somebody else attests")
	}
	h.now = h.now.AddDate(0, 0, 31)
	if x := h.receipts()[0]; !x.Overdue || !slices.Equal(x.Missing, []string{access.PartPaper, access.PartDigital}) {
		t.Errorf("after its day: overdue %v, missing %q", x.Overdue, x.Missing)
	}
	h.must(attest("mette", access.PartDigital))
	if x := h.receipts()[0]; !x.Overdue || !slices.Equal(x.Missing, []string{access.PartPaper}) {
		t.Errorf("the file is gone: overdue %v, missing %q", x.Overdue, x.Missing)
	}
	h.must(attest("mette", access.PartPaper))
	x := h.receipts()[0]
	if x.Open() || len(x.Receipt.Destroyed) != 2 || x.Receipt.Destroyed[0].Handle != handle("mette") {
		t.Errorf("destroyed: missing %q", x.Missing)
	}
}

// D34: the first row of a list says in Danish what it is for, and by when it must be
// destroyed on paper and in files.
func TestD34Notice(t *testing.T) {
	t.Parallel()
	h := partyHouse(t)
	taken, l := h.drawn("mette", listOf("invitation", "egeby"))
	const want = "Denne liste må kun bruges til: Udsendelse af invitationer. Den skal destrueres, både på papir og digitalt, senest den 2026-04-01."
	if l.Notice != want || taken.Receipt.Day != "2026-04-01" {
		t.Errorf("notice %q\nwant   %q", l.Notice, want)
	}
	plain, err := officecrypt.Open(taken.File, taken.Password)
	h.must(err)
	tab, err := sheet.Read("list", plain)
	h.must(err)
	if tab.HeaderRow != 2 || !slices.Contains(l.Header, "Fornavn") {
		t.Errorf("headings in row %d: %q", tab.HeaderRow, l.Header)
	}
	early := listOf("invitation", "egeby")
	early.Until = "2026-03-10"
	if _, l := h.drawn("mette", early); !strings.Contains(l.Notice, "senest den 2026-03-10") {
		t.Errorf("notice %q", l.Notice)
	}
	late := listOf("invitation", "egeby")
	late.Until = "2026-04-02"
	h.refusedDraw("mette", late, "until")
}

// D37: elected officers take out lists of their own association, and of no other.
func TestD37OwnAssociation(t *testing.T) {
	t.Parallel()
	h := partyHouse(t)
	_, l := h.drawn("mette", listOf("newsletter", "egeby"))
	if got := families(l); !slices.Equal(got, []string{"Bakke", "Ørsted"}) {
		t.Errorf("on the list: %q", got)
	}
	h.refusedDraw("mette", listOf("newsletter", "lindehoej"), "by")
	h.refusedDraw("mette", listOf("newsletter", "egeby", "lindehoej"), "by")
	h.refusedDraw("mette", listOf("curiosity", "egeby"), "purpose")
}

// D09: a hand-out is one list for one kind of receiver, approved by the office that
// the policy names, with a reason; it gives nobody access.
func TestD09HandOut(t *testing.T) {
	t.Parallel()
	h := partyHouse(t)
	o := listOf("invitation", "egeby")
	o.HandOut, o.Reason = "minister", "Møde i kredsen"
	taken, _ := h.drawn("sec", o)
	if r := taken.Receipt; r.HandOut != "minister" || r.For != "" || len(h.table(taken, "").Rows) != 2 {
		t.Errorf("receipt %+v", r)
	}
	silent := o
	silent.Reason = " "
	if _, _, err := h.draw("sec", silent); err != desk.ErrDrawReason {
		t.Errorf("without a reason: %v", err)
	}
	other := o
	other.HandOut = "journalist"
	h.refusedDraw("sec", other, "receiver")
	h.refusedDraw("mette", o, "receiver")
	bound := openHouse(t, "dkf", "lists.yaml: hand-outs:\n → hand-outs:\n  days: 7\n")
	bound.added("sec", "egeby", person("Åse", "Ørsted"))
	week, _ := bound.drawn("sec", o)
	if week.Receipt.Day != week.Receipt.Drawn.Add(7) {
		t.Errorf("handed out until %s", week.Receipt.Day)
	}
	o.Format, o.Recipient = access.FormatCSV, actor("minister").Recipient()
	sealed, _ := h.drawn("sec", o)
	if len(h.table(sealed, "minister").Rows) != 2 {
		t.Error("the minister's own file does not open")
	}
	if _, err := seal.OpenList(sealed.File, actor("sec").Ages()); err == nil {
		t.Error("it opens for others")
	}
}

// D31, D32, D33: a district asks for a list of its own members, for invitations and
// newsletters and nothing else; the secretariat approves; the list can be opened by
// whoever asked, and by nobody else. No access arises.
func TestD31DistrictAsks(t *testing.T) { testDistrictAsks(t) }
func TestD32InvitationsOnly(t *testing.T) {
	t.Parallel()
	h := partyHouse(t, "lists.yaml: purposes:\n → purposes:\n  - {id: campaign, name: {da: Kampagne}, columns: [given, family]}\n")
	for purpose, want := range map[string]string{"invitation": "", "newsletter": "", "campaign": "purpose"} {
		err := h.as("karl", func(d *desk.Desk) error {
			_, err := d.RequestList(ctx, desk.ListRequestOptions{Kind: "district-list", Purpose: purpose})
			return err
		})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), "draw/"+want) {
			t.Errorf("%s: %v", purpose, err)
		}
	}
	for _, columns := range [][]string{{"given", "phone"}, {"given", "nosuch"}} {
		err := h.as("karl", func(d *desk.Desk) error {
			_, err := d.RequestList(ctx, desk.ListRequestOptions{Kind: "district-list", Purpose: "newsletter", Columns: columns, Note: "Til telefonen"})
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "draw/columns") {
			t.Errorf("%q: %v", columns, err)
		}
	}
}
func TestD33ForTheAskerAlone(t *testing.T) { testDistrictAsks(t) }

func testDistrictAsks(t *testing.T) {
	t.Parallel()
	h := partyHouse(t)
	ask := func(who string, o desk.ListRequestOptions) (topic string, err error) {
		err = h.as(who, func(d *desk.Desk) error {
			s, err := d.RequestList(ctx, o)
			if err == nil {
				topic = s.Topic
			}
			return err
		})
		return topic, err
	}
	if _, err := ask("mette", desk.ListRequestOptions{Kind: "district-list", Purpose: "invitation"}); err != desk.ErrMayNotAsk {
		t.Errorf("an association asks for the district's: %v", err)
	}
	if _, err := ask("karl", desk.ListRequestOptions{Kind: "district-list", Purpose: "invitation", Units: []register.UnitID{"marehalm"}}); err == nil {
		t.Error("a district asks for another's members")
	}
	topic, err := ask("karl", desk.ListRequestOptions{Kind: "district-list", Purpose: "invitation", Note: "Til årsmødet"})
	h.must(err)
	if err := h.merge(topic); err != desk.ErrListAsked {
		t.Errorf("merged like a change: %v", err)
	}
	var l *desk.List
	h.do("sec", func(d *desk.Desk) error {
		taken, err := d.ApproveList(ctx, topic, desk.Approval{Until: "2026-03-20"}, func(x *desk.List) ([]byte, error) { l = x; return asXLSX(x) })
		if err == nil && taken.File != nil {
			t.Error("the secretariat keeps the file")
		}
		return err
	})
	if got := families(l); !slices.Equal(got, []string{"Bakke", "Dal", "Ørsted"}) {
		t.Errorf("on the list: %q", got)
	}
	x := h.receipts()[0].Receipt
	if x.For != handle("karl") || x.Request == "" || x.Day != "2026-03-20" || x.By != handle("sec") {
		t.Errorf("receipt %+v", x)
	}
	if waits, err := h.topics(); err != nil || len(waits) > 0 {
		t.Errorf("still waits: %q", waits)
	}
	var ready []string
	h.do("karl", func(d *desk.Desk) error { ready = d.News().Lists; return nil })
	if !slices.Equal(ready, []string{topic}) {
		t.Fatalf("ready for karl: %q", ready)
	}
	for _, who := range []string{"mette", "sec"} {
		if err := h.as(who, func(d *desk.Desk) error { return d.FetchList(ctx, topic, func(*desk.Handed) error { return nil }) }); err == nil {
			t.Errorf("%s fetches it", who)
		}
	}
	fetch := func() (n int, err error) {
		err = h.as("karl", func(d *desk.Desk) error {
			return d.FetchList(ctx, topic, func(got *desk.Handed) error {
				tab, err := sheet.Read("list", got.Plain)
				if err == nil {
					n = len(tab.Rows)
				}
				if got.Receipt.ID != x.ID {
					t.Errorf("draw %s", got.Receipt.ID)
				}
				return err
			})
		})
		return n, err
	}
	if n, err := fetch(); err != nil || n != 3 {
		t.Errorf("karl's list: %d rows, %v", n, err)
	}
	if _, err := fetch(); err == nil {
		t.Error("it can be fetched twice")
	}
	h.do("karl", func(d *desk.Desk) error {
		ms, err := d.Members(desk.Query{})
		if len(ms) > 0 || len(d.State().InScope(handle("karl"), d.Today())) > 0 {
			t.Errorf("karl reads %d members, %v", len(ms), err)
		}
		if len(d.News().Lists) > 0 {
			t.Error("it is still said to lie ready")
		}
		return nil
	})
}

// topics are the proposals that wait for the secretariat.
func (h *house) topics() (out []string, err error) {
	err = h.as("sec", func(d *desk.Desk) error {
		ps, err := d.Inbox(ctx)
		for _, p := range ps {
			out = append(out, p.Topic)
		}
		return err
	})
	return out, err
}

// nordicHouse is a register under Nei til EU's pack: ingrid is the county user of
// Akershus, liv the leader of the local branch in Asker.
func nordicHouse(t *testing.T, edits ...string) *house {
	t.Helper()
	h := countyHouse(t, edits...)
	h.join("liv", "asker", "local-leader")
	for _, m := range []struct {
		u                          register.UnitID
		given, family, city, phone string
	}{
		{"asker", "Åse", "Kvåle", "Asker", "+4740000001"}, {"asker", "Nils", "Eira", "Heggedal", "+4740000002"},
		{"nesodden", "Ragna", "Fossli", "Nesodden", "+4740000003"}, {"senja", "Odd", "Nakken", "Senja", "+4740000004"},
	} {
		h.added("sec", m.u, person(m.given, m.family, fields{"city": record.Text(m.city), "phone": record.Text(m.phone)}))
	}
	return h
}

// akershus is a list of the county's and its branches' members.
func akershus(purpose string) desk.DrawOptions {
	return listOf(purpose, "akershus", "asker", "nesodden")
}

// N04: each mailing, phone round or activity gets a list of its own: a list is for one
// purpose, which its receipt, its columns and its first row say, and another is
// another draw.
func TestN04NewListEach(t *testing.T) {
	t.Parallel()
	h := nordicHouse(t)
	ids := map[register.RecordID]bool{}
	for purpose, says := range map[string]string{"mailing": "Utsending", "phone-round": "Ringerunde", "activity": "Aktivitet"} {
		taken, l := h.drawn("ingrid", akershus(purpose))
		ids[taken.Receipt.ID] = true
		if taken.Receipt.Purpose != purpose || !strings.Contains(l.Notice, ": "+says+".") {
			t.Errorf("%s: %q", purpose, l.Notice)
		}
		if has := slices.Contains(taken.Receipt.Columns, "street"); has != (purpose == "mailing") {
			t.Errorf("%s has %q", purpose, taken.Receipt.Columns)
		}
	}
	if len(ids) != 3 || len(h.receipts()) != 3 {
		t.Errorf("%d receipts", len(h.receipts()))
	}
	h.refusedDraw("ingrid", akershus(""), "purpose")
}

// freshness is what is known of a list on the day.
func (h *house) freshness(who string, id register.RecordID) (f *desk.Freshness) {
	h.t.Helper()
	h.do(who, func(d *desk.Desk) (err error) { f, err = d.FreshDraw(ctx, id); return err })
	return f
}

// N05: when somebody on a list has left, the list is not used any more; and who has
// left is on no new one. Who moves out of the units of the list counts as well. Of
// those who are not on it, nothing is said.
func TestN05NobodyWhoLeft(t *testing.T) {
	t.Parallel()
	h := nordicHouse(t)
	gone := h.added("sec", "asker", person("Kjell", "Moe", fields{"phone": record.Text("+4740000005")}))
	only := akershus("phone-round")
	only.Where = func(m *desk.Member) (bool, error) { return m.Path.ID != gone, nil }
	without, _ := h.drawn("ingrid", only)
	with, l := h.drawn("ingrid", akershus("phone-round"))
	if !slices.Contains(families(l), "Moe") || h.freshness("ingrid", with.Receipt.ID).Stale() {
		t.Fatal("a fresh list is stale, or without him")
	}
	h.do("sec", func(d *desk.Desk) error { _, _, err := d.CloseMember(ctx, gone, "left", false); return err })
	for who, exact := range map[string]bool{"ingrid": true, "sec": true} {
		if f := h.freshness(who, with.Receipt.ID); !f.Stale() || f.Left != 1 || f.Exact != exact {
			t.Errorf("%s: the list that names him: %+v", who, f)
		}
		if f := h.freshness(who, without.Receipt.ID); f.Stale() {
			t.Errorf("%s: the list that does not: %+v", who, f)
		}
	}
	if _, l := h.drawn("ingrid", akershus("phone-round")); slices.Contains(families(l), "Moe") {
		t.Error("he is on a new list")
	}
	h.do("sec", func(d *desk.Desk) error { _, err := d.Erase(ctx, []register.RecordID{gone}); return err })
	if f := h.freshness("ingrid", with.Receipt.ID); f.Left != 1 || !f.Exact {
		t.Errorf("after his erasure: %+v", f)
	}
}

// N07: a list may be used on the day after it was taken out, and not on the one
// after that.
func TestN07ADay(t *testing.T) {
	t.Parallel()
	h := nordicHouse(t)
	taken, _ := h.drawn("ingrid", akershus("activity"))
	for day, stale := range []bool{false, false, true} {
		if f := h.freshness("ingrid", taken.Receipt.ID); f.Stale() != stale || f.Old != stale {
			t.Errorf("after %d days: %+v", day, f)
		}
		h.now = h.now.AddDate(0, 0, 1)
	}
}

// N08, N47: a list leaves the register as a workbook that opens with its password and
// not without, or sealed to its receiver: in neither stands a name in the clear.
func TestN08Encrypted(t *testing.T) { testEncrypted(t) }
func TestN47Password(t *testing.T)  { testEncrypted(t) }

func testEncrypted(t *testing.T) {
	t.Parallel()
	h := nordicHouse(t)
	book, _ := h.drawn("ingrid", akershus("phone-round"))
	if n := len(book.Password); n < 16 || len(h.table(book, "ingrid").Rows) != 3 {
		t.Errorf("a password of %d characters", n)
	}
	if _, err := officecrypt.Open(book.File, "wrong"+book.Password); err == nil {
		t.Error("it opens with another password")
	}
	text := akershus("phone-round")
	text.Format = access.FormatCSV
	csv, _ := h.drawn("ingrid", text)
	if len(h.table(csv, "ingrid").Rows) != 3 || csv.Password != "" {
		t.Error("the sealed csv")
	}
	if _, err := seal.OpenList(csv.File, actor("sec").Ages()); err == nil {
		t.Error("it opens for others")
	}
	for _, file := range [][]byte{book.File, csv.File} {
		for _, name := range []string{"Kvåle", "Fossli", "+4740000003"} {
			if bytes.Contains(file, []byte(name)) || bytes.Contains(file, utf16le(name)) {
				t.Error("a name stands in the clear")
			}
		}
	}
	if !bytes.Contains(book.File, utf16le("EncryptedPackage")) {
		t.Error("the workbook is no protected one")
	}
	short := akershus("phone-round")
	short.Password = "elleve tegn"
	if _, _, err := h.draw("ingrid", short); err == nil {
		t.Error("a password of 11 characters is taken")
	}
	short.Password = "tolv tegn her"
	own, _ := h.drawn("ingrid", short)
	if own.Password != short.Password || len(h.table(own, "").Rows) != 3 {
		t.Error("her own password")
	}
	for _, x := range h.receipts() {
		if b := x.Receipt.Encode(); bytes.Contains(b, []byte(book.Password)) || bytes.Contains(b, []byte(short.Password)) {
			t.Error("a password stands in a receipt")
		}
	}
}

func utf16le(s string) (out []byte) {
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return out
}

// N09: a list is shredded after use: the days are counted from the day of what it was
// for, and stand in the receipt's path and in its first row.
func TestN09AfterUse(t *testing.T) {
	t.Parallel()
	h := nordicHouse(t)
	o := akershus("activity")
	o.Use = "2026-03-20"
	taken, l := h.drawn("ingrid", o)
	if taken.Receipt.Day != "2026-03-27" || !strings.Contains(l.Notice, "2026-03-27") || !strings.Contains(taken.Receipt.Path().String(), "/draws/2026-03-27/") {
		t.Errorf("until %s: %q", taken.Receipt.Day, l.Notice)
	}
	o.Until = "2026-03-28"
	h.refusedDraw("ingrid", o, "until")
	h.do("sec", func(*desk.Desk) error { return nil })
	h.now = h.now.AddDate(0, 0, 30)
	if x := h.receipts()[0]; !x.Overdue {
		t.Error("nobody has shredded it, and it is not overdue")
	}
}

// N10: a list goes to an officer who may see these members and fields herself, says
// so, and can be known again: a copy names the draw that it comes from.
func TestN10NotPassedOn(t *testing.T) {
	t.Parallel()
	h := nordicHouse(t)
	o := akershus("phone-round")
	o.For = handle("liv")
	h.refusedDraw("ingrid", o, "receiver")
	o.For = handle("sec")
	taken, l := h.drawn("ingrid", o)
	if !strings.Contains(l.Notice, "Den sendes ikke videre.") {
		t.Errorf("notice %q", l.Notice)
	}
	for i := range 12 {
		h.added("sec", "asker", person("Test", "Moe"+strings.Repeat("n", i)))
	}
	h.do("ingrid", func(*desk.Desk) error { return nil })
	taken, l = h.drawn("ingrid", o)
	for range 3 {
		h.drawn("ingrid", o)
	}
	h.do("sec", func(d *desk.Desk) error {
		found, err := d.Identify(l.Header, l.Rows[1:]) // one was deleted
		if err == nil && (found.Draw == nil || found.Draw.ID != taken.Receipt.ID) {
			t.Errorf("identified %+v", found.Draw)
		}
		return err
	})
}

// N25: counties and local branches order lists of their own members; a local branch
// gets those of the branch, a county those of its branches too.
func TestN25Order(t *testing.T) {
	t.Parallel()
	h := nordicHouse(t)
	h.join("tor", "akershus", "county-board")
	for who, want := range map[string]struct {
		kind, purpose string
		rows          int
	}{"liv": {"local-list", "activity", 2}, "tor": {"county-list", "mailing", 3}} {
		var topic string
		h.do(who, func(d *desk.Desk) error {
			s, err := d.RequestList(ctx, desk.ListRequestOptions{Kind: want.kind, Purpose: want.purpose})
			if err == nil {
				topic = s.Topic
			}
			return err
		})
		h.do("sec", func(d *desk.Desk) error {
			taken, err := d.ApproveList(ctx, topic, desk.Approval{}, asXLSX)
			if err == nil && taken.Receipt.Count != want.rows {
				t.Errorf("%s gets %d members, want %d", who, taken.Receipt.Count, want.rows)
			}
			return err
		})
	}
	err := h.as("liv", func(d *desk.Desk) error {
		_, err := d.RequestList(ctx, desk.ListRequestOptions{Kind: "county-list", Purpose: "mailing"})
		return err
	})
	if err != desk.ErrMayNotAsk {
		t.Errorf("a branch orders the county's: %v", err)
	}
}

// N26: county users take out lists of their county themselves, and of no other.
func TestN26CountyDraws(t *testing.T) {
	t.Parallel()
	h := nordicHouse(t)
	_, l := h.drawn("ingrid", akershus("mailing"))
	if got := families(l); !slices.Equal(got, []string{"Eira", "Fossli", "Kvåle"}) {
		t.Errorf("on the list: %q", got)
	}
	h.refusedDraw("ingrid", listOf("mailing", "senja"), "by")
	if _, _, err := h.draw("liv", listOf("mailing", "asker")); err == nil {
		t.Error("a branch takes one out")
	}
}

// N32: each list that a county user takes out has a receipt on main, which says who,
// when, for what, of whom, what stood in it, and how many it named; no name.
func TestN32Receipt(t *testing.T) {
	t.Parallel()
	h := nordicHouse(t)
	taken, _ := h.drawn("ingrid", akershus("phone-round"))
	list := h.receipts()
	if len(list) != 1 {
		t.Fatalf("%d receipts on main", len(list))
	}
	r := list[0].Receipt
	if r.ID != taken.Receipt.ID || r.By != handle("ingrid") || r.Drawn != "2026-03-02" || r.Unit != "akershus" || r.Count != 3 || r.Format != access.FormatXLSX ||
		!slices.Equal(slices.Sorted(slices.Values(r.Columns)), []string{"family", "given", "phone"}) || list[0].Waits {
		t.Errorf("receipt %+v", r)
	}
	for _, name := range []string{"Kvåle", "Eira", "+4740000001"} {
		if bytes.Contains(r.Encode(), []byte(name)) {
			t.Error("a name stands in the receipt")
		}
	}
}

// N45: a list has the columns that its purpose needs; more need a reason, which is
// sealed; and columns that the officer does not see she does not get.
func TestN45NoMoreThanNeeded(t *testing.T) {
	t.Parallel()
	h := nordicHouse(t)
	o := akershus("phone-round")
	o.Columns = []string{"given", "phone"}
	taken, l := h.drawn("ingrid", o)
	if len(l.Header) != 2 || len(taken.Receipt.Beyond) > 0 {
		t.Errorf("columns %q", l.Header)
	}
	o.Columns = []string{"given", "phone", "city"}
	if _, _, err := h.draw("ingrid", o); err != desk.ErrDrawReason {
		t.Errorf("more, without a reason: %v", err)
	}
	o.Reason = "Ringer etter kommune"
	taken, l = h.drawn("ingrid", o)
	if !slices.Equal(taken.Receipt.Beyond, []string{"city"}) || len(l.Header) != 3 || bytes.Contains(taken.Receipt.Encode(), []byte("kommune")) {
		t.Errorf("receipt %+v", taken.Receipt)
	}
	o.Columns = []string{"given", "nosuch"}
	h.refusedDraw("ingrid", o, "columns")
	blind := nordicHouse(t, "lists.yaml: other-columns: reason → other-columns: refuse")
	blind.refusedDraw("ingrid", func() desk.DrawOptions { o.Columns = []string{"given", "city"}; return o }(), "columns")
}

// N46: a list has exactly those members for whom its condition holds, and its receipt
// says that it does not have all.
func TestN46Filtered(t *testing.T) {
	t.Parallel()
	h := nordicHouse(t)
	for i := range 40 {
		h.added("sec", "asker", person("Test", "Etternavn"+string(rune('a'+i%26)), fields{"city": record.Text([]string{"Asker", "Heggedal", "Vollen"}[i%3])}))
	}
	for _, city := range []string{"Asker", "Heggedal", "Vollen", "Nesodden"} {
		o := akershus("mailing")
		o.Where = func(m *desk.Member) (bool, error) { return m.Record.Fields["city"].String() == city, nil }
		taken, l := h.drawn("ingrid", o)
		var want []string
		h.do("sec", func(d *desk.Desk) error {
			ms, err := d.Members(desk.Query{Units: []register.UnitID{"akershus", "asker", "nesodden"}})
			for _, m := range ms {
				if m.Record.Fields["city"].String() == city {
					want = append(want, m.Record.Fields["family"].String())
				}
			}
			return err
		})
		slices.Sort(want)
		if got := families(l); !slices.Equal(got, want) || !taken.Receipt.Filtered || taken.Receipt.Count != len(want) {
			t.Errorf("%s: %d members, want %d", city, len(got), len(want))
		}
	}
	if taken, _ := h.drawn("ingrid", akershus("mailing")); taken.Receipt.Filtered {
		t.Error("a whole list says that it is filtered")
	}
	none := akershus("mailing")
	none.Where = func(*desk.Member) (bool, error) { return false, nil }
	before := len(h.receipts())
	if taken, _, err := h.draw("ingrid", none); err != desk.ErrDrawNobody || taken != nil || len(h.receipts()) != before {
		t.Errorf("nobody: %v", err)
	}
}

// P26: a list and its password never go the same way: the receipt takes the one and
// the other only where they differ.
func TestP26SeparateWays(t *testing.T) {
	t.Parallel()
	h := poskHouse(t, "lists.yaml: by: [diocese-officer, local-officer] → by: [diocese-officer, local-officer]\n  - {id: list, name: {sv: Lista}, columns: [given, family]}")
	h.join("anna", "vaxjo", "diocese-officer")
	h.added("sec", "alvesta", person("Åsa", "Öberg"))
	taken, _ := h.drawn("anna", listOf("list", "alvesta"))
	h.do("sec", func(*desk.Desk) error { return nil })
	sent := func(file, password string) error {
		return h.as("anna", func(d *desk.Desk) error {
			_, err := d.SentDraw(ctx, string(taken.Receipt.ID), file, password)
			return err
		})
	}
	if err := sent("email", "email"); err != desk.ErrSameWay {
		t.Errorf("both by e-mail: %v", err)
	}
	h.must(sent("email", ""))
	if err := sent("", "email"); err != desk.ErrSameWay {
		t.Errorf("the password by e-mail too: %v", err)
	}
	h.must(sent("", "phone"))
	x := h.receipts()[0].Receipt
	if len(x.Sent) != 2 || x.Sent[0].Way != "email" || x.Sent[1].Way != "phone" {
		t.Errorf("receipt %+v", x.Sent)
	}
}
