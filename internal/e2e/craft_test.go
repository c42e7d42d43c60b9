package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// The commands that make what an attacker puts into the register: sealed files,
// keyrings, officers' files.

// schema of what the attackers' records hold; the check sees none of it.
var schema = &record.Schema{Country: "NO", Fields: []record.Field{
	{Key: "given", Type: "name"}, {Key: "family", Type: "name"}, {Key: "born", Type: "date"}, {Key: "email", Type: "email"},
	{Key: "phone", Type: "phone"}, {Key: "city", Type: "city"}, {Key: "joined", Type: "date"}, {Key: "note", Type: "note"}}}

func load(ts *testscript.TestScript, who string) *identity.Identity {
	id, err := identity.Load(ts.MkAbs(who+".key"), func() ([]byte, error) { return nil, errors.New("it is plain") })
	ts.Check(err)
	return id
}

// keep writes what a command made into a file of the script.
func keep(ts *testscript.TestScript, name string, b []byte) {
	ts.Check(os.WriteFile(ts.MkAbs(name), b, 0o600))
}

// secret NAME makes the secret of a draft and keeps it in the file NAME.
func secretCmd(ts *testscript.TestScript, _ bool, args []string) {
	keep(ts, args[0], []byte(seal.NewKey().String()))
}

func readSecret(ts *testscript.TestScript, name string) seal.Key {
	k, err := seal.ParseKey(ts.ReadFile(name))
	ts.Check(err)
	return k
}

// newid NAME [UNIT] puts a fresh id into the variable NAME, and where a member of
// UNIT (asker) with that id lies into NAME_PATH.
func newIDCmd(ts *testscript.TestScript, _ bool, args []string) {
	unit := register.UnitID("asker")
	if len(args) > 1 {
		unit = register.UnitID(args[1])
	}
	id := register.NewRecordID()
	ts.Setenv(args[0], string(id))
	ts.Setenv(args[0]+"_PATH", register.Path{Kind: register.Member, Unit: unit, ID: id}.String())
}

// path VAR UNIT ID [FOLDER [DATE]] puts the path of a unit's file into a variable:
// in members, or in erase DATE (a month), erased DATE (a year), requests,
// evidence, envelopes, draws DATE or activities DATE (a day), or grants (ID is a handle).
func pathCmd(ts *testscript.TestScript, _ bool, args []string) {
	p := register.Path{Unit: register.UnitID(args[1]), ID: register.RecordID(args[2])}
	folder, date := "members", ""
	if len(args) > 3 {
		folder = args[3]
	}
	if len(args) > 4 {
		date = args[4]
	}
	switch folder {
	case "members":
		p.Kind = register.Member
	case "erase":
		p.Kind, p.Month = register.Closed, register.Month(date)
	case "erased":
		p.Kind, p.Year = register.Tombstone, date
	case "requests":
		p.Kind = register.Request
	case "evidence":
		p.Kind = register.Evidence
	case "envelopes":
		p.Kind = register.Envelope
	case "draws":
		p.Kind, p.Day = register.Draw, register.Day(date)
	case "activities":
		p.Kind, p.Day = register.Activity, register.Day(date)
	case "grants":
		p.Kind, p.Handle = register.Grant, register.Handle(args[2])
	default:
		ts.Fatalf("path: unknown folder %q", folder)
	}
	ts.Setenv(args[0], p.String())
}

// rev VAR REV puts the id that the server has for REV into a variable.
func revCmd(ts *testscript.TestScript, _ bool, args []string) {
	out, err := exec.Command("git", "-C", ts.Getenv("HOST"), "rev-parse", args[1]).Output()
	ts.Check(err)
	ts.Setenv(args[0], strings.TrimSpace(string(out)))
}

// submitted WHO puts the proposal that WHO's medlem submit has just told of into
// $REF and $TOPIC.
func submittedCmd(ts *testscript.TestScript, _ bool, args []string) {
	topic := regexp.MustCompile(`\(([a-z0-9-]+-[a-z2-7]{13})\)`).FindStringSubmatch(ts.ReadFile("stdout"))
	if topic == nil {
		ts.Fatalf("submitted: nothing was")
	}
	ts.Setenv("TOPIC", topic[1])
	ts.Setenv("REF", register.ProposalRef(load(ts, args[0]).Handle(), topic[1]))
}

// record OUT SECRET UNIT ID [rev=N] [field=value…] seals a record as a draft
// would, under the key that follows from the secret. says-unit= and says-id= set
// what the record says of itself; text=FILE takes FILE as its text, with @ID@ and
// @UNIT@ filled in.
func recordCmd(ts *testscript.TestScript, _ bool, args []string) {
	unit, id := register.UnitID(args[2]), register.RecordID(args[3])
	r := &record.Record{ID: id, Unit: unit, Rev: 2, Fields: map[string]record.Value{"given": record.Text("Åse"), "family": record.Text("Prøve")}}
	var text []byte
	for _, a := range args[4:] {
		k, v, _ := strings.Cut(a, "=")
		switch k {
		case "rev":
			n, err := strconv.Atoi(v)
			ts.Check(err)
			r.Rev = n
		case "says-unit":
			r.Unit = register.UnitID(v)
		case "says-id":
			r.ID = register.RecordID(v)
		case "text":
			text = []byte(strings.NewReplacer("@ID@", string(id), "@UNIT@", string(unit)).Replace(ts.ReadFile(v)))
		default:
			r.Fields[k] = record.Text(v)
		}
	}
	if text == nil {
		var err error
		text, err = schema.Encode(r)
		ts.Check(err)
	}
	file, err := seal.Seal(readSecret(ts, args[1]).Derive(seal.KindRecord, unit, id), text)
	ts.Check(err)
	keep(ts, args[0], file)
}

// request OUT SECRET UNIT ID KIND MEMBER [reason=R] [to=UNIT] seals a request.
// says-unit= sets what the request says of itself.
func requestCmd(ts *testscript.TestScript, _ bool, args []string) {
	r := &record.Request{ID: register.RecordID(args[3]), Unit: register.UnitID(args[2]), Kind: args[4], Member: register.RecordID(args[5])}
	for _, a := range args[6:] {
		switch k, v, _ := strings.Cut(a, "="); k {
		case "reason":
			r.Reason = v
		case "to":
			r.To = register.UnitID(v)
		case "says-unit":
			r.Unit = register.UnitID(v)
		}
	}
	text, err := record.EncodeRequest(r)
	ts.Check(err)
	file, err := seal.Seal(readSecret(ts, args[1]).Derive(seal.KindRequest, register.UnitID(args[2]), r.ID), text)
	ts.Check(err)
	keep(ts, args[0], file)
}

// envelope OUT SECRET WHO… seals a draft's secret to these actors.
func envelopeCmd(ts *testscript.TestScript, _ bool, args []string) {
	var rs []string
	for _, who := range args[2:] {
		rs = append(rs, load(ts, who).Recipient())
	}
	file, err := seal.SealEnvelope(readSecret(ts, args[1]), rs)
	ts.Check(err)
	keep(ts, args[0], file)
}

// spoil HOW FILE damages a sealed file: trailing (a byte of no chunk after it),
// longer (a byte that could be of one), cut (nearly nothing left of the payload), work-factor (2^20 in the header), stanza
// (a second one), stanzas (a thousand), bucket (a plaintext of another size),
// classic (sealed to an X25519 recipient), plain (no sealing at all).
func spoilCmd(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[1])
	b, err := os.ReadFile(path)
	ts.Check(err)
	end := bytes.Index(b, []byte("\n--- "))
	switch args[0] {
	case "trailing":
		full := 64<<10 + 16 // a chunk
		b = append(b[:bytes.IndexByte(b[end+1:], '\n')+end+2], make([]byte, 16+full+10)...)
	case "cut":
		b = b[:end+80]
	case "longer":
		b = append(b, 'x')
	case "work-factor":
		b = bytes.Replace(b, []byte(" 1\n"), []byte(" 20\n"), 1)
	case "stanza", "stanzas":
		n := map[string]int{"stanza": 1, "stanzas": 1000}[args[0]]
		first := b[len("age-encryption.org/v1\n") : end+1]
		b = bytes.Join([][]byte{b[:end+1], bytes.Repeat(first, n), b[end+1:]}, nil)
	case "bucket":
		var r *age.ScryptRecipient
		r, err = age.NewScryptRecipient(seal.NewKey().String())
		ts.Check(err)
		r.SetWorkFactor(1)
		b, err = sealFor(r, []byte("medlem: 1\n"))
	case "classic":
		var x *age.X25519Identity
		x, err = age.GenerateX25519Identity()
		ts.Check(err)
		b, err = sealFor(x.Recipient(), seal.Pad([]byte("medlem: 1\n")))
	case "plain":
		b = []byte("medlem: 1\ngiven: \"Åse\"\n")
	default:
		ts.Fatalf("spoil: unknown way %s", args[0])
	}
	ts.Check(err)
	ts.Check(os.WriteFile(path, b, 0o600))
}

func sealFor(r age.Recipient, text []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := age.Encrypt(&out, r)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}
