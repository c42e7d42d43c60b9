package scratch

import "syscall"

const memory = "/dev/shm"

const noexec = 0x8 // ST_NOEXEC of statvfs(3): a container's often is so

// free is how many bytes a file system has room for; 0 where there is none, or programs
// that lie there do not run, as hooks must.
func free(dir string) int64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil || s.Flags&noexec != 0 {
		return 0
	}
	return int64(s.Bavail) * s.Bsize
}
