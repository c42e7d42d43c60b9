package duplicate

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"slices"
)

// crowd is how many persons may have one key in common before it stops saying
// anything: then the address or number is an association's, or the day a filler.
// It bounds what one search costs.
const crowd = 512

// An Index holds persons and finds those who look like a given one, without
// comparing it with all of them: two are compared only if they share a key, such as
// an e-mail address, or name and year of birth. The zero Index is not usable.
// [Index.Find] may be called by several goroutines at once, [Index.Add] by one and
// with no Find at the same time.
//
// 100,000 persons take about 50 MB, besides the texts that their fields share with
// what Add was given. A search among them takes 15 µs, 0.3 ms at the 99th percentile.
type Index struct {
	seed   maphash.Seed
	words  map[string]*word
	people []*prepared
	blocks map[uint64]block
	links  []link
}

// A block is the persons that share one key: a chain through links.
type block struct{ first, n int32 }

type link struct{ person, next int32 }

// NewIndex returns an empty index. It expects, and is not limited to, n persons.
func NewIndex(n int) *Index {
	return &Index{
		seed:   maphash.MakeSeed(),
		words:  map[string]*word{},
		people: make([]*prepared, 0, n),
		blocks: make(map[uint64]block, n*keysEach),
		links:  make([]link, 0, n*keysEach),
	}
}

// keysEach is about how many keys a person has.
const keysEach = 8

// Len returns how many persons the index holds.
func (x *Index) Len() int { return len(x.people) }

// Add puts p into the index. It compares nothing: to find duplicates within a
// list, call [Index.Find] for each person before Add.
func (x *Index) Add(p Person) {
	q := prepare(p, func(folded string) *word {
		w := x.words[folded]
		if w == nil {
			w = newWord(folded)
			x.words[folded] = w
		}
		return w
	})
	i := int32(len(x.people))
	x.people = append(x.people, q)
	for _, k := range x.keys(q) {
		b, ok := x.blocks[k]
		if !ok {
			b.first = -1
		}
		x.links = append(x.links, link{person: i, next: b.first})
		x.blocks[k] = block{first: int32(len(x.links) - 1), n: b.n + 1}
	}
}

// Find returns those who look like p, the likest first, and equal ones by unit
// and ID. A person with p's ID, if p has one, is p and left out. A key that very many
// persons share finds nobody (see crowd); other keys may.
func (x *Index) Find(p Person) []Match {
	q := prepare(p, func(folded string) *word {
		if w := x.words[folded]; w != nil {
			return w
		}
		return newWord(folded)
	})
	var out []Match
	for _, i := range x.candidates(q) {
		c := x.people[i]
		if c.id == q.id && q.id != "" {
			continue
		}
		if points, why := q.score(c); points >= listPoints {
			out = append(out, Match{ID: c.id, Unit: c.unit, Score: float64(points) / 100, Reasons: why})
		}
	}
	slices.SortFunc(out, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// candidates returns the places of those who share a key with q.
func (x *Index) candidates(q *prepared) []int32 {
	var out []int32
	for _, k := range append(x.keys(q), x.otherDays(q)...) {
		b, ok := x.blocks[k]
		if !ok || b.n > crowd {
			continue
		}
		for l := b.first; l >= 0; l = x.links[l].next {
			out = append(out, x.links[l].person)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// keys returns the keys of p. Together they reach every pair that scores Ask, and
// nearly every one that scores List: TestIndexMissesNothing. The hash that stands
// for a key says nothing outside this index, and two keys with one hash cost a
// comparison more.
func (x *Index) keys(p *prepared) []uint64 {
	var out []uint64
	add := func(kind byte, parts ...string) {
		for _, s := range parts {
			if s == "" {
				return
			}
		}
		if k := x.hash(kind, parts...); !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	add('e', p.email)
	add('p', p.phone)
	add('a', p.postcode, p.street)
	for _, w := range firstWords(p) {
		add('b', p.born, w.block)
	}
	for _, n := range pairs(p) {
		add('n', n[0], n[1], p.postcode)
		if p.born != "" { // a slip leaves either the year or the day as it was
			add('y', n[0], n[1], p.born[:4])
			add('d', n[0], n[1], p.born[4:])
		}
	}
	return out
}

// otherDays returns the keys of those whose day of birth was written with day and
// month the other way round.
func (x *Index) otherDays(p *prepared) []uint64 {
	swapped := swapDay(p.born)
	if swapped == "" {
		return nil
	}
	var out []uint64
	for _, w := range firstWords(p) {
		out = append(out, x.hash('b', swapped, w.block))
	}
	return out
}

func (x *Index) hash(kind byte, parts ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(x.seed)
	h.WriteByte(kind)
	for _, s := range parts {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(s)))
		h.Write(n[:])
		h.WriteString(s)
	}
	return h.Sum64()
}

// pairWords is how many given names, and how many family names, make keys and
// tokens.
const pairWords = 3

func first(words []*word) []*word { return words[:min(len(words), pairWords)] }

// firstWords returns the names of p that make keys.
func firstWords(p *prepared) []*word {
	return slices.Concat(first(p.given), first(p.family))
}

// pairs returns each of the first given names with each of the first family
// names, in the form for blocks, the two sorted. Where one field has the whole
// name, its last word is taken for the other's.
func pairs(p *prepared) [][2]string {
	given, family := p.given, p.family
	if len(given) == 0 {
		given, family = family, nil
	}
	if n := len(given) - 1; len(family) == 0 && n > 0 {
		given, family = given[:n], given[n:]
	}
	var out [][2]string
	for _, g := range first(given) {
		for _, f := range first(family) {
			if n := ordered(g.block, f.block); !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

func ordered(a, b string) [2]string { return [2]string{min(a, b), max(a, b)} }
