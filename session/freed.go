// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"fmt"
	"strings"
)

// What a system call waits for, as far as that decides what ends the wait.
var (
	receives = words("read readv pread64 preadv preadv2 recvfrom recvmsg recvmmsg")
	sends    = words("write writev pwrite64 pwritev pwritev2 sendto sendmsg sendmmsg sendfile")
	accepts  = words("accept accept4")
	polls    = words("poll ppoll select pselect6 epoll_wait epoll_pwait epoll_pwait2")
	pauses   = words("nanosleep clock_nanosleep")
	children = words("wait4 waitid")
	locks    = words("flock fcntl")
	signals  = words("pause rt_sigsuspend rt_sigtimedwait")
)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// frees says what makes a holder leave: by itself, and by a nudge.
func frees(h Holder, d Details) string {
	switch {
	case h.Kthread && h.Deaf:
		return "nothing but itself: a nudge does not reach it" + h.asleep()
	case h.Kthread:
		return "itself; a nudge wakes it, but does not keep it outside"
	case d.Unknown != "":
		return "not known; a nudge may"
	}
	return endOfWait(h, d) + "; " + nudged(h, d)
}

// endOfWait says what ends the wait without anybody's doing.
func endOfWait(h Holder, d Details) string {
	c := d.Call
	switch {
	case c == nil && strings.HasPrefix(h.State, "R"):
		return "itself: it is running"
	case c == nil:
		return "what it waits for is not known"
	}
	text := waitsFor(*c, h)
	if c.Limit > 0 && !pauses[c.Name] {
		text += ", or " + Span(c.Limit) + " passing"
	}
	return text
}

// waitsFor says what a system call waits for.
func waitsFor(c SystemCall, h Holder) string {
	var f OpenFile
	if c.File != nil {
		f = *c.File
	}
	switch name := c.Name; {
	case receives[name]:
		return f.input()
	case sends[name]:
		return f.output()
	case accepts[name]:
		return "somebody connecting to " + orThat(f.Local)
	case name == "connect":
		return "an answer of the other end, or giving up on it"
	case polls[name]:
		return "an event on a file that it watches"
	case pauses[name]:
		return "its time running out"
	case name == "futex":
		return fmt.Sprintf("another thread waking it, most likely of process %d", h.TGID)
	case children[name]:
		return "a child process of it ending"
	case locks[name]:
		return "whoever has the file locked letting go"
	case signals[name]:
		return "a signal"
	}
	return "its " + c.Name + " coming to an end"
}

// input says what ends the wait for something to read.
func (f OpenFile) input() string {
	switch {
	case f.Type == FileTCP && f.Remote != "":
		return "data from " + f.Remote + ", or that end closing the connection"
	case f.Type == FileUDP:
		return "a packet for " + orThat(f.Local)
	case f.Type == FileUnix:
		return "data from the other end of the socket, or that end closing it"
	case f.Type == FilePipe:
		return "somebody writing into the pipe, or its last writer closing it"
	case f.Type == FileSocket:
		return "data for the socket"
	case f.Name != "":
		return "something to read from " + f.Name
	}
	return "something to read"
}

// output says what ends the wait for room to write.
func (f OpenFile) output() string {
	switch {
	case f.Type == FileTCP && f.Remote != "":
		return f.Remote + " taking what is sent, or closing the connection"
	case f.Type == FilePipe:
		return "somebody reading from the pipe"
	case f.Type == FileUnix:
		return "the other end of the socket reading"
	case f.Name != "":
		return f.Name + " taking what is written"
	}
	return "what is written being taken"
}

func orThat(address string) string {
	if address == "" {
		return "its socket"
	}
	return address
}

// Nudgeable reports whether a nudge would free a holder, of whom d says what is known. It would not where the holder
// has stayed each time it was woken, sleeps uninterruptibly, or is left alone.
func (h Holder) Nudgeable(d Details) bool { return !h.Deaf && d.Spared == "" && h.asleep() == "" }

// nudged says what a nudge does to a holder, and what its program sees of it.
func nudged(h Holder, d Details) string {
	switch {
	case h.Deaf:
		return "a nudge does not: it was woken several times and stayed" + h.asleep()
	case d.Spared != "":
		return "a nudge leaves it alone: " + d.Spared
	case h.asleep() != "":
		return "a nudge does not reach it as long as it sleeps uninterruptibly"
	case d.Call == nil:
		return "a nudge may, and whether its program notices is not known"
	case d.Call.Notices != "":
		return "or a nudge, which its program may notice: " + d.Call.Notices
	}
	return "or a nudge: the kernel restarts its " + d.Call.Name + ", and its program notices nothing"
}
