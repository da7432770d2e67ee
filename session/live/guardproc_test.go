// SPDX-License-Identifier: GPL-2.0-only

package live

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// thawing is a running thawLoop that has answered every order.
type thawing struct {
	t       *testing.T
	orders  *io.PipeWriter
	answers *bufio.Reader
	code    chan int
}

func startThawing(t *testing.T, limit time.Duration) *thawing {
	t.Helper()
	in, orders := io.Pipe()
	answers, out := io.Pipe()
	th := &thawing{t, orders, bufio.NewReader(answers), make(chan int, 1)}
	go func() { th.code <- thawLoop(in, out, limit) }()
	t.Cleanup(func() { orders.Close() })
	return th
}

// order gives an order and waits for the answer. Whoever has "hello" answered knows that what came before was obeyed.
func (th *thawing) order(order, dir string) {
	th.t.Helper()
	fmt.Fprintln(th.orders, order, dir)
	if order == "drop" {
		th.order("hello", "")
		return
	}
	if line, err := th.answers.ReadString('\n'); err != nil || line != "ok\n" {
		th.t.Fatalf("%s was answered by %q, %v", order, line, err)
	}
}

func (th *thawing) end(want int) {
	th.t.Helper()
	th.orders.Close()
	if code := <-th.code; code != want {
		th.t.Errorf("it ended with %d, want %d", code, want)
	}
}

func frozenGroupIn(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(freezeFile(dir), []byte("1"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func isThawed(t *testing.T, dir string) bool {
	t.Helper()
	frozen, err := isFrozen(dir)
	if err != nil {
		t.Fatal(err)
	}
	return !frozen
}

// Whoever gives the orders is gone when they end: what is kept is thawed, and what was dropped stays as it is.
func TestThawedWhenTheOrdersEnd(t *testing.T) {
	kept, dropped, gone := frozenGroupIn(t, "kept"), frozenGroupIn(t, "dropped"), frozenGroupIn(t, "gone")
	th := startThawing(t, time.Hour)
	th.order("hello", "")
	th.order("keep", kept)
	th.order("keep", dropped)
	th.order("keep", gone)
	th.order("drop", dropped)
	if isThawed(t, kept) {
		t.Error("it was thawed before the end")
	}
	if err := os.RemoveAll(gone); err != nil {
		t.Fatal(err)
	}
	th.end(0)
	if !isThawed(t, kept) || isThawed(t, dropped) {
		t.Errorf("thawed: kept %v, dropped %v", isThawed(t, kept), isThawed(t, dropped))
	}
}

// Whoever gives the orders hangs: what is kept is thawed after the limit, without a word.
func TestThawedAfterTheLimit(t *testing.T) {
	dir := frozenGroupIn(t, "a group with spaces")
	th := startThawing(t, time.Millisecond)
	th.order("keep", dir)
	for end := time.Now().Add(time.Minute); !isThawed(t, dir); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it was not thawed")
		}
	}
	th.end(0)
}

func TestFailureToThawIsInTheExitCode(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "group")
	if err := os.MkdirAll(freezeFile(dir), 0o755); err != nil { // a directory cannot be written to
		t.Fatal(err)
	}
	th := startThawing(t, time.Hour)
	th.order("keep", dir)
	th.end(1)
}
