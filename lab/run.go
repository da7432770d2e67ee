// SPDX-License-Identifier: GPL-2.0-only

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"spotos/lab/vm"
)

// A signalError says that a signal ended the run.
type signalError struct{ signal syscall.Signal }

func (e signalError) Error() string { return "stopped by " + e.signal.String() }

// run runs the VM until it ends by itself or by a signal.
func run(ctx context.Context, config vm.Config) (*vm.Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	go func() {
		select {
		case s := <-signals:
			cancel(signalError{s.(syscall.Signal)})
		case <-ctx.Done():
		}
	}()
	return vm.Run(ctx, config)
}

// verdict turns the end of a run into the program's error, and prints the guest's log if the VM itself failed.
func verdict(result *vm.Result, err error) error {
	var stopped signalError
	var guest *vm.GuestError
	switch {
	case errors.As(err, &stopped):
		return &ExitError{128 + int(stopped.signal), fmt.Errorf("lab: %w", err)}
	case errors.As(err, &guest):
		guest.WriteLog(os.Stderr)
		return &ExitError{CodeLabFailed, fmt.Errorf("lab: %w", err)}
	case err != nil:
		return &ExitError{CodeLabFailed, fmt.Errorf("lab: %w", err)}
	case result.Alarm() != "":
		result.WriteLog(os.Stderr)
		return &ExitError{CodeKernelWarned, fmt.Errorf("lab: the guest's kernel warned (the command's exit code was %d): %s",
			result.Code, result.Alarm())}
	case result.Code != 0:
		return &ExitError{Code: result.Code}
	}
	return nil
}
