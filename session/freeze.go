// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"fmt"
	"strings"
)

// programsSaid is the number of programs that a sentence names at most.
const programsSaid = 3

// FreezeGroup is a cgroup that a nudge freezes, and what stands still with it: everything in it and below it.
type FreezeGroup struct {
	Path      string    `json:"cgroup"`
	Holders   []int     `json:"holders"`   // ids of the threads inside the patch
	Threads   int       `json:"threads"`   // all, the holders among them
	Processes int       `json:"processes"` // that these belong to
	Programs  []Program `json:"programs"`  // the first of the processes, those with holders before the others
}

// Program is a process in a cgroup.
type Program struct {
	PID     int    `json:"pid"`
	Comm    string `json:"comm"`
	Threads int    `json:"threads"`
	Holders int    `json:"holders,omitempty"` // threads of it that are inside the patch
}

// String says how many threads stand still, and whose they are.
func (g FreezeGroup) String() string {
	text := fmt.Sprintf("%s: %s, %s among them", g.Path, Counted(g.Threads, "thread"), Counted(len(g.Holders), "holder"))
	var names []string
	for i, p := range g.Programs {
		if i == programsSaid {
			break
		}
		name := fmt.Sprintf("%s (pid %d, %s", p.Comm, p.PID, Counted(p.Threads, "thread"))
		if p.Holders > 0 {
			name += ", " + Counted(p.Holders, "holder")
		}
		names = append(names, name+")")
	}
	if more := g.Processes - len(names); more > 0 && len(names) > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	if len(names) == 0 {
		return text
	}
	return text + ": " + strings.Join(names, ", ")
}

// plainGroups returns the groups with all texts in them plain.
func plainGroups(list []FreezeGroup) []FreezeGroup {
	var out []FreezeGroup
	for _, g := range list {
		programs := make([]Program, len(g.Programs))
		for i, p := range g.Programs {
			p.Comm = Plain(p.Comm)
			programs[i] = p
		}
		g.Path, g.Programs = Plain(g.Path), programs
		out = append(out, g)
	}
	return out
}
