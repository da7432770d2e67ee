// SPDX-License-Identifier: GPL-2.0-only

package probe_test

import (
	"bufio"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"spotos/internal/kernelbtf"
	"spotos/internal/labtest"
	"spotos/patchset"
	"spotos/probe"
)

// TestLabCountable compares what is said of functions with what the kernel does: those of which it is said that their
// calls can be counted take probes, the others do not. SPOTOS_ROUNDS is how many of each are tried.
func TestLabCountable(t *testing.T) {
	labtest.Require(t)
	random := labtest.Random(t)
	wanted := labtest.Number(t, "SPOTOS_ROUNDS", 12)
	k, err := patchset.LiveKernel()
	if err != nil {
		t.Fatal(err)
	}
	all, odd := functions(t)
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	random.Shuffle(len(odd), func(i, j int) { odd[i], odd[j] = odd[j], odd[i] })
	var can, cannot []probe.Func
	for _, f := range all {
		if len(can) == wanted && len(cannot) >= wanted/2 {
			break
		}
		if to, why := k.ProbeName(f.Function); why == "" && len(can) < wanted {
			can = append(can, f.watched(to))
		} else if refused(why) && len(cannot) < wanted/2 {
			cannot = append(cannot, f.watched(f.Name))
		}
	}
	for _, f := range odd[:min(len(odd), 10*wanted)] {
		if len(cannot) == wanted {
			break
		}
		if _, why := k.ProbeName(f.Function); refused(why) && len(cannot) < wanted {
			cannot = append(cannot, f.watched(f.Name))
		}
	}
	t.Logf("%d functions, %d of them with odd arguments; %d that can be counted are tried, and %d that cannot", len(all),
		len(odd), len(can), len(cannot))
	for _, f := range try(t, can) {
		if f.Uncounted != "" {
			t.Errorf("%s is said to be countable: %s", f.Name, f.Uncounted)
		}
	}
	for _, f := range try(t, cannot) {
		_, why := k.ProbeName(patchset.Function{Name: f.Name, Object: patchset.VMLinux})
		switch {
		case f.Uncounted != "":
		case strings.Contains(why, "ftrace has no site"):
			// The kernel attaches a program to any function that begins with a nop, though ftrace does not know it.
			t.Logf("%s took probes that ftrace knows nothing of", f.Name)
		default:
			t.Errorf("%s took probes, but it is said that %s", f.Name, why)
		}
	}
	if len(can) < wanted || len(cannot) < wanted/2 {
		t.Errorf("%d and %d functions, not %d of each: nothing is shown", len(can), len(cannot), wanted)
	}
}

// refused reports whether a verdict says that the kernel refuses. That a name is found twice, and that a function
// never returns, is why SPOTOS does not count what some kernels would take.
func refused(why string) bool {
	return why != "" && !strings.Contains(why, "finds its function by name") && !strings.Contains(why, "never returns")
}

// candidate is a function and where it is.
type candidate struct {
	patchset.Function
	addr uint64
}

func (c candidate) watched(attachTo string) probe.Func {
	return probe.Func{Name: c.Name, AttachTo: attachTo, Ranges: []probe.Range{{Start: c.addr, End: c.addr + 16}}}
}

// functions returns the kernel's own functions, and those of them whose BTF has many or odd arguments, or two entries.
func functions(t *testing.T) (all, odd []candidate) {
	t.Helper()
	file, err := os.Open("/proc/kallsyms")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	strange := oddTypes(t)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) != 3 || !strings.Contains("tTwW", f[1]) {
			continue // of a module, or data
		}
		addr, err := strconv.ParseUint(f[0], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		c := candidate{patchset.Function{Name: f[2], Object: patchset.VMLinux}, addr}
		all = append(all, c)
		if strange[c.Name] {
			odd = append(odd, c)
		}
	}
	return all, odd
}

func oddTypes(t *testing.T) map[string]bool {
	t.Helper()
	spec, err := kernelbtf.Types(patchset.VMLinux)
	if err != nil {
		t.Fatal(err)
	}
	seen, odd := map[string]bool{}, map[string]bool{}
	for typ, err := range spec.All() {
		if err != nil {
			t.Fatal(err)
		}
		fn, ok := typ.(*btf.Func)
		if !ok {
			continue
		}
		proto := fn.Type.(*btf.FuncProto)
		composite := slices.ContainsFunc(proto.Params, func(p btf.FuncParam) bool {
			switch btf.UnderlyingType(p.Type).(type) {
			case *btf.Pointer, *btf.Int, *btf.Enum:
				return false
			}
			return true
		})
		odd[fn.Name] = odd[fn.Name] || seen[fn.Name] || len(proto.Params) > 6 || composite
		seen[fn.Name] = true
	}
	return odd
}

// try watches functions, some at a time, and returns them with what the kernel said.
func try(t *testing.T, funcs []probe.Func) []probe.Func {
	t.Helper()
	const atATime = 20
	var tried []probe.Func
	for some := range slices.Chunk(funcs, atATime) {
		w, err := probe.Attach(t.Context(), some, probe.Options{})
		if err != nil {
			t.Fatal(err)
		}
		samples, err := w.Sample()
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range some {
			f.Uncounted = samples[i].Uncounted
			tried = append(tried, f)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	return tried
}
