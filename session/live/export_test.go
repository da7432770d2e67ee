// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"spotos/probe"
	"spotos/session"
)

// Noticed is noticed, for the tests in the other package.
func Noticed(h probe.Holder) string {
	known := programs{}
	defer known.close()
	return noticed(h, known)
}

// NudgeAny nudges threads whether they hold or not.
func NudgeAny(op session.Operation, tids ...int) (map[int]error, error) {
	return op.(*operation).dev.Nudge(tids)
}
