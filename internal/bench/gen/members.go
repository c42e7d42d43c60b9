package gen

import (
	"fmt"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// enter makes the commit by which n invented members come into a branch.
func (r *Register) enter(b *gitstore.Builder, br *Branch, n int) error {
	if n == 0 {
		return nil
	}
	schema := r.state.Policy.Schema()
	files := make(map[string][]byte, n+1)
	k := r.rings[br.Unit]
	for i := range n {
		m := &record.Record{ID: register.NewRecordID(), Unit: br.Unit, Rev: 1, Fields: r.fields(i)}
		text, err := schema.Encode(m)
		if err != nil {
			return err
		}
		key := seal.NewKey()
		file, err := seal.Seal(key, text)
		if err != nil {
			return err
		}
		files[register.Path{Kind: register.Member, Unit: br.Unit, ID: m.ID}.String()] = file
		k.ring.Keys[m.ID], k.ring.Views[m.ID] = key, seal.NewViewSecret()
		k.know(m)
		br.Members = append(br.Members, m.ID)
	}
	if err := r.seal(k, files); err != nil {
		return err
	}
	return r.commit(b, register.Message("import", n, br.Unit), files)
}

// A Sealed is a record's file as it lies in the register, and its key.
type Sealed struct {
	Key  seal.Key
	File []byte
}

// Sealed returns the branch's records.
func (r *Register) Sealed(br *Branch) ([]Sealed, error) {
	out := make([]Sealed, len(br.Members))
	for i, id := range br.Members {
		e, ok, err := gitstore.Find(r.repo, r.tree, register.Path{Kind: register.Member, Unit: br.Unit, ID: id}.String())
		if err != nil || !ok {
			return nil, fmt.Errorf("record %s is not there: %w", id, err)
		}
		if out[i].File, err = r.repo.Blob(e.ID, seal.RecordLimit); err != nil {
			return nil, err
		}
		out[i].Key = r.rings[br.Unit].ring.Keys[id]
	}
	return out, nil
}

var (
	given  = []string{"Åse", "Bjørn", "Cecilie", "Dag", "Eli", "Frode", "Gunhild", "Håkon", "Inga", "Jorunn", "Kjell", "Liv", "Máret", "Nils"}
	family = []string{"Kvåle", "Bakke", "Dahl", "Eira", "Foss", "Guttorm", "Haugen", "Indrebø", "Juuso", "Kleven", "Lunde", "Myhre", "Næss"}
	street = []string{"Storgata", "Kirkeveien", "Sjøgata", "Skolebakken", "Øvre Langgate"}
	city   = [][2]string{{"1383", "Asker"}, {"1337", "Sandvika"}, {"2000", "Lillestrøm"}, {"9730", "Karasjok"}, {"9510", "Alta"}}
)

// person is an invented member, with a telephone number that nobody has.
type person struct {
	given, family, email, phone, street, postcode, city string
	year, month, day                                    int
}

func invent(n int) person {
	p := city[n%len(city)]
	return person{given: given[n%len(given)], family: family[n%len(family)], email: fmt.Sprintf("member%d@example.no", n),
		phone:  fmt.Sprintf("+47 400 %02d %03d", n/1000%100, n%1000),
		street: fmt.Sprintf("%s %d", street[n%len(street)], n%90+1), postcode: p[0], city: p[1],
		year: 1940 + n%65, month: 1 + n%12, day: 1 + n%28}
}

// fields are an invented member's, in canonical form.
func fields(n int) map[string]record.Value {
	p := invent(n)
	return map[string]record.Value{
		"given": record.Text(p.given), "family": record.Text(p.family),
		"born":  record.Text(fmt.Sprintf("%d-%02d-%02d", p.year, p.month, p.day)),
		"email": record.Text(p.email), "phone": record.Text(p.phone), "street": record.Text(p.street),
		"postcode": record.Text(p.postcode), "city": record.Text(p.city),
		"language": record.Text("nb"), "class": record.Text("member"),
	}
}

// fields are what the register's policy lets an invented member have of them.
func (r *Register) fields(n int) map[string]record.Value {
	all := fields(n)
	for key := range all {
		if _, ok := r.state.Policy.Field(key); !ok {
			delete(all, key)
		}
	}
	return all
}

// List is a list of n invented members as a spreadsheet saves it, in csv.
func List(n int) []byte {
	b := []byte("Fornavn;Etternavn;Fødselsdato;E-post;Mobil;Adresse;Postnr;Poststed;Språk;Medlemstype\n")
	for i := range n {
		p := invent(i)
		b = fmt.Appendf(b, "%s;%s;%02d.%02d.%d;%s;%s;%s;%s;%s;Bokmål;Medlem\n",
			p.given, p.family, p.day, p.month, p.year, p.email, p.phone, p.street, p.postcode, p.city)
	}
	return b
}
