// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"spotos/session"
)

// names is the Args of watch and holders.
func names(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usageError{fmt.Errorf("name functions of the kernel, or a patch: %s", cmd.UseLine())}
	}
	return nil
}

// byProgram is the value of --by.
const byProgram = "program"

// watching opens the operation that the names stand for: one patch, as the console opens it, or functions.
func (f *flags) watching(ctx context.Context, names []string) (session.Operation, error) {
	w := f.begin("opening")
	defer w.end()
	opts := session.OpenOptions{ByProgram: f.by == byProgram, Describe: f.describe, Report: w.step}
	m, err := f.machine()
	if err != nil {
		return nil, err
	}
	if c := m.Capabilities(); !c.CanWatch {
		return nil, &session.Refusal{Reason: c.Notes[0]}
	}
	if len(names) == 1 && m.HasPatch(names[0]) {
		return m.Open(ctx, names[0], opts)
	}
	return m.Watch(ctx, names, opts)
}

// follow passes each sample of a watch to show, until show returns true.
func (f *flags) follow(ctx context.Context, names []string, show func(session.Sampled) bool) error {
	op, err := f.watching(ctx, names)
	if err != nil {
		return err
	}
	defer op.Close()
	said := notes{}
	for {
		select {
		case e, ok := <-op.Events():
			if !ok {
				return errors.New("the watch ended")
			}
			f.print(e)
			said.print(e, func() {})
			switch e := e.(type) {
			case session.Failed:
				return errors.New(e.Reason)
			case session.Sampled:
				f.result.Patch, f.result.Holders, f.result.Total, f.result.Details = e.Patch, e.Holders, e.Total, e.Details
				if show(e) || f.out.err != nil {
					return nil
				}
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// watchCommand returns the command watch.
func (f *flags) watchCommand() *cobra.Command {
	var count uint
	cmd := &cobra.Command{Use: "watch PATCH|FUNCTION...", Short: "Count the calls in flight of functions",
		Args: names, PreRunE: f.load,
		Long: `Counts the calls in flight of kernel functions, including those from before the watch. A name is a patch
of the catalogue, which stands for its functions, or a function of the running kernel. Watching needs root and the
kernel's BTF, but not the module. It ends when it is interrupted, or has taken --count samples.

--by program also says who calls: each program with its executable, user and cgroup, its calls since the watch began
and a second, those in flight as far as sleeping tasks show them, and its last call. Calls in interrupts belong to no
program and are counted apart. Processes of one program, user and cgroup are counted together; one that has ended
before it could be looked at has no executable. There is room for 8,192 pairs of a process that runs and a function
that it calls, and for 1,000 programs; the calls of more are counted as those of "others". It makes each call dearer.`,
		ValidArgsFunction: f.completePatches,
		RunE: func(cmd *cobra.Command, args []string) error {
			n := uint(0)
			return f.follow(cmd.Context(), args, func(s session.Sampled) bool {
				n++
				f.showCounts(s)
				return count > 0 && n >= count
			})
		}}
	cmd.Flags().UintVarP(&count, "count", "n", 0, "samples to take; 0: until interrupted")
	cmd.Flags().Var(&choice{&f.by, []string{byProgram}}, "by", "count also the calls by each `program`")
	return cmd
}

// showCounts prints a sample in words.
func (f *flags) showCounts(s session.Sampled) {
	if f.json {
		return
	}
	for _, fn := range s.Functions {
		residence := ""
		if fn.Timed > 0 {
			residence = fmt.Sprintf(", p50 %s, p99 %s", session.Span(fn.P50), session.Span(fn.P99))
		}
		fmt.Fprintf(f.out, "%s  %-24s %6d in flight (%d from before the watch)  %s%s%s\n",
			s.Time.Format("15:04:05.000"), fn.Name, fn.Count, fn.Before, session.Counted(int(fn.Calls), "call"), residence,
			doubtText(fn.WhyDoubted()))
	}
	fmt.Fprintf(f.out, "%s  %d in flight in all; %s; %s%s\n",
		s.Time.Format("15:04:05.000"), s.InFlight, s.Windows, s.Expected(), doubtText(s.WhyDoubted()))
	fmt.Fprint(f.out, programsText(s.Programs, s.Time))
}

// doubtText returns what follows a count that may be wrong for the reason why; "" if why is "".
func doubtText(why string) string {
	if why == "" {
		return ""
	}
	return "  ? " + why
}

// holdersCommand returns the command holders, which takes one sample.
func (f *flags) holdersCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "holders PATCH|FUNCTION...", Short: "List the tasks inside functions, with their stacks",
		Args: names, PreRunE: f.load,
		Long: fmt.Sprintf(`Lists the tasks inside functions, with their stacks: the %d that have been inside the
longest, and how many more there are. --all lists every one. Of the first it also says which program, user and unit or
container it is, what it waits in, and what makes it leave.`, session.HoldersListed),
		ValidArgsFunction: f.completePatches,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.describe = true
			return f.follow(cmd.Context(), args, func(s session.Sampled) bool {
				if !f.json {
					fmt.Fprintf(f.out, "%s, %s in flight%s\n", session.Counted(s.Total, "holder"),
						session.Counted(int(s.InFlight), "call"), doubtText(s.WhyDoubted()))
					fmt.Fprint(f.out, cardText(s), holdersText(s.Holders, s.Total, strings.Join(args, " ")))
				}
				return true
			})
		}}
	cmd.Flags().BoolVar(&f.allHolders, "all", false, "list every holder, however many there are")
	return cmd
}

// cardText describes the one that has been inside the longest, "" if nobody is.
func cardText(s session.Sampled) string {
	if len(s.Holders) == 0 {
		return ""
	}
	var seen session.Fold
	seen.Add(s)
	return seen.Card(s.Holders[0]).String()
}

// holdersText returns the holders with their stacks, and how many more there are inside what.
func holdersText(holders []session.Holder, total int, what string) string {
	var b strings.Builder
	for _, h := range holders {
		b.WriteString(holderText(h))
	}
	if more := total - len(holders); more > 0 && len(holders) > 0 {
		fmt.Fprintf(&b, "and %d more: spotos holders --all %s lists them\n", more, what)
	}
	return b.String()
}

// holderText returns a holder and its stack in words, on several lines.
func holderText(h session.Holder) string {
	text := fmt.Sprintf("%s (pid %d, %s) in %s", session.Plain(h.Comm), h.PID, h.State, h.Function)
	if h.Since > 0 {
		text += fmt.Sprintf(" for %s", session.Span(time.Duration(h.Since)))
	}
	if h.Doubt != "" {
		text += ": " + h.Doubt
	}
	for _, at := range h.Stack {
		text += "\n    " + at
	}
	return text + "\n"
}
