// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"context"
	"errors"
	"fmt"

	"spotos/cli/doctor"
	"spotos/session"
	"spotos/session/live"
)

// checkName is the name of the line on the activeness check.
const checkName = "activeness check"

// proofResult is what the proof of the activeness check has come to.
type proofResult int

const (
	proofNotAsked proofResult = iota
	proofMade
	proofImpossible // here and now; nobody knows of anything wrong with the check
	proofFailed
)

// outcomeOfDoctor returns the last line and the exit code, from the worst verdict of everything but the proof.
func outcomeOfDoctor(worst doctor.Verdict, proof proofResult) (string, int) {
	switch {
	case proof == proofFailed:
		return "broken", exitError
	case worst == doctor.Fail:
		return "not ready", exitRefused
	case worst == doctor.Unknown:
		return "not known to be ready", exitRefused
	case proof == proofImpossible:
		return "ready, but not proved", exitRefused
	}
	return "ready", exitOK
}

// prove runs the proof, and returns its line and what it has come to.
func (f *flags) prove(ctx context.Context) (doctor.Line, proofResult) {
	line := doctor.Line{Name: checkName, Verdict: doctor.Fail}
	m, err := f.machine()
	var proofs []live.Proof
	if err == nil {
		proofs, err = m.Prove(ctx)
	}
	for _, p := range proofs {
		if wrong := p.Err(); wrong != nil {
			line.Found = wrong.Error()
			line.Do = "do not switch anything on this machine with this module; reboot it, and report this"
			return line, proofFailed
		}
	}
	var refused *session.Refusal
	switch {
	case errors.As(err, &refused):
		line.Verdict, line.Found = doctor.Unknown, "cannot be proved now: "+err.Error()
		line.Do = "do that, then: spotos doctor --prove"
		return line, proofImpossible
	case err != nil:
		line.Found, line.Do = "the proof could not be finished: "+err.Error(), "look at the kernel's log: dmesg"
		return line, proofFailed
	}
	line.Verdict, line.Found = doctor.OK, "proved:"
	for _, p := range proofs {
		if p.Named {
			line.Found += fmt.Sprintf(" %s (%s) refused to switch while thread %d was inside %s, and named it;",
				p.Patch, p.Strategy, p.PID, p.Function)
		} else {
			line.Found += fmt.Sprintf(" %s (%s) refused to switch, with %d holders, more than it lists;",
				p.Patch, p.Strategy, p.Total)
		}
	}
	line.Found += " nothing changed"
	return line, proofMade
}
