// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"math"
	"strings"

	"spotos/session"
)

// gaugeWidth is the length of a gauge in columns. It is drawn in halves of a cell, so it changes with each twentieth.
const gaugeWidth = 10

// gauge draws a share, from 0 to 1. Only nothing is drawn as empty, and only all as full.
func (g glyphs) gauge(share float64) string {
	const most = 2 * gaugeWidth
	halves := max(0, min(most, int(math.Round(share*most))))
	switch {
	case share > 0 && halves == 0:
		halves = 1
	case share < 1 && halves == most:
		halves = most - 1
	}
	bar := strings.Repeat(g.bar[0], halves/2) + strings.Repeat(g.bar[1], halves%2)
	return bar + strings.Repeat(g.bar[2], gaugeWidth-halves/2-halves%2)
}

// untilDeadline returns the share of an arming's time that is left, and false where no deadline is ahead.
func (p *picture) untilDeadline() (float64, bool) {
	left := p.Armed.Timeout - p.Waited()
	if !p.awaitsDeadline() || left <= 0 {
		return 0, false
	}
	return float64(left) / float64(p.Armed.Timeout), true
}

// awaitsDeadline reports whether the patch is armed until a deadline that has not passed.
func (p *picture) awaitsDeadline() bool {
	return p.armedNow() && p.Armed.Timeout > 0 && p.Phase != session.PhaseStuck && !p.Attempt.Switched
}

// hot colours a sparkline: a zero as good, a bar from dim to bright by its height, and one of a late sample as what
// should be looked at. A colour is sent once for all neighbours that have it.
func (sk skin) hot(padded string, late []bool) string {
	text := strings.TrimRight(padded, " ")
	var b strings.Builder
	run, level, column := 0, 0, 0
	looks := append(sk.Heat[:], sk.Good, sk.Warn)
	for i, sign := range text {
		next := sk.heat(string(sign))
		switch {
		case column < len(late) && late[column]:
			next = len(sk.Heat) + 1
		case string(sign) == sk.spark[0]:
			next = len(sk.Heat)
		}
		if next != level && i > run {
			b.WriteString(looks[level].Render(text[run:i]))
			run = i
		}
		level = next
		column++
	}
	if run < len(text) {
		b.WriteString(looks[level].Render(text[run:]))
	}
	return b.String() + padded[len(text):]
}

// heat returns how bright a step of the sparkline is: 0 to 2.
func (g glyphs) heat(sign string) int {
	for step := len(g.spark) - 1; step > 3; step-- {
		if g.spark[step] == sign {
			return 1 + step/7
		}
	}
	return 0
}
