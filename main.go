// SPDX-License-Identifier: GPL-2.0-only

// Command spotos patches a running Linux kernel at a proved safe point.
package main

import (
	"os"
	"runtime"
	"runtime/debug"

	"spotos/cli"
	"spotos/lab"
	"spotos/session/live"
)

// main runs the command line, unless this process is the init of a lab's VM or a guard of frozen cgroups.
func main() {
	if lab.IsGuestInit() {
		lab.GuestInit()
	}
	if live.IsGuard() {
		os.Exit(live.Guard())
	}
	collectLater()
	os.Exit(cli.Main(os.Args[1:]))
}

// firstCollection is the garbage collector's pace until it has run once, in percent: it first runs when some 32 MB are
// in use, instead of 4. That spares a command that starts several runs, each of which takes as long as loading a
// program.
const firstCollection = 800

// collectLater has the garbage collector run for the first time when there is more to collect, and from then on as
// usual. Who has set another pace by GOGC gets that.
func collectLater() {
	usual := debug.SetGCPercent(firstCollection)
	if os.Getenv("GOGC") != "" {
		debug.SetGCPercent(usual)
		return
	}
	type collected struct{ _ *int }
	runtime.AddCleanup(&collected{}, func(pace int) { debug.SetGCPercent(pace) }, usual)
}
