// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"spotos/probe"
	"spotos/session"
)

// subject is a holder that is to be described.
type subject struct {
	probe.Holder
	// counted: Switches says how often it had been switched out when it was found inside. A thread with that figure is
	// in the same call.
	counted bool
	seen    time.Duration // after the boot; it was found inside no later
	spared  string        // why a nudge leaves it alone
}

// task is what tells one thread from another of the same number, and one wait of it from the next.
type task struct {
	tgid     int
	begin    time.Duration // after the boot
	switches uint64
	uid      *uint32 // the real one
}

// tick is the unit of times in /proc/PID/stat: 1/USER_HZ.
const tick = 10 * time.Millisecond

// task returns what identifies a thread. ok is false where it has ended.
func (s system) task(tid int) (t task, ok bool) {
	text, err := s.read(tid, "stat")
	if err != nil {
		return t, false
	}
	// Of proc(5)'s fields the first here is number 3.
	fields := statFields(text)
	const begin = 22 - 3
	if len(fields) <= begin {
		return t, false
	}
	ticks, err := strconv.ParseInt(fields[begin], 10, 64)
	if err != nil {
		return t, false
	}
	t.begin = time.Duration(ticks) * tick
	status := s.status(tid)
	if t.tgid, err = strconv.Atoi(status["Tgid"]); err != nil {
		return t, false
	}
	for _, kind := range []string{"voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"} {
		n, _ := strconv.ParseUint(status[kind], 10, 64)
		t.switches += n
	}
	if uid, err := strconv.ParseUint(firstField(status["Uid"]), 10, 32); err == nil {
		short := uint32(uid)
		t.uid = &short
	}
	return t, true
}

// commandShown bounds how much of a command line is kept, in bytes.
const commandShown = 300

// Why something of a holder is not known.
const (
	hasEnded   = "it has ended"
	hasRun     = "it comes and goes: it has run since its stack was read, and may be in another call by now"
	notCounted = "what it waits in is not known, since nothing is counted here"
)

// details describes a holder. Everything is read between two looks at what identifies the thread; where they differ
// from each other, or from when it was found inside, nothing of what may be another's is said.
func (s system) details(h subject, notice func(probe.Holder, programs) string) (session.Details, task) {
	d := session.Details{PID: h.PID}
	first, ok := s.task(h.PID)
	switch {
	case !ok:
		d.Unknown = hasEnded
		return d, first
	case first.tgid != h.TGID || first.begin > h.seen:
		d.Unknown = hasEnded + ", and its number is another's now"
		return d, first
	}
	d.UID, d.Spared = first.uid, h.spared
	if !h.Kthread {
		s.addWho(&d, h)
		s.addCall(&d, h, notice)
	}
	switch last, ok := s.task(h.PID); {
	case !ok || last.begin != first.begin || last.tgid != first.tgid:
		return session.Details{PID: h.PID, Unknown: hasEnded}, last
	case !h.Kthread && !h.counted:
		d.Call, d.NoCall = nil, notCounted
	case !h.Kthread && (first.switches != h.Switches || last.switches != h.Switches):
		d.Call, d.NoCall = nil, hasRun
	}
	return d, first
}

// addWho says whose thread it is.
func (s system) addWho(d *session.Details, h subject) {
	dir := filepath.Join(s.proc, strconv.Itoa(h.PID))
	d.Exe, _ = os.Readlink(filepath.Join(dir, "exe")) // "" where it cannot be read
	d.Command = s.command(h.PID)
	s.addPlace(h.PID, d)
}

// addPlace says in which cgroup, unit or container a thread is, and the name of its user.
func (s system) addPlace(tid int, d *session.Details) {
	if group, err := s.cgroupOf(tid); err == nil {
		d.Cgroup = group
		d.Engine, d.Box, d.Unit = placed(group)
	}
	d.User = ""
	if d.UID != nil && d.Box == "" { // a container has names of its own
		d.User = knownUser(strconv.FormatUint(uint64(*d.UID), 10))
	}
}

// command returns the beginning of a command line, with its arguments separated by spaces.
func (s system) command(tid int) string {
	f, err := os.Open(filepath.Join(s.proc, strconv.Itoa(tid), "cmdline"))
	if err != nil {
		return ""
	}
	defer f.Close()
	text := make([]byte, commandShown+1)
	n, _ := f.Read(text)
	line := strings.TrimRight(strings.ToValidUTF8(string(text[:min(n, commandShown)]), "?"), "\x00")
	line = strings.ReplaceAll(line, "\x00", " ")
	if n > commandShown {
		line += " ..."
	}
	return line
}

// addCall says which system call it is in.
func (s system) addCall(d *session.Details, h subject, notice func(probe.Holder, programs) string) {
	text, err := s.read(h.PID, "syscall")
	if err != nil {
		d.NoCall = "its system call cannot be read"
		return
	}
	known := programs{}
	defer known.close()
	number, args, ok := parseSyscall(text)
	switch {
	case strings.HasPrefix(text, "running"):
		d.NoCall = "it is running"
		return
	case !ok:
		d.NoCall = "it is in no system call: a fault or an interrupt brought it into the kernel"
		return
	case known.of(h.TGID).narrow():
		d.NoCall = "a system call of a 32-bit program, which is not taken apart"
		return
	}
	sign, ok := signatures[number]
	if !ok {
		sign = signature{"system call " + strconv.Itoa(number), "hex hex hex"}
	}
	c := &session.SystemCall{Name: sign.name}
	c.Args, c.Limit = sign.shown(args)
	if fd, ok := sign.descriptor(args); ok {
		c.File = s.openFile(h.PID, fd)
	}
	c.Notices = notice(h.Holder, known)
	d.Call = c
}

// sinceBoot returns the time since the boot, suspends included, as the times in /proc/PID/stat count.
func sinceBoot() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return 0 // then every thread counts as a later one, and nothing is said
	}
	return time.Duration(ts.Nano())
}
