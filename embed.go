// Package medlem holds what a new register begins with: the standard policies or
// one of the packs, an empty site, and the workflows that check it. A register
// that exists has its own.
package medlem

import "embed"

// Files are the first files of a register: policies and site under their own
// names, the workflows under embed/github for .github.
//
//go:embed policies/*.yaml site embed/github
var Files embed.FS

// Policies are the standard policies, and under policies/packs those of the
// packs. Use internal/policy to read a pack.
//
//go:embed policies
var Policies embed.FS
