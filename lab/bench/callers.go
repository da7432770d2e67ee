// SPDX-License-Identifier: GPL-2.0-only

package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"spotos/lab/part"
)

// Company describes the threads of Callers.
type Company struct {
	Callers  int           // threads that call pair_encode
	Inside   time.Duration // how long each of their calls stays inside, give or take a half; 0: until the end
	Pause    time.Duration // and then outside, give or take all of it
	Sleepers int           // threads that sleep elsewhere
}

// called is what the threads noticed.
type called struct {
	Calls  int64 `json:"calls"`
	EINTR  int64 `json:"eintr"`
	Failed int64 `json:"failed"` // calls with another error, or that did less than they should
}

// Callers runs the threads until in ends. It writes a line once all are started, and what they noticed, as JSON, at the
// end.
func Callers(c Company, in io.Reader, out io.Writer) error {
	debug.SetMaxThreads(c.Callers + c.Sleepers + 10000)
	var over atomic.Bool
	var threads sync.WaitGroup
	var seen struct{ calls, eintr, failed atomic.Int64 }
	count := func(err error) {
		switch err {
		case nil:
			seen.calls.Add(1)
		case unix.EINTR:
			seen.eintr.Add(1)
		default:
			seen.failed.Add(1)
		}
	}
	for range c.Sleepers {
		go func() {
			runtime.LockOSThread()
			for {
				count(unix.Pause()) // returns for a signal only
			}
		}()
	}
	for range c.Callers {
		threads.Go(func() { c.call(&over, count) })
	}
	if _, err := fmt.Fprintln(out, "started"); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return err
	}
	over.Store(true)
	left := make(chan struct{})
	go func() {
		threads.Wait()
		close(left)
	}()
	for gone := false; !gone; { // again for those who were about to call
		if err := tellPair("release"); c.Callers > 0 && err != nil {
			return err
		}
		select {
		case <-left:
			gone = true
		case <-time.After(50 * time.Millisecond):
		}
	}
	return json.NewEncoder(out).Encode(called{seen.calls.Load(), seen.eintr.Load(), seen.failed.Load()})
}

// call is one thread that calls.
func (c Company) call(over *atomic.Bool, count func(error)) {
	runtime.LockOSThread()
	fd, err := unix.Open(pairFile, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		count(err)
		return
	}
	defer unix.Close(fd)
	for !over.Load() { // at random: they would all march in step once they were woken together
		order := "hold"
		if c.Inside > 0 {
			order += " " + strconv.FormatInt((c.Inside/2+rand.N(c.Inside)).Milliseconds(), 10)
		}
		n, err := unix.Write(fd, []byte(order))
		if err == nil && n != len(order) {
			err = io.ErrShortWrite
		}
		count(err)
		pause := unix.NsecToTimespec(rand.Int64N(int64(2*c.Pause) + 1))
		if err := unix.Nanosleep(&pause, nil); err != nil {
			count(err)
		}
	}
}

// startCallers runs Callers in a process of its own, which ends with end.
func startCallers(c Company) (*callers, error) {
	p, err := part.Start("callers", "--callers", strconv.Itoa(c.Callers), "--inside", c.Inside.String(),
		"--pause", c.Pause.String(), "--sleepers", strconv.Itoa(c.Sleepers))
	if err != nil {
		return nil, err
	}
	if !p.Said.Scan() {
		return nil, errors.Join(errors.New("the callers did not start"), p.Kill())
	}
	return &callers{p}, nil
}

type callers struct{ *part.Part }

// end ends them and returns what they noticed.
func (c *callers) end() (noticed, error) {
	var seen called
	if err := c.In.Close(); err != nil {
		return noticed{}, errors.Join(err, c.Kill())
	}
	if !c.Said.Scan() {
		return noticed{}, errors.Join(errors.New("the callers ended without a word"), c.Kill())
	}
	if err := json.Unmarshal(c.Said.Bytes(), &seen); err != nil {
		return noticed{}, errors.Join(fmt.Errorf("the callers' last line: %w", err), c.Kill())
	}
	return noticed{EINTR: int(seen.EINTR), Wrong: int(seen.Failed)}, c.Cmd.Wait()
}
