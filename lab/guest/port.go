// SPDX-License-Identifier: GPL-2.0-only

package guest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"spotos/lab/wire"
)

const (
	portLimit = time.Minute // until the host's ports are there; emulation is slow
	portPause = time.Millisecond
)

// openPort waits until the virtio port of that name exists and the host's end is connected, and opens it: before that a
// read would return an end of file.
func openPort(name string) (*os.File, error) {
	deadline := time.Now().Add(portLimit)
	for {
		device, err := findPort(name)
		if err != nil {
			return nil, err
		}
		if device != "" {
			return connectPort(device, name, deadline)
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("opening port %s: the kernel shows none (it needs virtio_pci and virtio_console, built in "+
				"or as modules)", name)
		}
		time.Sleep(portPause)
	}
}

func findPort(name string) (string, error) {
	files, err := filepath.Glob("/sys/class/virtio-ports/*/name")
	if err != nil {
		return "", fmt.Errorf("finding port %s: %w", name, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil && strings.TrimSpace(string(text)) == name {
			return filepath.Join("/dev", filepath.Base(filepath.Dir(file))), nil
		}
	}
	return "", nil
}

func connectPort(device, name string, deadline time.Time) (*os.File, error) {
	// Blocking, and so outside Go's poller: a port wakes no poller when the host continues to read.
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("opening port %s: %w", name, err)
	}
	for {
		poll := []unix.PollFd{{Fd: int32(fd)}}
		if _, err := unix.Poll(poll, 0); err == nil && poll[0].Revents&unix.POLLHUP == 0 {
			return os.NewFile(uintptr(fd), name), nil
		}
		if time.Now().After(deadline) {
			unix.Close(fd)
			return nil, fmt.Errorf("opening port %s: the host has not connected it", name)
		}
		time.Sleep(portPause)
	}
}

// control is the line on which host and guest exchange orders and reports.
type control struct {
	port     *os.File
	powerOff chan struct{} // closed by the host's order
}

func openControl() (*control, error) {
	port, err := openPort(wire.PortControl)
	if err != nil {
		return nil, err
	}
	c := &control{port: port, powerOff: make(chan struct{})}
	go c.obey()
	return c, nil
}

func (c *control) obey() {
	defer close(c.powerOff)
	lines := bufio.NewScanner(c.port)
	for lines.Scan() {
		var order wire.Order
		if err := json.Unmarshal(lines.Bytes(), &order); err != nil {
			fmt.Fprintf(os.Stderr, "spotos lab: reading an order: %v\n", err)
			continue
		}
		if order.PowerOff {
			return
		}
		if order.Resize != nil {
			if err := setSize(*order.Resize); err != nil {
				fmt.Fprintf(os.Stderr, "spotos lab: %v\n", err)
			}
		}
	}
}

func (c *control) report(report wire.Report) error {
	line, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("reporting to the host: %w", err)
	}
	if _, err := c.port.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("reporting to the host: %w", err)
	}
	return nil
}
