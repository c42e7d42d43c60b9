package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
)

// The commands about offices that ask for something, and about policies that have
// an effect.

// moreOffices are what the scripts add to the register's own offices: an
// administrator of a branch, appointed at a meeting whose minutes are signed and
// attested, and a helper for a task, with a reason. The chair and the membership
// officer are the board.
const moreOffices = `
  - id: local-admin
    name: {sv: Lokaladministratör, da: Lokaladministrator, nb: Lokaladministrator, en: Local administrator}
    level: branch
    scope: own
    may: [read, request]
    seats: {min: 0, max: 1}
    appointed: {at: [board-meeting]}
    evidence:
      - {id: minutes, name: {sv: Protokoll, da: Referat, nb: Protokoll, en: Minutes}, signed-by: [board], attested-by: [board, national]}
    exceptions:
      - {id: more-than-one, name: {sv: Fler än en, da: Flere end en, nb: Flere enn en, en: More than one}, seats: 1, approved-by: [national], months: 12}
      - {id: nobody-knows, name: {sv: Ingen vet, da: Ingen ved, nb: Ingen vet, en: Nobody knows}, seats: 1, when: 10 / (unit.members - unit.members) > 1, approved-by: [national], months: 12}
  - id: helper
    name: {sv: Hjälpare, da: Hjælper, nb: Hjelper, en: Helper}
    level: branch
    scope: own
    may: [read, request]
    seats: {min: 0, max: 5}
    needs: [task, until, reason]
    tasks: [{id: newsletter, name: {sv: Nyhetsbrev, da: Nyhedsbrev, nb: Nyhetsbrev, en: Newsletter}, columns: [email]}]
    term: {months: 12}
`

const moreWords = `
meetings: [{id: board-meeting, name: {sv: Styrelsemöte, da: Bestyrelsesmøde, nb: Styremøte, en: Board meeting}}]
signers:
  - {id: board, name: {sv: Styrelsen, da: Bestyrelsen, nb: Styret, en: The board}, offices: [chair, member-officer], of: unit}
  - {id: national, name: {sv: Riks, da: Landsforbundet, nb: Sentralt, en: National}, offices: [secretariat], of: top}
`

// offices adds these to the register's policy, as the secretariat.
func officesCmd(ts *testscript.TestScript, _ bool, _ []string) {
	actor("sec")(ts, false, []string{"medlem", "policy", "get", "now"})
	text := ts.ReadFile("now/access.yaml")
	at := strings.Index(text, "\n# The most records")
	if at < 0 {
		ts.Fatalf("offices: access.yaml has another form")
	}
	keep(ts, "now/access.yaml", []byte(text[:at]+moreOffices+text[at:]+moreWords))
	putPolicy(ts, "now")
}

// mean FOLDER has the secretariat put the policy files of a folder in force, with
// whatever effect they have.
func meanCmd(ts *testscript.TestScript, _ bool, args []string) { putPolicy(ts, args[0]) }

func putPolicy(ts *testscript.TestScript, dir string) {
	actor("sec")(ts, false, []string{"medlem", "policy", "put", dir, "--dry-run"})
	cmd := []string{"medlem", "policy", "put", dir}
	if e := effectIn(ts); e != "" {
		cmd = append(cmd, "--accept", e)
	}
	actor("sec")(ts, false, cmd)
}

var effectLine = regexp.MustCompile(`Effect: ([0-9a-f]{16})`)

// effectIn is the effect that the last command told of, "" for none.
func effectIn(ts *testscript.TestScript) string {
	for _, out := range []string{"stdout", "stderr"} {
		if m := effectLine.FindStringSubmatch(ts.ReadFile(out)); m != nil {
			return m[1]
		}
	}
	return ""
}

// effect puts the effect of a policy change that the last command told of into
// $EFFECT.
func effectCmd(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Setenv("EFFECT", effectIn(ts))
}

// paper NAME WHO UNIT [word=value…] writes a grant of WHO's into the file NAME, and
// where it belongs into $NAME_GRANT. In the order of the words:
//
//	office= from= until= meeting= met= task= exception= columns= (one key each)
//	doc=KIND: a document, into the file NAME.doc and its path into $NAME_DOC
//	doc-of=OTHER, content-of=OTHER: the document of another paper, or one that says the same
//	sign=BY:MATTER:ACT:SIGNER, sign=BY@AS:…: a signature by BY, which says that it is AS's
//	signatures-of=OTHER
func paperCmd(ts *testscript.TestScript, _ bool, args []string) {
	name, today := args[0], register.Day(ts.Getenv("TODAY"))
	g := &access.Grant{Unit: register.UnitID(args[2]), Handle: load(ts, args[1]).Handle(), From: today}
	for _, a := range args[3:] {
		k, v, _ := strings.Cut(a, "=")
		switch k {
		case "office":
			g.Office = v
		case "from":
			g.From = register.Day(v)
		case "until":
			g.Until = register.Day(v)
		case "meeting":
			g.Meeting = v
		case "met":
			g.Met = register.Day(v)
		case "task":
			g.Task = v
		case "exception":
			g.Exception = v
		case "columns":
			g.Columns = []string{v}
		case "doc":
			g.Evidence = append(g.Evidence, documentOf(ts, name, g.Unit, v))
		case "doc-of":
			g.Evidence = slices.Clone(paperOf(ts, v).Evidence)
		case "content-of":
			e := documentOf(ts, name, g.Unit, paperOf(ts, v).Evidence[0].Kind)
			e.Digest = paperOf(ts, v).Evidence[0].Digest
			g.Evidence = append(g.Evidence, e)
		case "signatures-of":
			g.Signatures = slices.Clone(paperOf(ts, v).Signatures)
		case "sign":
			g.Signatures = append(g.Signatures, signature(ts, g, v))
		default:
			ts.Fatalf("paper: unknown word %q", k)
		}
	}
	keep(ts, name, g.Encode())
	ts.Setenv(name+"_GRANT", register.Path{Kind: register.Grant, Unit: g.Unit, Handle: g.Handle}.String())
}

// paperOf is a grant that paper made.
func paperOf(ts *testscript.TestScript, name string) *access.Grant {
	p, err := register.ParsePath(ts.Getenv(name + "_GRANT"))
	ts.Check(err)
	g, err := access.ParseGrant(p, []byte(ts.ReadFile(name)))
	ts.Check(err)
	return g
}

// documentOf seals a document and keeps it for the script.
func documentOf(ts *testscript.TestScript, name string, unit register.UnitID, kind string) access.Evidence {
	id := register.NewRecordID()
	file, err := seal.Seal(seal.NewKey(), []byte("The minutes of "+string(id)+"\n"))
	ts.Check(err)
	keep(ts, name+".doc", file)
	ts.Setenv(name+"_DOC", register.Path{Kind: register.Evidence, Unit: unit, ID: id}.String())
	return access.Evidence{Kind: kind, ID: id, SHA256: sum(file), Digest: sum([]byte(id))}
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func signature(ts *testscript.TestScript, g *access.Grant, word string) access.Signature {
	w := strings.Split(word, ":")
	if len(w) != 4 {
		ts.Fatalf("paper: sign=%q: want BY:MATTER:ACT:SIGNER", word)
	}
	by, as, ok := strings.Cut(w[0], "@")
	if !ok {
		as = by
	}
	x := access.Signature{Matter: w[1], Act: w[2], Signer: w[3], Handle: load(ts, as).Handle(), Day: register.Day(ts.Getenv("TODAY"))}
	var err error
	x.Blob, err = sign.Statement(g.Payload(x), load(ts, by).Signer())
	ts.Check(err)
	return x
}

// reviewyaml OUT UNIT [ended=WHO] [without=WHO] makes the file of a review of the
// unit's grants as main has them, and puts where it belongs today into $REVIEW.
func reviewYAMLCmd(ts *testscript.TestScript, _ bool, args []string) {
	repo := host(ts)
	defer repo.Close()
	unit := register.UnitID(args[1])
	v := &access.Review{}
	is := func(id access.GrantID, word string) bool {
		return slices.ContainsFunc(args[2:], func(a string) bool {
			who, ok := strings.CutPrefix(a, word+"=")
			return ok && load(ts, who).Handle() == id.Handle
		})
	}
	for _, id := range state(ts, repo).ReviewNames(unit) {
		switch {
		case is(id, "without"):
		case is(id, "ended"):
			v.Ended = append(v.Ended, id)
		default:
			v.Kept = append(v.Kept, id)
		}
	}
	keep(ts, args[0], v.Encode())
	ts.Setenv("REVIEW", register.Path{Kind: register.Review, Unit: unit, Day: register.Day(ts.Getenv("TODAY"))}.String())
}

// addto FILE OTHER appends one file to another.
func addToCmd(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_WRONLY, 0)
	ts.Check(err)
	_, err = f.WriteString(ts.ReadFile(args[1]))
	ts.Check(err)
	ts.Check(f.Close())
}
