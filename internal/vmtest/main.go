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
	"slices"
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
type step struct {
	pkg, run, skip string
	rounds         int // SPOTOS_ROUNDS of these; 0: as it is
}

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

// preempted are the tests in which tasks should be preempted anywhere.
const preempted = "LabPairProbed$"

// lanes are all the VM tests. A kernel has one module spotos, so the tests of a VM take turns; what one VM waits for
// leaves the host's CPUs to the others.
var lanes = []lane{
	{name: "pair", steps: []step{{pkg: "session/live", run: turns}}},
	{name: "operator", steps: []step{{pkg: "cli", run: "Lab"}, {pkg: "ui", run: "Lab"}}},
	{name: "kernel", steps: []step{{pkg: "internal/kernelbtf", run: "Lab"}, {pkg: "patchset", run: "Lab"},
		{pkg: "kmod", run: "Lab"}, {pkg: "probe", run: "Lab"},
		{pkg: "session/live", run: "Lab", skip: turns + "|" + broken + "|" + preempted}}},
	{name: "preempted", steps: []step{{pkg: "session/live", run: preempted}}, append: "preempt=full"},
	{name: "broken", steps: []step{{pkg: "session/live", run: broken}}},
}

// some are the tests of kernels that need not run all: what an operator does, what must never happen, and bad input.
var some = lane{name: "some", steps: []step{
	{pkg: "cli", run: "LabScript/(doctor|main-apply|main-stuck|nudge|refused)$"},
	{pkg: "kmod", run: "Lab"},
	{pkg: "session/live", run: "LabPair$", rounds: 50},
	{pkg: "session/live", run: preempted},
	{pkg: "probe", run: "LabExact$", rounds: 2},
	{pkg: "ui", run: "LabConsole$"},
}}

func main() {
	kernels := flag.String("kernels", "", "series under .kernels, such as \"6.1 6.12\"")
	partly := flag.String("partly", "", "series on which only some tests run, beside the others")
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
		one := step{pkg: strings.TrimPrefix(*pkg, "./"), run: *run, skip: *skip}
		wanted = []lane{{*pkg, []step{one}, *parameters}}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	var code int
	var err error
	if *matrix != "" {
		code, err = runMatrix(ctx, strings.Fields(*matrix))
	} else {
		code, err = runAll(ctx, slices.Concat(each(strings.Fields(*kernels), wanted...), each(strings.Fields(*partly), some)))
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "vmtest: %v\n", err)
		code = 1
	}
	stop()
	os.Exit(code)
}

// machine is a VM to be booted.
type machine struct {
	kernel string
	lane   lane
}

// each returns a VM for each lane on each kernel.
func each(kernels []string, lanes ...lane) []machine {
	var all []machine
	for _, kernel := range kernels {
		for _, l := range lanes {
			all = append(all, machine{kernel, l})
		}
	}
	return all
}

// limits returns the flags that bound a test binary and a VM.
func limits() (test, vm string, err error) {
	factor, err := timescale.Factor()
	scaled := func(d time.Duration) string { return time.Duration(factor * float64(d)).String() }
	return scaled(testLimit), scaled(vmLimit), err
}
