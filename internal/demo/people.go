// Package demo plays a month in the life of an invented federation with the
// real commands, in a folder of its own, and tells what happens in words that
// an outsider understands. Nothing in it is faked: what it prints is what the
// commands print.
package demo

import (
	"fmt"
	"strings"
)

// Units is the federation's tree, as medlem init reads it.
const Units = `units:
  - {id: national, level: national, name: Folkerørsla Prøve}
  - {id: akershus, level: region, name: Akershus, under: national}
  - {id: asker, level: branch, name: Asker, under: akershus}
  - {id: baerum, level: branch, name: Bærum, under: akershus}
  - {id: lillestrom, level: branch, name: Lillestrøm, under: akershus}
  - {id: finnmark, level: region, name: Finnmark, under: national}
  - {id: karasjok, level: branch, name: Kárášjohka, under: finnmark}
  - {id: alta, level: branch, name: Alta, under: finnmark}
`

// Name is the federation's name.
const Name = "Folkerørsla Prøve"

// An Officer of the invented federation.
type Officer struct {
	Who, Unit, Office string
}

// Officers returns the eight that hold an office on the first day; the first makes
// the register.
func Officers() []Officer {
	return []Officer{
		{"ingrid", "national", "secretariat"},
		{"torbjorn", "national", "secretariat"},
		{"solveig", "akershus", "region-officer"},
		{"aslak", "finnmark", "region-officer"},
		{"kari", "asker", "member-officer"},
		{"astrid", "asker", "chair"},
		{"per", "lillestrom", "member-officer"},
		{"ola", "karasjok", "chair"},
	}
}

// Branches returns the units that have members.
func Branches() []string {
	out := make([]string, len(lists))
	for i, l := range lists {
		out[i] = l.unit
	}
	return out
}

// lists says which officer brings which branch's list.
var lists = []struct{ who, unit string }{
	{"kari", "asker"}, {"solveig", "baerum"}, {"per", "lillestrom"}, {"ola", "karasjok"}, {"aslak", "alta"},
}

var (
	given  = []string{"Åse", "Bjørn", "Cecilie", "Dag", "Eli", "Frode", "Gunhild", "Håkon", "Inga", "Jorunn", "Kjell", "Liv", "Máret", "Nils", "Oddny", "Pål", "Ragnhild", "Sverre", "Tove", "Ulrik", "Vigdis", "Øystein"}
	family = []string{"Kvåle", "Bakke", "Dahl", "Eira", "Foss", "Guttorm", "Haugen", "Indrebø", "Juuso", "Kleven", "Lunde", "Myhre", "Næss", "Ødegård", "Råheim", "Sjøvik", "Tveit", "Utsi", "Vik", "Østby"}
	street = []string{"Storgata", "Kirkeveien", "Sjøgata", "Skolebakken", "Øvre Langgate"}
	post   = map[string][2]string{"asker": {"1383", "Asker"}, "baerum": {"1337", "Sandvika"}, "lillestrom": {"2000", "Lillestrøm"}, "karasjok": {"9730", "Karasjok"}, "alta": {"9510", "Alta"}}
)

// MembersEach is the number of members of each branch.
const MembersEach = 12

// List is a branch's member list, as a spreadsheet saves it: invented people
// with telephone numbers that nobody has.
func List(unit string) string {
	var b strings.Builder
	b.WriteString("Fornavn;Etternavn;Fødselsdato;Adresse;Postnr;Poststed;Mobil;E-post;Innmeldt\n")
	seed := 0
	for _, c := range []byte(unit) {
		seed = seed*31 + int(c)
	}
	for i := range MembersEach {
		n := seed + i*7
		g, f := given[n%len(given)], family[(n/3+i*5)%len(family)]
		if unit == "asker" && i == 0 {
			g, f = "Åse", "Kvåle" // whom the telling looks for
		}
		fmt.Fprintf(&b, "%s;%s;%02d.%02d.%d;%s %d;%s;%s;+47 400 %02d %03d;m%d.%s@example.no;%d-0%d-15\n",
			g, f, 1+n%28, 1+n%12, 1940+n%60, street[n%len(street)], 1+n%90, post[unit][0], post[unit][1],
			seed%100, 100+i, i, unit, 2005+n%20, 1+n%9)
	}
	return b.String()
}
