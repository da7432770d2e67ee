// SPDX-License-Identifier: GPL-2.0-only

package wire

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

func TestChunksKeepEveryByte(t *testing.T) {
	for _, size := range []int{0, 1, maxChunk - 1, maxChunk, maxChunk + 1, 5*maxChunk + 3} {
		input := make([]byte, size)
		rand.NewChaCha8([32]byte{byte(size)}).Read(input)
		var line, output bytes.Buffer
		if err := SendChunks(&line, bytes.NewReader(input)); err != nil {
			t.Fatalf("sending %d bytes: %v", size, err)
		}
		line.WriteString("what follows")
		if err := ReceiveChunks(&output, iotest.HalfReader(&line)); err != nil {
			t.Fatalf("receiving %d bytes: %v", size, err)
		}
		if !bytes.Equal(output.Bytes(), input) {
			t.Errorf("%d bytes came as %d, or changed", size, output.Len())
		}
		if line.String() != "what follows" {
			t.Errorf("after %d bytes the line holds %q", size, line.String())
		}
	}
}

func TestChunksEndWhereInputFails(t *testing.T) {
	broken := errors.New("broken")
	var line, output bytes.Buffer
	err := SendChunks(&line, io.MultiReader(strings.NewReader("some"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Errorf("sending gave %v, want the reader's error", err)
	}
	if err := ReceiveChunks(&output, &line); err != nil || output.String() != "some" {
		t.Errorf("received %q, %v: want what came before the error, and an end", output.String(), err)
	}
}

// full is a writer that fails when it is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestReceiveDropsWhatNobodyReads(t *testing.T) {
	var line bytes.Buffer
	if err := SendChunks(&line, bytes.NewReader(make([]byte, 3*maxChunk))); err != nil {
		t.Fatal(err)
	}
	if err := ReceiveChunks(full{}, &line); err != nil || line.Len() > 0 {
		t.Errorf("receiving for a closed pipe gave %v and left %d bytes", err, line.Len())
	}
}

func TestReceiveRefusesDamage(t *testing.T) {
	for _, damaged := range []string{"", "\x05\x00", "\x05\x00\x00\x00ab", "\xff\xff\xff\xff"} {
		if err := ReceiveChunks(io.Discard, strings.NewReader(damaged)); err == nil {
			t.Errorf("%q was taken for a whole stream", damaged)
		}
	}
}
