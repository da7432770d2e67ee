// SPDX-License-Identifier: GPL-2.0-only

package lab

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// TestBooting counts seconds in one line, which the VM's first output replaces for good.
func TestBooting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var to bytes.Buffer
		b := newBooting(&to, "Booting 6.12")
		time.Sleep(2500 * time.Millisecond)
		for range 2 {
			if _, err := b.Write([]byte("output")); err != nil {
				t.Fatal(err)
			}
		}
		b.end()
		time.Sleep(5 * time.Second)
		want := ""
		for _, seconds := range []string{"0", "1", "2"} {
			want += "\r\x1b[KBooting 6.12 … " + seconds + " s; ctrl-] three times stops it"
		}
		want += "\r\x1b[Koutputoutput"
		if to.String() != want {
			t.Errorf("got %q, want %q", to.String(), want)
		}
	})
}
