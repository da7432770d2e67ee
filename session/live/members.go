// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"spotos/session"
)

// programsNamed is how many of the processes in a cgroup are described.
const programsNamed = 10

// members are the tasks in a cgroup and in those below it: all that stands still when it is frozen.
type members struct {
	threads map[int]bool // by id
	pids    []int        // of their processes
}

// members reads who is in a cgroup. What goes away meanwhile is not there to be frozen.
func (s system) members(group string) members {
	in := members{threads: map[int]bool{}}
	processes := map[int]bool{}
	_ = filepath.WalkDir(s.dir(group), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		threads := numbers(filepath.Join(path, "cgroup.threads"))
		for _, tid := range threads {
			in.threads[tid] = true
		}
		text, err := os.ReadFile(filepath.Join(path, "cgroup.procs"))
		if errors.Is(err, unix.EOPNOTSUPP) { // it has single threads of processes
			for _, tid := range threads {
				if status := s.status(tid); status["Tgid"] != "" {
					pid, _ := strconv.Atoi(status["Tgid"])
					processes[pid] = true
				}
			}
		}
		for _, pid := range parseNumbers(string(text)) {
			processes[pid] = true
		}
		return nil
	})
	for pid := range processes {
		in.pids = append(in.pids, pid)
	}
	return in
}

// status returns the fields of a task's status; none if it is gone.
func (s system) status(pid int) map[string]string {
	text, _ := s.read(pid, "status")
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.TrimSpace(value)
	}
	return fields
}

func numbers(file string) []int {
	text, _ := os.ReadFile(file)
	return parseNumbers(string(text))
}

func parseNumbers(text string) []int {
	var list []int
	for _, word := range strings.Fields(text) {
		if n, err := strconv.Atoi(word); err == nil {
			list = append(list, n)
		}
	}
	return list
}

// describe says who stands still when the cgroup is frozen. holders are the ids of the threads in it that are inside
// the patch, inside how many these are of each process.
func (s system) describe(group string, in members, holders []int, inside map[int]int) session.FreezeGroup {
	slices.SortFunc(in.pids, func(a, b int) int {
		switch holds := inside[a] > 0; {
		case holds == (inside[b] > 0):
			return a - b
		case holds:
			return -1
		}
		return 1
	})
	g := session.FreezeGroup{Path: group, Holders: holders, Threads: len(in.threads), Processes: len(in.pids),
		Programs: []session.Program{}}
	for _, pid := range in.pids[:min(len(in.pids), programsNamed)] {
		status := s.status(pid)
		threads, err := strconv.Atoi(status["Threads"])
		if err != nil {
			continue // it has ended
		}
		g.Programs = append(g.Programs,
			session.Program{PID: pid, Comm: status["Name"], Threads: threads, Holders: inside[pid]})
	}
	return g
}
