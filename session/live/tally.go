// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"os"
	"time"

	"spotos/probe"
	"spotos/session"
)

// maxCallers bounds the rows that a tally keeps; the calls of programs beyond it are those of "others".
const maxCallers = 1000

// callerKey says which calls are counted in one row: those of one program, for one user, in one cgroup.
type callerKey struct {
	kind   session.CallerKind
	comm   string
	uid    uint32
	cgroup uint64
	file   uint64 // inode of the executable
}

// caller is a row of a tally.
type caller struct {
	id        int // 0: it was not listed yet
	exe       string
	pid       int
	processes int // that have called
	ended     int // of these
	calls     []uint64
	inside    []int
	holders   map[int]bool // processes inside now
	last      time.Duration
	before    uint64 // calls until the last sample
}

// entry is what the probes' table said last of one function's calls by one process.
type entry struct {
	process  probe.Process
	function int
}

// member is a process in the probes' table.
type member struct {
	row    *caller
	called bool // since the last sample
	ended  bool
}

// tally adds up who calls the functions, from one sample to the next. It takes processes that have ended out of the
// probes' table, so that a table of bounded size does for any number of short ones.
type tally struct {
	names     []string
	forget    func(probe.Process, int) error // removes an entry from the probes' table
	inside    func(*probe.Holder) []int      // how many calls of each function a holder is in
	at        system
	group     func(id uint64) string // the path of a cgroup, "" if it is not known
	own       string                 // path of SPOTOS's own executable, "" if it is not known
	paths     map[callerKey]string   // of executables
	groups    map[uint64]string
	rows      map[callerKey]*caller
	entries   map[entry]uint64
	processes map[probe.Process]*member
	now       time.Time // of the last sample
	lastID    int
}

func newTally(names []string, w *probe.Watch) *tally {
	at := runningSystem()
	own, _ := os.Readlink("/proc/self/exe") // where that cannot be read, no row is SPOTOS's own
	return &tally{own: own, names: names, forget: w.ForgetProgram, inside: w.Inside, at: at, group: at.groupOf,
		paths: map[callerKey]string{}, groups: map[uint64]string{}, rows: map[callerKey]*caller{},
		entries: map[entry]uint64{}, processes: map[probe.Process]*member{}}
}

// add adds the calls since the last sample, and returns who has called and who is inside.
func (t *tally) add(now time.Time, table *probe.Programs, holders []probe.Holder) (*session.Programs, error) {
	for _, p := range t.processes {
		p.called = false
	}
	for _, c := range table.Calls {
		t.addCalls(c)
	}
	t.addAside(session.CallerInterrupt, table.Interrupts)
	t.addAside(session.CallerOthers, table.Others)
	if err := t.bury(); err != nil {
		return nil, err
	}
	t.addHolders(holders)
	list := t.list(now, table.Now)
	t.now = now
	return list, nil
}

// addCalls adds what one entry of the table has more than at the last sample.
func (t *tally) addCalls(c probe.ProgramCalls) {
	at := entry{c.Process, c.Func}
	p := t.processes[c.Process]
	if p == nil {
		p = &member{row: t.row(keyOf(c))}
		p.row.processes++
		t.processes[c.Process] = p
		if p.row.exe == "" && !c.Kthread {
			p.row.exe = t.exe(keyOf(c), c.PID)
		}
	}
	if more := c.Calls - t.entries[at]; more > 0 {
		p.called = true
		p.row.calls[c.Func] += more
		t.entries[at] = c.Calls
	}
	if c.Last >= p.row.last {
		p.row.last, p.row.pid = c.Last, c.PID
	}
}

func keyOf(c probe.ProgramCalls) callerKey {
	key := callerKey{session.CallerProgram, c.Comm, c.UID, c.Cgroup, c.File}
	if c.Kthread {
		key.kind = session.CallerKthread
	}
	return key
}

// row returns the row of a key. Where there are too many it is that of the others.
func (t *tally) row(key callerKey) *caller {
	if r := t.rows[key]; r != nil {
		return r
	}
	if len(t.rows) >= maxCallers && key.kind != session.CallerInterrupt {
		key = callerKey{kind: session.CallerOthers}
		if r := t.rows[key]; r != nil {
			return r
		}
	}
	r := &caller{calls: make([]uint64, len(t.names)), inside: make([]int, len(t.names)), holders: map[int]bool{}}
	t.rows[key] = r
	return r
}

// addAside adds the calls of no process in the table; all holds the sums of each function.
func (t *tally) addAside(kind session.CallerKind, all []probe.Aside) {
	for i, a := range all {
		at := entry{probe.Process{PID: asidePID(kind)}, i}
		if more := a.Calls - t.entries[at]; more > 0 {
			r := t.row(callerKey{kind: kind})
			r.calls[i] += more
			r.last = max(r.last, a.Last)
			t.entries[at] = a.Calls
		}
	}
}

// asidePID returns the number that stands for calls of no process among the entries: no process has it.
func asidePID(kind session.CallerKind) int {
	if kind == session.CallerInterrupt {
		return -1
	}
	return -2
}

// bury takes processes out of the table that have ended. It waits for a sample without calls, since a process calls
// functions while it ends.
func (t *tally) bury() error {
	gone := map[probe.Process]bool{}
	for id, p := range t.processes {
		switch {
		case t.at.lives(id.PID):
		case !p.ended:
			p.ended = true
			p.row.ended++
		case !p.called:
			gone[id] = true
			delete(t.processes, id)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	for at := range t.entries {
		if gone[at.process] {
			if err := t.forget(at.process, at.function); err != nil {
				return err
			}
			delete(t.entries, at)
		}
	}
	return nil
}

func sum[T int | uint64](list []T) (all T) {
	for _, n := range list {
		all += n
	}
	return all
}
