package gitstore

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func rawTree(es ...Entry) []byte {
	var raw []byte
	for i := range es {
		raw = appendEntry(raw, &es[i])
	}
	return raw
}

var goodTrees = [][]byte{
	nil,
	rawTree(Entry{"a", ModeFile, ID{1}}),
	rawTree(Entry{"a", ModeFile, ID{1}}, Entry{"a-b", ModeExec, ID{1}}, Entry{"a.b", ModeSymlink, ID{1}}, Entry{"a0", ModeSubmodule, ID{1}}),
	rawTree(Entry{"a-b", ModeFile, ID{1}}, Entry{"a", ModeDir, ID{1}}, Entry{"a0", ModeFile, ID{1}}),
	rawTree(Entry{".github", ModeDir, ID{1}}, Entry{".gitignore", ModeFile, ID{1}}, Entry{"git", ModeFile, ID{1}}, Entry{"æ ø", ModeFile, ID{1}}),
}

var badTrees = map[string][]byte{
	"no mode":              []byte("a"),
	"no name":              append([]byte("100644 \x00"), make([]byte, 20)...),
	"no id":                []byte("100644 a\x00123"),
	"cut in the mode":      []byte("1006"),
	"cut in the name":      []byte("100644 a"),
	"mode padded":          bytes.Replace(rawTree(Entry{"a", ModeDir, ID{1}}), []byte("40000"), []byte("040000"), 1),
	"mode of old":          rawTree(Entry{"a", 0o100664, ID{1}}),
	"mode unknown":         rawTree(Entry{"a", 0o100600, ID{1}}),
	"mode not octal":       append([]byte("10064x a\x00"), bytes.Repeat([]byte{1}, 20)...),
	"names nothing":        rawTree(Entry{"a", ModeFile, ID{}}),
	"order":                rawTree(Entry{"b", ModeFile, ID{1}}, Entry{"a", ModeFile, ID{1}}),
	"order of folders":     rawTree(Entry{"a", ModeDir, ID{1}}, Entry{"a-b", ModeFile, ID{1}}),
	"twice":                rawTree(Entry{"a", ModeFile, ID{1}}, Entry{"a", ModeFile, ID{1}}),
	"file beside folder":   rawTree(Entry{"a", ModeFile, ID{1}}, Entry{"a", ModeDir, ID{1}}),
	"the same, apart":      rawTree(Entry{"a", ModeFile, ID{1}}, Entry{"a-", ModeFile, ID{1}}, Entry{"a.", ModeFile, ID{1}}, Entry{"a", ModeDir, ID{1}}),
	"symlink beside folde": rawTree(Entry{"a", ModeSymlink, ID{1}}, Entry{"a", ModeDir, ID{1}}),
	"empty folder":         rawTree(Entry{"a", ModeDir, emptyTree}),
	"slash":                rawTree(Entry{"a/b", ModeFile, ID{1}}),
	"long name":            rawTree(Entry{strings.Repeat("a", NameLimit+1), ModeFile, ID{1}}),
}

var dotGits = []string{".git", ".GIT", ".Git", "git~1", "GIT~1", ".git.", ".git ", ".git . .", ".git::$INDEX_ALLOCATION", ".git:x", `a\.git`, `.git\x`, `..\.git`,
	".g\u200cit", "\ufeff.git", ".gi\u202et", ".\u206aGIT"}

func TestParseTree(t *testing.T) {
	for _, raw := range goodTrees {
		es, err := parseTree(raw)
		if err != nil || !bytes.Equal(rawTree(es...), raw) {
			t.Errorf("%q: %v", raw, err)
		}
	}
	for name, raw := range badTrees {
		if _, err := parseTree(raw); !errors.Is(err, ErrMalformedTree) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, n := range append([]string{".", ".."}, dotGits...) {
		if _, err := parseTree(rawTree(Entry{n, ModeFile, ID{1}})); !errors.Is(err, ErrMalformedTree) {
			t.Errorf("%q: %v", n, err)
		}
	}
}

// What we take for .git is what git takes for it (and git looks at a backslash
// only on Windows).
func TestDotGitIsGits(t *testing.T) {
	r := initRepo(t)
	blob := must(tryGit(r.Dir(), "x", "hash-object", "-w", "--stdin"))(t)
	for _, n := range append(slices.Clone(dotGits), ".gitx", ".github", "git~2", ".git~1", "x.git", "git", ".gitmodule", "..git", ".gi") {
		if strings.Contains(n, `\`) {
			continue
		}
		tree := must(tryGit(r.Dir(), fmt.Sprintf("100644 blob %s\t%s\x00", blob, n), "mktree", "-z"))(t)
		out, _ := tryGit(r.Dir(), "", "fsck", "--strict", tree)
		git := strings.Contains(out, tree+": hasDotgit")
		if ours := checkName(n) != nil; ours != git {
			t.Errorf("%q: git says %v, we say %v", n, git, ours)
		}
	}
}

func FuzzParseTree(f *testing.F) {
	for _, raw := range goodTrees {
		f.Add(raw)
	}
	for _, raw := range badTrees {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		es, err := parseTree(raw)
		if err == nil && !bytes.Equal(rawTree(es...), raw) {
			t.Errorf("%q does not come back", raw)
		}
		if err != nil && !errors.Is(err, ErrMalformedTree) {
			t.Error(err)
		}
	})
}

const (
	hexA    = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	person  = "O <o@example.org> 1767225600 +0100"
	headers = "tree " + hexA + "\nparent " + hexA + "\nauthor " + person + "\ncommitter " + person + "\n"
)

var goodCommits = []string{
	"tree " + hexA + "\nauthor " + person + "\ncommitter " + person + "\n\nm\n",
	headers + "\nmessage\n\nmore\n",
	headers + "\n",
	headers + "gpgsig -----BEGIN SSH SIGNATURE-----\n x\n -----END SSH SIGNATURE-----\n\nm",
	headers + "encoding ISO-8859-1\nmergetag object " + hexA + "\n type commit\n \n tagger\nHG:extra x\n\nm\n",
	"tree " + hexA + "\nauthor Åse Å <> 0 -0000\ncommitter O N <a@b> 999999999999 +1400\n\nm\n",
}

var badCommits = map[string]string{
	"empty":                    "",
	"no message":               headers,
	"no tree":                  "author " + person + "\ncommitter " + person + "\n\nm\n",
	"tree twice":               "tree " + hexA + "\n" + headers + "\nm\n",
	"tree later":               headers + "tree " + hexA + "\n\nm\n",
	"parent later":             "tree " + hexA + "\nauthor " + person + "\nparent " + hexA + "\ncommitter " + person + "\n\nm\n",
	"parent last":              headers + "parent " + hexA + "\n\nm\n",
	"author twice":             "tree " + hexA + "\nauthor " + person + "\nauthor " + person + "\ncommitter " + person + "\n\nm\n",
	"committer first":          "tree " + hexA + "\ncommitter " + person + "\nauthor " + person + "\n\nm\n",
	"no committer":             "tree " + hexA + "\nauthor " + person + "\n\nm\n",
	"committer twice":          headers + "committer " + person + "\n\nm\n",
	"upper case id":            strings.Replace(headers, hexA, strings.ToUpper(hexA), 1) + "\nm\n",
	"zero tree":                strings.Replace(headers, hexA, strings.Repeat("0", 40), 1) + "\nm\n",
	"short id":                 strings.Replace(headers, hexA, hexA[1:], 1) + "\nm\n",
	"id and more":              strings.Replace(headers, hexA, hexA+" ", 1) + "\nm\n",
	"zero byte in the header":  strings.Replace(headers, "O <", "O\x00 <", 1) + "\nm\n",
	"zero byte in the message": headers + "\nm\x00m\n",
	"no address":               strings.Replace(headers, "<o@example.org>", "o@example.org", 1) + "\nm\n",
	"address twice":            strings.Replace(headers, "<o@example.org>", "<a> <b>", 1) + "\nm\n",
	"no name":                  strings.Replace(headers, "author O <", "author <", 1) + "\nm\n",
	"zone":                     strings.Replace(headers, "+0100", "0100", 1) + "\nm\n",
	"zone cut":                 strings.Replace(headers, "+0100", "+01", 1) + "\nm\n",
	"time negative":            strings.Replace(headers, "1767225600", "-1", 1) + "\nm\n",
	"time padded":              strings.Replace(headers, "1767225600", "01767225600", 1) + "\nm\n",
	"time too long":            strings.Replace(headers, "1767225600", "99999999999999999999", 1) + "\nm\n",
	"carriage return":          strings.ReplaceAll(headers, "\n", "\r\n") + "\r\nm\n",
	"continues nothing":        headers + " x\n\nm\n",
	"header without a value":   headers + "gpgsig\n\nm\n",
	"header without a name":    headers + "\x01x y\n\nm\n",
	"too many parents":         "tree " + hexA + "\n" + strings.Repeat("parent "+hexA+"\n", ParentLimit+1) + "author " + person + "\ncommitter " + person + "\n\nm\n",
	"huge header":              headers + "x " + strings.Repeat("a", CommitHeaderLimit) + "\n\nm\n",
}

func TestParseCommit(t *testing.T) {
	for _, raw := range goodCommits {
		if _, err := parseCommit([]byte(raw)); err != nil {
			t.Errorf("%q: %v", clip(raw), err)
		}
	}
	for name, raw := range badCommits {
		if _, err := parseCommit([]byte(raw)); !errors.Is(err, ErrMalformedCommit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := must(parseCommit([]byte(headers + "gpgsig a\n b\nencoding x\n\nm\n\nn\n")))(t)
	want := Person{"O", "o@example.org", time.Unix(1767225600, 0), "+0100"}
	if c.Author.Name != want.Name || c.Author.Email != want.Email || !c.Author.When.Equal(want.When) || c.Author.Zone != want.Zone {
		t.Errorf("%+v", c.Author)
	}
	if _, off := c.Committer.When.Zone(); off != 3600 {
		t.Errorf("zone %d", off)
	}
	if c.Message != "m\n\nn\n" || !slices.Equal(c.Extra, []string{"gpgsig", "encoding"}) || len(c.Parents) != 1 {
		t.Errorf("%+v", c)
	}
}

// A commit that is too large is refused before it is read.
func TestCommitLimit(t *testing.T) {
	r := initRepo(t)
	pw := must(r.Begin())(t)
	id := must(pw.add(CommitType, []byte(headers+"\n"+strings.Repeat("m", CommitLimit))))(t)
	check(t, pw.Close())
	if _, err := ReadCommit(r, id); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

func FuzzParseCommit(f *testing.F) {
	for _, raw := range goodCommits {
		f.Add([]byte(raw))
	}
	for _, raw := range badCommits {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := parseCommit(raw)
		if err != nil {
			if !errors.Is(err, ErrMalformedCommit) {
				t.Error(err)
			}
			return
		}
		if c.Tree.IsZero() || len(c.Parents) > ParentLimit || c.Author.Name == "" || !strings.HasSuffix(string(raw), "\n\n"+c.Message) {
			t.Errorf("%q: %+v", raw, c)
		}
	})
}

func FuzzPatch(f *testing.F) {
	f.Add([]byte("0123456789"), append(appendVarint(appendVarint(nil, 10), 4), 0x91, 2, 2, 2, 'x', 'y'))
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		_, size, _, err := deltaSizes(delta)
		if err != nil || size > 1<<20 {
			return
		}
		if out, err := patch(base, delta); err == nil && int64(len(out)) != size {
			t.Errorf("%d bytes, want %d", len(out), size)
		}
	})
}

func FuzzParseEntry(f *testing.F) {
	f.Add(appendEntryHead(nil, Blob, 700), int64(100))
	f.Add(appendBack(appendEntryHead(nil, 6, 70000), 50), int64(100))
	f.Fuzz(func(t *testing.T, b []byte, off int64) {
		if off < packHeadSize || off > 1<<40 {
			return
		}
		e, err := parseEntry(b, off)
		if err == nil && (e.size < 0 || e.base != 0 && (e.base < packHeadSize || e.base >= off) || e.data <= off || e.data > off+int64(len(b))) {
			t.Errorf("%q at %d: %+v", b, off, e)
		}
	})
}
