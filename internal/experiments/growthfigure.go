// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"image/color"
	"maps"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"spotos/internal/stats"
	"spotos/lab/experiment"
)

// drawGrowth draws one kind of growth: a plot for each measure, and in it a line for each kernel, with 95 % intervals.
func drawGrowth(all []experiment.Result, kind, file string) error {
	kernels := grown(all, kind)
	if len(kernels) == 0 {
		return nil
	}
	var plots [][]*plot.Plot
	for i, m := range measures {
		p, err := growthPlot(m, kind, kernels)
		if err != nil {
			return err
		}
		if i%2 == 0 {
			plots = append(plots, nil)
		}
		plots[i/2] = append(plots[i/2], p)
	}
	names := newNames()
	for i, g := range kernels {
		addName(&names, g.kernel, &plotter.Line{LineStyle: draw.LineStyle{Color: ofKernel(i), Width: lineWidth}})
	}
	const width, height = 28 * vg.Centimeter, 16 * vg.Centimeter
	canvas := vgsvg.New(width, height)
	tiles := draw.Tiles{Rows: len(plots), Cols: 2, PadX: vg.Centimeter, PadY: vg.Centimeter}
	whole := draw.New(canvas)
	names.Draw(draw.Crop(whole, 0, -atEdge, 0, -2*atEdge))
	within := draw.Crop(whole, atEdge, -forNames-atEdge, atEdge, -atEdge)
	for row, cells := range plot.Align(plots, tiles, within) {
		for column, cell := range cells {
			plots[row][column].Draw(cell)
		}
	}
	return writeTo(canvas, file)
}

// ofKernel returns the colour of a kernel by its place in the list.
func ofKernel(i int) color.Color {
	colours := []color.Color{blue, red, green, black}
	return colours[i%len(colours)]
}

// beside is how much room an axis has beside its first and last point, as a factor.
const beside = 1.3

// growthPlot draws one measure.
func growthPlot(m measure, kind string, kernels []growing) (*plot.Plot, error) {
	p := newPlot(m.name)
	p.Title.TextStyle.Font.Size = vg.Points(9)
	p.X.Label.Text = kind
	p.X.Scale = plot.LogScale{}
	p.Y.Min = 0
	var ticks []plot.Tick
	for i, g := range kernels {
		var points bars
		for _, n := range slices.Sorted(maps.Keys(g.sizes)) {
			ticks = append(ticks, plot.Tick{Value: float64(n), Label: strconv.Itoa(n)})
			values := m.of(g.sizes[n])
			if len(values) == 0 {
				continue
			}
			middle := stats.Median(values)
			low, high := stats.Interval(values, stats.Median, 1)
			points.XYs = append(points.XYs, plotter.XY{X: float64(n), Y: middle})
			points.YErrors = append(points.YErrors, struct{ Low, High float64 }{middle - low, high - middle})
		}
		if len(points.XYs) == 0 {
			continue
		}
		line, err := plotter.NewLine(points.XYs)
		if err != nil {
			return nil, err
		}
		errors, err := plotter.NewYErrorBars(points)
		if err != nil {
			return nil, err
		}
		line.Color, errors.Color = ofKernel(i), ofKernel(i)
		p.Add(line, errors)
	}
	p.X.Tick.Marker = plot.ConstantTicks(ticks)
	for _, t := range ticks { // said, since an axis without points, or with one, would begin below 0
		p.X.Min, p.X.Max = min(p.X.Min, t.Value/beside), max(p.X.Max, t.Value*beside)
	}
	return p, nil
}

// bars are points with their intervals.
type bars struct {
	plotter.XYs
	plotter.YErrors
}
