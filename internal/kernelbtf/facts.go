// SPDX-License-Identifier: GPL-2.0-only

package kernelbtf

// Facts answers what a kernel's types say it has. Any goroutine may use it.
type Facts struct{ raw *raw }

// Running returns the facts of the running kernel. The error is that of reading its types.
func Running() (*Facts, error) {
	r, err := kernelRaw()
	return &Facts{r}, err
}

// ReadFacts returns those of a kernel whose types are at hand, as the file /sys/kernel/btf/vmlinux has them.
func ReadFacts(data []byte) (*Facts, error) {
	r, err := newRaw(data)
	return &Facts{r}, err
}

// HasFunction reports whether the kernel has a function of a name that its types describe. One that the compiler put
// into its callers is not there.
func (f *Facts) HasFunction(name string) bool { return len(f.raw.functions(name)) > 0 }

// HasValue reports whether an enumeration has a value of a name; enum "" stands for one without a name.
func (f *Facts) HasValue(enum, value string) bool {
	return f.search(enum, func(t rawType) bool {
		step := map[uint32]int{kindEnum: 2, kindEnum64: 3}[t.kind()] // words of a value
		for i := 0; step > 0 && i < t.members(); i++ {
			if string(f.raw.name(word(t.rest, step*i))) == value {
				return true
			}
		}
		return false
	})
}

// HasVariable reports whether the kernel has a variable of a name, of those that each CPU has one of.
func (f *Facts) HasVariable(name string) bool {
	for id := 1; id < len(f.raw.at); id++ {
		t, err := f.raw.typ(uint32(id))
		if err == nil && t.kind() == kindVar && string(f.raw.name(t.name)) == name {
			return true
		}
	}
	return false
}

// Size returns how many bytes a structure has; 0 if the kernel has none of that name.
func (f *Facts) Size(structure string) (bytes int) {
	f.search(structure, func(t rawType) bool {
		if t.kind() == kindStruct {
			bytes = int(t.size)
		}
		return bytes > 0
	})
	return bytes
}

// MemberSize returns how many bytes a member of a structure has; 0 if there is none of that name.
func (f *Facts) MemberSize(structure, member string) (bytes int) {
	f.search(structure, func(t rawType) bool {
		if t.kind() != kindStruct {
			return false
		}
		for i := range t.members() {
			if string(f.raw.name(word(t.rest, 3*i))) == member {
				bytes = f.sizeOf(word(t.rest, 3*i+1))
			}
		}
		return bytes > 0
	})
	return bytes
}

// search calls found for each structure, union and enumeration of a name until it returns true, and reports whether it
// did.
func (f *Facts) search(name string, found func(rawType) bool) bool {
	for _, id := range f.raw.records {
		t, err := f.raw.typ(id)
		if err == nil && string(f.raw.name(t.name)) == name && found(t) {
			return true
		}
	}
	return false
}

// sizeOf returns the bytes of a type that holds something by itself; 0 for one that is not known here.
func (f *Facts) sizeOf(id uint32) int {
	for range maxDepth {
		t, err := f.raw.typ(id)
		if err != nil {
			return 0
		}
		switch t.kind() {
		case kindTypedef, kindVolatile, kindConst, kindRestrict, kindTypeTag:
			id = t.size
		case kindPointer:
			return 8
		case kindInt, kindEnum, kindEnum64, kindStruct, kindUnion:
			return int(t.size)
		default:
			return 0
		}
	}
	return 0
}
