// SPDX-License-Identifier: GPL-2.0-only

package byhand

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"slices"
	"strings"

	"spotos/internal/ko"
	"spotos/patchset"
	"spotos/patchset/build"
)

// module is what a linked module says of the symbols that it does not define.
type module struct {
	undefined []string            // by name
	versions  map[string]bool     // those that modpost knows the exporter of
	calls     map[string]bool     // those that it calls
	addresses map[string]bool     // those that it uses otherwise: of a function it takes the address
	said      map[string]said     // by what SPOTOS_SYMBOL() and its sisters say
	within    map[string][]string // the functions of the module that call a symbol, by its name
	leads     map[string][]string // the functions of the module that one of them leads to
}

// said is what the source says of one symbol.
type said struct {
	object   string
	position int    // 0: not said
	function string // that refers to it, ""
}

// versionSize is the length of an entry of __versions: a sum of 8 bytes, and a name.
const versionSize = 64

func readModule(data []byte) (*module, error) {
	object, err := build.Read(data)
	if err != nil {
		return nil, err
	}
	file, err := ko.Parse(data)
	if err != nil {
		return nil, err
	}
	m := &module{versions: make(map[string]bool), calls: make(map[string]bool),
		addresses: make(map[string]bool), said: make(map[string]said),
		within: make(map[string][]string), leads: make(map[string][]string)}
	for _, s := range object.Symbols {
		if s.Undefined() && s.Name != "" {
			m.undefined = append(m.undefined, s.Name)
		}
	}
	slices.Sort(m.undefined)
	for _, s := range object.Sections {
		m.readCalls(object, s)
		m.readNear(object, s)
		if s.Name != "__versions" {
			continue
		}
		for entry := range slices.Chunk(s.Data, versionSize) {
			if len(entry) == versionSize {
				name, _, _ := bytes.Cut(entry[8:], []byte{0})
				m.versions[string(name)] = true
			}
		}
	}
	info, err := file.Modinfo()
	if err != nil {
		return nil, err
	}
	return m, m.readSaid(info["spotos_symbol"])
}

// readCalls notes what a section calls, and from within which functions, and what it uses otherwise.
func (m *module) readCalls(object *build.Object, s *build.Section) {
	if s.Flags&elf.SHF_ALLOC == 0 {
		return
	}
	for _, r := range s.Relocs {
		if !r.Symbol.Undefined() {
			m.lead(object, s, r)
			continue
		}
		if r.Type != elf.R_X86_64_PLT32 { // which calls and jumps have
			m.addresses[r.Symbol.Name] = true
			continue
		}
		m.calls[r.Symbol.Name] = true
		m.within[r.Symbol.Name] = append(m.within[r.Symbol.Name], functionsAt(object, s, r.Offset)...)
	}
}

// readSaid reads what the source says of symbols: NAME=OBJECT, with ",POSITION" or "@FUNCTION" behind it.
func (m *module) readSaid(texts []string) error {
	for _, text := range texts {
		name, rest, _ := strings.Cut(text, "=")
		at, function, _ := strings.Cut(rest, "@")
		object, position, ok := patchset.SplitName(at)
		if name == "" || object == "" || !ok {
			return fmt.Errorf("it says %q of a symbol: SPOTOS_SYMBOL(), SPOTOS_SYMBOL_AT() and SPOTOS_SYMBOL_OF() take an "+
				"object, a name, and a position from 1 or a function", text)
		}
		s := said{patchset.ModuleName(object), position, function}
		if before, has := m.said[name]; has && before != s {
			return fmt.Errorf("it says twice which %s is meant, and not the same: leave one out", name)
		}
		m.said[name] = s
	}
	return nil
}

// unused refuses what the source says of symbols that the module does not use: the name may be misspelled.
func (m *module) unused() error {
	var errs []error
	for name := range m.said {
		if !slices.Contains(m.undefined, name) {
			errs = append(errs, one(name, "is named by SPOTOS_SYMBOL(), and the patch does not use it, or defines it itself",
				"leave that out, or correct the name"))
		}
	}
	return errors.Join(errs...)
}

// one returns the error for a single refusal.
func one(symbol, why, remedy string) *build.RefusedError {
	return &build.RefusedError{Refusals: []build.Refusal{{Symbol: symbol, Why: why, Remedy: remedy}}}
}
