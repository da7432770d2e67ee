// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"fmt"
	"strings"
	"time"
)

// Details is what the system says of one holder beyond its stack: who it is, and which system call it waits in. Package
// live reads it of the one that has been inside the longest, and of one that was asked for.
type Details struct {
	PID     int     `json:"pid"`               // id of the thread
	Unknown string  `json:"unknown,omitempty"` // why nothing is known of it; the rest is empty then
	Exe     string  `json:"exe,omitempty"`     // path of the executable
	Command string  `json:"command,omitempty"` // command line, not more than its beginning
	UID     *uint32 `json:"uid,omitempty"`     // the real one; nil: not known
	User    string  `json:"user,omitempty"`    // the name of that user on this host; "": not known, or in a container
	Cgroup  string  `json:"cgroup,omitempty"`
	Unit    string  `json:"unit,omitempty"`      // of systemd
	Engine  string  `json:"engine,omitempty"`    // what runs the container that it is in: docker, lxc, …
	Box     string  `json:"container,omitempty"` // id or name of that container
	// Call is the system call that it is in, and NoCall why that is not known, or that it is in none.
	Call   *SystemCall `json:"call,omitempty"`
	NoCall string      `json:"no_call,omitempty"`
	Spared string      `json:"spared,omitempty"` // why a nudge leaves it alone
}

// SystemCall is the system call that a holder is in.
type SystemCall struct {
	Name  string        `json:"name"`
	Args  []string      `json:"args"`               // as far as they are known without its memory
	File  *OpenFile     `json:"file,omitempty"`     // that its first argument stands for; nil: none, or not known
	Limit time.Duration `json:"limit_ns,omitempty"` // how long it waits at most, as its arguments say; 0: not known
	// Notices is what its program would notice if it was woken; "": nothing, the kernel restarts the call.
	Notices string `json:"notices,omitempty"`
}

// FileType says what an open file is.
type FileType string

// The types of open file.
const (
	FilePath   FileType = "file" // Name is its path
	FilePipe   FileType = "pipe"
	FileTCP    FileType = "TCP"
	FileUDP    FileType = "UDP"
	FileUnix   FileType = "unix socket"
	FileSocket FileType = "socket" // of another family, or one that the kernel does not list
	FileOther  FileType = "other"  // Name says what: eventfd, inotify, …
)

// OpenFile is what a descriptor of a holder stands for.
type OpenFile struct {
	FD     int      `json:"fd"`
	Type   FileType `json:"type"`
	Name   string   `json:"name,omitempty"`   // path, or what the kernel calls it
	Local  string   `json:"local,omitempty"`  // this end of a socket; "": it has no address
	Remote string   `json:"remote,omitempty"` // the other end; "": none, or not known
	Listen bool     `json:"listen,omitempty"` // it takes connections
	State  string   `json:"state,omitempty"`  // of a TCP connection that is not established
}

// String names an open file with both ends of it.
func (f OpenFile) String() string {
	text := string(f.Type)
	switch f.Type {
	case FilePath, FileOther:
		return f.Name
	case FilePipe, FileSocket:
		return "a " + text
	}
	switch {
	case f.Listen:
		return text + " that listens on " + orUnnamed(f.Local)
	case f.Type == FileUnix:
		return text + " " + orUnnamed(f.Local)
	case f.Remote == "":
		return text + " " + orUnnamed(f.Local) + ", not connected"
	}
	text += " " + f.Local + " to " + f.Remote
	if f.State != "" {
		text += " (" + f.State + ")"
	}
	return text
}

func orUnnamed(address string) string {
	if address == "" {
		return "without a name"
	}
	return address
}

// String writes a system call as strace would.
func (c SystemCall) String() string { return fmt.Sprintf("%s(%s)", c.Name, strings.Join(c.Args, ", ")) }

func plainDetails(list []Details) []Details {
	if list == nil {
		return nil
	}
	out := make([]Details, len(list))
	for i, d := range list {
		d.Unknown, d.Exe, d.Command, d.User = Plain(d.Unknown), Plain(d.Exe), Plain(d.Command), Plain(d.User)
		d.Cgroup, d.Unit, d.Engine, d.Box = Plain(d.Cgroup), Plain(d.Unit), Plain(d.Engine), Plain(d.Box)
		d.NoCall, d.Spared = Plain(d.NoCall), Plain(d.Spared)
		if d.Call != nil {
			call := *d.Call
			call.Name, call.Args, call.Notices = Plain(call.Name), plainList(call.Args), Plain(call.Notices)
			if call.File != nil {
				f := *call.File
				f.Type, f.Name, f.State = plainWord(f.Type), Plain(f.Name), Plain(f.State)
				f.Local, f.Remote = Plain(f.Local), Plain(f.Remote)
				call.File = &f
			}
			d.Call = &call
		}
		out[i] = d
	}
	return out
}

func detailsWithoutNil(list []Details) []Details {
	out := make([]Details, len(list))
	for i, d := range list {
		if d.Call != nil {
			call := *d.Call
			call.Args = orEmpty(call.Args)
			d.Call = &call
		}
		out[i] = d
	}
	return out
}
