// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"strings"

	"spotos/session"
)

// words is an event in a sentence.
func words(e session.Event) string {
	switch e := e.(type) {
	case session.Started:
		return join(fmt.Sprintf("in hand on %s (%s), %s", e.Host, e.Kernel, e.State), e.Note)
	case session.Sampled:
		return fmt.Sprintf("%d calls in flight, %d holders", e.InFlight, e.Total)
	case session.Armed:
		return armedWords(e)
	case session.SafePoint:
		return fmt.Sprintf("all counts at zero, time %d", e.Count)
	case session.Attempted:
		return attemptWords(e)
	case session.Switched:
		return fmt.Sprintf("%s after %s, attempt %d, all CPUs stopped for %s", e.Kind, session.Span(e.Wait), e.Attempts, session.Span(e.Window))
	case session.Stuck:
		return "stuck: " + e.Reason
	case session.Aborted:
		return "aborted: " + e.Reason
	case session.Nudged:
		return join(fmt.Sprintf("nudged by %s: %d tasks", e.How, len(e.PIDs)), strings.Join(e.LeftOut, "; "))
	case session.Failed:
		if e.Refused {
			return "refused: " + e.Reason
		}
		return "failed: " + e.Reason
	case session.Result:
		return join("result: "+resultText(e), e.Reason)
	}
	return string(e.Header().Kind)
}

func armedWords(e session.Armed) string {
	text := fmt.Sprintf("armed to %s (%s)", e.Direction, e.Strategy)
	if e.Retry {
		text = "armed again"
	}
	if e.Timeout == 0 {
		return text + ", without a deadline"
	}
	return text + fmt.Sprintf(", for %s", session.Span(e.Timeout))
}

func attemptWords(e session.Attempted) string {
	text := fmt.Sprintf("attempt %d (%s), all CPUs stopped for %s", e.Number, e.Cause, session.Span(e.Window))
	if e.Switched {
		return text + ": nobody inside"
	}
	text += fmt.Sprintf(": %d holders", e.Total)
	for i, h := range e.Holders {
		if i == 3 {
			return text + fmt.Sprintf(", and %d more", max(e.Total, len(e.Holders))-i)
		}
		text += fmt.Sprintf(", %s (pid %d) in %s", printable(h.Comm), h.PID, h.Function)
	}
	return text
}

func join(text, more string) string {
	if more == "" {
		return text
	}
	return text + "; " + more
}
