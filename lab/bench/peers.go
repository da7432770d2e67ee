// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// peerRest is how long the machine is left alone before each way, so that none meets what another left behind.
const peerRest = 2 * time.Second

// peers measures how long it takes, in each row's situation, until all calls run the replacements, and the originals
// again: by the command, by an open console, and by Debian's kpatch with a livepatch module of the same replacements.
// SPOTOS_ROW names the rows to run, all if it is empty. It needs a VM with 5 GB of memory, and counted instructions.
func peers(r *Report) error {
	rows, err := chosenRows(os.Getenv("SPOTOS_ROW"))
	if err != nil {
		return err
	}
	if err := allowThreads(0); err != nil {
		return err
	}
	if err := insertModule("/lib/spotos/pair_target.ko"); err != nil {
		return err
	}
	ways := peerWays()
	n := trials(20)
	results := map[string]map[string][]peerResult{} // by row and way
	for trial := range n {
		for _, i := range rand.Perm(len(rows)) {
			row := rows[i]
			fmt.Fprintf(os.Stderr, "trial %d of %d: %s\n", trial+1, n, row.name)
			if results[row.name] == nil {
				results[row.name] = map[string][]peerResult{}
			}
			if err := row.run(ways, results[row.name]); err != nil {
				return fmt.Errorf("%s: %w", row.name, err)
			}
		}
	}
	reportPeers(r, rows, ways, results)
	return nil
}

// chosenRows returns the rows of these names; all for none.
func chosenRows(names string) ([]peerRow, error) {
	if names == "" {
		return peerRows, nil
	}
	var known []string
	for _, row := range peerRows {
		known = append(known, row.name)
	}
	var rows []peerRow
	for name := range strings.FieldsSeq(names) {
		i := slices.Index(known, name)
		if i < 0 {
			return nil, fmt.Errorf("no row %q: there are %s", name, strings.Join(known, ", "))
		}
		rows = append(rows, peerRows[i])
	}
	return rows, nil
}

// run puts the row's load on the machine, applies and reverts in each way, in random order, and takes the load away.
func (row peerRow) run(ways []peerWay, results map[string][]peerResult) error {
	load, err := row.start()
	if err != nil {
		return err
	}
	for _, i := range rand.Perm(len(ways)) {
		time.Sleep(peerRest)
		before, err := violations()
		if err != nil {
			return err
		}
		result, err := ways[i].turn(row)
		if err != nil {
			return fmt.Errorf("%s: %w", ways[i].name, err)
		}
		after, err := violations()
		if err != nil {
			return err
		}
		result.violations = after - before
		results[ways[i].name] = append(results[ways[i].name], result)
	}
	seen, err := load.end()
	if err != nil {
		return err
	}
	if seen.EINTR > 0 || seen.Wrong > 0 || len(seen.Errors) > 0 {
		return fmt.Errorf("the programs noticed: %d calls interrupted (EINTR), %d wrong, %s", seen.EINTR, seen.Wrong,
			strings.Join(seen.Errors, "; "))
	}
	return nil
}

// violations returns how often pair_target saw its two versions meet.
func violations() (int64, error) { return pairFigure("violations") }

func insertModule(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("loading a module: %w", err)
	}
	defer file.Close()
	if err := unix.FinitModule(int(file.Fd()), "", 0); err != nil && err != unix.EEXIST {
		return fmt.Errorf("loading %s: %w", path, err)
	}
	return nil
}
