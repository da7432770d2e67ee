// SPDX-License-Identifier: GPL-2.0-only

package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"
	"time"

	"spotos/internal/labtest"
)

// swallowed is longer than what is typed after a question is swallowed.
const swallowed = 400 * time.Millisecond

// TestLabConsole drives the console through whole operations, one at each size that it is drawn for. Which one has
// which size depends on the kernel's minor version: 6.1 and 6.12 together see each operation at each size.
func TestLabConsole(t *testing.T) {
	labtest.WithSpotos(t)
	sizes := [][2]int{{80, 24}, {120, 40}}
	if minorVersion(t)%2 == 1 {
		slices.Reverse(sizes)
	}
	name := func(i int, what string) string { return fmt.Sprintf("%dx%d %s", sizes[i][0], sizes[i][1], what) }
	t.Run(name(0, "safe point"), func(t *testing.T) { easyRun(t, sizes[0]) })
	t.Run(name(1, "stuck"), func(t *testing.T) { stuckRun(t, sizes[1]) })
}

// minorVersion returns the 12 of Linux 6.12.3.
func minorVersion(t *testing.T) int {
	t.Helper()
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	var major, minor int
	if _, err := fmt.Sscanf(string(release), "%d.%d", &major, &minor); err != nil {
		t.Fatal(err)
	}
	return minor
}

// easyRun has nobody in the way: choose, arm, safe point, applied, a look from the shell, revert, reverted, help, quit.
func easyRun(t *testing.T, size [2]int) {
	undoAtEnd(t)
	startTraffic(t, "--idle", "0")
	s := chosen(t, size, 30*time.Second)
	arm(s)
	s.Wait("[ APPLIED ]", "at a safe point")
	s.Keys("!")
	s.Wait("#")
	s.Keys("cat /sys/module/no_oob/parameters/calls; exit\r")
	s.Wait("Back from the shell")
	s.Keys("v")
	s.Wait("Revert no-oob")
	answer(s, "y")
	s.Wait("[ REVERTED ]")
	s.Keys("?")
	s.Wait("abort")
	back(s)
	quit(s)
}

// stuckRun has a consumer in the way: stuck, its stack, retry, abort, armed again, nudged, applied, quit.
func stuckRun(t *testing.T, size [2]int) {
	undoAtEnd(t)
	startTraffic(t, "--busy", "0", "--idle", "1", "--acceptors", "0")
	s := chosen(t, size, 15*time.Second)
	arm(s)
	s.Wait("[ ARMED ]")
	s.Wait("[ STUCK ]")
	s.Keys("3")
	s.Wait(">3 Holders")
	s.Wait("FREES IT", "+ 1 x")
	s.Keys("\r")
	s.Wait("- 1 x")
	s.Keys("j\r")
	matches(s, `STACK +innermost first|lines 1-\d+ of`) // its card, and below that its stack: no room for it at 80x24
	s.Send("\x1b[6~")
	matches(s, `inet_recvmsg.*in the patch`)
	back(s)
	s.Keys("r")
	s.Wait("y: yes")
	answer(s, "y")
	s.Wait("[ ARMED ]")
	s.Keys("x")
	s.Wait("y: yes")
	answer(s, "y")
	s.Wait("[ ABORTED ]")
	arm(s)
	s.Wait("[ ARMED ]")
	s.Keys("n")
	s.Wait("as a signal would")
	answer(s, "w")
	s.Wait("[ APPLIED ]", "at a safe point")
	quit(s)
}

// undoAtEnd takes no-oob back when the test ends. Called before startTraffic: then the workload has ended.
func undoAtEnd(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		if out, err := exec.Command("spotos", "revert", "no-oob", "--timeout", "30s").CombinedOutput(); err != nil {
			t.Errorf("reverting: %v: %s", err, out)
		}
		if labtest.Loaded("no_oob") {
			labtest.Unload(t, "no_oob")
		}
	})
}

// chosen opens the console and takes no-oob in hand.
func chosen(t *testing.T, size [2]int, deadline time.Duration) *labtest.Terminal {
	t.Helper()
	cmd := exec.Command("spotos", "--nudge", "none", "--timeout", deadline.String())
	cmd.Env = append(os.Environ(), "TERM=tmux-256color", "LANG=C.UTF-8")
	s := labtest.StartTerminal(t, cmd, size[0], size[1])
	s.Wait("version-banner", "no-oob")
	until(s, "> no-oob ", "j")
	s.Keys("\r\r") // its page, and in hand
	s.Wait("[ WATCHING ]")
	matches(s, `in the whole patch: [a-z●*]`)
	return s
}

// arm asks for the switch and answers the question.
func arm(s *labtest.Terminal) {
	s.TB.Helper()
	s.Keys("a")
	s.Wait("Type the last 4 characters")
	answer(s, "-oob")
	matches(s, `\[-oob\].*y: yes`)
	s.Keys("y")
}

// answer answers a question that the screen shows.
func answer(s *labtest.Terminal, keys string) {
	s.TB.Helper()
	time.Sleep(swallowed)
	s.Keys(keys)
}

// matches waits until a line of the screen matches.
func matches(s *labtest.Terminal, pattern string) {
	s.TB.Helper()
	re := regexp.MustCompile(pattern)
	s.WaitUntil(pattern, func() bool { return re.MatchString(s.Text()) })
}

// back presses esc, and waits for the panes. A key right behind it would be taken for one with alt.
func back(s *labtest.Terminal) {
	s.TB.Helper()
	s.Send("\x1b")
	time.Sleep(swallowed)
	s.Wait("2 Functions")
}

func quit(s *labtest.Terminal) {
	s.TB.Helper()
	s.Keys("q")
	s.EndsWell()
}
