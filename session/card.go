// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Card says of one holder, in words, what an operator asks about somebody who stands in the way. Each field has
// sentences or parts of one, what matters most first: a narrow screen shows no more than the beginning.
type Card struct {
	Who, Where, Since, Frees string
	// Kernel is the way into the kernel, the innermost function first, with those of the patch in brackets.
	Kernel string
}

// String returns the card on several lines, each with its end.
func (c Card) String() string {
	return fmt.Sprintf("who       %s\nwhere     %s\n          %s\nsince     %s\nfrees it  %s\n",
		c.Who, c.Where, c.Kernel, c.Since, c.Frees)
}

// NotRead is the Unknown of a holder of whom nothing was read.
const NotRead = "nothing more was read of it"

// NewCard describes a holder. d is what the system says of it, f the sample of the function that it holds, and at when
// its age was known; functions are those of the patch.
func NewCard(h Holder, d Details, f FunctionSample, at time.Time, patch string, functions []string) Card {
	return Card{Who: who(h, d), Where: where(h, d), Since: since(h, f, at), Frees: frees(h, d),
		Kernel: wayIn(Chain(h.Stack), patch, functions)}
}

// who names a holder and the program that it runs.
func who(h Holder, d Details) string {
	parts := []string{fmt.Sprintf("%s, thread %d of process %d", h.Comm, h.PID, h.TGID)}
	switch {
	case h.Kthread:
		return fmt.Sprintf("[%s], a thread of the kernel itself, pid %d", h.Comm, h.PID)
	case h.PID == h.TGID:
		parts[0] = fmt.Sprintf("%s, process %d", h.Comm, h.PID)
	}
	if d.Unknown != "" {
		return parts[0] + "; " + d.Unknown
	}
	switch {
	case d.User != "":
		parts = append(parts, "user "+d.User)
	case d.UID != nil:
		parts = append(parts, fmt.Sprintf("user %d", *d.UID))
	default:
		parts = append(parts, "user not known")
	}
	if d.Box != "" {
		parts = append(parts, d.Engine+" container "+d.Box)
	}
	switch {
	case d.Unit != "":
		parts = append(parts, "unit "+d.Unit)
	case d.Box == "" && d.Cgroup != "":
		parts = append(parts, "cgroup "+d.Cgroup)
	}
	text := strings.Join(parts, ", ")
	switch {
	case d.Command != "":
		text += ": " + d.Command
	case d.Exe != "":
		text += ": " + d.Exe
	}
	if exe := d.Exe; exe != "" && d.Command != "" && !strings.HasPrefix(d.Command, exe) {
		text += " (" + exe + ")"
	}
	return text
}

// where says which system call a holder is in.
func where(h Holder, d Details) string {
	switch c := d.Call; {
	case h.Kthread:
		return "inside the kernel; it makes no system calls"
	case c != nil:
		text := c.String()
		if c.File != nil {
			text += ", on " + c.File.String()
		}
		return text
	case d.Unknown != "":
		return "system call not known"
	}
	return d.NoCall
}

// since says how long a holder has been inside, how that compares with what is usual there, and since when.
func since(h Holder, f FunctionSample, at time.Time) string {
	begin := at.Add(-h.Inside()).Format("15:04:05")
	switch {
	case h.Before && h.Since == 0:
		return "before the watch began"
	case h.Since == 0:
		return "a moment ago, as far as it was seen"
	case h.Before:
		return fmt.Sprintf("over %s%s; inside before the watch began, at %s", Span(h.Inside()), compared(h, f), begin)
	}
	return fmt.Sprintf("%s%s; since %s", Span(h.Inside()), compared(h, f), begin)
}

// compared compares how long a holder has been inside with the p99 of the function that it holds.
func compared(h Holder, f FunctionSample) string {
	if f.Timed == 0 || f.P99 == 0 {
		return ", where the p99 is not known"
	}
	switch times := float64(h.Inside()) / float64(f.P99); {
	case times < 1:
		return fmt.Sprintf(", less than the p99 (%s)", Span(f.P99))
	case times < 10:
		return fmt.Sprintf(", %.1f times the p99 (%s)", times, Span(f.P99))
	default:
		return fmt.Sprintf(", %s times the p99 (%s)", roughCount(times), Span(f.P99))
	}
}

// roughCount writes a large number with two digits that say something.
func roughCount(n float64) string {
	unit := 1.0
	for n/unit >= 100 {
		unit *= 10
	}
	return fmt.Sprintf("%.0f", math.Floor(n/unit)*unit)
}

// wayIn writes a chain as far as the outermost function of the patch, with those of the patch in brackets.
func wayIn(chain []string, patch string, functions []string) string {
	names, last := slices.Clone(chain), len(chain)-1
	for i, name := range chain {
		if names[i], _, _ = strings.Cut(name, " ["); OfPatch(name, patch, functions) {
			names[i], last = "["+names[i]+"]", i
		}
	}
	return strings.Join(names[:last+1], Calls)
}

// Way says how all of a group came to where they are: the innermost function first, as far as the outermost one of the
// patch, which is in brackets, and the system call.
func (g HolderGroup) Way(patch string, functions []string) string {
	text := wayIn(g.Chain, patch, functions)
	for _, name := range g.Chain {
		if call, ok := strings.CutPrefix(name, "__x64_sys_"); ok {
			return text + ", by " + call
		}
	}
	return text
}

// OfPatch reports whether a function of a Chain is one of a patch's: one that it replaces, or one in its own module.
func OfPatch(name, patch string, functions []string) bool {
	module := "[" + strings.ReplaceAll(patch, "-", "_") + "]"
	bare, _, _ := strings.Cut(name, " [")
	return slices.Contains(functions, bare) || strings.HasSuffix(name, module)
}
