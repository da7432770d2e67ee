// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// printkPath holds the kernel's console log level, as the first of four numbers.
const printkPath = "/proc/sys/kernel/printk"

// quietLevel lets only emergencies onto the screen.
const quietLevel = "1"

// kernelConsole matches the terminals that the kernel may print to. Pseudo terminals are none.
var kernelConsole = regexp.MustCompile(`^/dev/(console|tty[0-9]+|tty(S|AMA|USB|MXS|PS)[0-9]+|hvc[0-9]+)$`)

// kernelLog keeps kernel messages from being drawn over the screen, where that is a kernel console. Its zero value is
// for all other terminals.
type kernelLog struct {
	printk  string // "": nothing is to be done
	restore func()
}

// kernelLogOf is that of the terminal out.
func kernelLogOf(out *os.File, printk string) *kernelLog {
	name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", out.Fd()))
	if err != nil || !kernelConsole.MatchString(name) {
		return &kernelLog{}
	}
	return &kernelLog{printk: printk}
}

// quiet lowers the level, from whatever it is now.
func (k *kernelLog) quiet() (err error) {
	if k.printk != "" {
		k.restore, err = lowerLevel(k.printk)
	}
	return err
}

// loud puts the level back, and may be called in any case.
func (k *kernelLog) loud() {
	if k.restore != nil {
		k.restore()
		k.restore = nil
	}
}

// lowerLevel sets the console log level in the file printk, unless it is as low already.
func lowerLevel(printk string) (restore func(), err error) {
	nothing := func() {}
	data, err := os.ReadFile(printk)
	if err != nil {
		return nothing, fmt.Errorf("lowering the kernel's console log level: %w", err)
	}
	fields := strings.Fields(string(data))
	if len(fields) == 0 || fields[0] <= quietLevel {
		return nothing, nil
	}
	if err := os.WriteFile(printk, []byte(quietLevel), 0); err != nil {
		return nothing, fmt.Errorf("lowering the kernel's console log level: its messages may be drawn over the screen: %w", err)
	}
	return func() {
		_ = os.WriteFile(printk, []byte(fields[0]), 0) // nobody is left to tell of an error
	}, nil
}
