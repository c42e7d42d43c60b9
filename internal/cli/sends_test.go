package cli

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/intake"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// sends writes the file that a page makes: sends FILE unit=asker kind=correct
// member=ID set:email=x@example.org clear:phone … ; kind=join without a member is a
// stranger's. The secret of her page is looked up with sec's identity, as the letter
// has it, unless secret= gives another, or secretof= whose it is; to=UNIT seals to another unit's recipient,
// and main=COMMIT to the one that stood in that commit; id= gives the request's number.
func sends(ts *testscript.TestScript, _ bool, args []string) {
	r := &record.Request{ID: register.NewRecordID(), From: record.FromMember}
	var to register.UnitID
	secret, main := "", "main"
	for _, a := range args[1:] {
		k, v, _ := strings.Cut(a, "=")
		what, field, _ := strings.Cut(k, ":")
		switch what {
		case "unit":
			r.Unit = register.UnitID(v)
			to = r.Unit
		case "kind":
			if r.Kind = v; v == record.RequestJoin {
				r.From = ""
			}
		case "member":
			r.Member = register.RecordID(v)
		case "reason":
			r.Reason = v
		case "purpose":
			r.Purpose = v
		case "note":
			r.Note = v
		case "set":
			r.Set = append(r.Set, record.Set{Key: field, Value: record.Text(v), Plain: v == "true" || v == "false"})
		case "clear":
			r.Clear = append(r.Clear, field)
		case "to":
			to = register.UnitID(v)
		case "id":
			r.ID = register.RecordID(v)
		case "secret":
			secret = v
		case "secretof":
			secret = viewSecret(ts, register.RecordID(v))
		case "main":
			main = v
		default:
			ts.Fatalf("sends: %s", k)
		}
	}
	b, err := exec.Command("git", "-C", ts.MkAbs("host.git"), "show", main+":data/"+string(to)+"/keyring.yaml").Output()
	ts.Check(err)
	ring, err := access.ParseKeyringFile(to, b)
	ts.Check(err)
	var file []byte
	if r.Kind == record.RequestJoin {
		file, err = intake.SealJoin(r, ring.Joining)
	} else {
		if secret == "" {
			secret = viewSecret(ts, r.Member)
		}
		file, err = intake.SealMember(r, secret, ring.Joining)
	}
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), file, 0o600))
}

// viewSecret is what stands in a member's letter.
func viewSecret(ts *testscript.TestScript, id register.RecordID) string {
	me, err := identity.Load(ts.MkAbs("sec.key"), nil)
	ts.Check(err)
	now, err := time.Parse(time.RFC3339, ts.Getenv(clock))
	ts.Check(err)
	d, err := desk.Open(desk.Options{Dir: ts.MkAbs("sec"), Identity: me, Now: func() time.Time { return now }})
	ts.Check(err)
	defer d.Close()
	m, err := d.Find(id)
	ts.Check(err)
	secret, ok, err := d.ViewSecret(m)
	ts.Check(err)
	if !ok {
		ts.Fatalf("%s has no secret", id)
	}
	return secret
}

// junk writes a file that no page makes: junk FILE short|long|two|classic|plain from
// an honest file.
func junk(ts *testscript.TestScript, _ bool, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	switch args[2] {
	case "short":
		b = b[:len(b)-1]
	case "long":
		b = append(b, 0)
	case "huge":
		b = append(b, make([]byte, 64<<20)...)
	case "altered":
		b = slices.Clone(b)
		b[len(b)-20] ^= 1
	case "plain":
		b = bytes.Repeat([]byte("#"), seal.BlobSize)
	default:
		ts.Fatalf("junk: %s", args[2])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}
