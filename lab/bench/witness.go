// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// A witness sees which code calls run, without asking who switches.
type witness interface {
	// look reports whether calls ran the originals, and the replacements, since the last look. moving says that some
	// tasks have not been switched.
	look(moving bool) (original, replacement bool, err error)
	close()
}

func newWitness(patch string) (witness, error) {
	switch patch {
	case "pair":
		return &pairWitness{}, nil
	case "no-oob":
		near, far, err := connection()
		return &oobWitness{near, far}, err
	}
	return noWitness{}, nil
}

// noWitness sees nothing.
type noWitness struct{}

func (noWitness) look(bool) (original, replacement bool, err error) { return false, false, nil }
func (noWitness) close()                                            {}

// pairWitness reads what pair_target counts itself.
type pairWitness struct{ last map[string]int64 }

func (w *pairWitness) look(bool) (original, replacement bool, err error) {
	figures, err := pairFigures()
	if err != nil {
		return false, false, err
	}
	ran := func(version string) bool {
		for _, function := range []string{"encode.", "decode."} {
			name := function + version
			calls := w.last != nil && figures[name+".calls"] > w.last[name+".calls"]
			if calls || figures[name+".inflight"] > 0 {
				return true
			}
		}
		return false
	}
	original, replacement = ran("original"), ran("patched")
	w.last = figures
	return original, replacement, nil
}

func (*pairWitness) close() {}

// oobWitness receives urgent data, which there is not: the error says which code answered. The calls of others, which
// wait in the other code, last as long as tasks have not been switched.
type oobWitness struct{ near, far int }

func (w *oobWitness) look(moving bool) (original, replacement bool, err error) {
	var buf [1]byte
	switch _, _, err := unix.Recvfrom(w.near, buf[:], unix.MSG_OOB); err {
	case unix.EINVAL:
		return true, moving, nil
	case unix.EOPNOTSUPP:
		return moving, true, nil
	default:
		return false, false, fmt.Errorf("receiving urgent data: %w", err)
	}
}

func (w *oobWitness) close() {
	unix.Close(w.near)
	unix.Close(w.far)
}
