package e2e

import (
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// run NAME WHO [word=value…] makes a run of erasures that WHO proposes today, of $LEFT,
// into the file NAME, and its sealed list into NAME.list; where they belong goes into
// $NAME_RUN and $NAME_LIST. Words:
//
//	of=OTHER: as the run OTHER has it, under the same id
//	ids=ID,ID   until=DAY   signed=WHO   stopped, done (today)
//	to=WHO (one more reader of the list)
func runCmd(ts *testscript.TestScript, _ bool, args []string) {
	repo := host(ts)
	defer repo.Close()
	name, today := args[0], register.Day(ts.Getenv("TODAY"))
	s := state(ts, repo)
	x := &access.Run{Unit: s.Policy.Root().ID, Day: today, ID: register.NewRecordID(), By: load(ts, args[1]).Handle(), Until: today.Add(14)}
	ids, readers := []register.RecordID{register.RecordID(ts.Getenv("LEFT"))}, s.TokenReaders(today)
	for _, a := range args[2:] {
		k, v, _ := strings.Cut(a, "=")
		switch k {
		case "of":
			p, err := register.ParsePath(ts.Getenv(v + "_RUN"))
			ts.Check(err)
			x, err = access.ParseRun(p, []byte(ts.ReadFile(v)))
			ts.Check(err)
		case "ids":
			ids = nil
			for _, id := range strings.Split(v, ",") {
				ids = append(ids, register.RecordID(id))
			}
			slices.Sort(ids)
		case "until":
			x.Until = register.Day(v)
		case "signed":
			x.Signed = append(x.Signed, load(ts, v).Handle())
		case "stopped":
			x.Stopped = today
		case "done":
			x.Done, x.Nonce = today, "01"+strings.Repeat("00", access.NonceSize-1)
		case "to":
			readers = append(readers, load(ts, v).Handle())
		default:
			ts.Fatalf("run: unknown word %q", k)
		}
	}
	list := &seal.RunList{Unit: x.Unit, ID: x.ID, Nonce: [32]byte{1}}
	for _, id := range ids {
		list.Records = append(list.Records, seal.RunRecord{ID: id, Unit: "asker", Rule: "left", Month: today.AddMonths(-1).Month()})
	}
	if x.SHA256 == "" {
		x.Count, x.SHA256 = len(ids), access.RunDigest(list.Nonce, ids)
	}
	keep(ts, name, x.Encode())
	file, err := seal.SealRunList(list, s.Recipients(readers))
	ts.Check(err)
	keep(ts, name+".list", file)
	ts.Setenv(name+"_RUN", x.Path().String())
	ts.Setenv(name+"_LIST", x.ListPath().String())
}
