package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// The commands that make clear files and keyrings out of what the server has.

// take OUT PATH [REV] copies the server's file at PATH, of main or of REV, as
// whoever can read the server could.
func takeCmd(ts *testscript.TestScript, _ bool, args []string) {
	rev := "main"
	if len(args) > 2 {
		rev = args[2]
	}
	out, err := exec.Command("git", "-C", ts.Getenv("HOST"), "cat-file", "blob", rev+":"+args[1]).Output()
	ts.Check(err)
	keep(ts, args[0], out)
}

// sub FILE OLD NEW puts NEW, in which \\n is a line's end, in the place of the one
// OLD in FILE.
func subCmd(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	old, new := strings.ReplaceAll(args[1], `\n`, "\n"), strings.ReplaceAll(args[2], `\n`, "\n")
	if n := strings.Count(text, old); n != 1 {
		ts.Fatalf("sub: %q stands %d times in %s", old, n, args[0])
	}
	keep(ts, args[0], []byte(strings.Replace(text, old, new, 1)))
}

// state is what the server's main says about access.
func state(ts *testscript.TestScript, repo *gitstore.Repo) *access.State {
	head, err := repo.Resolve(register.Main)
	ts.Check(err)
	c, err := gitstore.ReadCommit(repo, head)
	ts.Check(err)
	s, err := access.NewLoader(repo).At(c.Tree)
	ts.Check(err)
	return s
}

func host(ts *testscript.TestScript) *gitstore.Repo {
	repo, err := gitstore.Open(ts.Getenv("HOST"))
	ts.Check(err)
	return repo
}

// changed applies drop=WHO and add=WHO to a keyring's readers.
func changed(ts *testscript.TestScript, readers []register.Handle, args []string) []register.Handle {
	out := slices.Clone(readers)
	for _, a := range args {
		k, who, _ := strings.Cut(a, "=")
		if k != "drop" && k != "add" {
			continue
		}
		h := register.Recovery
		if who != string(h) {
			h = load(ts, who).Handle()
		}
		out = slices.DeleteFunc(out, func(x register.Handle) bool { return x == h })
		if k == "add" {
			out = append(out, h)
		}
	}
	slices.Sort(out)
	return out
}

// keyring OUT UNIT [serial=N] [drop=WHO] [add=WHO] [forget=ID] opens a unit's
// keyring as the secretariat can, and seals it anew as it is told: to its readers
// but one, or to one more, or without the key of a record.
func keyringCmd(ts *testscript.TestScript, _ bool, args []string) {
	repo := host(ts)
	defer repo.Close()
	s, unit := state(ts, repo), register.UnitID(args[1])
	e, _, err := gitstore.Find(repo, present(ts, repo, unit).Tree, "keyring.age")
	ts.Check(err)
	file, err := repo.Blob(e.ID, seal.KeyringLimit)
	ts.Check(err)
	k, err := seal.OpenKeyring(file, load(ts, "sec").Ages())
	ts.Check(err)
	k.Serial++
	for _, a := range args[2:] {
		switch name, v, _ := strings.Cut(a, "="); name {
		case "serial":
			k.Serial, err = strconv.ParseUint(v, 10, 64)
			ts.Check(err)
		case "forget":
			delete(k.Keys, register.RecordID(v))
		}
	}
	rs := s.Recipients(changed(ts, s.Units[unit].Keyring.Readers, args[2:]))
	for _, a := range args[2:] {
		// Whoever has no officer file on main is sealed to all the same.
		if who, ok := strings.CutPrefix(a, "add="); ok && s.Officers[load(ts, who).Handle()] == nil {
			rs = append(rs, load(ts, who).Recipient())
		}
	}
	file, err = seal.SealKeyring(k, rs)
	ts.Check(err)
	keep(ts, args[0], file)
}

// tokens OUT UNIT [drop=WHO] [add=WHO] opens a unit's tokens as the secretariat
// can, and seals them anew, to one officer less or more.
func tokensCmd(ts *testscript.TestScript, _ bool, args []string) {
	repo := host(ts)
	defer repo.Close()
	s, unit := state(ts, repo), register.UnitID(args[1])
	ring := present(ts, repo, unit)
	e, ok, err := gitstore.Find(repo, ring.Tree, "tokens.age")
	ts.Check(err)
	if !ok {
		ts.Fatalf("unit %s has no tokens", unit)
	}
	file, err := repo.Blob(e.ID, seal.TokensLimit)
	ts.Check(err)
	t, err := seal.OpenTokens(file, load(ts, "sec").Ages())
	ts.Check(err)
	readers := changed(ts, s.TokenReaders(register.DayOf(ring.Committer.When)), args[2:])
	file, err = seal.SealTokens(t, s.Recipients(readers))
	ts.Check(err)
	keep(ts, args[0], file)
}

// present is the commit of a unit's keyring.
func present(ts *testscript.TestScript, repo *gitstore.Repo, unit register.UnitID) *gitstore.Commit {
	id, _, err := repo.Ref(register.KeyringRef(unit))
	ts.Check(err)
	c, err := gitstore.ReadCommit(repo, id)
	ts.Check(err)
	return c
}

// keyringyaml OUT UNIT SEALED [serial=N] [drop=WHO] [add=WHO] [tokens=FILE] makes
// the keyring.yaml that goes with a sealed keyring, and with tokens; the present
// ones without FILE.
func keyringYAMLCmd(ts *testscript.TestScript, _ bool, args []string) {
	repo := host(ts)
	defer repo.Close()
	unit := register.UnitID(args[1])
	k := *state(ts, repo).Units[unit].Keyring
	k.Serial++
	sum := sha256.Sum256([]byte(ts.ReadFile(args[2])))
	k.SHA256 = hex.EncodeToString(sum[:])
	k.Readers = changed(ts, k.Readers, args[3:])
	for _, a := range args[3:] {
		if name, ok := strings.CutPrefix(a, "tokens="); ok {
			sum := sha256.Sum256([]byte(ts.ReadFile(name)))
			k.Tokens = hex.EncodeToString(sum[:])
		}
	}
	for _, a := range args[3:] {
		if v, ok := strings.CutPrefix(a, "serial="); ok {
			n, err := strconv.ParseUint(v, 10, 64)
			ts.Check(err)
			k.Serial = n
		}
	}
	keep(ts, args[0], k.Encode())
}

// officeryaml OUT WHO [add=OTHER] [only=OTHER] [signing=OTHER] [retired=OTHER]
// makes WHO's officer file as main has it, with OTHER's recipient beside hers or
// instead of them, with OTHER's signing key, or with the statement that the
// identity of OTHER is destroyed.
func officerYAMLCmd(ts *testscript.TestScript, _ bool, args []string) {
	repo := host(ts)
	defer repo.Close()
	s := state(ts, repo)
	was := s.Recovery
	if args[1] != string(register.Recovery) {
		was = s.Officers[load(ts, args[1]).Handle()]
	}
	o := *was
	o.Recipients, o.Retired = slices.Clone(o.Recipients), slices.Clone(o.Retired)
	for _, a := range args[2:] {
		k, who, _ := strings.Cut(a, "=")
		other := load(ts, who)
		switch k {
		case "add":
			o.Recipients = append(o.Recipients, other.Recipient())
		case "only":
			o.Recipients = []string{other.Recipient()}
		case "signing":
			o.Signing = other.SigningKey()
		case "retired":
			o.Retired = append(o.Retired, access.Retired{Recipient: access.RecipientID(other.Recipient()), Day: register.Day(ts.Getenv("TODAY"))})
		default:
			ts.Fatalf("officeryaml: unknown word %q", a)
		}
	}
	keep(ts, args[0], o.Encode())
}
