// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"spotos/cli/doctor"
	"spotos/probe"
	"spotos/session/live"
)

// doctorCommand returns the command doctor.
func (f *flags) doctorCommand() *cobra.Command {
	var prove bool
	cmd := &cobra.Command{Use: "doctor", Args: noArgs, PreRunE: f.load,
		Short: "Say what is missing for switching here, and prove that the check works",
		Long: `Checks everything that watching and switching need, and says what to do about what is missing. It
changes nothing.

With --prove it proves the activeness check too: a thread of spotos waits inside a function, a patch of that function
is armed, and the module must find the function held and name that very thread. The patch never switches, since the
thread stays inside until the arming is taken back. The proof loads a patch and stops all CPUs for an instant, twice:
so it must be asked for, and --read-only forbids it.

What cannot be read is "unknown", and nobody vouches for a machine with such a line.

A thread can only prove the check of a function that it is inside of, and which those are differs from kernel to kernel:
wait-data of the catalogue is for that. Where no proof can be made the last line says "ready, but not proved", and the
line above names the functions that a patch would be needed of.

The line "kernel's features" says what this kernel has that others have not, or have in another size, by its types and
its configuration; with --json each is an event of its own, with what shows it and what depends on it.

Exit codes: 0 if all is well or there are only warnings, 5 if something that switching needs is missing or unknown, or
if the proof that was asked for cannot be made here and now, 1 if the proof failed.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.doctor(cmd.Context(), prove) }}
	cmd.Flags().BoolVar(&prove, "prove", false, "prove the activeness check: stops all CPUs for an instant")
	return cmd
}

// doctor prints what it finds. The error carries the exit code.
func (f *flags) doctor(ctx context.Context, prove bool) error {
	lines := doctor.Examine(doctor.Place{Root: os.DirFS("/"), Patches: f.patches, Journal: f.journal})
	if runtime.GOARCH != "amd64" {
		lines = append(lines, doctor.Line{Name: "processor", Verdict: doctor.Fail, Found: runtime.GOARCH,
			Do: "use a machine with an x86-64 processor: SPOTOS supports no other"})
	}
	has, kernel := features()
	lines = append(append(append(lines, kernel), notRunning()...), counting()...)
	line, proof := doctor.Line{Name: checkName, Verdict: doctor.Warn, Found: "not proved by this run",
		Do: "prove it: spotos doctor --prove"}, proofNotAsked
	if prove {
		if err := f.mayChange(); err != nil {
			return err
		}
		line, proof = f.prove(ctx)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	outcome, code := outcomeOfDoctor(doctor.Worst(lines), proof)
	lines = append(lines, line)
	f.result.Reason = failing(lines)
	if f.json {
		f.printFeatures(has)
	}
	f.printDoctor(lines, outcome)
	if code != exitOK {
		return exit{code}
	}
	return nil
}

// counting says whether this kernel takes the programs that count, which no fact about it tells for certain. That there
// are no types to load them by is the matter of another line.
func counting() []doctor.Line {
	const name = "counting"
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		return nil
	}
	err := probe.Loads()
	switch {
	case errors.Is(err, unix.EPERM):
		return []doctor.Line{{Name: name, Verdict: doctor.Unknown, Found: fmt.Sprintf("unknown: %v", err),
			Do: "run it as root of the machine itself: sudo spotos doctor"}}
	case err != nil:
		return []doctor.Line{{Name: name, Verdict: doctor.Fail,
			Found: fmt.Sprintf("the kernel refuses a program that counts calls: %v", err),
			Do:    "report it with the kernel's version; until then use a kernel that SPOTOS is tested on"}}
	}
	return []doctor.Line{{Name: name, Verdict: doctor.OK, Found: "the kernel takes the programs"}}
}

// notRunning returns a line for each patch that is applied and whose replacements do not run. Why the module cannot be
// asked is the matter of another line.
func notRunning() []doctor.Line {
	list, _ := live.Status()
	var lines []doctor.Line
	for _, p := range list {
		if p.Problem != "" {
			lines = append(lines, doctor.Line{Name: "patch " + p.Name, Verdict: doctor.Fail,
				Found: fmt.Sprintf("%s: %s", p.State, p.Problem), Do: "reboot the machine"})
		}
	}
	return lines
}

// failing returns what stands in the way in one line, each with what to do about it.
func failing(lines []doctor.Line) string {
	var texts []string
	for _, l := range lines {
		if l.Verdict == doctor.Fail || l.Verdict == doctor.Unknown {
			texts = append(texts, fmt.Sprintf("%s: %s: %s", l.Name, l.Found, l.Do))
		}
	}
	return strings.Join(texts, "; ")
}

// printDoctor prints the lines and the outcome; with --json only the lines, as events.
func (f *flags) printDoctor(lines []doctor.Line, outcome string) {
	if f.json {
		type event struct {
			Event string `json:"event"`
			doctor.Line
		}
		var events []event
		for _, l := range lines {
			events = append(events, event{"check", l})
		}
		_ = printAll(f, events) // f.out keeps the error
		return
	}
	for _, l := range lines {
		fmt.Fprintf(f.out, "%-7s  %-18s %s\n", l.Verdict, l.Name, l.Found)
		if l.Do != "" {
			fmt.Fprintf(f.out, "%-27s -> %s\n", "", l.Do)
		}
	}
	fmt.Fprintln(f.out, outcome)
}
