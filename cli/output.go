// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"spotos/session"
	"spotos/ui"
)

// output is standard output. It keeps the first error, so that a full disk is not taken for success.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// texts is the writer of the commands. It makes their text safe for the terminal, but leaves JSON as it is.
type texts struct {
	*output
	json *bool
}

func (t texts) Write(p []byte) (int, error) {
	if *t.json {
		return t.output.Write(p)
	}
	if _, err := t.output.Write([]byte(shown(string(p)))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// note prints a message to standard error.
func note(text string) { fmt.Fprintln(os.Stderr, "spotos:", shown(text)) }

// noteRaw prints with --verbose what the compiler or the kernel said, and what the reasons of a refusal leave out.
func (f *flags) noteRaw(err error) {
	var explained *session.Explained
	var refused *session.Refusal
	raw := ""
	switch {
	case errors.As(err, &explained):
		raw = explained.Raw
	case errors.As(err, &refused):
		raw = refused.All
	}
	if raw = strings.TrimRight(raw, "\n"); f.verbose && raw != "" {
		fmt.Fprintln(os.Stderr, shown(raw))
	}
}

// shown returns text as a terminal can show it: nothing in it steers the terminal, and it is ASCII unless the locale is
// UTF-8.
func shown(text string) string {
	text = session.PlainLines(text)
	if ui.UTF8(os.Getenv) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			return '?'
		}
		return r
	}, text)
}
