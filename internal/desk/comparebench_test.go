package desk

import (
	"fmt"
	"os"
	"testing"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// A list of 2,000 rows against 20,000 records, once these are open.
func BenchmarkCompare2000(b *testing.B) {
	names := []string{"Åse", "Kari", "Per", "Liv", "Søren", "Astrid", "Gunnar", "Máret", "Johan", "Karin", "Eva"}
	families := []string{"Kvåle", "Dahl", "Lie", "Ødegård", "Sørensen", "Nygård", "Bakken", "Utsi", "Næss"}
	person := func(i int) map[string]record.Value {
		return map[string]record.Value{
			"given": record.Text(names[i%len(names)]), "family": record.Text(families[i/7%len(families)]),
			"born":  record.Text(fmt.Sprintf("%d-%02d-%02d", 1930+i%80, 1+i%12, 1+i/3%28)),
			"email": record.Text(fmt.Sprintf("p%d@example.org", i)), "phone": record.Text(fmt.Sprintf("+47 400 %05d", i)),
			"postcode": record.Text(fmt.Sprintf("%04d", 100+i%900)), "street": record.Text(fmt.Sprintf("Storgata %d", i%90)),
		}
	}
	var ms []*Member
	for i := range 20_000 {
		id := register.NewRecordID()
		ms = append(ms, &Member{Path: register.Path{Kind: register.Member, Unit: "asker", ID: id}, Record: &record.Record{ID: id, Unit: "asker", Fields: person(i)}})
	}
	var rows []map[string]record.Value
	for i := range 2000 {
		rows = append(rows, person(19_000+i)) // half of them are there
	}
	b.ResetTimer()
	for b.Loop() {
		c := newCrowd(ms)
		same, fresh := 0, 0
		for _, is := range c.compare("asker", rows) {
			switch is.Status {
			case CompareSame:
				same++
			case CompareNew:
				fresh++
			}
		}
		if same != 1000 || fresh == 0 {
			b.Fatalf("%d the same, %d new", same, fresh)
		}
	}
}

// The tokens of a record are those of the format's vector.
func TestTokenVector(t *testing.T) {
	text, err := os.ReadFile("../seal/testdata/tokens.yaml")
	if err != nil {
		t.Fatal(err)
	}
	x, err := seal.ParseTokens(text)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]record.Value{
		"given": record.Text("Åse"), "family": record.Text("Kvåle"), "born": record.Text("1961-03-07"), "email": record.Text("Aase@example.org"),
		"phone": record.Text("+47 400 00 001"), "postcode": record.Text("1384"),
	}
	if got := tokenList(&record.Record{Fields: fields}, x.Secret); got != x.People["m4k7aaaaaaaaa"] {
		t.Errorf("tokens %q, want %q", got, x.People["m4k7aaaaaaaaa"])
	}
	if got := tokenList(&record.Record{}, x.Secret); got != x.People["bqaaaaaaaaaaa"] {
		t.Errorf("no fields: %q", got)
	}
}
