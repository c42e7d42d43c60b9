package gitstore

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A bundle is a file with refs and all that they reach, as git bundle makes it: git
// clone takes it, and git bundle verify (gitformat-bundle, version 2).
const (
	bundleSignature = "# v2 git bundle\n"
	bundleHead      = "refs/heads/main" // what the bundle's HEAD is
)

// ErrBundle: what should be a bundle is none, or one of another kind.
var ErrBundle = errors.New("not a bundle of a register")

// WriteBundle streams a bundle of the refs, which r has with all that they reach.
func WriteBundle(ctx context.Context, w io.Writer, r Reader, refs map[string]ID) error {
	if len(refs) == 0 {
		return errors.New("bundle: no refs")
	}
	var ups []RefUpdate
	var head bytes.Buffer
	head.WriteString(bundleSignature)
	for _, name := range slices.Sorted(maps.Keys(refs)) {
		if err := checkRefName(name); err != nil {
			return fmt.Errorf("bundle: %w", err)
		}
		fmt.Fprintf(&head, "%s %s\n", refs[name], name)
		ups = append(ups, RefUpdate{Name: name, New: refs[name]})
	}
	if id, ok := refs[bundleHead]; ok { // else git clone would not know what to check out
		fmt.Fprintf(&head, "%s HEAD\n", id)
	}
	head.WriteByte('\n')
	ids, err := newObjects(r, nil, ups)
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	if _, err := w.Write(head.Bytes()); err != nil {
		return err
	}
	return writePack(ctx, w, r, ids)
}

// Unbundle takes in a bundle that needs nothing else, and returns its refs. It moves no
// ref here. What the refs reach is all there afterwards, or it is an error.
func (r *Repo) Unbundle(ctx context.Context, in io.Reader) (map[string]ID, error) {
	b := bufio.NewReader(in)
	refs, err := readBundleHead(b)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Join(r.dir, "objects", "pack"), tempPack+"*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name()) // where it was not renamed
	defer f.Close()
	size, err := copyPack(f, b, PackLimit)
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	objs, sum, err := ingest(ctx, f, size)
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	a := arrived{p: packOf(f, size, sortedIndex(objs)), under: r}
	if err := checkConnected(ctx, a, slices.Collect(maps.Values(refs)), nil); err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	if len(objs) == 0 {
		return refs, nil
	}
	idx, err := installPack(f, objs, sum)
	if err != nil {
		return nil, err
	}
	return refs, r.adopt(idx)
}

// readBundleHead reads the refs. A bundle that asks for commits which the reader has
// already is refused: a backup must stand by itself.
func readBundleHead(b *bufio.Reader) (map[string]ID, error) {
	line, err := bundleLine(b)
	if err != nil {
		return nil, err
	}
	if line+"\n" != bundleSignature {
		return nil, ErrBundle
	}
	refs := map[string]ID{}
	for {
		line, err := bundleLine(b)
		if err != nil {
			return nil, err
		}
		if line == "" {
			break
		}
		hex, name, ok := strings.Cut(line, " ")
		id, err := ParseID(hex)
		if ok && err == nil && name == "HEAD" {
			continue
		}
		if !ok || err != nil || checkRefName(name) != nil {
			return nil, fmt.Errorf("%w: malformed ref", ErrBundle)
		}
		if _, twice := refs[name]; twice || len(refs) == RefsLimit {
			return nil, fmt.Errorf("%w: a ref stands in it twice, or there are too many", ErrBundle)
		}
		refs[name] = id
	}
	if len(refs) == 0 {
		return nil, fmt.Errorf("%w: no refs", ErrBundle)
	}
	return refs, nil
}

// bundleLine reads a line of the head, without its end.
func bundleLine(b *bufio.Reader) (string, error) {
	line, err := b.ReadSlice('\n')
	if err != nil || len(line) > RefNameLimit+64 {
		if err == nil || errors.Is(err, bufio.ErrBufferFull) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = ErrBundle
		}
		return "", err
	}
	return string(line[:len(line)-1]), nil
}
