// SPDX-License-Identifier: GPL-2.0-only

package kernelbtf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// The kinds of types, as in the kernel's uapi/linux/btf.h.
const (
	kindInt = iota + 1
	kindPtr
	kindArray
	kindStruct
	kindUnion
	kindEnum
	kindFwd
	kindTypedef
	kindVolatile
	kindConst
	kindRestrict
	kindFunc
	kindFuncProto
	kindVar
	kindDatasec
	kindFloat
	kindDeclTag
	kindTypeTag
	kindEnum64
)

const (
	btfMagic     = 0xeb9f
	btfHeaderLen = 24
	btfTypeLen   = 12 // of what every type begins with: name, info, and size or another type
)

// index finds a few of the kernel's types. The library unpacks more than a hundred thousand to find one, which takes
// longer than all else at the start of a command.
type index struct {
	types   []byte
	strings []byte
	offsets []uint32 // of each type in types, by its id; that of 0 is not used
}

var errBTF = errors.New("this BTF is in a form that is not known here")

// newIndex reads where each type is.
func newIndex(raw []byte) (*index, error) {
	order := binary.NativeEndian
	if len(raw) < btfHeaderLen || order.Uint16(raw) != btfMagic {
		return nil, errBTF
	}
	head := uint64(order.Uint32(raw[4:]))
	typeOff, typeLen := uint64(order.Uint32(raw[8:])), uint64(order.Uint32(raw[12:]))
	strOff, strLen := uint64(order.Uint32(raw[16:])), uint64(order.Uint32(raw[20:]))
	if size := uint64(len(raw)); head+typeOff+typeLen > size || head+strOff+strLen > size || strLen == 0 {
		return nil, errBTF
	}
	x := &index{types: raw[head+typeOff:][:typeLen], strings: raw[head+strOff:][:strLen],
		offsets: make([]uint32, 1, typeLen/30)}
	for at := 0; at < len(x.types); {
		if at+btfTypeLen > len(x.types) {
			return nil, errBTF
		}
		x.offsets = append(x.offsets, uint32(at))
		size, ok := sizeOf(order.Uint32(x.types[at+4:]))
		if at += size; !ok || at > len(x.types) {
			return nil, errBTF
		}
	}
	return x, nil
}

func kindOf(info uint32) uint32 { return info >> 24 & 0x1f }

// membersOf returns how many members, values or parameters follow the beginning of a type.
func membersOf(info uint32) int { return int(info & 0xffff) }

// sizeOf returns the bytes of a type.
func sizeOf(info uint32) (size int, ok bool) {
	switch kindOf(info) {
	case kindPtr, kindFwd, kindTypedef, kindVolatile, kindConst, kindRestrict, kindFunc, kindFloat, kindTypeTag:
		return btfTypeLen, true
	case kindInt, kindVar, kindDeclTag:
		return btfTypeLen + 4, true
	case kindArray:
		return btfTypeLen + 12, true
	case kindEnum, kindFuncProto:
		return btfTypeLen + 8*membersOf(info), true
	case kindStruct, kindUnion, kindDatasec, kindEnum64:
		return btfTypeLen + 12*membersOf(info), true
	}
	return 0, false
}

// at returns the bytes of a type, with whatever follows it.
func (x *index) at(id uint32) ([]byte, error) {
	if id == 0 || int(id) >= len(x.offsets) {
		return nil, fmt.Errorf("%w: no type %d", errBTF, id)
	}
	return x.types[x.offsets[id]:], nil
}

// name returns the name that begins at an offset.
func (x *index) name(offset uint32) []byte {
	if int(offset) >= len(x.strings) {
		return nil
	}
	name := x.strings[offset:]
	return name[:max(bytes.IndexByte(name, 0), 0)]
}

// named returns the ids of all types of these names, in their order. It looks at each type once.
func (x *index) named(names ...string) map[string][]uint32 {
	var begins [1 << 16]bool // what two bytes a name may begin with: nearly all begin otherwise
	wanted := map[string]bool{}
	for _, name := range names {
		if name != "" {
			begins[beginOf(name+"\x00")] = true
			wanted[name] = true
		}
	}
	found := map[string][]uint32{}
	for id := 1; id < len(x.offsets); id++ {
		offset := binary.NativeEndian.Uint32(x.types[x.offsets[id]:])
		if int(offset)+1 >= len(x.strings) || !begins[int(x.strings[offset])|int(x.strings[offset+1])<<8] {
			continue
		}
		if name := x.name(offset); wanted[string(name)] {
			found[string(name)] = append(found[string(name)], uint32(id))
		}
	}
	return found
}

func beginOf(name string) int { return int(name[0]) | int(name[1])<<8 }

// functions returns the ids of the functions of a name: more than one of static functions that share it.
func (x *index) functions(name string) []uint32 {
	var ids []uint32
	for _, id := range x.named(name)[name] {
		if kindOf(binary.NativeEndian.Uint32(x.types[x.offsets[id]+4:])) == kindFunc {
			ids = append(ids, id)
		}
	}
	return ids
}
