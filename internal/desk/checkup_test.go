package desk_test

import (
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
)

// gitIn runs git in an officer's copy.
func (o *office) gitIn(who, stdin string, args ...string) string {
	o.t.Helper()
	c := exec.Command("git", append([]string{"-C", o.at(who)}, args...)...)
	c.Stdin = strings.NewReader(stdin)
	out, err := c.CombinedOutput()
	if err != nil {
		o.t.Fatalf("git %s: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// loosen takes the objects of a copy out of their packs.
func (o *office) loosen(who string) {
	o.t.Helper()
	packs, _ := filepath.Glob(filepath.Join(o.at(who), ".git", "objects", "pack", "*.pack"))
	for _, p := range packs {
		b, err := os.ReadFile(p)
		if err == nil {
			err = errors.Join(os.Remove(p), os.Remove(strings.TrimSuffix(p, "pack")+"idx"))
		}
		if err != nil {
			o.t.Fatal(err)
		}
		o.gitIn(who, string(b), "unpack-objects", "-q")
	}
}

// damage changes one byte of an object that lies by itself.
func (o *office) damage(who, object string) {
	o.t.Helper()
	o.flip(filepath.Join(o.at(who), ".git", "objects", object[:2], object[2:]))
}

func (o *office) flip(path string) {
	o.t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		b[len(b)/2] ^= 1
		err = errors.Join(os.Remove(path), os.WriteFile(path, b, 0o600))
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) kinds(who string, repair bool) []string {
	o.t.Helper()
	found, err := desk.CheckCopy(ctx, desk.Options{Dir: o.at(who), Now: o.clock}, repair)
	if err != nil {
		o.t.Fatal(err)
	}
	if !slices.ContainsFunc(found, func(a desk.Ailment) bool { return a.Kind == desk.NotesDamaged }) {
		o.do(who, func(d *desk.Desk) error {
			more, err := d.CheckHere(ctx, repair)
			found = append(found, more...)
			return err
		})
	}
	var out []string
	for _, a := range found {
		if a.Kind != desk.IdentityPlain && a.Kind != desk.BackupOld {
			out = append(out, a.Kind)
		}
	}
	return out
}

// A disk hits an officer's draft: each part of it, and its ref. At stake: the members, of
// whom main has all. Proves that she reads them all the same and is told, that nothing is
// written over what she cannot see, that the draft can be dropped, and that nothing of the
// damage stays. Then the same copy's notes and keys.
func TestDamagedCopy(t *testing.T) {
	o := newOffice(t)
	o.join("kari", "asker", "member-officer")
	ids := o.crowd("asker", 2)
	o.do("kari", func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
	o.edit("kari", ids[0], "city=Oslo")
	o.edit("kari", ids[1], "city=Bergen")
	o.loosen("kari")
	whole := filepath.Join(o.dir, "whole")
	if err := os.Rename(o.at("kari"), whole); err != nil {
		t.Fatal(err)
	}
	fresh := func() {
		t.Helper()
		if err := errors.Join(os.RemoveAll(o.at("kari")), os.CopyFS(o.at("kari"), os.DirFS(whole))); err != nil {
			t.Fatal(err)
		}
	}
	fresh()
	parts := map[string]string{"commit": o.gitIn("kari", "", "rev-parse", "refs/medlem/draft"),
		"tree": o.gitIn("kari", "", "rev-parse", "refs/medlem/draft^{tree}"), "ref": ""}
	for line := range strings.Lines(o.gitIn("kari", "", "diff-tree", "-r", "refs/heads/main", "refs/medlem/draft")) {
		kind := "record"
		if strings.Contains(line, "/envelopes/") {
			kind = "envelope"
		}
		parts[kind] = strings.Fields(line)[3]
	}
	for part, object := range parts {
		fresh()
		if object == "" {
			if err := os.WriteFile(filepath.Join(o.at("kari"), ".git", "refs", "medlem", "draft"), []byte("rubbish\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		} else {
			o.damage("kari", object)
		}
		o.warn = nil
		o.do("kari", func(d *desk.Desk) error {
			ms, err := d.Members(desk.Query{})
			if err == nil && (len(ms) != 2 || ms[0].Status != desk.Merged || !d.DraftClosed()) {
				t.Errorf("%s: %d members, %v", part, len(ms), ms[0].Status)
			}
			return err
		})
		if len(o.warn) != 1 || o.warn[0].Kind != desk.WarnDraft {
			t.Errorf("%s: warned of %v", part, o.warn)
		}
		var draft *desk.DraftError
		if err := o.as("kari", func(d *desk.Desk) error { _, err := d.Submit(ctx); return err }); !errors.As(err, &draft) && part != "ref" {
			t.Errorf("%s: submit: %v", part, err)
		}
		if err := o.as("kari", func(d *desk.Desk) error { _, err := d.Edit(ctx, ids[0], values("city=Moss")); return err }); !errors.As(err, &draft) && part != "ref" {
			t.Errorf("%s: edit: %v", part, err)
		}
		if k := o.kinds("kari", false); len(k) != 1 {
			t.Errorf("%s: found %v", part, k)
		}
		o.do("kari", func(d *desk.Desk) error {
			if _, opened, err := d.DropDraft(); err != nil || opened {
				t.Errorf("%s: dropped %v, %v", part, opened, err)
			}
			_, err := d.Sync(ctx)
			return err
		})
		o.kinds("kari", true)
		if k := o.kinds("kari", false); len(k) > 0 {
			t.Errorf("%s: still %v", part, k)
		}
		o.edit("kari", ids[0], "city=Moss")
	}

	// What was done last is taken back without what it holds being opened.
	fresh()
	o.damage("kari", parts["tree"])
	o.do("kari", func(d *desk.Desk) error {
		if verb, _, _, err := d.Undo(); err != nil || verb != "edit" {
			t.Errorf("undo: %q %v", verb, err)
		}
		if n, err := d.Drafted(); err != nil || n != 1 {
			t.Errorf("%d changes are left, %v", n, err)
		}
		n, opened, err := d.DropDraft()
		if n != 1 || !opened {
			t.Errorf("dropped %d, %v", n, opened)
		}
		return err
	})
	o.kinds("kari", true)

	// The notes beside git's objects, and the keys.
	notes := filepath.Join(o.at("kari"), ".git", "medlem")
	state := filepath.Join(notes, "state.yaml")
	right, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) func() {
		return func() {
			if err := os.WriteFile(filepath.Join(notes, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	wrong := regexp.MustCompile(`verified: ....`).ReplaceAllString(string(right), "verified: 0000")
	rings, _ := filepath.Glob(filepath.Join(notes, "keyrings", "asker.*.age"))
	if len(rings) != 2 {
		t.Fatalf("a keyring and its tokens: %v", rings)
	}
	for name, c := range map[string]struct {
		hurt func()
		kind string
	}{
		"heads":    {write("heads.yaml", "med"), desk.NoteDamaged},
		"inbox":    {write("inbox.yaml", "med"), desk.NoteDamaged},
		"verified": {write("state.yaml", wrong), desk.NoteWrong},
		"keyring":  {func() { o.flip(rings[0]) }, desk.KeyringAbsent},
		"tokens":   {func() { o.flip(rings[1]) }, desk.KeyringAbsent},
	} {
		for _, repair := range []bool{false, true} {
			c.hurt()
			if k := o.kinds("kari", repair); !slices.Equal(k, []string{c.kind}) {
				t.Errorf("%s: found %v", name, k)
			}
			if !repair {
				o.do("kari", func(d *desk.Desk) error { _, err := d.Sync(ctx); return err })
			}
			if k := o.kinds("kari", false); len(k) > 0 && (repair || c.kind != desk.NoteDamaged) {
				t.Errorf("%s, repair %t: still %v", name, repair, k)
			}
		}
	}
	// A server that was set back is noticed also where that note is damaged.
	main := o.gitIn("kari", "", "rev-parse", "refs/heads/main")
	exec.Command("git", "-C", o.host(), "update-ref", "refs/heads/main", main+"^").Run()
	write("state.yaml", wrong)()
	if err := o.as("kari", func(d *desk.Desk) error { _, err := d.Sync(ctx); return err }); !errors.Is(err, desk.ErrRewound) {
		t.Errorf("set back: %v", err)
	}
	o.do("kari", func(d *desk.Desk) error {
		found, err := d.CheckServer(ctx)
		if len(found) != 1 || found[0].Kind != desk.MainBehind {
			t.Errorf("set back: %v", found)
		}
		return err
	})
	exec.Command("git", "-C", o.host(), "update-ref", "refs/heads/main", main).Run()
	write("state.yaml", string(right[:len(right)/2]))()
	if k := o.kinds("kari", false); !slices.Equal(k, []string{desk.NotesDamaged}) {
		t.Errorf("half of state.yaml: %v", k)
	}
	if err := os.Remove(state); err != nil {
		t.Fatal(err)
	}
	if found, err := desk.CheckMirror(o.at("kari"), func(string, int, int) {}); err != nil || len(found) != 1 || found[0].Kind != desk.NotesDamaged {
		t.Errorf("without state.yaml: %v %v", found, err)
	}
	write("state.yaml", string(right))()

	// A server that answers wrongly keeps nobody from her draft, and takes nothing in.
	var code int
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		io.WriteString(w, "<html>Welcome to the guest network</html>")
	}))
	defer srv.Close()
	away := regexp.MustCompile(`remote: .*`).ReplaceAllString(string(right), "remote: "+hex.EncodeToString([]byte(srv.URL+"/r.git")))
	for c, kind := range map[int]error{401: gitstore.ErrDenied, 404: gitstore.ErrNoRepository, 200: gitstore.ErrAnswer, 500: gitstore.ErrUnreachable} {
		write("state.yaml", away)()
		code, o.warn = c, nil
		o.edit("kari", ids[1], "city=Moss")
		if len(o.warn) != 1 || o.warn[0].Kind != desk.WarnOffline || kind != gitstore.ErrUnreachable && !errors.Is(o.warn[0].Err, kind) {
			t.Errorf("%d: warned of %v", c, o.warn)
		}
		if err := o.as("kari", func(d *desk.Desk) error { _, err := d.Submit(ctx); return err }); !errors.Is(err, kind) {
			t.Errorf("%d: submit: %v", c, err)
		}
		if res, err := o.synced("kari"); !errors.Is(err, kind) && !(c == 500 && res.Offline) {
			t.Errorf("%d: sync: %v", c, err)
		}
		if a, ok := desk.ServerAilment(o.as("kari", func(d *desk.Desk) error { _, err := d.CheckServer(ctx); return err })); !ok || !errors.Is(a.Err, kind) {
			t.Errorf("%d: the doctor says %v", c, a)
		}
		o.do("kari", func(d *desk.Desk) error { _, _, err := d.DropDraft(); return err })
	}
}

func (o *office) synced(who string) (res *desk.SyncResult, err error) {
	o.t.Helper()
	err = o.as(who, func(d *desk.Desk) error { res, err = d.Sync(ctx); return err })
	return res, err
}
