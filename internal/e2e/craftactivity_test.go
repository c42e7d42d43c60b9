package e2e

import (
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// activity OUT SECRET UNIT ID DAY [word=value…] seals an activity that ends on the day as
// a draft would. Words: rev=N (1), member=ID (may stand more than once), says-unit=,
// says-ends= (what the text says of itself), seeker=ID, purpose=WORD and
// consent=ID@TIME (a round of introductions).
func activityCmd(ts *testscript.TestScript, _ bool, args []string) {
	unit, id := register.UnitID(args[2]), register.RecordID(args[3])
	a := &record.Activity{ID: id, Unit: unit, Rev: 1, Name: "Kveldskurs", Ends: register.Day(args[4])}
	for _, x := range args[5:] {
		switch k, v, _ := strings.Cut(x, "="); k {
		case "rev":
			n, err := strconv.Atoi(v)
			ts.Check(err)
			a.Rev = n
		case "member":
			a.Members = append(a.Members, register.RecordID(v))
		case "seeker": // who looks for others: a round of introductions
			a.Round = &record.Introduction{Seeker: register.RecordID(v), Purpose: "Arbeidsgruppe"}
			a.Members = append(a.Members, a.Round.Seeker)
		case "purpose":
			a.Round.Purpose = v
		case "consent": // of a member, at a time
			id, at, _ := strings.Cut(v, "@")
			t, err := time.Parse(time.RFC3339, at)
			ts.Check(err)
			a.Members = append(a.Members, register.RecordID(id))
			a.Round.Consents = append(a.Round.Consents, record.Consent{Member: register.RecordID(id), To: a.Round.Seeker, At: t, Purpose: record.Digest([]byte(a.Round.Purpose)), Answer: record.Digest([]byte("Ja"))})
		case "says-unit":
			a.Unit = register.UnitID(v)
		case "says-ends":
			a.Ends = register.Day(v)
		default:
			ts.Fatalf("activity: unknown word %q", k)
		}
	}
	a.Tidy()
	text, err := record.EncodeActivity(a)
	ts.Check(err)
	file, err := seal.Seal(readSecret(ts, args[1]).Derive(seal.KindActivity, unit, id), text)
	ts.Check(err)
	keep(ts, args[0], file)
}
