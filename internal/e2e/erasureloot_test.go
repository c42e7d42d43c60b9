package e2e

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"filippo.io/age"

	"github.com/medlem-register/medlem/internal/register"
	"github.com/medlem-register/medlem/internal/seal"
)

// pageLoot is what a thief opens of published sites.
type pageLoot struct {
	members map[string]bool // whose own page opens
	offices map[string]bool // pages of offices that open, by their path
	named   map[string]bool // whom an office's page names, of those asked about
}

// pagesOpen tries identities on every keyring in some copies, and with the view secrets
// that they hold, and more of them, every member's page in the copies and in folders of
// sites; and on every office's page the identities. A page whose path nobody knows any
// more is tried with every secret.
func pagesOpen(w *world, copies, sites, more, names []string, keyFiles ...string) pageLoot {
	w.t.Helper()
	var ids []age.Identity
	for _, f := range keyFiles {
		ids = append(ids, identitiesIn(w, f)...)
	}
	at := map[string][]string{} // a page's path: its secrets
	var secrets []string
	secret := func(s string) {
		name, err := seal.PageName(s)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(at[name]) == 0 {
			at[name], secrets = append(at[name], s), append(secrets, s)
		}
	}
	for _, s := range more {
		secret(s)
	}
	w.eachKeyring(copies, ids, func(k *seal.Keyring) {
		for _, s := range k.Views {
			secret(s)
		}
	})
	out := pageLoot{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	whose := regexp.MustCompile(` data-id="([a-z2-7]{13})"`)
	try := func(path string, b []byte) {
		if strings.HasPrefix(path, "office/") {
			html, err := seal.OpenOffice(b, ids)
			if err != nil {
				return
			}
			out.offices[path] = true
			for _, name := range names {
				if strings.Contains(string(html), name) {
					out.named[name] = true
				}
			}
			return
		}
		fit := at[path]
		if path == "" {
			fit = secrets
		}
		for _, s := range fit {
			html, err := seal.OpenPage(s, b)
			if err != nil {
				continue
			}
			m := whose.FindSubmatch(html)
			if m == nil {
				w.t.Fatal("a member's page does not say whose it is")
			}
			out.members[string(m[1])] = true
		}
	}
	paths := map[string]string{} // by object: one that is unreachable in a copy may have a path in another
	for _, dir := range copies {
		for _, line := range strings.Split(w.git(dir, "rev-list", "--all", "--objects"), "\n") {
			id, path, _ := strings.Cut(line, " ")
			paths[id] = path
		}
	}
	for _, dir := range copies {
		w.eachBlob(dir, func(id string, b []byte) {
			path := paths[id]
			if path == "" && seal.CheckPage(b) == nil || strings.HasPrefix(path, "me/") || strings.HasPrefix(path, "office/") {
				try(path, b)
			}
		})
	}
	for _, dir := range sites {
		err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".age" {
				return err
			}
			b, err := os.ReadFile(filepath.Join(dir, path))
			try(path, b)
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return out
}

// eachKeyring calls fn for every keyring that identities open, of every object of some
// copies, reachable or not, and of what an officer's copy keeps.
func (w *world) eachKeyring(copies []string, ids []age.Identity, fn func(*seal.Keyring)) {
	w.t.Helper()
	try := func(b []byte) {
		if k, err := seal.OpenKeyring(b, ids); err == nil {
			fn(k)
		}
	}
	for _, dir := range copies {
		w.eachBlob(dir, func(_ string, b []byte) {
			if h, err := seal.Inspect(b); err == nil && len(h.Stanzas) > 0 && h.Stanzas[0].Type != "scrypt" {
				try(b)
			}
		})
		w.eachKept(dir, try)
	}
}

// receiptLoot is what receipts and papers of erasures could open, if what stands in them
// were made of a key: the receipts' digests as record keys, the papers' secrets as the
// secrets of pages.
type receiptLoot struct {
	keys  map[register.RecordID]seal.Key
	views []string
	text  string // of all of them
}

// receiptsIn reads the receipts on main of a copy, and the papers in a folder.
func (w *world) receiptsIn(dir, papers string) receiptLoot {
	w.t.Helper()
	out := receiptLoot{keys: map[register.RecordID]seal.Key{}}
	value := func(text, key string) string {
		m := regexp.MustCompile(`(?m)^` + key + `: "?([^"\n]+)"?$`).FindStringSubmatch(text)
		if m == nil {
			w.t.Fatalf("a receipt has no %s", key)
		}
		return m[1]
	}
	at := map[string]register.RecordID{} // by object
	for _, line := range strings.Split(w.git(dir, "ls-tree", "-r", "main", "data"), "\n") {
		meta, path, _ := strings.Cut(line, "\t")
		if p, err := register.ParsePath(path); err == nil && p.Kind == register.Receipt {
			at[strings.Fields(meta)[2]] = p.ID
		}
	}
	w.eachBlob(dir, func(id string, b []byte) {
		rec, ok := at[id]
		if !ok {
			return
		}
		out.text += string(b)
		var k seal.Key
		if n, err := hex.Decode(k[:], []byte(value(string(b), "check"))); err != nil || n != len(k) {
			w.t.Fatal("a receipt's check is no digest")
		}
		out.keys[rec] = k
	})
	files, err := filepath.Glob(filepath.Join(papers, "*.yaml"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			w.t.Fatal(err)
		}
		out.text += string(b)
		out.views = append(out.views, asViewSecret(value(string(b), "secret")))
	}
	return out
}

// asViewSecret writes the 16 bytes of a receipt's secret as a page's: the digits are the
// same, and the checksum is of another word (docs/format.md, Receipt and Pages).
func asViewSecret(receipt string) string {
	enc := base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)
	b, err := enc.DecodeString(strings.ReplaceAll(receipt, "-", "") + "0")
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(append([]byte("medlem/v1/view\x00"), b[:16]...))
	digits := enc.EncodeToString(append(b[:16:16], sum[0], sum[1]&0xf0))[:28]
	var groups []string
	for ; digits != ""; digits = digits[4:] {
		groups = append(groups, digits[:4])
	}
	return strings.Join(groups, "-")
}

// keysOpen tries a key for each record on every version of that record in some copies.
func (w *world) keysOpen(copies []string, keys map[register.RecordID]seal.Key) int {
	w.t.Helper()
	n := 0
	for _, dir := range copies {
		at := map[string]register.RecordID{}
		for _, line := range strings.Split(w.git(dir, "rev-list", "--all", "--objects"), "\n") {
			id, path, _ := strings.Cut(line, " ")
			if p, err := register.ParsePath(path); err == nil && p.Kind.Sealed() {
				at[id] = p.ID
			}
		}
		w.eachBlob(dir, func(id string, b []byte) {
			k, ok := keys[at[id]]
			if !ok {
				return
			}
			if _, err := seal.Open(k, b); err == nil {
				n++
			}
		})
	}
	return n
}
