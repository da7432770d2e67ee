// SPDX-License-Identifier: GPL-2.0-only

package kernelbtf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"sync"
)

// The kinds of types in BTF, as Documentation/bpf/btf.rst numbers them.
const (
	kindInt       = 1
	kindPointer   = 2
	kindArray     = 3
	kindStruct    = 4
	kindUnion     = 5
	kindEnum      = 6
	kindForward   = 7
	kindTypedef   = 8
	kindVolatile  = 9
	kindConst     = 10
	kindRestrict  = 11
	kindFunc      = 12
	kindFuncProto = 13
	kindVar       = 14
	kindDatasec   = 15
	kindFloat     = 16
	kindDeclTag   = 17
	kindTypeTag   = 18
	kindEnum64    = 19
)

// behind is how many bytes follow the head of a type of each kind: always, and for each of its members.
var behind = [...]struct{ always, each uint32 }{kindInt: {always: 4}, kindArray: {always: 12}, kindStruct: {each: 12},
	kindUnion: {each: 12}, kindEnum: {each: 8}, kindFuncProto: {each: 8}, kindVar: {always: 4}, kindDatasec: {each: 12},
	kindDeclTag: {always: 4}, kindEnum64: {each: 12}}

const (
	headLen   = 12 // of a type
	magic     = 0xeb9f
	headerLen = 24 // of all BTF, at least
)

var errOdd = errors.New("the BTF is not as expected")

// raw is BTF as the kernel shows it, with an index of where each type is. To make that takes a tenth of the time that a
// btf.Spec takes, which also sorts all by name.
type raw struct {
	types, names []byte
	at           []uint32 // by id, where the type begins; of id 0, which is void: nothing
	funcs        []uint32 // ids of the functions
	records      []uint32 // ids of structures, unions and enums

	mu     sync.Mutex
	asked  int                 // how many functions have been looked for
	byName map[string][]uint32 // all of them, once that is worth it
}

// newRaw indexes BTF, of which nothing is believed that was not compared with its length.
func newRaw(data []byte) (*raw, error) {
	if len(data) < headerLen || binary.LittleEndian.Uint16(data) != magic {
		return nil, errOdd
	}
	begin, typesLen, namesLen := uint64(word(data, 1)), uint64(word(data, 3)), uint64(word(data, 5))
	types, names := begin+uint64(word(data, 2)), begin+uint64(word(data, 4))
	size := uint64(len(data))
	if size >= 1<<31 || types+typesLen > size || names+namesLen > size || namesLen == 0 || data[names+namesLen-1] != 0 {
		return nil, errOdd
	}
	r := &raw{types: data[types:][:typesLen], names: data[names:][:namesLen]}
	return r, r.index()
}

// index finds where each type begins.
func (r *raw) index() error {
	r.at = make([]uint32, 1, 1+len(r.types)/20)
	r.funcs = make([]uint32, 0, cap(r.at)/2)
	for at := uint32(0); int(at) < len(r.types); {
		if len(r.types)-int(at) < headLen {
			return errOdd
		}
		info := word(r.types[at:], 1)
		kind := info >> 24 & 0x1f
		switch {
		case kind == 0 || kind >= uint32(len(behind)):
			return errOdd
		case kind == kindFunc:
			r.funcs = append(r.funcs, uint32(len(r.at)))
		case kind == kindStruct || kind == kindUnion || kind == kindEnum || kind == kindEnum64:
			r.records = append(r.records, uint32(len(r.at)))
		}
		r.at = append(r.at, at)
		at += headLen + behind[kind].always + behind[kind].each*(info&0xffff)
		if int(at) > len(r.types) {
			return errOdd
		}
	}
	return nil
}

// rawType is one type: its head, and what follows that.
type rawType struct {
	name uint32 // where in the names
	info uint32
	size uint32 // or the id of another type, by kind
	rest []byte
}

func (t *rawType) kind() uint32 { return t.info >> 24 & 0x1f }
func (t *rawType) members() int { return int(t.info & 0xffff) }

// word returns the i-th word of 32 bits.
func word(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }

// typ returns a type. Its id may not be 0, which is void.
func (r *raw) typ(id uint32) (rawType, error) {
	if id == 0 || uint64(id) >= uint64(len(r.at)) {
		return rawType{}, errOdd
	}
	end := uint32(len(r.types))
	if uint64(id)+1 < uint64(len(r.at)) {
		end = r.at[id+1]
	}
	b := r.types[r.at[id]:end]
	return rawType{word(b, 0), word(b, 1), word(b, 2), b[headLen:]}, nil
}

// name returns a name without the end, "" for none.
func (r *raw) name(at uint32) []byte {
	if uint64(at) >= uint64(len(r.names)) {
		return nil
	}
	name := r.names[at:]
	return name[:bytes.IndexByte(name, 0)]
}

// fewAsked is how many functions are looked for one by one. To sort all by name takes as long as some ten searches.
const fewAsked = 16

// functions returns the ids of all functions of a name.
func (r *raw) functions(name string) []uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked++; r.asked <= fewAsked {
		return r.search(name)
	}
	if r.byName == nil {
		r.byName = make(map[string][]uint32, len(r.funcs))
		for _, id := range r.funcs {
			name := string(r.name(word(r.types[r.at[id]:], 0)))
			r.byName[name] = append(r.byName[name], id)
		}
	}
	return r.byName[name]
}

// search looks for the functions of one name.
func (r *raw) search(name string) []uint32 {
	wanted := append([]byte(name), 0)
	var places []uint32 // where the name stands, perhaps as the end of a longer one
	for from := 0; ; {
		i := bytes.Index(r.names[from:], wanted)
		if i < 0 {
			break
		}
		places = append(places, uint32(from+i))
		from += i + 1
	}
	var ids []uint32
	for _, id := range r.funcs {
		at := word(r.types[r.at[id]:], 0)
		for _, place := range places {
			if at == place {
				ids = append(ids, id)
			}
		}
	}
	return ids
}
