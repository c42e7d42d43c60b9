package gitstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
)

// Refs asks the server which refs it has, by full name. An empty repository has
// none.
func (m *Remote) Refs(ctx context.Context) (map[string]ID, error) {
	s, adv, err := m.advertised(ctx, uploadPack)
	if err != nil {
		return nil, fmt.Errorf("list refs of %s: %w", m, err)
	}
	defer s.close()
	return adv.refs, nil
}

// Fetch asks the server for its refs, lets the caller choose the commits that it
// wants, and brings what r lacks of them into r, all in one session. It moves no
// ref; what it brought is kept by whoever calls UpdateRefs. haves are commits
// that r has whole: the server sends nothing that they reach.
//
// What comes is bounded by PackLimit, PackObjectsLimit and ObjectLimit, hashed,
// and checked: everything that the chosen commits reach and that no ref of r
// reached before must be here and well formed. Otherwise nothing of it becomes a
// part of r, and the error wraps ErrIncomplete, ErrCorrupt, ErrLimit,
// ErrTooLarge, ErrMalformedTree or ErrMalformedCommit. What strangers may push
// is better fetched in a call of its own, so that it hinders nothing else.
func (m *Remote) Fetch(ctx context.Context, r *Repo, choose func(refs map[string]ID) []ID, haves []ID) (refs map[string]ID, err error) {
	if r.readOnly {
		return nil, fmt.Errorf("fetch: %w", ErrReadOnly)
	}
	s, adv, err := m.advertised(ctx, uploadPack)
	if err == nil {
		defer s.close()
		err = m.fetchInto(ctx, s, adv, r, choose(adv.refs), haves)
	}
	if err != nil {
		return nil, fmt.Errorf("fetch from %s: %w", m, err)
	}
	return adv.refs, nil
}

func (m *Remote) fetchInto(ctx context.Context, s session, adv *advertisement, r *Repo, tips, haves []ID) error {
	bases, err := r.refCommits()
	if err != nil {
		return err
	}
	wants, err := lacking(ctx, r, tips, bases)
	if err != nil || len(wants) == 0 {
		return err
	}
	var known []ID
	for _, id := range haves {
		if t, _, err := r.Size(id); err == nil && t == CommitType && len(known) < HavesLimit {
			known = append(known, id)
		}
	}
	in, err := requestPack(ctx, s, adv, wants, known, "")
	if err != nil {
		return err
	}
	defer in.Close()
	f, err := os.CreateTemp(filepath.Join(r.dir, "objects", "pack"), tempPack+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // where it was not renamed
	defer f.Close()
	size, err := copyPack(f, in, PackLimit)
	if err != nil {
		return wireError(ctx, err)
	}
	objs, sum, err := ingest(ctx, f, size)
	if err != nil {
		return err
	}
	a := arrived{p: packOf(f, size, sortedIndex(objs)), under: r}
	if err := checkConnected(ctx, a, wants, bases); err != nil {
		return err
	}
	if len(objs) == 0 {
		return nil
	}
	idx, err := installPack(f, objs, sum)
	if err != nil {
		return err
	}
	return r.adopt(idx)
}

// FetchMemory is Fetch into memory, for keyrings, whose commits have no history.
// What comes is bounded by MemoryLimit.
func (m *Remote) FetchMemory(ctx context.Context, mem *Memory, choose func(refs map[string]ID) []ID) (map[string]ID, error) {
	s, adv, err := m.advertised(ctx, uploadPack)
	if err == nil {
		defer s.close()
		err = m.fetchMemory(ctx, s, adv, mem, choose(adv.refs), "")
	}
	if err != nil {
		return nil, fmt.Errorf("fetch from %s: %w", m, err)
	}
	return adv.refs, nil
}

// ErrNoFilter: the server sends commits with their files or not at all.
var ErrNoFilter = errors.New("the server does not offer to leave files out")

// FetchTrees is FetchMemory of commits and folders, with those files alone that are
// smaller than below bytes; the ids of the others stand in the folders: for a large tree
// of which the files do not matter. The server must offer that, else ErrNoFilter.
func (m *Remote) FetchTrees(ctx context.Context, mem *Memory, below uint64, choose func(refs map[string]ID) []ID) (map[string]ID, error) {
	s, adv, err := m.advertised(ctx, uploadPack)
	if err == nil {
		defer s.close()
		if err = m.fetchMemory(ctx, s, adv, mem, choose(adv.refs), packp.FilterBlobLimit(below, packp.BlobLimitPrefixNone)); err == nil {
			return adv.refs, nil
		}
	}
	return nil, fmt.Errorf("fetch from %s: %w", m, err)
}

func (m *Remote) fetchMemory(ctx context.Context, s session, adv *advertisement, mem *Memory, tips []ID, filter packp.Filter) error {
	wants := tips
	var err error
	if filter == "" {
		wants, err = lacking(ctx, mem, tips, nil)
	}
	if err != nil || len(wants) == 0 {
		return err
	}
	in, err := requestPack(ctx, s, adv, wants, nil, filter)
	if err != nil {
		return err
	}
	defer in.Close()
	var buf bytes.Buffer
	size, err := copyPack(&buf, in, MemoryLimit)
	if err != nil {
		return wireError(ctx, err)
	}
	objs, _, err := ingest(ctx, bytes.NewReader(buf.Bytes()), size)
	if err != nil {
		return err
	}
	a := arrived{p: packOf(bytes.NewReader(buf.Bytes()), size, sortedIndex(objs)), under: mem}
	if err := checkReached(connectivity{ctx: ctx, a: a, done: map[ID]struct{}{}, bare: filter != ""}, wants, nil); err != nil {
		return err
	}
	for _, o := range objs {
		t, b, err := a.Object(o.id)
		if err == nil {
			_, err = mem.add(t, b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// refCommits returns the commits that the repository's refs name.
func (r *Repo) refCommits() ([]ID, error) {
	refs, err := r.Refs("refs/")
	if err != nil {
		return nil, err
	}
	seen := map[ID]bool{}
	var out []ID
	for _, id := range refs {
		if seen[id] {
			continue
		}
		seen[id] = true
		if t, _, err := r.Size(id); err == nil && t == CommitType {
			out = append(out, id)
		}
	}
	return out, nil
}

// lacking returns those of the tips, each once, that are not here with all that
// they reach.
func lacking(ctx context.Context, here repository, tips, bases []ID) ([]ID, error) {
	seen := map[ID]bool{ZeroID: true}
	for _, id := range bases {
		seen[id] = true // a ref of ours: it is whole
	}
	var out []ID
	for _, id := range tips {
		if seen[id] {
			continue
		}
		seen[id] = true
		if _, _, err := here.Size(id); err == nil {
			err := checkConnected(ctx, arrived{under: here}, []ID{id}, bases)
			if err == nil {
				continue
			}
			if ctx.Err() != nil {
				return nil, err
			}
		}
		if out = append(out, id); len(out) > RefsLimit {
			return nil, fmt.Errorf("%w: more than %d commits wanted", ErrLimit, RefsLimit)
		}
	}
	return out, nil
}

// requestPack asks for commits and returns the pack that the server sends.
func requestPack(ctx context.Context, s session, adv *advertisement, wants, haves []ID, filter packp.Filter) (io.ReadCloser, error) {
	req := packp.NewUploadPackRequestFromCapabilities(adv.caps)
	req.Wants, req.Haves = wants, haves
	if filter != "" {
		if !adv.caps.Supports(capability.Filter) {
			return nil, ErrNoFilter
		}
		if err := req.Capabilities.Set(capability.Filter); err != nil {
			return nil, err
		}
		req.Filter = filter
	}
	if adv.caps.Supports(capability.NoProgress) {
		if err := req.Capabilities.Set(capability.NoProgress); err != nil {
			return nil, err
		}
	}
	raw, err := s.uploadPack(ctx, req)
	if err != nil {
		return nil, wireError(ctx, err)
	}
	kind := sideband.Sideband64k
	if !req.Capabilities.Supports(capability.Sideband64k) {
		if !req.Capabilities.Supports(capability.Sideband) {
			return raw, nil
		}
		kind = sideband.Sideband
	}
	return struct {
		io.Reader
		io.Closer
	}{sideband.NewDemuxer(kind, raw), raw}, nil
}

// copyPack copies a pack of at most limit bytes and returns its size.
func copyPack(w io.Writer, r io.Reader, limit int64) (int64, error) {
	n, err := io.Copy(w, io.LimitReader(r, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("pack: %w: limit %d bytes", ErrTooLarge, limit)
	}
	return n, err
}
