// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"bytes"
	"fmt"
	"strings"
)

// struct spotos_func in include/spotos_patch.h.
const (
	funcNameLen   = 128
	funcObjectLen = 56
	funcPointer   = funcNameLen + funcObjectLen
	funcLen       = funcPointer + 8
)

// MaxFunctions is how many functions one patch may replace.
const MaxFunctions = 256

// functions reads the list that SPOTOS_PATCH() makes.
func (o *object) functions() ([]Function, error) {
	const section = ".spotos.funcs"
	index, data, err := o.Content(section)
	if err != nil {
		return nil, fmt.Errorf("%w: list its functions with SPOTOS_PATCH()", err)
	}
	n := len(data) / funcLen
	if len(data)%funcLen != 0 || n == 0 || n > MaxFunctions {
		return nil, fmt.Errorf("section %s of %d bytes is no list of 1 to %d functions: build it with this version's "+
			"spotos_patch.h", section, len(data), MaxFunctions)
	}
	pointers, err := o.pointers(index)
	if err != nil {
		return nil, err
	}
	funcs := make([]Function, n)
	for i := range funcs {
		entry := data[i*funcLen:][:funcLen]
		name, okName := cString(entry[:funcNameLen])
		object, okObject := cString(entry[funcNameLen:funcPointer])
		if !okName || !okObject {
			return nil, fmt.Errorf("function %d in section %s has no name or no object: SPOTOS_FUNC() takes both", i+1, section)
		}
		name, position, okName := SplitName(name)
		if !okName {
			return nil, fmt.Errorf("function %s in section %s has no number as its position: SPOTOS_FUNC_AT() takes one "+
				"from 1", name, section)
		}
		at, ok := pointers[uint64(i*funcLen+funcPointer)]
		if !ok || !o.isCode(at) {
			return nil, fmt.Errorf("function %s has no replacement in this module: define it in the patch's source", name)
		}
		if in := o.Sections[at.section].Name; strings.HasPrefix(in, ".init") || strings.HasPrefix(in, ".exit") {
			return nil, fmt.Errorf("the replacement of %s is in section %s, whose memory is gone when it is called: take "+
				"__init or __exit away from it", name, in)
		}
		funcs[i] = Function{Name: name, Object: object, Replacement: o.functionAt(at), Position: position}
	}
	return funcs, nil
}

// cString returns the text before the first NUL; false when there is none, or nothing before it.
func cString(b []byte) (string, bool) {
	i := bytes.IndexByte(b, 0)
	if i <= 0 {
		return "", false
	}
	return string(b[:i]), true
}
