package export

import "syscall"

func roomIn(dir string) (room, bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil || s.Bsize <= 0 {
		return room{}, false
	}
	return room{
		bytes: s.Bavail * uint64(s.Bsize), files: s.Ffree, knowsFiles: s.Files > 0,
	}, true
}
