// SPDX-License-Identifier: GPL-2.0-only

package prototype

import (
	"fmt"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// declare writes a declaration inside out: inner is what stands at the name's place so far, and quals the qualifiers of
// the type, with a blank behind each. value says that a whole value of the type is there, and not a pointer to it.
func (f *File) declare(t btf.Type, quals, inner string, value bool) (string, error) {
	switch t := t.(type) {
	case *btf.Const:
		return f.declare(t.Type, qualified(quals, "const "), inner, value)
	case *btf.Volatile:
		return f.declare(t.Type, qualified(quals, "volatile "), inner, value)
	case *btf.Restrict:
		return f.declare(t.Type, quals, inner, value)
	case *btf.TypeTag:
		return f.declare(t.Type, quals, inner, value)
	case *btf.Pointer:
		return f.pointer(t, quals, inner)
	case *btf.Array:
		return f.declare(t.Type, quals, fmt.Sprintf("%s[%d]", inner, t.Nelems), true)
	case *btf.Typedef:
		if f.include(f.headers.typedef(t.Name)) {
			return join(quals+t.Name, inner), nil
		}
		if nameless(t.Type) {
			name, err := f.only(t, value)
			return join(quals+name, inner), err
		}
		return f.declare(t.Type, quals, inner, value)
	case *btf.FuncProto:
		params, err := f.params(t, false)
		if err != nil {
			return "", err
		}
		return f.declare(t.Return, "", inner+"("+strings.Join(params, ", ")+")", true)
	}
	name, err := f.name(t, value)
	if err != nil {
		return "", err
	}
	return join(quals+name, inner), nil
}

func qualified(quals, more string) string {
	if strings.Contains(quals, more) {
		return quals
	}
	return quals + more
}

// join puts a blank between a type and what it declares, if that is anything.
func join(name, inner string) string {
	if inner == "" {
		return name
	}
	return name + " " + inner
}

// pointer writes a pointer. One to a structure without a name is one to void.
func (f *File) pointer(t *btf.Pointer, quals, inner string) (string, error) {
	if inner = "*" + quals + inner; strings.HasSuffix(inner, " ") {
		inner = strings.TrimSuffix(inner, " ")
	}
	switch of := f.written(t.Target).(type) {
	case *btf.Array, *btf.FuncProto:
		inner = "(" + inner + ")"
	case *btf.Struct:
		if of.Name == "" {
			return "void " + inner, nil
		}
	case *btf.Union:
		if of.Name == "" {
			return "void " + inner, nil
		}
	}
	return f.declare(t.Target, "", inner, false)
}

// written returns the type that stands in the text: t without qualifiers, and without typedefs that no header defines.
func (f *File) written(t btf.Type) btf.Type {
	for {
		t = unqualified(t)
		def, ok := t.(*btf.Typedef)
		if !ok || f.known(def) || nameless(def.Type) {
			return t
		}
		t = def.Type
	}
}

// nameless reports whether a type is a structure or union that only a typedef names.
func nameless(t btf.Type) bool {
	switch of := unqualified(t).(type) {
	case *btf.Struct:
		return of.Name == ""
	case *btf.Union:
		return of.Name == ""
	}
	return false
}

// known reports whether a header defines a typedef.
func (f *File) known(t *btf.Typedef) bool {
	_, found := f.headers.typedef(t.Name)
	return found
}

func unqualified(t btf.Type) btf.Type {
	for {
		switch q := t.(type) {
		case *btf.Const:
			t = q.Type
		case *btf.Volatile:
			t = q.Type
		case *btf.Restrict:
			t = q.Type
		case *btf.TypeTag:
			t = q.Type
		default:
			return t
		}
	}
}
