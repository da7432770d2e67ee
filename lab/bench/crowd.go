// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"time"

	"spotos/session"
)

const (
	crowdInside = 20000 // threads that are blocked in a function of the patch
	crowdBeside = 20000 // threads that sleep elsewhere
	crowdStuck  = 5 * time.Second
)

// crowd measures what very many holders cost: until they are counted, found in the way, nudged out, and for those who
// read what is printed. It needs a VM with 6 GB of memory, of which the threads take 2.4 GB.
func crowd(r *Report) error {
	inside, beside := trials(crowdInside), trials(crowdBeside)
	if err := allowThreads(beside); err != nil {
		return err
	}
	for range beside {
		go sleeper()
	}
	w, err := blockedConsumers(inside)
	if err != nil {
		return err
	}
	if err := crowded(r, inside); err != nil {
		return errors.Join(err, w.Kill())
	}
	seen, err := w.end()
	r.row("calls interrupted (EINTR)", seen.EINTR)
	r.row("wrong messages", seen.Wrong)
	r.Figures["eintr"], r.Figures["wrong_messages"] = float64(seen.EINTR), float64(seen.Wrong)
	return err
}

// allowThreads lets this process have so many threads, and the machine many more.
func allowThreads(n int) error {
	for _, limit := range []string{"pid_max", "threads-max"} {
		if err := os.WriteFile("/proc/sys/kernel/"+limit, []byte("1000000"), 0); err != nil {
			return fmt.Errorf("allowing so many threads: %w", err)
		}
	}
	debug.SetMaxThreads(n + 10000)
	return nil
}

func crowded(r *Report, inside int) error {
	r.Figures["inside"] = float64(inside)
	begin, free := time.Now(), available()
	p, err := openPatch("no-oob")
	if err != nil {
		return err
	}
	defer p.close()
	counted := 0
	for e := range p.op.Events() {
		if s, ok := e.(session.Sampled); ok {
			counted = int(s.InFlight)
			break
		}
	}
	r.row("counted", fmt.Sprintf("%d of %d", counted, inside), "in", time.Since(begin))
	r.row("memory", fmt.Sprintf("%d MB", (free-available())>>20))
	r.Figures["counted"], r.Figures["count_ns"] = float64(counted), float64(time.Since(begin))
	r.Figures["memory_bytes"] = float64(free - available())
	stuck, err := p.turn(session.SafePointStrategy, crowdStuck, nil)
	if err != nil {
		return err
	}
	r.row("not nudged: stuck after", stuck.wait, "attempts", stuck.attempts)
	p.nudge = session.NudgeSignal
	for _, what := range []string{"apply", "revert"} {
		t, err := p.turn(session.SafePointStrategy, 5*time.Minute, nil)
		if err != nil {
			return err
		}
		r.row(what+", nudged: switched", t.switched, "after", t.wait, "window", t.last.Window, "stacks", t.last.Walked)
		r.Figures[what+"_wait_ns"], r.Figures[what+"_window_ns"] = float64(t.wait), float64(t.last.Window)
		if !t.switched {
			return errors.New("it did not switch")
		}
	}
	p.nudge = session.NudgeNone
	return printed(r)
}

// printed measures what the commands print of so many holders.
func printed(r *Report) error {
	for _, command := range [][]string{{"watch", "no-oob", "-n", "1", "--json"}, {"holders", "no-oob", "--json"},
		{"holders", "no-oob"}} {
		out, err := exec.Command("spotos", command...).Output()
		if err != nil {
			return fmt.Errorf("spotos %s: %w", command[0], err)
		}
		longest := 0
		for line := range bytes.Lines(out) {
			longest = max(longest, len(line))
		}
		name := strings.Join(command, " ")
		r.row("spotos "+name, "bytes", len(out), "longest line", longest)
		r.Figures["bytes of "+name] = float64(len(out))
	}
	return nil
}

// available returns how many bytes of memory the machine could still give out.
func available() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(text, []byte("MemAvailable:"))
	kilobytes := int64(0)
	fmt.Sscan(string(rest), &kilobytes)
	return kilobytes << 10
}
