// SPDX-License-Identifier: GPL-2.0-only

package session

import "time"

// Sampled is one sample of the counts and the holders.
type Sampled struct {
	Head
	InFlight int64  `json:"in_flight"`          // of the whole patch
	State    State  `json:"state"`              // as the module reported it for this sample
	Stuck    bool   `json:"stuck,omitempty"`    // armed, past the deadline: the kernel does not try
	ArmedBy  string `json:"armed_by,omitempty"` // the other process that armed it; "": none, or this one
	// Preparing is what a switch that was asked for here waits for before the first attempt; "": nothing that is known
	Preparing string           `json:"preparing,omitempty"`
	Functions []FunctionSample `json:"functions"` // all of them, in the patch's order
	Windows   ZeroWindows      `json:"zero_windows,omitzero"`
	Forecast  Forecast         `json:"forecast,omitzero"`
	Holders   []Holder         `json:"holders"` // the longest inside first, at most HoldersListed unless all are asked for
	Total     int              `json:"holders_total"`
	Groups    []HolderGroup    `json:"groups,omitempty"`   // of all holders, at most GroupsListed; nil: Holders has all
	Details   []Details        `json:"details,omitempty"`  // of the longest inside while it is armed, and as inspected
	Programs  *Programs        `json:"programs,omitempty"` // who calls; nil where calls are not counted by program
	Replaced  *Replaced        `json:"replaced,omitempty"` // nil unless the patch is applied and somebody looked
}

// Replaced is what probes on the first instructions of a patch's replacements have seen. It shows that the new code
// runs; how often the functions are called FunctionSample.Calls says, whose probes are at the originals' entries.
type Replaced struct {
	Since   time.Time `json:"since"`             // when the probes were on, a moment after the switch
	Calls   uint64    `json:"calls"`             // that entered a replacement since; of each it counts a limited number
	Limited bool      `json:"limited,omitempty"` // for one of them the limit is reached, and its probe is off
	Unknown string    `json:"unknown,omitempty"` // why nothing can be seen; Calls says nothing then
}

// FunctionSample is one function in a sample.
type FunctionSample struct {
	Name      string `json:"name"`
	Count     int64  `json:"count"`           // calls in flight, including Before
	Before    int64  `json:"before_watch"`    // of these, calls that began before the watch, known from stacks
	Peak      int64  `json:"peak"`            // the highest Count of all samples
	Calls     uint64 `json:"calls"`           // calls that began since the watch began
	Missed    uint64 `json:"missed"`          // runs of its probes that the count lacks
	Doubt     string `json:"doubt,omitempty"` // why Count may be wrong
	ZeroShare int    `json:"zero_share"`      // per cent of the samples with a Count of zero
	// Residence times of the calls that were timed and have ended since the watch began; 0 if there are none.
	Timed      uint64        `json:"timed"`
	P50        time.Duration `json:"p50_ns,omitempty"`
	P99        time.Duration `json:"p99_ns,omitempty"`
	LongestNow time.Duration `json:"longest_now_ns,omitempty"` // of the calls in flight, as far as they were seen
}

// ZeroWindows describes the zero windows of the last minutes: times at which no call of the whole patch was in flight.
type ZeroWindows struct {
	Watched time.Duration `json:"watched_ns"`         // the time that the other fields are about
	Count   uint64        `json:"count"`              // windows that began and ended
	New     uint64        `json:"new,omitempty"`      // windows that ended since the sample before, by nudges too
	Open    time.Duration `json:"open_ns,omitempty"`  // how long the present window has lasted; 0 outside
	Share   float64       `json:"share"`              // of the time, 0 to 1
	Every   time.Duration `json:"every_ns,omitempty"` // on average from one to the next; 0: unknown
	P50     time.Duration `json:"p50_ns,omitempty"`   // half of them were no longer than this
	Longest time.Duration `json:"longest_ns,omitempty"`
}

// Forecast estimates the next safe point from the zero windows seen so far.
type Forecast struct {
	Unknown string        `json:"unknown,omitempty"`         // why there is no forecast; the next five are 0 then
	Wait    time.Duration `json:"wait_ns"`                   // expected time until an attempt switches
	Chance  int           `json:"chance"`                    // of an attempt at the next zero window, per cent
	Latency time.Duration `json:"latency_ns,omitempty"`      // from zero until all CPUs stand; windows must last longer
	Assumed bool          `json:"latency_assumed,omitempty"` // no attempt has measured Latency
	Held    string        `json:"held,omitempty"`            // who has to leave before one comes; the others are 0 then
	// Callers is how many threads come and go, and Together how much time passes from one moment when all of them are
	// outside to the next, if they do not depend on each other: where no zero window was seen. 0: not known
	Callers  int           `json:"callers,omitempty"`
	Together time.Duration `json:"together_ns,omitempty"`
}

// Holder is a task with a frame of a function of the patch on its stack.
type Holder struct {
	PID      int      `json:"pid"` // id of the thread
	TGID     int      `json:"tgid"`
	Comm     string   `json:"comm"`
	State    string   `json:"state"` // R, S, D, …
	Function string   `json:"function"`
	Since    int64    `json:"since_ns,omitempty"`     // ns it has been seen inside without running in between
	Before   bool     `json:"before_watch,omitempty"` // its call began before the watch
	Kthread  bool     `json:"kthread,omitempty"`
	Deaf     bool     `json:"deaf,omitempty"`  // it was woken several times, and did not leave
	Doubt    string   `json:"doubt,omitempty"` // why the stack may show frames that are not there
	Stack    []string `json:"stack"`           // innermost first, symbol+0xoffset
}
