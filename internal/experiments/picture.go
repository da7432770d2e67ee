// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"cmp"
	"image/color"
	"os"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"spotos/lab/experiment"
)

// How much room a picture has beside its plot: for the names of the lines, and for a tick's label at its edge.
const (
	forNames = 4.6 * vg.Centimeter
	atEdge   = 0.4 * vg.Centimeter
)

const lineWidth = 1.4 // points

// Colours that people who see less of them tell apart, too: those of Okabe and Ito.
var (
	black  = color.RGBA{0, 0, 0, 255}
	orange = color.RGBA{230, 159, 0, 255}
	sky    = color.RGBA{86, 180, 233, 255}
	green  = color.RGBA{0, 158, 115, 255}
	yellow = color.RGBA{200, 190, 40, 255} // darker than theirs, for thin lines
	blue   = color.RGBA{0, 114, 178, 255}
	red    = color.RGBA{213, 94, 0, 255}
	purple = color.RGBA{204, 121, 167, 255}
)

// pens has a colour for each strategy and baseline.
var pens = map[string]color.Color{
	experiment.Nothing: color.Gray{150}, experiment.Watch: yellow, experiment.SafePoint: green, experiment.Auto: blue,
	experiment.Signal: sky, experiment.Freeze: purple, experiment.Retry: red, experiment.Livepatch: orange,
}

// newPlot returns an empty plot whose text is as wide where it is read as it is taken for.
func newPlot(title string) *plot.Plot {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	p := plot.New()
	p.Title.Text = title
	p.Title.TextStyle.Font.Size = vg.Points(11)
	p.Title.Padding = vg.Points(6)
	p.X.Label.TextStyle.Font.Size, p.Y.Label.TextStyle.Font.Size = vg.Points(10), vg.Points(10)
	return p
}

// newNames returns an empty list of the lines' names, which stands beside a plot.
func newNames() plot.Legend {
	names := plot.NewLegend()
	names.Top = true
	names.TextStyle.Font.Size = vg.Points(9)
	names.Padding = vg.Points(3)
	return names
}

// addName adds a line's name, with room between the two: spaces that may break at its end are not drawn.
func addName(names *plot.Legend, name string, line plot.Thumbnailer) {
	names.Add(name+"\u00a0\u00a0", line)
}

// decades are the ticks of a logarithmic axis. What is outside of it would take room beside it.
type decades struct{}

// Ticks implements plot.Ticker.
func (decades) Ticks(low, high float64) []plot.Tick {
	return slices.DeleteFunc(plot.LogTicks{Prec: -1}.Ticks(low, high), func(t plot.Tick) bool {
		return t.Value < low || t.Value > high
	})
}

// addLine adds a line of a strategy, or of whatever has a name, and its name.
func addLine(p *plot.Plot, names *plot.Legend, name string, points plotter.XYs) error {
	line, err := plotter.NewLine(points)
	if err != nil {
		return err
	}
	line.Color = cmp.Or(pens[name], color.Color(black))
	line.Width = lineWidth
	p.Add(line)
	addName(names, name, line)
	return nil
}

// save writes one plot with its names at the right.
func save(p *plot.Plot, names plot.Legend, file string) error {
	canvas := vgsvg.New(20*vg.Centimeter, 10*vg.Centimeter)
	whole := draw.New(canvas)
	p.Draw(draw.Crop(whole, atEdge, -forNames, atEdge, -atEdge))
	names.Draw(draw.Crop(whole, 0, -atEdge, 0, -2*atEdge))
	return writeTo(canvas, file)
}

func writeTo(canvas *vgsvg.Canvas, file string) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	if _, err := canvas.WriteTo(out); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
