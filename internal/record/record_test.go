package record

import (
	"encoding/json"
	"reflect"
	"testing"
)

// testSchema has a field of every type.
var testSchema = &Schema{
	Country: "NO",
	Fields: []Field{
		{Key: "given", Type: TypeName, Required: true},
		{Key: "family", Type: TypeName, Required: true},
		{Key: "born", Type: TypeDate},
		{Key: "email", Type: TypeEmail},
		{Key: "phone", Type: TypePhone},
		{Key: "street", Type: TypeStreet},
		{Key: "postcode", Type: TypePostcode},
		{Key: "city", Type: TypeCity},
		{Key: "country", Type: TypeCountry},
		{Key: "class", Type: TypeChoice, Choices: []string{"member", "candidate"},
			Words: map[string]string{"medlem": "member", "kandidat": "candidate"}},
		{Key: "offices", Type: TypeChoices, Choices: []string{"leader", "treasurer", "board-member"},
			Words: map[string]string{"leder": "leader", "kasserer": "treasurer", "kassor": "treasurer", "styremedlem": "board-member", "leder kasserer": "leader"}},
		{Key: "newsletter", Type: TypeYesNo},
		{Key: "number", Type: TypeInteger},
		{Key: "shirt", Type: TypeText, Max: 5},
		{Key: "note", Type: TypeNote},
	},
}

// full is a record with every field of testSchema.
func full() *Record {
	return &Record{ID: "m4k7qwertyuio", Unit: "asker", Rev: 7, Fields: map[string]Value{
		"given": Text("Åse Márjá"), "family": Text("Kvåle"), "born": Text("1941-09-24"), "email": Text("ase.kvåle@example.no"),
		"phone": Text("+47 400 00 001"), "street": Text(`Storgata 1 "oppgang B" \ 2. etg.`), "postcode": Text("0150"), "city": Text("Oslo"),
		"country": Text("NO"), "class": Text("member"), "offices": List("leader", "treasurer"), "newsletter": Text("true"),
		"number": Text("-12"), "shirt": Text("XL"), "note": Text("flyttet: #1\n\nringer \"igjen\" \\ 😀"),
		Closed: Text("2026-11-22"), Reason: Text("left"),
	}}
}

func TestValue(t *testing.T) {
	for _, c := range []struct {
		v           Value
		text, json  string
		items       []string
		empty, list bool
	}{
		{Value{}, "", `null`, nil, true, false},
		{Text(""), "", `null`, nil, true, false},
		{Text("å \"b\""), "å \"b\"", `"å \"b\""`, []string{"å \"b\""}, false, false},
		{List(), "", `null`, nil, true, false},
		{List("a"), "a", `["a"]`, []string{"a"}, false, true},
		{List("a", "b c"), "a, b c", `["a","b c"]`, []string{"a", "b c"}, false, true},
	} {
		j, err := json.Marshal(map[string]Value{"v": c.v})
		if err != nil || string(j) != `{"v":`+c.json+`}` {
			t.Errorf("%v: json %s, %v", c.items, j, err)
		}
		if c.v.String() != c.text || c.v.Empty() != c.empty || c.v.IsList() != c.list || !reflect.DeepEqual(c.v.List(), c.items) {
			t.Errorf("%v: %q %v %v %v", c.items, c.v, c.v.Empty(), c.v.IsList(), c.v.List())
		}
	}
	if Text("a") == List("a") {
		t.Error("a text and a list of it are equal")
	}
}

func TestDiffAndSort(t *testing.T) {
	a, b := full(), full()
	if d := Diff(a, b); d != nil {
		t.Errorf("two copies differ in %v", d)
	}
	b.Set("phone", Text("+47 400 00 002"))
	b.Set("born", Value{})
	b.Set("offices", List("treasurer", "leader"))
	a.Set(Reason, Value{})
	a.Fields["shirt"] = Text("")
	delete(b.Fields, "shirt")
	got := Diff(a, b)
	if want := []string{"born", "offices", "phone", "reason"}; !reflect.DeepEqual(got, want) {
		t.Errorf("Diff: %v, want %v", got, want)
	}
	got = append(got, "unknown")
	testSchema.Sort(got)
	if want := []string{"born", "phone", "offices", "reason", "unknown"}; !reflect.DeepEqual(got, want) {
		t.Errorf("Sort: %v, want %v", got, want)
	}
	if d := Diff(nil, b); len(d) != len(b.Fields) {
		t.Errorf("against nothing %d fields differ, want all %d", len(d), len(b.Fields))
	}
}

func TestCloneSharesNothing(t *testing.T) {
	a := full()
	b := a.Clone()
	b.Set("given", Text("Kari"))
	b.Rev++
	if !reflect.DeepEqual(a, full()) {
		t.Error("a change of the clone changed the record")
	}
	var r Record
	r.Set("given", Text("Kari"))
	if r.Fields["given"] != Text("Kari") {
		t.Error("Set on a record without fields")
	}
}

func TestSchemaIn(t *testing.T) {
	if c := testSchema.In("SE").Country; c != "SE" {
		t.Errorf("In SE: %q", c)
	}
	for _, c := range []string{"", "XX", "Sverige"} {
		if got := testSchema.In(c).Country; got != "NO" {
			t.Errorf("In %q: %q, want the schema's own", c, got)
		}
	}
}

func TestMerge(t *testing.T) {
	base := full()
	kari, secretariat := base.Clone(), base.Clone()
	kari.Rev, secretariat.Rev = 8, 9
	kari.Set("phone", Text("+47 400 00 002"))
	kari.Set("note", Value{})
	kari.Set("city", Text("Bergen"))
	kari.Set("class", Text("candidate"))
	secretariat.Set("email", Text("a@example.no"))
	secretariat.Set("city", Text("Bergen"))
	secretariat.Set("class", Value{})
	secretariat.Unit = "lillestrom"

	merged, conflicts := Merge(base, kari, secretariat)
	want := kari.Clone()
	want.Set("email", Text("a@example.no"))
	want.Rev, want.Unit = 9, "lillestrom"
	if !reflect.DeepEqual(merged, want) {
		t.Errorf("merged %+v\nwant %+v", merged, want)
	}
	if w := []Conflict{{"class", Text("member"), Text("candidate"), Value{}}}; !reflect.DeepEqual(conflicts, w) {
		t.Errorf("conflicts %+v, want %+v", conflicts, w)
	}
	if _, c := Merge(base, secretariat, kari); len(c) != 1 || c[0].Theirs != Text("candidate") {
		t.Errorf("the other way round: %+v", c)
	}
}

func TestMergeWithoutBase(t *testing.T) {
	// The base's key has left the keyring: whatever differs must be asked about.
	ours, theirs := full(), full()
	theirs.Set("phone", Text("+47 400 00 002"))
	theirs.Unit = "alta"
	merged, conflicts := Merge(nil, ours, theirs)
	if len(conflicts) != 2 || conflicts[0].Field != "phone" || conflicts[1].Field != "unit" {
		t.Errorf("conflicts %+v", conflicts)
	}
	if !reflect.DeepEqual(merged, ours) {
		t.Error("merged is not ours")
	}
}

func TestMergeOfTwoMoves(t *testing.T) {
	base, ours, theirs := full(), full(), full()
	ours.Unit, theirs.Unit = "alta", "karasjok"
	merged, conflicts := Merge(base, ours, theirs)
	if w := []Conflict{{"unit", Text("asker"), Text("alta"), Text("karasjok")}}; !reflect.DeepEqual(conflicts, w) || merged.Unit != "alta" {
		t.Errorf("conflicts %+v, unit %s", conflicts, merged.Unit)
	}
	theirs.Unit = "asker"
	if merged, conflicts = Merge(base, ours, theirs); conflicts != nil || merged.Unit != "alta" {
		t.Errorf("one move: conflicts %+v, unit %s", conflicts, merged.Unit)
	}
}

func TestFold(t *testing.T) {
	for _, c := range [][]string{
		{"ase kvale", "Åse Kvåle", "aase kvale", "ÅSE  KVÅLE", "A\u030ase Kva\u030ale", " Åse-Kvåle. "},
		{"soren odegard", "Søren Ødegård", "Sören Oedegaard", "SØREN ØDEGAARD"},
		{"agidius", "Ægidius", "Aegidius", "Ägidius"},
		{"dorde nuoffir tor", "Đorđe Ŋuoffir Þór"},
		{"callo maret", "Čállo Máret"},
		{"e mail", "E-mail", "e mail", "E‑mail:"},
		{"postnr", "Postnr.", "postnr"},
		{"strasse 12", "Straße 12", "STRASSE 12"},
		{"иванов", "Иванов", "ИВАНОВ"},
		{"", "", " .-", "\u0301"},
	} {
		for _, in := range c[1:] {
			if got := Fold(in); got != c[0] {
				t.Errorf("Fold(%q) = %q, want %q", in, got, c[0])
			}
		}
	}
	if Fold("Hansen") == Fold("Jansen") {
		t.Error("two names fold to the same")
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Åse Kvåle", "aaae oee", "ǿ ﬁ İ ẞ", "a\u0301e", "Ⅷ ½", "\xff", "한글", "ﷺ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if twice := Fold(once); twice != once {
			t.Errorf("Fold(%q) = %q, folded again %q", s, once, twice)
		}
	})
}
