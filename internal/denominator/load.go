// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// loaded is what came of the patches in the VM, by the names of their modules.
type loaded struct {
	Judged  map[string]string // by `spotos patch check`: "" or what it said
	Absent  map[string]string // that lead into a driver which does not load in the VM
	Loaded  map[string]string // by insmod: "" or the error
	Applied map[string]string // of those that were tried, and reverted: "" or what went wrong
	Code    int               // exit code of the VM
	// What the VM's kernel warned of, the first line each.
	Warnings []string
}

// loadAll judges and loads every patch that was made in one VM, and applies and reverts some of them there.
func (s *sample) loadAll(ctx context.Context, records []record) (*loaded, error) {
	needs, err := s.modules(ctx)
	if err != nil {
		return nil, err
	}
	var made []record
	for _, r := range records {
		if r.Outcome == patch {
			made = append(made, r)
		}
	}
	script := filepath.Join(s.dir, "load.sh")
	text, err := s.script(made, needs)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(script, []byte(text), 0o644); err != nil {
		return nil, err
	}
	var printed, complained bytes.Buffer
	modules, err := filepath.EvalSymlinks(s.kernel.Modules)
	if err != nil {
		return nil, err
	}
	image, err := filepath.EvalSymlinks(s.kernel.Image) // patch check looks for it in /boot
	if err != nil {
		return nil, err
	}
	shared, err := filepath.Abs(s.dir)
	if err != nil {
		return nil, err
	}
	say(fmt.Sprintf("loading %d patches in a VM", len(made)))
	vm := exec.CommandContext(ctx, "bin/spotos", "lab", "exec", "--kernel", s.options.kernel, "--memory", "3G",
		"--timeout", s.limit.String(), "--share", shared+":/denominator", "--share", modules+":/modules",
		"--share", filepath.Dir(image)+":/boot", "--", "sh", "/denominator/load.sh")
	vm.Cancel = func() error { return vm.Process.Signal(os.Interrupt) }
	vm.Stdout, vm.Stderr = io.MultiWriter(&printed, os.Stderr), io.MultiWriter(&complained, os.Stderr)
	err = vm.Run()
	var code *exec.ExitError
	if err != nil && !errors.As(err, &code) {
		return nil, fmt.Errorf("running bin/spotos lab exec: %w: make all builds what it needs", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l := read(printed.String())
	l.Code, l.Warnings = vm.ProcessState.ExitCode(), warnings(complained.String())
	return l, nil
}

// warning is the line of a kernel's log by which a warning begins, and the next.
var warning = regexp.MustCompile(`\[ cut here \]-+\n(?:\[ *[0-9.]+\] )?(.*)`)

// warnings returns what a kernel's log warns of.
func warnings(log string) []string {
	var found []string
	for _, match := range warning.FindAllStringSubmatch(strings.ReplaceAll(log, "\r", ""), -1) {
		if !slices.Contains(found, match[1]) {
			found = append(found, match[1])
		}
	}
	return found
}

// read reads what the script printed: verdicts in JSON, and lines of "result WHAT MODULE CODE" with what was said
// before them.
func read(printed string) *loaded {
	l := &loaded{Judged: make(map[string]string), Absent: make(map[string]string), Loaded: make(map[string]string),
		Applied: make(map[string]string)}
	into := map[string]map[string]string{"absent": l.Absent, "load": l.Loaded, "apply": l.Applied, "revert": l.Applied}
	said := ""
	for line := range strings.Lines(printed) {
		var verdict struct {
			File     string
			Accepted bool
			Reasons  []struct{ Why string }
		}
		word := strings.Fields(line)
		switch {
		case json.Unmarshal([]byte(line), &verdict) == nil && verdict.File != "":
			l.Judged[verdict.File] = ""
			if !verdict.Accepted {
				l.Judged[verdict.File] = fmt.Sprint("check: ", verdict.Reasons)
			}
		case len(word) != 4 || word[0] != "result":
			said += line
		default:
			failed := ""
			if word[3] != "0" {
				failed = fmt.Sprintf("%s: exit code %s: %s", word[1], word[3], strings.TrimSpace(said))
			}
			if m := into[word[1]]; m != nil && m[word[2]] == "" {
				m[word[2]] = failed
			}
			said = ""
		}
	}
	return l
}
