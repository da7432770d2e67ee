// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"strings"
	"testing"

	"spotos/probe"
	"spotos/session"
)

// An arming that nudges where the holders cannot be listed would nudge nobody and say nothing: it is refused.
func TestNudgingWithoutHoldersIsRefused(t *testing.T) {
	for _, c := range []struct {
		how     string
		watch   *probe.Watch
		refused bool
	}{
		{session.NudgeSignal, nil, true}, {session.NudgeFreeze, nil, true}, {"", nil, false},
		{session.NudgeAuto, nil, false},
		{session.NudgeSignal, &probe.Watch{}, false},
	} {
		o := &operation{watch: c.watch}
		err := o.nudgeable(c.how)
		var refusal *session.Refusal
		if errors.As(err, &refusal) != c.refused || c.refused && !strings.Contains(err.Error(), "by "+c.how) {
			t.Errorf("nudge %q, counted %v: %v", c.how, c.watch != nil, err)
		}
	}
}
