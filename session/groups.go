// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// GroupsListed bounds the groups that an event lists.
const GroupsListed = 50

// Calls stands between two functions of a chain: the one behind it calls the one before it.
const Calls = " < "

// HolderGroup are the holders whose stacks lead through the same functions.
type HolderGroup struct {
	Count    int      `json:"count"`
	Function string   `json:"function"`               // that they hold
	Longest  int64    `json:"longest_ns,omitempty"`   // how long one of them has been inside the longest, at least
	Before   bool     `json:"before_watch,omitempty"` // that one was inside before the watch
	Chain    []string `json:"chain"`                  // see Chain
}

// Age returns how long one of the group has been inside the longest.
func (g HolderGroup) Age() time.Duration { return time.Duration(g.Longest) }

// ID names a group: groups of two samples with the same stacks have the same.
func (g HolderGroup) ID() string { return groupID(g.Function, g.Chain) }

// GroupID names the group that a holder is in.
func (h Holder) GroupID() string { return groupID(h.Function, Chain(h.Stack)) }

func groupID(function string, chain []string) string {
	return function + ": " + strings.Join(chain, Calls)
}

// sleepers are frames on the stack of every sleeping task; the task sleeps in their caller.
var sleepers = []string{"__schedule", "schedule", "schedule_timeout", "schedule_hrtimeout_range",
	"schedule_hrtimeout_range_clock", "schedule_timeout_interruptible", "preempt_schedule_common", "io_schedule"}

// Chain returns the functions that a stack leads through, the innermost first: without offsets, and without what is
// there because a task sleeps and because calls are counted, the trampolines. A function that only continues, as one
// does below its trampoline, stands in it once.
func Chain(stack []string) []string {
	chain := make([]string, 0, len(stack))
	for _, frame := range stack {
		name := Symbol(frame)
		switch {
		case trampoline(frame):
		case len(chain) == 0 && slices.Contains(sleepers, name):
		case len(chain) > 0 && chain[len(chain)-1] == name:
		default:
			chain = append(chain, name)
		}
	}
	return chain
}

// trampoline reports whether a frame is in code that was generated to call others: some of that has no symbol, some has
// that of a BPF program which was at its place or near it when the symbols were read.
func trampoline(frame string) bool {
	return strings.HasPrefix(frame, "0x") || strings.HasSuffix(frame, " [bpf]") ||
		strings.HasSuffix(frame, " [__builtin__ftrace]")
}

// Symbol returns a frame of a stack without its offset: the function, with the module that it is in, if it is in one.
func Symbol(frame string) string {
	name, rest, _ := strings.Cut(frame, "+")
	if _, module, ok := strings.Cut(rest, " ["); ok {
		return name + " [" + module
	}
	return name
}

// Grouping adds up holders by their stacks, each in constant time. The zero Grouping is empty.
type Grouping struct{ by map[string]*HolderGroup }

// Of returns the group of a function and a chain, which Add adds holders to.
func (g *Grouping) Of(function string, chain []string) *HolderGroup {
	id := groupID(function, chain)
	group := g.by[id]
	if group == nil {
		if g.by == nil {
			g.by = map[string]*HolderGroup{}
		}
		group = &HolderGroup{Function: function, Chain: chain}
		g.by[id] = group
	}
	return group
}

// Add counts a holder in.
func (g *HolderGroup) Add(h Holder) {
	g.Count++
	g.Before = g.Before || h.Before
	g.Longest = max(g.Longest, h.Since)
}

// List returns the groups, the largest first, and of two as large the one that has been inside the longest.
func (g *Grouping) List() []HolderGroup {
	list := make([]HolderGroup, 0, len(g.by))
	for _, group := range g.by {
		list = append(list, *group)
	}
	slices.SortFunc(list, func(a, b HolderGroup) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(b.Longest, a.Longest), cmp.Compare(a.ID(), b.ID()))
	})
	return list
}

// Group groups holders with stacks.
func Group(holders []Holder) []HolderGroup {
	var g Grouping
	for _, h := range holders {
		g.Of(h.Function, Chain(h.Stack)).Add(h)
	}
	return g.List()
}

func plainHolderGroups(list []HolderGroup) []HolderGroup {
	if list == nil {
		return nil
	}
	out := make([]HolderGroup, len(list))
	for i, g := range list {
		g.Function, g.Chain = Plain(g.Function), plainList(g.Chain)
		out[i] = g
	}
	return out
}
