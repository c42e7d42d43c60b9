// Package docs_test holds the documents to what the program does: the shell
// that is shown is the shell that runs, examples are read by the code, and
// limits, rules, tests and files that are named exist.
package docs_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/check"
	"github.com/medlem-register/medlem/internal/cli"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fenced returns the fenced block that follows a marker.
func fenced(t *testing.T, text, marker string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, marker+"\n```")
	if !ok {
		t.Fatalf("no block after %s", marker)
	}
	_, rest, _ = strings.Cut(rest, "\n")
	block, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatalf("the block after %s does not end", marker)
	}
	return block
}

func example(t *testing.T, name string) []byte {
	t.Helper()
	return []byte(fenced(t, read(t, "format.md"), "<!-- example: "+name+" -->"))
}

func TestRecoveryShowsTheScripts(t *testing.T) {
	text := read(t, "recovery.md")
	for _, name := range []string{"recovery.sh", "repair.sh"} {
		if fenced(t, text, "<!-- "+name+" -->") != read(t, name) {
			t.Errorf("recovery.md does not show %s as it is", name)
		}
	}
}

// same is for examples: what the code makes of one must be the example itself.
func same(t *testing.T, name string, got []byte, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("example %s: %v", name, err)
	} else if want := example(t, name); !bytes.Equal(got, want) {
		t.Errorf("example %s: the code writes\n%s", name, got)
	}
}

func TestExamplesAreRead(t *testing.T) {
	t.Run("officer", func(t *testing.T) {
		text := strings.ReplaceAll(string(example(t, "officer")), "…", "x") // a recipient has 1,959 characters
		o, err := access.ParseOfficer([]byte(text), func(string) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		if o.Handle != register.HandleOf(o.SigningKey()) || string(o.Encode()) != text {
			t.Error("not an officer's file in its one form")
		}
	})
	t.Run("grant", func(t *testing.T) {
		g, err := access.ParseGrant(register.Path{}, example(t, "grant"))
		same(t, "grant", g.Encode(), err)
	})
	t.Run("signed grant", func(t *testing.T) {
		text := strings.ReplaceAll(string(example(t, "signed grant")), "…", "AAAA") // a signature has some 240 characters
		g, err := access.ParseGrant(register.Path{}, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if string(g.Encode()) != text {
			t.Errorf("not a grant in its one form: the code writes\n%s", g.Encode())
		}
	})
	t.Run("payload", func(t *testing.T) {
		vectors := "../internal/access/testdata/vectors/"
		g, err := access.ParseGrant(register.Path{Unit: "asker", Handle: "o-sw42ziangi"}, []byte(read(t, vectors+"grant.yaml")))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "payload", g.Payload(g.Signatures[0]), nil)
		same(t, "payload", []byte(read(t, vectors+"agreement.txt")), nil)
	})
	t.Run("review", func(t *testing.T) {
		v, err := access.ParseReview(register.Path{}, example(t, "review"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "review", v.Encode(), nil)
	})
	t.Run("draw", func(t *testing.T) {
		d, err := access.ParseDraw(register.Path{}, example(t, "draw"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "draw", d.Encode(), nil)
	})
	t.Run("run", func(t *testing.T) {
		x, err := access.ParseRun(register.Path{}, example(t, "run"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "run", x.Encode(), nil)
		l, err := seal.ParseRunList(example(t, "list of a run"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "list of a run", l.Encode(), nil)
		if access.RunDigest(l.Nonce, l.IDs()) != x.SHA256 || len(l.Records) != x.Count {
			t.Error("the run of the examples is not that of the list")
		}
	})
	t.Run("activity", func(t *testing.T) {
		x, err := record.DecodeActivity(example(t, "activity"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := record.EncodeActivity(x)
		same(t, "activity", b, err)
	})
	t.Run("introduction", func(t *testing.T) {
		x, err := record.DecodeActivity(example(t, "introduction"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := record.EncodeActivity(x)
		same(t, "introduction", b, err)
		if c := x.Round.Consents[0]; c.Purpose != record.Digest([]byte(x.Round.Purpose)) || c.Answer != record.Digest([]byte("Ja")) {
			t.Error("the digests are others")
		}
	})
	t.Run("mail", func(t *testing.T) {
		m, err := access.ParseMail(register.Path{}, example(t, "mail"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "mail", m.Encode(), nil)
	})
	t.Run("sending", func(t *testing.T) {
		x, err := access.ParseSending(register.Path{Kind: register.Sending, Unit: "asker", Month: "2026-11", ID: "h7k2aaaaaaaaa"}, example(t, "sending"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "sending", x.Encode(), nil)
		if want := access.EventToken("89e6c98d92887913cadf06b2adb97f26cde4849b", record.Fold("Årsmøte 2026")); x.Event != want {
			t.Errorf("the token of the example's event is %q", want)
		}
	})
	t.Run("list of a sending", func(t *testing.T) {
		x, err := record.DecodeSendingList(example(t, "list of a sending"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := record.EncodeSendingList(x)
		same(t, "list of a sending", b, err)
	})
	t.Run("list of a draw", func(t *testing.T) {
		x, err := record.DecodeDrawList(example(t, "list of a draw"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := record.EncodeDrawList(x)
		same(t, "list of a draw", b, err)
	})
	t.Run("keyring.yaml", func(t *testing.T) {
		k, err := access.ParseKeyringFile("asker", example(t, "keyring.yaml"))
		same(t, "keyring.yaml", k.Encode(), err)
	})
	t.Run("receipt", func(t *testing.T) {
		x, err := access.ParseReceipt(example(t, "receipt"))
		same(t, "receipt", x.Encode(), err)
	})
	t.Run("tombstone", func(t *testing.T) {
		x, err := access.ParseTombstone(example(t, "tombstone"))
		same(t, "tombstone", x.Encode(), err)
	})
	t.Run("keyring", func(t *testing.T) {
		k, err := seal.ParseKeyring(example(t, "keyring"))
		same(t, "keyring", k.Encode(), err)
	})
	t.Run("tokens", func(t *testing.T) {
		x, err := seal.ParseTokens(example(t, "tokens"))
		same(t, "tokens", x.Encode(), err)
	})
	t.Run("record", func(t *testing.T) {
		f := func(key string, typ record.Type, choices ...string) record.Field {
			return record.Field{Key: key, Type: typ, Choices: choices}
		}
		s := &record.Schema{Country: "NO", Fields: []record.Field{f("given", record.TypeName), f("family", record.TypeName),
			f("born", record.TypeDate), f("email", record.TypeEmail), f("phone", record.TypePhone), f("street", record.TypeStreet),
			f("postcode", record.TypePostcode), f("city", record.TypeCity), f("country", record.TypeCountry),
			f("class", record.TypeChoice, "member"), f("offices", record.TypeChoices, "leader", "treasurer"),
			f("newsletter", record.TypeYesNo), f("number", record.TypeInteger)}}
		r, err := s.Decode(example(t, "record"))
		if err != nil {
			t.Fatal(err)
		}
		if faults := s.Validate(r); len(faults) > 0 {
			t.Error(faults)
		}
		b, err := s.Encode(r)
		same(t, "record", b, err)
	})
	for _, name := range []string{"request", "request of a member", "request of a stranger"} {
		t.Run(name, func(t *testing.T) {
			r, err := record.DecodeRequest(example(t, name))
			if err != nil {
				t.Fatal(err)
			}
			b, err := record.EncodeRequest(r)
			same(t, name, b, err)
		})
	}
	t.Run("cover", func(t *testing.T) {
		c, ok, err := record.DecodeCover(example(t, "cover"))
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		b, err := record.EncodeCover(c)
		same(t, "cover", b, err)
	})
}

func TestQuotedVectors(t *testing.T) {
	value := map[string][]string{}
	for _, l := range strings.Split(string(example(t, "vectors")), "\n") {
		if f := strings.Fields(l); len(f) > 1 {
			value[f[0]] = append(value[f[0]], f[1])
		} else if len(f) == 1 {
			value[""] = append(value[""], f[0])
		}
	}
	bits := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key := seal.Key(bits(value["key"][0]))
	equal := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: the code gives %s", what, got)
		}
	}
	equal("text of the key", key.String(), value["text"][0])
	d := key.Derive(seal.KindRecord, "akershus", "m4k7aaaaaaaaa")
	equal("derived key", hex.EncodeToString(d[:]), value[""][0])
	equal("derived key", d.String(), value[""][1])
	d = key.Derive(seal.KindRequest, "akershus", "m4k7aaaaaaaaa")
	equal("derived key", d.String(), value[""][2])
	if err := seal.CheckViewSecret(value["text"][1]); err != nil {
		t.Error(err)
	}
	sum, err := seal.ReceiptCheck(value["text"][2], "m4k7aaaaaaaaa")
	if err != nil {
		t.Error(err)
	}
	equal("check of a receipt", sum, strings.Fields(lineOf(t, "check"))[2])
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bits(value["signing"][0])))
	if err != nil {
		t.Fatal(err)
	}
	equal("public key", strings.Fields(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))[1], strings.Fields(lineOf(t, "public"))[2])
	equal("handle", string(register.HandleOf(signer.PublicKey().Marshal())), value["handle"][0])
}

func lineOf(t *testing.T, first string) string {
	t.Helper()
	for _, l := range strings.Split(string(example(t, "vectors")), "\n") {
		if strings.HasPrefix(l, first+" ") {
			return l
		}
	}
	t.Fatalf("no line %q among the vectors", first)
	return ""
}

var limitRow = regexp.MustCompile("(?m)^\\| `([a-z]+)\\.([A-Za-z]+)` \\| ([0-9,]+)(?: (KiB|MiB|GiB))? ?([^|]*)\\|")

// TestLimits compares the table of limits with the constants of the code.
func TestLimits(t *testing.T) {
	rows := limitRow.FindAllStringSubmatch(read(t, "format.md"), -1)
	if len(rows) < 20 {
		t.Fatalf("only %d limits found", len(rows))
	}
	size := map[string]int64{"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
	for _, r := range rows {
		want, err := strconv.ParseInt(strings.ReplaceAll(r[3], ",", ""), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := constantOf(t, r[1], r[2]); !ok {
			t.Errorf("%s.%s: no such constant", r[1], r[2])
		} else if got != want*size[r[4]] {
			t.Errorf("%s.%s is %d, and format.md says %s %s", r[1], r[2], got, r[3], r[4])
		}
	}
}

// constantOf evaluates a constant of a package that is written as a number.
func constantOf(t *testing.T, pkg, name string) (n int64, found bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "internal", pkg, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	for _, f := range files {
		file, err := parser.ParseFile(fset, f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || found {
				return !found
			}
			i := slices.IndexFunc(spec.Names, func(id *ast.Ident) bool { return id.Name == name })
			if i < 0 || i >= len(spec.Values) {
				return true
			}
			v, err := types.Eval(fset, nil, token.NoPos, types.ExprString(spec.Values[i]))
			if err != nil {
				t.Fatalf("%s.%s: %v", pkg, name, err)
			}
			n, found = constant.Int64Val(v.Value)
			return false
		})
	}
	return n, found
}

// documents are the files that are held to the tree.
func documents(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"*.md", "../*.md", "../changes/*.md"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, names...)
	}
	if len(out) < 8 {
		t.Fatalf("only %d documents found", len(out))
	}
	return out
}

var ruleName = regexp.MustCompile("`((?:check|layout|seal|sign|scope|grant|review|reader|draw|retention|policy)/[a-z-]+)`")

func TestRulesThatAreNamedExist(t *testing.T) {
	known := map[string]bool{}
	for _, r := range check.Rules() {
		known[r.ID] = true
	}
	n := 0
	for _, name := range documents(t) {
		for _, m := range ruleName.FindAllStringSubmatch(read(t, name), -1) {
			if n++; !known[m[1]] {
				t.Errorf("%s names the rule %s, which no check applies", name, m[1])
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d rules are named", n)
	}
}

var (
	testName   = regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z0-9_]*)`")
	fileName   = regexp.MustCompile("`((?:internal|demo|policies)/[A-Za-z0-9_./-]+)`")
	attackName = regexp.MustCompile("`([a-z0-9_]+\\.txt)`")
	testFunc   = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
)

func TestTestsThatAreNamedExist(t *testing.T) {
	known := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, m := range testFunc.FindAllStringSubmatch(read(t, path), -1) {
			known[m[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range documents(t) {
		text := read(t, name)
		for _, m := range testName.FindAllStringSubmatch(text, -1) {
			if !known[m[1]] {
				t.Errorf("%s names the test %s, which does not exist", name, m[1])
			}
		}
		var files []string
		for _, m := range fileName.FindAllStringSubmatch(text, -1) {
			files = append(files, m[1])
		}
		for _, m := range attackName.FindAllStringSubmatch(text, -1) {
			files = append(files, "internal/e2e/testdata/attacks/"+m[1])
		}
		for _, f := range files {
			if _, err := os.Stat(filepath.Join("..", f)); err != nil {
				t.Errorf("%s names a file that is not there: %v", name, err)
			}
		}
	}
}

var (
	shown    = regexp.MustCompile(`(?m)^[a-z]+\$ medlem (.+)$`)
	usage    = regexp.MustCompile(`(?m)^Usage:\n  medlem ([a-z ]+?)(?: [-A-Z\[].*)?$`)
	flagName = regexp.MustCompile(`--[a-z-]+`)
)

// TestCommandsThatAreShownExist asks the program for the help of each command
// that a document shows, and for each of its flags.
func TestCommandsThatAreShownExist(t *testing.T) {
	n := 0
	for _, name := range documents(t) {
		for _, m := range shown.FindAllStringSubmatch(read(t, name), -1) {
			n++
			words := strings.Fields(m[1])
			if i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") }); i >= 0 {
				words = words[:i]
			}
			var out bytes.Buffer
			env := cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Now: time.Now, Getenv: func(string) string { return "" },
				ConfigDir: func() (string, error) { return t.TempDir(), nil }}
			code := cli.Main(context.Background(), append(slices.Clone(words), "--help"), env)
			u := usage.FindStringSubmatch(out.String())
			command := strings.Join(words, " ")
			if code != 0 || u == nil || !strings.HasPrefix(command+" ", u[1]+" ") || command != u[1] && strings.Contains(u[0], " COMMAND") {
				t.Errorf("%s shows a command that there is not: medlem %s", name, m[1])
				continue
			}
			for _, f := range flagName.FindAllString(m[1], -1) {
				if !strings.Contains(out.String(), f+" ") {
					t.Errorf("%s shows a flag that there is not: %s of medlem %s", name, f, u[1])
				}
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d commands are shown", n)
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

func TestLinksLeadSomewhere(t *testing.T) {
	for _, name := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, name), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			target := name
			if file != "" {
				target = filepath.Join(filepath.Dir(name), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s leads nowhere", name, m[1])
				continue
			}
			if anchor != "" && !slices.Contains(anchors(read(t, target)), anchor) {
				t.Errorf("%s: %s: no such heading", name, m[1])
			}
		}
	}
}

func anchors(text string) []string {
	var out []string
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		s := dropped.ReplaceAllString(strings.ToLower(m[1]), "")
		out = append(out, strings.ReplaceAll(s, " ", "-"))
	}
	return out
}
