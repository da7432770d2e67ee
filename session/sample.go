// SPDX-License-Identifier: GPL-2.0-only

package session

import "time"

// Sampled is one look at the counts and the holders.
type Sampled struct {
	Head
	InFlight  int64            `json:"in_flight"` // of the whole patch
	State     State            `json:"state"`     // asked of the module at this sample
	Functions []FunctionSample `json:"functions"` // in the patch's order, always all
	Windows   ZeroWindows      `json:"zero_windows,omitzero"`
	Forecast  Forecast         `json:"forecast,omitzero"`
	Holders   []Holder         `json:"holders"` // longest first
	Total     int              `json:"holders_total"`
}

// FunctionSample is one function in a sample.
type FunctionSample struct {
	Name      string `json:"name"`
	Count     int64  `json:"count"`        // calls in flight, those of Before included
	Before    int64  `json:"before_watch"` // of these, begun before the watch and known from their stacks
	Peak      int64  `json:"peak"`         // highest Count seen
	Calls     uint64 `json:"calls"`        // entered since the watch began
	Missed    uint64 `json:"missed"`       // runs of a probe the kernel skipped
	Doubt     string `json:"doubt,omitempty"`
	ZeroShare int    `json:"zero_share"` // samples at zero, per cent
	// How long calls stay, of those that were timed and have ended since the watch began; 0 if none was.
	Timed      uint64        `json:"timed"`
	P50        time.Duration `json:"p50_ns,omitempty"`
	P99        time.Duration `json:"p99_ns,omitempty"`
	LongestNow time.Duration `json:"longest_now_ns,omitempty"` // how long a call in flight has been seen to stay
}

// ZeroWindows are times at which no call of the whole patch was in flight, of the last minutes.
type ZeroWindows struct {
	Watched time.Duration `json:"watched_ns"` // how long they were looked out for; the rest is of this time
	Count   uint64        `json:"count"`      // that began and ended
	Open    time.Duration `json:"open_ns,omitempty"`
	Share   float64       `json:"share"`              // of the time, 0 to 1
	Every   time.Duration `json:"every_ns,omitempty"` // on average, from one to the next; 0: not known
	P50     time.Duration `json:"p50_ns,omitempty"`   // half of them were no longer
	Longest time.Duration `json:"longest_ns,omitempty"`
}

// Forecast is what the zero windows seen say of the next safe point.
type Forecast struct {
	Unknown string        `json:"unknown,omitempty"`    // why there is none; the rest is 0 then
	Wait    time.Duration `json:"wait_ns"`              // expected, until an attempt switches
	Chance  int           `json:"chance"`               // of an attempt at the next zero window, per cent
	Latency time.Duration `json:"latency_ns,omitempty"` // from zero until all CPUs stand, which a window must outlast
	Assumed bool          `json:"latency_assumed,omitempty"`
}

// Holder is a task with a frame of a function of the patch on its stack.
type Holder struct {
	PID      int      `json:"pid"` // of the thread
	TGID     int      `json:"tgid"`
	Comm     string   `json:"comm"`
	State    string   `json:"state"` // R, S, D, …
	Function string   `json:"function"`
	Since    int64    `json:"since_ns,omitempty"` // how long it has been seen to hold without running, ns
	Before   bool     `json:"before_watch,omitempty"`
	Kthread  bool     `json:"kthread,omitempty"`
	Doubt    string   `json:"doubt,omitempty"` // why the stack may show more than there is
	Stack    []string `json:"stack"`           // innermost first, symbol+0xoffset
}
