// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"bytes"
	"io"
	"regexp"
	"sync"
)

// alarm matches what a kernel prints when something in it is wrong, or when one of its checkers gives up.
var alarm = regexp.MustCompile(`WARNING:|BUG:|Oops|\[ cut here|KASAN:|KCSAN:|UBSAN:|` +
	`INFO: (task .* blocked|possible|suspicious|inconsistent|trying to register)|` +
	`new suspected memory leaks|leak detector disabled|ODEBUG disabled|` +
	`rcu: INFO:|detected stall|possible (circular|recursive|irq) |suspicious RCU|` +
	`\[#[0-9]+\]|unable to handle|Kernel panic`)

// harmless matches boot messages whose WARNING is about the CPU, not about the kernel.
var harmless = regexp.MustCompile(`Spectre|RETBleed|MDS |TAA |MMIO Stale|SRBDS|Inception|Transient`)

const maxLog = 8 << 20 // bytes kept of a kernel's log

// kernelLog keeps what the kernel prints, and the first line that is an alarm.
type kernelLog struct {
	mu    sync.Mutex
	text  []byte
	line  []byte
	alarm string // the first
}

// Write appends to the log. It never fails.
func (l *kernelLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	if len(l.text) > maxLog {
		l.text = append([]byte("[the older half of this log was dropped]\n"), l.text[len(l.text)-maxLog/2:]...)
	}
	l.line = append(l.line, p...)
	for {
		line, rest, found := bytes.Cut(l.line, []byte("\n"))
		if !found {
			return len(p), nil
		}
		if l.alarm == "" && alarm.Match(line) && !harmless.Match(line) {
			l.alarm = string(bytes.TrimRight(line, "\r"))
		}
		l.line = append([]byte(nil), rest...)
	}
}

// firstAlarm returns the first line that is an alarm, "" without one.
func (l *kernelLog) firstAlarm() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.alarm
}

// dump writes the whole log with plain line ends.
func (l *kernelLog) dump(w io.Writer) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := w.Write(bytes.ReplaceAll(l.text, []byte("\r"), nil))
	return err
}
