// Command sample makes the repository's own sample register anew: data/ and
// demo/keyrings, for the policies in policies/. Its officers' identities are
// published in demo/identities, since its members are invented; they are made
// where they are missing and kept where they are there.
//
// Run it from the top of the repository: make sample.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/medlem-register/medlem/internal/demo"
	"github.com/medlem-register/medlem/internal/desk"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/identity"
	"github.com/medlem-register/medlem/internal/policy"
	"github.com/medlem-register/medlem/internal/record"
	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/sheet"
)

const (
	identities = "demo/identities"
	keyrings   = "demo/keyrings"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	files, err := firstFiles()
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "medlem-sample-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	dir := filepath.Join(tmp, "register")
	now := func() time.Time { return time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC) }
	officers := demo.Officers()
	first, err := keep(officers[0].Who)
	if err != nil {
		return err
	}
	if _, err := desk.Init(ctx, desk.InitOptions{Dir: dir, Identity: first, Now: now, Files: files}); err != nil {
		return err
	}
	d, err := desk.Open(desk.Options{Dir: dir, Identity: first, Now: now})
	if err != nil {
		return err
	}
	defer d.Close()
	for _, o := range officers[1:] {
		id, err := keep(o.Who)
		if err != nil {
			return err
		}
		g := desk.GrantOptions{Unit: register.UnitID(o.Unit), Officer: desk.OfficerOf(id), Terms: desk.Terms{Office: o.Office}}
		if _, err := d.Grant(ctx, g); err != nil {
			return err
		}
	}
	for _, unit := range demo.Branches() {
		if err := fill(ctx, d, register.UnitID(unit)); err != nil {
			return err
		}
	}
	if err := forgetOne(ctx, d); err != nil {
		return err
	}
	return takeOver(d, dir)
}

// firstFiles are the register's files that people wrote: policies and site.
func firstFiles() (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, top := range []string{"policies", "site"} {
		err := filepath.WalkDir(top, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			files[filepath.ToSlash(path)] = b
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// keep loads an officer's published identity, or makes it.
func keep(who string) (*identity.Identity, error) {
	path := filepath.Join(identities, who+".key")
	id, err := identity.Load(path, func() ([]byte, error) { return nil, errors.New("published identities are plain") })
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return id, err
	}
	if err := os.MkdirAll(identities, 0o755); err != nil {
		return nil, err
	}
	if id, err = identity.New("2026-09-01"); err != nil {
		return nil, err
	}
	return id, id.Save(path, nil)
}

// fill imports a branch's invented list.
func fill(ctx context.Context, d *desk.Desk, u register.UnitID) error {
	t, err := sheet.Read("list.csv", []byte(demo.List(string(u))))
	if err != nil {
		return err
	}
	rows, err := rowsOf(t, d.Policy())
	if err != nil {
		return fmt.Errorf("list of %s: %w", u, err)
	}
	_, err = d.Add(ctx, u, "import", rows)
	return err
}

func rowsOf(t *sheet.Table, p *policy.Policy) ([]map[string]record.Value, error) {
	m, faults := sheet.Recognise(t, p)
	if len(faults) > 0 {
		return nil, errors.New(faults[0].Msg)
	}
	var out []map[string]record.Value
	for _, r := range m.Results(t, p) {
		if len(r.Faults) > 0 {
			return nil, errors.New(r.Faults[0].Msg)
		}
		out = append(out, r.Fields)
	}
	return out, nil
}

// forgetOne erases a member, so that the sample has a tombstone.
func forgetOne(ctx context.Context, d *desk.Desk) error {
	fields := map[string]record.Value{"given": record.Text("Ellen"), "family": record.Text("Forsvunnet")}
	ids, err := d.Add(ctx, register.UnitID(demo.Branches()[0]), "add", []map[string]record.Value{fields})
	if err != nil {
		return err
	}
	if _, _, err := d.CloseMember(ctx, ids[0], d.Policy().Retention.Reasons[0].ID, true); err != nil {
		return err
	}
	_, err = d.Erase(ctx, ids)
	return err
}

// takeOver puts the register's data and keyrings in place of the repository's.
func takeOver(d *desk.Desk, dir string) error {
	for _, old := range []string{"data", keyrings} {
		if err := os.RemoveAll(old); err != nil {
			return err
		}
	}
	c, err := gitstore.ReadCommit(d.Repo(), d.Head())
	if err != nil {
		return err
	}
	err = gitstore.Walk(d.Repo(), c.Tree, "data", func(path string, e gitstore.Entry) error {
		b, err := d.Repo().Blob(e.ID, 1<<20)
		if err != nil {
			return err
		}
		return put(path, b)
	})
	if err != nil {
		return err
	}
	es, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(keyrings)))
	if err != nil {
		return err
	}
	for _, e := range es {
		if filepath.Ext(e.Name()) != ".age" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(keyrings), e.Name()))
		if err != nil {
			return err
		}
		if err := put(keyrings+"/"+e.Name(), b); err != nil {
			return err
		}
	}
	return nil
}

func put(path string, b []byte) error {
	path = filepath.FromSlash(path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o644)
}
