// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"spotos/internal/labtest"
	"spotos/session"
	"spotos/session/live"
)

// stages are the moments at which another tool attaches its probes to the patched function, or detaches them.
var stages = []string{"before opening", "opened", "applied", "closed", "watched", "opened again", "reverted", "the end"}

// order is who comes and goes when: another tool's probes, by the stages.
type order struct {
	probes         string // "entry", "exit", "entry exit", "exit entry"
	attach, detach int
}

func (o order) String() string {
	return fmt.Sprintf("%s, from %q to %q", o.probes, stages[o.attach], stages[o.detach])
}

// kernelsFault reports whether the kernel would lose the redirection without SPOTOS: another tool attaches an entry
// program to a function that is redirected and has no probe, and then the first exit program. See probe/foreign.go.
func (o order) kernelsFault() bool {
	alone := stages[o.attach] == "closed" || stages[o.attach] == "watched"
	return losesRedirections() && o.probes == "entry exit" && alone
}

func losesRedirections() bool {
	var u unix.Utsname
	unix.Uname(&u)
	return strings.HasPrefix(unix.ByteSliceToString(u.Release[:]), "6.1.")
}

// orders returns the orders that are always tried, and more at random.
func orders(r *rand.Rand, more int) []order {
	all := []order{
		{"entry", 3, 7}, // the watch and the revert come to another tool's entry program
		{"entry", 2, 6}, {"entry exit", 0, 7}, {"exit entry", 3, 5}, {"entry exit", 5, 6},
	}
	for range more {
		kind := []string{"entry", "exit", "entry exit", "exit entry"}[r.IntN(4)]
		from := r.IntN(len(stages) - 1)
		all = append(all, order{kind, from, from + 1 + r.IntN(len(stages)-1-from)})
	}
	return all
}

// TestLabProbeOrders has another tool's probes come to the patched function and go at all moments. The text of
// /proc/version shows which code runs, and that must be what the module says. SPOTOS_ROUNDS is how many are tried
// beside those that are always.
func TestLabProbeOrders(t *testing.T) {
	labtest.WithSpotos(t)
	t.Cleanup(func() { labtest.Unload(t, "version_banner") })
	m, err := live.NewMachine(live.MachineOptions{Patches: filepath.Join(labtest.Modules, "patches")})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range orders(labtest.Random(t), labtest.Number(t, "SPOTOS_ROUNDS", 1)) {
		if o.kernelsFault() {
			t.Logf("%s: left out, the kernel's own fault", o)
			continue
		}
		t.Run(o.String(), func(t *testing.T) {
			tool := &foreign{order: o}
			defer tool.leave(t)
			through(t, m, tool)
		})
	}
}

// through applies and reverts the patch, with another tool's probes.
func through(t *testing.T, m *live.Machine, tool *foreign) {
	var op session.Operation
	open := func() { op = openVersion(t, m) }
	closeOp := func() { op.Close() }
	for stage, step := range []func(){
		func() {}, open, func() { turn(t, op, session.Apply) }, closeOp,
		func() {
			w := openVersion(t, m)
			await(t, w, func(session.Sampled) bool { return true })
			w.Close()
		},
		open, func() { turn(t, op, session.Revert) }, closeOp,
	} {
		step()
		runsWhatIsSaid(t, stages[stage])
		tool.at(t, stage)
		runsWhatIsSaid(t, stages[stage]+", the other tool's turn")
	}
}

func openVersion(t *testing.T, m *live.Machine) session.Operation {
	t.Helper()
	op, err := m.Open(t.Context(), "version-banner")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { op.Close() })
	return op
}

// runsWhatIsSaid compares the effect with what the module says.
func runsWhatIsSaid(t *testing.T, when string) {
	t.Helper()
	list, err := live.Status()
	if err != nil {
		t.Fatal(err)
	}
	applied := len(list) > 0 && list[0].State == session.StateApplied
	text, err := os.ReadFile("/proc/version")
	if err != nil {
		t.Fatal(err)
	}
	if patched := strings.Contains(string(text), "SPOTOS"); patched != applied {
		t.Fatalf("%s: applied is %v, and /proc/version says %q", when, applied, text)
	}
}

// foreign is another tool with probes on the patched function.
type foreign struct {
	order order
	links []link.Link
}

func (f *foreign) at(t *testing.T, stage int) {
	t.Helper()
	if stage == f.order.detach {
		f.leave(t)
	}
	if stage != f.order.attach {
		return
	}
	for _, kind := range strings.Fields(f.order.probes) {
		how := map[string]ebpf.AttachType{"entry": ebpf.AttachTraceFEntry, "exit": ebpf.AttachTraceFExit}[kind]
		p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.Tracing, AttachType: how, AttachTo: "version_proc_show",
			License: "GPL", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close() // its link keeps it
		l, err := link.AttachTracing(link.TracingOptions{Program: p})
		if err != nil {
			t.Fatal(err)
		}
		f.links = append(f.links, l)
	}
}

func (f *foreign) leave(t *testing.T) {
	for _, l := range f.links {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	f.links = nil
}
