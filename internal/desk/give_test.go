package desk_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// one seat, and what a member officer's access asks for.
const (
	memberOfficer = "    may: [read, add, edit, request, activity, draw, send]\n    seats: {min: 1, max: 2}\n\n  # The treasurer"
	oneSeat       = "    may: [read, add, edit, request]\n    seats: {min: 0, max: 1}\n"
)

func (o *office) asking(asks string) { o.amend(memberOfficer, oneSeat+asks+"\n  # The treasurer") }

func (o *office) grant(g desk.GrantOptions) (*desk.Given, error) {
	var out *desk.Given
	err := o.as("sec", func(d *desk.Desk) error {
		var err error
		out, err = d.Grant(ctx, g)
		return err
	})
	return out, err
}

func (o *office) reads(who string, unit register.UnitID) (yes bool) {
	o.do("sec", func(d *desk.Desk) error {
		yes = slices.Contains(d.State().Readers(unit, register.DayOf(o.now)), o.ids[who].Handle())
		return nil
	})
	return yes
}

func document(t *testing.T, kind, text string) *desk.Document {
	t.Helper()
	d, err := desk.NewDocument(kind, "txt", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A successor ends her predecessor in the same commit; where she begins later, on
// the day before that, so that no day has nobody or both.
func TestSuccessor(t *testing.T) {
	o := newOffice(t)
	o.asking("")
	o.join("kari", "asker", "member-officer")
	nils := desk.GrantOptions{Unit: "asker", Officer: desk.OfficerOf(o.identity("nils")), Terms: desk.Terms{Office: "member-officer", From: register.DayOf(o.now).Add(30)}}
	_, err := o.grant(nils)
	var full *desk.ReplaceError
	if !errors.As(err, &full) || full.TooMany != 1 || !slices.Equal(full.Full, []register.Handle{o.ids["kari"].Handle()}) {
		t.Fatalf("two in one seat: %v", err)
	}
	nils.Replace = true
	given, err := o.grant(nils)
	if err != nil || len(given.Ended) != 1 || given.Ended[0].After != nils.Terms.From.Add(-1) {
		t.Fatalf("%+v, %v", given, err)
	}
	for _, tt := range []struct {
		day        int
		kari, nils bool
	}{{0, true, false}, {29, true, false}, {30, false, true}} {
		day := nils.Terms.From.Add(tt.day - 30)
		o.do("sec", func(d *desk.Desk) error {
			readers := d.State().Readers("asker", day)
			if slices.Contains(readers, o.ids["kari"].Handle()) != tt.kari || slices.Contains(readers, o.ids["nils"].Handle()) != tt.nils {
				t.Errorf("day %d: read by %v", tt.day, readers)
			}
			return nil
		})
	}
}

// A grant whose guide is not acknowledged takes nobody's seat. Where the seat is
// taken, its officer's word comes in an appointment, and her predecessor's access
// ends in the same commit.
func TestWordAndSeat(t *testing.T) {
	o := newOffice(t)
	o.asking("    guide: {version: \"1.0\"}\n")
	o.join("kari", "asker", "member-officer")
	accept := func(who string) error {
		return o.as(who, func(d *desk.Desk) error { _, _, err := d.AcknowledgeGuides(ctx); return err })
	}
	if err := accept("kari"); err != nil {
		t.Fatal(err)
	}
	o.do("sec", func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
	if !o.reads("kari", "asker") {
		t.Fatal("an acknowledged guide was not taken in by itself")
	}
	o.join("nils", "asker", "member-officer")
	if o.reads("nils", "asker") || !o.reads("kari", "asker") {
		t.Fatal("a grant that waits changes who reads")
	}
	if err := accept("nils"); err == nil {
		t.Error("two in one seat")
	}
	var ap *desk.Appointment
	nils := o.ids["nils"]
	o.do("nils", func(d *desk.Desk) error {
		var err error
		ap, err = desk.Appoint(d.State(), d.Today(), desk.AppointOptions{Unit: "asker", Handle: nils.Handle(), Terms: desk.Terms{Office: "member-officer"}})
		if err != nil {
			return err
		}
		can, _, err := ap.Endorsements(desk.EndorseOptions{Handle: nils.Handle(), State: d.State(), Day: d.Today()})
		if err != nil {
			return err
		}
		return ap.Sign(nils.Signer(), nils.Ages(), nils.Handle(), can, d.Today())
	})
	if _, err := o.grant(desk.GrantOptions{Appointment: ap}); !errors.As(err, new(*desk.ReplaceError)) {
		t.Errorf("without a word on Kari: %v", err)
	}
	given, err := o.grant(desk.GrantOptions{Appointment: ap, End: []register.Handle{o.ids["kari"].Handle()}})
	if err != nil || len(given.Lacks) > 0 || len(given.Ended) != 1 {
		t.Fatalf("%+v, %v", given, err)
	}
	if !o.reads("nils", "asker") || o.reads("kari", "asker") {
		t.Error("the successor did not end her predecessor")
	}
}

// What is gathered later completes the grant that waits, with the day on which it
// was to begin; an appointment that nobody took in before its first day is too late.
func TestCompletedLater(t *testing.T) {
	o := newOffice(t)
	o.asking("    guide: {version: \"1.0\"}\n    needs: [document]\n")
	o.join("kari", "asker", "member-officer")
	first := register.DayOf(o.now)
	o.do("kari", func(d *desk.Desk) error { _, _, err := d.AcknowledgeGuides(ctx); return err })
	o.day(3)
	given, err := o.grant(desk.GrantOptions{Unit: "asker", Handle: o.ids["kari"].Handle(), Terms: desk.Terms{Office: "member-officer"},
		Documents: []*desk.Document{document(t, "document", "Vedtak i styret")}})
	if err != nil || given.Grant.From != first || len(given.Lacks) > 0 || !o.reads("kari", "asker") {
		t.Fatalf("%+v, %v", given, err)
	}
	late := o.identity("nils")
	var ap *desk.Appointment
	o.do("sec", func(d *desk.Desk) error {
		ap, err = desk.Appoint(d.State(), d.Today(), desk.AppointOptions{Unit: "karasjok", Officer: desk.OfficerOf(late), Terms: desk.Terms{Office: "member-officer"}})
		return err
	})
	o.day(1)
	if _, err := o.grant(desk.GrantOptions{Appointment: ap}); !errors.Is(err, desk.ErrFirstDayPast) {
		t.Errorf("too late: %v", err)
	}
}

// ATTACK: an exception with a reason that says nothing, or that is copied from
// another grant. At stake: access that nobody has thought about. The test proves
// that the text is judged where it can be read, also against grants that ended.
func TestReasons(t *testing.T) {
	o := newOffice(t)
	o.asking("    needs: [reason]\n")
	grant := func(who, reason string, replace bool) error {
		if o.ids[who] == nil {
			o.identity(who)
		}
		g := desk.GrantOptions{Unit: "asker", Officer: desk.OfficerOf(o.ids[who]), Terms: desk.Terms{Office: "member-officer"}, Replace: replace}
		if reason != "" {
			g.Documents = append(g.Documents, document(t, "reason", reason))
		}
		_, err := o.grant(g)
		return err
	}
	const why = "Kari er den einaste som kan bokmål i styret."
	if err := grant("kari", "fordi", false); !errors.Is(err, desk.ErrReasonShort) {
		t.Errorf("a short reason: %v", err)
	}
	if err := grant("kari", "a"+strings.Repeat(" ", 40)+"b", false); !errors.Is(err, desk.ErrReasonShort) {
		t.Errorf("spaces for a reason: %v", err)
	}
	if err := grant("kari", why, false); err != nil {
		t.Fatal(err)
	}
	if !o.reads("kari", "asker") {
		t.Error("with a reason she has no access")
	}
	for _, copied := range []string{why, "  KARI er den einaste\nsom kan bokmål i styret. "} {
		if err := grant("nils", copied, true); !errors.Is(err, desk.ErrReasonSame) {
			t.Errorf("a copied reason: %v", err)
		}
	}
	o.do("sec", func(d *desk.Desk) error { return d.Revoke(ctx, "asker", o.ids["kari"].Handle()) })
	if err := grant("nils", why, true); !errors.Is(err, desk.ErrReasonSame) {
		t.Errorf("the reason of a grant that has ended: %v", err)
	}
	if err := grant("nils", "Nils tek over etter Kari frå i dag.", true); err != nil {
		t.Error(err)
	}
}

// ATTACK: a document is swapped, or an appointment is changed, on its way. At
// stake: what people have signed. The test proves that nothing but what was signed
// becomes a grant, and that a document of some MiB does.
func TestAppointmentFile(t *testing.T) {
	o := newOffice(t)
	o.amend("\noffices:\n", "\nsigners:\n  - {id: national, name: {sv: n, da: n, nb: n, en: n}, offices: [secretariat], of: top}\noffices:\n")
	o.asking("    evidence: [{id: agreement, name: {sv: a, da: a, nb: a, en: a}, signed-by: [appointee, national]}]\n")
	kari := o.identity("kari")
	pdf := "%PDF" + strings.Repeat("Kvitkål og rødbete\x00\xff#\n", 150_000)
	var ap *desk.Appointment
	o.do("sec", func(d *desk.Desk) error {
		var err error
		ap, err = desk.Appoint(d.State(), d.Today(), desk.AppointOptions{Unit: "asker", Officer: desk.OfficerOf(kari),
			Terms: desk.Terms{Office: "member-officer"}, Documents: []*desk.Document{document(t, "agreement", pdf)}})
		return err
	})
	file := ap.Encode()
	if bytes.Contains(file, []byte("Kvitkål")) {
		t.Fatal("the document can be read in the file")
	}
	read := func(b []byte) *desk.Appointment {
		t.Helper()
		a, err := desk.ParseAppointment(b)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if !bytes.Equal(read(bytes.ReplaceAll(file, []byte("\n"), []byte("\r\n"))).Encode(), file) {
		t.Error("mail changes it")
	}
	sign := func(a *desk.Appointment, who string) {
		t.Helper()
		id := o.ids[who]
		can, _, err := a.Endorsements(desk.EndorseOptions{Handle: id.Handle(), Day: register.DayOf(o.now)})
		if err == nil {
			err = a.Sign(id.Signer(), id.Ages(), id.Handle(), can, register.DayOf(o.now))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	hers, theirs := read(file), read(file)
	sign(hers, "kari")
	sign(theirs, "sec")
	if err := hers.Join(theirs); err != nil || len(hers.Missing(nil, "2026-03-02")) != 0 {
		t.Fatalf("joined: %v, missing %v", err, hers.Missing(nil, "2026-03-02"))
	}
	stranger := o.identity("eve")
	if _, err := hers.Document("agreement", stranger.Ages()); !errors.Is(err, seal.ErrNotReader) {
		t.Errorf("a stranger opens it: %v", err)
	}

	refused := func(what string, change func(a *desk.Appointment)) {
		t.Helper()
		a := read(hers.Encode())
		change(a)
		if _, err := o.grant(desk.GrantOptions{Appointment: a}); err == nil {
			t.Errorf("%s became a grant", what)
		}
	}
	refused("another unit", func(a *desk.Appointment) { a.Grant.Unit = "karasjok" })
	refused("a longer time", func(a *desk.Appointment) { a.Grant.Until = "2030-01-01" })
	refused("another digest", func(a *desk.Appointment) { a.Grant.Evidence[0].Digest = strings.Repeat("0", 64) })
	refused("another's signature", func(a *desk.Appointment) { a.Grant.Signatures[0].Handle = stranger.Handle() })
	if _, err := desk.ParseAppointment(bytes.Replace(hers.Encode(), []byte("office: member-officer"), []byte("office: chair"), 1)); err != nil {
		t.Fatal(err)
	}
	refused("another office", func(a *desk.Appointment) { a.Grant.Office = "chair" })

	given, err := o.grant(desk.GrantOptions{Appointment: read(hers.Encode())})
	if err != nil || len(given.Lacks) > 0 {
		t.Fatalf("%+v, %v", given, err)
	}
	o.do("sec", func(d *desk.Desk) error {
		_, doc, err := d.OpenEvidence(given.Grant.Evidence[0].ID)
		if err == nil && (string(doc.Content) != pdf || doc.Kind != "agreement" || doc.Ending != "txt") {
			t.Error("another document came out")
		}
		return err
	})
	if _, err := desk.NewDocument("agreement", "pdf", make([]byte, seal.DocumentLimit+1)); err == nil {
		t.Error("a document without end")
	}
}

// A proposal that brings documents is not merged, and says what to do.
func TestEvidenceInProposal(t *testing.T) {
	o := newOffice(t)
	o.amend("\n# The most records", "\n  - id: registrar\n    name: {sv: r, da: r, nb: r, en: r}\n    level: national\n    scope: all\n    may: [read, grant]\n    seats: {min: 0, max: 2}\n\n# The most records")
	o.asking("    needs: [document]\n")
	o.join("rut", "national", "registrar")
	o.join("kari", "asker", "treasurer")
	o.do("rut", func(d *desk.Desk) error {
		if _, err := d.Sync(ctx); err != nil {
			return err
		}
		g := &access.Grant{Unit: "karasjok", Handle: o.ids["kari"].Handle(), Office: "member-officer", From: d.Today()}
		return d.DraftGrant(g, document(t, "document", "Vedtak"))
	})
	topic := o.submit("rut")
	o.do("sec", func(d *desk.Desk) error {
		_, err := d.Merge(ctx, topic, nil)
		if !errors.Is(err, desk.ErrEvidence) {
			t.Errorf("%v", err)
		}
		_, err = d.Reject(ctx, topic, "send the appointment file")
		return err
	})

	// Without documents a grant is taken in like anything else.
	o.do("rut", func(d *desk.Desk) error {
		_, err := d.Sync(ctx)
		return err
	})
	o.as("rut", func(d *desk.Desk) error { _, _, _, err := d.Undo(); return err })
}
