// SPDX-License-Identifier: GPL-2.0-only

package lab

import (
	"bytes"
	"io"
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

// TestKeysTypedWhileItBoots has keys that come before the VM writes dropped, and those after passed on.
func TestKeysTypedWhileItBoots(t *testing.T) {
	b := newBooting(io.Discard, "Booting 6.12")
	pressed := false
	typed, keyboard := io.Pipe()
	e := &escape{from: typed, pressed: func() { pressed = true }, heard: b.over}
	go func() {
		for _, keys := range []string{"a\r", "y"} {
			io.WriteString(keyboard, keys)
		}
		b.Write([]byte("the console"))
		io.WriteString(keyboard, "j\x1d\x1d\x1d")
		keyboard.Close()
	}()
	got, err := io.ReadAll(e)
	if err != nil || string(got) != "j\x1d\x1d\x1d" || !pressed {
		t.Errorf("%q arrived, escape seen %v: %v", got, pressed, err)
	}
}
