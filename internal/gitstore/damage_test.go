package gitstore

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever happens to the files, a read returns the right content or an error.
func TestDamagedPacks(t *testing.T) {
	content := noise(700, 7)
	cases := []struct {
		name  string
		spoil func(pack, idx []byte, at int) (newPack, newIdx []byte)
	}{
		{"the pack is cut inside the file", func(p, x []byte, at int) ([]byte, []byte) { return p[:at+100], x }},
		{"the pack is cut behind it", func(p, x []byte, at int) ([]byte, []byte) { return p[:at+1500], x }},
		{"the pack is empty", func(p, x []byte, at int) ([]byte, []byte) { return nil, x }},
		{"a byte of the file is another one", func(p, x []byte, at int) ([]byte, []byte) { p[at+50] ^= 1; return p, x }},
		{"ATTACK: other content under the same id, its zlib checksum put right", func(p, x []byte, at int) ([]byte, []byte) {
			p[at+100] ^= 1
			binary.BigEndian.PutUint32(p[at+700:], adler32.Checksum(p[at:at+700]))
			return p, x
		}},
		{"the index is cut", func(p, x []byte, at int) ([]byte, []byte) { return p, x[:len(x)/2] }},
		{"the index is empty", func(p, x []byte, at int) ([]byte, []byte) { return p, nil }},
		{"an offset in the index is another one", func(p, x []byte, at int) ([]byte, []byte) {
			for i := range 300 {
				x[len(x)-40-4*i-1] ^= 2
			}
			return p, x
		}},
		{"the fanout decreases", func(p, x []byte, at int) ([]byte, []byte) { x[8] = 0xff; return p, x }},
		{"the type in the entry is unknown", func(p, x []byte, at int) ([]byte, []byte) {
			p[at-storedHead-2] |= 0x70
			return p, x
		}},
		{"the size in the entry is larger", func(p, x []byte, at int) ([]byte, []byte) {
			p[at-storedHead-1]++
			return p, x
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := initRepo(t)
			seed(t, r, 300)
			id := hashObject(Blob, content)
			if _, b, err := r.Object(id); err != nil || !bytes.Equal(b, content) {
				t.Fatal("before:", err)
			}
			packFile := packsIn(t, r)[0]
			idxFile := strings.TrimSuffix(packFile, ".pack") + ".idx"
			makeWritable(t, r.Dir())
			p, x := must(os.ReadFile(packFile))(t), must(os.ReadFile(idxFile))(t)
			p, x = c.spoil(p, x, bytes.Index(p, content))
			check(t, os.WriteFile(packFile, p, 0o644))
			check(t, os.WriteFile(idxFile, x, 0o644))
			again := reopen(t, r.Dir())
			_, _, err := again.Object(id)
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("read: %v", err)
			}
			if _, err := again.Blob(id, 1<<20); err == nil {
				t.Error("read as a file")
			}
			if err := again.Blobs([]ID{id}, 1<<20, 1, func(int, []byte) error { return nil }); err == nil {
				t.Error("read in bulk")
			}

			// A second copy is used, and writing it mends.
			b := must(again.Begin())(t)
			must(b.Blob(content))(t)
			check(t, b.Close())
			if _, got, err := again.Object(id); err != nil || !bytes.Equal(got, content) {
				t.Errorf("with a second copy: %v", err)
			}
			check(t, again.Blobs([]ID{id}, 1<<20, 1, func(_ int, got []byte) error {
				if !bytes.Equal(got, content) {
					t.Error("with a second copy: other content in bulk")
				}
				return nil
			}))
		})
	}
}

func TestDamagedLooseObjects(t *testing.T) {
	deflate := func(s string) []byte {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		w.Write([]byte(s))
		w.Close()
		return z.Bytes()
	}
	id := hashObject(Blob, []byte("hello"))
	right := deflate("blob 5\x00hello")
	cases := map[string][]byte{
		"empty":               nil,
		"cut":                 right[:len(right)-3],
		"cut at its head":     right[:3],
		"not deflated":        []byte("blob 5\x00hello"),
		"other content":       deflate("blob 5\x00hallo"),
		"longer than it says": deflate("blob 4\x00hello"),
		"shorter":             deflate("blob 6\x00hello"),
		"unknown type":        deflate("blub 5\x00hello"),
		"a delta":             deflate("ofs-delta 5\x00hello"),
		"no size":             deflate("blob \x00hello"),
		"negative size":       deflate("blob -5\x00hello"),
		"padded size":         deflate("blob 05\x00hello"),
		"huge size":           deflate("blob 99999999999999999999\x00hello"),
		"size of gigabytes":   deflate("blob 104857600\x00hello"),
		"no end of head":      deflate(strings.Repeat("b", 1000)),
		"something follows":   append(bytes.Clone(right), 'x'),
		"checksum":            append(bytes.Clone(right[:len(right)-1]), right[len(right)-1]^1),
	}
	for name, raw := range cases {
		t.Run(name, func(t *testing.T) {
			r := initRepo(t)
			path := loosePath(filepath.Join(r.Dir(), "objects"), id)
			check(t, os.MkdirAll(filepath.Dir(path), 0o755))
			check(t, os.WriteFile(path, raw, 0o644))
			if _, _, err := r.Object(id); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%v", err)
			}
		})
	}
	r := initRepo(t)
	path := loosePath(filepath.Join(r.Dir(), "objects"), id)
	check(t, os.MkdirAll(filepath.Dir(path), 0o755))
	check(t, os.WriteFile(path, right, 0o644))
	if typ, b, err := r.Object(id); err != nil || typ != Blob || string(b) != "hello" {
		t.Error(typ, b, err)
	}
	if _, err := r.Blob(id, 4); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if typ, n, err := r.Size(id); err != nil || typ != Blob || n != 5 {
		t.Error(typ, n, err)
	}
}

// A file that is far too large is refused by its head: in a pack, as a delta,
// and loose. Nothing of it is inflated.
func TestLargeFilesAreRefusedUnread(t *testing.T) {
	const size = 1 << 30
	r := initRepo(t)
	loose, packed := ID{1}, ID{2}
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	fmt.Fprintf(w, "blob %d\x00", size)
	w.Write(make([]byte, 1<<20)) // no more than this of it is ever there
	w.Close()
	path := loosePath(filepath.Join(r.Dir(), "objects"), loose)
	check(t, os.MkdirAll(filepath.Dir(path), 0o755))
	check(t, os.WriteFile(path, z.Bytes(), 0o644))
	pw := must(newPackWriter(filepath.Join(r.Dir(), "objects", "pack")))(t)
	check(t, pw.addRaw(packed, append(appendEntryHead(nil, Blob, size), appendStored(nil, make([]byte, 1<<20))...)))
	check(t, r.adopt(must(pw.install())(t)))
	refuse := func(t *testing.T, r *Repo, id ID) {
		t.Helper()
		allocated := testing.AllocsPerRun(1, func() {
			if typ, n, err := r.Size(id); err != nil || typ != Blob || n != size {
				t.Error(typ, n, err)
			}
			for _, err := range []error{
				errOf(r.Blob(id, 1<<20)), errOf(r.Blob(id, size-1)), errOf3(r.Object(id)),
				r.Blobs([]ID{id}, 1<<20, 1, func(int, []byte) error { return nil }),
			} {
				if !errors.Is(err, ErrTooLarge) {
					t.Error(err)
				}
			}
		})
		if allocated > 500 {
			t.Errorf("%v allocations", allocated)
		}
	}
	t.Run("loose", func(t *testing.T) { refuse(t, r, loose) })
	t.Run("packed", func(t *testing.T) { refuse(t, r, packed) })
	t.Run("delta", func(t *testing.T) {
		d := deltaRepo(t, size)
		refuse(t, d.r, d.id)
	})
}

func errOf(_ []byte, err error) error                { return err }
func errOf3(_ ObjectType, _ []byte, err error) error { return err }

// deltaRepo has a pack of a small file and a delta that says that it makes size
// bytes of it.
func deltaRepo(t *testing.T, size int64) struct {
	r  *Repo
	id ID
} {
	t.Helper()
	r := initRepo(t)
	pw := must(newPackWriter(filepath.Join(r.Dir(), "objects", "pack")))(t)
	base := must(pw.add(Blob, noise(1000, 1)))(t)
	id := ID{0xab}
	delta := appendVarint(appendVarint(nil, 1000), size)
	for made := int64(0); made < size && len(delta) < 100_000; made += 1000 {
		delta = append(delta, 0xb0, 0xe8, 0x03) // copy the base
	}
	check(t, pw.addRaw(id, rawDelta(t, delta, pw.off-pw.at[base])))
	check(t, r.adopt(must(pw.install())(t)))
	return struct {
		r  *Repo
		id ID
	}{r, id}
}

func appendVarint(p []byte, n int64) []byte {
	for ; n >= 0x80; n >>= 7 {
		p = append(p, byte(n)|0x80)
	}
	return append(p, byte(n))
}

// rawDelta is the entry of a delta whose base lies back bytes before.
func rawDelta(t *testing.T, delta []byte, back int64) []byte {
	t.Helper()
	raw := appendBack(appendEntryHead(nil, 6, int64(len(delta))), back)
	return append(raw, appendStored(nil, delta)...)
}

// Deltas that lie about themselves, or that make gigabytes of nothing, are
// errors.
func TestMaliciousDeltas(t *testing.T) {
	base := []byte("0123456789")
	good := append(appendVarint(appendVarint(nil, 10), 4), 0x91, 2, 2, 2, 'x', 'y')
	if out, err := patch(base, good); err != nil || string(out) != "23xy" {
		t.Fatalf("%q %v", out, err)
	}
	for name, d := range map[string][]byte{
		"empty":                 {},
		"no sizes":              {0x80},
		"another base":          append(appendVarint(appendVarint(nil, 11), 2), 0x90, 2),
		"copies from outside":   append(appendVarint(appendVarint(nil, 10), 20), 0x90, 20),
		"offset outside":        append(appendVarint(appendVarint(nil, 10), 2), 0x91, 9, 2),
		"huge offset":           append(appendVarint(appendVarint(nil, 10), 2), 0x9f, 255, 255, 255, 255, 2),
		"longer than it says":   append(appendVarint(appendVarint(nil, 10), 2), 0x90, 3),
		"shorter than it says":  append(appendVarint(appendVarint(nil, 10), 4), 0x90, 3),
		"reserved instruction":  append(appendVarint(appendVarint(nil, 10), 1), 0),
		"insertion cut":         append(appendVarint(appendVarint(nil, 10), 5), 5, 'a'),
		"copy cut":              append(appendVarint(appendVarint(nil, 10), 5), 0x91, 1),
		"size without an end":   bytes.Repeat([]byte{0xff}, 30),
		"size of the base only": appendVarint(nil, 10),
	} {
		if out, err := patch(base, d); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %q %v", name, out, err)
		}
	}

	t.Run("a chain that is too long", func(t *testing.T) {
		r := initRepo(t)
		pw := must(newPackWriter(filepath.Join(r.Dir(), "objects", "pack")))(t)
		last := must(pw.add(Blob, base))(t)
		same := append(appendVarint(appendVarint(nil, 10), 10), 0x90, 10)
		for i := range DeltaChainLimit + 1 {
			id := ID{1, byte(i >> 8), byte(i)}
			check(t, pw.addRaw(id, rawDelta(t, same, pw.off-pw.at[last])))
			last = id
		}
		check(t, r.adopt(must(pw.install())(t)))
		for _, err := range []error{errOf3(r.Object(last)), errOf3n(r.Size(last))} {
			if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "chain") {
				t.Error(err)
			}
		}
	})
	t.Run("deltas by id that rest on one another", func(t *testing.T) {
		r := initRepo(t)
		pw := must(newPackWriter(filepath.Join(r.Dir(), "objects", "pack")))(t)
		delta := append(appendVarint(appendVarint(nil, 10), 10), 0x90, 10)
		ids := []ID{{1}, {2}}
		for i, id := range ids {
			raw := appendEntryHead(nil, 7, int64(len(delta)))
			raw = append(raw, ids[1-i][:]...)
			check(t, pw.addRaw(id, append(raw, appendStored(nil, delta)...)))
		}
		check(t, r.adopt(must(pw.install())(t)))
		if err := errOf3(r.Object(ids[0])); !errors.Is(err, ErrCorrupt) {
			t.Error(err)
		}
	})
}

func errOf3n(_ ObjectType, _ int64, err error) error { return err }

// An idx without its pack, a pack without its idx, and unfinished files are
// what a killed process leaves. They are passed over.
func TestLeftoversArePassedOver(t *testing.T) {
	r := initRepo(t)
	id := seed(t, r, 10)
	dir := filepath.Join(r.Dir(), "objects", "pack")
	stem := strings.TrimSuffix(packsIn(t, r)[0], ".pack")
	idx := must(os.ReadFile(stem + ".idx"))(t)
	pack := must(os.ReadFile(stem + ".pack"))(t)
	for name, b := range map[string][]byte{
		"pack-" + fmt.Sprintf("%040x", 1) + ".idx":  idx,
		"pack-" + fmt.Sprintf("%040x", 2) + ".pack": pack,
		"pack-" + fmt.Sprintf("%040x", 3) + ".idx":  idx[:500],
		"tmp_pack_1": pack[:100], "tmp_idx_1": idx[:100],
	} {
		check(t, os.WriteFile(filepath.Join(dir, name), b, 0o644))
	}
	r = reopen(t, r.Dir())
	if _, err := ReadCommit(r, id); err != nil {
		t.Fatal(err)
	}
	if r.Has(ID{9}) {
		t.Error("has an object that is not there")
	}
	commit(t, r, map[string]string{"x": "y"}, id)
}
