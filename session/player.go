// SPDX-License-Identifier: GPL-2.0-only

package session

import "time"

// Player is an Operation that plays a recording. Its methods may be called from any goroutine, and return once they
// have taken effect. To go back, the player emits the recording again from its Started on: a reader of the events must
// then discard what it has.
type Player interface {
	Operation
	// Pause pauses or resumes.
	Pause(on bool)
	// Step pauses, and moves by that many events; backwards if by is negative.
	Step(by int)
	// Skip pauses, and moves by that many events that are no samples; backwards if by is negative.
	Skip(by int)
	// Seek moves by that much recorded time, but by one event at least; backwards if by is negative.
	Seek(by time.Duration)
	// Recorded returns all events of the recording. The caller changes none of them.
	Recorded() []Event
	// Position returns how far it has played.
	Position() Position
}

// Position is how far a recording has been played.
type Position struct {
	At, Length    time.Duration // since the first event
	Event, Events int           // number played so far, and number of all
	Paused        bool
	Speed         float64 // times as fast as recorded; 0: without pauses, as fast as the reader takes events
}
