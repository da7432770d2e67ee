// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"spotos/probe"
)

// What a program sees when its thread is woken out of a system call, though there is no signal. Most calls are
// restarted by the kernel, with what is left of their time, and the program sees nothing.
const (
	seesEINTR = " returns EINTR"
	seesLess  = " may return early, with only a part done"
	mayEINTR  = " may return EINTR"
)

// call is what is known of a system call: its name, and what the program sees of a wake-up, "" if that depends on the
// arguments.
type call struct {
	name, sees string
	// timeout is the option that limits the time of such a call on the socket that is its first argument; 0: no socket.
	// With a limit the kernel does not restart it (sock_intr_errno()).
	timeout int
	// flags is the number of the argument with the flags of a receive; 0: none. Some of them make it wait for more when
	// it has something already; then it returns what it has.
	flags int
	more  func(flags uint64) bool
}

func waitsForAll(flags uint64) bool { return flags&unix.MSG_WAITALL != 0 }

// waitsForEach: without the flag it waits for as many messages as it may return.
func waitsForEach(flags uint64) bool { return flags&unix.MSG_WAITFORONE == 0 || waitsForAll(flags) }

// noticing are the calls that may be noticed, by their number on x86-64. The others that wait do so in a way that the
// kernel restarts (ERESTARTSYS, ERESTARTNOHAND, ERESTART_RESTARTBLOCK), as far as is known: a driver or a file system
// may do as it likes. TestLabNotice tries many of both.
var noticing = map[int]call{
	unix.SYS_EPOLL_WAIT:      {name: "epoll_wait", sees: seesEINTR},
	unix.SYS_EPOLL_PWAIT:     {name: "epoll_pwait", sees: seesEINTR},
	unix.SYS_EPOLL_PWAIT2:    {name: "epoll_pwait2", sees: seesEINTR},
	unix.SYS_SEMOP:           {name: "semop", sees: seesEINTR},
	unix.SYS_SEMTIMEDOP:      {name: "semtimedop", sees: seesEINTR},
	unix.SYS_RT_SIGTIMEDWAIT: {name: "sigtimedwait", sees: seesEINTR},
	unix.SYS_IO_GETEVENTS:    {name: "io_getevents", sees: seesEINTR},
	unix.SYS_IO_PGETEVENTS:   {name: "io_pgetevents", sees: ": a time limit of it begins anew"},
	unix.SYS_IOCTL:           {name: "ioctl", sees: mayEINTR},
	unix.SYS_FALLOCATE:       {name: "fallocate", sees: mayEINTR},
	unix.SYS_VMSPLICE:        {name: "vmsplice", sees: seesLess},
	unix.SYS_WRITE:           {name: "write", sees: seesLess, timeout: unix.SO_SNDTIMEO},
	unix.SYS_WRITEV:          {name: "writev", sees: seesLess, timeout: unix.SO_SNDTIMEO},
	unix.SYS_SENDTO:          {name: "sendto", sees: seesLess, timeout: unix.SO_SNDTIMEO},
	unix.SYS_SENDMSG:         {name: "sendmsg", sees: seesLess, timeout: unix.SO_SNDTIMEO},
	unix.SYS_SENDMMSG:        {name: "sendmmsg", sees: seesLess, timeout: unix.SO_SNDTIMEO},
	unix.SYS_SENDFILE:        {name: "sendfile", sees: seesLess, timeout: unix.SO_SNDTIMEO},
	unix.SYS_SPLICE:          {name: "splice", sees: seesLess},
	unix.SYS_READ:            {name: "read", timeout: unix.SO_RCVTIMEO},
	unix.SYS_READV:           {name: "readv", timeout: unix.SO_RCVTIMEO},
	unix.SYS_RECVFROM:        {name: "recvfrom", timeout: unix.SO_RCVTIMEO, flags: 3, more: waitsForAll},
	unix.SYS_RECVMSG:         {name: "recvmsg", timeout: unix.SO_RCVTIMEO, flags: 2, more: waitsForAll},
	unix.SYS_RECVMMSG:        {name: "recvmmsg", timeout: unix.SO_RCVTIMEO, flags: 3, more: waitsForEach},
	unix.SYS_ACCEPT:          {name: "accept", timeout: unix.SO_RCVTIMEO},
	unix.SYS_ACCEPT4:         {name: "accept4", timeout: unix.SO_RCVTIMEO},
	unix.SYS_CONNECT:         {name: "connect", timeout: unix.SO_SNDTIMEO},
}

// notKnown is what noticed says of a thread that runs.
const notKnown = "its system call is not known while it runs"

// noticed says what the program of a holder would see if it were woken out of its system call; "" if nothing. Where
// that cannot be found out it says so.
func noticed(h probe.Holder, known programs) string {
	dir := fmt.Sprintf("/proc/%d/", h.PID)
	text, err := os.ReadFile(dir + "syscall")
	if err != nil {
		return unread(dir, "its system call cannot be read")
	}
	number, args, ok := parseSyscall(string(text))
	switch {
	case strings.HasPrefix(string(text), "running"):
		return notKnown
	case !ok: // it is in none
		return ""
	case known.of(h.TGID).narrow():
		return "a 32-bit program, whose system calls are not known"
	}
	c, ok := noticing[number]
	if !ok {
		return ""
	}
	if c.flags > 0 && c.more(args[c.flags]) {
		return c.name + seesLess
	}
	if c.timeout != 0 {
		switch limited, err := known.of(h.TGID).timeLimit(int(args[0]), c.timeout); {
		case err != nil:
			return unread(dir, "whether its "+c.name+" has a time limit cannot be read")
		case limited:
			return c.name + seesEINTR + ", since it has a time limit"
		}
	}
	if c.sees == "" {
		return ""
	}
	return c.name + c.sees
}

// unread returns why, or "" if the thread is gone.
func unread(dir, why string) string {
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return why
}

// parseSyscall reads a line of /proc/PID/syscall. ok is false where the thread runs or is in no system call.
func parseSyscall(text string) (number int, args [6]uint64, ok bool) {
	fields := strings.Fields(text)
	if len(fields) < 7 {
		return 0, args, false
	}
	number, err := strconv.Atoi(fields[0])
	for i := range args {
		args[i], _ = strconv.ParseUint(fields[1+i], 0, 64)
	}
	return number, args, err == nil && number >= 0
}
