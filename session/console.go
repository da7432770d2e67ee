// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"context"
	"time"
)

// PatchInfo is a patch as the console lists it.
type PatchInfo struct {
	Name       string   `json:"patch"`
	Title      string   `json:"title"`
	Severity   string   `json:"severity"`
	References []string `json:"references,omitempty"`
	Look       string   `json:"look,omitempty"` // a command that shows what the patch changes
	File       string   `json:"file,omitempty"`
	Livepatch  bool     `json:"livepatch,omitempty"`
	Functions  []string `json:"functions"`
	State      State    `json:"state"`
	Refusals   []string `json:"refusals,omitempty"` // why it cannot be applied here; empty: it can
}

// ArmOptions says how to arm.
type ArmOptions struct {
	Direction Direction
	Strategy  Strategy
	Timeout   time.Duration // 0: for ever
	Nudge     string        // none, signal or freeze
}

// Capabilities says what can be done on this machine, and if not, why not.
type Capabilities struct {
	Host, Kernel string
	CanWatch     bool
	CanSwitch    bool
	Notes        []string // whole sentences: what cannot be done and what to do about it
}

// Console is what the console reads and drives: the real machine, or a recording.
type Console interface {
	Capabilities() Capabilities
	// Patches lists the catalogue with the state the module reports now.
	Patches(ctx context.Context) ([]PatchInfo, error)
	// Open starts watching a patch. Only one operation is open at a time.
	Open(ctx context.Context, patch string) (Operation, error)
}

// Operation is one patch in hand. Its methods may be called from any goroutine, and return once the kernel
// has answered; what follows comes as events.
type Operation interface {
	// Events is closed after Close, or when the operation cannot go on (a Failed is sent first).
	Events() <-chan Event
	Arm(ArmOptions) error
	// Retry arms a stuck operation again with the options it had.
	Retry() error
	// Nudge makes the holders leave; pid 0 means all of them. A stuck operation is armed again first, as by Retry.
	Nudge(how string, pid int) error
	// FreezePlan says what Nudge by freezing would reach now.
	FreezePlan(pid int) (FreezePlan, error)
	// Abort takes the arming back.
	Abort() error
	// Close aborts what is armed, detaches the probes and ends the stream.
	Close() error
}

// Ways to nudge.
const (
	NudgeNone   = "none"
	NudgeSignal = "signal" // wake the holders as if by a signal, and let them wait outside for the switch
	NudgeFreeze = "freeze" // freeze their cgroups until the switch, or for 2 s at most
)

// FreezePlan is what a nudge by freezing would do now.
type FreezePlan struct {
	Groups  []FreezeGroup // by path
	LeftOut []string      // holders that it would not reach, each with the reason
}

// FreezeGroup is a cgroup that would be frozen, and with it all that is in it.
type FreezeGroup struct {
	Path    string
	Holders []int    // threads inside the patch
	Others  []string // the processes that are not, each with its pid
}

// PatchStatus is what the module says of a loaded patch.
type PatchStatus struct {
	Name  string `json:"patch"`
	State State  `json:"state"`
	// ArmedBy names the processes whose consoles armed it, each with its pid. One that cannot be asked is not known.
	ArmedBy []string `json:"armed_by,omitempty"`
}
