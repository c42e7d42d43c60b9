// Package gitstore keeps a register in a git repository: it reads objects,
// compares trees, writes commits, and exchanges them with a server. It needs no
// work tree and, but for remotes that are paths on this machine, no git program.
// Stock git reads everything that it writes.
//
// To read, Open the repository (OpenInHook in a server's pre-receive hook, where
// what was pushed is not yet a part of it) and use ReadCommit, Find, Walk, Diff,
// MergeBases and Between; they take any Reader, so that a Repo, a Builder, a
// Memory or several Joined serve alike. Where only the size of a file matters,
// Size does not read its content, and Blob refuses a file that is too large
// before inflating it. For many files at once, Blobs reads in the order in which
// they lie on disk.
//
// To write, Begin a Builder, add blobs, trees and commits, Close it, and then
// move refs with UpdateRefs: objects are on disk before anything names them, and
// a process killed at any instant leaves a repository that opens. For keyrings,
// which must be forgettable, use a Memory and keep the files elsewhere.
//
// To exchange, make a Remote. Fetch takes objects and moves no ref, so that the
// caller can verify first; Push moves all refs that it is given or none, each
// with its old value named.
//
// Every object's hash is checked each time it is read. Everything that an
// attacker may have a hand in is bounded by the constants below; the parsers of
// commits and trees are strict, and refuse what git would only warn of.
package gitstore
