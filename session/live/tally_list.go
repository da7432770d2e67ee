// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"spotos/session"
)

// list returns the rows as an event has them: the most calls first. clock is CLOCK_MONOTONIC at the time now.
func (t *tally) list(now time.Time, clock time.Duration) *session.Programs {
	out := &session.Programs{Total: len(t.rows)}
	for i, key := range slices.SortedFunc(maps.Keys(t.rows), t.compare) {
		r := t.rows[key]
		if r.id == 0 {
			t.lastID++
			r.id = t.lastID
		}
		if i < session.ProgramsListed {
			out.List = append(out.List, t.program(key, r, now, now.Add(r.last-clock)))
		}
		r.before = sum(r.calls)
	}
	return out
}

// compare puts the rows with the most calls first.
func (t *tally) compare(a, b callerKey) int {
	x, y := t.rows[a], t.rows[b]
	return cmp.Or(cmp.Compare(sum(y.calls), sum(x.calls)), cmp.Compare(sum(y.inside), sum(x.inside)),
		cmp.Compare(a.comm, b.comm), cmp.Compare(x.id, y.id))
}

// program returns a row as an event has it.
func (t *tally) program(key callerKey, r *caller, now, last time.Time) session.ProgramCalls {
	c := session.ProgramCalls{ID: r.id, Kind: key.kind, Calls: sum(r.calls), InFlight: sum(r.inside)}
	if key.kind == session.CallerProgram || key.kind == session.CallerKthread {
		t.describe(&c, key, r)
	}
	if r.last > 0 {
		c.Last = last
	}
	if elapsed := now.Sub(t.now).Seconds(); !t.now.IsZero() && elapsed > 0 {
		c.Rate = float64(c.Calls-r.before) / elapsed
	}
	for i, name := range t.names {
		if r.calls[i] > 0 || r.inside[i] > 0 {
			c.Functions = append(c.Functions, session.FunctionCalls{Name: name, Calls: r.calls[i], InFlight: r.inside[i]})
		}
	}
	return c
}

// describe says which program the calls of a row are by.
func (t *tally) describe(c *session.ProgramCalls, key callerKey, r *caller) {
	uid := key.uid
	c.Comm, c.Exe, c.UID, c.Cgroup, c.PID = key.comm, r.exe, &uid, t.groupPath(key.cgroup), r.pid
	c.Own = r.exe != "" && r.exe == t.own
	c.Processes = max(r.processes, len(r.holders))
	c.Ended = r.processes > 0 && r.ended == r.processes && len(r.holders) == 0
}

// exe returns the path of the executable that a process runs, "" if that is not known: it has ended, or runs another
// program by now. The path that another process with that key had is its path too.
func (t *tally) exe(key callerKey, pid int) string {
	if path, ok := t.paths[key]; ok {
		return path
	}
	link := filepath.Join(t.at.proc, strconv.Itoa(pid), "exe")
	path, err := os.Readlink(link)
	if err != nil {
		return ""
	}
	// On some filesystems the number that is shown is not that of the kernel's inode.
	if inode(link) != key.file && t.at.comm(pid) != key.comm {
		return ""
	}
	t.paths[key] = path
	return path
}

// groupPath returns the path of a cgroup, "" if it is not known. It looks once: one that has gone was somewhere.
func (t *tally) groupPath(id uint64) string {
	path, ok := t.groups[id]
	if !ok {
		path = t.group(id)
		t.groups[id] = path
	}
	return path
}

// inode returns the inode of a file, 0 if it cannot be read.
func inode(path string) uint64 {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return 0
	}
	return st.Ino
}

// lives reports whether a process is there.
func (s system) lives(pid int) bool {
	_, err := os.Lstat(filepath.Join(s.proc, strconv.Itoa(pid)))
	return err == nil
}

// comm returns the name of a process, "" if it has gone.
func (s system) comm(pid int) string {
	text, _ := s.read(pid, "comm")
	return strings.TrimSuffix(text, "\n")
}

// fileidKernfs is FILEID_KERNFS of the kernel: a handle that holds a cgroup's id alone.
const fileidKernfs = 0xfe

// groupOf returns the path of the cgroup with an id, "" if it is not known: it has gone, or cgroup2 is not mounted.
func (s system) groupOf(id uint64) string {
	root, err := unix.Open(s.cgroups, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(root)
	handle := unix.NewFileHandle(fileidKernfs, binary.NativeEndian.AppendUint64(nil, id))
	fd, err := unix.OpenByHandleAt(root, handle, unix.O_PATH|unix.O_CLOEXEC)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	path, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
	if err != nil {
		return ""
	}
	group, ok := strings.CutPrefix(path, s.cgroups)
	if !ok {
		return ""
	}
	return "/" + strings.TrimPrefix(group, "/")
}
