// SPDX-License-Identifier: GPL-2.0-only

// Command spotos patches a running Linux kernel at a proved safe point.
package main

import (
	"os"

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
	os.Exit(cli.Main(os.Args[1:]))
}
