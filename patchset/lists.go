// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"fmt"
	"io/fs"
	"sync"

	"spotos/internal/kernelbtf"
	"spotos/internal/safego"
)

// lists are the large lists of a kernel, each read when it is first needed: reading them takes longer than anything
// else at the start of a command. What belongs to the kernel itself stays as it is until the next boot, so that it is
// kept on disk and does not have to be read again after a module was loaded.
type lists struct {
	symbols    func() (*Symbols, error)
	named      func() (*Symbols, error) // see namedSymbols
	sites      func() (*traceable, error)
	ownSymbols func() (*Symbols, error) // the kernel's own; those that modules had at some time may be among them
	ownSites   func() (*traceable, error)
	// sited are the addresses of those of the kernel's own functions of which the module has said that it can switch them:
	// ftrace has a site there.
	sited  *sync.Map
	unkept *unkept
}

// newLists returns the lists of the machine under root. before are those of the same machine at an earlier moment, or
// nil.
func newLists(root fs.FS, live bool, before *lists) *lists {
	l := &lists{sited: &sync.Map{}, unkept: &unkept{}}
	if before != nil {
		l.sited, l.unkept = before.sited, before.unkept
	}
	if !live { // a recorded kernel is read once in any case
		l.symbols = sync.OnceValues(func() (*Symbols, error) { return readSymbols(root, nil) })
		l.sites = sync.OnceValues(func() (*traceable, error) { return readSites(root, l.symbols) })
		l.named, l.ownSymbols, l.ownSites = l.symbols, l.symbols, l.sites
		return l
	}
	l.symbols = sync.OnceValues(func() (*Symbols, error) {
		own, err := l.ownSymbols()
		if err == nil && before == nil && len(own.rest) > 0 { // all were read just now
			return own, nil
		}
		return readAllSymbols(root, own, l.unkept)
	})
	l.named = sync.OnceValues(func() (*Symbols, error) { return namedSymbols(root, l.ownSymbols, l.symbols) })
	l.sites = sync.OnceValues(func() (*traceable, error) {
		if own, err := l.ownSites(); err == nil && before == nil && !own.part {
			return own, nil
		}
		return readSites(root, l.symbols)
	})
	l.ownSymbols = sync.OnceValues(func() (*Symbols, error) {
		if before != nil {
			if own, err := before.ownSymbols(); err == nil && !own.hidden {
				return own, nil
			}
		}
		return keptSymbols(root, l.unkept)
	})
	l.ownSites = sync.OnceValues(func() (*traceable, error) {
		if before != nil {
			if own, err := before.ownSites(); err == nil && own.sites != nil {
				return own, nil
			}
		}
		return keptSites(root, l.ownSymbols, l.unkept)
	})
	return l
}

// Prefetch begins to read what watching the kernel's own functions needs, each list beside the others. sites: also
// which functions ftrace has a site of, which a judgement with a dry run does not need.
func (k *Kernel) Prefetch(sites bool) {
	var reading sync.WaitGroup // nobody waits: who needs a list waits for it
	safego.Go(&reading, "facts", func() { _, _ = k.lists.ownSymbols() })
	if sites {
		safego.Go(&reading, "facts", func() { _, _ = k.lists.ownSites() })
	}
	safego.Go(&reading, "facts", func() { _ = kernelbtf.Prepare() })
}

// Symbols returns all symbols of the kernel and its modules.
func (k *Kernel) Symbols() (*Symbols, error) { return k.lists.symbols() }

// symbolsOf returns symbols among which are all of an object.
func (k *Kernel) symbolsOf(object string) (*Symbols, error) {
	if object == VMLinux {
		return k.lists.ownSymbols()
	}
	return k.lists.symbols()
}

// symbolsAt returns symbols among which is that of an address.
func (k *Kernel) symbolsAt(addr uint64) (*Symbols, error) {
	if own, err := k.lists.ownSymbols(); err != nil || own.covers(addr) {
		return own, err
	}
	return k.lists.symbols()
}

// Lookup returns the function that an address lies in, and the address's offset in it. It returns false for an address
// in no function, and if the kernel hides addresses.
func (k *Kernel) Lookup(addr uint64) (name string, off uint64, ok bool) {
	s, err := k.symbolsAt(addr)
	if err != nil {
		return "", 0, false
	}
	return s.Lookup(addr)
}

// Format writes an address as a stack shows it: "name+0x1f", "name+0x1f [module]", or the bare number.
func (k *Kernel) Format(addr uint64) string {
	s, err := k.symbolsAt(addr)
	if err != nil {
		return fmt.Sprintf("%#x", addr)
	}
	return s.Format(addr)
}
