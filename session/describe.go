// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"fmt"
	"strings"
)

// namedHolders is the number of holders that a sentence names at most.
const namedHolders = 3

// Describe puts an event in words: word names it, text says the rest. text begins with what matters most, since a
// narrow screen shows only its beginning. The log of the console and spotos journal print it. Names in it are as the
// event has them: pass the event through PlainEvent first to make them safe to print.
func Describe(event Event) (word, text string) {
	switch e := event.(type) {
	case Started:
		text := fmt.Sprintf("%s on %s, Linux %s; the module says %s", e.Patch, e.Host, e.Kernel, e.State)
		return "watching", join(text, e.Note)
	case Sampled:
		return "sample", fmt.Sprintf("%s in flight, %s", Counted(int(e.InFlight), "call"), Counted(e.Total, "holder"))
	case Armed:
		return "armed", describeArmed(e)
	case SafePoint:
		return "safe point", fmt.Sprintf("number %d: all counts seen at zero", e.Count)
	case Attempted:
		return "attempt", describeAttempt(e)
	case Switched:
		return string(e.Kind), fmt.Sprintf("waited %s, %s, all CPUs stopped for %s",
			Span(e.Wait), Counted(e.Attempts, "attempt"), Span(e.Window))
	case Stuck:
		return "stuck", e.Reason
	case Aborted:
		return "aborted", e.Reason
	case Nudged:
		text := DescribeNudge(e)
		if len(e.LeftOut) > 0 {
			text += "; left out: " + strings.Join(e.LeftOut, ", ")
		}
		return "nudged", text
	case Noted:
		return "note", e.Text
	case Failed:
		if e.Refused {
			return "refused", e.Reason
		}
		return "failed", e.Reason
	case Result:
		return "result", join(DescribeResult(e), e.Reason)
	}
	return string(event.Header().Kind), ""
}

// DescribeResult says how an operation ended, how long it took and how many attempts it made, without the reason.
func DescribeResult(e Result) string {
	text := string(e.Outcome)
	if e.Wait > 0 {
		text += " after " + Span(e.Wait)
	}
	if e.Attempts > 0 {
		text += fmt.Sprintf(", attempt %d, all CPUs stopped for %s", e.Attempts, Span(e.Window))
	}
	return text
}

func describeArmed(e Armed) string {
	text := fmt.Sprintf("to %s by %s", e.Direction, e.Strategy)
	if e.Timeout > 0 {
		text += ", gives up after " + Span(e.Timeout)
	} else {
		text += ", without a deadline"
	}
	switch e.Nudge {
	case NudgeAuto:
		text += ", wakes the holders if no safe point is likely within " + Span(e.Patience)
	case NudgeSignal:
		text += ", wakes the holders"
	case NudgeFreeze:
		text += ", freezes the holders"
	}
	if e.Retry {
		text += ", again"
	}
	return text
}

func describeAttempt(e Attempted) string {
	result, who := "switched", ""
	if !e.Switched {
		result = "not switched"
		if e.Total > 0 {
			who = ": " + NameHolders(e.Holders, e.Total)
		}
	}
	stacks := Counted(e.Walked, "stack") + " looked at"
	if e.FullWalk {
		stacks = "all " + stacks
	}
	text := fmt.Sprintf("number %d: %s, all CPUs stopped for %s%s; %s, %s", e.Number, result, Span(e.Window), who,
		causeWords(e.Cause), stacks)
	if e.LostSoFar > 0 {
		text += ", " + Counted(e.LostSoFar, "event") + " lost so far"
	}
	return text
}

// causeWords says why an attempt was made.
func causeWords(cause string) string {
	switch cause {
	case "trigger":
		return "as the last call ended"
	case "check":
		return "as nobody was left inside"
	case "retry":
		return "a retry"
	case "deadline":
		return "at the deadline"
	case "wake":
		return "after a wake-up"
	}
	return cause
}

// DescribeNudge says what a nudge does, without those that it leaves out.
func DescribeNudge(e Nudged) string {
	parts, state := []string{Counted(len(e.PIDs), "holder")}, "stands still"
	if e.How == NudgeThaw {
		parts, state = nil, "goes on"
	}
	if n := min(len(e.Notices), namedHolders); n > 0 {
		parts = append(parts, "will notice: "+strings.Join(e.Notices[:n], ", ")+AndMore(n, len(e.Notices)))
	}
	for _, g := range e.Groups {
		parts = append(parts, state+": "+g.String())
	}
	if e.How == NudgeSignal {
		return "waking " + strings.Join(parts, "; ")
	}
	if e.How == NudgeThaw {
		return "the freeze is over; " + strings.Join(parts, "; ")
	}
	return "freezing " + strings.Join(parts, "; ")
}

// Counted writes a number with its noun: "1 holder", "2 holders".
func Counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func join(text, more string) string {
	if more == "" {
		return text
	}
	return text + "; " + more
}
