package e2e

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1" // git's object ids
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
	"github.com/medlem-register/medlem/internal/sign"
)

// The commands that write commits and refs into the server's repository
// directly, past every tool and hook, as whoever controls it could.

// forged is a commit in the making.
type forged struct {
	who, onto, message, author, header, zone string
	raw                                      []string // what is replaced in the raw commit, by what
	parents                                  []string
	unsigned, tamper                         bool
	back                                     time.Duration
	edits                                    []edit
}

type edit struct {
	path string
	id   gitstore.ID // zero: removed
	mode gitstore.Mode
}

// forge WHO [flags] [WORDS]… makes a commit signed by WHO and points a
// proposal's ref at it: $REF (its full name), $TOPIC and $HEAD. Words are what
// the commit changes:
//
//	put PATH FILE, mode PATH OCTAL FILE, rm PATH, submodule PATH,
//	tree PATH FILE (a folder whose raw content is FILE),
//	envelope SECRET (an honest envelope of WHO's for a draft's secret)
//
// Flags: -onto REV (its parent; default main, "" none), -parent REV (one more),
// -unit UNIT (for which topic, message and envelope are made; default asker),
// -message M, -fields 'FIELD…' (that it says it changes), -effect E, -author 'NAME <MAIL>', -zone ZONE, -header 'KEY VALUE', -back HOURS
// (its date), -unsigned, -tamper (changed after it was signed), -raw OLD NEW (in the
// commit as it is stored), -ref NAME (default: a fresh proposal of WHO), -main (onto
// main itself).
func forgeCmd(ts *testscript.TestScript, _ bool, args []string) {
	repo := host(ts)
	defer repo.Close()
	f := &forged{who: args[0], onto: register.Main, zone: "+0000"}
	unit, ref := register.UnitID("asker"), ""
	var fields []string
	var effect string
	i := 1
	next := func() string {
		i++
		if i == len(args) {
			ts.Fatalf("forge: %s needs a value", args[i-1])
		}
		return args[i]
	}
	for ; i < len(args); i++ {
		switch args[i] {
		case "-onto":
			f.onto = next()
		case "-parent":
			f.parents = append(f.parents, next())
		case "-message":
			f.message = next() + "\n"
		case "-fields":
			fields = strings.Fields(next())
		case "-effect":
			effect = next()
		case "-author":
			f.author = next()
		case "-zone":
			f.zone = next()
		case "-header":
			f.header = next()
		case "-raw":
			f.raw = append(f.raw, next(), next())
		case "-unsigned":
			f.unsigned = true
		case "-tamper":
			f.tamper = true
		case "-back":
			h, err := strconv.Atoi(next())
			ts.Check(err)
			f.back = time.Duration(h) * time.Hour
		case "-main":
			ref = register.Main
		case "-ref":
			ref = next()
		case "-unit":
			unit = register.UnitID(next())
		case "put":
			path := next()
			f.edits = append(f.edits, edit{path, blob(ts, next()), gitstore.ModeFile})
		case "mode":
			path := next()
			m, err := strconv.ParseUint(next(), 8, 32)
			ts.Check(err)
			f.edits = append(f.edits, edit{path, blob(ts, next()), gitstore.Mode(m)})
		case "tree":
			path := next()
			f.edits = append(f.edits, edit{path, write(ts, "tree", []byte(ts.ReadFile(next()))), gitstore.ModeDir})
		case "submodule":
			f.edits = append(f.edits, edit{next(), gitstore.ID{1, 2, 3}, gitstore.ModeSubmodule})
		case "rm":
			f.edits = append(f.edits, edit{path: next()})
		case "envelope":
			f.edits = append(f.edits, f.envelope(ts, repo, unit, next()))
		default:
			ts.Fatalf("forge: unknown word %q", args[i])
		}
	}
	if f.message == "" {
		f.message = register.Message("edit", 1, unit)
	}
	f.message = register.WithEffect(register.WithFields(f.message, fields), effect)
	if ref == "" {
		ref = register.ProposalRef(load(ts, f.who).Handle(), register.NewTopic(unit))
	}
	head := f.commit(ts, repo)
	point(ts, repo, ref, head)
	ts.Setenv("REF", ref)
	ts.Setenv("TOPIC", ref[strings.LastIndexByte(ref, '/')+1:])
	ts.Setenv("HEAD", head.String())
}

// envelope is the honest envelope of a draft of f.who.
func (f *forged) envelope(ts *testscript.TestScript, repo *gitstore.Repo, unit register.UnitID, secret string) edit {
	day := register.Day(ts.Getenv("TODAY"))
	who, s := load(ts, f.who).Handle(), state(ts, repo)
	rs := s.EnvelopeRecipients(who, day)
	if s.Officers[who] == nil { // a stranger's
		rs = append(rs, load(ts, f.who).Recipient())
	}
	file, err := seal.SealEnvelope(readSecret(ts, secret), rs)
	ts.Check(err)
	p := register.Path{Kind: register.Envelope, Unit: unit, ID: register.NewRecordID()}
	return edit{p.String(), write(ts, "blob", file), gitstore.ModeFile}
}

// commit writes the trees and the commit itself, byte for byte as the flags say.
func (f *forged) commit(ts *testscript.TestScript, repo *gitstore.Repo) gitstore.ID {
	tree := gitstore.ZeroID
	var parents []gitstore.ID
	if f.onto != "" {
		p, err := repo.Resolve(f.onto)
		ts.Check(err)
		c, err := gitstore.ReadCommit(repo, p)
		ts.Check(err)
		tree, parents = c.Tree, append(parents, p)
	}
	for _, rev := range f.parents {
		p, err := repo.Resolve(rev)
		ts.Check(err)
		parents = append(parents, p)
	}
	for _, e := range f.edits {
		tree = putRaw(ts, repo, tree, strings.Split(e.path, "/"), e)
	}
	id := load(ts, f.who)
	author := f.author
	if author == "" {
		author = fmt.Sprintf("%s <%s>", id.Handle(), id.Handle().Email())
	}
	when := time.Now().Add(-f.back).Unix()
	var head bytes.Buffer
	fmt.Fprintf(&head, "tree %s\n", tree)
	for _, p := range parents {
		fmt.Fprintf(&head, "parent %s\n", p)
	}
	fmt.Fprintf(&head, "author %s %d %s\ncommitter %s %d %s\n", author, when, f.zone, author, when, f.zone)
	if f.header != "" {
		head.WriteString(f.header + "\n")
	}
	payload := append(bytes.Clone(head.Bytes()), []byte("\n"+f.message)...)
	if !f.unsigned {
		sig, err := sign.Armor(payload, id.Signer())
		ts.Check(err)
		head.WriteString("gpgsig " + strings.ReplaceAll(strings.TrimRight(string(sig), "\n"), "\n", "\n ") + "\n")
	}
	message := f.message
	if f.tamper {
		message = strings.Replace(message, "1 in", "2 in", 1)
	}
	raw := head.String() + "\n" + message
	return write(ts, "commit", []byte(strings.NewReplacer(f.raw...).Replace(raw)))
}

func blob(ts *testscript.TestScript, name string) gitstore.ID {
	return write(ts, "blob", []byte(ts.ReadFile(name)))
}

// write puts an object into the server's repository as it is, which neither git
// nor our own store would do.
func write(ts *testscript.TestScript, kind string, content []byte) gitstore.ID {
	id, err := writeLoose(ts.Getenv("HOST"), kind, content)
	ts.Check(err)
	return id
}

func writeLoose(repo, kind string, content []byte) (gitstore.ID, error) {
	raw := append(fmt.Appendf(nil, "%s %d\x00", kind, len(content)), content...)
	id := gitstore.ID(sha1.Sum(raw))
	path := filepath.Join(repo, "objects", id.String()[:2], id.String()[2:])
	if _, err := os.Stat(path); err == nil {
		return id, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return id, err
	}
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(raw); err != nil {
		return id, err
	}
	if err := z.Close(); err != nil {
		return id, err
	}
	return id, os.WriteFile(path, b.Bytes(), 0o600)
}

func point(ts *testscript.TestScript, repo *gitstore.Repo, ref string, to gitstore.ID) {
	old, _, err := repo.Ref(ref)
	ts.Check(err)
	ts.Check(repo.UpdateRefs([]gitstore.RefUpdate{{Name: ref, Old: old, New: to}}))
}

// keyringref UNIT FILE|REV|delete [WHO] [also=NAME] [parent=REV] [header=H]
// [message=M] puts a sealed keyring, an earlier commit or nothing under the
// unit's keyring ref. A sealed keyring comes in a commit of WHO's (sec), beside it
// the unit's present tokens, or those of tokens=FILE, and the file NAME with the
// same content.
func keyringRefCmd(ts *testscript.TestScript, _ bool, args []string) {
	repo := host(ts)
	defer repo.Close()
	unit := register.UnitID(args[0])
	ref := register.KeyringRef(unit)
	old, _, err := repo.Ref(ref)
	ts.Check(err)
	var to gitstore.ID
	if _, err := os.Stat(ts.MkAbs(args[1])); err == nil {
		f := &forged{who: "sec", zone: "+0000", message: register.KeyringMessage(unit, 1)}
		f.edits = append(f.edits, edit{"keyring.age", blob(ts, args[1]), gitstore.ModeFile})
		if e, ok, err := gitstore.Find(repo, present(ts, repo, unit).Tree, "tokens.age"); err == nil && ok {
			f.edits = append(f.edits, edit{"tokens.age", e.ID, gitstore.ModeFile})
		}
		for _, a := range args[2:] {
			switch k, v, _ := strings.Cut(a, "="); k {
			case "tokens":
				f.edits = append(f.edits[:1], edit{"tokens.age", blob(ts, v), gitstore.ModeFile})
			case "also":
				f.edits = append(f.edits, edit{v, blob(ts, args[1]), gitstore.ModeFile})
			case "parent":
				f.parents = append(f.parents, v)
			case "header":
				f.header = v
			case "message":
				f.message = v + "\n"
			case "unsigned":
				f.unsigned = true
			default:
				f.who = a
			}
		}
		to = f.commit(ts, repo)
	} else if args[1] != "delete" {
		to, err = repo.Resolve(args[1])
		ts.Check(err)
	}
	ts.Check(repo.UpdateRefs([]gitstore.RefUpdate{{Name: ref, Old: old, New: to}}))
}

// answerref WHO TO TOPIC TEXT puts an answer to TO's proposal under its ref, in a
// commit of WHO's.
func answerRefCmd(ts *testscript.TestScript, _ bool, args []string) {
	repo := host(ts)
	defer repo.Close()
	to := load(ts, args[1])
	file, err := seal.SealNote([]byte(args[2]+"\n"+args[3]), []string{to.Recipient()})
	ts.Check(err)
	f := &forged{who: args[0], zone: "+0000", message: register.Message("reject", 1, "asker"),
		edits: []edit{{"answer.age", write(ts, "blob", file), gitstore.ModeFile}}}
	point(ts, repo, "refs/medlem/answers/"+string(to.Handle())+"/"+args[2], f.commit(ts, repo))
}

// gitref NAME REV|delete moves any ref of the server, whatever REV is.
func refCmd(ts *testscript.TestScript, _ bool, args []string) {
	repo := host(ts)
	defer repo.Close()
	var to gitstore.ID
	if args[1] != "delete" {
		var err error
		to, err = repo.Resolve(args[1])
		ts.Check(err)
	}
	point(ts, repo, args[0], to)
}
