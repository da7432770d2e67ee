// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"regexp"
	"slices"
	"strings"
)

// fewNames is how many names are looked for by reading all symbols. An index of a quarter of a million names costs more
// than that, and a patch needs fewer.
const fewNames = 200

// nameIndex finds symbols by name.
type nameIndex struct {
	symbols map[string][]int32 // indices of the symbols of that name, in the order of /proc/kallsyms
	copies  map[string][]int32 // of a function that the compiler made copies of: the copies
}

// index returns nil as long as few names have been asked for.
func (s *Symbols) index() *nameIndex {
	if s.asked.Add(1) <= fewNames {
		return nil
	}
	s.once.Do(func() {
		s.byName = nameIndex{symbols: make(map[string][]int32, s.count()), copies: map[string][]int32{}}
		for i := range s.count() {
			symbol := s.at(i)
			s.byName.symbols[symbol.Name] = append(s.byName.symbols[symbol.Name], int32(i))
			for _, of := range symbol.copyOf() {
				s.byName.copies[of] = append(s.byName.copies[of], int32(i))
			}
		}
	})
	return &s.byName
}

// copyName matches what the compiler adds to the name of a function that it made a copy of for some of its callers, or
// split a part off. A ".cold" part is no copy: the function itself jumps to it.
var copyName = regexp.MustCompile(`^\.(part|isra|constprop)\.\d+(\.(?:part|isra|constprop)\.\d+)?$`)

// copyOf returns the names of the functions that the compiler made a copy of: two for a copy of a copy.
func (s *Symbol) copyOf() []string {
	dot := strings.IndexByte(s.Name, '.')
	if dot <= 0 || !s.Text {
		return nil
	}
	m := copyName.FindStringSubmatch(s.Name[dot:])
	switch {
	case m == nil:
		return nil
	case m[2] == "":
		return []string{s.Name[:dot]}
	}
	return []string{s.Name[:dot], strings.TrimSuffix(s.Name, m[2])}
}

// Addresses returns every symbol of that name, functions and data, in the order of /proc/kallsyms.
func (s *Symbols) Addresses(name string) []Symbol {
	if known, ok := s.known.Load(name); ok { // one function is asked for several times
		return slices.Clone(known.([]Symbol))
	}
	if index := s.index(); index != nil {
		return s.pick(index.symbols[name])
	}
	var found []Symbol
	s.own.named(name, func(i int) { found = append(found, s.own.at(i)) })
	for i := range s.rest {
		if s.rest[i].Name == name {
			found = append(found, s.rest[i])
		}
	}
	s.known.Store(name, slices.Clone(found))
	return found
}

// Functions returns the functions of that name, in the order of /proc/kallsyms: a function's place among those of its
// object, from 1, is its position.
func (s *Symbols) Functions(name string) []Symbol {
	return slices.DeleteFunc(s.Addresses(name), func(f Symbol) bool { return !f.Text })
}

// copies returns the compiler's copies of a function, of every object that has any.
func (s *Symbols) copies(name string) []Symbol {
	if index := s.index(); index != nil {
		return s.pick(index.copies[name])
	}
	var found []Symbol
	add := func(symbol Symbol) {
		if slices.Contains(symbol.copyOf(), name) {
			found = append(found, symbol)
		}
	}
	s.own.begun(name, func(i int) { add(s.own.at(i)) })
	for i := range s.rest {
		if strings.HasPrefix(s.rest[i].Name, name) {
			add(s.rest[i])
		}
	}
	return found
}

func (s *Symbols) pick(indices []int32) []Symbol {
	found := make([]Symbol, 0, len(indices))
	for _, i := range indices {
		found = append(found, s.at(int(i)))
	}
	return found
}

// At returns every name of the functions that begin at an address, the kernel's own choice first; none if addresses are
// hidden.
func (s *Symbols) At(addr uint64) []Symbol {
	canonical, ok := s.find(addr)
	if !ok || canonical.Addr != addr {
		return nil
	}
	var found []Symbol
	for i := s.bisect(addr); i < s.count() && s.addrOf(i) == addr; i++ {
		if symbol := s.ordered(i); symbol.Text {
			found = append(found, symbol)
		}
	}
	return found
}

// in returns the functions of that name in an object.
func (s *Symbols) in(object, name string) []Symbol {
	return slices.DeleteFunc(s.Functions(name), func(f Symbol) bool { return f.Object() != object })
}

// IsCopy reports whether a symbol is a copy of a function that the compiler made for some of its callers.
func IsCopy(symbol, of string) bool {
	s := Symbol{Name: symbol, Text: true}
	return slices.Contains(s.copyOf(), of)
}
