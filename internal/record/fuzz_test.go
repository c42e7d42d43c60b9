package record

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// seeds adds every plaintext of the tables, and returns how many.
func seeds(f *testing.F) int {
	n := 0
	add := func(b []byte) { f.Add(b); n++ }
	for _, r := range goldenRecords() {
		b, err := testSchema.Encode(r)
		if err != nil {
			f.Fatal(err)
		}
		add(b)
	}
	for _, r := range goldenRequests() {
		b, err := EncodeRequest(r)
		if err != nil {
			f.Fatal(err)
		}
		add(b)
	}
	for _, a := range goldenActivities() {
		b, err := EncodeActivity(a)
		if err != nil {
			f.Fatal(err)
		}
		add(b)
	}
	for _, c := range handwritten {
		add([]byte(c.yaml))
	}
	for _, c := range malformed {
		if len(c.yaml) < 4096 { // the long ones teach the fuzzer nothing
			add([]byte(c.yaml))
		}
	}
	return n
}

func atLeast(f *testing.F, n, want int) {
	f.Helper()
	if n < want {
		f.Fatalf("%d seeds, want at least %d: the tables have shrunk", n, want)
	}
}

// FuzzDecode: what decodes encodes, and what that gives is canonical.
func FuzzDecode(f *testing.F) {
	atLeast(f, seeds(f), 90)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := testSchema.Decode(b)
		if err != nil {
			if r != nil {
				t.Fatal("a record and an error")
			}
			return
		}
		first, err := testSchema.Encode(r)
		if err != nil {
			if len(b) > FileLimit/2 && strings.Contains(err.Error(), "more than") {
				return // escapes made it larger than the limit
			}
			t.Fatalf("decoded but not encoded: %v", err)
		}
		again, err := testSchema.Decode(first)
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Fatalf("decoded %+v\nagain %+v, %v", r, again, err)
		}
		second, err := testSchema.Encode(again)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("not canonical:\n%s\n%s\n%v", first, second, err)
		}
	})
}

// FuzzParsers: wherever the fast parser accepts, YAML says the same.
func FuzzParsers(f *testing.F) {
	atLeast(f, seeds(f), 90)
	f.Fuzz(func(t *testing.T, b []byte) {
		s := string(b)
		if _, err := CheckText(s, true); err != nil || len(s) > FileLimit {
			return // refused before either parser
		}
		fast, ok := parseLines(s, nil)
		if !ok {
			return
		}
		slow, err := parseYAML(s)
		if err != nil || !reflect.DeepEqual(fast, slow) {
			t.Fatalf("fast %+v\nyaml %+v, %v", fast, slow, err)
		}
	})
}

func FuzzDecodeRequest(f *testing.F) {
	atLeast(f, seeds(f), 90)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRequest(b)
		if err != nil {
			return
		}
		out, err := EncodeRequest(r)
		if err != nil {
			if len(b) > FileLimit/2 && strings.Contains(err.Error(), "more than") {
				return
			}
			t.Fatalf("decoded but not encoded: %v", err)
		}
		again, err := DecodeRequest(out)
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Fatalf("decoded %+v\nagain %+v, %v", r, again, err)
		}
	})
}

// FuzzRoundTrip: what may stand in a record comes back as it was.
func FuzzRoundTrip(f *testing.F) {
	n := 0
	for _, s := range []string{"Åse", "", " ", "\"", "\\", "\\n", "a\nb", "#", "- a", "a: b", "'", "~", "null", "\u200d", "😀", "\u0301", "{}", "x\\"} {
		f.Add(s, s, "leader", true, int64(7))
		n++
	}
	atLeast(f, n, 18)
	f.Fuzz(func(t *testing.T, name, note, item string, yes bool, number int64) {
		r := &Record{ID: "m4k7qwertyuio", Unit: "asker", Rev: 1, Fields: map[string]Value{}}
		r.Set("given", Text(name))
		r.Set("note", Text(note))
		r.Set("offices", List(item, "x"))
		r.Set("newsletter", Text(map[bool]string{true: "true", false: "false"}[yes]))
		b, err := testSchema.Encode(r)
		if err != nil {
			return
		}
		if _, ok := parseLines(string(b), nil); !ok {
			t.Fatalf("the fast parser does not read\n%s", b)
		}
		back, err := testSchema.Decode(b)
		if err != nil || !reflect.DeepEqual(back, r) {
			t.Fatalf("wrote %+v\nread %+v, %v", r, back, err)
		}
	})
}

// FuzzNormalise: what Normalise returns is without fault, encodes, and is not
// changed by reading it once more; what it says never holds what it was given.
func FuzzNormalise(f *testing.F) {
	n := 0
	for _, c := range normalised {
		f.Add(c.key, c.raw)
		n++
	}
	for _, c := range faulty {
		f.Add(c.key, c.raw)
		n++
	}
	atLeast(f, n, 100)
	f.Fuzz(func(t *testing.T, key, raw string) {
		v, notice, err := testSchema.Normalise(key, raw)
		if long := strings.TrimSpace(raw); len(long) > 60 {
			if strings.Contains(notice, long) || err != nil && strings.Contains(err.Error(), long) {
				t.Fatalf("%s: the value stands in %q or %v", key, notice, err)
			}
		}
		if err != nil || v.Empty() {
			return
		}
		r := full()
		delete(r.Fields, "country")
		if key == "country" {
			delete(r.Fields, "postcode") // of the country before
		}
		r.Set(key, v)
		if faults := testSchema.Validate(r); faults != nil {
			t.Fatalf("%s %q became %q: %v", key, raw, v, faults)
		}
		if _, err := testSchema.Encode(r); err != nil {
			t.Fatal(err)
		}
		again, _, err := testSchema.Normalise(key, v.String())
		if err != nil || again != v {
			t.Fatalf("%s %q became %q, then %q, %v", key, raw, v, again, err)
		}
	})
}
