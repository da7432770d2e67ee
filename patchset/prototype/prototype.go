// SPDX-License-Identifier: GPL-2.0-only

// Package prototype writes C out of a kernel's type information (BTF): the heading of a function, what must stand
// before it so that it compiles as a part of a patch, and a value for it to return.
//
// Types are named as the kernel names them where its headers define them. What only a file of the kernel's own defines
// is declared, or, where a whole value of it is passed, given a stand-in that is passed in the same way.
package prototype

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"
)

// File collects what the headings in one file of C need before them.
type File struct {
	headers  *Headers
	whole    bool // structures behind pointers are to be defined, where a header does that
	includes map[string]bool
	declared map[string]string // by what is declared, such as "struct sock"
}

// New returns a file without headings. Where whole is set, what a pointer leads to is looked for in the headers too, so
// that the function's body can use it.
func New(headers *Headers, whole bool) *File {
	return &File{headers: headers, whole: whole, includes: make(map[string]bool), declared: make(map[string]string)}
}

// Includes returns the headers that define what the headings use, sorted, such as "linux/net.h".
func (f *File) Includes() []string { return slices.Sorted(maps.Keys(f.includes)) }

// Declarations returns what must be declared after them, a line each, sorted.
func (f *File) Declarations() []string { return slices.Sorted(maps.Values(f.declared)) }

const maxColumns = 100 // of a heading's line; the kernel's style

// Heading returns the heading of a static function of this type, without its body. The error says which part cannot be
// written, and begins with a verb.
func (f *File) Heading(name string, fn *btf.FuncProto) (string, error) {
	params, err := f.params(fn, true)
	if err != nil {
		return "", err
	}
	// Of a function that returns a pointer to a function, there is more behind the parameters.
	const here = "\x00"
	text, err := f.declare(fn.Return, "", name+"("+here+")", true)
	if err != nil {
		return "", fmt.Errorf("returns what cannot be written in C: %w", err)
	}
	begin, end, _ := strings.Cut(text, here)
	return wrap("static "+begin, params) + end, nil
}

// wrap joins the parameters behind the beginning of a heading, and breaks lines that get too long.
func wrap(begin string, params []string) string {
	indent := strings.Repeat("\t", len(begin)/8) + strings.Repeat(" ", len(begin)%8)
	var out strings.Builder
	out.WriteString(begin)
	column := len(begin)
	for i, p := range params {
		last := i == len(params)-1
		switch {
		case i == 0:
		case column+len(p)+3 > maxColumns:
			out.WriteString("\n" + indent)
			column = len(begin)
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(p)
		if !last {
			out.WriteByte(',')
		}
		column += len(p) + 1
	}
	return out.String()
}

// params returns the parameters of a function; with names, each one has one.
func (f *File) params(fn *btf.FuncProto, named bool) ([]string, error) {
	if len(fn.Params) == 0 {
		return []string{"void"}, nil
	}
	var list []string
	for i, p := range fn.Params {
		if _, void := p.Type.(*btf.Void); void && i == len(fn.Params)-1 && i > 0 {
			list = append(list, "...")
			continue
		}
		name := ""
		if named {
			if name = p.Name; name == "" {
				name = fmt.Sprintf("arg%d", i+1)
			}
		}
		text, err := f.declare(p.Type, "", name, true)
		if err != nil {
			return nil, fmt.Errorf("takes as its argument %d what cannot be written in C: %w", i+1, err)
		}
		list = append(list, text)
	}
	return list, nil
}

// Same reports whether two functions have one type, as far as names say it. Parameters may have other names.
func Same(a, b *btf.FuncProto) bool {
	var texts [2]string
	for i, fn := range []*btf.FuncProto{a, b} {
		text, err := New(nil, false).declare(fn, "", "", true)
		if err != nil {
			return false
		}
		texts[i] = text
	}
	return texts[0] == texts[1]
}
