// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"spotos/internal/safego"
	"spotos/session"
)

// end notes that what was armed is over, and was told.
func (o *operation) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.armings) > 0 {
		close(o.armings[0])
		o.armings = o.armings[1:]
	}
}

// armed is closed when the arming under way is over, and that was told; nil where there is none.
func (o *operation) armed() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.armings) == 0 {
		return nil
	}
	return o.armings[len(o.armings)-1]
}

// notArmed forgets an arming that the module refused.
func (o *operation) notArmed(ended chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.armings = slices.DeleteFunc(o.armings, func(c chan struct{}) bool { return c == ended })
}

// over says whether a channel is closed.
func over(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// closing says whether Close has begun.
func (o *operation) closing() bool { return over(o.done) }

// alongside runs what emits events in a goroutine of that name, unless Close has begun.
func (o *operation) alongside(name string, run func()) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closing() {
		return false
	}
	safego.Go(&o.nudges, name, run)
	return true
}

func (o *operation) setWhy(why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.why = why
}

// disarm takes back what is still armed and waits until that stands in the journal.
func (o *operation) disarm() {
	ended := o.armed()
	if ended == nil {
		return
	}
	o.setWhy("closed while it was armed")
	if o.dev.Disarm() != nil {
		return
	}
	select {
	case <-ended:
	case <-time.After(askLimit): // the module always tells; only not to hang on a module that is broken
	}
}

// Close takes the arming back, detaches the probes and unloads a patch that we loaded and did not apply.
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
			// In use elsewhere is no harm: it does nothing.
			_ = unix.DeleteModule(o.p.Module, unix.O_NONBLOCK)
		}
		if o.file != nil {
			o.file.Close()
		}
	})
	return nil
}
