// SPDX-License-Identifier: GPL-2.0-only

package session

// Code says which code a patch's functions run, in the words of the screen.
type Code string

// The kinds of code.
const (
	CodeNone    Code = "" // there is no patch that could have new code
	CodeOld     Code = "OLD CODE"
	CodeNew     Code = "NEW CODE"
	CodeUnknown Code = "CODE UNKNOWN" // it cannot be read, or is not proved
)

// Code returns which code the functions run in a state that the module reports. Being armed changes nothing yet. A file
// that cannot be used says nothing about a module of that name which is loaded.
func (s State) Code() Code {
	switch s {
	case StateNotLoaded, StateLoaded, StateArmed:
		return CodeOld
	case StateApplied, StateReverting:
		return CodeNew
	case StateWatched:
		return CodeNone
	}
	return CodeUnknown
}

// Code returns which code the functions run, by the latest event. An attempt that has switched is as good as the state,
// which the module reports a moment later.
func (f *Fold) Code() Code {
	if !f.Attempt.Switched || !f.State.Armed() || f.Armed.Time.IsZero() { // the last one: another process has armed
		return f.State.Code()
	}
	if f.Armed.Direction == Revert {
		return CodeOld
	}
	return CodeNew
}
