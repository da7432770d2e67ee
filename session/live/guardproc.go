// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"spotos/internal/safego"
)

// guardEnv is the variable that makes a process a guard.
const guardEnv = "SPOTOS_GUARD"

// guardLimit is how long a guard may take to answer. Under emulation it takes 0.2 s to start.
const guardLimit = 10 * time.Second

// guardFreezeLimit is the time after which a guard thaws. The process that it guards thaws after freezeLimit, unless it
// hangs.
const guardFreezeLimit = freezeLimit + time.Second

// guardProcess is a guard, as seen from the process that it guards.
type guardProcess struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers chan struct{}
	gone    <-chan struct{}
}

// startGuard starts a guard, and calls lost when it has ended.
func startGuard(lost func(*guardProcess)) (*guardProcess, error) {
	root, err := os.Open(runningSystem().cgroups)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), guardEnv+"=1")
	// A session of its own keeps hangups and ctrl-c away. A cgroup of its own: systemd, or a lack of memory, may kill all of
	// the console's cgroup, and the guard must survive that to thaw.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, UseCgroupFD: true, CgroupFD: int(root.Fd())}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &guardProcess{cmd: cmd, in: in, answers: make(chan struct{}, 1)}
	p.gone = safego.Start("guard", func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			select {
			case p.answers <- struct{}{}:
			default: // nobody waits for it any more
			}
		}
		lost(p)
		_ = cmd.Wait()
	})
	return p, nil
}

// ask gives an order and reports whether it was answered.
func (p *guardProcess) ask(order string) bool {
	if !p.send(order) {
		return false
	}
	select {
	case <-p.answers:
		return true
	case <-p.gone:
	case <-time.After(guardLimit):
	}
	return false
}

// send gives an order and waits for no answer.
func (p *guardProcess) send(order string) bool {
	_, err := fmt.Fprintln(p.in, order)
	return err == nil
}

func (p *guardProcess) kill() { _ = p.cmd.Process.Kill() }

// end makes the guard thaw what it keeps, and waits until it has ended.
func (p *guardProcess) end() {
	p.in.Close()
	select {
	case <-p.gone:
	case <-time.After(guardLimit):
		p.kill()
	}
}

// IsGuard reports whether this process was started to guard another. If so, main calls Guard before anything else.
func IsGuard() bool { return os.Getenv(guardEnv) != "" }

// Guard keeps cgroups from staying frozen for ever, and returns the exit code of the process. Its orders are lines of
// standard input. "keep DIRECTORY" is answered; from then on that cgroup is thawed when the input ends or
// guardFreezeLimit has passed, unless "drop DIRECTORY" comes before. "hello" is only answered.
func Guard() int {
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGPIPE)
	return thawLoop(os.Stdin, os.Stdout, guardFreezeLimit)
}

// thawLoop obeys the orders that it reads, and thaws what it keeps after limit or when there are no more orders. It
// returns 1 if something could not be thawed.
func thawLoop(in io.Reader, out io.Writer, limit time.Duration) (code int) {
	orders := make(chan string)
	go func() {
		defer close(orders)
		for lines := bufio.NewScanner(in); lines.Scan(); {
			orders <- lines.Text()
		}
	}()
	kept := map[string]time.Time{} // until when
	thaw := func(dir string) {
		delete(kept, dir)
		if unfreeze(dir) != nil {
			code = 1
		}
	}
	for {
		select {
		case order, more := <-orders:
			if !more {
				for dir := range kept {
					thaw(dir)
				}
				return code
			}
			obey(order, kept, out, limit)
		case <-late(kept):
			for dir, until := range kept {
				if !time.Now().Before(until) {
					thaw(dir)
				}
			}
		}
	}
}

// late returns a channel that fires when the first directory is due; nil while there is none.
func late(kept map[string]time.Time) <-chan time.Time {
	if len(kept) == 0 {
		return nil
	}
	first := slices.MinFunc(slices.Collect(maps.Values(kept)), time.Time.Compare)
	return time.After(time.Until(first))
}

// obey carries out an order, and answers it unless it is "drop".
func obey(line string, kept map[string]time.Time, out io.Writer, limit time.Duration) {
	order, dir, _ := strings.Cut(line, " ")
	switch order {
	case "keep":
		kept[dir] = time.Now().Add(limit)
	case "drop":
		delete(kept, dir)
		return
	}
	fmt.Fprintln(out, "ok")
}
