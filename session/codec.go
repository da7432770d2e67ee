// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ErrUnknownKind is returned for an event of a kind this version does not know.
var ErrUnknownKind = errors.New("unknown kind of event")

// MarshalEvent returns e as one line of JSON, without the newline. Durations are in nanoseconds. An empty list is [],
// never null.
func MarshalEvent(e Event) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // people and jq read the lines; no web page does
	if err := enc.Encode(withoutNil(e)); err != nil {
		return nil, fmt.Errorf("encoding event %q: %w", e.Header().Kind, err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// withoutNil replaces nil by an empty list in every field that is always written.
func withoutNil(e Event) Event {
	switch e := e.(type) {
	case Started:
		e.Functions = orEmpty(e.Functions)
		if e.About != nil {
			about := *e.About
			about.Functions = orEmpty(about.Functions)
			e.About = &about
		}
		return e
	case Sampled:
		e.Functions, e.Holders = orEmpty(e.Functions), holdersWithoutNil(e.Holders)
		e.Programs, e.Details = programsWithoutNil(e.Programs), detailsWithoutNil(e.Details)
		return e
	case Attempted:
		e.Holders = holdersWithoutNil(e.Holders)
		return e
	case Stuck:
		e.Holders, e.Details = holdersWithoutNil(e.Holders), detailsWithoutNil(e.Details)
		return e
	case Nudged:
		e.PIDs = orEmpty(e.PIDs)
		return e
	case Result:
		e.Holders, e.Details = holdersWithoutNil(e.Holders), detailsWithoutNil(e.Details)
		return e
	}
	return e
}

func holdersWithoutNil(holders []Holder) []Holder {
	out := make([]Holder, len(holders))
	for i, h := range holders {
		h.Stack = orEmpty(h.Stack)
		out[i] = h
	}
	return out
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// UnmarshalEvent reads one event from a line of JSON. The error wraps ErrUnknownKind if the kind is unknown; any other
// error means that the line is no event.
func UnmarshalEvent(line []byte) (Event, error) {
	var head Head
	if err := json.Unmarshal(line, &head); err != nil {
		return nil, fmt.Errorf("decoding event: %w", err)
	}
	switch head.Kind {
	case KindStarted:
		return decodeAs[Started](line)
	case KindSampled:
		return decodeAs[Sampled](line)
	case KindArmed:
		return decodeAs[Armed](line)
	case KindSafePoint:
		return decodeAs[SafePoint](line)
	case KindAttempt:
		return decodeAs[Attempted](line)
	case KindApplied, KindReverted:
		return decodeAs[Switched](line)
	case KindStuck:
		return decodeAs[Stuck](line)
	case KindAborted:
		return decodeAs[Aborted](line)
	case KindNudged:
		return decodeAs[Nudged](line)
	case KindNoted:
		return decodeAs[Noted](line)
	case KindFailed:
		return decodeAs[Failed](line)
	case KindResult:
		return decodeAs[Result](line)
	}
	return nil, fmt.Errorf("decoding event %q: %w", head.Kind, ErrUnknownKind)
}

func decodeAs[T Event](line []byte) (Event, error) {
	var e T
	if err := json.Unmarshal(line, &e); err != nil {
		return nil, fmt.Errorf("decoding event: %w", err)
	}
	return e, nil
}

// LineError reports a line that is no event. Next can still read the lines after it.
type LineError struct {
	Line int // counted from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// Encoder writes events, one line each. It is not safe for concurrent use.
type Encoder struct{ w io.Writer }

// NewEncoder returns an Encoder that writes to w, with one Write per event.
func NewEncoder(w io.Writer) *Encoder { return &Encoder{w} }

// Encode writes e. The error is that of the encoding or of w.
func (enc *Encoder) Encode(e Event) error {
	line, err := MarshalEvent(e)
	if err != nil {
		return err
	}
	if _, err := enc.w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("writing event %q: %w", e.Header().Kind, err)
	}
	return nil
}

// Decoder reads events, one line each. It is not safe for concurrent use.
type Decoder struct {
	r       *bufio.Reader
	line    int
	skipped int
}

// NewDecoder returns a Decoder that reads from r.
func NewDecoder(r io.Reader) *Decoder { return &Decoder{r: bufio.NewReader(r)} }

// Skipped returns how many lines Next has skipped: events of unknown kinds, and a last line without its end, as a
// killed writer leaves it.
func (dec *Decoder) Skipped() int { return dec.skipped }

// Next returns the next event of a known kind. It returns io.EOF at the end, a *LineError for a line that is no event
// (call Next again for the lines after it), or the error of the reader.
func (dec *Decoder) Next() (Event, error) {
	for {
		line, err := dec.r.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("reading events: %w", err)
		}
		cut := err == io.EOF
		dec.line++
		if len(bytes.TrimSpace(line)) == 0 {
			if cut {
				return nil, io.EOF
			}
			continue
		}
		event, err := UnmarshalEvent(line)
		switch {
		case err == nil:
			return event, nil
		case errors.Is(err, ErrUnknownKind):
			dec.skipped++
		case cut:
			dec.skipped++
			return nil, io.EOF
		default:
			return nil, &LineError{dec.line, err}
		}
	}
}
