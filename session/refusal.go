// SPDX-License-Identifier: GPL-2.0-only

package session

import "errors"

// Refusal is an error with a cause that a person can remove. Reason names the cause and the remedy. Nothing changed.
type Refusal struct {
	Reason string
	All    string // the whole of a Reason that leaves something out; "" if it does not
}

func (r *Refusal) Error() string { return r.Reason }

// Explained is an error in a sentence, in place of what a tool or the kernel said, which is Raw and may be long.
type Explained struct{ Sentence, Raw string }

func (e *Explained) Error() string { return e.Sentence }

// ErrNothingArmed is returned where there is no arming to take back.
var ErrNothingArmed = errors.New("nothing is armed")

// ErrRecording is returned by every method of a recording that would change a machine.
var ErrRecording = errors.New("this is a recording: nothing can be changed in it")
