package gitstore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An audit of what is in order tells nothing; a changed byte, a lost object and a ref
// that leads nowhere are told with what they are, by file, object, ref and path.
func TestAudit(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, r *Repo, blob, head ID)
		want  func(f Fault, blob, head ID) bool
	}{
		"a loose object": {func(t *testing.T, r *Repo, blob, _ ID) {
			unpack(t, r)
			p := loosePath(filepath.Join(r.Dir(), "objects"), blob)
			spoilFile(t, p, -3)
		}, func(f Fault, blob, _ ID) bool {
			return f.ID == blob && f.Path == "a/b.txt" && f.Ref == "refs/heads/main" && strings.HasPrefix(f.File, "objects/") && !f.Spare
		}},
		"one that is missing": {func(t *testing.T, r *Repo, blob, _ ID) {
			unpack(t, r)
			check(t, os.Remove(loosePath(filepath.Join(r.Dir(), "objects"), blob)))
		}, func(f Fault, blob, _ ID) bool { return f.ID == blob && f.Path == "a/b.txt" && f.File == "" }},
		"an index": {func(t *testing.T, r *Repo, _, _ ID) {
			spoilFile(t, strings.TrimSuffix(packsIn(t, r)[0], "pack")+"idx", -1)
		}, func(f Fault, _, _ ID) bool { return strings.HasSuffix(f.File, ".idx") && f.ID.IsZero() }},
		"a ref": {func(t *testing.T, r *Repo, _, _ ID) {
			check(t, os.WriteFile(filepath.Join(r.Dir(), "refs/heads/main"), []byte(strings.Repeat("z", 40)), 0o600))
		}, func(f Fault, _, _ ID) bool { return f.Ref == "refs/heads/main" && f.ID.IsZero() }},
		"a ref that leads nowhere": {func(t *testing.T, r *Repo, _, _ ID) {
			check(t, os.WriteFile(filepath.Join(r.Dir(), "refs/heads/main"), []byte(strings.Repeat("1", 40)), 0o600))
		}, func(f Fault, _, _ ID) bool {
			return f.Ref == "refs/heads/main" && f.ID.String() == strings.Repeat("1", 40)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := initRepo(t)
			head := commit(t, r, map[string]string{"a/b.txt": string(noise(500, 3)), "c.txt": "c"})
			setRef(t, r, "refs/heads/main", head)
			git(t, r.Dir(), "repack", "-adq")
			r = reopen(t, r.Dir())
			blob := hashObject(Blob, noise(500, 3))
			fs := must(r.Audit(nil))(t)
			if len(fs) > 0 {
				t.Fatalf("before: %v", fs)
			}
			makeWritable(t, r.Dir())
			c.spoil(t, r, blob, head)
			r = reopen(t, r.Dir())
			fs = must(r.Audit(nil))(t)
			for _, f := range fs {
				if c.want(f, blob, head) && f.Err != nil {
					return
				}
			}
			t.Errorf("%+v", fs)
		})
	}
}

// A damaged copy beside a good one is told as such: nothing is lost yet.
func TestAuditSpare(t *testing.T) {
	r := initRepo(t)
	head := commit(t, r, map[string]string{"a.txt": string(noise(500, 3))})
	setRef(t, r, "refs/heads/main", head)
	git(t, r.Dir(), "repack", "-adq")
	pack := packsIn(t, r)[0]
	b := must(os.ReadFile(pack))(t)
	unpack(t, r)
	check(t, os.WriteFile(pack, b, 0o600))
	git(t, r.Dir(), "index-pack", pack)
	makeWritable(t, r.Dir())
	blob := hashObject(Blob, noise(500, 3))
	spoilFile(t, loosePath(filepath.Join(r.Dir(), "objects"), blob), -3)
	fs := must(reopen(t, r.Dir()).Audit(nil))(t)
	if len(fs) != 1 || fs[0].ID != blob || !fs[0].Spare {
		t.Errorf("%+v", fs)
	}
}

// unpack takes the objects of r out of its packs.
func unpack(t *testing.T, r *Repo) {
	t.Helper()
	for _, p := range packsIn(t, r) {
		at := filepath.Join(t.TempDir(), "p.pack")
		check(t, os.Rename(p, at))
		b := must(os.ReadFile(at))(t)
		if _, err := tryGit(r.Dir(), string(b), "unpack-objects", "-q"); err != nil {
			t.Fatal(err)
		}
		check(t, os.Remove(strings.TrimSuffix(p, "pack")+"idx"))
	}
	makeWritable(t, r.Dir())
}

// spoilFile changes a byte of a file, counted from its end.
func spoilFile(t *testing.T, path string, at int) {
	t.Helper()
	b := must(os.ReadFile(path))(t)
	b[len(b)+at] ^= 4
	check(t, os.WriteFile(path, b, 0o600))
}
