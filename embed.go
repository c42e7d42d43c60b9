// Package medlem holds what a new register begins with: the standard policies,
// an empty site, and the workflows that check it. Only medlem init uses it; a
// register that exists has its own.
package medlem

import "embed"

// Files are the first files of a register: policies and site under their own
// names, the workflows under embed/github for .github.
//
//go:embed policies/*.yaml site embed/github
var Files embed.FS
