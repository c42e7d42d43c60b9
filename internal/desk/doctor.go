package desk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// An Ailment is something that is not as it should be: with the server or the folder of
// keyrings, with this copy, or with this machine. Only the fields that the kind has are
// set.
type Ailment struct {
	Kind string // one of the kinds below and in checkup.go
	Unit register.UnitID
	Cure bool // it can be mended from here, or has been

	Object, File string       // the id of an object; where it lies, below the git folder, or the server's folder
	Ref, Path    string       // what leads to it
	Spare        bool         // another copy of the object is in order
	Adrift       bool         // nothing leads to the object
	Draft        bool         // it belongs to the draft, which is nowhere else
	Setting      string       // of git on the server: its name and the value that it should have
	Day          register.Day // since when, or until when, it should have been seen to
	Err          error        // why the server is of no use
}

// The kinds of ailments of a server.
const (
	MainBehind     = "main-behind"     // the server's main is an earlier one, or missing
	MainForeign    = "main-foreign"    // the server's main is not the one that was verified here
	KeyringMissing = "keyring-missing" // a unit's keyring is missing
	KeyringWrong   = "keyring-wrong"   // a unit's keyring is not the one that main names
	KeyringStray   = "keyring-stray"   // a keyring of no unit

	ServerAway   = "server-away"   // it does not answer
	ServerNone   = "server-none"   // there is no register at its address
	ServerDenied = "server-denied" // it does not let this officer in, or is not what it should be
	ServerOther  = "server-other"  // what answers is no git server
)

// ServerAilment is the ailment of a server of which nothing can be had, where an error
// says that.
func ServerAilment(err error) (Ailment, bool) {
	for _, x := range []struct {
		kind string
		is   error
	}{{ServerAway, gitstore.ErrUnreachable}, {ServerNone, gitstore.ErrNoRepository}, {ServerDenied, gitstore.ErrDenied}, {ServerOther, gitstore.ErrAnswer}} {
		if errors.Is(err, x.is) {
			return Ailment{Kind: x.kind, Err: err}, true
		}
	}
	return Ailment{}, false
}

// CheckServer asks the server for the names of what it has, as every officer may, and
// sees whether its main is an earlier one. Who merges uses Doctor.
func (d *Desk) CheckServer(ctx context.Context) ([]Ailment, error) {
	remote, err := d.server()
	if err != nil {
		return nil, err
	}
	refs, err := remote.Refs(ctx)
	if err != nil {
		return nil, err
	}
	main := refs[register.Main]
	behind := main.IsZero()
	if !behind && main != d.head && d.repo.Has(main) {
		bases, err := gitstore.MergeBases(d.repo, d.head, main)
		if err != nil {
			return nil, err
		}
		behind = slices.Contains(bases, main)
	}
	if behind {
		return []Ailment{{Kind: MainBehind}}, nil
	}
	return nil, nil
}

// Doctor compares the server with what was verified here, and with repair puts
// back what this copy has: main where it was set back, and the keyrings that main
// names. It returns what it found, mended or not, also beside an error. It is for the secretariat, who has
// all of it: others get ErrSecretariat.
func (d *Desk) Doctor(ctx context.Context, repair bool) ([]Ailment, error) {
	h, err := d.secretariat()
	if err != nil {
		return nil, err
	}
	remote, err := d.server()
	if err != nil {
		return nil, err
	}
	mem := gitstore.NewMemory()
	refs, err := remote.FetchMemory(ctx, mem, func(refs map[string]gitstore.ID) []gitstore.ID {
		var out []gitstore.ID
		for name, id := range refs {
			if strings.HasPrefix(name, register.KeyringRefs) {
				out = append(out, id)
			}
		}
		return out
	})
	if err != nil {
		return nil, err
	}
	d.noteSite(ctx, remote, refs[register.Pages])
	var found []Ailment
	var ups []gitstore.RefUpdate
	if refs[register.Main] != d.head {
		kind, err := d.compareMain(ctx, refs[register.Main])
		if err != nil || kind == MainForeign {
			return []Ailment{{Kind: MainForeign}}, err
		}
		if kind == "" { // it is ahead, and has been taken over
			return d.Doctor(ctx, repair)
		}
		found = append(found, Ailment{Kind: kind, Cure: true})
		ups = append(ups, gitstore.RefUpdate{Name: register.Main, Old: refs[register.Main], New: d.head})
	}
	if d.keyringFolder() != "" {
		more, err := d.doctorFolder(repair)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	} else {
		more, moves, err := d.doctorRefs(mem, refs, h)
		if err != nil {
			return nil, err
		}
		found, ups = append(found, more...), append(ups, moves...)
	}
	if !repair || len(ups) == 0 {
		return found, nil
	}
	if err := remote.Push(ctx, gitstore.Join(mem, d.repo), ups); err != nil {
		for i := range found {
			found[i].Cure = false
		}
		return found, err
	}
	return found, nil
}

// compareMain says how the server's main differs from the one verified here: it
// is behind, or something else. "" means that it was ahead, and that this copy
// has caught up.
func (d *Desk) compareMain(ctx context.Context, main gitstore.ID) (string, error) {
	if main.IsZero() {
		return MainBehind, nil
	}
	if d.repo.Has(main) {
		bases, err := gitstore.MergeBases(d.repo, d.head, main)
		if err != nil {
			return "", err
		}
		if len(bases) == 1 && bases[0] == main {
			return MainBehind, nil
		}
	}
	before := d.head
	_, err := d.Sync(ctx)
	var findings *FindingsError
	if errors.Is(err, ErrRewound) || errors.As(err, &findings) {
		return MainForeign, nil
	}
	if err == nil && d.head == before {
		return MainForeign, nil // it moved again meanwhile, or cannot be had
	}
	return "", err
}

// doctorRefs compares the server's keyrings with main, and makes the commits that
// would put the right ones back.
func (d *Desk) doctorRefs(mem *gitstore.Memory, refs map[string]gitstore.ID, h register.Handle) ([]Ailment, []gitstore.RefUpdate, error) {
	var found []Ailment
	var ups []gitstore.RefUpdate
	when := d.now().UTC().Truncate(time.Second)
	for _, u := range d.state.Policy.Organisation.Units {
		st := d.state.Units[u.ID]
		if st == nil || st.Keyring == nil {
			continue
		}
		ref := register.KeyringRef(u.ID)
		a := Ailment{Kind: KeyringMissing, Unit: u.ID}
		if id, ok := refs[ref]; ok {
			files, err := keyringFiles(mem, id)
			if err == nil && isNamed(files, st.Keyring) {
				continue
			}
			a.Kind = KeyringWrong
		}
		file, ok, err := d.sealedKeyring(u.ID, st.Keyring.SHA256)
		var tokens []byte
		if err == nil && ok && st.Keyring.Tokens != "" {
			tokens, ok, err = d.sealedKeyring(u.ID, st.Keyring.Tokens)
		}
		// One that is damaged here is an ailment of its own.
		if a.Cure = ok && err == nil; a.Cure {
			c, err := d.keyringCommit(mem, h, u.ID, st.Keyring.Serial, file, tokens, when)
			if err != nil {
				return nil, nil, err
			}
			ups = append(ups, gitstore.RefUpdate{Name: ref, Old: refs[ref], New: c})
		}
		found = append(found, a)
	}
	var strays []string
	for name := range refs {
		unit, ok := strings.CutPrefix(name, register.KeyringRefs)
		if st := d.state.Units[register.UnitID(unit)]; ok && (st == nil || st.Keyring == nil) {
			strays = append(strays, name)
		}
	}
	slices.Sort(strays)
	for _, name := range strays {
		found = append(found, Ailment{Kind: KeyringStray, Unit: register.UnitID(strings.TrimPrefix(name, register.KeyringRefs)), Cure: true})
		ups = append(ups, gitstore.RefUpdate{Name: name, Old: refs[name]})
	}
	return found, ups, nil
}

// doctorFolder does the same for keyrings in a folder on a share.
func (d *Desk) doctorFolder(repair bool) ([]Ailment, error) {
	var found []Ailment
	dir := d.keyringFolder()
	for _, u := range d.state.Policy.Organisation.Units {
		st := d.state.Units[u.ID]
		if st == nil || st.Keyring == nil {
			continue
		}
		var ailing *Ailment
		for _, digest := range []string{st.Keyring.SHA256, st.Keyring.Tokens} {
			if digest == "" {
				continue
			}
			a, err := d.doctorFile(dir, u.ID, digest, repair)
			if err != nil {
				return nil, err
			}
			if a != nil && ailing != nil {
				a.Cure = a.Cure && ailing.Cure
			}
			if a != nil {
				ailing = a
			}
		}
		if ailing != nil {
			found = append(found, *ailing)
		}
	}
	return found, nil
}

// doctorFile compares one file of the folder with the digest that it must have;
// nil: it is well.
func (d *Desk) doctorFile(dir string, u register.UnitID, digest string, repair bool) (*Ailment, error) {
	path := folderPath(dir, u, digest)
	a := &Ailment{Kind: KeyringMissing, Unit: u}
	if b, err := os.ReadFile(path); err == nil && digestOf(b) == digest {
		return nil, nil
	} else if err == nil {
		a.Kind = KeyringWrong
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read keyrings: %w", err)
	}
	file, ok, err := readKeyring(d.local.keyringPath(u, digest), digest)
	if a.Cure = ok && err == nil; a.Cure && repair {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("write keyrings: %w", err)
		}
		if err := writeFile(path, file); err != nil {
			return nil, fmt.Errorf("write keyrings: %w", err)
		}
	}
	return a, nil
}
