// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"slices"
	"strings"
)

// splitLines splits a text into its lines, each with its newline.
func splitLines(text string) []string { return slices.Collect(strings.Lines(text)) }

// common pairs the lines that two texts have in common: for each line of b its number in a, or -1. It looks for lines
// that both have once and goes on between those, so that what moved by many lines is found, and a brace is not taken
// for another one.
func common(a, b []string) []int {
	pairs := make([]int, len(b))
	for i := range pairs {
		pairs[i] = -1
	}
	pair(a, b, 0, 0, pairs)
	return pairs
}

func pair(a, b []string, atA, atB int, pairs []int) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		pairs[atB] = atA
		a, b, atA, atB = a[1:], b[1:], atA+1, atB+1
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		pairs[atB+len(b)-1] = atA + len(a) - 1
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 0 || len(b) == 0 {
		return
	}
	anchors := unique(a, b)
	if len(anchors) == 0 {
		small(a, b, atA, atB, pairs)
		return
	}
	fromA, fromB := 0, 0
	for _, x := range anchors {
		pair(a[fromA:x[0]], b[fromB:x[1]], atA+fromA, atB+fromB, pairs)
		pairs[atB+x[1]] = atA + x[0]
		fromA, fromB = x[0]+1, x[1]+1
	}
	pair(a[fromA:], b[fromB:], atA+fromA, atB+fromB, pairs)
}

// unique returns the lines that each text has exactly once, as far as their order is the same in both: the longest run
// of such pairs.
func unique(a, b []string) [][2]int {
	type seen struct{ inA, inB, a, b int }
	lines := make(map[string]*seen)
	for i, line := range a {
		if lines[line] == nil {
			lines[line] = &seen{}
		}
		lines[line].inA++
		lines[line].a = i
	}
	for i, line := range b {
		if s := lines[line]; s != nil {
			s.inB++
			s.b = i
		}
	}
	var found [][2]int // by their place in a
	for i, line := range a {
		if s := lines[line]; s.inA == 1 && s.inB == 1 {
			found = append(found, [2]int{i, s.b})
		}
	}
	return rising(found)
}

// rising returns the longest part of the pairs in which the second numbers rise as well.
func rising(pairs [][2]int) [][2]int {
	var ends []int // of the runs of each length, the pair with the smallest end
	before := make([]int, len(pairs))
	for i, p := range pairs {
		n, _ := slices.BinarySearchFunc(ends, p[1], func(end, b int) int { return pairs[end][1] - b })
		before[i] = -1
		if n > 0 {
			before[i] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, i)
		} else {
			ends[n] = i
		}
	}
	out := make([][2]int, len(ends))
	if len(ends) == 0 {
		return nil
	}
	for i, n := ends[len(ends)-1], len(ends)-1; n >= 0; i, n = before[i], n-1 {
		out[n] = pairs[i]
	}
	return out
}

// maxTable bounds the work on texts that have no line in common that is there once. Larger ones count as replaced.
const maxTable = 1 << 20

// small pairs the lines of short texts: the most that can be paired.
func small(a, b []string, atA, atB int, pairs []int) {
	wide := len(b) + 1
	if (len(a)+1)*wide > maxTable {
		return
	}
	most := make([]int32, (len(a)+1)*wide) // pairs from here to the ends
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				most[i*wide+j] = most[(i+1)*wide+j+1] + 1
			} else {
				most[i*wide+j] = max(most[(i+1)*wide+j], most[i*wide+j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			pairs[atB+j] = atA + i
			i, j = i+1, j+1
		case most[(i+1)*wide+j] >= most[i*wide+j+1]:
			i++
		default:
			j++
		}
	}
}
