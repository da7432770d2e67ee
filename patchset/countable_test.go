// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
)

func TestRefusedPrototype(t *testing.T) {
	number := &btf.Int{Name: "long", Size: 8}
	pointer := &btf.Pointer{Target: number}
	pair := &btf.Struct{Name: "pair", Size: 16}
	large := &btf.Struct{Name: "large", Size: 24}
	void := &btf.Void{}
	of := func(ret btf.Type, params ...btf.Type) *btf.Func {
		proto := &btf.FuncProto{Return: ret}
		for _, p := range params {
			proto.Params = append(proto.Params, btf.FuncParam{Type: p})
		}
		return &btf.Func{Name: "f", Type: proto}
	}
	seven := []btf.Type{number, number, pointer, number, number, number, &btf.Const{Type: number}}
	for _, c := range []struct {
		fn        *btf.Func
		old, want string
	}{
		{fn: of(void)},
		{fn: of(number, pointer, &btf.Typedef{Name: "p", Type: pair})},
		{fn: of(number, seven...), old: "7 words"},
		{fn: of(number, pair, pair, pair, number), old: "7 words"},
		{fn: of(number, append(seven, seven[:6]...)...), old: "13 arguments", want: "13 arguments"},
		{fn: of(number, pair, pair, pair, pair, pair, pair, number), old: "13 words", want: "13 words"},
		{fn: of(pair), old: "returns", want: "returns"},
		{fn: of(&btf.Union{Size: 8}), old: "returns", want: "returns"},
		{fn: of(void, pointer, void), old: "variable", want: "variable"},
		{fn: of(void, large), old: "argument 1", want: "argument 1"},
		{fn: of(void, pointer, &btf.Union{Size: 8}), old: "argument 2", want: "argument 2"},
	} {
		for words, want := range map[int]string{6: c.old, maxArguments: c.want} {
			if got := refusedPrototype(c.fn, words, false); (got == "") != (want == "") || !strings.Contains(got, want) {
				t.Errorf("%v with %d words: %q, not %q", c.fn.Type, words, got, want)
			}
		}
	}
	if got := refusedPrototype(of(void, pointer, &btf.Union{Size: 8}), maxArguments, true); got != "" {
		t.Errorf("a kernel that passes unions on: %q", got)
	}
	if got := refusedPrototype(of(&btf.Union{Size: 8}), maxArguments, true); !strings.Contains(got, "returns") {
		t.Errorf("a kernel that passes unions on returns one: %q", got)
	}
}
