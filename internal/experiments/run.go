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
	"syscall"
	"time"

	"spotos/lab/experiment"
)

// stopLimit is how long the lab has for ending after it was told to.
const stopLimit = time.Minute

// job is what one VM, or this machine, has to do.
type job struct {
	kernel  string // directory of .kernels; "": this machine
	release string
	trials  []experiment.Trial
}

// runOn runs trials, and keeps each result.
func (o options) runOn(ctx context.Context, store *experiment.Store, j job) error {
	list, err := writeList(j.trials)
	if err != nil {
		return err
	}
	defer os.Remove(list)
	args := []string{"lab", "experiment", "--here", list}
	if j.kernel != "" {
		args = []string{"lab", "exec", "--kernel", j.kernel, "--memory", "2G", "--file", list + ":/trials"}
		args = append(args, o.vmFlags...)
		args = append(args, "--", "spotos", "lab", "experiment", "/trials")
	}
	cmd := exec.CommandContext(ctx, "bin/spotos", args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopLimit
	cmd.Stderr = &marked{mark: j.release + ": "}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("running the trials: %w: make bin builds it", err)
	}
	err = keepAll(store, out)
	if err != nil {
		_ = cmd.Process.Signal(syscall.SIGTERM) // nobody would keep what comes
		_, _ = io.Copy(io.Discard, out)
	}
	if ended := cmd.Wait(); ended != nil {
		err = errors.Join(err, fmt.Errorf("the trials on %s ended early: %w: run it again to go on", j.release, ended))
	}
	return err
}

// keepAll keeps the results that the trials print, a line each.
func keepAll(store *experiment.Store, lines io.Reader) error {
	for from := json.NewDecoder(lines); ; {
		var r experiment.Result
		switch err := from.Decode(&r); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // the trials were cut off
			return nil
		case err != nil:
			return fmt.Errorf("reading a result: %w", err)
		}
		if err := store.Keep(&r); err != nil {
			return err
		}
	}
}

// writeList writes trials to a file for the VM.
func writeList(trials []experiment.Trial) (string, error) {
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	for _, t := range trials {
		if err := lines.Encode(t); err != nil {
			return "", err
		}
	}
	file, err := os.CreateTemp("", "trials-")
	if err != nil {
		return "", fmt.Errorf("writing the list of trials: %w", err)
	}
	_, err = file.Write(text.Bytes())
	return file.Name(), errors.Join(err, file.Close())
}

// marked writes whole lines to standard error, each with a mark before it: several VMs speak at a time.
type marked struct {
	mark string
	part []byte // of a line
}

func (m *marked) Write(text []byte) (int, error) {
	m.part = append(m.part, text...)
	for {
		end := bytes.IndexByte(m.part, '\n')
		if end < 0 {
			return len(text), nil
		}
		fmt.Fprintf(os.Stderr, "%s%s\n", m.mark, m.part[:end])
		m.part = m.part[end+1:]
	}
}
