// SPDX-License-Identifier: GPL-2.0-only

package lab

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// booting shows in one line of the terminal for how long the VM has been starting, until the VM writes there itself.
type booting struct {
	to    io.Writer
	begin time.Time
	what  string
	mu    sync.Mutex
	done  bool
	stop  chan struct{}
}

// newBooting shows the line at once and then every second.
func newBooting(to io.Writer, what string) *booting {
	b := &booting{to: to, begin: time.Now(), what: what, stop: make(chan struct{})}
	b.show()
	go b.run()
	return b
}

func (b *booting) run() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-tick.C:
			b.show()
		}
	}
}

func (b *booting) show() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.done {
		fmt.Fprintf(b.to, "\r\x1b[K%s … %d s; ctrl-] three times stops it", b.what, int(time.Since(b.begin).Seconds()))
	}
}

// Write passes on what the VM writes; the first of it takes the line's place.
func (b *booting) Write(p []byte) (int, error) {
	b.end()
	return b.to.Write(p)
}

// over reports whether the VM has written to the terminal.
func (b *booting) over() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.done
}

// end clears the line, once.
func (b *booting) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.done {
		b.done = true
		close(b.stop)
		io.WriteString(b.to, "\r\x1b[K")
	}
}
