// SPDX-License-Identifier: GPL-2.0-only

package session

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// guardLimit is how long a guard may take to answer. Under emulation it takes 0.2 s to start.
const guardLimit = 10 * time.Second

// IsGuard tells whether this process was started to freeze cgroups. The program then calls Guard before anything
// else.
func IsGuard() bool { return os.Getenv(guardEnv) != "" }

// Guard does as the lines of its standard input say, "freeze DIRECTORY" or "thaw DIRECTORY", and answers each with
// a line, empty if all went well. It thaws what is frozen when its input ends, and each cgroup a second after
// freezeLimit: who started it keeps the limit, unless it hangs. It returns the exit code.
func Guard() int {
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGPIPE)
	lines := make(chan string)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			lines <- in.Text()
		}
	}()
	frozen := map[string]*time.Timer{}
	code := 0
	late := make(chan string)
	for {
		select {
		case line, more := <-lines:
			if !more {
				for dir := range frozen {
					if setFrozen(dir, "0") != nil {
						code = 1
					}
				}
				return code
			}
			order, dir, _ := strings.Cut(line, " ")
			fmt.Println(reason(guardOrder(frozen, late, order, dir)))
		case dir := <-late:
			_ = guardOrder(frozen, late, "thaw", dir)
		}
	}
}

func guardOrder(frozen map[string]*time.Timer, late chan<- string, order, dir string) error {
	switch order {
	case "freeze":
		if err := setFrozen(dir, "1"); err != nil {
			return err
		}
		frozen[dir] = time.AfterFunc(freezeLimit+time.Second, func() { late <- dir })
	case "thaw":
		if timer := frozen[dir]; timer != nil {
			timer.Stop()
		}
		delete(frozen, dir)
		return setFrozen(dir, "0")
	}
	return nil
}

func setFrozen(dir, to string) error { return os.WriteFile(freezeFile(dir), []byte(to), 0) }

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
