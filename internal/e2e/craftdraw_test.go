package e2e

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// The commands about lists that leave the register.

// drawnLists is what lists may be drawn for in the scripts: by the secretariat, the
// region and the membership officer, not by the chair.
const drawnLists = `purposes:
  - {id: mailing, name: {sv: Utskick, da: Udsendelse, nb: Utsending, en: Mailing}, columns: [given, family, email]}
other-columns: reason
destroy-after: 7
printed: true
attest: [paper, digital]
separate-password: true
`

// lists puts these rules in force, as the secretariat.
func listsCmd(ts *testscript.TestScript, _ bool, _ []string) {
	actor("sec")(ts, false, []string{"medlem", "policy", "get", "now"})
	text := ts.ReadFile("now/access.yaml")
	head, chair, ok := strings.Cut(text, "- id: chair\n")
	if !ok {
		ts.Fatalf("lists: access.yaml has no chair")
	}
	keep(ts, "now/access.yaml", []byte(head+"- id: chair\n"+strings.Replace(chair, ", draw, send]", "]", 1)))
	keep(ts, "now/lists.yaml", []byte(drawnLists))
	putPolicy(ts, "now")
}

// receipt NAME SECRET WHO UNIT [word=value…] makes the receipt of a list that WHO
// draws of UNIT today, into the file NAME, and the sealed list beside it, into
// NAME.list; where they belong goes into $NAME_DRAW and $NAME_LIST. Words:
//
//	of=OTHER: as the receipt OTHER has it, under the same id
//	by=WHO, for=WHO, purpose=, columns=A,B, beyond=A, units=A,B, count=, copies=
//	until=DAY (default: in a week; the days of OTHER stay)
//	sent=PART:WAY, destroyed=PART:WHO (today; may stand more than once)
//	silent (no reason in the sealed list), names=ID (whom that names; ASKER1),
//	round=ID (of introductions, of which the list says that it is drawn)
func receiptCmd(ts *testscript.TestScript, _ bool, args []string) {
	name, unit, today := args[0], register.UnitID(args[3]), register.Day(ts.Getenv("TODAY"))
	who := load(ts, args[2]).Handle()
	d := &access.Draw{Unit: unit, Day: today.Add(7), ID: register.NewRecordID(), Purpose: "mailing", Drawn: today, By: who, For: who,
		Units: []register.UnitID{unit}, Columns: []string{"given", "email"}, Count: 1, Form: access.FormList, Format: access.FormatXLSX}
	revCmd(ts, false, []string{"MAIN", "main"})
	d.Main = ts.Getenv("MAIN")
	reason, where := "The board asked for it", ""
	named := register.RecordID(ts.Getenv("ASKER1"))
	for _, a := range args[4:] {
		k, v, _ := strings.Cut(a, "=")
		part, rest, _ := strings.Cut(v, ":")
		switch k {
		case "of":
			p, err := register.ParsePath(ts.Getenv(v + "_DRAW"))
			ts.Check(err)
			d, err = access.ParseDraw(p, []byte(ts.ReadFile(v)))
			ts.Check(err)
		case "by":
			d.By = load(ts, v).Handle()
		case "for":
			d.For = load(ts, v).Handle()
		case "purpose":
			d.Purpose = v
		case "columns":
			d.Columns = strings.Split(v, ",")
		case "beyond":
			d.Beyond = strings.Split(v, ",")
		case "units":
			d.Units = nil
			for _, u := range strings.Split(v, ",") {
				d.Units = append(d.Units, register.UnitID(u))
			}
			slices.Sort(d.Units)
		case "count", "copies":
			n, err := strconv.Atoi(v)
			ts.Check(err)
			if k == "count" {
				d.Count = n
			} else {
				d.Copies = n
			}
		case "until":
			d.Day = register.Day(v)
		case "names":
			named = register.RecordID(v)
		case "round":
			where = "introduction " + v
		case "silent":
			reason = ""
		case "sent":
			d.Sent = append(d.Sent, access.Delivery{Part: part, Way: rest, ID: register.NewRecordID(), Day: today})
		case "destroyed":
			d.Destroyed = append(d.Destroyed, access.Destruction{Part: part, Day: today, Handle: load(ts, rest).Handle()})
		default:
			ts.Fatalf("receipt: unknown word %q", k)
		}
	}
	keep(ts, name, d.Encode())
	list := &record.DrawList{ID: d.ID, Unit: d.Unit, Members: []register.RecordID{named}, Where: where}
	if len(d.Beyond) > 0 {
		list.Reason = reason
	}
	text, err := record.EncodeDrawList(list)
	ts.Check(err)
	file, err := seal.SealEvidence(readSecret(ts, args[1]).Derive(seal.KindDraw, d.Unit, d.ID), text)
	ts.Check(err)
	keep(ts, name+".list", file)
	ts.Setenv(name+"_DRAW", d.Path().String())
	ts.Setenv(name+"_LIST", d.ListPath().String())
}
