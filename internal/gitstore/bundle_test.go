package gitstore

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Stock git takes a bundle of ours, and we take one of stock git's.
func TestBundle(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		c := exec.Command("git", args...)
		c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	from := filepath.Join(dir, "from")
	git("init", "-q", "-b", "main", from)
	for _, name := range []string{"a", "b", "c"} {
		if err := os.WriteFile(filepath.Join(from, name), bytes.Repeat([]byte(name), 3000), 0o600); err != nil {
			t.Fatal(err)
		}
		git("-C", from, "add", ".")
		git("-C", from, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", name)
	}
	// A change that is undone: the folder of the last commit is that of an earlier one.
	for _, text := range []string{"one", "two", "one"} {
		if err := os.MkdirAll(filepath.Join(from, "sub"), 0o700); err != nil {
			t.Fatal(err)
		}
		for name, b := range map[string]string{"x": text, "y": "stays"} {
			if err := os.WriteFile(filepath.Join(from, "sub", name), []byte(b), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		git("-C", from, "add", ".")
		git("-C", from, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", text)
	}
	git("-C", from, "update-ref", "refs/medlem/keyrings/asker", "HEAD~1")
	r, err := Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	refs, err := r.Refs("refs/")
	if err != nil {
		t.Fatal(err)
	}
	var ours bytes.Buffer
	if err := WriteBundle(ctx, &ours, r, refs); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "ours.bundle")
	if err := os.WriteFile(file, ours.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	git("-C", from, "bundle", "verify", "-q", file)
	git("clone", "-q", file, filepath.Join(dir, "clone"))
	git("-C", filepath.Join(dir, "clone"), "fsck", "--strict")
	if _, err := os.Stat(filepath.Join(dir, "clone", "c")); err != nil {
		t.Error("git clone checked nothing out: ", err)
	}
	git("-C", from, "bundle", "create", "-q", filepath.Join(dir, "theirs.bundle"), "--all")
	theirs, err := os.ReadFile(filepath.Join(dir, "theirs.bundle"))
	if err != nil {
		t.Fatal(err)
	}

	for name, b := range map[string][]byte{"ours": ours.Bytes(), "theirs": theirs} {
		to, err := Init(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer to.Close()
		got, err := to.Unbundle(ctx, bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(got) != 2 || got["refs/heads/main"] != refs["refs/heads/main"] || got["refs/medlem/keyrings/asker"] != refs["refs/medlem/keyrings/asker"] {
			t.Errorf("%s: refs %v", name, got)
		}
		if _, err := ReadCommit(to, got["refs/heads/main"]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}

	// What is cut off, changed or no bundle is refused, and nothing is taken in.
	spoilt := bytes.Clone(ours.Bytes())
	spoilt[len(spoilt)/2] ^= 1
	orphan := bytes.Replace(bytes.Clone(theirs), []byte("# v2 git bundle\n"), []byte("# v2 git bundle\n-"+refs["refs/heads/main"].String()+" x\n"), 1)
	for name, b := range map[string][]byte{"cut": ours.Bytes()[:ours.Len()-30], "spoilt": spoilt, "prerequisite": orphan,
		"empty": nil, "text": []byte("medlem: 1\n"), "headOnly": []byte(bundleSignature), "noRefs": []byte(bundleSignature + "\n"), "v3": bytes.Replace(ours.Bytes(), []byte("v2"), []byte("v3"), 1)} {
		to, err := Init(filepath.Join(dir, "bad-"+name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Unbundle(ctx, bytes.NewReader(b)); err == nil {
			t.Errorf("%s: taken in", name)
		} else if name != "cut" && name != "spoilt" && !errors.Is(err, ErrBundle) {
			t.Errorf("%s: %v, want ErrBundle", name, err)
		}
		if to.Has(refs["refs/heads/main"]) {
			t.Errorf("%s: something was taken in", name)
		}
		to.Close()
	}
}
