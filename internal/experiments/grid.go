// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"cmp"
	"fmt"
	"html"
	"os"
	"slices"
	"strings"
	"time"

	"spotos/internal/stats"
	"spotos/lab/experiment"
)

// The measures of the grid, in pixels.
const (
	gridLeft, gridTop = 290, 74
	cellWidth         = 150
	cellHeight        = 38
)

// ways are the columns of the grid, with what readers call them.
var ways = []struct{ strategy, title, below string }{
	{experiment.Retry, "5 blind attempts", "as Ksplice"},
	{experiment.Livepatch, "livepatch", "kpatch load"},
	{experiment.SafePoint, "spotos", "wakes nobody"},
	{experiment.Auto, "spotos", "as it is"},
}

// place is a row of the grid: a server and a patch, on whatever kernel.
type place struct{ server, patch string }

// drawGrid draws who applied what below which server: a cell for each way, the greener the more of its trials applied
// the patch. It is for readers who have five seconds.
func drawGrid(all []experiment.Result, places []place, file string) error {
	width, height := gridLeft+len(ways)*cellWidth+10, gridTop+len(places)*cellHeight+34
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" `+
		`font-family="sans-serif" font-size="13">`+"\n", width, height, width, height)
	fmt.Fprintf(&out, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	write(&out, 10, 24, "", "start", `font-weight="bold" font-size="16"`,
		"Replacing a function below a server under load")
	for i, w := range ways {
		x := gridLeft + i*cellWidth + cellWidth/2
		write(&out, x, 50, "", "middle", `font-weight="bold"`, w.title)
		write(&out, x, 66, "#555555", "middle", `font-size="11"`, w.below)
	}
	for row, p := range places {
		y := gridTop + row*cellHeight
		write(&out, 10, y+cellHeight/2+5, "", "start", "", p.server+": "+functionOf(p.patch))
		for i, w := range ways {
			drawCell(&out, gridLeft+i*cellWidth, y, p.of(all, w.strategy))
		}
	}
	write(&out, 10, height-12, "#555555", "start", `font-size="11"`, "Trials that applied the patch, of all; median "+
		"time from the command until all calls run the new code. Mixed: some tasks run the old code and some the new.")
	out.WriteString("</svg>\n")
	return os.WriteFile(file, []byte(out.String()), 0o644)
}

// whereTheyDiffer lists the places at which one way of the grid gave up in some trial.
func whereTheyDiffer(all []experiment.Result) []place {
	return slices.DeleteFunc(placesOf(all), func(p place) bool {
		for _, w := range ways {
			for _, r := range p.of(all, w.strategy) {
				if r.Outcome != experiment.Applied {
					return false
				}
			}
		}
		return true
	})
}

// placesOf lists the servers and patches that some way of the grid was tried with.
func placesOf(all []experiment.Result) []place {
	var list []place
	for _, r := range all {
		for _, w := range ways {
			if r.Strategy == w.strategy {
				list = append(list, place{r.Server, r.Patch})
			}
		}
	}
	slices.SortFunc(list, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.server, b.server), cmp.Compare(a.patch, b.patch))
	})
	return slices.Compact(list)
}

// of returns the results at a place by a strategy.
func (p place) of(all []experiment.Result, strategy string) []experiment.Result {
	return slices.DeleteFunc(of(all, strategy, nil), func(r experiment.Result) bool {
		return place{r.Server, r.Patch} != p
	})
}

// functionOf names what a patch replaces, or the fix that it is.
func functionOf(patch string) string {
	name, again := strings.CutPrefix(patch, "again-")
	if again {
		return strings.ReplaceAll(name, "-", "_")
	}
	return "fix " + name
}

// drawCell draws how many of the results applied, and how long that took.
func drawCell(out *strings.Builder, x, y int, results []experiment.Result) {
	var took, mixed []time.Duration
	for _, r := range results {
		if r.Outcome == experiment.Applied {
			took, mixed = append(took, r.Took), append(mixed, r.Mixed)
		}
	}
	fill, text := "#eeeeee", "not tried"
	if len(results) > 0 {
		fill = shade(float64(len(took)) / float64(len(results)))
		text = fmt.Sprintf("%d of %d", len(took), len(results))
	}
	fmt.Fprintf(out, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s" rx="3"/>`+"\n", x+2, y+2, cellWidth-4,
		cellHeight-4, fill)
	write(out, x+cellWidth/2, y+17, "", "middle", `font-weight="bold"`, text)
	below := ""
	if len(took) > 0 {
		below = seconds(stats.Median(took))
		if m := stats.Median(mixed); m > 0 {
			below += ", mixed " + seconds(m)
		}
	}
	write(out, x+cellWidth/2, y+31, "#333333", "middle", `font-size="11"`, below)
}

// shade returns the colour of a share: from red by way of yellow to green.
func shade(share float64) string {
	red, green := 240, 110+int(250*share)
	if share > 0.5 {
		red, green = 240-int(200*(share-0.5)), 225
	}
	return fmt.Sprintf("#%02x%02x78", red, min(green, 225))
}

// write writes one line of text into a picture; "" for colour is black.
func write(out *strings.Builder, x, y int, colour, anchor, more, text string) {
	if text == "" {
		return
	}
	fmt.Fprintf(out, `<text x="%d" y="%d" fill="%s" text-anchor="%s" %s>%s</text>`+"\n", x, y,
		cmp.Or(colour, "#111111"), anchor, more, html.EscapeString(text))
}
