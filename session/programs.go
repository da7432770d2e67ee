// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"cmp"
	"slices"
	"time"
)

// ProgramsListed bounds the programs that a sample lists.
const ProgramsListed = 100

// Programs says who has called the functions since the watch began: the programs with the most calls first.
type Programs struct {
	Total int            `json:"total"` // how many programs there are; List has ProgramsListed of them at most
	List  []ProgramCalls `json:"list"`
}

// CallerKind says what calls are counted in one row.
type CallerKind string

// The kinds of caller.
const (
	CallerProgram   CallerKind = "program"
	CallerKthread   CallerKind = "kernel thread"
	CallerInterrupt CallerKind = "interrupt" // interrupts, which may come while any program runs
	CallerOthers    CallerKind = "others"    // programs for which there was no room in the table
)

// ProgramCalls are the calls by all processes that run the same program for the same user in the same cgroup.
type ProgramCalls struct {
	ID     int        `json:"id"` // the same in every sample of a watch; it grows with each program that comes
	Kind   CallerKind `json:"kind"`
	Comm   string     `json:"comm,omitempty"` // "" where Kind says it all
	Exe    string     `json:"exe,omitempty"`  // path of the executable; "": not known, or it has none
	UID    *uint32    `json:"uid,omitempty"`  // the real one; nil where Kind says it all
	Cgroup string     `json:"cgroup,omitempty"`
	PID    int        `json:"pid,omitempty"` // of the process that called last
	// Processes counts those that have called, and those that have ended since.
	Processes int  `json:"processes,omitempty"`
	Ended     bool `json:"ended,omitempty"`  // all of them have ended
	Own       bool `json:"spotos,omitempty"` // they run SPOTOS itself

	Calls    uint64    `json:"calls"`         // that began since the watch began
	Rate     float64   `json:"calls_per_s"`   // since the sample before
	InFlight int       `json:"in_flight"`     // as the stacks of the tasks that sleep show it
	Last     time.Time `json:"last,omitzero"` // when the last call began; zero: it was before the watch
	// Functions has the functions that it called, or is inside, in the order of the sample.
	Functions []FunctionCalls `json:"functions"`
}

// FunctionCalls are a program's calls of one function.
type FunctionCalls struct {
	Name     string `json:"name"`
	Calls    uint64 `json:"calls"`
	InFlight int    `json:"in_flight"`
}

// Name returns how a caller is called on the screen: its comm, in brackets if it is a kernel thread, or its kind.
func (p ProgramCalls) Name() string {
	switch {
	case p.Kind == CallerKthread:
		return "[" + p.Comm + "]"
	case p.Comm == "":
		return string(p.Kind)
	}
	return p.Comm
}

// What says which program it is: the path of its executable, or why there is none.
func (p ProgramCalls) What() string {
	switch {
	case p.Kind == CallerInterrupt:
		return "whatever program ran"
	case p.Kind == CallerOthers:
		return "programs beyond those that the table has room for"
	case p.Kind == CallerKthread:
		return string(p.Kind)
	case p.Exe != "" && p.Ended:
		return p.Exe + ", ended" + p.itself()
	case p.Exe != "":
		return p.Exe + p.itself()
	case p.Ended:
		return "ended"
	}
	return "executable not known"
}

func (p ProgramCalls) itself() string {
	if p.Own {
		return " (SPOTOS itself)"
	}
	return ""
}

// Own returns the functions that SPOTOS itself has called, of those that were counted; p may be nil. That one is not
// among them does not say that SPOTOS will not call it.
func (p *Programs) Own() []string {
	var names []string
	if p == nil {
		return nil
	}
	for _, c := range p.List {
		for _, f := range c.Functions {
			if c.Own && f.Calls > 0 && !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

// FirstSeenFirst returns the list in the order in which the callers came, which does not change with their calls.
func FirstSeenFirst(list []ProgramCalls) []ProgramCalls {
	return slices.SortedStableFunc(slices.Values(list), func(a, b ProgramCalls) int { return cmp.Compare(a.ID, b.ID) })
}

func plainPrograms(p *Programs) *Programs {
	if p == nil {
		return nil
	}
	out := &Programs{Total: p.Total, List: make([]ProgramCalls, len(p.List))}
	for i, c := range p.List {
		c.Kind, c.Comm, c.Exe, c.Cgroup = plainWord(c.Kind), Plain(c.Comm), Plain(c.Exe), Plain(c.Cgroup)
		functions := make([]FunctionCalls, len(c.Functions))
		for j, f := range c.Functions {
			f.Name = Plain(f.Name)
			functions[j] = f
		}
		c.Functions = functions
		out.List[i] = c
	}
	return out
}

func programsWithoutNil(p *Programs) *Programs {
	if p == nil {
		return nil
	}
	out := &Programs{Total: p.Total, List: make([]ProgramCalls, len(p.List))}
	for i, c := range p.List {
		c.Functions = orEmpty(c.Functions)
		out.List[i] = c
	}
	return out
}
