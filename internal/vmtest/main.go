// SPDX-License-Identifier: GPL-2.0-only

// Command vmtest runs the tests that need a kernel of the lab: in throw-away VMs, booted by bin/spotos lab exec.
// `make vm-test` runs one test by it, `make test` all, and `make test-kernels` a few on each kernel that can be had.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"spotos/internal/timescale"
)

// Limits, stretched by SPOTOS_TIME_SCALE.
const (
	testLimit = 20 * time.Minute // of one test binary
	vmLimit   = 30 * time.Minute // of one VM
)

// step is one test binary in a VM: the tests that match run, but for those that match skip.
type step struct{ pkg, run, skip string }

// lane is what one VM runs, one step after the other.
type lane struct {
	name   string
	steps  []step
	append string // to the kernel's command line
}

// turns are the tests that switch the pair again and again. They wait for RCU most of their time.
const turns = "Lab(Pair|Trigger|Violations)$"

// broken leaves 6.1 with an ftrace that warns.
const broken = "LabBroken$"

// lanes are all the VM tests. A kernel has one module spotos, so the tests of a VM take turns; what one VM waits for
// leaves the host's CPUs to the others.
var lanes = []lane{
	{"pair", []step{{"session/live", turns, ""}}, ""},
	{"operator", []step{{"cli", "Lab", ""}, {"ui", "Lab", ""}}, ""},
	{"kernel", []step{{"internal/kernelbtf", "Lab", ""}, {"patchset", "Lab", ""}, {"kmod", "Lab", ""},
		{"probe", "Lab", ""}, {"session/live", "Lab", turns + "|" + broken}}, ""},
	{"broken", []step{{"session/live", broken, ""}}, ""},
}

func main() {
	kernels := flag.String("kernels", "", "series under .kernels, such as \"6.1 6.12\"")
	pkg := flag.String("pkg", "", "run the tests of this package alone, such as session/live")
	run := flag.String("run", "Lab", "with -pkg: those that match, as for go test")
	skip := flag.String("skip", "", "with -pkg: but for those that match")
	parameters := flag.String("append", "", "with -pkg: append to the kernel's command line, such as preempt=full")
	matrix := flag.String("matrix", "", "try a few things on these kernels, one after the other, and print a table, "+
		"such as \"6.12 7.3:preempt=full\"")
	flag.Parse()
	wanted := lanes
	if os.Getenv(timescale.Variable) == "" && *pkg == "" && *matrix == "" {
		os.Setenv(timescale.Variable, "5") // all the VMs share the host's CPUs
	}
	if *pkg != "" {
		wanted = []lane{{*pkg, []step{{strings.TrimPrefix(*pkg, "./"), *run, *skip}}, *parameters}}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	var code int
	var err error
	if *matrix != "" {
		code, err = runMatrix(ctx, strings.Fields(*matrix))
	} else {
		code, err = runAll(ctx, strings.Fields(*kernels), wanted)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "vmtest: %v\n", err)
		code = 1
	}
	stop()
	os.Exit(code)
}

// limits returns the flags that bound a test binary and a VM.
func limits() (test, vm string, err error) {
	factor, err := timescale.Factor()
	scaled := func(d time.Duration) string { return time.Duration(factor * float64(d)).String() }
	return scaled(testLimit), scaled(vmLimit), err
}
