// Package seal seals and opens what a register keeps, and reads what can be
// read of a sealed file without any key. Every file is an age v1 file
// (c2sp.org/age): stock age opens all of them with the same keys.
//
// For a record (a member, a request, participants) use Seal and Open, for a
// document SealEvidence and OpenEvidence, with a Key: NewKey for what the secretariat merges, Key.Derive for what lies
// in a draft. For the secret of a draft use SealEnvelope, for the keys of a
// unit SealKeyring; both go to post-quantum recipients only. Where no key is at
// hand, use CheckRecord and CheckSealedTo.
//
// The formats are those of docs/format.md, Sealing; the files in testdata are
// its examples and must open for ever.
//
// Secrets are wiped from memory where this package owns the memory. That is a
// courtesy, not a guarantee: the garbage collector copies, age keeps strings,
// and the caller holds the results.
package seal
