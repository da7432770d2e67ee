// SPDX-License-Identifier: GPL-2.0-only

package ui

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// printkPath is a file of four numbers; the first is the kernel's console log level.
const printkPath = "/proc/sys/kernel/printk"

// quietLevel lets only emergencies onto the screen.
const quietLevel = "1"

// kernelConsole matches the terminals that the kernel may print to. A pseudo terminal is not one.
var kernelConsole = regexp.MustCompile(`^/dev/(console|tty[0-9]+|tty(S|AMA|USB|MXS|PS)[0-9]+|hvc[0-9]+)$`)

// kernelLog keeps kernel messages from being drawn over the screen. The zero value does nothing; it is for terminals
// that the kernel does not print to.
type kernelLog struct {
	printk  string // the file to change; "": none
	restore func() // set while the level is lowered
}

// kernelLogOf returns the kernelLog of the terminal out; printk is the file to change.
func kernelLogOf(out *os.File, printk string) *kernelLog {
	name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", out.Fd()))
	if err != nil || !kernelConsole.MatchString(name) {
		return &kernelLog{}
	}
	return &kernelLog{printk: printk}
}

// quiet lowers the level and remembers the present one.
func (k *kernelLog) quiet() (err error) {
	if k.printk != "" {
		k.restore, err = lowerLevel(k.printk)
	}
	return err
}

// loud restores the level. Without a preceding quiet it does nothing.
func (k *kernelLog) loud() {
	if k.restore != nil {
		k.restore()
		k.restore = nil
	}
}

// lowerLevel lowers the console log level in the file printk, unless it is as low already. restore is never nil.
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
		return nothing, fmt.Errorf("lowering the kernel's console log level: "+
			"its messages may be drawn over the screen: %w", err)
	}
	return func() {
		_ = os.WriteFile(printk, []byte(fields[0]), 0) // there is no screen left to show an error on
	}, nil
}
