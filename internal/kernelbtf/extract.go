// SPDX-License-Identifier: GPL-2.0-only

package kernelbtf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/cilium/ebpf/btf"
)

// extract returns the types of these ids and those that they are made of, as BTF of its own with other ids. A pointer
// points to void there: what is behind it is no part of a type.
func (x *index) extract(roots []uint32) (*btf.Spec, error) {
	e := extraction{index: x, ids: map[uint32]uint32{0: 0}, strings: []byte{0}, offsets: map[uint32]uint32{0: 0}}
	for _, id := range roots {
		e.id(id)
	}
	for i := 0; i < len(e.queue); i++ {
		if err := e.copy(e.queue[i]); err != nil {
			return nil, err
		}
	}
	head := binary.NativeEndian.AppendUint16(nil, btfMagic)
	head = append(head, 1, 0)
	for _, word := range []int{btfHeaderLen, 0, len(e.types), len(e.types), len(e.strings)} {
		head = binary.NativeEndian.AppendUint32(head, uint32(word))
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(slices.Concat(head, e.types, e.strings)))
	if err != nil {
		return nil, fmt.Errorf("reading some of the kernel's types: %w", err)
	}
	return spec, nil
}

// extraction is what extract has copied so far.
type extraction struct {
	*index
	ids     map[uint32]uint32 // the new id of each type
	queue   []uint32          // types whose new ids are given out, in the order of those
	types   []byte
	strings []byte
	offsets map[uint32]uint32 // of names in strings, by those in the kernel's
}

// id returns the new id of a type, which is copied sooner or later.
func (e *extraction) id(old uint32) uint32 {
	id, known := e.ids[old]
	if !known {
		e.queue = append(e.queue, old)
		id = uint32(len(e.queue))
		e.ids[old] = id
	}
	return id
}

// text returns the new offset of a name.
func (e *extraction) text(old uint32) uint32 {
	offset, known := e.offsets[old]
	if !known {
		offset = uint32(len(e.strings))
		e.strings = append(append(e.strings, e.name(old)...), 0)
		e.offsets[old] = offset
	}
	return offset
}

// copy appends a type.
func (e *extraction) copy(old uint32) error {
	from, err := e.at(old)
	if err != nil {
		return err
	}
	info := binary.NativeEndian.Uint32(from[4:])
	size, _ := sizeOf(info)
	begin := len(e.types)
	e.types = append(e.types, from[:size]...)
	t := e.types[begin:]
	name := func(at int) { binary.NativeEndian.PutUint32(t[at:], e.text(binary.NativeEndian.Uint32(t[at:]))) }
	other := func(at int) { binary.NativeEndian.PutUint32(t[at:], e.id(binary.NativeEndian.Uint32(t[at:]))) }
	name(0)
	switch kind := kindOf(info); kind {
	case kindPtr:
		binary.NativeEndian.PutUint32(t[8:], 0)
	case kindTypedef, kindVolatile, kindConst, kindRestrict, kindTypeTag, kindFunc:
		other(8)
	case kindArray:
		other(btfTypeLen)
		other(btfTypeLen + 4)
	case kindFuncProto:
		other(8)
	case kindInt, kindStruct, kindUnion, kindEnum, kindEnum64, kindFwd, kindFloat:
	default:
		return fmt.Errorf("%w: a type of kind %d is a part of another", errBTF, kind)
	}
	for i := range membersOf(info) {
		switch kindOf(info) {
		case kindStruct, kindUnion:
			name(btfTypeLen + 12*i)
			other(btfTypeLen + 12*i + 4)
		case kindEnum64:
			name(btfTypeLen + 12*i)
		case kindEnum:
			name(btfTypeLen + 8*i)
		case kindFuncProto:
			name(btfTypeLen + 8*i)
			other(btfTypeLen + 8*i + 4)
		}
	}
	return nil
}
