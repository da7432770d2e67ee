// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"
)

// kernelLog reads what the kernel writes into its log from a moment on. Where this process may not read the log it
// says nothing.
type kernelLog struct{ fd int }

// beginLog begins with what is written from now on. Close it.
func beginLog() kernelLog {
	fd, err := unix.Open("/dev/kmsg", unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return kernelLog{-1}
	}
	if _, err := unix.Seek(fd, 0, unix.SEEK_END); err != nil {
		unix.Close(fd)
		return kernelLog{-1}
	}
	return kernelLog{fd}
}

func (l kernelLog) close() {
	if l.fd >= 0 {
		unix.Close(l.fd)
	}
}

// since returns the lines that were written since, or since the last call.
func (l kernelLog) since() []string {
	record := make([]byte, 8192) // the kernel never gives more at once
	var lines []string
	for l.fd >= 0 {
		n, err := unix.Read(l.fd, record)
		if errors.Is(err, unix.EPIPE) || errors.Is(err, unix.EINTR) { // some were overwritten
			continue
		}
		if err != nil || n <= 0 {
			break
		}
		// "priority,number,time,flags;text", and lines that name a device.
		_, text, _ := strings.Cut(string(record[:n]), ";")
		text, _, _ = strings.Cut(text, "\n")
		lines = append(lines, text)
	}
	return lines
}

var (
	// aboutLoading is what the kernel's loader writes without the module's name.
	aboutLoading = regexp.MustCompile(`^livepatch: |^Lockdown: .*module|^spotos: |(?i)\bmodule (?:len|has)\b|\bELF\b|` +
		`unsigned module`)
	taints = regexp.MustCompile(`taint|verification failed`) // of every module that is not Debian's
)

// about returns the lines of the log that say why a module was not loaded.
func about(log []string, module string) []string {
	var lines []string
	named := regexp.MustCompile(`(?:^|\W)` + regexp.QuoteMeta(module) + `(?:\W|$)`)
	for _, line := range log {
		if (named.MatchString(line) || aboutLoading.MatchString(line)) && !taints.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// notLoaded says why the kernel has not loaded a module, in the words of its log if it has written any, and what to do.
func notLoaded(path string, err error, log []string) error {
	why, do := "", "the kernel's log may say more: dmesg"
	switch {
	case errors.Is(err, unix.EPERM):
		why, do = "nobody may load modules here", "spotos doctor says whether that is a setting, lockdown or a missing right"
	case errors.Is(err, unix.ENOEXEC):
		why, do = "it is damaged, or was built for another kernel", "build it again for the kernel that runs"
	case errors.Is(err, unix.ENOENT):
		why, do = "it uses what is not there: a symbol, or a module that has gone meanwhile",
			"build it again for the kernel that runs, with the modules loaded that it needs"
	case errors.Is(err, unix.EINVAL):
		why, do = "it uses a symbol that this kernel does not have in that form",
			"build it again for the kernel that runs, with the modules loaded that it needs"
	case errors.Is(err, unix.ENOMEM):
		why, do = "there is no memory for it", "free some, and try again"
	case errors.Is(err, unix.EBUSY):
		why, do = "a module of its name is being loaded or unloaded", "try again"
	case errors.Is(err, unix.EKEYREJECTED), errors.Is(err, unix.ENOKEY), errors.Is(err, unix.EKEYREVOKED),
		errors.Is(err, unix.EKEYEXPIRED), errors.Is(err, unix.EBADMSG), errors.Is(err, unix.ENOPKG):
		why, do = "it is not signed with a key that this kernel takes", "sign it; spotos doctor says what the kernel demands"
	}
	if len(log) > 0 {
		why = "the kernel says: " + strings.Join(log, "; ")
	}
	if why == "" {
		return fmt.Errorf("loading %s: %w; %s", path, err, do)
	}
	return fmt.Errorf("loading %s: %w: %s; %s", path, err, why, do)
}
