package duplicate

import "github.com/medlem-register/medlem/internal/register"

// Points that an agreement is worth, in hundredths, after the prototype's. What is
// not known in one of the records is worth nothing either way.
const (
	pointsGiven         = 25
	pointsGivenPart     = 22
	pointsGivenSimilar  = 15
	pointsGivenInitial  = 10
	pointsGivenDiffers  = -25
	pointsFamily        = 25
	pointsFamilyPart    = 20
	pointsFamilySimilar = 15
	pointsFamilyDiffers = -5 // people marry
	pointsNamesSwapped  = 45
	pointsBorn          = 35
	pointsBornSwapped   = 25
	pointsBornCentury   = 25
	pointsBornDigit     = 15
	pointsBornDiffers   = -40
	pointsEmail         = 25
	pointsPhone         = 25
	pointsPostcode      = 10
	pointsStreet        = 10
	pointsCity          = 5
)

// The scores in points.
const (
	askPoints   = 100 * Ask
	listPoints  = 100 * List
	doubtPoints = 65 // the most that two records reach that cannot do without a doubt
)

// Score returns how much a and b look like one person, from 0 to 1, and what they
// have in common. It is symmetric, and nobody looks more like a person than she
// herself. IDs and units do not count.
//
// The same e-mail address gives at least [List]; so do the same names in one
// postal code. Name and day of birth, or, where a day of birth is not known, name
// and postal code give at least [Ask]. A household shares address, telephone and
// mailbox, and twins the day of birth as well: without given names that agree, or
// with different days of birth, nothing reaches Ask; nor do given names that only
// resemble one another, without days of birth that agree.
func Score(a, b Person) (float64, []Reason) {
	x, y := prepare(a, newWord), prepare(b, newWord)
	n, why := x.score(y)
	return float64(n) / 100, why
}

// prepared is a person ready to be compared.
type prepared struct {
	id            string
	unit          register.UnitID
	given, family []*word
	born          string
	email, phone  string
	street        string
	postcode      string
	city          string
}

func prepare(p Person, intern func(folded string) *word) *prepared {
	words := func(folded []string) []*word {
		var out []*word
		for _, w := range folded {
			out = append(out, intern(w))
		}
		return out
	}
	return &prepared{
		id: p.ID, unit: p.Unit,
		given: words(nameOf(p.Given)), family: words(familyOf(p.Family)),
		born: canonicalBorn(p.Born), email: canonicalEmail(p.Email), phone: canonicalPhone(p.Phone),
		street: folded(p.Street), postcode: canonicalPostcode(p.Postcode), city: folded(p.City),
	}
}

// agreement is what of the names agrees.
type agreement struct {
	given, family likeness
	swapped       bool
}

func (p *prepared) compareNames(q *prepared) agreement {
	n := agreement{given: compareNames(p.given, q.given), family: compareFamilies(p.family, q.family)}
	if n.given >= part && n.family >= part {
		return n
	}
	n.swapped = sameNames(p.given, q.family) && sameNames(p.family, q.given) ||
		(len(p.given) == 0 || len(p.family) == 0 || len(q.given) == 0 || len(q.family) == 0) && together(p, q)
	return n
}

// together tells whether two records, of which one has the whole name in one
// field, have the same names.
func together(p, q *prepared) bool {
	a, b := append(p.given[:len(p.given):len(p.given)], p.family...), append(q.given[:len(q.given):len(q.given)], q.family...)
	return len(a) > 1 && len(a) == len(b) && sameNames(a, b)
}

// named tells whether the names are those of one person, to the ear.
func (n agreement) named() bool { return n.swapped || n.given >= part && n.family >= part }

// whole tells whether they are so to the last word.
func (n agreement) whole() bool { return n.swapped || n.given == same && n.family == same }

func (p *prepared) score(q *prepared) (points int, why []Reason) {
	add := func(n int, r Reason) {
		points += n
		why = append(why, r)
	}
	n := p.compareNames(q)
	if n.swapped {
		add(pointsNamesSwapped, NamesSwapped)
	} else {
		switch n.given {
		case same:
			add(pointsGiven, Given)
		case part:
			add(pointsGivenPart, GivenPart)
		case similar:
			add(pointsGivenSimilar, GivenSimilar)
		case initial:
			add(pointsGivenInitial, GivenInitial)
		case differs:
			points += pointsGivenDiffers
		}
		switch n.family {
		case same:
			add(pointsFamily, Family)
		case part:
			add(pointsFamilyPart, FamilyPart)
		case similar:
			add(pointsFamilySimilar, FamilySimilar)
		case differs:
			points += pointsFamilyDiffers
		}
	}
	born, differ := compareBorn(p.born, q.born)
	switch born {
	case Born:
		add(pointsBorn, Born)
	case BornSwapped:
		add(pointsBornSwapped, BornSwapped)
	case BornCentury:
		add(pointsBornCentury, BornCentury)
	case BornDigit:
		add(pointsBornDigit, BornDigit)
	}
	if differ {
		points += pointsBornDiffers
	}
	agree := func(a, b string) bool { return a != "" && a == b }
	if agree(p.email, q.email) {
		add(pointsEmail, Email)
	}
	if agree(p.phone, q.phone) {
		add(pointsPhone, Phone)
	}
	if agree(p.postcode, q.postcode) {
		add(pointsPostcode, Postcode)
	}
	if agree(p.street, q.street) {
		add(pointsStreet, Street)
	}
	if (p.postcode == "" || q.postcode == "") && agree(p.city, q.city) {
		add(pointsCity, City)
	}
	return bound(points, n, born, differ, agree(p.email, q.email), agree(p.postcode, q.postcode)), why
}

// bound raises and lowers a sum of points as Score promises.
func bound(points int, n agreement, born Reason, differ, email, postcode bool) int {
	if email || n.whole() && postcode {
		points = max(points, listPoints)
	}
	if n.named() && !differ && (postcode || born == Born) {
		points = max(points, askPoints)
	}
	sure := n.swapped || n.given >= part || n.given > differs && born != ""
	if !sure || differ {
		points = min(points, doubtPoints)
	}
	return max(0, min(100, points))
}
