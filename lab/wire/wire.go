// SPDX-License-Identifier: GPL-2.0-only

// Package wire defines how the lab's two sides, the runner on the host and the init in the guest, talk to each other.
//
// The job travels in the image, so the guest needs no line to the host to start. Everything else passes over virtio
// ports, one for each stream, so that a full one blocks no other.
package wire

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Names of the virtio ports. PortControl carries lines of JSON: Order to the guest, Report to the host.
const (
	PortControl = "spotos.control"
	PortStdin   = "spotos.stdin"
	PortStdout  = "spotos.stdout"
	PortStderr  = "spotos.stderr"
)

// Places in the guest.
const (
	JobFile    = "/etc/spotos-lab.json"
	ModulesDir = "/lib/spotos" // the project's modules
	ConsoleTTY = "/dev/ttyS1"
	InitEnv    = "SPOTOS_LAB" // set to 1 on the kernel's command line, which hands it to init
)

// A Job describes what the guest does.
type Job struct {
	Argv    []string // the command
	Dir     string   // its working directory
	Env     []string // added to its environment
	Drivers []string // files in the guest: modules that the lab itself needs, in the order to load them
	Load    []string // the project's modules to load, by name, where the image has them
	Shares  []Share
	Traffic []string // runs beside the command, ready before it starts; nil for none
	Console *Size    // run the command on ConsoleTTY with this size; nil runs it on the ports
}

// A Share is a host directory that the guest mounts, read-only unless it is writable; or a copy of one in the image.
type Share struct {
	Tag, Dir         string
	Writable, Copied bool
}

// Copy is where the image has the copy of a share.
func (s Share) Copy() string { return "/lib/lab/" + s.Tag }

// A Size is a terminal's, in characters.
type Size struct{ Rows, Cols uint16 }

// Events of a Report.
const (
	EventReady  = "ready"  // the command is about to start
	EventExit   = "exit"   // the command ended
	EventFailed = "failed" // the guest could not run it
)

// A Report goes from the guest to the host.
type Report struct {
	Event  string
	Code   int    // EventExit: the command's exit code, 128+n if signal n ended it
	Stdout int64  // EventExit: bytes written to PortStdout
	Stderr int64  // EventExit: bytes written to PortStderr
	Reason string // EventFailed: what went wrong
}

// An Order goes from the host to the guest.
type Order struct {
	Resize   *Size
	PowerOff bool // the host has read all output
}

const maxChunk = 64 << 10 // bytes

// SendChunks copies r to w in chunks, each after its length, and ends with an empty one: the end of file of a virtio
// port may arrive before the data.
func SendChunks(w io.Writer, r io.Reader) error {
	buf := make([]byte, 4+maxChunk)
	for {
		n, err := r.Read(buf[4:])
		if n > 0 {
			binary.LittleEndian.PutUint32(buf, uint32(n))
			if _, err := w.Write(buf[:4+n]); err != nil {
				return fmt.Errorf("sending input: %w", err)
			}
		}
		if err != nil {
			_, end := w.Write(make([]byte, 4))
			if err == io.EOF {
				err = nil
			}
			if err == nil {
				err = end
			}
			return err
		}
	}
}

// ReceiveChunks copies what SendChunks sent to w until the empty chunk. Once w fails it reads and drops the rest, so
// that the sender never hangs.
func ReceiveChunks(w io.Writer, r io.Reader) error {
	var head [4]byte
	for {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return fmt.Errorf("receiving input: %w", err)
		}
		n := int64(binary.LittleEndian.Uint32(head[:]))
		if n == 0 {
			return nil
		}
		if n > maxChunk {
			return fmt.Errorf("receiving input: a chunk of %d bytes, more than %d", n, maxChunk)
		}
		chunk := io.LimitReader(r, n)
		if _, err := io.Copy(w, chunk); err != nil {
			w = io.Discard
			if _, err := io.Copy(w, chunk); err != nil {
				return fmt.Errorf("receiving input: %w", err)
			}
		}
	}
}
