package record

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// canary stands in every malformed plaintext where a value would. No error may
// hold it.
const canary = "Canarysen"

const head = "medlem: 1\nid: \"m4k7qwertyuio\"\nunit: \"asker\"\nrev: 7\n"

// handwritten is YAML that is not canonical and is a record all the same.
var handwritten = map[string]struct {
	yaml string
	want map[string]Value
}{
	"plain scalars":     {head + "given: Åse\nfamily: 'Kvåle'\n", map[string]Value{"given": Text("Åse"), "family": Text("Kvåle")}},
	"other order":       {"family: Kvåle\ngiven: \"Åse\"\n" + head, map[string]Value{"given": Text("Åse"), "family": Text("Kvåle")}},
	"no last break":     {head + "given: \"Åse\"", map[string]Value{"given": Text("Åse")}},
	"comments":          {"# by hand\n" + head + "\ngiven: Åse # her name\n", map[string]Value{"given": Text("Åse")}},
	"document start":    {"---\n" + head + "given: Åse\n", map[string]Value{"given": Text("Åse")}},
	"flow list":         {head + "offices: [leader, 'treasurer']\n", map[string]Value{"offices": List("leader", "treasurer")}},
	"list not indented": {head + "offices:\n- leader\n", map[string]Value{"offices": List("leader")}},
	"flow map":          {"{medlem: 1, id: m4k7qwertyuio, unit: asker, rev: 7, given: Åse}", map[string]Value{"given": Text("Åse")}},
	"block":             {head + "note: |\n  one\n\n  two\n", map[string]Value{"note": Text("one\n\ntwo")}},
	"folded block":      {head + "street: >\n  Storgata\n  1\n", map[string]Value{"street": Text("Storgata 1")}},
	"other escapes":     {head + "given: \"\\u00c5se\"\n", map[string]Value{"given": Text("Åse")}},
	"numbers as text":   {head + "postcode: 0150\nborn: 1941-09-24\nstreet: 1e3\nnote: 12345678901234567890\n", map[string]Value{"postcode": Text("0150"), "born": Text("1941-09-24"), "street": Text("1e3"), "note": Text("12345678901234567890")}},
	"windows breaks":    {strings.ReplaceAll(head+"given: \"Åse\"\n", "\n", "\r\n"), map[string]Value{"given": Text("Åse")}},
	"empty values":      {head + "given: \"\"\noffices: []\n", map[string]Value{}},
	"padding left on":   {head + "given: \"Åse\"\n# xxxxxxxxxxxxxxxx\n", map[string]Value{"given": Text("Åse")}},
	"closed":            {head + "closed: 2026-11-22\nreason: left\n", map[string]Value{Closed: Text("2026-11-22"), Reason: Text("left")}},
}

func TestDecodeHandwritten(t *testing.T) {
	for name, c := range handwritten {
		want := &Record{ID: "m4k7qwertyuio", Unit: "asker", Rev: 7, Fields: c.want}
		got, err := testSchema.Decode([]byte(c.yaml))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// malformed is what Decode refuses, each with where and why.
var malformed = map[string]struct {
	yaml, field string
	line        int
	msg         string
}{
	"nothing":           {"", "", 1, "want lines"},
	"only a comment":    {"# " + canary + "\n", "", 1, "want lines"},
	"a list":            {"- " + canary + "\n", "", 1, "want lines"},
	"a scalar":          {canary, "", 1, "want lines"},
	"no version":        {strings.TrimPrefix(head, "medlem: 1\n") + "given: " + canary + "\n", "medlem", 0, "missing"},
	"newer version":     {strings.Replace(head, "medlem: 1", "medlem: 2", 1) + "fremtid: " + canary + "\n", "medlem", 1, "newer medlem"},
	"version in quotes": {strings.Replace(head, "medlem: 1", `medlem: "1"`, 1), "medlem", 1, "want the version"},
	"version zero":      {strings.Replace(head, "medlem: 1", `medlem: 0`, 1), "medlem", 1, "want the version"},
	"no id":             {"medlem: 1\nunit: \"asker\"\nrev: 7\n", "id", 0, "missing"},
	"malformed id":      {strings.Replace(head, "m4k7qwertyuio", canary, 1), "id", 2, "malformed"},
	"list for id":       {strings.Replace(head, `"m4k7qwertyuio"`, "["+canary+"]", 1), "id", 2, "want one value"},
	"malformed unit":    {strings.Replace(head, "asker", "../"+canary, 1), "unit", 3, "malformed"},
	"no rev":            {strings.TrimSuffix(head, "rev: 7\n"), "rev", 0, "missing"},
	"rev zero":          {strings.Replace(head, "rev: 7", "rev: 0", 1), "rev", 4, "from 1"},
	"rev in quotes":     {strings.Replace(head, "rev: 7", `rev: "7"`, 1), "rev", 4, "from 1"},
	"huge rev":          {strings.Replace(head, "rev: 7", "rev: 99999999999999999999999", 1), "rev", 4, "from 1"},
	"rev over limit":    {strings.Replace(head, "rev: 7", "rev: 1000000001", 1), "rev", 4, "from 1"},
	"unknown field":     {head + "given: \"Åse\"\nfax: \"" + canary + "\"\n", "fax", 6, "no such field"},
	"key not a key":     {head + canary + ": x\n", "", 5, "no such field"},
	"key a list":        {head + "? [" + canary + "]\n: x\n", "", 5, "want the key"},
	"key a number":      {head + "12: " + canary + "\n", "", 5, "no such field"},
	"key null":          {head + "null: " + canary + "\n", "null", 5, "no such field"},
	"duplicate":         {head + "given: \"Åse\"\ngiven: \"" + canary + "\"\n", "given", 6, "twice"},
	"duplicate id":      {head + "id: \"m4k7qwertyuio\"\n", "id", 5, "twice"},
	"alias":             {head + "given: &a " + canary + "\nfamily: *a\n", "given", 5, "anchors"},
	"alias alone":       {head + "family: *" + canary + "\n", "", 0, "well-formed"},
	"anchor":            {head + "given: &x " + canary + "\n", "given", 5, "anchors"},
	"anchor on key":     {head + "&x given: " + canary + "\n", "given", 5, "anchors"},
	"anchor on root":    {"&x\n" + head + "given: " + canary + "\n", "", 1, "anchors"},
	"anchor on list":    {head + "offices: &x [" + canary + "]\n", "offices", 5, "anchors"},
	"anchor on item":    {head + "offices: [&x " + canary + "]\n", "offices", 5, "anchors"},
	"merge key":         {head + "<<: {given: " + canary + "}\n", "", 5, "want the key"},
	"bomb":              {"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n", "a", 1, "anchors"},
	"custom tag":        {head + "given: !canary " + canary + "\n", "given", 5, "tags"},
	"standard tag":      {head + "given: !!str " + canary + "\n", "given", 5, "tags"},
	"tag on item":       {head + "offices: [!!binary " + canary + "]\n", "offices", 5, "tags"},
	"tag on key":        {head + "!!str given: " + canary + "\n", "given", 5, "tags"},
	"second document":   {head + "---\n" + head + "given: " + canary + "\n", "", 0, "second document"},
	"after the end":     {head + "...\ngiven: " + canary + "\n", "", 0, "second document"},
	"tag directive":     {"%TAG ! tag:" + canary + ",2026:\n---\n" + head + "given: !x y\n", "given", 7, "tags"},
	"map as a value":    {head + "given: {" + canary + ": x}\n", "given", 5, "want one value"},
	"list of lists":     {head + "offices: [[" + canary + "]]\n", "offices", 5, "single values"},
	"list for text":     {head + "given:\n  - \"" + canary + "\"\n", "given", 5, "a list, want one value"},
	"text for list":     {head + "offices: \"" + canary + "\"\n", "offices", 5, "want a list"},
	"empty item":        {head + "offices:\n  - \"leader\"\n  - \"\"\n", "offices", 5, "an empty item"},
	"null item":         {head + "offices:\n  - leader\n  -\n", "offices", 7, "empty"},
	"yes in a list":     {head + "offices: [true]\n", "offices", 5, "quotes"},
	"null":              {head + "given: ~\n", "given", 5, "empty"},
	"no value":          {head + "given:\n", "given", 5, "empty"},
	"bool for text":     {head + "given: true\n", "given", 5, "quotes"},
	"yes for a bool":    {head + "newsletter: yes\n", "newsletter", 5, "true or false"},
	"text for a bool":   {head + "newsletter: \"true\"\n", "newsletter", 5, "true or false"},
	"odd bool":          {head + "newsletter: TRUE\n", "newsletter", 5, "true or false"},
	"text for integer":  {head + "number: \"7\"\n", "number", 5, "plain digits"},
	"octal":             {head + "number: 0o17\n", "number", 5, "plain digits"},
	"hexadecimal":       {head + "number: 0xff\n", "number", 5, "plain digits"},
	"leading zero":      {head + "number: 007\n", "number", 5, "plain digits"},
	"fraction":          {head + "number: 1.5\n", "number", 5, "plain digits"},
	"huge integer":      {head + "number: 9999999999999999\n", "number", 5, "plain digits"},
	"endless integer":   {head + "number: " + strings.Repeat("9", 4000) + "\n", "number", 5, "plain digits"},
	"binary tag":        {head + "note: !!binary aGVp\n", "note", 5, "tags"},
	"NUL":               {head + "given: \"" + canary + "\x00\"\n", "given", 5, "control"},
	"escaped NUL":       {head + "given: \"" + canary + "\\0\"\n", "given", 5, "control"},
	"escaped u0000":     {head + "note: \"" + canary + "\\u0000\"\n", "note", 5, "control"},
	"bell":              {head + "given: \"" + canary + "\a\"\n", "given", 5, "control"},
	"tab":               {head + "given:\t\"" + canary + "\"\n", "given", 5, "control"},
	"escape character":  {head + "given: \"\x1b[31m" + canary + "\"\n", "given", 5, "control"},
	"lone return":       {head + "given: \"" + canary + "\rx\"\n", "given", 5, "control"},
	"C1 control":        {head + "given: \"" + canary + "\u0085\"\n", "given", 5, "control"},
	"line separator":    {head + "given: \"" + canary + "\u2028\"\n", "given", 5, "control"},
	"right to left":     {head + "given: \"" + canary + "\u202e\"\n", "given", 5, "control"},
	"escaped rtl":       {head + "given: \"" + canary + "\\u202e\"\n", "given", 5, "control"},
	"BOM":               {"\ufeff" + head + "given: \"" + canary + "\"\n", "", 1, "control"},
	"not UTF-8":         {head + "given: \"" + canary + "\xff\"\n", "given", 5, "UTF-8"},
	"UTF-16":            {"\xff\xfem\x00e\x00", "", 1, "UTF-8"},
	"Windows-1252":      {head + "given: \"" + canary + " K\xe5re\"\n", "given", 5, "UTF-8"},
	"lost character":    {head + "given: \"" + canary + "\ufffd\"\n", "given", 5, "lost"},
	"surrogate":         {head + "given: \"" + canary + "\\ud83d\"\n", "given", 5, "well-formed"},
	"break in a name":   {head + "given: \"" + canary + "\\nx\"\n", "given", 5, "line break"},
	"break in an item":  {head + "offices: [\"a\\n" + canary + "\"]\n", "offices", 5, "line break"},
	"open quote":        {head + "given: \"" + canary + "\n", "", 0, "well-formed"},
	"unknown escape":    {head + "given: \"\\q" + canary + "\"\n", "given", 5, "well-formed"},
	"no space":          {head + "given:\"" + canary + "\"\n", "", 0, "well-formed"},
	"two on a line":     {head + "given: family: " + canary + "\n", "", 0, "well-formed"},
	"nested too deep":   {head + "note: " + strings.Repeat("[", 20000) + "\n", "", 0, "well-formed"},
	"too many lines":    {head + manyLines(canary), "", 1, "more than 200 lines"},
	"too long a list":   {head + "offices:\n" + strings.Repeat("  - \""+canary+"\"\n", ListLimit+1), "offices", 5, "more than 100 items"},
	"too large":         {head + "note: \"" + strings.Repeat(canary, FileLimit/len(canary)+1) + "\"\n", "", 0, "more than 65536"},
}

func manyLines(value string) string {
	var b strings.Builder
	for i := range linesLimit {
		fmt.Fprintf(&b, "a%d: \"%s\"\n", i, value)
	}
	return b.String()
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range malformed {
		r, err := testSchema.Decode([]byte(c.yaml))
		if err == nil {
			t.Errorf("%s: accepted as %+v", name, r)
			continue
		}
		var e *DecodeError
		if !errors.As(err, &e) {
			t.Errorf("%s: a %T, want a *DecodeError", name, err)
			continue
		}
		if strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the error holds a value: %v", name, err)
		}
		if c.field != "" && e.Field != c.field || c.line != 0 && e.Line != c.line || !strings.Contains(e.Msg, c.msg) {
			t.Errorf("%s: %v, want line %d, field %q, %q", name, err, c.line, c.field, c.msg)
		}
	}
}

func TestDecodeErrorText(t *testing.T) {
	for _, c := range []struct {
		e    DecodeError
		want string
	}{
		{DecodeError{4, "born", "malformed"}, `line 4: field "born": malformed`},
		{DecodeError{0, "id", "missing"}, `field "id": missing`},
		{DecodeError{1, "", "not UTF-8 text"}, `line 1: not UTF-8 text`},
	} {
		if got := c.e.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, change := range map[string]func(*Record){
		"id":              func(r *Record) { r.ID = canary },
		"unit":            func(r *Record) { r.Unit = "A/" + canary },
		"no revision":     func(r *Record) { r.Rev = 0 },
		"huge revision":   func(r *Record) { r.Rev = RevLimit + 1 },
		"unknown field":   func(r *Record) { r.Set("fax", Text(canary)) },
		"control":         func(r *Record) { r.Set("given", Text(canary+"\x00")) },
		"break in a name": func(r *Record) { r.Set("given", Text(canary+"\n")) },
		"not UTF-8":       func(r *Record) { r.Set("given", Text(canary+"\xff")) },
		"list for text":   func(r *Record) { r.Set("given", List(canary)) },
		"text for list":   func(r *Record) { r.Set("offices", Text(canary)) },
		"empty item":      func(r *Record) { r.Set("offices", List(canary, "")) },
		"break in item":   func(r *Record) { r.Set("offices", List(canary+"\n")) },
		"long list":       func(r *Record) { r.Set("offices", List(make([]string, ListLimit+1)...)) },
		"not a bool":      func(r *Record) { r.Set("newsletter", Text(canary)) },
		"not an integer":  func(r *Record) { r.Set("number", Text(canary)) },
		"leading zero":    func(r *Record) { r.Set("number", Text("007")) },
		"minus zero":      func(r *Record) { r.Set("number", Text("-0")) },
		"too large":       func(r *Record) { r.Set("note", Text(strings.Repeat(canary, FileLimit/len(canary)+1))) },
	} {
		r := full()
		change(r)
		b, err := testSchema.Encode(r)
		if err == nil {
			t.Errorf("%s: encoded as\n%s", name, b)
		} else if name != "id" && name != "unit" && strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the error holds a value: %v", name, err)
		}
	}
}

func TestRequestRefuses(t *testing.T) {
	const begin = "medlem: 1\nid: \"m4k7qwertyuio\"\nunit: \"asker\"\n"
	for name, c := range map[string]struct {
		yaml, field string
		line        int
	}{
		"no kind":          {begin + "member: \"aaaaaaaaaaaaa\"\n", "kind", 0},
		"unknown kind":     {begin + "kind: \"" + canary + "\"\nmember: \"aaaaaaaaaaaaa\"\n", "kind", 4},
		"no member":        {begin + "kind: \"close\"\n", "member", 0},
		"malformed member": {begin + "kind: \"close\"\nmember: \"" + canary + "\"\n", "member", 5},
		"reason in words":  {begin + "kind: \"close\"\nmember: \"aaaaaaaaaaaaa\"\nreason: \"" + canary + " died\"\n", "reason", 6},
		"move to nowhere":  {begin + "kind: \"move\"\nmember: \"aaaaaaaaaaaaa\"\n", "to", 0},
		"move to no unit":  {begin + "kind: \"move\"\nmember: \"aaaaaaaaaaaaa\"\nto: \"../" + canary + "\"\n", "to", 6},
		"close to a unit":  {begin + "kind: \"close\"\nmember: \"aaaaaaaaaaaaa\"\nto: \"alta\"\n", "to", 6},
		"unknown line":     {begin + "kind: \"close\"\nmember: \"aaaaaaaaaaaaa\"\ngiven: \"" + canary + "\"\n", "given", 6},
		"a list":           {begin + "kind: \"close\"\nmember: [" + canary + "]\n", "member", 5},
		"a revision":       {begin + "rev: 1\nkind: \"close\"\nmember: \"aaaaaaaaaaaaa\"\n", "rev", 4},
	} {
		_, err := DecodeRequest([]byte(c.yaml))
		var e *DecodeError
		if !errors.As(err, &e) || e.Field != c.field || e.Line != c.line || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v, want line %d, field %q", name, err, c.line, c.field)
		}
	}
	for name, r := range map[string]Request{
		"kind":   {ID: "m4k7qwertyuio", Unit: "asker", Kind: "fire", Member: "aaaaaaaaaaaaa"},
		"id":     {Unit: "asker", Kind: RequestClose, Member: "aaaaaaaaaaaaa"},
		"note":   {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestClose, Member: "aaaaaaaaaaaaa", Note: "\x00"},
		"length": {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestClose, Member: "aaaaaaaaaaaaa", Note: strings.Repeat("x", FileLimit)},
	} {
		if b, err := EncodeRequest(&r); err == nil {
			t.Errorf("%s: encoded as\n%s", name, b)
		}
	}
}
