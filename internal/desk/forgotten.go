package desk

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// What a server keeps of keyrings that an erasure has replaced is known to the copy in
// which it was erased, and to nobody else: main names a keyring by its digest, the server
// has it as a commit.

// erasure is a keyring commit that held the key of an erased record.
type erasure struct {
	By      string // the commit of main by which it was replaced; the record's id in what earlier programs wrote
	Unit    register.UnitID
	Keyring gitstore.ID
}

// erasuresKept is how many are looked for again at the server, which could be restored
// from a backup, when they have been seen to be forgotten.
const erasuresKept = 1000

func (l *local) readErasures(f *register.Flat) error {
	list, _, err := f.List("erasures", false)
	if err != nil {
		return err
	}
	for _, s := range list {
		p := strings.Fields(s)
		if len(p) != 3 {
			return errors.New("malformed erasure")
		}
		id, err := gitstore.ParseID(p[2])
		if err != nil {
			return err
		}
		l.erasures = append(l.erasures, erasure{p[0], register.UnitID(p[1]), id})
	}
	return nil
}

func (l *local) writeErasures(f *register.Flat) {
	var list []string
	for _, e := range l.erasures {
		list = append(list, e.By+" "+string(e.Unit)+" "+e.Keyring.String())
	}
	f.SetList("erasures", list)
}

// noteErasure keeps which keyrings the server has to forget.
func (d *Desk) noteErasure(a *act, res *Erased) error {
	res.Site = a.site
	for u, c := range a.replaced {
		d.local.erasures = append(d.local.erasures, erasure{a.head.String(), u, c})
	}
	d.settleErasures()
	return d.local.save()
}

// settleErasures takes out the oldest where there are many, whole commits of main at a
// time: those that the server has forgotten, or of which nobody here can ask. A server
// that has forgotten one has been tidied since, and tidying leaves nothing that was
// replaced before it, by whomever.
func (d *Desk) settleErasures() {
	es := d.local.erasures
	n := len(es) - erasuresKept
	if n <= 0 {
		return
	}
	for n < len(es) && es[n].By == es[n-1].By {
		n++
	}
	if server := d.serverOnDisk(); server != nil {
		defer server.Close()
		if slices.ContainsFunc(es[:n], func(e erasure) bool { return server.Has(e.Keyring) }) {
			return
		}
		if id, err := gitstore.ParseID(es[n-1].By); err == nil {
			d.local.forgotten = id
		}
	}
	d.local.erasures = slices.Clone(es[n:])
}

// serverOnDisk is the server's repository where it lies on this machine; nil elsewhere.
func (d *Desk) serverOnDisk() *gitstore.Repo {
	remote, err := d.server()
	if err != nil {
		return nil
	}
	dir, ok := remote.Local()
	if !ok {
		return nil
	}
	server, err := gitstore.Open(dir)
	if err != nil {
		return nil
	}
	return server
}

// fates tells of erasures whether the server has forgotten the keyrings that they
// replaced, as far as this copy can know.
func (d *Desk) fates() func(*ErasureStatus) string {
	if d.keyringFolder() != "" || d.local.remote == "" {
		return func(*ErasureStatus) string { return ServerForgotten }
	}
	fate := map[string]string{}
	if server := d.serverOnDisk(); server != nil {
		defer server.Close()
		for _, e := range d.local.erasures {
			switch {
			case e.Keyring.IsZero():
			case server.Has(e.Keyring):
				fate[e.By] = ServerHolds
			default:
				fate[e.By] = cmp.Or(fate[e.By], ServerForgotten)
			}
		}
	}
	return func(st *ErasureStatus) string {
		return cmp.Or(fate[st.Commit.String()], fate[string(st.ID)], ServerUnknown)
	}
}
