// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"spotos/patchset"
	"spotos/session"
)

const (
	pastFirst = 64 << 10 // bytes from the journal's end that are read first
	pastRead  = 4 << 20  // and at most
	pastKept  = 200      // events of them at most
)

// Past returns what the journal says of a patch since a moment, whichever process wrote it. It reads the journal's end:
// what is older, spotos journal prints.
func (m *Machine) Past(ctx context.Context, patch string, after time.Time) (session.Past, error) {
	past := session.Past{Booted: booted()}
	if m.opts.Journal == "" {
		return past, nil
	}
	f, err := os.Open(m.opts.Journal)
	if errors.Is(err, fs.ErrNotExist) {
		return past, nil
	}
	if err != nil {
		return past, fmt.Errorf("reading what was done before: %w", err)
	}
	defer f.Close()
	module := patchset.ModuleName(patch)
	for size := int64(pastFirst); ; size *= 4 {
		end, whole, err := journalEnd(f, size)
		if err != nil {
			return past, fmt.Errorf("reading what was done before: %w", err)
		}
		var reached bool
		past.Events, reached, err = pastOf(ctx, end, module, after)
		if err != nil || reached || whole || size >= pastRead {
			return past, err
		}
	}
}

// journalEnd returns a reader of the whole lines in the last bytes of the journal, and whether that is all of it.
func journalEnd(f *os.File, size int64) (end io.Reader, whole bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, false, err
	}
	if !info.Mode().IsRegular() {
		return nil, false, fmt.Errorf("%s is %s, and no regular file", f.Name(), session.FileKind(info.Mode()))
	}
	from := max(0, info.Size()-size)
	r := bufio.NewReader(io.NewSectionReader(f, from, size))
	if from == 0 {
		return r, true, nil
	}
	_, err = r.ReadSlice('\n') // the rest of a line
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('\n')
	}
	if err == io.EOF { // one long line: a larger part will have its beginning
		err = nil
	}
	return r, false, err
}

// pastOf returns the last events of a module's patch that are newer than a moment, and whether it met older ones, so
// that nothing is missing. Damaged lines are passed over: spotos journal reports them.
func pastOf(ctx context.Context, journal io.Reader, module string, after time.Time) (events []session.Event,
	reached bool, err error,
) {
	for d := session.NewDecoder(journal); ctx.Err() == nil; {
		e, err := d.Next()
		var damaged *session.LineError
		switch {
		case errors.As(err, &damaged):
			continue
		case err == io.EOF:
			return events, reached, nil
		case err != nil:
			return nil, false, err
		}
		head := e.Header()
		reached = reached || !head.Time.After(after)
		if head.Kind == session.KindStarted || patchset.ModuleName(head.Patch) != module || !head.Time.After(after) {
			continue
		}
		if events = append(events, e); len(events) > pastKept {
			events = events[1:]
		}
	}
	return nil, false, ctx.Err()
}

// booted returns when the machine was booted, on the clock as it is now; the zero time if that cannot be read.
func booted() time.Time {
	var up unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &up) != nil {
		return time.Time{}
	}
	return time.Now().Add(-time.Duration(up.Nano()))
}

var _ session.Historian = (*Machine)(nil)
