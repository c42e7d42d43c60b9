package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/medlem-register/medlem/internal/access"
	"github.com/medlem-register/medlem/internal/gitstore"
	"github.com/medlem-register/medlem/internal/register"
)

// local is what this copy of the register knows beside git: where the server
// is, what was verified, the sealed keyrings, the numbers of proposals. Nothing
// in it is plaintext.
//
//	.git/medlem/state.yaml               remote, genesis, verified
//	.git/medlem/inbox.yaml               the number of each proposal seen
//	.git/medlem/keyrings/<unit>.<digest>.age  keyrings, and tokens
//
// Keyrings lie here and not in git's object store, so that deleting the file
// forgets it.
type local struct {
	dir       string
	remote    string
	genesis   gitstore.ID
	verified  gitstore.ID
	erasures  []erasure    // replaced keyrings that the server must forget, or was seen to have forgotten
	forgotten gitstore.ID  // of main: what was erased by it and before, and is not in erasures, the server has forgotten
	sealed    []string     // of one's proposals that wait: topic, and the digest of the recipients of its envelope
	joining   register.Day // on which the oldest joining identity was made that this copy saw; "" not known
	site      gitstore.ID  // the published site that the secretariat last looked into
	siteMade  register.Day // on which its sealed files were made; "" it has none
	retiring  []string     // access.RecipientID of identities that are destroyed, or about to be, and not yet stated to be
}

// localLimit is the size in bytes of the largest file of this copy's own that is read:
// many times what a secretariat of many years has.
const localLimit = 16 << 20

// ErrNotes says that this copy does not know any more where its server is and what of the
// register was verified.
var ErrNotes = errors.New("the notes of this copy are damaged")

func openLocal(dir string) (*local, error) {
	l := &local{dir: dir}
	if err := os.MkdirAll(filepath.Join(dir, "keyrings"), 0o700); err != nil {
		return nil, fmt.Errorf("open register: %w", err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "state.yaml"))
	if errors.Is(err, os.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open register: %w", err)
	}
	f, err := register.ParseFlatWithin(b, localLimit)
	if err == nil {
		err = l.read(f)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: state.yaml: %w", ErrNotes, err)
	}
	return l, nil
}

func (l *local) read(f *register.Flat) error {
	hexURL, _, err := f.Value("remote", false)
	if err != nil {
		return err
	}
	u, err := hex.DecodeString(hexURL)
	if err != nil {
		return err
	}
	l.remote = string(u)
	for _, k := range []struct {
		key string
		id  *gitstore.ID
	}{{"genesis", &l.genesis}, {"verified", &l.verified}, {"forgotten", &l.forgotten}} {
		s, _, err := f.Value(k.key, false)
		if err != nil {
			return err
		}
		if s == "" {
			continue
		}
		if *k.id, err = gitstore.ParseID(s); err != nil {
			return err
		}
	}
	if err := l.readErasures(f); err != nil {
		return err
	}
	if l.sealed, _, err = f.List("sealed", false); err != nil {
		return err
	}
	if l.retiring, _, err = f.List("retiring", false); err != nil {
		return err
	}
	site, _, err := f.Value("site", false)
	if err != nil {
		return err
	}
	if site != "" {
		id, made, _ := strings.Cut(site, " ")
		if l.site, err = gitstore.ParseID(id); err != nil {
			return err
		}
		if made != "" {
			if l.siteMade, err = register.ParseDay(made); err != nil {
				return err
			}
		}
	}
	joining, _, err := f.Value("joining", false)
	if err != nil {
		return err
	}
	if joining != "" {
		if l.joining, err = register.ParseDay(joining); err != nil {
			return err
		}
	}
	return f.End()
}

func (l *local) save() error {
	f := register.NewFlat()
	f.Set("remote", hex.EncodeToString([]byte(l.remote))) // a URL has characters that a clear file has not
	if !l.genesis.IsZero() {
		f.Set("genesis", l.genesis.String())
	}
	if !l.verified.IsZero() {
		f.Set("verified", l.verified.String())
	}
	if !l.forgotten.IsZero() {
		f.Set("forgotten", l.forgotten.String())
	}
	l.writeErasures(f)
	f.SetList("sealed", l.sealed)
	f.SetList("retiring", l.retiring)
	if !l.site.IsZero() {
		f.Set("site", strings.TrimSpace(l.site.String()+" "+string(l.siteMade)))
	}
	f.Set("joining", string(l.joining))
	return writeFile(filepath.Join(l.dir, "state.yaml"), f.Encode())
}

const inboxFile = "inbox.yaml"

// parseInbox reads the numbers of the proposals that were seen, and the last one given.
func parseInbox(b []byte) (known map[string]int, last int, err error) {
	f, err := register.ParseFlatWithin(b, localLimit)
	if err != nil {
		return nil, 0, err
	}
	n, err := f.Uint("last")
	if err != nil {
		return nil, 0, err
	}
	list, _, err := f.List("open", false)
	if err != nil {
		return nil, 0, err
	}
	known = map[string]int{}
	for _, s := range list {
		num, ref, _ := strings.Cut(s, " ")
		if n, err := strconv.Atoi(num); err == nil {
			known[ref] = n
		}
	}
	return known, int(n), nil
}

// numbers gives each proposal a number that it keeps in this copy. Where the note is
// damaged it begins anew.
func (l *local) numbers(refs []string) (map[string]int, error) {
	path := filepath.Join(l.dir, inboxFile)
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	known, last, err := parseInbox(b)
	if err != nil {
		known, last = nil, 0
	}
	out := map[string]int{}
	changed := len(known) != len(refs)
	for _, r := range refs {
		n, ok := known[r]
		if !ok {
			last++
			n, changed = last, true
		}
		out[r] = n
	}
	if !changed {
		return out, nil
	}
	f := register.NewFlat()
	f.Set("last", strconv.Itoa(last))
	var list []string
	for _, r := range refs {
		list = append(list, strconv.Itoa(out[r])+" "+r)
	}
	f.SetList("open", list)
	return out, writeFile(path, f.Encode())
}

// sealedName is the name of the file of a sealed keyring, or of sealed tokens, here
// and in a folder on a share.
func sealedName(u register.UnitID, digest string) string { return string(u) + "." + digest + ".age" }

func (l *local) keyringPath(u register.UnitID, digest string) string {
	return filepath.Join(l.dir, "keyrings", sealedName(u, digest))
}

// has tells whether the files that main names of a keyring are here, and whole.
func (l *local) has(u register.UnitID, k *access.KeyringFile) bool {
	for _, digest := range []string{k.SHA256, k.Tokens} {
		if digest == "" {
			continue
		}
		if _, ok, err := readKeyring(l.keyringPath(u, digest), digest); err != nil || !ok {
			return false
		}
	}
	return true
}

// putKeyring keeps a sealed keyring or sealed tokens, named by the digest.
func (l *local) putKeyring(u register.UnitID, file []byte) error {
	return writeFile(l.keyringPath(u, digestOf(file)), file)
}

// forget deletes every sealed file that main does not name.
func (l *local) forget(named map[string]bool) error {
	dir := filepath.Join(l.dir, "keyrings")
	es, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range es {
		if named[e.Name()] {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("forget a replaced keyring: %w", err)
		}
	}
	return nil
}

func digestOf(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:])
}

// readKeyring reads a file that must have the digest in its name.
func readKeyring(path, digest string) ([]byte, bool, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read a keyring: %w", err)
	}
	if digestOf(b) != digest {
		return nil, false, fmt.Errorf("the keyring %s is damaged: medlem doctor --repair puts it back", filepath.Base(path))
	}
	return b, true, nil
}

// writeFile writes a file so that a crash leaves the old one or the new one.
func writeFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	tmp := f.Name()
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		_ = os.Remove(tmp)
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
