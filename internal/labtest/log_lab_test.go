// SPDX-License-Identifier: GPL-2.0-only

package labtest_test

import (
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"spotos/internal/labtest"
)

// info is the kernel's level for what is no more than information; lower numbers are worse.
const info = 6

var (
	ours = regexp.MustCompile(`spotos|pair|no_oob|version_banner`)
	// The kernel's own, about unsigned modules, and about one that a test makes to be refused.
	theirs = regexp.MustCompile(`taints kernel|verification failed|Unknown symbol spotos_register_botch`)
)

// TestLabKernelLog runs after all others in a VM: the modules have written nothing worse than information.
func TestLabKernelLog(t *testing.T) {
	labtest.Require(t)
	log, err := exec.Command("dmesg", "-r").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range worse(string(log)) {
		t.Errorf("%s\nafter\n%s", line, before(string(log), line))
	}
}

// before returns the lines before one of a log, which may be in the middle of what the kernel warns of.
func before(log, line string) string {
	const lines = 30
	log, _, _ = strings.Cut(log, line)
	all := strings.Split(strings.TrimSpace(log), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// worse returns the lines about the modules that are worse than information.
func worse(log string) []string {
	var found []string
	for line := range strings.Lines(log) {
		number, text, marked := strings.Cut(strings.TrimPrefix(line, "<"), ">")
		priority, err := strconv.Atoi(number)
		if marked && err == nil && priority%8 < info && ours.MatchString(text) && !theirs.MatchString(text) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

func TestWorse(t *testing.T) {
	log := "<6>[    1.0] spotos: fine\n<12>[    2.0] spotos: loading out-of-tree module taints kernel.\n" +
		"<5>[    3.0] random: fine\n<12>[    4.0] pair_target: odd\n<3>[    5.0] spotos: bad\n"
	want := []string{"<12>[    4.0] pair_target: odd", "<3>[    5.0] spotos: bad"}
	if got := worse(log); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", got, want)
	}
}
