// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"spotos/session"
	"spotos/ui"
)

// output is standard output. It keeps the first error, so that a full disk does not pass for success.
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

// texts is what commands write to: it goes out as it can be shown, unless it is JSON.
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

// note says something that is no result.
func note(text string) { fmt.Fprintln(os.Stderr, "spotos:", shown(text)) }

// shown is a text as a terminal can show it: nothing in it steers the terminal, and it is ASCII where the locale is not
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
