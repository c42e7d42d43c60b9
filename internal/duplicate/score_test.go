package duplicate

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// complete tells whether enough is known of p for her record to be certainly hers.
func complete(p Person) bool {
	q := prepare(p, newWord)
	return len(q.given) > 0 && len(q.family) > 0 && q.born != "" && (q.email != "" || q.phone != "" || q.postcode != "" && q.street != "")
}

// sample returns pairs of all sorts: strangers, households, copies.
func sample(seed uint64) [][2]Person {
	r := rand.New(rand.NewPCG(seed, seed))
	all := population(r, 400)
	var out [][2]Person
	for i, p := range all {
		out = append(out, [2]Person{p, alter(r, p)}, [2]Person{p, all[(i+1)%len(all)]}, [2]Person{p, all[r.IntN(len(all))]})
	}
	for _, c := range pairsTable {
		out = append(out, [2]Person{c.a, c.b})
	}
	return out
}

// Which of two records comes first does not matter.
func TestSymmetric(t *testing.T) {
	for _, c := range sample(5) {
		s, why := Score(c[0], c[1])
		r, yhw := Score(c[1], c[0])
		if s != r || !slices.Equal(why, yhw) {
			t.Errorf("%.2f %v, the other way %.2f %v", s, why, r, yhw)
		}
	}
}

// A complete record scores 1 with itself, and nothing looks more like a record
// than itself.
func TestSelf(t *testing.T) {
	whole := 0
	for _, c := range sample(6) {
		self, _ := Score(c[0], c[0])
		if complete(c[0]) {
			whole++
			if self != 1 {
				t.Errorf("a complete record scores %.2f with itself", self)
			}
		}
		if s, why := Score(c[0], c[1]); s > self {
			t.Errorf("%.2f %v with another, %.2f with itself", s, why, self)
		}
	}
	if whole < 500 {
		t.Errorf("only %d complete records", whole)
	}
}

// One more field that agrees never lowers a score, and one that is no longer known
// raises none that agreed and lowers none that did not. The two names go together:
// alone, one may undo a swap.
func TestMonotone(t *testing.T) {
	fields := map[string]func(p *Person, from Person){
		"names":    func(p *Person, q Person) { p.Given, p.Family = q.Given, q.Family },
		"born":     func(p *Person, q Person) { p.Born = q.Born },
		"email":    func(p *Person, q Person) { p.Email = q.Email },
		"phone":    func(p *Person, q Person) { p.Phone = q.Phone },
		"street":   func(p *Person, q Person) { p.Street = q.Street },
		"postcode": func(p *Person, q Person) { p.Postcode = q.Postcode },
	}
	rose := 0
	for _, c := range sample(7) {
		a, b := c[0], c[1]
		before, _ := Score(a, b)
		for name, set := range fields {
			agrees, unknown := b, b
			set(&agrees, a)
			set(&unknown, Person{})
			after, _ := Score(a, agrees)
			if after < before {
				t.Errorf("%s made to agree: %.2f, was %.2f", name, after, before)
			}
			if after > before {
				rose++
			}
			without, _ := Score(a, unknown)
			if without > after {
				t.Errorf("%s not known: %.2f, and %.2f where it agrees", name, without, after)
			}
		}
	}
	if rose < 1000 {
		t.Errorf("only %d scores rose", rose)
	}
}

// Whatever is in the fields: a score from 0 to 1, the same both ways, no more than
// the record's own; and the index agrees, as do the tokens with themselves.
func FuzzScore(f *testing.F) {
	n := 0
	for _, c := range pairsTable {
		a, b := c.a, c.b
		f.Add(a.Given, a.Family, a.Born, a.Email, a.Phone, a.Street, a.Postcode, b.Given, b.Family, b.Born, b.Email, b.Phone, b.Street, b.Postcode)
		n++
	}
	f.Add("\xff", "\x00", "----------", "@@", "+", "", "-", "ﬃ İ", "́", "0000-00-00", "a@\x00", "00", "\u2028", "ÆØÅ-1")
	f.Add("a b c d e f g h i j", "von", "1990-02-30", "a@b", "+++++++1", "1", "SE-", "von", "", "٢٠١٢-٠١-٠١", "@", "+٤٧", "0", "--")
	if n += 2; n < 50 {
		f.Fatalf("%d seeds, want at least 50: the table has shrunk", n)
	}
	f.Fuzz(func(t *testing.T, g1, f1, b1, e1, p1, s1, z1, g2, f2, b2, e2, p2, s2, z2 string) {
		a := Person{ID: "a", Given: g1, Family: f1, Born: b1, Email: e1, Phone: p1, Street: s1, Postcode: z1, City: s2}
		b := Person{ID: "b", Given: g2, Family: f2, Born: b2, Email: e2, Phone: p2, Street: s2, Postcode: z2, City: s1}
		s, why := Score(a, b)
		r, yhw := Score(b, a)
		if s != r || s < 0 || s > 1 || !slices.Equal(why, yhw) {
			t.Fatalf("%.2f %v, the other way %.2f %v", s, why, r, yhw)
		}
		for _, w := range why {
			if !slices.Contains(Reasons, w) {
				t.Fatalf("unknown reason %q", w)
			}
		}
		if !slices.IsSortedFunc(why, func(a, b Reason) int { return slices.Index(Reasons, a) - slices.Index(Reasons, b) }) {
			t.Fatalf("reasons out of order: %v", why)
		}
		self, _ := Score(a, a)
		if s > self || complete(a) && self != 1 {
			t.Fatalf("%.2f with another, %.2f with itself", s, self)
		}
		x := NewIndex(1)
		x.Add(b)
		for _, m := range x.Find(a) {
			if m.Score != s || m.ID != "b" {
				t.Fatalf("%.2f in the index, %.2f alone", m.Score, s)
			}
		}
		var secret [32]byte
		ts := Tokens(a, secret)
		if len(ts) > 33 {
			t.Fatalf("%d tokens", len(ts))
		}
		for _, tok := range ts {
			if _, err := ParseToken(string(tok)); err != nil {
				t.Fatal(err)
			}
		}
		if _, common := Compare(ts, Tokens(a, secret)); (len(common) == 0) != (len(ts) == 0) {
			t.Fatalf("%d tokens, %v in common with themselves", len(ts), common)
		}
	})
}
