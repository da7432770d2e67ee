// SPDX-License-Identifier: GPL-2.0-only

package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os/exec"

	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
)

// plain is what a packed stream unpacks to. end returns what went wrong in the unpacking, after the last byte was read.
type plain struct {
	io.Reader
	io.Closer
	end func() error
}

// unpacked unpacks what its first bytes say it is. The xz program takes half the time of the packages for Go that read
// xz; where it is not installed, one of those serves.
func unpacked(ctx context.Context, r io.Reader) (*plain, error) {
	buffered := bufio.NewReaderSize(r, 1<<16)
	magic, _ := buffered.Peek(6)
	var out io.Reader = buffered
	var err error
	switch {
	case bytes.HasPrefix(magic, []byte("\xfd7zXZ\x00")):
		if _, missing := exec.LookPath("xz"); missing == nil {
			return pipe(ctx, buffered, "xz", "-dc")
		}
		out, err = xz.NewReader(buffered, maxWindow)
	case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
		out, err = gzip.NewReader(buffered)
	case bytes.HasPrefix(magic, []byte("\x28\xb5\x2f\xfd")):
		var z *zstd.Decoder
		if z, err = zstd.NewReader(buffered, zstd.WithDecoderMaxWindow(maxWindow)); err == nil {
			closer := z.IOReadCloser()
			return &plain{closer, closer, func() error { return nil }}, nil
		}
	}
	return &plain{out, io.NopCloser(nil), func() error { return nil }}, err
}

// pipe starts a command and returns what it prints. Close ends it.
func pipe(ctx context.Context, in io.Reader, name string, args ...string) (*plain, error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := command(ctx, name, args...)
	cmd.Stdin = in
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, err
	}
	ended := false
	end := func() error {
		ended = true
		if err := cmd.Wait(); err != nil {
			return failed(ctx, cmd, err, complaint.String())
		}
		return nil
	}
	return &plain{out, closer(func() error {
		cancel()
		if !ended {
			out.Close()
			_ = cmd.Wait()
		}
		return nil
	}), end}, nil
}

// closer makes a function an io.Closer.
type closer func() error

func (c closer) Close() error { return c() }
