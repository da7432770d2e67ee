// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"spotos/lab/wire"
)

// follow passes the streams on, watches the guest from boot to power-off and returns the result.
func (r *running) follow(ctx context.Context) (*Result, error) {
	var reading sync.WaitGroup
	reading.Go(func() { io.Copy(&r.log, r.lines.log) })
	r.startStreams(&reading)
	reports := make(chan wire.Report)
	go readReports(r.lines.control, reports, r.ended)

	result, err := r.watch(ctx, reports)
	r.cmd.Process.Kill() // QEMU has ended by itself unless something went wrong
	<-r.ended
	reading.Wait() // QEMU's ends of the lines are closed now
	return result, err
}

// startStreams starts to copy the command's input and output. The copies in reading end with QEMU.
func (r *running) startStreams(reading *sync.WaitGroup) {
	c := r.config
	if c.Job.Console != nil {
		go io.Copy(r.lines.tty, c.Stdin)
		reading.Go(func() { io.Copy(c.Stdout, r.lines.tty) })
		return
	}
	go wire.SendChunks(r.lines.stdin, c.Stdin)
	reading.Go(func() { r.stdout.run(r.lines.stdout) })
	reading.Go(func() { r.stderr.run(r.lines.stderr) })
}

// readReports passes on the guest's reports from its control port. It drops a line that is no report: the guest's root
// can write anything to its side of the port.
func readReports(from net.Conn, to chan<- wire.Report, quit <-chan struct{}) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		var report wire.Report
		if json.Unmarshal(lines.Bytes(), &report) != nil {
			continue
		}
		select {
		case to <- report:
		case <-quit:
			return
		}
	}
}

// watch handles the guest's reports until the guest is off, has died, is too late or is no longer wanted.
func (r *running) watch(ctx context.Context, reports <-chan wire.Report) (*Result, error) {
	late := time.NewTimer(r.config.BootLimit)
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, r.unwanted(ctx)
		case <-late.C:
			return nil, r.failed(fmt.Sprintf("the guest was not ready after %v", r.config.BootLimit))
		case <-r.ended:
			return nil, r.failed(r.whyGone())
		case size := <-r.config.Resizes:
			if err := r.order(wire.Order{Resize: &size}); err != nil {
				return nil, err
			}
		case report := <-reports:
			switch report.Event {
			case wire.EventReady:
				late.Stop()
			case wire.EventFailed:
				if err := r.stop(ctx, nil); err != nil {
					return nil, err
				}
				return nil, r.failed("the guest could not run the command: " + report.Reason)
			case wire.EventExit:
				return r.finish(ctx, report)
			}
		}
	}
}

// finish reads the rest of the output, switches the VM off and returns the result.
func (r *running) finish(ctx context.Context, report wire.Report) (*Result, error) {
	if r.config.Job.Console == nil {
		drained := make(chan error, 1)
		go func() {
			err := r.stdout.wait(report.Stdout)
			if other := r.stderr.wait(report.Stderr); err == nil {
				err = other
			}
			drained <- err
		}()
		if err := r.stop(ctx, drained); err != nil {
			return nil, err
		}
	} else if err := r.stop(ctx, nil); err != nil {
		return nil, err
	}
	return &Result{Code: report.Code, log: &r.log}, nil
}

// stop switches the VM off once drained reports that all output has arrived; nil means that it has.
func (r *running) stop(ctx context.Context, drained <-chan error) error {
	if drained != nil {
		select {
		case <-ctx.Done():
			return r.unwanted(ctx)
		case err := <-drained:
			if err != nil {
				return err
			}
		}
	}
	if err := r.order(wire.Order{PowerOff: true}); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return r.unwanted(ctx)
	case <-r.ended:
		return nil
	case <-time.After(r.config.StopLimit):
		return r.failed(fmt.Sprintf("the guest had not powered off %v after it was told to", r.config.StopLimit))
	}
}

func (r *running) order(order wire.Order) error {
	line, err := json.Marshal(order)
	if err != nil {
		return fmt.Errorf("telling the guest: %w", err)
	}
	if _, err := r.lines.control.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("telling the guest: %w", err)
	}
	return nil
}

// unwanted returns the error of a run that ctx ended. A missed deadline may mean that the guest hangs.
func (r *running) unwanted(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return r.failed(context.Cause(ctx).Error())
	}
	return context.Cause(ctx)
}

func (r *running) failed(reason string) *GuestError {
	return &GuestError{Reason: reason, log: &r.log}
}

// whyGone says why QEMU ended before the guest reported that it was done.
func (r *running) whyGone() string {
	if said := strings.TrimSpace(r.said.String()); said != "" {
		return "QEMU ended: " + said
	}
	return "the guest ended before its command did"
}
