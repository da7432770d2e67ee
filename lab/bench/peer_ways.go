// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"spotos/lab/livepatch"
	"spotos/session"
)

const (
	peerTimeout  = 30 * time.Second // the command's own default, for the console too
	peerPatience = 2 * time.Second  // the same
)

// peerResult is one apply and, if that was done, one revert.
type peerResult struct {
	apply, undo livepatch.Switching
	violations  int64 // of pair_target, in both
}

// peerWay is a way to switch.
type peerWay struct {
	name string
	turn func(peerRow) (peerResult, error)
}

// The ways; byLivepatch is there only where the VM has kpatch.
const (
	byCommand   = "command"
	byConsole   = "console"
	byLivepatch = "livepatch"
)

func peerWays() []peerWay {
	ways := []peerWay{{byCommand, commandTurn}, {byConsole, consoleTurn}}
	if _, err := exec.LookPath("kpatch"); err == nil {
		ways = append(ways, peerWay{byLivepatch, livepatchTurn})
	}
	return ways
}

// moduleOf returns the name of a patch's module.
func moduleOf(patch string) string { return strings.ReplaceAll(patch, "-", "_") }

// commandTurn runs `spotos apply` and `spotos revert`, from exec to the switch.
func commandTurn(row peerRow) (out peerResult, err error) {
	if err := os.RemoveAll("/run/spotos"); err != nil { // so that it is as the first command after the boot
		return out, err
	}
	if out.apply, err = commandSwitch(session.Apply, row.patch); err != nil || !out.apply.Done {
		return out, err
	}
	if out.undo, err = commandSwitch(session.Revert, row.patch); err != nil {
		return out, err
	}
	for back := out.undo; !back.Done; {
		if back, err = commandSwitch(session.Revert, row.patch); err != nil {
			return out, err
		}
	}
	if err := unix.DeleteModule(moduleOf(row.patch), 0); err != nil { // so that the next apply loads it again
		return out, fmt.Errorf("unloading the patch: %w", err)
	}
	return out, nil
}

func commandSwitch(dir session.Direction, patch string) (livepatch.Switching, error) {
	var complaints strings.Builder
	begin := time.Now()
	cmd := exec.Command("spotos", string(dir), patch, "--json")
	cmd.Stderr = &complaints
	said, err := cmd.Output()
	out := livepatch.Switching{Took: time.Since(begin)}
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != session.OutcomeStuck.ExitCode()) {
		return out, fmt.Errorf("spotos %s: %w: %s", dir, err, complaints.String())
	}
	for line := range bytes.Lines(said) {
		e, err := session.UnmarshalEvent(line)
		if err != nil {
			return out, err
		}
		if s, ok := e.(session.Switched); ok {
			out = livepatch.Switching{Done: true, Took: s.Time.Sub(begin)}
		}
	}
	return out, nil
}

// consoleTurn arms an open patch as the console does, from the arming to the switch.
func consoleTurn(row peerRow) (out peerResult, err error) {
	p, err := openPatch(row.patch)
	if err != nil {
		return out, err
	}
	p.nudge, p.patience = session.NudgeAuto, peerPatience
	for _, s := range []*livepatch.Switching{&out.apply, &out.undo} {
		if err := p.watch(peerRest); err != nil {
			return out, errors.Join(err, p.close())
		}
		t, err := p.turn(session.SafePointStrategy, peerTimeout, nil)
		if err != nil {
			return out, errors.Join(err, p.close())
		}
		*s = livepatch.Switching{Done: t.switched, Took: t.wait}
		if !t.switched {
			break
		}
	}
	return out, p.close()
}

// livepatchTurn runs `kpatch load` and `kpatch unload`, from exec to the end of the transition.
func livepatchTurn(row peerRow) (out peerResult, err error) {
	module := "klp_" + moduleOf(row.patch)
	w, err := newWitness(row.patch)
	if err != nil {
		return out, err
	}
	defer w.close()
	order := livepatch.Order{Module: module, Want: livepatch.Applied, Every: time.Millisecond, Witness: w.look}
	out.apply, err = order.Run("load", "/lib/spotos/peers/"+module+".ko")
	if err != nil || !out.apply.Done {
		return out, err
	}
	order.Want = livepatch.Reverted
	out.undo, err = order.Run("unload", module+".ko")
	return out, err
}
