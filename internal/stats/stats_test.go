// SPDX-License-Identifier: GPL-2.0-only

package stats

import (
	"math/rand/v2"
	"testing"
)

func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		values []int
		q      float64
		want   int
	}{{nil, 0.5, 0}, {[]int{7}, 0.5, 7}, {[]int{3, 1, 2}, 0.5, 2}, {[]int{4, 1, 3, 2}, 0, 1}, {[]int{4, 1, 3, 2}, 1, 4},
		{[]int{4, 1, 3, 2}, 0.99, 4}} {
		if got := Quantile(c.values, c.q); got != c.want {
			t.Errorf("quantile %v of %v is %d, want %d", c.q, c.values, got, c.want)
		}
	}
}

// TestInterval wants the interval of a median to hold the true median about as often as it says, and to be narrower the
// more values there are.
func TestInterval(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = random.NormFloat64()
		}
		return values
	}
	const rounds = 100
	held := 0
	for i := range uint64(rounds) {
		if low, high := Interval(draw(30), Median, i); low <= 0 && high >= 0 {
			held++
		}
	}
	if held < rounds*88/100 || held > rounds*99/100 {
		t.Errorf("%d of %d intervals of 95 %% hold the median", held, rounds)
	}
	few, more := draw(20), draw(500)
	lowFew, highFew := Interval(few, Median, 3)
	lowMore, highMore := Interval(more, Median, 3)
	if highMore-lowMore > (highFew-lowFew)/2 {
		t.Errorf("with 25 times the values the interval is %v wide, and was %v", highMore-lowMore, highFew-lowFew)
	}
	if again, _ := Interval(few, Median, 3); again != lowFew {
		t.Error("the same seed gives another interval")
	}
}
