// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"cmp"
	"slices"
)

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
		return sign * cmp.Or(cmp.Compare(a.cells[by].order, b.cells[by].order), cmp.Compare(a.cells[by].text, b.cells[by].text))
	})
}

// descending tells whether the largest comes first in the column sorted by. Of numbers, and of times, that is what one
// looks for.
func (t *table) descending() bool { return t.columns[t.sortBy-1].right != t.reverse }

// nextSort goes to the next column that is shown and has an order, and after the last back to the pane's own order.
func (t *table) nextSort() {
	widths := t.layout()
	for t.sortBy++; t.sortBy <= len(t.columns); t.sortBy++ {
		if c := t.columns[t.sortBy-1]; widths[t.sortBy-1] > 0 && !c.drawn {
			break
		}
	}
	t.sortBy %= len(t.columns) + 1
	t.reverse, t.offset = false, 0 // from the top, as far as the cursor lets
	t.refresh()
}

// turn reverses the order.
func (t *table) reverseOrder() {
	t.reverse, t.offset = !t.reverse, 0
	t.refresh()
}
