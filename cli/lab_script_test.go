// SPDX-License-Identifier: GPL-2.0-only

package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"spotos/internal/labtest"
)

const (
	journal = "/var/log/spotos/journal.jsonl"
	freezer = "/sys/fs/cgroup/traffic/cgroup.freeze"
)

// inOrder runs scripts one after the other: they share one kernel.
type inOrder struct{ *testing.T }

func (inOrder) Parallel()     {}
func (inOrder) Verbose() bool { return false } // a script is printed if it fails
func (t inOrder) Run(name string, f func(testscript.T)) {
	t.T.Run(name, func(t *testing.T) { f(inOrder{t}) })
}

// TestLabScript runs the command line as an operator would, on the kernel that runs: what it prints, its exit codes,
// what the kernel does, and what is left behind.
func TestLabScript(t *testing.T) {
	labtest.Require(t)
	other, otherRelease := otherKernel(t)
	params := testscript.Params{
		Dir: "testdata/lab",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"afterwards": afterwards, "ends": ends, "exits": exits, "guard": guard, "refused": refused, "result": result,
			"signal": signal, "start": start, "unarmed": unarmed, "unload": unload, "within": within, "write": write,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("OTHER", other)
			env.Setenv("OTHER_RELEASE", otherRelease)
			return setUp(t, env)
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "other":
				return other != "", nil
			case "source": // of the kernel was at hand: see lab/build-fix.sh
				_, err := os.Stat(filepath.Join(labtest.Modules, "fixes/version_fix.ko"))
				return err == nil, nil
			case "ftrace-off":
				return ftraceGoesOff()
			}
			return false, errors.New("there is no condition " + cond)
		},
	}
	if deadline, set := t.Deadline(); set {
		params.Deadline = deadline
	}
	testscript.RunT(inOrder{t}, params)
}

// ftraceGoesOff reports whether this kernel lets ftrace be switched off, and leaves it on. Newer ones refuse that
// whether or not a function is redirected. It is to be asked first while none is.
var ftraceGoesOff = sync.OnceValues(func() (bool, error) {
	const file = "/proc/sys/kernel/ftrace_enabled"
	err := os.WriteFile(file, []byte("0"), 0)
	switch {
	case errors.Is(err, unix.EOPNOTSUPP):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, os.WriteFile(file, []byte("1"), 0)
})

// setUp has each script begin with spotos loaded and without a journal.
func setUp(t *testing.T, env *testscript.Env) error {
	labtest.WithSpotos(t)
	for name, value := range map[string]string{
		"BAD":     filepath.Join(labtest.Modules, "bad"),
		"FIXES":   filepath.Join(labtest.Modules, "fixes"),
		"FREEZER": freezer,
		"JOURNAL": journal,
		"MINUTE":  strconv.Itoa(int(labtest.Limit(t, time.Minute).Seconds())),
		"ROUNDS":  strconv.Itoa(labtest.Number(t, "SPOTOS_PAIR_ROUNDS", 5)),
	} {
		env.Setenv(name, value)
	}
	env.Values[running{}] = map[string]*background{}
	env.Defer(func() {
		for _, b := range env.Values[running{}].(map[string]*background) {
			b.end()
		}
		takeBack(t)
	})
	if err := os.Remove(journal); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// takeBack takes back what a script that failed has left, or the next ones would fail too: an arming, patches, and
// with the test build of spotos its settings.
func takeBack(t *testing.T) {
	if labtest.Loaded("spotos") {
		_ = exec.Command("spotos", "abort").Run()
	}
	for patch, dir := range map[string]string{"no-oob": "patches", "pair": "patches", "version-banner": "patches",
		"pair-fix": "fixes", "version-fix": "fixes", "by-hand": "fixes"} {
		module := strings.ReplaceAll(patch, "-", "_")
		if labtest.Loaded(module) {
			_ = exec.Command("spotos", "revert", patch, "--patches", filepath.Join(labtest.Modules, dir), "--timeout",
				labtest.Limit(t, 10*time.Second).String()).Run()
			_ = exec.Command("rmmod", module).Run()
		}
	}
	_ = exec.Command("rmmod", "pair_target").Run()
	_ = exec.Command("rmmod", "spotos").Run()
}

// otherKernel returns a patch that was built for another kernel than the one that runs, and that kernel's release.
func otherKernel(t *testing.T) (file, release string) {
	running, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	built, err := filepath.Glob("/builds/*/patches/version_banner.ko")
	if err != nil {
		t.Fatal(err)
	}
	for _, file = range built {
		release = filepath.Base(filepath.Dir(filepath.Dir(file)))
		if release != strings.TrimSpace(string(running)) {
			return file, release
		}
	}
	return "", ""
}
