// SPDX-License-Identifier: GPL-2.0-only

package prototype

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf/btf"
)

var (
	errNameless = errors.New("a structure without a name")
	errFloat    = errors.New("a floating-point number")
)

// ints are the names of integers as compilers write them, and as the kernel does.
var ints = map[string]string{
	"_Bool": "bool", "char": "char", "signed char": "signed char", "unsigned char": "unsigned char",
	"short int": "short", "short unsigned int": "unsigned short", "int": "int", "unsigned int": "unsigned int",
	"long int": "long", "long unsigned int": "unsigned long", "long long int": "long long",
	"long long unsigned int": "unsigned long long", "__int128": "__int128", "__int128 unsigned": "unsigned __int128",
}

// name returns the name of a type that has one, and sees to it that it is known.
func (f *File) name(t btf.Type, value bool) (string, error) {
	switch t := t.(type) {
	case *btf.Void:
		return "void", nil
	case *btf.Int:
		if name := ints[t.Name]; name != "" {
			return name, nil
		}
		return "", fmt.Errorf("the integer %q", t.Name)
	case *btf.Float:
		return "", errFloat
	case *btf.Fwd:
		return f.composite(t.Kind.String(), t.Name, t, false)
	case *btf.Struct:
		return f.composite("struct", t.Name, t, value)
	case *btf.Union:
		return f.composite("union", t.Name, t, value)
	case *btf.Enum:
		return f.enum(t), nil
	}
	return "", fmt.Errorf("a %T", t)
}

// only returns the name for a structure or union that only a typedef names, which no header defines.
func (f *File) only(t *btf.Typedef, value bool) (string, error) {
	of := unqualified(t.Type)
	if _, union := of.(*btf.Union); union {
		return f.composite("union", t.Name, of, value)
	}
	return f.composite("struct", t.Name, of, value)
}

// composite returns the name of a structure or union, and sees to it that it is declared, or where a value of it is
// passed, defined: by a header, or else by a stand-in, whose name no header has.
func (f *File) composite(kind, name string, t btf.Type, value bool) (string, error) {
	if name == "" {
		return "", errNameless
	}
	tag := kind + " " + name
	defined := (value || f.whole) && f.include(f.headers.tag(kind, name))
	switch {
	case value && defined:
	case value:
		tag = kind + " spotos_" + name
		size, err := passed(t)
		if err != nil {
			return "", fmt.Errorf("%s %s: %w", kind, name, err)
		}
		f.declared[tag] = fmt.Sprintf("%s { /* as large as the kernel's own */\n\tunsigned char bytes[%d];\n};", tag, size)
	default:
		f.declared[tag] = tag + ";" // even if a header defines it: the kernel's options may leave it out there
	}
	return tag, nil
}

// enum returns the name of an enumeration that a header defines, and else the integer that is passed for it.
func (f *File) enum(t *btf.Enum) string {
	if t.Name != "" && f.include(f.headers.tag("enum", t.Name)) {
		return "enum " + t.Name
	}
	sign, comment := "unsigned ", ""
	if t.Signed {
		sign = ""
	}
	if t.Name != "" {
		comment = " /* enum " + t.Name + " */"
	}
	return sign + map[uint32]string{1: "char", 2: "short", 4: "int", 8: "long"}[t.Size] + comment
}

// include includes a header, unless it is included in any case. It reports whether there is one.
func (f *File) include(header string, found bool) bool {
	if found && header != "" {
		f.includes[header] = true
	}
	return found
}
