// SPDX-License-Identifier: GPL-2.0-only

// Package timescale stretches time limits on slow machines.
package timescale

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// Variable holds the number that every time limit is multiplied by.
const Variable = "SPOTOS_TIME_SCALE"

// Factor returns that number: 1 where the variable is not set.
func Factor() (float64, error) {
	text := os.Getenv(Variable)
	if text == "" {
		return 1, nil
	}
	factor, err := strconv.ParseFloat(text, 64)
	if err != nil || factor <= 0 {
		return 0, fmt.Errorf("reading %s=%s: want a number above zero", Variable, text)
	}
	return factor, nil
}

// Limit returns a time limit for this machine.
func Limit(d time.Duration) (time.Duration, error) {
	factor, err := Factor()
	return time.Duration(factor * float64(d)), err
}
