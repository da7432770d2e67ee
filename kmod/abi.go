// SPDX-License-Identifier: GPL-2.0-only

// Package kmod is the client of spotos.ko, the kernel module that arms, checks and switches. The module
// holds the truth: callers ask it what is loaded, armed or applied, and remember nothing. Its sources are
// in src/.
package kmod

// ABI is the version of src/include/spotos.h that this package mirrors; abi_test.go compares the two.
const ABI = 7

// Limits of the user API.
const (
	MaxFuncs   = 256
	MaxHolders = 256
	stackDepth = 24
	// NoFunc in Holder.Func means text of the patch outside its replacements.
	NoFunc = ^uint32(0)
	byName = ^uint32(0)
)

// State is the state of a patch.
type State uint32

// The states, as in enum spotos_state.
const (
	Loaded State = iota
	ArmedApply
	Applied
	ArmedRevert
)

// Direction of a switch.
type Direction uint32

// The directions, as in enum spotos_direction.
const (
	Apply Direction = iota
	Revert
)

// Strategy is how the module looks for a safe point.
type Strategy uint32

// The strategies, as in enum spotos_strategy.
const (
	SafePoint Strategy = iota
	Retry
)

// EventType says what an Event is.
type EventType uint32

// The events, as in enum spotos_event_type.
const (
	EventArmed EventType = iota + 1
	EventAttempt
	EventSwitched
	EventStuck
	EventDisarmed
)

// Cause is what caused an attempt.
type Cause uint32

// The causes, as in enum spotos_cause.
const (
	ByTrigger Cause = iota + 1
	ByCheck
	ByRetry
	ByDeadline
	ByWake
)

// String returns the cause in a word.
func (c Cause) String() string {
	if names := []string{"", "trigger", "check", "retry", "deadline", "wake"}; int(c) < len(names) {
		return names[c]
	}
	return "unknown"
}

// InfoTestBuild in Info.Flags means that the module has parameters that only tests may use.
const InfoTestBuild = 1

// Info is struct spotos_info.
type Info struct{ ABI, Flags, Patches, Armed uint32 }

// HolderFlag says how a holder was found and what it is.
type HolderFlag uint32

// The flags, as in struct spotos_holder.
const (
	HolderIdle HolderFlag = 1 << iota
	HolderUnreliable
	HolderRestart
	HolderKthread
)

// The flags in patchStatus.Flags: SPOTOS_PATCH_STUCK, SPOTOS_PATCH_NOT_RUNNING and SPOTOS_PATCH_STAYS_ON.
const (
	patchStuck = 1 << iota
	patchNotRunning
	patchStays
)

type patchStatus struct {
	Index, State, NFuncs, Flags uint32
	AppliedNS                   uint64
	Name                        [56]byte
	Reason                      [256]byte
}

type funcStatus struct {
	Patch                      [56]byte
	Index, ReplacementSize     uint32
	Address, Size, Replacement uint64
	Name                       [128]byte
	Object                     [56]byte
}

// judgeCopies is SPOTOS_JUDGE_COPIES in judgeRequest.Flags.
const judgeCopies = 1

type judgeRequest struct {
	Name            [128]byte
	Object, Patch   [56]byte
	Flags, Position uint32
	Address, Size   uint64
	Reason          [256]byte
}

type armRequest struct {
	Patch               [56]byte
	Direction, Strategy uint32
	TimeoutNS           uint64
	Attempts, Reserved  uint32
	IntervalNS          uint64
	TriggerFD, SharedFD int32
	Reason              [256]byte
}

// Shared is struct spotos_shared: the value of the BPF array that probes and module share.
type Shared struct {
	Gate, Measuring, Generation, Bell uint32
	ZeroNS                            uint64
	InFlight                          [MaxFuncs]int64
}

// Event is struct spotos_event. Times are nanoseconds; TimeNS is of CLOCK_MONOTONIC.
type Event struct {
	Type                             EventType
	Cause                            Cause
	Direction                        Direction // of the operation, as armed
	Strategy                         Strategy
	TimeNS, WaitNS, TriggerNS        uint64
	WindowNS, StopNS                 uint64
	Attempts, SafePoints, Holders    uint32
	Walked, FullWalk, LostBeforeThis uint32
}

// Holder is struct spotos_holder.
type Holder struct {
	PID, TGID    int32
	Func         uint32
	Flags        HolderFlag
	State, Depth uint32
	CommBytes    [16]byte
	StackArray   [stackDepth]uint64
}

// Comm returns the task's name.
func (h *Holder) Comm() string { return cString(h.CommBytes[:]) }

// Stack returns the return addresses, innermost first.
func (h *Holder) Stack() []uint64 { return h.StackArray[:min(h.Depth, stackDepth)] }

type nudge struct{ PID, Error int32 }

const (
	maxNudges  = 65536
	holdMS     = 500
	holdMoreUS = 500
)

type nudgesRequest struct {
	Nudges          uint64
	Count, Reserved uint32
}

type holdersRequest struct {
	Buffer                           uint64
	Capacity, Count, Total, Reserved uint32
}
