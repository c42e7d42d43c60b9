package rules

import (
	"testing"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
)

// N58: the secretariat enters a member without an e-mail address; an officer does
// not, neither with her own tool nor with one that asks nothing.
func TestN58WithoutEmail(t *testing.T) {
	t.Parallel()
	h := countyHouse(t)
	h.added("sec", "asker", person("Nils", "Eira"))
	_, err := h.add("ingrid", "asker", person("Berit", "Somby"))
	errorIs[*desk.FaultsError](t, err, "her tool")
	r := &record.Record{ID: register.NewRecordID(), Unit: "asker", Rev: 1, Fields: person("Berit", "Somby")}
	errorIs[*desk.FaultsError](t, h.merge(h.forge("ingrid", "add", r, "given", "family")), "the merge")
	with := &record.Record{ID: register.NewRecordID(), Unit: "asker", Rev: 1, Fields: person("Berit", "Somby", fields{"email": record.Text("berit@example.org")})}
	h.must(h.merge(h.forge("ingrid", "add", with, "given", "family", "email")))
}
