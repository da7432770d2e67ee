// SPDX-License-Identifier: GPL-2.0-only

// Command vmtest runs the tests that need a kernel of the lab: in throw-away VMs, booted by bin/spotos lab exec.
// `make vm-test` runs one test by it, `make test` all.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"spotos/internal/timescale"
)

// Limits, stretched by SPOTOS_TIME_SCALE.
const (
	testLimit = 20 * time.Minute // of one test binary
	vmLimit   = 30 * time.Minute // of one VM
)

// step is one test binary in a VM.
type step struct{ pkg, run string }

// lane is what one VM runs, one step after the other.
type lane struct {
	name  string
	steps []step
}

// lanes are all the VM tests. A kernel has one module spotos, so tests that share a VM take turns. Those of a lane wait
// for RCU most of their time, which leaves the host's CPUs to the others.
var lanes = []lane{
	{"pair", []step{{"session/live", "Lab(Pair|Trigger|Violations)$"}}},
	{"operator", []step{{"patchset", "Lab"}, {"kmod", "Lab"}, {"probe", "Lab"}, {"cli", "Lab"}, {"ui", "Lab"}}},
	{"disturbed", []step{{"session/live", "Lab([^PTV]|PairX)"}}},
}

func main() {
	kernels := flag.String("kernels", "6.1 6.12", "series under .kernels")
	pkg := flag.String("pkg", "", "run the tests of this package alone, such as session/live")
	run := flag.String("run", "Lab", "with -pkg: those that match, as for go test")
	flag.Parse()
	wanted := lanes
	if *pkg != "" {
		wanted = []lane{{*pkg, []step{{strings.TrimPrefix(*pkg, "./"), *run}}}}
	}
	code, err := runAll(strings.Fields(*kernels), wanted)
	if err != nil {
		fmt.Fprintf(os.Stderr, "vmtest: %v\n", err)
		code = 1
	}
	os.Exit(code)
}

// limits returns the flags that bound a test binary and a VM.
func limits() (test, vm string, err error) {
	factor, err := timescale.Factor()
	scaled := func(d time.Duration) string { return time.Duration(factor * float64(d)).String() }
	return scaled(testLimit), scaled(vmLimit), err
}
