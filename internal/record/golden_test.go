package record

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/medlem-register/medlem/internal/register"
)

// The files in testdata/golden are what records and requests are, byte for
// byte, for as long as there are registers: sealed records of every year must
// open, and two tools must write the same. If a test here fails, the code is
// wrong. There is no way to rewrite the files, on purpose; a new form is a new
// Version beside this one.

func goldenRecords() map[string]*Record {
	least := &Record{ID: "aaaaaaaaaaaaa", Unit: "a", Rev: 1, Fields: map[string]Value{}}
	letters := full()
	letters.Rev = RevLimit
	letters.Fields = map[string]Value{
		"given":  Text("Đorđe Ŋuoffir Þór"),
		"family": Text("Čállo-Søndergård ß Ł"),
		"city":   Text("Kárášjohka – Αθήνα Київ 東京 \u200cفارسی"),
		"note":   Text("\\n is not a break, \"\\\" is a backslash\n# not a comment\n- not a list\n{not: [a, map]} tab is not here"),
	}
	lists := &Record{ID: "2222222222222", Unit: "folkerorsla-prove-akershus-2", Rev: 12, Fields: map[string]Value{
		"offices": List("board-member", "leader", "treasurer"), "newsletter": Text("false"), "number": Text("0"),
		"note": Text("yes"), "given": Text("null"), "family": Text("1_000"), "street": Text("0150"), "shirt": Text("~"),
	}}
	numbers := &Record{ID: "m4k7qwertyuio", Unit: "asker", Rev: 2, Fields: map[string]Value{
		"number": Text("999999999999999"), "offices": List("leader"), "city": Text(" two spaces  kept "),
	}}
	rights := &Record{ID: "m4k7qwertyuio", Unit: "asker", Rev: 3, Fields: map[string]Value{
		"given": Text("Åse"), Restricted: Text("2026-11-22"), Objects: List("all", "mailing"),
	}}
	ended := rights.Clone()
	ended.Fields[Closed], ended.Fields[Reason] = Text("2026-11-23"), Text("left")
	dues := &Record{ID: "m4k7qwertyuio", Unit: "asker", Rev: 4, Fields: map[string]Value{
		"given": Text("Åse"), Closed: Text("2026-11-23"), Reason: Text("left"), Restricted: Text("2026-11-22"),
		Dues:    List("2025 join 1234567890 2025-03-01 2025-03-31 paid 2025-03-20", "2026 renewal 2345678901 2026-01-05 2026-02-04 open -", "2027 renewal 3456789012 2027-01-05 2027-02-04 part 2027-02-01 35000"),
		Mandate: Text("avtalegiro 2026-11-20 22345678974"), Bounced: List("email 2026-11-21", "sms 2026-11-22"),
	}}
	return map[string]*Record{"dues": dues, "least": least, "full": full(), "letters": letters, "lists": lists, "numbers": numbers, "rights": rights, "rights-closed": ended}
}

func goldenRequests() map[string]*Request {
	return map[string]*Request{
		"request-close": {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestClose, Member: "aaaaaaaaaaaaa", Reason: "left", Note: "Ringte 3. mai:\n\"takk for meg\""},
		"request-move":  {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestMove, Member: "aaaaaaaaaaaaa", To: "alta"},
		"request-list": {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestList, Note: "Til årsmøtet", List: "district-list", Purpose: "invitation",
			Columns: []string{"given", "family", "email"}, Units: []register.UnitID{"asker", "alta"}},
		"request-reopen": {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestReopen, Member: "aaaaaaaaaaaaa"},
		"request-join": {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestJoin, Note: "Jeg så dere på torget", Set: []Set{
			{Key: "given", Value: Text("Åse Márjá")}, {Key: "family", Value: Text("Kvåle")}, {Key: "email", Value: Text("ase.kvåle@example.no")},
			{Key: "phone", Value: Text("+47 400 00 001")}, {Key: "newsletter", Value: Text("true"), Plain: true}}},
		"request-join-sms": {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestJoin, Note: "Bli med Åse Márjá Kvåle", From: FromSMS, Set: []Set{
			{Key: "given", Value: Text("Åse Márjá")}, {Key: "family", Value: Text("Kvåle")}, {Key: "phone", Value: Text("+47 400 00 001")}}},
		"request-correct": {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestCorrect, Member: "aaaaaaaaaaaaa", Note: "Ny adresse fra\n1. mai", From: FromMember,
			Set: []Set{{Key: "street", Value: Text("Storgata 1 \"oppgang B\"")}, {Key: "offices", Value: List("leader", "treasurer")},
				{Key: "newsletter", Value: Text("false"), Plain: true}, {Key: "number", Value: Text("-12"), Plain: true}},
			Clear: []string{"email", "phone"}},
		"request-confirm": {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestConfirm, Member: "aaaaaaaaaaaaa", From: FromMember},
		"request-object":  {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestObject, Member: "aaaaaaaaaaaaa", Purpose: "mailing", From: FromMember},
		"request-object-no-more": {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestObject, Member: "aaaaaaaaaaaaa", From: FromMember,
			Clear: []string{"all", "mailing"}},
		"request-restrict": {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestRestrict, Member: "aaaaaaaaaaaaa", Note: "Adressen er feil", From: FromMember},
		"request-copy":     {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestCopy, Member: "aaaaaaaaaaaaa", From: FromMember},
		"request-leave":    {ID: "m4k7qwertyuio", Unit: "asker", Kind: RequestClose, Member: "aaaaaaaaaaaaa", Reason: "left", Note: "Takk for meg", From: FromMember},
	}
}

// TestGoldenCover holds what a member sends, byte for byte.
func TestGoldenCover(t *testing.T) {
	c := &Cover{ID: "m4k7qwertyuio", Unit: "asker", Member: "aaaaaaaaaaaaa", Sealed: []byte("age-encryption.org/v1\n")}
	want := golden(t, "cover")
	got, err := EncodeCover(c)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("encoded\n%s\n%v, want\n%s", got, err, want)
	}
	if back, ok, err := DecodeCover(want); !ok || err != nil || !reflect.DeepEqual(back, c) {
		t.Errorf("decoded %+v, %v, %v", back, ok, err)
	}
	if c, ok, err := DecodeCover(golden(t, "request-join")); c != nil || ok || err != nil {
		t.Errorf("a stranger's request is a cover: %+v, %v, %v", c, ok, err)
	}
}

func golden(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "golden", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGoldenRecords(t *testing.T) {
	for name, r := range goldenRecords() {
		want := golden(t, name)
		got, err := testSchema.Encode(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: encoded\n%s\nwant\n%s", name, got, want)
		}
		back, err := testSchema.Decode(want)
		if err != nil || !reflect.DeepEqual(back, r) {
			t.Errorf("%s: decoded %+v, %v\nwant %+v", name, back, err, r)
		}
		if _, ok := parseLines(string(want), nil); !ok {
			t.Errorf("%s: the fast parser does not read the canonical form", name)
		}
	}
}

func TestGoldenRequests(t *testing.T) {
	for name, r := range goldenRequests() {
		want := golden(t, name)
		got, err := EncodeRequest(r)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: encoded\n%s\n%v, want\n%s", name, got, err, want)
		}
		back, err := DecodeRequest(want)
		if err != nil || !reflect.DeepEqual(back, r) {
			t.Errorf("%s: decoded %+v, %v", name, back, err)
		}
	}
}

func TestEveryGoldenFileIsRead(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if want := len(goldenRecords()) + len(goldenRequests()) + len(goldenDrawLists()) + len(goldenActivities()) + len(goldenSendingLists()) + 1; len(files) != want {
		t.Errorf("%d golden files, %d vectors", len(files), want)
	}
}
