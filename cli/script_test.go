// SPDX-License-Identifier: GPL-2.0-only

package cli_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"spotos/cli"
	"spotos/internal/bzimage"
	"spotos/internal/labtest"
	"spotos/patchset/source"
	"spotos/session"
)

func TestMain(m *testing.M) {
	if labtest.In() { // where the real program is in the PATH
		os.Exit(m.Run())
	}
	testscript.Main(m, map[string]func(){"spotos": func() { os.Exit(cli.Main(os.Args[1:])) }})
}

// builtFrom returns the version of the source that an image was built from, "" if there is none.
func builtFrom(image string) string {
	banner, err := bzimage.Version(image)
	if err != nil {
		return ""
	}
	version, _ := source.VersionOf(banner)
	return version
}

// TestScript runs the command line as a shell would. What needs a kernel of the lab is in testdata/lab.
func TestScript(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	symvers, fixes := "", ""
	if release, err := os.ReadFile(filepath.Join(root, ".kernels/6.12/release")); err == nil {
		built := filepath.Join(root, "build", strings.TrimSpace(string(release)))
		symvers, fixes = filepath.Join(built, "Module.symvers.spotos"), filepath.Join(built, "fixes")
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"result": result,
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "headers":
				return haveHeaders(t, root, symvers), nil
			case "fixes": // see lab/build-fix.sh
				_, err := os.Stat(filepath.Join(fixes, "pair_fix.ko"))
				if err != nil && os.Getenv("SPOTOS_REQUIRE_LAB") == "1" {
					t.Errorf("make fixes was not run: %v", err)
				}
				return err == nil, nil
			}
			return false, errors.New("there is no condition " + cond)
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			env.Setenv("SYMVERS", symvers)
			env.Setenv("FIXES", fixes)
			env.Setenv("FROM", builtFrom(filepath.Join(root, ".kernels/6.12/vmlinuz")))
			env.Setenv("SPOTOS_CONFIG", filepath.Join(env.WorkDir, "config.toml"))
			return os.WriteFile(filepath.Join(env.WorkDir, "config.toml"), nil, 0o644)
		},
	})
}

// haveHeaders reports whether a kernel's headers are unpacked and spotos.ko was built for it. Where the lab is required
// it is an error if not.
func haveHeaders(t *testing.T, root, symvers string) bool {
	_, err := os.Stat(filepath.Join(root, ".kernels/6.12/build/Makefile"))
	if err == nil {
		_, err = os.Stat(symvers)
	}
	if err != nil && os.Getenv("SPOTOS_REQUIRE_LAB") == "1" {
		t.Errorf("make modules was not run: %v", err)
	}
	return err == nil
}

// exits runs a command that must end with an exit code: exits CODE COMMAND...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var ended *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ended) {
		got = ended.ExitCode()
	} else if err != nil {
		ts.Fatalf("running %s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("exit code %d, not %d", got, want)
	}
}

// result wants standard output to be lines of JSON, the last a result: result OUTCOME REASON, the reason a regular
// expression, and ” for none. It looks at another file's lines with: result OUTCOME REASON FILE
func result(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: result OUTCOME REASON [FILE]")
	}
	file := append(args[2:], "stdout")[0]
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile(file), "\n"), "\n")
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			ts.Fatalf("no JSON: %q", line)
		}
	}
	last, err := session.UnmarshalEvent([]byte(lines[len(lines)-1]))
	ts.Check(err)
	res, ok := last.(session.Result)
	fits, err := regexp.MatchString(args[1], res.Reason)
	ts.Check(err)
	if !ok || string(res.Outcome) != args[0] || !fits || args[1] == "" && res.Reason != "" {
		ts.Fatalf("the last line is no result %s %q: %s", args[0], args[1], lines[len(lines)-1])
	}
}
