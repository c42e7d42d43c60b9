package gitstore

import (
	"bytes"
	"context"
	"crypto/sha1"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Every pack that git makes, with both kinds of deltas, is indexed as git does.
func TestIngestIsGitsIndexPack(t *testing.T) {
	r := initRepo(t)
	tip := seed(t, r, 50)
	body := strings.Repeat("some text that makes good deltas\n", 100)
	for i := range 40 {
		tip = commit(t, r, map[string]string{"policies/a.yaml": fmt.Sprintf("%s%d\n%s", body, i, body), fmt.Sprint("f", i): body + fmt.Sprint(i)}, tip)
	}
	setRef(t, r, mainRef, tip)
	for _, args := range [][]string{{}, {"--delta-base-offset"}, {"--window=0"}} {
		base := filepath.Join(t.TempDir(), "p")
		c := exec.Command("git", append([]string{"-C", r.Dir(), "pack-objects", "-q", "--all", "--revs", "--no-reuse-delta", base}, args...)...)
		c.Env = plainEnv()
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		packs := must(filepath.Glob(base + "-*.pack"))(t)
		raw := must(os.ReadFile(packs[0]))(t)
		objs, sum, err := ingest(context.Background(), bytes.NewReader(raw), int64(len(raw)))
		check(t, err)
		theirs := must(os.ReadFile(strings.TrimSuffix(packs[0], ".pack") + ".idx"))(t)
		if ours := encodeIndex(objs, sum); !bytes.Equal(ours, theirs) {
			t.Errorf("%v: the index is another one", args)
		}
		// Memory serves the same.
		p := packOf(bytes.NewReader(raw), int64(len(raw)), sortedIndex(objs))
		check(t, checkConnected(context.Background(), arrived{p: p, under: NewMemory()}, []ID{tip}, nil))
	}
}

func FuzzIngest(f *testing.F) {
	g := &forge{}
	g.commit(g.tree(file("a", g.blob("0123456789"))))
	f.Add(g.pack())
	g.raw(rawDelta(&testing.T{}, append(appendVarint(appendVarint(nil, 10), 1), 0x90, 1), int64(len(g.entries[1])+len(g.entries[2])+len(g.entries[0]))))
	f.Add(g.pack())
	f.Add([]byte("PACK"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 32 { // what follows is about the objects
			sum := sha1.Sum(b[:len(b)-20])
			b = append(b[:len(b)-20:len(b)-20], sum[:]...)
		}
		objs, _, err := ingest(context.Background(), bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		// What is accepted reads back under its ids.
		p := packOf(bytes.NewReader(b), int64(len(b)), sortedIndex(objs))
		for _, o := range objs {
			typ, content, err := arrived{p: p, under: NewMemory()}.Object(o.id)
			if err != nil || hashObject(typ, content) != o.id {
				t.Errorf("%s: %v", o.id, err)
			}
		}
	})
}

func FuzzIndex(f *testing.F) {
	objs := []packed{{ID{1}, 12, 7}, {ID{1, 1}, 1 << 33, 8}, {ID{0xff}, 1 << 20, 9}}
	f.Add(encodeIndex(objs, [20]byte{1}))
	f.Add(encodeIndex(nil, [20]byte{}))
	f.Add([]byte(idxHead))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 20 { // what follows is about what the checksum covers
			sum := sha1.Sum(b[:len(b)-20])
			b = append(b[:len(b)-20:len(b)-20], sum[:]...)
		}
		name := filepath.Join(t.TempDir(), "x.idx")
		check(t, os.WriteFile(name, b, 0o600))
		x, err := openIndex(name)
		if err != nil {
			return
		}
		defer x.f.Close()
		all, err := x.all()
		if err != nil {
			return
		}
		for _, o := range all {
			x.find(o.id)
		}
	})
}

// An index that is too large to be read at once answers as the one that is.
func TestIndexOnDisk(t *testing.T) {
	objs := make([]packed, 200_000)
	for i := range objs {
		copy(objs[i].id[:], noise(20, uint64(i)))
		if i%3 == 0 {
			objs[i].id[0] = 0x42 // one long run
		}
		objs[i].off = int64(i) * 20_000 // some beyond 2 GiB
	}
	name := filepath.Join(t.TempDir(), "x.idx")
	check(t, os.WriteFile(name, encodeIndex(objs, [20]byte{1}), 0o600))
	x := must(openIndex(name))(t)
	defer x.f.Close()
	for i := 0; i < len(objs); i += 100 { // by reading on, and after idxLoadAfter from memory
		off, ok, err := x.find(objs[i].id)
		if off != objs[i].off || !ok || err != nil {
			t.Fatal(i, off, ok, err)
		}
		absent := objs[i].id
		absent[19] ^= 1
		if _, ok, err := x.find(absent); ok || err != nil {
			t.Fatal("found what is not there", err)
		}
		if i == 100 && x.loaded.Load() != nil {
			t.Error("read whole for two lookups")
		}
	}
	if x.loaded.Load() == nil {
		t.Error("not read whole after many lookups")
	}
	if all := must(x.all())(t); len(all) != len(objs) || all[7] != objs[7] {
		t.Error("all")
	}
}
