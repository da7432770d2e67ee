// SPDX-License-Identifier: GPL-2.0-only

// Package guest is the lab VM's init: it sets up a small system, runs the job and powers the machine off.
package guest

import (
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"spotos/lab/wire"
)

// IsInit reports whether this process is the lab VM's init.
func IsInit() bool {
	return os.Getpid() == 1 && os.Args[0] == "/init" && os.Getenv(wire.InitEnv) == "1"
}

// Main runs the job and powers the machine off. It does not return.
func Main() {
	control, err := run()
	if err != nil {
		// To the kernel log too, in case there is no control port to report it on.
		fmt.Fprintf(os.Stderr, "spotos lab: %v\n", err)
		if control != nil {
			control.report(wire.Report{Event: wire.EventFailed, Reason: err.Error()})
		}
	}
	if control != nil {
		<-control.powerOff
	}
	unix.Sync()
	err = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	fmt.Fprintf(os.Stderr, "spotos lab: powering off: %v\n", err)
	select {}
}

// run does the job. The control port is returned as soon as it is open, also with an error.
func run() (*control, error) {
	if err := mountAll(); err != nil {
		return nil, err
	}
	job, err := readJob()
	if err != nil {
		return nil, err
	}
	if err := loadDrivers(job.Drivers); err != nil {
		return nil, err
	}
	// Before the first order can arrive: a new size for the console needs the console open.
	stdio, err := openStdio(job)
	if err != nil {
		return nil, err
	}
	control, err := openControl()
	if err != nil {
		return nil, err
	}
	if err := setUp(job); err != nil {
		return control, err
	}
	if err := startTraffic(job.Traffic); err != nil {
		return control, err
	}
	report, err := runCommand(job, stdio, control)
	if err != nil {
		return control, err
	}
	return control, control.report(report)
}

func readJob() (*wire.Job, error) {
	text, err := os.ReadFile(wire.JobFile)
	if err != nil {
		return nil, fmt.Errorf("reading the job: %w", err)
	}
	job := &wire.Job{}
	if err := json.Unmarshal(text, job); err != nil {
		return nil, fmt.Errorf("reading the job: %w", err)
	}
	return job, nil
}
