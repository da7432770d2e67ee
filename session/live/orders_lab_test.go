// SPDX-License-Identifier: GPL-2.0-only

package live_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"spotos/internal/labtest"
	"spotos/session"
)

// stages are the moments at which another tool attaches its probes to the patched function, or detaches them.
var stages = []string{"before opening", "opened", "armed", "applied", "closed", "watched", "opened again", "reverting",
	"reverted", "the end"}

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
	at := func(probes, attach, detach string) order {
		return order{probes, slices.Index(stages, attach), slices.Index(stages, detach)}
	}
	all := []order{
		at("entry", "closed", "the end"), // the watch and the revert come to another tool's entry program
		at("entry", "applied", "reverted"), at("entry exit", "armed", "the end"),
		at("exit entry", "closed", "opened again"), at("entry exit", "opened again", "reverting"),
	}
	for range more {
		kind := []string{"entry", "exit", "entry exit", "exit entry"}[r.IntN(4)]
		from := r.IntN(len(stages) - 1)
		all = append(all, order{kind, from, from + 1 + r.IntN(len(stages)-1-from)})
	}
	return all
}

// TestLabProbeOrders has another tool's probes come to a patched function and go at all moments. Which code the calls
// run must be what the module says. SPOTOS_ROUNDS is how many are tried beside those that are always.
func TestLabProbeOrders(t *testing.T) {
	labtest.WithSpotos(t)
	labtest.Load(t, "pair_target", "threads=2 idle_us=2000")
	t.Cleanup(func() {
		unix.DeleteModule("pair", unix.O_NONBLOCK) // closing may have done it
		labtest.Eventually(t, func() error { return unix.DeleteModule("pair_target", unix.O_NONBLOCK) })
	})
	for _, o := range orders(labtest.Random(t), labtest.Number(t, "SPOTOS_ROUNDS", 1)) {
		if o.kernelsFault() {
			t.Logf("%s: left out, the kernel's own fault", o)
			continue
		}
		t.Run(o.String(), func(t *testing.T) {
			tool := &foreign{order: o}
			defer tool.leave(t)
			through(t, tool)
		})
	}
}

// through applies and reverts the patch, with another tool's probes. A call that sleeps inside keeps it armed.
func through(t *testing.T, tool *foreign) {
	var op session.Operation
	var held <-chan error
	open := func() {
		op = openOnly(t, "pair")
		t.Cleanup(func() { op.Close() })
	}
	arm := func(dir session.Direction) {
		held = labtest.HoldPair(time.Hour)
		awaitCrowd(t, 1)
		if err := op.Arm(session.ArmOptions{Direction: dir, Strategy: session.SafePointStrategy}); err != nil {
			t.Fatalf("arming to %s: %v", dir, err)
		}
		armed(t, op)
	}
	for stage, step := range []func(){
		func() {}, open, func() { arm(session.Apply) }, func() { letGo(t, op, held) }, func() { op.Close() },
		func() {
			open()
			await(t, op, func(session.Sampled) bool { return true })
			op.Close()
		},
		open, func() { arm(session.Revert) }, func() { letGo(t, op, held) }, func() { op.Close() },
	} {
		step()
		runsWhatIsSaid(t, stages[stage])
		tool.at(t, stage)
		runsWhatIsSaid(t, stages[stage]+", the other tool's turn")
	}
}

// letGo has the call that keeps the patch armed leave, and waits for the switch.
func letGo(t *testing.T, op session.Operation, held <-chan error) {
	t.Helper()
	labtest.ReleasePair(t, held)
	for e := range events(t, op) {
		if _, ok := e.(session.Switched); ok {
			return
		}
	}
}

// runsWhatIsSaid compares which code the threads call with what the module says.
func runsWhatIsSaid(t *testing.T, when string) {
	t.Helper()
	state := pairState(t)
	t.Logf("%s: %s", when, state)
	if state.Replaced() {
		threadsCall(t, "patched", "original")
	} else {
		threadsCall(t, "original", "patched")
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
		f.links = append(f.links, traced(t, "pair_encode", how))
	}
}

// traced attaches a program that does nothing to a function.
func traced(t *testing.T, function string, how ebpf.AttachType) link.Link {
	t.Helper()
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.Tracing, AttachType: how, AttachTo: function,
		License: "GPL", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close() // its link keeps it
	l, err := link.AttachTracing(link.TracingOptions{Program: p})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (f *foreign) leave(t *testing.T) {
	for _, l := range f.links {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	f.links = nil
}
