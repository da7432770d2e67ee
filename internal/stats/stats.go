// SPDX-License-Identifier: GPL-2.0-only

// Package stats has the few statistics that benchmarks and experiments need.
package stats

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// Quantile returns the value below which a share q of the values lies; of none the zero value.
func Quantile[T cmp.Ordered](values []T, q float64) T {
	if len(values) == 0 {
		return *new(T)
	}
	values = slices.Sorted(slices.Values(values))
	return values[min(int(q*float64(len(values))), len(values)-1)]
}

// Median returns the value in the middle.
func Median[T cmp.Ordered](values []T) T { return Quantile(values, 0.5) }

const (
	resamples  = 2000
	confidence = 0.95
)

// Interval returns where a figure of the values lies with a confidence of 95 %, by the bootstrap: the figure of many
// samples that are drawn from the values, each value as often as chance has it. The same values and seed give the same
// interval.
func Interval[T cmp.Ordered](values []T, figure func([]T) T, seed uint64) (low, high T) {
	if len(values) == 0 {
		return
	}
	random := rand.New(rand.NewPCG(seed, 0))
	figures := make([]T, resamples)
	drawn := make([]T, len(values))
	for i := range figures {
		for j := range drawn {
			drawn[j] = values[random.IntN(len(values))]
		}
		figures[i] = figure(drawn)
	}
	return Quantile(figures, (1-confidence)/2), Quantile(figures, (1+confidence)/2)
}
