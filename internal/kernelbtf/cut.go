// SPDX-License-Identifier: GPL-2.0-only

package kernelbtf

import (
	"bytes"
	"encoding/binary"

	"github.com/cilium/ebpf/btf"
)

// cutter makes BTF that has only what the programs of one object can ask for: the kernel's structures, unions and enums
// of the names that the object has, in them only members of names that it has, and no pointer's target. Of all others
// the library would read hundreds: what one member points to, what that points to, and so on. TestLabCut compares what
// programs become with that and with all types.
type cutter struct {
	from    *raw
	members map[string]bool
	ids     map[uint32]uint32 // by the kernel's id, the id in what is made
	pointer uint32            // the id of the one pointer, 0: none yet
	types   []byte
	names   []byte
	last    uint32 // the highest id
}

// Cut returns those of the kernel's own types that programs with these types of their own can ask for.
func Cut(own *btf.Spec) (*btf.Spec, error) {
	r, err := kernelRaw()
	if err != nil {
		return nil, err
	}
	return r.cut(own)
}

// cut is Cut for any kernel's types.
func (r *raw) cut(own *btf.Spec) (*btf.Spec, error) {
	records, members, err := namesIn(own)
	if err != nil {
		return nil, err
	}
	c := &cutter{from: r, members: members, ids: map[uint32]uint32{0: 0}, names: []byte{0}}
	for _, id := range r.records {
		name := essential(r.name(word(r.types[r.at[id]:], 0)))
		if len(name) > 0 && records[string(name)] {
			if _, err := c.take(id); err != nil {
				return nil, err
			}
		}
	}
	return btf.LoadSpecFromReader(bytes.NewReader(c.whole()))
}

// essential returns a name without what tells several types of one name apart.
func essential(name []byte) []byte {
	const mark = "___"
	if bytes.Contains(name, []byte(mark)) { // nearly none, and to look for the last one takes longer
		return name[:bytes.LastIndex(name, []byte(mark))]
	}
	return name
}

// namesIn returns the names of an object's structures, unions and enums, and of their members.
func namesIn(own *btf.Spec) (records, members map[string]bool, err error) {
	records, members = map[string]bool{}, map[string]bool{}
	for t, err := range own.All() {
		if err != nil {
			return nil, nil, err
		}
		var in []btf.Member
		switch t := t.(type) {
		case *btf.Struct:
			in = t.Members
		case *btf.Union:
			in = t.Members
		case *btf.Enum:
		default:
			continue
		}
		records[string(essential([]byte(t.TypeName())))] = true
		for _, m := range in {
			members[m.Name] = true
		}
	}
	return records, members, nil
}

// take adds a type of the kernel, after those that are part of it, and returns its new id.
func (c *cutter) take(id uint32) (uint32, error) {
	if is, known := c.ids[id]; known {
		return is, nil
	}
	t, err := c.from.typ(id)
	if err != nil {
		return 0, err
	}
	c.ids[id] = 0 // a type that is a part of itself ends here: there is none
	var is uint32
	switch t.kind() {
	case kindPointer:
		if c.pointer == 0 {
			c.pointer = c.add(rawType{info: t.info})
		}
		is = c.pointer
	case kindFuncProto, kindFunc, kindVar, kindDatasec, kindDeclTag: // parts of no structure
	case kindTypedef, kindVolatile, kindConst, kindRestrict, kindTypeTag:
		if t.size, err = c.take(t.size); err == nil {
			is = c.add(t)
		}
	case kindArray:
		var element, index uint32
		if element, err = c.take(word(t.rest, 0)); err != nil {
			return 0, err
		}
		if index, err = c.take(word(t.rest, 1)); err == nil {
			t.rest = words(element, index, word(t.rest, 2))
			is = c.add(t)
		}
	case kindStruct, kindUnion:
		if err = c.prune(&t); err == nil {
			is = c.add(t)
		}
	case kindEnum, kindEnum64:
		is = c.add(c.renamed(t))
	default: // they refer to no other
		is = c.add(t)
	}
	c.ids[id] = is
	return is, err
}

// renamed returns an enum with the names of its values added here.
func (c *cutter) renamed(t rawType) rawType {
	t.rest = bytes.Clone(t.rest)
	each := int(behind[t.kind()].each)
	for i := range t.members() {
		value := t.rest[each*i:]
		binary.LittleEndian.PutUint32(value, c.name(word(value, 0)))
	}
	return t
}

// prune takes away the members of a structure or union that nobody asks for, and adds the types of the others.
func (c *cutter) prune(t *rawType) error {
	var rest []byte
	kept := uint32(0)
	for i := range t.members() {
		name, typ, offset := word(t.rest, 3*i), word(t.rest, 3*i+1), word(t.rest, 3*i+2)
		if text := c.from.name(name); len(text) > 0 && !c.members[string(text)] {
			continue
		}
		typ, err := c.take(typ)
		if err != nil {
			return err
		}
		rest = append(rest, words(c.name(name), typ, offset)...)
		kept++
	}
	t.rest, t.info = rest, t.info&^0xffff|kept
	return nil
}

// name adds a name and returns where it is.
func (c *cutter) name(at uint32) uint32 {
	text := c.from.name(at)
	if len(text) == 0 {
		return 0
	}
	is := uint32(len(c.names))
	c.names = append(append(c.names, text...), 0)
	return is
}

// add adds a type that refers to types here only, and returns its id.
func (c *cutter) add(t rawType) uint32 {
	c.types = append(append(c.types, words(c.name(t.name), t.info, t.size)...), t.rest...)
	c.last++
	return c.last
}

// whole returns what was made, with its header.
func (c *cutter) whole() []byte {
	types, names := uint32(len(c.types)), uint32(len(c.names))
	all := words(magic|1<<16, headerLen, 0, types, types, names)
	return append(append(all, c.types...), c.names...)
}

// words returns the bytes of words.
func words(all ...uint32) []byte {
	var b []byte
	for _, w := range all {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}
