// SPDX-License-Identifier: GPL-2.0-only

package guest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"spotos/lab/traffic"
)

const trafficLog = "/var/log/spotos/traffic.jsonl"

// startTraffic starts the workload and returns once it reports that it is ready. Its later output goes to trafficLog
// only.
func startTraffic(argv []string) error {
	if len(argv) == 0 {
		return nil
	}
	log, err := os.Create(trafficLog)
	if err != nil {
		return fmt.Errorf("starting the workload: %w", err)
	}
	out, in, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("starting the workload: %w", err)
	}
	_, err = syscall.ForkExec("/bin/spotos", argv, &syscall.ProcAttr{
		Dir: "/", Env: os.Environ(), Files: []uintptr{0, in.Fd(), 2}, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	in.Close()
	if err != nil {
		return fmt.Errorf("starting the workload: %w", err)
	}
	lines := bufio.NewReader(io.TeeReader(out, log))
	first, err := lines.ReadBytes('\n')
	if err != nil {
		return errors.New("starting the workload: it ended before it was ready; the kernel log holds what it said")
	}
	var ready traffic.Ready
	if err := json.Unmarshal(first, &ready); err != nil || !ready.Ready {
		return fmt.Errorf("starting the workload: it said %q instead of being ready", first)
	}
	go io.Copy(io.Discard, lines)
	return nil
}
