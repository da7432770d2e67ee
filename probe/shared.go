// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"fmt"
	"maps"

	"github.com/cilium/ebpf/link"
)

// The programs on a function share a trampoline, which the kernel makes again when one comes or goes. Calls inside the
// old trampoline return without their exit program. So when another tool's program has come or gone, all return
// addresses get probes, as for a redirection; and the count is in doubt until it was zero once, since calls may have
// returned before anybody looked.

// attached is what programs are attached to, as the kernel says it.
type attached struct{ object, id uint32 }

// tenants tracks other tools' programs on the functions.
type tenants struct {
	of      map[attached]int // the functions that are probed
	ours    map[link.ID]bool
	others  map[link.ID]int // at the last look, the program's function; nil: there was none
	rebuilt map[int]bool    // functions whose count has not been zero since another tool's program came or went
}

func newTenants() tenants {
	return tenants{of: map[attached]int{}, ours: map[link.ID]bool{}, rebuilt: map[int]bool{}}
}

// own notes a link of ours on the i-th function.
func (n *tenants) own(i int, l link.Link) error {
	info, err := l.Info()
	if err != nil {
		return fmt.Errorf("reading a probe's link: %w", err)
	}
	if t := info.Tracing(); t != nil {
		n.of[attached{t.TargetObjectId, uint32(t.TargetBtfId)}] = i
		n.ours[info.ID] = true
	}
	return nil
}

// look lists the programs, and returns whether another tool's has come to a function, or has gone, since the last look.
func (n *tenants) look() (bool, error) {
	now := map[link.ID]int{}
	err := eachTracing(func(id link.ID, t *link.TracingInfo) error {
		if i, ok := n.of[attached{t.TargetObjectId, uint32(t.TargetBtfId)}]; ok && !n.ours[id] {
			now[id] = i
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	last := n.others
	n.others = now
	if last == nil || maps.Equal(last, now) {
		return false, nil
	}
	for id, i := range last {
		if _, still := now[id]; !still {
			n.rebuilt[i] = true
		}
	}
	for id, i := range now {
		if _, before := last[id]; !before {
			n.rebuilt[i] = true
		}
	}
	return true, nil
}
