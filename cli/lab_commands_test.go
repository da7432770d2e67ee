// SPDX-License-Identifier: GPL-2.0-only

package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"spotos/internal/labtest"
	"spotos/internal/timescale"
)

// These are the commands of the scripts in testdata/lab, besides those of script_test.go.

// running is the key of a script's background commands.
type running struct{}

// background is a command that start has started.
type background struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

func (b *background) end() {
	_ = b.cmd.Process.Kill()
	<-b.ended
}

// named returns the background command of a name.
func named(ts *testscript.TestScript, name string) *background {
	b := ts.Value(running{}).(map[string]*background)[name]
	if b == nil {
		ts.Fatalf("no command was started as %s", name)
	}
	return b
}

// fail ends the script, with what its background commands have written.
func fail(ts *testscript.TestScript, format string, args ...any) {
	for name := range ts.Value(running{}).(map[string]*background) {
		ts.Logf("[%s.out]\n%s[%s.err]\n%s", name, ts.ReadFile(name+".out"), name, ts.ReadFile(name+".err"))
	}
	ts.Fatalf(format, args...)
}

// limit reads a duration and stretches it for slow machines.
func limit(ts *testscript.TestScript, text string) time.Duration {
	d, err := time.ParseDuration(text)
	ts.Check(err)
	d, err = timescale.Limit(d)
	ts.Check(err)
	return d
}

// start runs a command in the background, in a session of its own, so that it may be frozen: start NAME COMMAND...
// What it writes goes to the files NAME.out and NAME.err; the variable NAME becomes its pid.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME COMMAND...")
	}
	name := args[0]
	program, err := exec.LookPath(args[1])
	ts.Check(err)
	b := &background{cmd: exec.Command(program, args[2:]...), ended: make(chan struct{})}
	b.cmd.Dir = ts.MkAbs(".")
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := os.Create(ts.MkAbs(name + ".out"))
	ts.Check(err)
	defer out.Close()
	complaints, err := os.Create(ts.MkAbs(name + ".err"))
	ts.Check(err)
	defer complaints.Close()
	b.cmd.Stdout, b.cmd.Stderr = out, complaints
	ts.Check(b.cmd.Start())
	go func() {
		_ = b.cmd.Wait() // its exit code is in cmd
		close(b.ended)
	}()
	all := ts.Value(running{}).(map[string]*background)
	if before := all[name]; before != nil {
		before.end()
	}
	all[name] = b
	ts.Setenv(name, strconv.Itoa(b.cmd.Process.Pid))
}

var signals = map[string]syscall.Signal{
	"INT": syscall.SIGINT, "KILL": syscall.SIGKILL, "STOP": syscall.SIGSTOP, "TERM": syscall.SIGTERM,
}

// signal sends a signal to a background command: signal SIGNAL NAME. It may have ended.
func signal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 || signals[args[0]] == 0 {
		ts.Fatalf("usage: signal SIGNAL NAME")
	}
	_ = named(ts, args[1]).cmd.Process.Signal(signals[args[0]])
}

// guard sends a signal to the guards of frozen cgroups: guard SIGNAL.
func guard(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || signals[args[0]] == 0 {
		ts.Fatalf("usage: guard SIGNAL")
	}
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	ts.Check(err)
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), "SPOTOS_GUARD=") {
			continue // or it has ended
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		ts.Check(err)
		ts.Check(syscall.Kill(pid, signals[args[0]]))
		found++
	}
	if found == 0 {
		fail(ts, "there is no guard")
	}
}

// ends waits for a background command: ends CODE NAME, the code a number or "any".
func ends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: ends CODE NAME")
	}
	b := named(ts, args[1])
	select {
	case <-b.ended:
	case <-time.After(limit(ts, "60s")):
		fail(ts, "%s does not end", args[1])
	}
	if code := strconv.Itoa(b.cmd.ProcessState.ExitCode()); args[0] != "any" && code != args[0] {
		fail(ts, "%s ended with exit code %s, not %s", args[1], code, args[0])
	}
}

// within runs a command again and again until it succeeds: within DURATION COMMAND...
func within(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: within DURATION COMMAND...")
	}
	retry(ts, args[0], func() bool { return ts.Exec(args[1], args[2:]...) == nil })
}

// retry looks again and again, less often where machines are slow: on a debug kernel the looks themselves, which start
// processes, take most of the time from what is waited for.
func retry(ts *testscript.TestScript, duration string, right func() bool) {
	for end := time.Now().Add(limit(ts, duration)); !right(); time.Sleep(limit(ts, "100ms")) {
		if time.Now().After(end) {
			fail(ts, "not within %s", duration)
		}
	}
}

// refused runs a command that must end with an exit code and say words, letters in either case: refused CODE WORDS
// COMMAND...
func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: refused CODE WORDS COMMAND...")
	}
	exits(ts, false, append([]string{args[0]}, args[2:]...))
	if said := strings.ToLower(ts.ReadFile("stderr")); !strings.Contains(said, strings.ToLower(args[1])) {
		ts.Fatalf("its error does not say %q", args[1])
	}
}

// unarmed waits until the module says that nothing is armed: unarmed [DURATION], at once without one.
func unarmed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: unarmed [DURATION]")
	}
	retry(ts, append(args, "0s")[0], func() bool {
		return ts.Exec("spotos", "status") == nil && !armedBy.MatchString(ts.ReadFile("stdout"))
	})
}

var armedBy = regexp.MustCompile(`(?m) (armed|reverting)( by .*)?$`)

// unload unloads those modules that are loaded: unload MODULE...
func unload(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: unload MODULE...")
	}
	for _, name := range args {
		// The probes of a watch that ends hold a module for a moment.
		retry(ts, "20s", func() bool { return !labtest.Loaded(name) || ts.Exec("rmmod", name) == nil })
	}
}

// afterwards runs a command when the script has ended, however it has: afterwards COMMAND...
func afterwards(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: afterwards COMMAND...")
	}
	ts.Defer(func() { _ = exec.Command(args[0], args[1:]...).Run() }) // the script may have done the same
}

// write writes a line to a file that exists, of the kernel's or a pipe: write TEXT FILE. What stood in a kernel's
// setting is written back when the script has ended.
func write(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] write TEXT FILE")
	}
	file := ts.MkAbs(args[1])
	if strings.HasPrefix(file, "/proc/sys/") || strings.HasPrefix(file, "/sys/") {
		before, err := os.ReadFile(file)
		ts.Check(err)
		ts.Defer(func() { _ = os.WriteFile(file, before, 0) }) // it may have gone with its module
	}
	err := os.WriteFile(file, []byte(args[0]+"\n"), 0)
	if neg && err == nil {
		ts.Fatalf("writing %s to %s was not refused", args[0], args[1])
	} else if !neg {
		ts.Check(err)
	}
}
