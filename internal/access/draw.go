package access

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/register"
)

// Draw is the receipt of a list that left the register,
// data/<unit>/draws/<YYYY-MM-DD>/<id>.yaml: who took out what, for what and for
// whom, and when it must be destroyed. The day of the path is that day. Whom the
// list names, and why, stands in the sealed file beside it (record.DrawList).
type Draw struct {
	Unit register.UnitID
	Day  register.Day // the last day on which the list may exist
	ID   register.RecordID

	Purpose  string            // a purpose of lists.yaml
	Request  register.RecordID // the request that it answers, or ""
	Drawn    register.Day
	By       register.Handle
	For      register.Handle // the officer who gets it; "" where it is handed out
	HandOut  string          // else a kind of receiver of lists.yaml
	Use      register.Day    // the day of what it is for, where the policy counts from there; else ""
	Units    []register.UnitID
	Columns  []string // keys of fields, in the order in which they stand in the file
	Beyond   []string // those that the purpose does not have, in the same order
	Filtered bool     // not every member of the units
	Count    int      // members
	Form     string   // one of DrawForms
	Format   string   // one of DrawFormats
	Copies   int      // printed
	Main     string   // the commit of main that it was drawn from, hexadecimal

	Sent      []Delivery    // the file and its password, each at most once
	Destroyed []Destruction // the paper and the file, each at most once
}

// The forms of a draw.
const (
	FormList    = "list"
	FormLabels  = "labels"
	FormLetters = "letters"
)

// DrawForms lists the forms of a draw.
var DrawForms = []string{FormList, FormLabels, FormLetters}

// The formats of a draw, by the ending of its file: all of them are protected.
const (
	FormatXLSX = "xlsx"    // under a password, ECMA-376 agile encryption
	FormatCSV  = "csv.age" // sealed to the receiver
	FormatPDF  = "pdf.age" // sealed to the receiver
)

// DrawFormats lists the formats of a draw.
var DrawFormats = []string{FormatXLSX, FormatCSV, FormatPDF}

// What a Delivery brings, and what a Destruction is of.
const (
	PartFile     = "file"
	PartPassword = "password"
	PartPaper    = "paper"
	PartDigital  = "digital"
)

// A Delivery says which way the file or its password went. Its id is the
// number of the message, made by the tool: nothing of the message itself.
type Delivery struct {
	Part string // PartFile or PartPassword
	Way  string // one of DeliveryWays
	ID   register.RecordID
	Day  register.Day
}

// DeliveryWays lists the ways that a list or its password can go.
var DeliveryWays = []string{"email", "sms", "phone", "post", "hand"}

// A Destruction is an officer's word that no copy is left, on paper or in files.
type Destruction struct {
	Part   string // PartPaper or PartDigital
	Day    register.Day
	Handle register.Handle
}

const (
	drawUnitsLimit  = 2000 // units of one draw
	drawCountLimit  = 1_000_000
	drawCopiesLimit = 10_000
)

// Path is where the receipt lies.
func (x *Draw) Path() register.Path {
	return register.Path{Kind: register.Draw, Unit: x.Unit, Day: x.Day, ID: x.ID}
}

// ListPath is where the sealed file beside it lies.
func (x *Draw) ListPath() register.Path {
	return register.Path{Kind: register.DrawList, Unit: x.Unit, Day: x.Day, ID: x.ID}
}

// Missing returns which of the parts that the policy wants attested are not, in
// the policy's order. Where nothing was printed there is no paper to destroy.
func (x *Draw) Missing(attest []string) []string {
	if len(attest) == 0 {
		attest = []string{PartDigital}
	}
	var out []string
	for _, part := range attest {
		if part == PartPaper && x.Copies == 0 && x.Form == FormList {
			continue
		}
		if !slices.ContainsFunc(x.Destroyed, func(d Destruction) bool { return d.Part == part }) {
			out = append(out, part)
		}
	}
	return out
}

// Encode returns the receipt's file.
func (x *Draw) Encode() []byte {
	f := register.NewFlat()
	number := func(key string, n int) {
		if n > 0 {
			f.Set(key, strconv.Itoa(n))
		}
	}
	f.Set("purpose", x.Purpose)
	f.Set("request", string(x.Request))
	f.Set("drawn", string(x.Drawn))
	f.Set("by", string(x.By))
	f.Set("for", string(x.For))
	f.Set("hand-out", x.HandOut)
	f.Set("use", string(x.Use))
	f.SetList("units", texts(x.Units))
	f.SetList("columns", x.Columns)
	f.SetList("beyond", x.Beyond)
	if x.Filtered {
		f.Set("filtered", "yes")
	}
	f.Set("count", strconv.Itoa(x.Count))
	f.Set("form", x.Form)
	f.Set("format", x.Format)
	number("copies", x.Copies)
	f.Set("main", x.Main)
	var sent, destroyed []string
	for _, s := range x.Sent {
		sent = append(sent, fmt.Sprintf("%s %s %s %s", s.Part, s.Way, s.ID, s.Day))
	}
	for _, d := range x.Destroyed {
		destroyed = append(destroyed, fmt.Sprintf("%s %s %s", d.Part, d.Day, d.Handle))
	}
	f.SetList("sent", sent)
	f.SetList("destroyed", destroyed)
	return f.Encode()
}

// ParseDraw reads the receipt that lies at a path of kind Draw. Its keys are those
// of a policy by form; whether the policy has them is another question.
func ParseDraw(p register.Path, b []byte) (*Draw, error) {
	f, err := register.ParseFlat(b)
	if err != nil {
		return nil, err
	}
	r := &drawReader{grantReader{f: f}}
	x := &Draw{Unit: p.Unit, Day: p.Day, ID: p.ID}
	x.Purpose, _ = r.word("purpose", true)
	x.Request = r.id("request")
	x.Drawn, _ = r.day("drawn", true)
	x.By = r.handle("by", true)
	x.For = r.handle("for", false)
	var line int
	if x.HandOut, line = r.word("hand-out", false); (x.For == "") == (x.HandOut == "") {
		r.fault(max(line, 1), 1, "want one receiver: for, with an officer's handle, or hand-out")
	}
	x.Use, _ = r.day("use", false)
	x.Units = r.units()
	x.Columns = r.words("columns", columnsLimit)
	if len(x.Columns) == 0 {
		r.fault(1, 1, "a list of no columns")
	}
	x.Beyond = r.beyond(x.Columns)
	s, line := r.value("filtered", false)
	if x.Filtered = s != ""; x.Filtered && s != "yes" {
		r.fault(line, 11, "want yes, or no line")
	}
	x.Count = r.number("count", true, drawCountLimit)
	x.Form = r.oneOf("form", DrawForms)
	if x.Format = r.oneOf("format", DrawFormats); x.Form != FormList && x.Format != FormatPDF {
		r.fault(1, 1, "%s are made as %s only", x.Form, FormatPDF)
	}
	x.Copies = r.number("copies", false, drawCopiesLimit)
	if x.Main, line = r.value("main", true); !isCommit(x.Main) {
		r.fault(line, 7, "malformed commit: want 40 hexadecimal digits")
	}
	x.Sent = r.sent()
	x.Destroyed = r.destroyed()
	if r.err == nil {
		r.err = f.End()
	}
	if r.err != nil {
		return nil, r.err
	}
	return x, nil
}

func isCommit(s string) bool {
	const size = 20 // bytes
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == size && s == strings.ToLower(s)
}

// drawReader reads the keys that only a draw has.
type drawReader struct{ grantReader }

func (r *drawReader) id(key string) register.RecordID {
	s, line := r.value(key, false)
	if s == "" {
		return ""
	}
	id, err := register.ParseRecordID(s)
	if err != nil {
		r.fault(line, len(key)+3, "malformed id: want 13 characters a-z2-7")
	}
	return id
}

func (r *drawReader) handle(key string, need bool) register.Handle {
	s, line := r.value(key, need)
	if s == "" {
		return ""
	}
	h, err := register.ParseHandle(s)
	if err != nil {
		r.fault(line, len(key)+3, "malformed handle: want o- and 10 characters a-z2-7")
	}
	return h
}

// units are whose members the list may have: at least one unit, sorted.
func (r *drawReader) units() []register.UnitID {
	l, line := r.list("units", drawUnitsLimit)
	if len(l) == 0 {
		r.fault(1, 1, "a list of no unit")
	}
	var out []register.UnitID
	for i, s := range l {
		u, err := register.ParseUnitID(s)
		if err != nil {
			r.fault(line+1+i, 5, "malformed unit: want the id of one")
		} else if i > 0 && s <= l[i-1] {
			r.fault(line+1+i, 5, "units are not sorted, or one is repeated")
		}
		out = append(out, u)
	}
	return out
}

// beyond are some of the columns, in their order.
func (r *drawReader) beyond(columns []string) []string {
	l, line := r.list("beyond", columnsLimit)
	at := 0
	for i, s := range l {
		k := slices.Index(columns[at:], s)
		if k < 0 {
			r.fault(line+1+i, 5, "not one of the columns, or not in their order")
			break
		}
		at += k + 1
	}
	return l
}

func (r *drawReader) number(key string, need bool, limit int) int {
	s, line := r.value(key, need)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > limit || strconv.Itoa(n) != s || n == 0 && !need {
		r.fault(line, len(key)+3, "malformed number: want at most %d", limit)
	}
	return n
}

func (r *drawReader) oneOf(key string, words []string) string {
	s, line := r.value(key, true)
	if s != "" && !slices.Contains(words, s) {
		r.fault(line, len(key)+3, "unknown %s: want %s", key, strings.Join(words, ", "))
	}
	return s
}

func (r *drawReader) sent() []Delivery {
	l, line := r.list("sent", 2)
	var out []Delivery
	for i, s := range l {
		w := strings.Split(s, " ")
		if len(w) != 4 {
			r.fault(line+1+i, 5, "malformed delivery: want part, way, id and day")
			return nil
		}
		id, ierr := register.ParseRecordID(w[2])
		d, derr := register.ParseDay(w[3])
		if ierr != nil || derr != nil || w[0] != PartFile && w[0] != PartPassword || !slices.Contains(DeliveryWays, w[1]) {
			r.fault(line+1+i, 5, "malformed delivery: want part, way, id and day")
		}
		if i > 0 && out[0].Part >= w[0] {
			r.fault(line+1+i, 5, "want the file first, then its password")
		}
		out = append(out, Delivery{w[0], w[1], id, d})
	}
	return out
}

func (r *drawReader) destroyed() []Destruction {
	l, line := r.list("destroyed", 2)
	var out []Destruction
	for i, s := range l {
		w := strings.Split(s, " ")
		if len(w) != 3 {
			r.fault(line+1+i, 5, "malformed destruction: want part, day and handle")
			return nil
		}
		d, derr := register.ParseDay(w[1])
		h, herr := register.ParseHandle(w[2])
		if derr != nil || herr != nil || w[0] != PartDigital && w[0] != PartPaper {
			r.fault(line+1+i, 5, "malformed destruction: want part, day and handle")
		}
		if i > 0 && out[0].Part >= w[0] {
			r.fault(line+1+i, 5, "want the file first, then the paper")
		}
		out = append(out, Destruction{w[0], d, h})
	}
	return out
}
