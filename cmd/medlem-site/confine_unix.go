//go:build unix

package main

import "syscall"

// confineSystem makes the kernel refuse to let a file grow and to write what is
// in memory to a disk when the process crashes. Pipes have no size.
func confineSystem() {
	none := syscall.Rlimit{}
	_ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &none)
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &none)
}
