// SPDX-License-Identifier: GPL-2.0-only

package prototype

import (
	"fmt"

	"github.com/cilium/ebpf/btf"
)

// Placeholder returns the C that ends a function of this type which is not written yet: it fails, where its type says
// how functions fail. What it returns is said in the second text.
func (f *File) Placeholder(fn *btf.FuncProto) (statement, said string, err error) {
	text := "0"
	switch t := btf.UnderlyingType(fn.Return).(type) {
	case *btf.Void:
		return "", "does nothing", nil
	case *btf.Pointer:
		text = "NULL"
	case *btf.Enum:
		if len(t.Values) > 0 {
			v := Value{kind: word, text: t.Values[0].Name}
			return v.Statement(fn), "answers " + v.text, nil
		}
	case *btf.Int:
		switch {
		case t.Name == "_Bool":
			text = "false"
		case t.Encoding == btf.Signed && t.Size > 1:
			text = "-EOPNOTSUPP"
		}
	default:
		name, err := f.declare(fn.Return, "", "", true)
		if err != nil {
			return "", "", err
		}
		text = fmt.Sprintf("(%s){}", name)
	}
	return "return " + text + ";", "answers " + text, nil
}
