// SPDX-License-Identifier: GPL-2.0-only

// Package session defines the words that the parts of SPOTOS share: the typed events that an operation on a patch
// emits, what a console and an operation can do, and what the events mean. The console, --json, the journal and replay
// read this one stream of events, and know no more than it says. The package needs only the standard library. Package
// live emits the events of the running kernel, package replay those of a recording.
package session

import "time"

// Kind names an event in JSON.
type Kind string

// The kinds of event.
const (
	KindStarted   Kind = "started"    // Started
	KindSampled   Kind = "sampled"    // Sampled
	KindArmed     Kind = "armed"      // Armed
	KindSafePoint Kind = "safe_point" // SafePoint
	KindAttempt   Kind = "attempt"    // Attempted
	KindApplied   Kind = "applied"    // Switched
	KindReverted  Kind = "reverted"   // Switched
	KindStuck     Kind = "stuck"      // Stuck
	KindAborted   Kind = "aborted"    // Aborted
	KindNudged    Kind = "nudged"     // Nudged
	KindNoted     Kind = "noted"      // Noted
	KindFailed    Kind = "failed"     // Failed
	KindResult    Kind = "result"     // Result
)

// Event is one of the types below. Events are values; nobody changes one that was emitted.
type Event interface{ Header() Head }

// Head is the first part of every event.
type Head struct {
	Kind  Kind      `json:"event"`
	Time  time.Time `json:"time"`
	Patch string    `json:"patch,omitempty"`
}

// Header returns h itself.
func (h Head) Header() Head { return h }

// State is the state of a patch, in the words of the screen.
type State string

// The states of a patch.
const (
	StateNotLoaded State = "not loaded"
	StateLoaded    State = "loaded" // its module is in the kernel; the original functions run
	StateArmed     State = "armed"  // to apply
	StateApplied   State = "applied"
	StateReverting State = "reverting" // armed to revert
	// It was applied, and it is not proved that the kernel still runs the replacements; it cannot be reverted then.
	StateNotRunning  State = "APPLIED BUT NOT RUNNING"
	StateUnavailable State = "unavailable"
	StateUnknown     State = "unknown" // the module could not be asked
	StateWatched     State = "watched" // functions that are no patch: nothing in them can be switched
)

// Armed reports whether the kernel switches by itself, at the next safe point, in this state.
func (s State) Armed() bool { return s == StateArmed || s == StateReverting }

// Replaced reports whether the replacements run in this state.
func (s State) Replaced() bool { return s == StateApplied || s == StateReverting }

// Applied reports whether the patch has switched and was not reverted, also where its replacements do not run.
func (s State) Applied() bool { return s == StateApplied || s == StateNotRunning }

// Direction is the direction of a switch.
type Direction string

// The two directions.
const (
	Apply  Direction = "apply"
	Revert Direction = "revert"
)

// Strategy is the way to find a safe point.
type Strategy string

// The two strategies.
const (
	SafePointStrategy Strategy = "safepoint" // attempt when all counts are zero
	RetryStrategy     Strategy = "retry"     // 5 blind attempts, 1 s apart, as Ksplice made them
)

// Started is the first event: it names what is watched, and the state of the patch at this moment.
type Started struct {
	Head
	Host      string   `json:"host"`
	Kernel    string   `json:"kernel"`
	State     State    `json:"state"`
	Functions []string `json:"functions"`
	Note      string   `json:"note,omitempty"`  // what the last console left behind, and what cannot be done here
	About     *About   `json:"about,omitempty"` // what the patch is; nil in older recordings. A journal has no diff
}

// Armed says that the kernel was asked to switch.
type Armed struct {
	Head
	Direction Direction     `json:"direction"`
	Strategy  Strategy      `json:"strategy"`
	Timeout   time.Duration `json:"timeout_ns"` // 0: no deadline
	Retry     bool          `json:"retry,omitempty"`
	Nudge     string        `json:"nudge,omitempty"`       // NudgeAuto, NudgeSignal or NudgeFreeze; "": none
	Patience  time.Duration `json:"patience_ns,omitempty"` // see ArmOptions
	By        string        `json:"by,omitempty"`          // the process, its user and terminal; "" in older recordings
}

// SafePoint says that all counts were seen at zero. An attempt follows it.
type SafePoint struct {
	Head
	Count int `json:"safe_points"`
}

// Attempted reports one attempt: a stop_machine with an activeness check inside.
type Attempted struct {
	Head
	Number    int           `json:"number"`
	Cause     string        `json:"cause"` // trigger, check, retry, deadline, wake
	Switched  bool          `json:"switched"`
	Stopped   time.Time     `json:"stopped,omitzero"` // when all CPUs stood still; zero in older recordings
	Window    time.Duration `json:"window_ns"`
	Trigger   time.Duration `json:"trigger_ns,omitempty"`
	Stop      time.Duration `json:"stop_ns,omitempty"` // until all CPUs stood still
	Walked    int           `json:"walked"`
	FullWalk  bool          `json:"full_walk"`
	Total     int           `json:"holders_total"`
	Holders   []Holder      `json:"holders,omitempty"` // the longest inside first, at most HoldersListed
	LostSoFar int           `json:"lost,omitempty"`
}

// Switched says that all functions switched: KindApplied or KindReverted.
type Switched struct {
	Head
	Attempts int           `json:"attempts"`
	Wait     time.Duration `json:"wait_ns"`
	Trigger  time.Duration `json:"trigger_ns,omitempty"`
	Window   time.Duration `json:"window_ns"`
}

// Stuck says that the deadline passed and the patch has not switched. Nothing changed.
type Stuck struct {
	Head
	Direction Direction `json:"direction"`
	Reason    string    `json:"reason"`
	Holders   []Holder  `json:"holders"` // the longest inside first, at most HoldersListed
	Total     int       `json:"holders_total"`
	Details   []Details `json:"details,omitempty"` // of the longest inside, where it is known
}

// Aborted says that the arming was taken back. Nothing changed.
type Aborted struct {
	Head
	Reason string `json:"reason"`
}

// Nudged says how holders were made to leave, and which were left out.
type Nudged struct {
	Head
	How     string        `json:"how"` // signal, freeze, thaw
	PIDs    []int         `json:"pids"`
	Notices []string      `json:"notices,omitempty"` // of these, whose programs notice, and what they see
	LeftOut []string      `json:"left_out,omitempty"`
	Groups  []FreezeGroup `json:"groups,omitempty"` // what stands still, or goes on
}

// Noted says what a person should know and what changes nothing about the operation.
type Noted struct {
	Head
	Text string `json:"text"`
	Lost int    `json:"lost,omitempty"` // events that the journal lacks
}

// Failed says that something was refused or went wrong. Nothing changed.
type Failed struct {
	Head
	Reason  string `json:"reason"`
	Refused bool   `json:"refused"` // a person can remove the cause; else it is an error
}

// Outcome is how a command ended, be it an operation or a command that only reads.
type Outcome string

// The outcomes, each with its exit code.
const (
	OutcomeApplied  Outcome = "applied"
	OutcomeReverted Outcome = "reverted"
	OutcomeStuck    Outcome = "stuck"
	OutcomeAborted  Outcome = "aborted"
	OutcomeRefused  Outcome = "refused"
	OutcomeFailed   Outcome = "failed"
	// OutcomeDone is the outcome of a command that had nothing to switch, and of an abort where nothing is armed.
	OutcomeDone Outcome = "done"
	// OutcomeInterrupted is the outcome of a command that SIGINT, SIGTERM or SIGHUP ended. Where the signal took an
	// arming back, the outcome is OutcomeAborted, and the exit code still that of OutcomeInterrupted.
	OutcomeInterrupted Outcome = "interrupted"
)

// ExitCode returns the exit code of a command with this outcome.
func (o Outcome) ExitCode() int {
	switch o {
	case OutcomeApplied, OutcomeReverted, OutcomeDone:
		return 0
	case OutcomeStuck:
		return 3
	case OutcomeAborted:
		return 4
	case OutcomeRefused:
		return 5
	case OutcomeInterrupted:
		return 130
	}
	return 1
}

// Result is the last line that --json prints. Patch is empty if the command was about no particular patch.
type Result struct {
	Head
	Outcome    Outcome       `json:"outcome"`
	Strategy   Strategy      `json:"strategy,omitempty"`
	Attempts   int           `json:"attempts"`
	SafePoints int           `json:"safe_points"`
	Wait       time.Duration `json:"wait_ns"`
	Trigger    time.Duration `json:"trigger_ns"`
	Window     time.Duration `json:"window_ns"`
	Holders    []Holder      `json:"holders"` // the longest inside first, at most HoldersListed
	Total      int           `json:"holders_total,omitempty"`
	Details    []Details     `json:"details,omitempty"` // of the longest inside, where it is known
	Reason     string        `json:"reason"`
}
