// SPDX-License-Identifier: GPL-2.0-only

package prototype

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// Fits returns why a value is none that a function of this type returns, "" if it is one, and what to do. The sentence
// begins with a verb, of which the function is the subject.
func (v Value) Fits(fn *btf.FuncProto) (why, do string) {
	want, of := describe(fn.Return), btf.UnderlyingType(fn.Return)
	switch t := of.(type) {
	case *btf.Void:
		return v.fit(want, "void", nothing)
	case *btf.Pointer:
		return v.fit(want, "NULL, or ERR_PTR:-EIO if its callers look for an error in it", null, errPtr)
	case *btf.Enum:
		return v.fitEnum(want, t)
	case *btf.Int:
		return v.fitInt(want, t, fn.Return)
	}
	return "returns " + want + ", of which no value can be given", "write its patch by hand"
}

// describe names a type for a sentence.
func describe(t btf.Type) string {
	switch of := unqualified(t).(type) {
	case *btf.Void:
		return "nothing"
	case *btf.Pointer:
		return "a pointer"
	case *btf.Enum:
		return strings.TrimSpace("enum " + of.Name)
	case *btf.Struct:
		return strings.TrimSpace("a struct " + of.Name)
	case *btf.Union:
		return strings.TrimSpace("a union " + of.Name)
	case *btf.Int:
		if name := ints[of.Name]; name != "" {
			return name
		}
		return of.Name
	case *btf.Typedef:
		if _, pointer := btf.UnderlyingType(of).(*btf.Pointer); !pointer {
			return of.Name
		}
		return "a pointer"
	}
	return "what has no name"
}

func (v Value) fit(want, say string, kinds ...kind) (why, do string) {
	if slices.Contains(kinds, v.kind) {
		return "", ""
	}
	return fmt.Sprintf("returns %s and not %s", want, v.said()), "write " + say
}

// said is the value in a sentence, with what it is where that helps.
func (v Value) said() string {
	if v.kind == errPtr {
		return v.text + ", which is a pointer"
	}
	return v.String()
}

// fitInt judges a value for an integer, which declared is the name of.
func (v Value) fitInt(want string, t *btf.Int, declared btf.Type) (why, do string) {
	if t.Name == "_Bool" {
		if v.kind == number && (v.number == 0 || v.number == 1) {
			return "", ""
		}
		return v.fit(want, "true or false: any error would be true", truth)
	}
	low, high := bounds(t.Size, t.Encoding == btf.Signed)
	switch {
	case v.kind == errno && low == 0 && !mayFail(declared):
		return fmt.Sprintf("returns %s, which has no negative numbers, so %s would be a large one", want, v.text),
			"write the number that its callers take for a failure"
	case v.kind == errno && low == 0:
		return "", ""
	case v.kind != number && v.kind != errno:
		return v.fit(want, "a number, or an error such as -EOPNOTSUPP")
	case v.number < low || high > 0 && v.number > high:
		return fmt.Sprintf("returns %s, which cannot be %s", want, v.text), "write a number that it can be"
	}
	return "", ""
}

// mayFail reports whether a type without negative numbers is the one that the kernel hides errors in: IS_ERR_VALUE
// looks for them in a plain unsigned long.
func mayFail(t btf.Type) bool {
	plain, ok := unqualified(t).(*btf.Int)
	return ok && plain.Name == "long unsigned int"
}

// bounds returns the least and the largest number of an integer; 0 for the largest where an int64 cannot exceed it.
func bounds(size uint32, signed bool) (low, high int64) {
	switch {
	case size >= 8 && signed:
		return math.MinInt64, 0
	case size >= 8:
		return 0, 0
	case signed:
		return -1 << (8*size - 1), 1<<(8*size-1) - 1
	}
	return 0, 1<<(8*size) - 1
}

// fitEnum takes a constant's name or its number.
func (v Value) fitEnum(want string, t *btf.Enum) (why, do string) {
	var names []string
	for _, c := range t.Values {
		if v.kind == word && v.text == c.Name || v.kind == number && uint64(v.number) == c.Value {
			return "", ""
		}
		if v.kind == errno && t.Signed && int64(c.Value) == v.number {
			return "", ""
		}
		names = append(names, c.Name)
	}
	const most = 6
	if len(names) > most {
		names = append(names[:most:most], "...")
	}
	return fmt.Sprintf("returns %s and not %s", want, v.said()), "write one of " + strings.Join(names, ", ")
}

// Statement returns the C by which a function of this type, which the value fits, returns it; "" if it returns nothing.
// A constant of an enumeration is written as its number: its header may not be there.
func (v Value) Statement(fn *btf.FuncProto) string {
	enum, _ := btf.UnderlyingType(fn.Return).(*btf.Enum)
	if v.kind == word && enum != nil {
		for _, c := range enum.Values {
			if c.Name == v.text {
				return fmt.Sprintf("return %d; /* %s */", int32(c.Value), v.text)
			}
		}
	}
	if v.kind == nothing {
		return ""
	}
	return "return " + v.text + ";"
}
