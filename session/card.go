// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"fmt"
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

// since says since when a holder has been inside, and what is usual there.
func since(h Holder, f FunctionSample, at time.Time) string {
	begin := at.Add(-h.Inside()).Format("15:04:05")
	text := ""
	switch {
	case h.Before && h.Since == 0:
		return "before the watch began"
	case h.Since == 0:
		return "a moment ago, as far as it was seen"
	case h.Before:
		text = fmt.Sprintf("over %s: it was inside before the watch began, at %s", Span(h.Inside()), begin)
	default:
		text = fmt.Sprintf("%s, since %s", Span(h.Inside()), begin)
	}
	if f.Timed == 0 || f.P99 == 0 {
		return text + "; how long its calls usually take is not known"
	}
	if times := float64(h.Inside()) / float64(f.P99); times >= 2 {
		return text + fmt.Sprintf("; %s times as long as 99%% of the calls of %s (%s)", roughCount(times), h.Function,
			Span(f.P99))
	}
	return text + fmt.Sprintf("; 99%% of the calls of %s end within %s", h.Function, Span(f.P99))
}

// roughCount writes a number with two digits.
func roughCount(n float64) string {
	unit := 1.0
	for n/unit >= 100 {
		unit *= 10
	}
	return fmt.Sprintf("%.0f", float64(int(n/unit))*unit)
}

// wayIn writes a chain as far as the outermost function of the patch, with those of the patch in brackets.
func wayIn(chain []string, patch string, functions []string) string {
	names, last := slices.Clone(chain), len(chain)-1
	for i, name := range chain {
		if OfPatch(name, patch, functions) {
			bare, _, _ := strings.Cut(name, " [")
			names[i], last = "["+bare+"]", i
		}
	}
	return strings.Join(names[:last+1], " < ")
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
	return slices.Contains(functions, name) || strings.HasSuffix(name, module)
}
