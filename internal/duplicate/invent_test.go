package duplicate

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Invented persons: common names are common, a quarter of them live in households
// that share street, telephone and mailbox, with twins and with sons called after
// their fathers.

var givenNames = strings.Fields("Anna Lars Maria Erik Karin Per Eva Anders Kristina Johan Lena Nils Birgitta Karl Ingrid Mikael Åse Søren Kjersti Ole Marit Bjørn Liv Arne Astrid Svein Anne Jan Solveig Tor Mette Jens Kirsten Peter Hanne Michael Hanna Emma Oliver William Noah Olivia Alice Kristian Christian Sofie Jakob Máret Áilu Elle Niillas Mohammed Fatima Ali Aisha Omar Zeynep Katarzyna Piotr Agnieszka Björn Håkan Gunnar Gudrun Åke Göran Jørgen Øyvind Sigrid Ragnhild Torbjørn Asbjørn Frida Ella Lukas Elias Leo Nora Jonas Emil Oscar Hugo Axel Filip Lucas Theodor Alma Ida Amalie Freja Clara Karla Viktor")

var familyNames = strings.Fields("Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson Jonsson Hansen Johansen Olsen Larsen Andersen Pedersen Nilsen Kristiansen Jensen Karlsen Johnsen Pettersen Eriksen Berg Haugen Hagen Nielsen Christensen Rasmussen Sørensen Jørgensen Madsen Møller Kjærsgaard Ødegård Bergström Lindqvist Lundgren Sandberg Forsberg Sjöberg Wallin Engström Danielsson Håkansson Lund Bakken Dahl Lie Moen Solberg Strand Bakke Myhre Nygård Aas Næss Åsen Sara Utsi Eira Gaup Hætta Somby Vars Kuhmunen Baer Poulsen Knudsen Mortensen Holm Schmidt Thomsen Clausen Simonsen Skov Winther Ahmed Hussain Ali Khan Nguyen Kowalski Nowak Yilmaz Kaya Demir")

// pick takes the first of a list often and the last seldom.
func pick(r *rand.Rand, list []string) string {
	x := r.Float64()
	return list[int(x*x*float64(len(list)))]
}

func someDay(r *rand.Rand, from, years int) string {
	return fmt.Sprintf("%04d-%02d-%02d", from+r.IntN(years), 1+r.IntN(12), 1+r.IntN(28))
}

func somePostcode(r *rand.Rand) string { // towns have many of the members
	x := r.Float64()
	return fmt.Sprintf("%04d", 150+int(x*x*3000))
}

func somePhone(r *rand.Rand) string { return fmt.Sprintf("+47 000 %05d", r.IntN(100_000)) }

// invent returns one person.
func invent(r *rand.Rand) Person {
	given, family := pick(r, givenNames), pick(r, familyNames)
	if r.IntN(3) == 0 {
		given += " " + pick(r, givenNames)
	}
	if r.IntN(6) == 0 {
		family = pick(r, familyNames) + " " + family
	}
	p := Person{Given: given, Family: family, Street: fmt.Sprintf("%sveien %d", pick(r, familyNames), 1+r.IntN(80)), Postcode: somePostcode(r), City: "Byen"}
	if r.IntN(20) > 0 {
		p.Born = someDay(r, 1935, 75)
	}
	if r.IntN(5) > 0 {
		p.Email = fmt.Sprintf("%s%d@example.org", strings.ReplaceAll(folded(family), " ", "."), r.IntN(1_000_000))
	}
	if r.IntN(4) > 0 {
		p.Phone = somePhone(r)
	}
	return p
}

// household returns a parent with a child or two, or with a grown son of his own
// name.
func household(r *rand.Rand) []Person {
	head := invent(r)
	out := []Person{head}
	child := head
	child.Given, child.Born = pick(r, givenNames), someDay(r, 1995, 20)
	switch r.IntN(4) {
	case 0: // of the father's name, and with a telephone of his own
		child.Given, child.Phone = head.Given, somePhone(r)
	case 1: // twins
		twin := child
		for twin.Given == child.Given {
			twin.Given = pick(r, givenNames)
		}
		out = append(out, twin)
	case 2: // with the other parent's family name
		child.Family = pick(r, familyNames)
	}
	return append(out, child)
}

// population returns n persons with IDs 0 to n-1.
func population(r *rand.Rand, n int) []Person {
	var out []Person
	for len(out) < n {
		if r.IntN(8) == 0 {
			out = append(out, household(r)...)
		} else {
			out = append(out, invent(r))
		}
	}
	out = out[:n]
	for i := range out {
		out[i].ID = fmt.Sprint(i)
	}
	return out
}

var otherSpelling = strings.NewReplacer("å", "aa", "Å", "Aa", "ø", "ö", "Ø", "Ö", "æ", "ae", "ä", "ae", "ö", "o", "á", "a", "Á", "A")

var otherLetters = strings.NewReplacer("Kristian", "Christian", "Karl", "Carl", "Viktor", "Victor", "Sofie", "Sophie", "k", "ck")

// alter returns p as somebody else enters the same person: with one to three
// things different.
func alter(r *rand.Rand, p Person) Person {
	for range 1 + r.IntN(3) {
		switch r.IntN(12) {
		case 0:
			p.Given, p.Family = otherSpelling.Replace(p.Given), otherSpelling.Replace(p.Family)
		case 1:
			p.Given = strings.Fields(p.Given)[0]
		case 2:
			p.Email = fmt.Sprintf("ny%d@example.no", r.IntN(1_000_000))
		case 3:
			p.Phone = ""
		case 4:
			p.Street, p.Postcode = "Flytteveien 1", somePostcode(r)
		case 5:
			if f := []rune(p.Family); len(f) > 4 {
				k := 1 + r.IntN(len(f)-3)
				f[k], f[k+1] = f[k+1], f[k]
				p.Family = string(f)
			}
		case 6:
			if s := swapDay(p.Born); s != "" {
				p.Born = s
			}
		case 7:
			p.Born = ""
		case 8:
			p.Family = pick(r, familyNames)
		case 9:
			p.Given = otherLetters.Replace(p.Given)
		case 10:
			if p.Born != "" {
				p.Born = p.Born[:9] + string('0'+byte(r.IntN(10)))
			}
		case 11:
			p.Given, p.Family = p.Family, p.Given
		}
	}
	return p
}
