// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spotos/probe"
	"spotos/session"
)

// crowdOf returns so many holders in some different stacks, each of which a watch from before shows with a trampoline.
func crowdOf(n int) []probe.Holder {
	list := make([]probe.Holder, n)
	for i := range list {
		stack := []uint64{1, uint64(10 + i%3), 2}
		if i%2 == 0 {
			stack = append(stack, 99)
		}
		list[i] = probe.Holder{PID: i + 1, Switches: 1, Stack: stack}
	}
	return list
}

// The groups are of all holders, though no more than some of them are listed. An address is named once for all that
// have the same stack: the work is that of the different stacks, and one look at each holder.
func TestGroupsOfAllHolders(t *testing.T) {
	const crowd = 20000
	named := 0
	symbol := func(addr uint64) string {
		named++
		if addr == 99 {
			return "0xffffffffc0000000"
		}
		return fmt.Sprintf("f%d+0x1", addr)
	}
	list := crowdOf(crowd)
	s := history{seen: &sightings{}}
	s.seen.see(list, time.Now())
	groups := s.groups(s.holders(list, []string{"f"}), stacksOf(list), symbol)
	var got []string
	for _, g := range groups {
		got = append(got, fmt.Sprint(g.Count, g.Chain))
	}
	want := []string{"6667 [f1 f10 f2]", "6667 [f1 f11 f2]", "6666 [f1 f12 f2]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if named > 6*4 {
		t.Errorf("%d addresses were named for 6 different stacks", named)
	}
	if few := list[:session.HoldersListed]; s.groups(s.holders(few, []string{"f"}), stacksOf(few), symbol) != nil {
		t.Error("holders that are all listed are listed as groups too")
	}
}

func BenchmarkGroups(b *testing.B) {
	for _, n := range []int{1000, 20000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			list := crowdOf(n)
			s := history{seen: &sightings{}}
			inside, stacks := s.holders(list, []string{"f"}), stacksOf(list)
			for b.Loop() {
				s.groups(inside, stacks, func(addr uint64) string { return fmt.Sprint("f", addr) })
			}
		})
	}
}
