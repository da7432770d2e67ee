// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"math"
	"slices"
)

// axis is the scale of a plot: it begins at zero, and has a round number at the upper edge of every so many of its
// rows.
type axis struct{ rows, every, step int64 }

// axisValues is how many values an axis has at most, besides the zero.
const axisValues = 4

// axisSlack is how many times as high as the lowest axis one may be that has more values.
const axisSlack = 1.1

// newAxis returns the axis of a plot whose largest value is most, which does not reach the top.
func newAxis(most, rows int64) axis {
	var all []axis
	lowest := math.Inf(1)
	for every := (rows + axisValues - 1) / axisValues; every <= rows; every++ {
		if rows <= axisValues && rows%every != 0 { // the upper edge has a value
			continue
		}
		a := axis{rows, every, roundUp((most*every + rows) / rows)} // the least step with which it is below the top
		all, lowest = append(all, a), min(lowest, a.top())
	}
	return all[slices.IndexFunc(all, func(a axis) bool { return a.top() <= lowest*axisSlack })]
}

// top returns the value at the upper edge of the plot.
func (a axis) top() float64 { return float64(a.step*a.rows) / float64(a.every) }

// level returns how high a value's bar is, where a row has so many steps; a value above zero has one at least.
func (a axis) level(value, steps int64) int64 {
	return (max(value, 0)*a.every*steps + a.step - 1) / a.step
}

// margin returns what stands left of row r, counted from the top: the value at its upper edge, and in the second row
// the name.
func (a axis) margin(r int, name string) string {
	text := ""
	if above := a.rows - int64(r); above%a.every == 0 {
		text = countText(a.step * above / a.every)
	}
	if r != 1 || name == "" {
		return text
	}
	if both := name + " " + text; len(both) <= gutter {
		return both
	}
	return name
}

// roundUp returns the least round number that n does not exceed, so that the scale of large numbers seldom changes.
func roundUp(n int64) int64 {
	if n <= 6 {
		return n
	}
	for unit := int64(1); ; unit *= 10 {
		for _, tenths := range []int64{10, 12, 15, 20, 25, 30, 40, 50, 60, 80} {
			if n*10 <= tenths*unit {
				return (tenths*unit + 9) / 10
			}
		}
	}
}
