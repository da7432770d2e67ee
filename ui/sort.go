// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
	"slices"
)

// sort puts the filtered rows in order.
func (t *table) sort() {
	if t.sortBy == 0 {
		if t.reverse {
			slices.Reverse(t.rows)
		}
		return
	}
	by, sign := t.sortBy-1, 1
	if t.descending() {
		sign = -1
	}
	slices.SortStableFunc(t.rows, func(a, b row) int {
		x, y := a.cells[by], b.cells[by]
		return sign * cmp.Or(cmp.Compare(x.order, y.order), cmp.Compare(x.text, y.text))
	})
}

// descending reports whether the largest value comes first in the column sorted by. For numbers and times it does by
// default: large ones are what an operator looks for.
func (t *table) descending() bool { return t.columns[t.sortBy-1].right != t.reverse }

// nextSort sorts by the next visible column that has an order, and after the last one in the pane's own order again.
func (t *table) nextSort() {
	widths := t.layout()
	for t.sortBy++; t.sortBy <= len(t.columns); t.sortBy++ {
		if c := t.columns[t.sortBy-1]; widths[t.sortBy-1] > 0 && !c.drawn {
			break
		}
	}
	t.sortBy %= len(t.columns) + 1
	t.reverse, t.offset = false, 0 // show the top, as far as the cursor allows
	t.refresh()
}

// reverseOrder reverses the order.
func (t *table) reverseOrder() {
	t.reverse, t.offset = !t.reverse, 0
	t.refresh()
}
