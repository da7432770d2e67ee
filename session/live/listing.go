// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"encoding/binary"
	"slices"

	"spotos/probe"
	"spotos/session"
)

// stacksOf returns the stacks of holders, by thread.
func stacksOf(list []probe.Holder) map[int][]uint64 {
	stacks := make(map[int][]uint64, len(list))
	for i := range list {
		stacks[list[i].PID] = list[i].Stack
	}
	return stacks
}

// list returns the holders that the event lists, with their stacks: the longest inside, or all if they are asked for.
// symbol names an address.
func (s *history) list(sorted []session.Holder, stacks map[int][]uint64, symbol func(uint64) string) []session.Holder {
	if !s.all {
		sorted = listed(sorted)
	}
	out := slices.Clone(sorted)
	for i := range out {
		for _, addr := range stacks[out[i].PID] {
			out[i].Stack = append(out[i].Stack, symbol(addr))
		}
	}
	return out
}

// groups returns all holders by their stacks, where the event does not list them all. Addresses are named once for all
// that have the same ones, so many holders cost little more than looking at them.
func (s *history) groups(sorted []session.Holder, stacks map[int][]uint64,
	symbol func(uint64) string) []session.HolderGroup {
	if s.all || len(sorted) <= session.HoldersListed {
		return nil
	}
	var all session.Grouping
	same := map[string]*session.HolderGroup{} // by function and addresses
	var key []byte
	for i := range sorted {
		h := &sorted[i]
		key = append(key[:0], h.Function...)
		for _, addr := range stacks[h.PID] {
			key = binary.NativeEndian.AppendUint64(key, addr)
		}
		group := same[string(key)]
		if group == nil {
			var names []string
			for _, addr := range stacks[h.PID] {
				names = append(names, symbol(addr))
			}
			group = all.Of(h.Function, session.Chain(names))
			same[string(key)] = group
		}
		group.Add(*h)
	}
	list := all.List()
	return list[:min(len(list), session.GroupsListed)]
}
