package policy

import (
	"io/fs"
	"path"
	"strings"

	"github.com/medlem-register/medlem"
)

const packsFolder = "policies/packs"

// Packs lists the names of the packs, sorted. A pack is the procedure of an
// organisation, as policy files to begin from: what it is silent about is not
// decided yet.
func Packs() []string {
	entries, err := fs.ReadDir(medlem.Policies, packsFolder)
	if err != nil {
		return nil // there are none
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// Pack returns the files of a pack by their names, as [LoadPack] and [Undecided]
// take them; false if there is no such pack.
func Pack(name string) (map[string][]byte, bool) {
	dir := path.Join(packsFolder, name)
	if !strings.HasPrefix(dir, packsFolder+"/") {
		return nil, false
	}
	entries, err := fs.ReadDir(medlem.Policies, dir)
	if err != nil {
		return nil, false
	}
	files := map[string][]byte{}
	for _, e := range entries {
		b, err := fs.ReadFile(medlem.Policies, path.Join(dir, e.Name()))
		if err != nil || !strings.HasSuffix(e.Name(), ".yaml") {
			continue
		}
		files[e.Name()] = b
	}
	return files, len(files) > 0
}
