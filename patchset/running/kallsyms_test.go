// SPDX-License-Identifier: GPL-2.0-only

package running

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

const (
	tableBase  = 0xffffffff81000000
	rodataBase = tableBase + 0x2000
)

// layout is how a kernel's build writes its table of symbols.
type layout struct {
	name     string
	newer    bool // the order of 6.12, not that of 6.1
	sequence bool
	absolute bool // offsets are signed, and small addresses stand for themselves
	distance bool // offsets are distances from where they stand, and parts begin at multiples of 4
}

var layouts = []layout{{name: "6.1 as it was", absolute: true}, {name: "6.1", sequence: true, absolute: true},
	{name: "6.12", newer: true, sequence: true, absolute: true},
	{name: "without absolute addresses", newer: true, sequence: true},
	{name: "7.3", newer: true, sequence: true, distance: true}}

// writer writes the parts of a table.
type writer struct {
	bytes.Buffer
	unit int
}

func (w *writer) align() {
	for w.Len()%w.unit != 0 {
		w.WriteByte(0)
	}
}

func (w *writer) number(n any) { _ = binary.Write(w, binary.LittleEndian, n) }

// encode writes a table, each character of a name as a token of its own but for "ab", which has one. Something else
// stands before and behind it.
func (l layout) encode(symbols []Symbol) []byte {
	w := &writer{unit: 8}
	if l.distance {
		w.unit = 4
	}
	w.WriteString("something else")
	w.align()
	if !l.newer {
		l.offsets(w, symbols)
	}
	l.names(w, symbols)
	if !l.newer && l.sequence {
		sequence(w, symbols)
	}
	tokens(w)
	if l.newer {
		l.offsets(w, symbols)
		sequence(w, symbols)
	}
	w.WriteString("something else")
	return w.Bytes()
}

func (l layout) offsets(w *writer, symbols []Symbol) {
	for _, s := range symbols {
		switch {
		case l.distance:
			w.number(int32(int64(s.Addr - rodataBase - uint64(w.Len()))))
		case !l.absolute:
			w.number(uint32(s.Addr - tableBase))
		case s.Addr < tableBase:
			w.number(uint32(s.Addr))
		default:
			w.number(int32(-1 - int64(s.Addr-tableBase)))
		}
	}
	w.align()
	if !l.distance {
		w.number(uint64(tableBase))
	}
}

func (l layout) names(w *writer, symbols []Symbol) {
	w.number(uint32(len(symbols)))
	w.align()
	begin := w.Len()
	var markers []uint32
	for i, s := range symbols {
		if i%markerEvery == 0 {
			markers = append(markers, uint32(w.Len()-begin))
		}
		text := strings.ReplaceAll(string(s.Type)+s.Name, "ab", "\x01")
		if len(text) > 0x7f {
			w.WriteByte(byte(len(text)&0x7f | 0x80))
			w.WriteByte(byte(len(text) >> 7))
		} else {
			w.WriteByte(byte(len(text)))
		}
		w.WriteString(text)
	}
	w.align()
	w.number(markers)
	w.align()
}

func sequence(w *writer, symbols []Symbol) {
	order := make([]int, len(symbols))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(symbols[a].Name, symbols[b].Name) })
	for _, i := range order {
		w.Write([]byte{byte(i >> 16), byte(i >> 8), byte(i)})
	}
	w.align()
}

func tokens(w *writer) {
	var index []uint16
	begin := w.Len()
	for i := range tokenCount {
		index = append(index, uint16(w.Len()-begin))
		switch {
		case i == 1:
			w.WriteString("ab")
		case i > ' ' && i < 0x7f:
			w.WriteByte(byte(i))
		default:
			fmt.Fprintf(w, "%d", i)
		}
		w.WriteByte(0)
	}
	w.align()
	w.number(index)
}

// manySymbols are enough for several markers, with a name of 200 characters and small addresses among them.
func manySymbols(absolute bool) []Symbol {
	symbols := []Symbol{{Name: "percpu", Addr: 0x10, Type: 'A'}, {Name: "another", Addr: 0x10, Type: 'A'}}
	if !absolute {
		symbols = nil
	}
	for i := range uint64(1000) {
		symbols = append(symbols, Symbol{Name: fmt.Sprintf("cabs_%d", i/3), Addr: tableBase + i*4, Type: 't'})
	}
	return append(symbols, Symbol{Name: strings.Repeat("long", 50), Addr: tableBase + 4000, Type: 'D'})
}

// tableOf returns the sections of a kernel that has a table.
func tableOf(data []byte) []Section {
	return []Section{{Name: ".text", Addr: tableBase, Size: 0x1000, Text: true},
		{Name: ".rodata", Addr: rodataBase, Size: uint64(len(data)), Data: data}}
}

// TestKallsyms reads tables of every layout.
func TestKallsyms(t *testing.T) {
	for _, l := range layouts {
		t.Run(l.name, func(t *testing.T) {
			want := manySymbols(l.absolute)
			got, err := kallsyms(tableOf(l.encode(want)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNoKallsyms refuses what has no table, half of one, and one with another number of symbols than it has.
func TestNoKallsyms(t *testing.T) {
	symbols := manySymbols(true)
	whole := layouts[2].encode(symbols)
	other := bytes.Clone(whole)
	binary.LittleEndian.PutUint32(other[bytes.Index(other, []byte("\x07Apercpu"))-8:], uint32(len(symbols)-1))
	for name, data := range map[string][]byte{"nothing": nil, "zeros": make([]byte, 5000), "half": whole[:len(whole)/2],
		"another number": other} {
		if got, err := kallsyms(tableOf(data)); err == nil {
			t.Errorf("%s: %d symbols were read", name, len(got))
		}
	}
}

// FuzzKallsyms feeds the reader tables that no kernel's build made. It must neither panic nor take long.
func FuzzKallsyms(f *testing.F) {
	for _, l := range layouts {
		f.Add(l.encode(manySymbols(l.absolute)[:3]))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if symbols, err := kallsyms(tableOf(data)); err == nil && len(symbols) == 0 {
			t.Error("a table without symbols was read")
		}
	})
}
