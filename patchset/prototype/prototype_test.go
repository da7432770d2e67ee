// SPDX-License-Identifier: GPL-2.0-only

package prototype

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/google/go-cmp/cmp"
)

// Types of a kernel that does not exist, but whose headers TestHeading writes.
var (
	void   = (*btf.Void)(nil)
	num    = &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}
	char   = &btf.Int{Name: "char", Size: 1}
	ulong  = &btf.Int{Name: "long unsigned int", Size: 8}
	truths = &btf.Typedef{Name: "bool", Type: &btf.Int{Name: "_Bool", Size: 1, Encoding: btf.Bool}}
	sock   = &btf.Struct{Name: "sock", Size: 700}
	socket = &btf.Struct{Name: "socket", Size: 128}
	pair   = &btf.Struct{Name: "", Size: 16, Members: []btf.Member{{Name: "a", Type: ulong},
		{Name: "b", Type: ulong, Offset: 64}}}
	state = &btf.Enum{Name: "state", Size: 4, Values: []btf.EnumValue{{Name: "IDLE", Value: 0}, {Name: "BUSY", Value: 3}}}
)

func pointer(t btf.Type) btf.Type { return &btf.Pointer{Target: t} }

func function(returns btf.Type, params ...btf.FuncParam) *btf.FuncProto {
	return &btf.FuncProto{Return: returns, Params: params}
}

func kernelHeaders(t *testing.T) *Headers {
	t.Helper()
	build, common := t.TempDir(), t.TempDir()
	for file, text := range map[string]string{
		filepath.Join(build, "Makefile"):                           "include " + common + "/Makefile\n",
		filepath.Join(common, "include/linux/types.h"):             "typedef _Bool\t\t\tbool;\n",
		filepath.Join(common, "include/linux/net.h"):               "struct sock;\nstruct socket {\n\tint x;\n};\n",
		filepath.Join(common, "include/linux/sockptr.h"):           "typedef struct {\n\tint x;\n} sockptr_t;\n",
		filepath.Join(common, "include/linux/state.h"):             "enum state {\n\tIDLE, BUSY = 3\n};\n",
		filepath.Join(common, "include/linux/hook.h"):              "typedef int (*hook_t)(struct sock *);\n",
		filepath.Join(common, "include/acpi/only_inside.h"):        "typedef int inside_t;\n",
		filepath.Join(common, "arch/x86/include/asm/pgtable_64.h"): "typedef struct { long pte; } pte_t;\n",
	} {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	h, err := ReadHeaders(build)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// written is what a heading is in a file, with what it needs before it.
type written struct {
	Heading      string
	Includes     []string
	Declarations []string
}

var headings = []struct {
	name  string
	fn    *btf.FuncProto
	whole bool
	want  written
}{
	{"nothing", function(void), false, written{Heading: "static void f(void)"}},
	{"pointers to structures are declared", function(num, btf.FuncParam{Name: "sock", Type: pointer(socket)},
		btf.FuncParam{Name: "arg", Type: ulong}), false,
		written{Heading: "static int f(struct socket *sock, unsigned long arg)", Declarations: []string{"struct socket;"}}},
	{"and by hand defined", function(num, btf.FuncParam{Name: "sock", Type: pointer(socket)},
		btf.FuncParam{Name: "sk", Type: pointer(&btf.Const{Type: sock})}), true,
		written{Heading: "static int f(struct socket *sock, const struct sock *sk)", Includes: []string{"linux/net.h"},
			Declarations: []string{"struct sock;", "struct socket;"}}},
	{"qualifiers stay where they are", function(pointer(&btf.Const{Type: char}),
		btf.FuncParam{Name: "p", Type: &btf.Const{Type: pointer(&btf.Volatile{Type: num})}}), false,
		written{Heading: "static const char *f(volatile int *const p)"}},
	{"a function as an argument", function(truths, btf.FuncParam{Name: "fn", Type: pointer(function(num,
		btf.FuncParam{Type: pointer(sock)}, btf.FuncParam{Type: num}))}), false,
		written{Heading: "static bool f(int (*fn)(struct sock *, int))", Declarations: []string{"struct sock;"}}},
	{"a function as a result", function(pointer(function(num, btf.FuncParam{Type: ulong})),
		btf.FuncParam{Name: "a", Type: num}), false, written{Heading: "static int (*f(int a))(unsigned long)"}},
	{"a pointer to an array", function(void, btf.FuncParam{Name: "a", Type: pointer(&btf.Array{Type: char, Nelems: 16})}),
		false, written{Heading: "static void f(char (*a)[16])"}},
	{"typedefs of headers", function(num, btf.FuncParam{Name: "v", Type: &btf.Typedef{Name: "sockptr_t", Type: pair}},
		btf.FuncParam{Name: "h", Type: &btf.Typedef{Name: "hook_t", Type: pointer(function(num))}},
		btf.FuncParam{Name: "p", Type: &btf.Typedef{Name: "pte_t", Type: pair}}), false,
		written{Heading: "static int f(sockptr_t v, hook_t h, pte_t p)",
			Includes: []string{"linux/hook.h", "linux/pgtable.h", "linux/sockptr.h"}}},
	{"a typedef that no header has", function(num, btf.FuncParam{Name: "a", Type: &btf.Const{Type: &btf.Typedef{
		Name: "own_t", Type: pointer(num)}}}, btf.FuncParam{Name: "b", Type: &btf.Typedef{Name: "inside_t", Type: num}}),
		false, written{Heading: "static int f(int *const a, int b)"}},
	{"a structure by value that no header has", function(num, btf.FuncParam{Name: "v",
		Type: &btf.Typedef{Name: "own_pair", Type: pair}}), false,
		written{Heading: "static int f(struct spotos_own_pair v)", Declarations: []string{
			"struct spotos_own_pair { /* as large as the kernel's own */\n\tunsigned char bytes[16];\n};"}}},
	{"a pointer to a structure without a name", function(void, btf.FuncParam{Name: "v", Type: pointer(pair)}), false,
		written{Heading: "static void f(void *v)"}},
	{"enumerations", function(state, btf.FuncParam{Name: "a", Type: &btf.Enum{Name: "own", Size: 4}}), false,
		written{Heading: "static enum state f(unsigned int /* enum own */ a)", Includes: []string{"linux/state.h"}}},
	{"variadic, without names", function(void, btf.FuncParam{Type: pointer(char)}, btf.FuncParam{Type: void}), false,
		written{Heading: "static void f(char *arg1, ...)"}},
	{"long", function(num, btf.FuncParam{Name: "a_parameter_with_a_long_name", Type: pointer(sock)},
		btf.FuncParam{Name: "another_parameter_with_a_longer_name", Type: ulong}), false,
		written{Heading: "static int f(struct sock *a_parameter_with_a_long_name,\n" +
			"\t     unsigned long another_parameter_with_a_longer_name)", Declarations: []string{"struct sock;"}}},
}

// TestHeading writes headings of functions of every kind of type.
func TestHeading(t *testing.T) {
	headers := kernelHeaders(t)
	for _, c := range headings {
		t.Run(c.name, func(t *testing.T) {
			f := New(headers, c.whole)
			heading, err := f.Heading("f", c.fn)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, written{heading, f.Includes(), f.Declarations()}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestHeadingRefused refuses what C in the kernel cannot have, or what would be passed in another way.
func TestHeadingRefused(t *testing.T) {
	double := &btf.Float{Name: "double", Size: 8}
	packed := &btf.Struct{Name: "packed", Size: 9, Members: []btf.Member{{Type: char}, {Type: ulong, Offset: 8}}}
	for name, c := range map[string]struct {
		fn   *btf.FuncProto
		want string
	}{
		"float": {function(double), "returns what cannot be written in C: a floating-point number"},
		"float inside": {function(num, btf.FuncParam{Type: &btf.Struct{Name: "s", Size: 8,
			Members: []btf.Member{{Type: double}}}}),
			"takes as its argument 1 what cannot be written in C: struct s: a floating-point number"},
		"unaligned": {function(num, btf.FuncParam{Type: num}, btf.FuncParam{Type: packed}),
			"takes as its argument 2 what cannot be written in C: struct packed: " + errUnaligned.Error()},
		"nameless": {function(pair), "returns what cannot be written in C: a structure without a name"},
	} {
		if _, err := New(nil, false).Heading("f", c.fn); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
	}
}
