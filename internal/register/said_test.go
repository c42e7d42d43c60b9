package register

import (
	"reflect"
	"strings"
	"testing"
)

// What is made is what is read, with and without a trailer.
func TestParseMessage(t *testing.T) {
	h, topic := Handle("o-abcdefghij"), NewTopic("asker")
	effect := "0123456789abcdef"
	for msg, want := range map[string]Said{
		InitMessage:                 {Verb: "init"},
		Message("edit", 3, "asker"): {Verb: "edit", N: 3, Unit: "asker"},
		MergeMessage(h, topic):      {Verb: "merge", Handle: h, Topic: topic},
		KeyringMessage("asker", 7):  {Verb: "keyring", N: 7, Unit: "asker"},
		WithFields(Message("edit", 1, "asker"), []string{"street", "city", "street"}): {Verb: "edit", N: 1, Unit: "asker", Fields: []string{"city", "street"}},
		WithFields(Message("edit", 1, "asker"), nil):                                  {Verb: "edit", N: 1, Unit: "asker"},
		WithEffect(Message("policy", 2, "asker"), effect):                             {Verb: "policy", N: 2, Unit: "asker", Effect: effect},
		WithEffect(MergeMessage(h, topic), effect):                                    {Verb: "merge", Handle: h, Topic: topic, Effect: effect},
		WithEffect(Message("unit", 1, "asker"), ""):                                   {Verb: "unit", N: 1, Unit: "asker"},
		WithRows(Message("import", 3, "asker"), &Rows{3, 2, 1}):                       {Verb: "import", N: 3, Unit: "asker", Rows: &Rows{3, 2, 1}},
		WithRows(WithFields(Message("import", 3, "asker"), []string{"city"}), &Rows{3, 0, 0}): {Verb: "import", N: 3, Unit: "asker", Fields: []string{"city"},
			Rows: &Rows{3, 0, 0}},
	} {
		got, err := ParseMessage(msg)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("ParseMessage(%q) = %+v, %v, want %+v", msg, got, err, want)
		}
	}
}

// ATTACK: a text below the first line. At stake: a name in clear, for ever.
// Proves: nothing but what a tool writes is read, and no error repeats it.
func TestTrailersRefuse(t *testing.T) {
	edit, change, list := "edit 1 in asker\n", "policy 1 in asker\n", "import 1 in asker\n"
	for name, m := range map[string]string{
		"no empty line":              edit + "Fields: city\n",
		"two empty lines":            edit + "\n\nFields: city\n",
		"no end of line":             edit + "\nFields: city",
		"a text after":               edit + "\nFields: city\nKari Nordmann\n",
		"two trailers":               edit + "\nFields: city\nFields: street\n",
		"no field":                   edit + "\nFields: \n",
		"another name":               edit + "\nSigned-off-by: kari\n",
		"a name in upper case":       edit + "\nFields: Kari\n",
		"out of order":               edit + "\nFields: street city\n",
		"one twice":                  edit + "\nFields: city city\n",
		"two spaces":                 edit + "\nFields: city  street\n",
		"a carriage return":          edit + "\nFields: city\r\n",
		"too many":                   WithFields(edit, strings.Fields(manyFields())),
		"fields of a policy":         change + "\nFields: city\n",
		"fields of a merge":          MergeMessage("o-abcdefghij", NewTopic("asker")) + "\nFields: city\n",
		"fields of the first commit": InitMessage + "\nFields: city\n",
		"an effect of an edit":       edit + "\nEffect: 0123456789abcdef\n",
		"a short effect":             change + "\nEffect: 0123\n",
		"an effect in upper case":    change + "\nEffect: 0123456789ABCDEF\n",
		"an effect that says more":   change + "\nEffect: 0123456789abcdef Kari\n",
		"rows of an edit":            edit + "\nRows: 1 = 1 new + 0 known + 0 left out\n",
		"a wrong sum of rows":        list + "\nRows: 3 = 1 new + 1 known + 0 left out\n",
		"more new rows than members": list + "\nRows: 3 = 2 new + 1 known + 0 left out\n",
		"rows and a text":            list + "\nRows: 2 = 1 new + 1 known + 0 left out: Kari\n",
		"rows before fields":         list + "\nRows: 1 = 1 new + 0 known + 0 left out\nFields: city\n",
		"rows twice":                 list + "\nRows: 1 = 1 new + 0 known + 0 left out\nRows: 1 = 1 new + 0 known + 0 left out\n",
	} {
		if _, err := ParseMessage(m); err == nil {
			t.Errorf("%s: ParseMessage(%q) accepts it", name, m)
		} else if strings.Contains(err.Error(), "Kari") {
			t.Errorf("%s: the error repeats the text: %v", name, err)
		}
	}
}

func manyFields() string {
	var b strings.Builder
	for _, c := range "abcdefghijk" {
		for _, d := range "abcdefghij" {
			b.WriteString(" " + string(c) + string(d))
		}
	}
	return b.String()
}

func FuzzParseMessage(f *testing.F) {
	f.Add("edit 1 in asker\n\nFields: city street\n")
	f.Add("policy 1 in asker\n\nEffect: 0123456789abcdef\n")
	f.Add("import 1 in asker\n\nFields: city\nRows: 3 = 1 new + 1 known + 1 left out\n")
	f.Add("init\n")
	f.Fuzz(func(t *testing.T, msg string) {
		s, err := ParseMessage(msg)
		if err != nil {
			return
		}
		again := InitMessage
		switch s.Verb {
		case "init":
		case "merge":
			again = MergeMessage(s.Handle, s.Topic)
		case "keyring":
			again = KeyringMessage(s.Unit, s.N)
		default:
			again = Message(s.Verb, int(s.N), s.Unit)
		}
		if again = WithRows(WithEffect(WithFields(again, s.Fields), s.Effect), s.Rows); again != msg {
			t.Errorf("%q is read as %q", msg, again)
		}
	})
}
