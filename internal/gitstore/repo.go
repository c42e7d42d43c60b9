package gitstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
)

// Errors of opening a repository.
var (
	// ErrNoRepository: there is no repository at the place that was named.
	ErrNoRepository = errors.New("not a git repository")
	// ErrUnsupported: a repository of a kind that this package cannot read.
	ErrUnsupported = errors.New("unsupported kind of repository")
	// ErrReadOnly: the repository was opened with OpenInHook.
	ErrReadOnly = errors.New("repository is open for reading only")
)

// Repo is a git repository on disk. It is a Reader, safe for concurrent use, and
// works beside other processes, stock git among them, that read, write and pack.
type Repo struct {
	dir      string // the git dir, absolute
	objs     objects
	readOnly bool
	precious bool         // extensions.preciousObjects: nothing may be deleted
	remember atomic.Int32 // calls of Remember that have not ended
	lately   lately
}

// Init makes an empty repository in the folder dir, which is made where it is
// absent, and opens it. It lies in dir/.git and has no work tree; HEAD is
// refs/heads/main. It is an error if there is one already.
func Init(dir string) (*Repo, error) {
	final := filepath.Join(dir, ".git")
	if _, err := os.Lstat(final); err == nil {
		return nil, fmt.Errorf("init %q: there is a repository already", dir)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	// Made beside and renamed, so that there is never half of one.
	tmp, err := os.MkdirTemp(dir, ".git-new-")
	if err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	defer os.RemoveAll(tmp)
	for _, d := range []string{"objects/pack", "objects/info", "refs/heads", "refs/tags"} {
		if err := os.MkdirAll(filepath.Join(tmp, filepath.FromSlash(d)), 0o777); err != nil {
			return nil, fmt.Errorf("init: %w", err)
		}
	}
	config := "[core]\n\trepositoryformatversion = 0\n\tfilemode = " + fmt.Sprint(runtime.GOOS != "windows") +
		"\n\tbare = true\n\tlogallrefupdates = false\n"
	for name, text := range map[string]string{"HEAD": "ref: refs/heads/main\n", "config": config} {
		if err := writeDurably(filepath.Join(tmp, name), []byte(text), 0o666); err != nil {
			return nil, fmt.Errorf("init: %w", err)
		}
	}
	// MkdirTemp makes a private folder; want what the process makes otherwise.
	st, err := os.Stat(filepath.Join(tmp, "objects"))
	if err == nil {
		err = os.Chmod(tmp, st.Mode().Perm())
	}
	if err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	if err := os.Rename(tmp, final); err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	if err := syncDir(dir); err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	return Open(dir)
}

// Open opens the repository at dir: a bare repository, or a folder that holds
// one as .git. An error wraps ErrNoRepository where there is none, and
// ErrUnsupported where it is of a kind that cannot be read (SHA-256, reftable, a
// linked work tree).
func Open(dir string) (*Repo, error) {
	r, err := open(dir)
	if err != nil {
		return nil, err
	}
	if r.objs.dirs, err = withAlternates([]string{filepath.Join(r.dir, "objects")}); err != nil {
		return nil, fmt.Errorf("open %q: %w", dir, err)
	}
	return r, r.start()
}

// OpenInHook opens the repository at dir for reading only, as a pre-receive hook
// must see it: with the objects of a push that is not accepted yet, which git
// keeps apart and names in GIT_QUARANTINE_PATH, GIT_OBJECT_DIRECTORY and
// GIT_ALTERNATE_OBJECT_DIRECTORIES.
func OpenInHook(dir string) (*Repo, error) {
	r, err := open(dir)
	if err != nil {
		return nil, err
	}
	r.readOnly = true
	var dirs []string
	for _, key := range []string{"GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH"} {
		if v := os.Getenv(key); v != "" {
			dirs = append(dirs, v)
		}
	}
	dirs = append(dirs, filepath.Join(r.dir, "objects"))
	more, err := splitPathList(os.Getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES"))
	if err != nil {
		return nil, fmt.Errorf("open %q: GIT_ALTERNATE_OBJECT_DIRECTORIES: %w", dir, err)
	}
	if r.objs.dirs, err = withAlternates(append(dirs, more...)); err != nil {
		return nil, fmt.Errorf("open %q: %w", dir, err)
	}
	return r, r.start()
}

func open(dir string) (*Repo, error) {
	gitDir, err := findGitDir(dir)
	if err != nil {
		return nil, err
	}
	r := &Repo{dir: gitDir}
	if r.precious, err = checkFormat(filepath.Join(gitDir, "config")); err != nil {
		return nil, fmt.Errorf("open %q: %w", dir, err)
	}
	return r, nil
}

func (r *Repo) start() error {
	_, err := r.objs.refresh(true)
	return err
}

// findGitDir returns the absolute path of the git dir at dir.
func findGitDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("open %q: %w", dir, err)
	}
	inner := filepath.Join(abs, ".git")
	if st, err := os.Stat(inner); err == nil && !st.IsDir() {
		return "", fmt.Errorf("open %q: %w: a linked work tree or submodule; name the repository that it belongs to", dir, ErrUnsupported)
	}
	for _, d := range []string{inner, abs} {
		if isGitDir(d) {
			return d, nil
		}
	}
	if _, err := os.Stat(abs); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("open: %w", err)
	}
	return "", fmt.Errorf("open %q: %w", dir, ErrNoRepository)
}

// isGitDir tells a git dir as git does: it has objects, refs and a HEAD.
func isGitDir(dir string) bool {
	for _, d := range []string{"objects", "refs"} {
		if st, err := os.Stat(filepath.Join(dir, d)); err != nil || !st.IsDir() {
			return false
		}
	}
	st, err := os.Lstat(filepath.Join(dir, "HEAD"))
	return err == nil && !st.IsDir()
}

// Dir returns the absolute path of the git dir.
func (r *Repo) Dir() string { return r.dir }

// Close closes the files that are open. The repository is not to be used after.
func (r *Repo) Close() error {
	r.objs.close()
	return nil
}

// Shallow tells whether the repository's history was cut off when it was cloned
// (git clone --depth). Walks of the history then end in ErrNotFound.
func (r *Repo) Shallow() bool {
	st, err := os.Stat(filepath.Join(r.dir, "shallow"))
	return err == nil && st.Size() > 0
}

// Object returns an object of at most ObjectLimit bytes.
func (r *Repo) Object(id ID) (ObjectType, []byte, error) { return r.object(id, ObjectLimit) }

func (r *Repo) object(id ID, limit int64) (ObjectType, []byte, error) {
	if r.remember.Load() == 0 {
		return r.objs.object(id, limit)
	}
	if o, ok := r.lately.get(id); ok {
		if n := int64(len(o.content)); n > limit {
			return 0, nil, tooLarge(id, n, limit)
		}
		return o.typ, o.content, nil
	}
	t, b, err := r.objs.object(id, limit)
	if err == nil {
		r.lately.add(id, memObject{t, b})
	}
	return t, b, err
}

// Size returns the type of an object and the size of its content in bytes,
// without reading the content. The hash is not checked.
func (r *Repo) Size(id ID) (ObjectType, int64, error) { return r.objs.size(id) }

// Blob returns the content of a file. One of more than limit bytes is an error
// that wraps ErrTooLarge, and its content is not read.
func (r *Repo) Blob(id ID, limit int64) ([]byte, error) { return read(r, id, Blob, limit) }

// Has tells whether the object is here. It is not read.
func (r *Repo) Has(id ID) bool { return r.objs.has(id) }

// checkFormat reads the repository's configuration and refuses what this
// package cannot read.
func checkFormat(path string) (precious bool, err error) {
	cfg, err := readConfig(path)
	if err != nil {
		return false, err
	}
	version := cfg["core.repositoryformatversion"]
	switch version {
	case "", "0", "1":
	default:
		return false, fmt.Errorf("%w: format version %q", ErrUnsupported, clip(version))
	}
	for key, v := range cfg {
		ext, ok := strings.CutPrefix(key, "extensions.")
		if !ok {
			continue
		}
		switch ext {
		case "noop", "noop-v1", "partialclone", "worktreeconfig":
		case "preciousobjects":
			precious = v != "false"
		case "objectformat":
			ok = v == "sha1"
		case "refstorage":
			ok = v == "files"
		default:
			ok = version != "1" // as git: version 0 knows no extensions
		}
		if !ok {
			return false, fmt.Errorf("%w: extensions.%s = %q", ErrUnsupported, clip(ext), clip(v))
		}
	}
	return precious, nil
}
