// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// traceable are the functions that ftrace has a site at the start of.
type traceable struct {
	sites []uint64 // in order; nil where the kernel hides addresses
	names string   // one a line, where there are no sites
	part  bool     // only those in the kernel itself
}

// siteOffset is the length of the ENDBR that may stand before a site.
const siteOffset = 4

const functionList = "available_filter_functions"

// tracing returns why the functions that ftrace can trace cannot be listed; nil if they can.
func tracing(root fs.FS) error {
	file, err := openTracing(root, functionList)
	if err == nil {
		err = file.Close()
	}
	return err
}

// readSites reads the list with addresses (since 6.5), or else the one without, whose addresses are then taken from
// the symbols. Where these have none either, names have to do.
func readSites(root fs.FS, symbols func() (*Symbols, error)) (*traceable, error) {
	t := &traceable{}
	if list, err := readTracing(root, functionList+"_addrs"); err == nil {
		t.sites = addressesIn(list)
	}
	s, unread := symbols()
	addressed := unread == nil && !s.hidden
	if t.sites != nil && addressed {
		return t, nil
	}
	names, err := readTracing(root, functionList)
	t.sites, t.names = nil, names
	if addressed {
		t.sites = sitesIn(names, s)
	}
	return t, err
}

// openTracing opens a file of tracefs. Where that has no mount of its own, debugfs often shows it.
func openTracing(root fs.FS, file string) (fs.File, error) {
	f, err := root.Open(path.Join("sys/kernel/tracing", file))
	if err == nil {
		return f, nil
	}
	f, other := root.Open(path.Join("sys/kernel/debug/tracing", file))
	if other == nil || errors.Is(err, fs.ErrNotExist) && !errors.Is(other, fs.ErrNotExist) {
		return f, other
	}
	return nil, err
}

func readTracing(root fs.FS, file string) (string, error) {
	f, err := openTracing(root, file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return readAll(f)
}

// addressesIn reads lines such as "ffffffffc03d1004 pair_encode [pair_target]"; nil if they show no addresses.
func addressesIn(list string) []uint64 {
	sites := make([]uint64, 0, strings.Count(list, "\n"))
	for line := range strings.Lines(list) {
		addr, ok := parseHex(line[:max(strings.IndexByte(line, ' '), 0)])
		if !ok || addr == 0 {
			return nil
		}
		sites = append(sites, addr)
	}
	return inOrder(sites)
}

// nobodysSite begins what ftrace calls a site that belongs to no function, such as that of a weak one that another
// replaces.
const nobodysSite = "__ftrace_invalid_address__"

// sitesIn reads lines such as "pair_encode [pair_target]", and takes the addresses from the symbols. Those of an object
// are in the order of addresses in both, which tells functions of one name apart.
func sitesIn(list string, s *Symbols) []uint64 {
	var sites []uint64
	object, at := VMLinux, 0
	for line := range strings.Lines(list) {
		name, in := siteOf(strings.TrimSuffix(line, "\n"))
		if strings.HasPrefix(name, nobodysSite) { // it would be looked for among all that follow
			continue
		}
		if in != object {
			object, at = in, s.modulesFrom
		}
		for i := at; i < s.count(); i++ {
			symbol := s.ordered(i)
			if symbol.Name == name && symbol.Text && symbol.Object() == object {
				sites, at = append(sites, symbol.Addr), i+1
				break
			}
		}
	}
	return inOrder(sites)
}

// siteOf splits a line into the function and its object.
func siteOf(line string) (name, object string) {
	name, module, found := strings.Cut(line, " [")
	if !found {
		return name, VMLinux
	}
	return name, strings.TrimSuffix(module, "]")
}

// inOrder sorts; nothing is nil.
func inOrder(sites []uint64) []uint64 {
	if len(sites) == 0 {
		return nil
	}
	slices.Sort(sites)
	return sites
}

// Vouch asks the module of one of the kernel's own functions, before its calls are counted: what a patch of that
// module, which may be "", could switch has a site of ftrace's, and the list of all sites is not read for it.
func (k *Kernel) Vouch(f Function, owners Owners, module string) {
	if owners.DryRun == nil || f.Object != VMLinux {
		return
	}
	at, refusal := k.Place(f)
	if refusal == nil && at.Addr != 0 && owners.DryRun(f, at.Addr, module, true) == nil {
		k.lists.sited.Store(at.Addr, true)
	}
}

// isTraceable reports whether ftrace has a site at the start of a function, or why that is not known.
func (k *Kernel) isTraceable(s Symbol) (bool, error) {
	read := k.lists.sites
	if s.Module == "" {
		read = k.lists.ownSites
		if _, ok := k.lists.sited.Load(s.Addr); ok {
			return true, nil
		}
	}
	t, err := read()
	if err != nil {
		return false, err
	}
	if t.sites == nil || s.Addr == 0 {
		return t.lists(s), nil
	}
	if t.has(s.Addr) {
		return true, nil
	}
	// Unless that is the site of the next function, as behind a label that the linker made.
	symbols, err := k.symbolsOf(s.Object())
	return err == nil && t.has(s.Addr+siteOffset) && len(symbols.At(s.Addr+siteOffset)) == 0, err
}

func (t *traceable) has(site uint64) bool {
	_, found := slices.BinarySearch(t.sites, site)
	return found
}

func (t *traceable) lists(s Symbol) bool {
	line := s.Name + "\n"
	if s.Module != "" {
		line = fmt.Sprintf("%s [%s]\n", s.Name, s.Module)
	}
	return strings.HasPrefix(t.names, line) || strings.Contains(t.names, "\n"+line)
}
