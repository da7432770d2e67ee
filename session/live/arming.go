// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"

	"golang.org/x/sys/unix"

	"spotos/kmod"
	"spotos/session"
)

var errClosed error = &session.Refusal{Reason: "the operation is being closed"}

// enter begins a call from outside; end it with o.calls.Done. Close waits for these calls before it closes what they
// use.
func (o *operation) enter() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closing() {
		return errClosed
	}
	o.calls.Add(1)
	return nil
}

// Arm asks the module to switch at the next safe point. The error is a *session.Refusal without the module and after
// Close, or the module's *kmod.Refused: errors.Is finds unix.EALREADY in it if the patch has switched that way already.
// Any other refusal of the module is emitted as a Failed too.
func (o *operation) Arm(a session.ArmOptions) error {
	if err := o.enter(); err != nil {
		return err
	}
	defer o.calls.Done()
	if o.dev == nil {
		return &session.Refusal{Reason: o.devErr.Error()}
	}
	a = a.Settled()
	opts := kmod.ArmOptions{Timeout: a.Timeout, TriggerFD: -1, SharedFD: -1}
	if a.Direction == session.Revert {
		opts.Direction = kmod.Revert
	}
	if a.Strategy == session.RetryStrategy {
		opts.Strategy = kmod.Retry
	} else if o.watch != nil && o.watch.Counted() {
		opts.TriggerFD, opts.SharedFD = o.watch.RingFD(), o.watch.SharedFD()
		if err := o.watch.Redirect(); err != nil {
			return err
		}
	}
	if err := o.nudgeable(a.Nudge); err != nil {
		return err
	}
	if a.Nudge == session.NudgeFreeze {
		// The guard, which thaws if this process dies, must be ready before anything is frozen.
		if err := o.guard.ready(); err != nil {
			return err
		}
	}
	err := o.request(a, opts)
	var refused *kmod.Refused
	if errors.As(err, &refused) && !errors.Is(refused.Errno, unix.EALREADY) {
		o.emit(session.Failed{Head: o.head(session.KindFailed), Reason: refused.Reason, Refused: true})
	}
	return err
}

// request asks the module to arm, one request at a time.
func (o *operation) request(a session.ArmOptions, opts kmod.ArmOptions) error {
	o.arming.Lock()
	defer o.arming.Unlock()
	asked := o.armings.request(a)
	if err := o.preparing.ask(func() error { return o.dev.Arm(o.p.Module, opts) }); err != nil {
		o.armings.refuse(asked)
		return err
	}
	o.armings.accept(asked)
	o.listen()
	return nil
}

// Retry arms a stuck operation again, with the time limit of the last Arm. The error is kmod.ErrNotArmed if nothing
// is armed.
func (o *operation) Retry() error {
	if err := o.enter(); err != nil {
		return err
	}
	defer o.calls.Done()
	if o.dev == nil {
		return kmod.ErrNotArmed
	}
	latest := o.armings.latest()
	if latest == nil {
		return kmod.ErrNotArmed
	}
	return o.dev.Retry(latest.Timeout)
}

// Abort takes the arming back; an arming that another process made, it asks that process to take back. The error is
// kmod.ErrNotArmed if nothing is armed.
func (o *operation) Abort() error {
	if err := o.enter(); err != nil {
		return err
	}
	defer o.calls.Done()
	err := o.abort()
	if errors.Is(err, kmod.ErrNotArmed) && o.state().Armed() {
		return takeBack(o.p.Name)
	}
	return err
}

func (o *operation) abort() error {
	if o.dev == nil {
		return kmod.ErrNotArmed
	}
	return o.dev.Disarm()
}
