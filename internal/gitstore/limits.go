package gitstore

import "time"

// What comes over the wire and what lies in a proposal's trees is an attacker's
// to choose. Everything that is read is bounded here; a limit that is reached is
// an error, never a shorter answer.
const (
	// ObjectLimit is the largest object that is read into memory, written, or
	// accepted from a server, in bytes of its content. Public hosts draw the
	// line at the same place.
	ObjectLimit = 100 << 20 // 100 MiB

	// TreeLimit is the largest tree object in bytes: one folder of about half a
	// million records.
	TreeLimit = 32 << 20 // 32 MiB

	// NameLimit is the longest name of a tree entry in bytes.
	NameLimit = 255

	// DepthLimit is the number of folders that a path may go down.
	DepthLimit = 64

	// EntriesLimit is the number of tree entries that one Walk or Diff visits,
	// a folder counting as folderCost more. Without it a handful of trees that
	// hold one another many times over has more paths than can ever be listed.
	EntriesLimit = 20_000_000
	folderCost   = 16

	// CommitLimit is the largest commit object in bytes.
	CommitLimit = 1 << 20 // 1 MiB

	// CommitHeaderLimit is the largest header of a commit in bytes, its
	// signature included.
	CommitHeaderLimit = 64 << 10 // 64 KiB

	// ParentLimit is the number of parents that a commit may have.
	ParentLimit = 16

	// HistoryLimit is the number of commits that one walk of the history reads.
	HistoryLimit = 1_000_000

	// MemoryLimit is the number of bytes of content that a Memory holds, and of
	// a pack that FetchMemory takes.
	MemoryLimit = 512 << 20 // 512 MiB

	// PackLimit is the largest pack that Fetch takes from a server, in bytes.
	PackLimit = 4 << 30 // 4 GiB

	// PackObjectsLimit is the number of objects in one pack.
	PackObjectsLimit = 5_000_000

	// PackWorkLimit is the number of bytes that may be produced while a received
	// pack is inflated and its deltas are resolved.
	PackWorkLimit = 64 << 30 // 64 GiB

	// DeltaChainLimit is the number of deltas between an object and the whole
	// object that it rests on: git's own ceiling.
	DeltaChainLimit = 4095

	// DeltaWorkLimit is the number of bytes that may be produced while the
	// deltas of one object are applied.
	DeltaWorkLimit = 4 << 30 // 4 GiB

	// PacksLimit is the number of packs in one folder of objects. Compact keeps
	// a repository far below.
	PacksLimit = 10_000

	// RefsLimit is the number of refs that a repository or a server may have.
	RefsLimit = 200_000

	// RefNameLimit is the longest name of a ref in bytes.
	RefNameLimit = 250

	// AdvertisementLimit is the largest list of refs that is taken from a
	// server, in bytes.
	AdvertisementLimit = 64 << 20 // 64 MiB

	// MessageLimit is how much of what a server says is kept, in bytes.
	MessageLimit = 8 << 10 // 8 KiB

	// HavesLimit is the number of commits that a fetch tells the server of.
	HavesLimit = 2_000
)

const (
	// LockWait is how long a change of refs waits for another one to end.
	LockWait = 2 * time.Second

	// LockStale is the age from which a lock file counts as left behind by a
	// command that was killed.
	LockStale = 5 * time.Minute
)
