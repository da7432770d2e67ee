// SPDX-License-Identifier: GPL-2.0-only

package probe

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/rlimit"
)

// tryFunction is in every kernel, with a site for probes.
const tryFunction = "vfs_read"

// Loads loads the programs of a watch as Attach does, without attaching them to a function, and returns what keeps the
// kernel from taking them. It takes about as long as to watch one function. Nothing of it is left.
func Loads() error {
	if err := rlimit.RemoveMemlock(); err != nil {
		return fmt.Errorf("raising the limit of locked memory: %w", err)
	}
	w := &Watch{funcs: []Func{{Name: tryFunction, Ranges: []Range{{Start: 1, End: 2}}}}}
	err := w.loadMaps()
	if err == nil {
		err = w.loadHolders(w.counted())
	}
	if err == nil {
		_, err = w.atReturns()
	}
	if err == nil {
		var pair *ebpf.Collection
		if pair, err = w.load(0); err == nil {
			pair.Close()
		}
	}
	return errors.Join(err, w.Close())
}
