// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"bufio"
	"encoding/hex"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"spotos/session"
)

// netFiles are where the kernel lists sockets, below a task's net directory, which is that of its network namespace.
var netFiles = []struct {
	name  string
	parse func(fields []string, inode string) (session.OpenFile, bool)
}{
	{"tcp", inetOf(session.FileTCP)}, {"tcp6", inetOf(session.FileTCP)},
	{"udp", inetOf(session.FileUDP)}, {"udp6", inetOf(session.FileUDP)},
	{"unix", unixSocket},
}

// socket finds a socket by its inode among those that the kernel lists in a directory.
func socket(dir, inode string) session.OpenFile {
	for _, list := range netFiles {
		f, err := os.Open(dir + list.name)
		if err != nil {
			continue
		}
		found, ok := session.OpenFile{}, false
		for lines := bufio.NewScanner(f); !ok && lines.Scan(); {
			if strings.Contains(lines.Text(), inode) { // most lines need not be taken apart
				found, ok = list.parse(strings.Fields(lines.Text()), inode)
			}
		}
		f.Close()
		if ok {
			return found
		}
	}
	return session.OpenFile{Type: session.FileSocket}
}

// tcpStates are the names of the states of a connection, as RFC 9293 has them, by the kernel's numbers from 1 on. An
// established one and a listening socket need none.
var tcpStates = []string{"", "", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED",
	"CLOSE-WAIT", "LAST-ACK", "", "CLOSING"}

const tcpListen = 10

// inetOf returns what reads a line of one of the lists of the internet protocols.
func inetOf(kind session.FileType) func([]string, string) (session.OpenFile, bool) {
	return func(fields []string, inode string) (session.OpenFile, bool) {
		if len(fields) < 10 || fields[9] != inode {
			return session.OpenFile{}, false
		}
		f := session.OpenFile{Type: kind, Local: address(fields[1]), Remote: address(fields[2])}
		if there, err := netip.ParseAddrPort(f.Remote); err == nil && there.Port() == 0 {
			f.Remote = ""
		}
		state, _ := strconv.ParseUint(fields[3], 16, 8)
		if kind == session.FileTCP && int(state) < len(tcpStates) {
			f.Listen, f.State = state == tcpListen, tcpStates[state]
		}
		return f, true
	}
}

// address reads an address and port as these lists write them: hexadecimal, each 32 bits of the address in the byte
// order of the machine. It returns "" if it is none.
func address(text string) string {
	host, port, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(host)
	number, errPort := strconv.ParseUint(port, 16, 16)
	if err != nil || errPort != nil || len(raw)%4 != 0 {
		return ""
	}
	for i := 0; i < len(raw); i += 4 {
		slices.Reverse(raw[i : i+4])
	}
	ip, ok := netip.AddrFromSlice(raw)
	if !ok {
		return ""
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(number)).String()
}

// unixSocket reads a line of the list of unix sockets, which does not say who the other end is.
func unixSocket(fields []string, inode string) (session.OpenFile, bool) {
	const accepts = 0x10000 // a flag of a socket that listens
	if len(fields) < 7 || fields[6] != inode {
		return session.OpenFile{}, false
	}
	flags, _ := strconv.ParseUint(fields[3], 16, 32)
	f := session.OpenFile{Type: session.FileUnix, Listen: flags&accepts != 0}
	if len(fields) > 7 {
		f.Local = strings.Join(fields[7:], " ")
	}
	return f, true
}

// openFile says what a descriptor of a thread stands for; nil if that cannot be read.
func (s system) openFile(tid, fd int) *session.OpenFile {
	dir := s.proc + "/" + strconv.Itoa(tid) + "/"
	name, err := os.Readlink(dir + "fd/" + strconv.Itoa(fd))
	if err != nil {
		return nil
	}
	f := session.OpenFile{Type: session.FileOther, Name: strings.TrimPrefix(name, "anon_inode:")}
	f.Name = strings.Trim(f.Name, "[]")
	switch inode, ok := strings.CutPrefix(name, "socket:["); {
	case ok:
		f = socket(dir+"net/", strings.TrimSuffix(inode, "]"))
	case strings.HasPrefix(name, "pipe:["):
		f = session.OpenFile{Type: session.FilePipe}
	case strings.HasPrefix(name, "/"):
		f = session.OpenFile{Type: session.FilePath, Name: name}
	}
	f.FD = fd
	return &f
}
