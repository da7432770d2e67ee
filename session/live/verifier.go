// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cilium/ebpf"

	"spotos/session"
)

// explained puts the error of attaching probes into a sentence. What the kernel's verifier printed may be hundreds of
// lines, which help nobody who only wants to count: they are kept beside it.
func explained(err error) error {
	var verifier *ebpf.VerifierError
	if !errors.As(err, &verifier) {
		return err
	}
	return &session.Explained{Sentence: strings.Join(sentencesOf(err), "; "), Raw: fmt.Sprintf("%+v", verifier)}
}

// sentencesOf returns a sentence for each of the errors that are joined in err.
func sentencesOf(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var list []string
		for _, e := range joined.Unwrap() {
			list = append(list, sentencesOf(e)...)
		}
		return list
	}
	var verifier *ebpf.VerifierError
	if !errors.As(err, &verifier) {
		return []string{err.Error()}
	}
	what, _, _ := strings.Cut(err.Error(), ": ")
	return []string{fmt.Sprintf("%s: the kernel does not accept them (%v)", what, rootOf(verifier.Cause))}
}

// rootOf returns the innermost error.
func rootOf(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
