// SPDX-License-Identifier: GPL-2.0-only

// Package experiment applies patches to the kernel below real network servers, in the ways that people have, and keeps
// what the servers' clients saw. It needs root and changes the machine: in the lab's VM, or on a host that is there for
// it. Who runs many trials, keeps them and makes figures of them is internal/experiments.
package experiment

import (
	"fmt"
	"time"
)

// Strategies are the ways to apply a patch, and the two baselines.
const (
	Nothing   = "nothing"   // nobody touches the kernel
	Watch     = "watch"     // spotos watch, and nothing is applied
	SafePoint = "safepoint" // spotos apply --nudge none
	Auto      = "auto"      // spotos apply, as it is
	Signal    = "signal"    // spotos apply --nudge signal
	Freeze    = "freeze"    // spotos apply --nudge freeze
	Retry     = "retry"     // 5 blind attempts, a second apart, as Ksplice made them
	Livepatch = "livepatch" // kpatch load of a livepatch module with the same replacement
)

// Strategies lists all of them.
func Strategies() []string {
	return []string{Nothing, Watch, SafePoint, Auto, Signal, Freeze, Retry, Livepatch}
}

// A Trial is one server under load, and one way to apply one patch below it.
type Trial struct {
	Server   string `json:"server"`
	Patch    string `json:"patch"`
	Strategy string `json:"strategy"`
	Number   int    `json:"trial"` // from 1
}

func (t Trial) String() string {
	return fmt.Sprintf("%s, %s, %s, %d", t.Server, t.Patch, t.Strategy, t.Number)
}

// Outcomes of a trial.
const (
	Applied  = "applied"
	GivenUp  = "given up"
	Baseline = "baseline" // there was nothing to apply
)

// A Result is a finished trial. Times are in nanoseconds in JSON.
type Result struct {
	Trial
	Kernel   string        `json:"kernel"`
	Outcome  string        `json:"outcome"`
	Took     time.Duration `json:"took"`     // from the command's start until all calls run the new code, or it gave up
	Armed    time.Duration `json:"armed"`    // SPOTOS: from the command's start until it armed; watch: to the first sample
	Wait     time.Duration `json:"wait"`     // SPOTOS: from the arming to the switch
	Attempts int           `json:"attempts"` // SPOTOS: stops of all CPUs
	Window   time.Duration `json:"window"`   // SPOTOS: the longest of these
	Mixed    time.Duration `json:"mixed"`    // livepatch: how long some tasks ran the old code and others the new
	Nudges   int           `json:"nudges"`   // SPOTOS: how often holders were woken or frozen
	Holder   string        `json:"holder"`   // SPOTOS, given up: a holder's name
	AtZero   float64       `json:"at_zero"`  // watch: the share of the time in which nobody was inside
	Windows  float64       `json:"windows"`  // watch: how often in a second that began

	Before Seen          `json:"before"` // what clients saw before the command
	During Seen          `json:"during"` // from then until it was done or given up
	After  Seen          `json:"after"`
	Around time.Duration `json:"around"` // the longest request under way within BinLength of the end of During
	Faults Faults        `json:"faults"` // in all of the trial
	Bins   []Bin         `json:"bins"`
}
