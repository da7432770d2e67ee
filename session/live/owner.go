// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// proc is the directory that says which processes there are.
const proc = "/proc"

// owners names the running processes that have a socket for the patch: those that armed it, with who started each,
// where, and since when it is armed. In a PID namespace it names nobody: the same pids belong to others there.
func owners(module string) []string {
	if onlyPart() != nil {
		return nil
	}
	var names []string
	for _, path := range sockets(module) {
		pid := strings.TrimPrefix(strings.TrimSuffix(filepath.Base(path), ".sock"), module+".")
		who := whoIs(os.DirFS(proc), pid)
		if who == "" {
			continue // it is gone
		}
		if info, err := os.Stat(path); err == nil { // touched at each arming
			who += " since " + info.ModTime().Format(time.TimeOnly)
		}
		names = append(names, who)
	}
	return names
}

// armedBy says who arms with this process, for the journal.
func armedBy() string { return whoIs(os.DirFS(proc), strconv.Itoa(os.Getpid())) }

// whoIs returns a process by its name and pid, the user that it belongs to, as whom that user logged in where it is
// another, and its terminal: "spotos (pid 812) of root (anna) on pts/1". What cannot be read is left out; "" if there
// is no such process.
func whoIs(proc fs.FS, pid string) string {
	comm, err := fs.ReadFile(proc, pid+"/comm")
	if err != nil {
		return ""
	}
	who := fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(comm)), pid)
	uid := realUser(proc, pid)
	if uid != "" {
		who += " of " + userName(uid)
	}
	if login, err := fs.ReadFile(proc, pid+"/loginuid"); err == nil {
		if id := strings.TrimSpace(string(login)); id != uid && id != noLogin {
			who += " (" + userName(id) + ")"
		}
	}
	if t := terminalOf(proc, pid); t != "" {
		who += " on " + t
	}
	return who
}

// noLogin is what the kernel says of a process that nobody logged in for.
const noLogin = "4294967295"

// realUser returns the user ID of a process, "" if it cannot be read.
func realUser(proc fs.FS, pid string) string {
	status, _ := fs.ReadFile(proc, pid+"/status")
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "Uid:" {
			return f[1]
		}
	}
	return ""
}

// userName returns the name of a user; the ID where this machine has no name for it.
func userName(uid string) string {
	if name := knownUser(uid); name != "" {
		return name
	}
	return "user " + uid
}

// knownUser returns the name that this machine has for a user, "" for none. Root is root, also without a list of users.
func knownUser(uid string) string {
	if u, err := user.LookupId(uid); err == nil {
		return u.Username
	}
	if uid == "0" {
		return "root"
	}
	return ""
}

// Terminals by their major numbers, as Documentation/admin-guide/devices.txt has them.
const (
	majorTTY     = 4
	majorConsole = 5
	majorPTS     = 136 // the first of several
	lastPTS      = 143
	majorVirtio  = 229 // hvc, which hypervisors give
	serialFrom   = 64  // of majorTTY: those below are virtual consoles
)

// terminalOf returns the terminal that a process is attached to, "" if there is none.
func terminalOf(proc fs.FS, pid string) string {
	stat, err := fs.ReadFile(proc, pid+"/stat")
	if err != nil {
		return ""
	}
	f := statFields(string(stat)) // state, parent, group, session, terminal
	if len(f) < 5 {
		return ""
	}
	number, err := strconv.Atoi(f[4])
	if err != nil || number == 0 {
		return ""
	}
	major, minor := unix.Major(uint64(uint32(number))), unix.Minor(uint64(uint32(number)))
	switch {
	case major >= majorPTS && major <= lastPTS:
		return fmt.Sprintf("pts/%d", (major-majorPTS)<<8+minor)
	case major == majorTTY && minor < serialFrom:
		return fmt.Sprintf("tty%d", minor)
	case major == majorTTY:
		return fmt.Sprintf("ttyS%d", minor-serialFrom)
	case major == majorConsole:
		return "the console"
	case major == majorVirtio:
		return fmt.Sprintf("hvc%d", minor)
	}
	return fmt.Sprintf("terminal %d:%d", major, minor)
}
