// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"io"
	"time"

	"spotos/lab/wire"
)

// Config describes a run.
type Config struct {
	Kernel  Kernel
	CPUs    int
	Memory  string            // as QEMU takes it: 1G
	ICount  bool              // guest time counts instructions and, without a console, skips idle time; one CPU
	Append  string            // further kernel arguments
	Modules string            // the project's modules on the host; empty for none
	Shares  map[string]string // host directory by guest directory, read-only
	Export  string            // host directory that the guest may write to, under the same path; empty for none
	Files   map[string]string // host file by guest file
	Job     wire.Job          // Drivers and Shares are filled in by Run

	Stdin          io.Reader // with Job.Console set, the terminal's two directions
	Stdout, Stderr io.Writer
	Resizes        <-chan wire.Size // the terminal's new sizes; nil for none

	BootLimit time.Duration // from the start until the command starts
	StopLimit time.Duration // from the command's end until QEMU's
	HungTask  time.Duration // after which the guest's kernel warns of a task that is blocked
}

// A GuestError reports that the guest itself failed, not the command in it.
type GuestError struct {
	Reason string
	log    *kernelLog
}

func (e *GuestError) Error() string {
	if alarm := e.log.firstAlarm(); alarm != "" {
		return e.Reason + ": " + alarm
	}
	return e.Reason
}

// WriteLog writes the guest's kernel log.
func (e *GuestError) WriteLog(w io.Writer) error { return e.log.dump(w) }

// A Result describes the end of a run.
type Result struct {
	Code int // the command's exit code, 128+n if signal n ended it
	log  *kernelLog
}

// Alarm returns the kernel's first warning, "" without one.
func (r *Result) Alarm() string { return r.log.firstAlarm() }

// WriteLog writes the guest's kernel log.
func (r *Result) WriteLog(w io.Writer) error { return r.log.dump(w) }
