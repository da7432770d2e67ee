// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// peerRow is a situation, and the patch that is applied and reverted in it.
type peerRow struct {
	name  string
	patch string
	start func() (peerLoad, error)
}

// peerLoad is what keeps the functions busy. end takes it away and returns what its programs noticed.
type peerLoad interface{ end() (noticed, error) }

const (
	peerInside = 200 * time.Millisecond // how long a caller stays inside, 95 % of its time
	peerPause  = 10 * time.Millisecond
)

var peerRows = []peerRow{
	{name: "idle", patch: "version-banner", start: company(Company{})},
	{name: "hammered", patch: "pair", start: hammered},
	{name: "callers-1", patch: "no-oob", start: receivers(1, 0)},
	{name: "callers-2", patch: "no-oob", start: receivers(2, 0)},
	{name: "callers-4", patch: "no-oob", start: receivers(4, 0)},
	{name: "callers-16", patch: "no-oob", start: receivers(16, 0)},
	{name: "writers-4", patch: "pair", start: company(Company{Callers: 4, Inside: peerInside, Pause: peerPause})},
	{name: "blocked", patch: "no-oob", start: receivers(0, 1)},
	{name: "recv-32", patch: "no-oob", start: receivers(0, 32)},
	{name: "recv-1000", patch: "no-oob", start: receivers(0, 1000)},
	{name: "deaf", patch: "pair", start: deafCaller},
	{name: "threads-5000", patch: "version-banner", start: company(Company{Sleepers: 5000})},
	{name: "threads-20000", patch: "version-banner", start: company(Company{Sleepers: 20000})},
}

func company(c Company) func() (peerLoad, error) {
	return func() (peerLoad, error) {
		load, err := startCallers(c)
		if err != nil {
			return nil, err
		}
		time.Sleep(peerRest) // they start and fall asleep
		if c.Callers > 0 && c.Inside == 0 {
			err = awaitPair("holders", int64(c.Callers))
		}
		return load, err
	}
}

// receivers are threads in recv(). Each of the busy ones gets its own messages, and waits for them 95 % of its time;
// the idle ones wait for good.
func receivers(busy, idle int) func() (peerLoad, error) {
	return func() (peerLoad, error) {
		return startConsumers("--producers", strconv.Itoa(busy), "--busy", strconv.Itoa(busy), "--idle",
			strconv.Itoa(idle), "--interval", (peerInside + peerPause).String(), "--spread", "--work", peerPause.String())
	}
}

// pairSettings are parameters of pair_target that go back to what they were.
type pairSettings struct {
	name, usual string
	load        peerLoad // beside it; nil for none
}

func (s *pairSettings) end() (noticed, error) {
	var seen noticed
	var err error
	if s.load != nil {
		seen, err = s.load.end()
	}
	return seen, errors.Join(err, setPair(s.name, s.usual))
}

func setPair(name, value string) error {
	if err := os.WriteFile("/sys/module/pair_target/parameters/"+name, []byte(value), 0); err != nil {
		return fmt.Errorf("setting up pair_target: %w", err)
	}
	return nil
}

// hammered has kernel threads call as often as they can; pair_target itself checks what they get.
func hammered() (peerLoad, error) {
	return &pairSettings{"threads", "0", nil}, setPair("threads", strconv.Itoa(8))
}

// deafCaller is one caller in a sleep that no signal ends.
func deafCaller() (peerLoad, error) {
	if err := setPair("deaf", "Y"); err != nil {
		return nil, err
	}
	load, err := company(Company{Callers: 1})()
	return &pairSettings{"deaf", "N", load}, err
}
