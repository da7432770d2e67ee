// SPDX-License-Identifier: GPL-2.0-only

package session

import "time"

// Player is an Operation that plays a recording. Its methods return once the playing does what they say. Going back
// sends the recording again, from its Started on; the picture so far is void then.
type Player interface {
	Operation
	// Pause holds the playing, or lets it go on.
	Pause(on bool)
	// Step pauses and goes by so many events, back if by is negative.
	Step(by int)
	// Skip goes by so many events that are no samples.
	Skip(by int)
	// Seek goes by this much of the recorded time, by an event at least.
	Seek(by time.Duration)
	// Position tells where the playing is.
	Position() Position
}

// Position is where the playing of a recording is.
type Position struct {
	At, Length    time.Duration // since the first event
	Event, Events int           // played so far, of how many
	Paused        bool
	Speed         float64 // times as fast as it happened; 0: as fast as it is read
}
