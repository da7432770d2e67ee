// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"context"
	"time"
)

// PatchInfo describes a patch for the list of the console.
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
	Refusals   []string `json:"refusals,omitempty"` // why it cannot be applied here; empty if it can
}

// ArmOptions are the options of an arming.
type ArmOptions struct {
	Direction Direction
	Strategy  Strategy
	Timeout   time.Duration // 0: no deadline
	Nudge     string        // NudgeNone, NudgeAuto, NudgeSignal or NudgeFreeze; "": NudgeNone
	Patience  time.Duration // so long NudgeAuto wakes nobody, while the forecast promises a safe point by then
}

// Settled returns what an arming comes to, with Nudge "" where it nudges nobody: auto leaves blind attempts as Ksplice
// made them.
func (a ArmOptions) Settled() ArmOptions {
	if a.Nudge == NudgeNone || a.Nudge == NudgeAuto && a.Strategy == RetryStrategy {
		a.Nudge = ""
	}
	if a.Nudge != NudgeAuto {
		a.Patience = 0
	}
	return a
}

// Capabilities says what can be done on this machine, and why the rest cannot.
type Capabilities struct {
	Host, Kernel string
	CanWatch     bool
	CanSwitch    bool
	SetAside     string   // CPUs that are isolated or run without a tick, such as "nohz_full=1-7"; attempts stop these too
	Notes        []string // whole sentences: what cannot be done and what to do about it
}

// Console is what the screen reads and drives: the running kernel (package live) or a recording (package replay).
// Its methods may be called from any goroutine.
type Console interface {
	Capabilities() Capabilities
	// Patches lists the catalogue, each patch with the state that the module reports now.
	Patches(ctx context.Context) ([]PatchInfo, error)
	// Describe says what a patch of the list is. It reads its file, and loads nothing.
	Describe(ctx context.Context, patch string) (About, error)
	// Open starts to watch a patch. The error is a *Refusal where a person can remove the cause; when ctx ends it is that
	// of ctx, and nothing stays attached or loaded. A recording ends when ctx does. Open one operation at a time, and
	// Close it.
	Open(ctx context.Context, patch string, opts OpenOptions) (Operation, error)
}

// OpenOptions are the options of Console.Open. A recording has what was recorded, whatever they are.
type OpenOptions struct {
	ByProgram bool // count who calls the functions, too: Sampled.Programs. It makes each call dearer
	ArmAtOnce bool // it is opened to be armed at once: the module prepares for that meanwhile
	Describe  bool // each sample describes the longest inside, armed or not, and waits for that for a second at most
	// Report hears what the opening does, in a few words: a patch of many functions takes long. It is called from any
	// goroutine, until Open returns, and may be nil.
	Report func(step string)
}

// Step reports what is done.
func (o OpenOptions) Step(step string) {
	if o.Report != nil {
		o.Report(step)
	}
}

// Operation is one patch that is watched and can be switched. Its methods may be called from any goroutine. They return
// once the kernel has answered; what follows from the call arrives as events. Methods that change something return
// ErrRecording for a recording, and a *Refusal where a person can remove the cause.
type Operation interface {
	// Events returns the stream of events, which Close closes. A Failed precedes an early end of the samples.
	Events() <-chan Event
	// Arm asks the kernel to switch at the next safe point.
	Arm(ArmOptions) error
	// Retry arms a stuck operation again, with the options of its Arm.
	Retry() error
	// Nudge makes a holder leave; pid 0 means all holders. how is NudgeSignal or NudgeFreeze. A stuck operation is
	// armed again first, as Retry does.
	Nudge(how string, pid int) error
	// Plan returns what a nudge would do now, and does nothing.
	Plan(how string, pid int) (NudgePlan, error)
	// Inspect has the samples describe that holder too, from one of the next on, until it is called again; pid 0 means
	// none. It returns at once. A recording has what was recorded.
	Inspect(pid int)
	// Abort takes the arming back; where another process armed the patch, that process is asked to. Nothing has changed
	// by then.
	Abort() error
	// Close takes an arming back, detaches the probes and closes the stream. What is applied stays applied.
	Close() error
}

// The ways to nudge.
const (
	NudgeNone   = "none"
	NudgeAuto   = "auto"   // what an arming may do by itself: wait with patience, then as NudgeSignal, and spare some
	NudgeSignal = "signal" // wake the holders as a signal would; they wait outside for the switch
	NudgeFreeze = "freeze" // freeze their cgroups until the switch, or for 2 s at most
	NudgeThaw   = "thaw"   // let them go on: what follows a freeze, and no nudge of its own
)

// NudgePlan lists what a nudge would do now.
type NudgePlan struct {
	Groups  []FreezeGroup // that would be frozen, by path
	Notices []string      // holders whose programs would notice, each with what they would see
	LeftOut []string      // holders that the nudge would not reach, each with the reason
}

// PatchStatus is what the module reports of a loaded patch.
type PatchStatus struct {
	Name  string `json:"patch"`
	State State  `json:"state"`
	Stuck bool   `json:"stuck,omitempty"` // armed, past the deadline: the kernel does not try
	// Problem says why it is applied but not running, and what to do.
	Problem string `json:"problem,omitempty"`
	// Stays: it has been applied, and something may call its code ever after, so its module cannot be unloaded.
	Stays bool `json:"stays_loaded,omitempty"`
	// ArmedBy names the processes that armed it, each with its pid. It lacks a process that listens on no socket.
	ArmedBy []string `json:"armed_by,omitempty"`
}
