package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// readFile reads a file that a person named, up to a limit in bytes.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, path, limit)
}

func readAll(r io.Reader, name string, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, &failure{code: exitRead, msg: fmt.Sprintf("%s: larger than %d bytes", name, limit)}
	}
	return b, nil
}

// discreet refuses names of files that tell, where membership is a sensitive fact: a
// name is read by whoever sees a screen, a folder or a message.
func (s *session) discreet(paths ...string) error {
	for _, path := range paths {
		_, ending, dotted := strings.Cut(filepath.Base(path), ".")
		if dotted {
			ending = "." + ending
		}
		if path != "" && s.Policy().Hides() && s.Policy().Tells(filepath.Base(path)) {
			return usageError(s.tr("the name of the file tells that it is of members, or of what kind the organisation is; here that is a sensitive fact"),
				s.tr("choose a name that says nothing, such as {{.Name}}", "Name", "1-"+string(s.Today())+ending))
		}
	}
	return nil
}

// newFile makes a file that nobody else can read, where there is none, or an empty one
// as a command leaves it that is killed before it fills it.
func (a *app) newFile(path string) (*os.File, error) {
	if st, err := os.Lstat(path); err == nil && st.Mode().IsRegular() && st.Size() == 0 {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, refused(a.tr("{{.Path}} exists already", "Path", path), a.tr("choose the name of a new file"))
	}
	return f, err
}

// fill writes the whole of a new file, to the disk, and closes it. Where that fails, on
// a full disk, the file is taken away: half of one is of no use, and stands in the way.
func fill(f *os.File, b []byte) error {
	_, err := f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
