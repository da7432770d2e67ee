// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"

	"golang.org/x/sys/unix"

	"spotos/kmod"
	"spotos/session"
)

var errClosed error = &session.Refusal{Reason: "the operation is being closed"}

// enter begins a call from outside, which ends with o.calls.Done: Close takes away what it works with.
func (o *operation) enter() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closing() {
		return errClosed
	}
	o.calls.Add(1)
	return nil
}

// Arm asks the module to switch at the next safe point.
func (o *operation) Arm(a session.ArmOptions) error {
	if err := o.enter(); err != nil {
		return err
	}
	defer o.calls.Done()
	if o.dev == nil {
		return &session.Refusal{Reason: o.devErr.Error()}
	}
	opts := kmod.ArmOptions{Timeout: a.Timeout, TriggerFD: -1, SharedFD: -1}
	if a.Direction == session.Revert {
		opts.Direction = kmod.Revert
	}
	if a.Strategy == session.RetryStrategy {
		opts.Strategy = kmod.Retry
	} else if o.watch != nil {
		opts.TriggerFD, opts.SharedFD = o.watch.RingFD(), o.watch.SharedFD()
		if err := o.watch.Redirect(); err != nil {
			return err
		}
	}
	if a.Nudge == session.NudgeFreeze {
		// What thaws stands ready before anything can be frozen.
		if err := o.guard.ready(); err != nil {
			return err
		}
	}
	o.mu.Lock()
	o.last, o.why = a, ""
	ended := make(chan struct{})
	o.armings = append(o.armings, ended)
	o.mu.Unlock()
	err := o.dev.Arm(o.p.Module, opts)
	if err == nil {
		o.listen()
	} else {
		o.notArmed(ended)
	}
	var refused *kmod.Refused
	if errors.As(err, &refused) && !errors.Is(refused.Errno, unix.EALREADY) {
		o.emit(session.Failed{Head: o.head(session.KindFailed), Reason: refused.Reason, Refused: true})
	}
	return err
}

// Retry arms a stuck operation again.
func (o *operation) Retry() error {
	if err := o.enter(); err != nil {
		return err
	}
	defer o.calls.Done()
	if o.dev == nil {
		return kmod.ErrNotArmed
	}
	o.mu.Lock()
	timeout := o.last.Timeout
	o.mu.Unlock()
	return o.dev.Retry(timeout)
}

// Abort takes the arming back.
func (o *operation) Abort() error {
	if err := o.enter(); err != nil {
		return err
	}
	defer o.calls.Done()
	return o.abort()
}

func (o *operation) abort() error {
	if o.dev == nil {
		return kmod.ErrNotArmed
	}
	return o.dev.Disarm()
}
