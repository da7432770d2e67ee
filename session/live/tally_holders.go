// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"spotos/probe"
	"spotos/session"
)

// programs returns who calls, nil if that was not asked for.
func (s *history) programs(w *probe.Watch, now time.Time, holders []probe.Holder) (*session.Programs, error) {
	if s.tally == nil {
		return nil, nil
	}
	table, err := w.Programs()
	if err != nil {
		return nil, err
	}
	return s.tally.add(now, table, holders)
}

// addHolders sets who is inside now. A row that has neither called nor is inside any more goes.
func (t *tally) addHolders(holders []probe.Holder) {
	for _, r := range t.rows {
		clear(r.inside)
		clear(r.holders)
	}
	rowOf := t.rowsNow()
	for i := range holders {
		h := &holders[i]
		r := rowOf[h.TGID]
		if r == nil { // it has not called since the watch began
			r = t.holderRow(h)
			rowOf[h.TGID] = r
		}
		r.holders[h.TGID] = true
		for f, n := range t.inside(h) {
			r.inside[f] += n
		}
	}
	for key, r := range t.rows {
		if sum(r.calls) == 0 && sum(r.inside) == 0 {
			delete(t.rows, key)
		}
	}
}

// rowsNow returns the row of each process that lives: of the program that it runs now, after each exec.
func (t *tally) rowsNow() map[int]*caller {
	rows, execs := make(map[int]*caller, len(t.processes)), map[int]uint32{}
	for id, p := range t.processes {
		if !p.ended && (rows[id.PID] == nil || execs[id.PID] < id.Exec) {
			rows[id.PID], execs[id.PID] = p.row, id.Exec
		}
	}
	return rows
}

// holderRow returns the row of a holder that the probes have not seen call.
func (t *tally) holderRow(h *probe.Holder) *caller {
	key := callerKey{kind: session.CallerProgram, comm: t.at.comm(h.TGID)}
	if h.Kthread {
		key.kind = session.CallerKthread
	} else {
		key.file = inode(filepath.Join(t.at.proc, strconv.Itoa(h.TGID), "exe"))
	}
	if uid, err := strconv.ParseUint(firstField(t.at.status(h.TGID)["Uid"]), 10, 32); err == nil {
		key.uid = uint32(uid)
	}
	if group, err := t.at.cgroupOf(h.TGID); err == nil {
		key.cgroup = inode(t.at.dir(group))
		t.groups[key.cgroup] = group
	}
	r := t.row(key)
	if r.pid == 0 {
		r.pid = h.TGID
	}
	if r.exe == "" && !h.Kthread {
		r.exe = t.exe(key, h.TGID)
	}
	return r
}

func firstField(text string) string {
	first, _, _ := strings.Cut(text, "\t")
	return first
}
