// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"io/fs"
	"slices"
	"sync"
)

// The names of the lists that are kept.
const (
	keptSymbolsName = "symbols"
	keptSitesName   = "sites"
)

// keptHead is how many words stand before those of the symbols.
const keptHead = 3

// unkept are the lists that were read and are still to be kept. To keep them takes its time, and whoever reads them has
// something to do that waits for them.
type unkept struct {
	mu   sync.Mutex
	keep []func()
}

func (u *unkept) add(keep func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.keep = append(u.keep, keep)
}

// Keep writes the lists that were read since the last call where the next command finds them. Call it when nothing
// waits for the kernel's facts any more; any goroutine may.
func (k *Kernel) Keep() {
	u := k.lists.unkept
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, keep := range u.keep {
		keep()
	}
	u.keep = nil
}

// keptSymbols returns the kernel's own symbols as they were kept. If they were not it reads all, to be kept. Where the
// kernel hides addresses now nothing that was kept is shown.
func keptSymbols(root fs.FS, later *unkept) (*Symbols, error) {
	if CheckAddresses(root) == nil {
		if words, names, err := kept(root, keptSymbolsName); err == nil && len(words) >= keptHead {
			return symbolsFrom(words, names), nil
		}
	}
	s, err := readAllSymbols(root, nil, later)
	if err == nil && !s.hidden {
		later.add(func() {
			words, names := s.pack()
			keep(root, keptSymbolsName, words, names)
		})
	}
	return s, err
}

// pack returns the kernel's own symbols as they are kept: their addresses, and their names as a table has them.
func (s *Symbols) pack() (words []uint64, names string) {
	own := s.own.packed()
	words = slices.Grow(words, keptHead+2*own.count())
	words = append(words, s.init[0], s.init[1], s.end)
	return append(append(words, own.addrs...), own.names...), own.text
}

// symbolsFrom returns the symbols that pack has packed.
func symbolsFrom(words []uint64, names string) *Symbols {
	s := &Symbols{init: [2]uint64{words[0], words[1]}, end: words[2]}
	words = words[keptHead:]
	n := len(words) / 2
	s.own = table{addrs: words[:n:n], names: words[n : 2*n : 2*n], text: names}
	s.sort()
	return s
}

// keptSites returns the sites in the kernel itself, as keptSymbols does the symbols.
func keptSites(root fs.FS, symbols func() (*Symbols, error), later *unkept) (*traceable, error) {
	if CheckAddresses(root) == nil {
		if words, _, err := kept(root, keptSitesName); err == nil {
			return &traceable{sites: words, part: true}, nil
		}
	}
	t, err := readSites(root, symbols)
	own, unread := symbols()
	if err != nil || unread != nil {
		return t, err
	}
	t.part = len(own.rest) == 0 // sites in modules were not found without their symbols
	if t.sites != nil && own.end > 0 {
		behind, _ := slices.BinarySearch(t.sites, own.end)
		later.add(func() { keep(root, keptSitesName, t.sites[:behind], "") })
	}
	return t, err
}
