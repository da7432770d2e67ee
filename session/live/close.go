// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"time"

	"golang.org/x/sys/unix"

	"spotos/internal/safego"
	"spotos/session"
)

// over reports whether ch is closed.
func over(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// closing reports whether Close has begun.
func (o *operation) closing() bool { return over(o.done) }

// alongside runs something that emits events in a goroutine of that name. It returns false, and starts nothing, once
// Close has begun.
func (o *operation) alongside(name string, run func()) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closing() {
		return false
	}
	safego.Go(&o.nudges, name, run)
	return true
}

// disarm takes back an arming that has not ended, and waits until the journal has its end.
func (o *operation) disarm() {
	ended := o.armings.armed()
	if ended == nil {
		return
	}
	o.armings.setWhy("closed while it was armed")
	if o.dev.Disarm() != nil {
		return
	}
	select {
	case <-ended:
	case <-time.After(askLimit): // only a broken module reports no end
	}
}

// Close takes an arming back, detaches the probes, and unloads a patch that this operation loaded and did not apply.
// It waits for calls under way, and for the module to answer. Last it keeps what was read of the kernel for the next
// command. Only the first call does anything. It returns nil.
func (o *operation) Close() error {
	o.once.Do(func() {
		o.mu.Lock()
		close(o.done)
		o.mu.Unlock()
		o.calls.Wait()
		o.stopListening()
		o.disarm()
		o.nudges.Wait()
		o.guard.stop()
		o.wg.Wait()
		state := o.state()
		if o.dev != nil {
			o.dev.Close()
			o.reader.Wait()
		}
		close(o.events)
		if o.watch != nil {
			o.watch.Close()
		}
		if o.ours && state == session.StateLoaded {
			// It fails if another process uses the module, which does no harm.
			_ = unix.DeleteModule(o.p.Module, unix.O_NONBLOCK)
		}
		o.journal.close()
		o.m.keepLists()
	})
	return nil
}
