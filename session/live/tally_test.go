// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spotos/probe"
	"spotos/session"
)

// counted is a tally of two functions, f and g, on a made-up system, with the table that it reads.
type counted struct {
	*tally
	t     *testing.T
	table map[entry]probe.ProgramCalls
	aside uint64 // interrupts in f
	now   time.Duration
}

func newCounted(t *testing.T) *counted {
	s := made(t)
	for pid, exe := range map[int]string{10: "/bin/sh", 40: "/sbin/nginx"} {
		file := filepath.Join(s.proc, "files", exe)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(file, filepath.Join(s.proc, fmt.Sprint(pid), "exe")); err != nil {
			t.Fatal(err)
		}
	}
	c := &counted{t: t, table: map[entry]probe.ProgramCalls{}}
	inside := func(h *probe.Holder) []int { return []int{h.Frames, 0} }
	forget := func(p probe.Process, function int) error {
		delete(c.table, entry{p, function})
		return nil
	}
	c.tally = &tally{names: []string{"f", "g"}, forget: forget, inside: inside, at: s,
		group: func(id uint64) string { return fmt.Sprintf("/group%d", id) },
		paths: map[callerKey]string{}, groups: map[uint64]string{}, rows: map[callerKey]*caller{},
		entries: map[entry]uint64{}, processes: map[probe.Process]*member{}}
	return c
}

// file returns the inode of what a process runs.
func (c *counted) file(pid int) uint64 {
	return inode(filepath.Join(c.at.proc, fmt.Sprint(pid), "exe"))
}

// call has a process call a function n times.
func (c *counted) call(pid int, comm string, file uint64, function int, n uint64) {
	c.now += time.Second
	p := probe.Process{PID: pid, Exec: 3, UID: 1000, Cgroup: 7}
	was := c.table[entry{p, function}]
	c.table[entry{p, function}] = probe.ProgramCalls{Process: p, Func: function, Comm: comm, File: file,
		Kthread: file == 0, Calls: was.Calls + n, Last: c.now}
}

// sample returns the rows, a line each.
func (c *counted) sample(holders ...probe.Holder) []string {
	c.t.Helper()
	c.now += time.Second
	table := &probe.Programs{Interrupts: []probe.Aside{{Calls: c.aside, Last: c.now}, {}}, Others: make([]probe.Aside, 2),
		Now: c.now}
	for _, calls := range c.table {
		table.Calls = append(table.Calls, calls)
	}
	got, err := c.add(time.Unix(1000, 0).Add(c.now), table, holders)
	if err != nil {
		c.t.Fatal(err)
	}
	var lines []string
	for _, p := range got.List {
		exe := filepath.Base(p.What())
		line := fmt.Sprintf("%s %s %s %d of %d, %d calls, %d inside", p.Kind, p.Name(), exe, p.PID, p.Processes, p.Calls,
			p.InFlight)
		for _, f := range p.Functions {
			line += fmt.Sprintf(", %s %d", f.Name, f.Calls)
		}
		lines = append(lines, line)
	}
	return lines
}

func (c *counted) want(got []string, want ...string) {
	c.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		c.t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTally(t *testing.T) {
	c := newCounted(t)
	c.call(10, "a) shell", c.file(10), 0, 5)
	c.call(10, "a) shell", c.file(10), 1, 1)
	c.call(42, "kworker", 0, 0, 2)
	c.call(9999, "a) shell", c.file(10), 0, 10) // it has ended; what it ran is known from the other shell
	c.call(8888, "gone", 77, 0, 1)
	c.aside = 3
	shells := "program a) shell sh 9999 of 2, 16 calls, 0 inside, f 15, g 1"
	rest := []string{"interrupt interrupt whatever program ran 0 of 0, 3 calls, 0 inside, f 3",
		"kernel thread [kworker] kernel thread 42 of 1, 2 calls, 0 inside, f 2"}
	gone := "program gone ended 8888 of 1, 1 calls, 0 inside, f 1"
	c.want(c.sample(), shells, rest[0], rest[1], gone)
	if len(c.table) != 5 {
		t.Errorf("%d entries in the table: what has just ended may go on to call", len(c.table))
	}
	c.want(c.sample(), shells, rest[0], rest[1], gone)
	if len(c.table) != 3 {
		t.Errorf("%d entries in the table: those that have ended must go", len(c.table))
	}
	c.call(9999, "a) shell", c.file(10), 0, 1) // another process with that pid
	c.want(c.sample(), "program a) shell sh 9999 of 3, 17 calls, 0 inside, f 16, g 1", rest[0], rest[1], gone)
}

// TestTallyOwn marks the rows of SPOTOS's own executable.
func TestTallyOwn(t *testing.T) {
	c := newCounted(t)
	c.own = filepath.Join(c.at.proc, "files/sbin/nginx")
	c.call(10, "sh", c.file(10), 0, 2)
	c.call(40, "nginx", c.file(40), 0, 1)
	c.want(c.sample(), "program sh sh 10 of 1, 2 calls, 0 inside, f 2",
		"program nginx nginx (SPOTOS itself) 40 of 1, 1 calls, 0 inside, f 1")
}

// TestTallyHolders has tasks inside that have called since the watch began, and one that has not.
func TestTallyHolders(t *testing.T) {
	c := newCounted(t)
	c.call(10, "a) shell", c.file(10), 0, 5)
	shell, nginx := probe.Holder{PID: 10, TGID: 10, Frames: 1}, probe.Holder{PID: 4001, TGID: 40, Frames: 2}
	c.want(c.sample(shell, nginx), "program a) shell sh 10 of 1, 5 calls, 1 inside, f 5",
		"program nginx nginx 40 of 1, 0 calls, 2 inside, f 0")
	c.want(c.sample(shell), "program a) shell sh 10 of 1, 5 calls, 1 inside, f 5")
	c.want(c.sample(), "program a) shell sh 10 of 1, 5 calls, 0 inside, f 5")
}

// TestTallyExec has a process that calls, replaces itself and calls again. The executable is that of the second program
// by the time anybody looks.
func TestTallyExec(t *testing.T) {
	c := newCounted(t)
	c.call(40, "starter", 77, 0, 1)
	p := probe.Process{PID: 40, Exec: 4, UID: 1000, Cgroup: 7}
	c.table[entry{p, 0}] = probe.ProgramCalls{Process: p, Comm: "renamed", File: c.file(40), Calls: 2, Last: c.now}
	c.want(c.sample(probe.Holder{PID: 40, TGID: 40, Frames: 1}),
		"program renamed nginx 40 of 1, 2 calls, 1 inside, f 2",
		"program starter executable not known 40 of 1, 1 calls, 0 inside, f 1")
}

// TestTallyFull has more programs than are kept apart.
func TestTallyFull(t *testing.T) {
	c := newCounted(t)
	for i := range maxCallers + 5 {
		c.call(100+i, fmt.Sprint("p", i), 77, 0, 1)
	}
	got := c.sample()
	if len(got) != session.ProgramsListed || len(c.rows) != maxCallers+1 {
		t.Errorf("%d listed of %d rows", len(got), len(c.rows))
	}
	others := "others others programs beyond those that the table has room for 0 of 0, 5 calls, 0 inside, f 5"
	if !slices.Contains(got, others) {
		t.Errorf("the others are not told:\n%s", got[0])
	}
}

func TestTallyRate(t *testing.T) {
	c := newCounted(t)
	c.call(10, "a) shell", c.file(10), 0, 5)
	rate := func() float64 {
		calls := make([]probe.ProgramCalls, 0, len(c.table))
		for _, one := range c.table {
			calls = append(calls, one)
		}
		c.now += 2 * time.Second
		got, err := c.add(time.Unix(1000, 0).Add(c.now), &probe.Programs{Calls: calls, Now: c.now}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if last := got.List[0].Last; !last.Equal(time.Unix(1001, 0)) && !last.Equal(time.Unix(1004, 0)) {
			t.Errorf("the last call was at %s", last)
		}
		return got.List[0].Rate
	}
	if first := rate(); first != 0 {
		t.Errorf("%v calls a second after one sample", first)
	}
	c.call(10, "a) shell", c.file(10), 0, 6)
	if second := rate(); second != 2 {
		t.Errorf("%v calls a second, want 6 in 3 s", second)
	}
}
