// SPDX-License-Identifier: GPL-2.0-only

package session

import "errors"

// Refusal is an error for a reason that a person can act on. Nothing changed.
type Refusal struct{ Reason string }

func (r *Refusal) Error() string { return r.Reason }

// ErrNothingArmed says that there is nothing to take back.
var ErrNothingArmed = errors.New("nothing is armed")

// ErrRecording is the answer to everything that would change a machine.
var ErrRecording = errors.New("this is a recording: nothing can be changed in it")
