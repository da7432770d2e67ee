// SPDX-License-Identifier: GPL-2.0-only

package labtest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The module pair_target has two functions that must change together, threads that call them, and its own count of
// everything: pair_target.c says what it can be ordered to do.
const (
	pairFile   = "/proc/pair_target"
	pairParams = "/sys/module/pair_target/parameters/"
)

// Pair returns pair_target's own figures.
func Pair(tb testing.TB) map[string]int64 {
	tb.Helper()
	text, err := os.ReadFile(pairFile)
	if err != nil {
		tb.Fatal(err)
	}
	figures := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			figures[name] = n
		}
	}
	return figures
}

// PairFigure returns one of pair_target's figures.
func PairFigure(tb testing.TB, name string) int {
	tb.Helper()
	figures := Pair(tb)
	n, there := figures[name]
	if !there {
		tb.Fatalf("%s has no figure %s: %v", pairFile, name, figures)
	}
	return int(n)
}

// OrderPair gives pair_target an order; most take as long as their effect. It may be called in any goroutine.
func OrderPair(tb testing.TB, order string) {
	tb.Helper()
	Write(tb, pairFile, order)
}

// SetPair sets a parameter of pair_target.
func SetPair(tb testing.TB, parameter string, value int) {
	tb.Helper()
	Write(tb, pairParams+parameter, strconv.Itoa(value))
}

// HoldPair has a call sleep inside pair_encode for a time or until it is released; then the channel has its error.
func HoldPair(long time.Duration) <-chan error {
	left := make(chan error, 1)
	go func() { left <- os.WriteFile(pairFile, fmt.Appendf(nil, "hold %d", long.Milliseconds()+1), 0) }()
	return left
}

// ReleasePair releases a held call, also one that comes to sleep only now: a signal of Go's scheduler makes it begin
// again.
func ReleasePair(tb testing.TB, left <-chan error) {
	tb.Helper()
	for end := time.Now().Add(Patience(tb)); time.Now().Before(end); {
		OrderPair(tb, "release")
		select {
		case err := <-left:
			if err != nil {
				tb.Error(err)
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
	tb.Fatal("a held call does not leave")
}
