// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"slices"
	"sort"
	"strings"
)

// narrow leaves of several matches of a function those that the object's other functions allow, as long as that helps.
func (p *prover) narrow() {
	for again := true; again; {
		again = false
		implied, reaches := p.known()
		for i := range p.tried {
			t := &p.tried[i]
			if len(t.matches) < 2 {
				continue
			}
			left := slices.DeleteFunc(slices.Clone(t.matches), func(m *Match) bool {
				addr, ok := implied[t.function.Name]
				return ok && addr != m.Addr
			})
			for _, r := range []reach{reaches[p.room(t.function)], p.grow(reaches[p.room(t.function)])} {
				among := slices.DeleteFunc(slices.Clone(left), func(m *Match) bool { return !r.includes(m) })
				if len(among) == 1 {
					left = among
				}
			}
			if len(left) > 0 && len(left) < len(t.matches) {
				t.matches, again = left, true
			}
		}
	}
}

// place refuses a match that may be another file's function, where the object's own differs: one of several functions
// of its name, or of a weak one. It must be where the object's other functions refer to, or among them.
func (p *prover) place() {
	implied, reaches := p.known()
	for i := range p.tried {
		t := &p.tried[i]
		if t.sure || len(t.matches) != 1 {
			continue
		}
		m := t.matches[0]
		if addr, ok := implied[t.function.Name]; ok && addr == m.Addr {
			continue
		}
		if r, ok := reaches[p.room(t.function)]; ok && p.grow(r).includes(m) {
			continue
		}
		t.matches = nil
		t.closest = &Difference{Function: t.function.Name, Object: p.code.Object, Addr: m.Addr,
			Reason: "the code is the same, but nothing shows that it is not another file's function of this name",
			Mend:   "patch its callers instead"}
	}
}

// known returns where the functions that have one match say that others are, and from which address to which the
// object reaches at least, in each kind of section. The linker keeps together what one object has in sections of one
// kind.
func (p *prover) known() (implied map[string]uint64, reaches map[string]reach) {
	implied, reaches = map[string]uint64{}, map[string]reach{}
	for _, t := range p.tried {
		if len(t.matches) != 1 {
			continue
		}
		m := t.matches[0]
		for _, in := range m.Implied {
			if in.Name != t.function.Name {
				implied[in.Name] = in.Addr
			}
		}
		if t.sure {
			room := p.room(t.function)
			r, ok := reaches[room]
			if !ok {
				r = reach{m.Addr, m.Addr}
			}
			reaches[room] = reach{min(r.low, m.Addr), max(r.high, m.Addr)}
		}
	}
	return implied, reaches
}

// reach is a range of addresses, both ends included.
type reach struct{ low, high uint64 }

func (r reach) includes(m *Match) bool { return m.Addr >= r.low && m.Addr <= r.high }

// grow takes in the functions on both sides, as long as the object has functions of their names: it may reach so far.
func (p *prover) grow(r reach) reach {
	own := map[string]bool{}
	for _, f := range p.object.functions {
		own[f.Name] = true
	}
	first := sort.Search(len(p.code.byAddr), func(i int) bool { return p.code.symbols[p.code.byAddr[i]].Addr >= r.low })
	stranger := func(s Symbol) bool { return s.Text() && !own[s.Name] && !strings.HasPrefix(s.Name, padding) }
	for _, i := range slices.Backward(p.code.byAddr[:first]) {
		s := p.code.symbols[i]
		if stranger(s) {
			break
		}
		r.low = s.Addr
	}
	for _, i := range p.code.byAddr[first:] {
		s := p.code.symbols[i]
		if s.Addr > r.high && stranger(s) {
			break
		}
		r.high = max(r.high, s.Addr)
	}
	return r
}

// padding begins the name of the no-ops that stand before a function in kernels with room for call thunks.
const padding = "__pfx_"

// room returns the name that a function's section has without -ffunction-sections.
func (p *prover) room(f Function) string {
	name := p.object.file.Sections[f.section].Name
	return strings.TrimSuffix(strings.TrimSuffix(name, strings.TrimSuffix(f.Name, ".cold")), ".")
}
