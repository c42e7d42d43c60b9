package rules

import (
	"errors"
	"slices"
	"testing"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
)

// countyHouse is a register under the pack in which ingrid is the county user of
// Akershus. How she was appointed, and how identities are protected, is not what
// these tests are about.
func countyHouse(t *testing.T, edits ...string) *house {
	t.Helper()
	h := openHouse(t, "neitileu", append([]string{
		"access.yaml:     second-factor: [passphrase, plugin]\n → ",
		"access.yaml:     second-factor: [passphrase, plugin]\n → ",
		"access.yaml:     appointed: {by: [county-board]}\n → ",
		"access.yaml:     guide: → ", `access.yaml:       version: "1.0"` + "\n → ",
	}, edits...)...)
	h.join("ingrid", "akershus", countyUser)
	return h
}

// N03: what a county corrects is what the secretariat sees at once when it is merged,
// in the same record.
func TestN03CentralView(t *testing.T) {
	t.Parallel()
	h := countyHouse(t)
	id := h.added("sec", "asker", person("Nils", "Eira", fields{"street": record.Text("Storgata 1")}))
	h.do("ingrid", func(d *desk.Desk) error {
		_, err := d.Edit(ctx, id, fields{"street": record.Text("Kirkeveien 8")})
		return err
	})
	if got := h.record(id).Fields["street"].String(); got != "Storgata 1" {
		t.Errorf("before the merge: %q", got)
	}
	h.must(h.merge(h.submit("ingrid")))
	for _, who := range []string{"sec", "ingrid"} {
		h.do(who, func(d *desk.Desk) error {
			ms, err := d.Members(desk.Query{Closed: true})
			if err == nil && (len(ms) != 1 || ms[0].Path.ID != id || ms[0].Record.Fields["street"].String() != "Kirkeveien 8") {
				t.Errorf("%s sees %d members, or the old address", who, len(ms))
			}
			return err
		})
	}
}

// N34: the secretariat verifies at the merge that a county changed what it said that it
// changed: neither less, nor something else under the name of a street.
func TestN34Declared(t *testing.T) {
	t.Parallel()
	h := countyHouse(t)
	id := h.added("sec", "asker", person("Nils", "Eira", fields{"street": record.Text("Storgata 1"), "paid": record.Text("2025")}))
	street := fields{"street": record.Text("Kirkeveien 8")}
	paid := fields{"paid": record.Text("2026")}
	both := fields{"street": record.Text("Kirkeveien 8"), "paid": record.Text("2026")}

	err := h.as("ingrid", func(d *desk.Desk) error { _, err := d.Edit(ctx, id, paid); return err })
	if !errors.Is(err, desk.ErrNotAllowed) {
		t.Errorf("her tool: %v", err)
	}
	errorIs[*desk.FindingsError](t, h.merge(h.forge("ingrid", "edit", h.changed(id, paid), "paid")), "the check")
	errorIs[*desk.FindingsError](t, h.merge(h.forge("ingrid", "edit", h.changed(id, street))), "the check, of silence")
	errorIs[*desk.DeclaredError](t, h.merge(h.forge("ingrid", "edit", h.changed(id, paid), "street")), "another field")
	errorIs[*desk.DeclaredError](t, h.merge(h.forge("ingrid", "edit", h.changed(id, both), "street")), "one field more")
	errorIs[*desk.DeclaredError](t, h.merge(h.forge("ingrid", "edit", h.changed(id, street), "phone", "street")), "one field less")
	if got := h.record(id).Fields["paid"].String(); got != "2025" {
		t.Errorf("paid %q", got)
	}

	h.must(h.merge(h.forge("ingrid", "edit", h.changed(id, street), "street")))
	if got := h.record(id).Fields["street"].String(); got != "Kirkeveien 8" {
		t.Errorf("street %q", got)
	}
	undeclared := countyHouse(t, "access.yaml: declare-fields: true → declare-fields: false") // the merge sees it all the same
	id = undeclared.added("sec", "asker", person("Nils", "Eira"))
	if err := undeclared.merge(undeclared.forge("ingrid", "edit", undeclared.changed(id, paid))); err == nil {
		t.Error("a county says what is paid")
	}
	undeclared.must(undeclared.merge(undeclared.forge("ingrid", "edit", undeclared.changed(id, street))))
}

// N60: a member whom a county proposes is on no list of the secretariat's until it has
// merged her; a proposal that it rejects leaves nobody.
func TestN60PendingOnNoList(t *testing.T) {
	t.Parallel()
	h := countyHouse(t)
	listed := func(who string) (out []desk.Status) {
		h.do(who, func(d *desk.Desk) error {
			ms, err := d.Members(desk.Query{})
			for _, m := range ms {
				out = append(out, m.Status)
			}
			return err
		})
		return out
	}
	h.added("ingrid", "asker", person("Nils", "Eira", fields{"email": record.Text("nils.eira@example.org")}))
	topic := h.submit("ingrid")
	if got := listed("ingrid"); !slices.Equal(got, []desk.Status{desk.Submitted}) {
		t.Errorf("the county sees %q, want somebody who waits", got)
	}
	if got := listed("sec"); len(got) > 0 {
		t.Errorf("the secretariat lists %q", got)
	}
	err := h.as("ingrid", func(d *desk.Desk) error { _, err := d.Merge(ctx, topic, nil); return err })
	if !errors.Is(err, desk.ErrSecretariat) {
		t.Errorf("a county merges its own proposal: %v", err)
	}
	h.must(h.merge(topic))
	if got := listed("sec"); !slices.Equal(got, []desk.Status{desk.Merged}) {
		t.Errorf("the secretariat lists %q", got)
	}
}
