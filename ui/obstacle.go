// SPDX-License-Identifier: GPL-2.0-only

package ui

import "spotos/session"

// obstacle returns who has stayed inside the longest, and whether nudges would free all who stay. ok: somebody is
// inside.
func (p *picture) obstacle() (who session.Holder, frees, ok bool) {
	holders, _ := p.Inside()
	if len(holders) == 0 {
		return who, false, false
	}
	frees = true
	for _, h := range holders {
		if lingers(h) {
			frees = frees && h.Nudgeable(p.Details(h.PID))
		}
	}
	return holders[0], frees, true
}

// lingers reports whether a holder has been inside for long, as far as that was seen, or since before the watch.
func lingers(h session.Holder) bool { return h.Before || h.Inside() >= stayed }

// overdue reports whether a holder has stayed much longer than is usual in its function, as far as that is known.
func (p *picture) overdue(h session.Holder) bool {
	for _, f := range p.Sample.Functions {
		if f.Name == h.Function && f.Timed > 0 && !late(h.Inside(), f) {
			return false
		}
	}
	return h.Inside() >= stayed
}
