// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"spotos/session"
)

// What the verifier printed is no message: each function has its sentence, and the text is kept for --verbose.
func TestVerifierTextIsNoMessage(t *testing.T) {
	verifier := func(line string) error {
		return &ebpf.VerifierError{Cause: unix.EINVAL, Log: []string{line, "processed 0 insns"}}
	}
	err := errors.Join(
		fmt.Errorf("loading the probes of f: %w", fmt.Errorf("program count_exit: load program: %w", verifier("R1 bad"))),
		fmt.Errorf("loading the probes of g: %w", verifier("R2 bad")), errors.New("attaching to h: no"))
	got := explained(err)
	const want = "loading the probes of f: the kernel does not accept them (invalid argument); " +
		"loading the probes of g: the kernel does not accept them (invalid argument); attaching to h: no"
	if got.Error() != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var e *session.Explained
	if !errors.As(got, &e) || !strings.Contains(e.Raw, "R1 bad") {
		t.Errorf("what the verifier printed is lost: %+v", e)
	}
	if other := errors.New("other"); explained(other) != other {
		t.Error("another error is changed")
	}
}
