// SPDX-License-Identifier: GPL-2.0-only

package traffic

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestWorkload runs a small workload of each style on this machine: it needs no privilege.
func TestWorkload(t *testing.T) {
	for _, style := range []string{StyleRecv, StyleAccept} {
		t.Run(style, func(t *testing.T) {
			w, err := Start(Options{Producers: 2, Busy: 3, Idle: 2, Acceptors: 1, Style: style, Interval: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			for _, thread := range w.Threads {
				comm, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/comm", thread.TID))
				if err != nil || strings.TrimSpace(string(comm)) != thread.Comm {
					t.Errorf("thread %d is called %q, want %s (%v)", thread.TID, comm, thread.Comm, err)
				}
			}
			w.Wake()
			for _, thread := range w.Threads {
				if thread.Idle {
					if err := thread.awaitBlocked(time.Minute); err != nil {
						t.Error(err)
					}
				}
			}
			got := w.Stop()
			if got.Failed() || got.Sends < 3 || got.BytesReceived < 3*messageSize {
				t.Errorf("the workload saw %+v", got)
			}
		})
	}
}

func TestWrongMessagesAreSeen(t *testing.T) {
	var message [messageSize]byte
	fill(message[:], 7)
	if !right(message[:], 7) {
		t.Error("a message is not taken for itself")
	}
	if right(message[:], 8) {
		t.Error("a message is taken for the next")
	}
	message[messageSize-1]++
	if right(message[:], 7) {
		t.Error("a changed message is taken for a right one")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, options := range []Options{{Style: "poll"}, {Style: StyleRecv, Busy: 1}} {
		if w, err := Start(options); err == nil {
			w.Stop()
			t.Errorf("%+v was started", options)
		}
	}
}
