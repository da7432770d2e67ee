// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// signature is the name of a system call and what its arguments are, a word each:
//
//	fd     a descriptor            int    a number, with its sign     size   a number of bytes
//	buf    memory of its own       ms     a time limit, in ms         hex    flags
//	time   a time limit in memory  at     the directory of a path, or AT_FDCWD
//
// "?" is not worth showing, and nor are those behind the last word.
type signature struct{ name, args string }

// signatures are the system calls that wait, by their number on x86-64.
var signatures = map[int]signature{
	unix.SYS_READ:            {"read", "fd buf size"},
	unix.SYS_READV:           {"readv", "fd buf int"},
	unix.SYS_PREAD64:         {"pread64", "fd buf size int"},
	unix.SYS_PREADV:          {"preadv", "fd buf int int"},
	unix.SYS_PREADV2:         {"preadv2", "fd buf int int"},
	unix.SYS_RECVFROM:        {"recvfrom", "fd buf size hex"},
	unix.SYS_RECVMSG:         {"recvmsg", "fd buf hex"},
	unix.SYS_RECVMMSG:        {"recvmmsg", "fd buf int hex time"},
	unix.SYS_WRITE:           {"write", "fd buf size"},
	unix.SYS_WRITEV:          {"writev", "fd buf int"},
	unix.SYS_PWRITE64:        {"pwrite64", "fd buf size int"},
	unix.SYS_PWRITEV:         {"pwritev", "fd buf int int"},
	unix.SYS_PWRITEV2:        {"pwritev2", "fd buf int int"},
	unix.SYS_SENDTO:          {"sendto", "fd buf size hex"},
	unix.SYS_SENDMSG:         {"sendmsg", "fd buf hex"},
	unix.SYS_SENDMMSG:        {"sendmmsg", "fd buf int hex"},
	unix.SYS_SENDFILE:        {"sendfile", "fd int buf size"},
	unix.SYS_SPLICE:          {"splice", "fd buf int buf size hex"},
	unix.SYS_VMSPLICE:        {"vmsplice", "fd buf int hex"},
	unix.SYS_ACCEPT:          {"accept", "fd buf"},
	unix.SYS_ACCEPT4:         {"accept4", "fd buf"},
	unix.SYS_CONNECT:         {"connect", "fd buf size"},
	unix.SYS_POLL:            {"poll", "buf int ms"},
	unix.SYS_PPOLL:           {"ppoll", "buf int time"},
	unix.SYS_SELECT:          {"select", "int ? ? ? time"},
	unix.SYS_PSELECT6:        {"pselect6", "int ? ? ? time"},
	unix.SYS_EPOLL_WAIT:      {"epoll_wait", "fd buf int ms"},
	unix.SYS_EPOLL_PWAIT:     {"epoll_pwait", "fd buf int ms"},
	unix.SYS_EPOLL_PWAIT2:    {"epoll_pwait2", "fd buf int time"},
	unix.SYS_NANOSLEEP:       {"nanosleep", "time"},
	unix.SYS_CLOCK_NANOSLEEP: {"clock_nanosleep", "int hex time"},
	unix.SYS_FUTEX:           {"futex", "buf hex int time"},
	unix.SYS_WAIT4:           {"wait4", "int"},
	unix.SYS_WAITID:          {"waitid", "int int"},
	unix.SYS_PAUSE:           {"pause", ""},
	unix.SYS_RT_SIGSUSPEND:   {"rt_sigsuspend", ""},
	unix.SYS_RT_SIGTIMEDWAIT: {"rt_sigtimedwait", "buf buf time"},
	unix.SYS_IOCTL:           {"ioctl", "fd hex hex"},
	unix.SYS_FCNTL:           {"fcntl", "fd int hex"},
	unix.SYS_FLOCK:           {"flock", "fd int"},
	unix.SYS_FSYNC:           {"fsync", "fd"},
	unix.SYS_FDATASYNC:       {"fdatasync", "fd"},
	unix.SYS_FTRUNCATE:       {"ftruncate", "fd size"},
	unix.SYS_FALLOCATE:       {"fallocate", "fd hex size size"},
	unix.SYS_CLOSE:           {"close", "fd"},
	unix.SYS_SHUTDOWN:        {"shutdown", "fd int"},
	unix.SYS_SETSOCKOPT:      {"setsockopt", "fd int int buf int"},
	unix.SYS_GETSOCKOPT:      {"getsockopt", "fd int int buf"},
	unix.SYS_GETDENTS64:      {"getdents64", "fd buf size"},
	unix.SYS_OPEN:            {"open", "buf hex"},
	unix.SYS_OPENAT:          {"openat", "at buf hex"},
	unix.SYS_SEMOP:           {"semop", "int buf int"},
	unix.SYS_SEMTIMEDOP:      {"semtimedop", "int buf int time"},
	unix.SYS_MSGRCV:          {"msgrcv", "int buf size int hex"},
	unix.SYS_MSGSND:          {"msgsnd", "int buf size hex"},
	unix.SYS_IO_GETEVENTS:    {"io_getevents", "hex int int buf time"},
	unix.SYS_IO_PGETEVENTS:   {"io_pgetevents", "hex int int buf time"},
	unix.SYS_IO_URING_ENTER:  {"io_uring_enter", "fd int int hex"},
	unix.SYS_EXECVE:          {"execve", "buf buf buf"},
	unix.SYS_EXIT:            {"exit", "int"},
	unix.SYS_EXIT_GROUP:      {"exit_group", "int"},
	unix.SYS_CLONE:           {"clone", "hex"},
	unix.SYS_MUNMAP:          {"munmap", "hex size"},
	unix.SYS_MMAP:            {"mmap", "hex size hex hex int"},
}

// shown writes the arguments of a call, as far as they are known without the memory of its program. limit is how long
// it waits at most, 0 where that is not known.
func (s signature) shown(args [6]uint64) (list []string, limit time.Duration) {
	for i, kind := range strings.Fields(s.args) {
		v := args[i]
		switch kind {
		case "fd", "int":
			list = append(list, fmt.Sprint(int32(v)))
		case "size":
			list = append(list, fmt.Sprintf("%d bytes", v))
		case "hex":
			list = append(list, fmt.Sprintf("%#x", v))
		case "at":
			if int32(v) == unix.AT_FDCWD {
				list = append(list, "AT_FDCWD")
			} else {
				list = append(list, fmt.Sprint(int32(v)))
			}
		case "ms":
			if ms := int32(v); ms >= 0 {
				limit = time.Duration(ms) * time.Millisecond
				list = append(list, fmt.Sprintf("%d ms", ms))
			} else {
				list = append(list, "no time limit")
			}
		case "time":
			list = append(list, orNone(v, "a time limit", "no time limit"))
		case "buf":
			list = append(list, orNone(v, "memory", "nothing"))
		}
	}
	return list, limit
}

func orNone(address uint64, some, none string) string {
	if address == 0 {
		return none
	}
	return some
}

// descriptor returns which file a call is about: its first argument, if that is a descriptor.
func (s signature) descriptor(args [6]uint64) (fd int, ok bool) {
	return int(int32(args[0])), strings.HasPrefix(s.args, "fd")
}
