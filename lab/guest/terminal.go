// SPDX-License-Identifier: GPL-2.0-only

package guest

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"spotos/lab/wire"
)

// terminal is the interactive serial line.
type terminal struct{ tty *os.File }

func openTerminal(size wire.Size) (*terminal, error) {
	tty, err := openConsole()
	if err != nil {
		return nil, err
	}
	t := &terminal{tty}
	if err := t.setSpeed(); err != nil {
		return nil, fmt.Errorf("setting the console's speed: %w", err)
	}
	// Init itself leads the console's session: when a leader ends, the kernel hangs up the line, and what it had just
	// written, such as the order to leave the alternate screen, would be lost.
	if _, err := unix.Setsid(); err != nil {
		return nil, fmt.Errorf("leading the console's session: %w", err)
	}
	if err := unix.IoctlSetInt(int(tty.Fd()), unix.TIOCSCTTY, 0); err != nil {
		return nil, fmt.Errorf("leading the console's session: %w", err)
	}
	return t, setSize(size)
}

func openConsole() (*os.File, error) {
	fd, err := unix.Open(wire.ConsoleTTY, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("opening the console %s: %w", wire.ConsoleTTY, err)
	}
	return os.NewFile(uintptr(fd), wire.ConsoleTTY), nil
}

// setSpeed sets the speed from which programs conclude how much they may draw. The emulated line itself is as fast as
// the host.
func (t *terminal) setSpeed() error {
	fd := int(t.tty.Fd())
	settings, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	settings.Cflag = settings.Cflag&^(unix.CBAUD|unix.HUPCL) | unix.B115200 | unix.CLOCAL
	settings.Ispeed, settings.Ospeed = unix.B115200, unix.B115200
	return unix.IoctlSetTermios(fd, unix.TCSETS, settings)
}

// setSize gives the console the size of the host's terminal.
func setSize(size wire.Size) error {
	tty, err := openConsole()
	if err != nil {
		return fmt.Errorf("setting the console's size: %w", err)
	}
	defer tty.Close()
	err = unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: size.Rows, Col: size.Cols})
	if err != nil {
		return fmt.Errorf("setting the console's size: %w", err)
	}
	return nil
}

func (t *terminal) fds() []uintptr {
	fd := t.tty.Fd()
	return []uintptr{fd, fd, fd}
}

func (t *terminal) attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Foreground: true, Ctty: int(t.tty.Fd())}
}

func (t *terminal) started()              {}
func (t *terminal) complaints() io.Writer { return t.tty }

// finish waits until the line has sent everything that was written to it.
func (t *terminal) finish() (stdout, stderr int64, err error) {
	signal.Ignore(syscall.SIGTTOU) // init is not in the terminal's foreground
	if err := unix.IoctlSetInt(int(t.tty.Fd()), unix.TCSBRK, 1); err != nil {
		return 0, 0, fmt.Errorf("emptying the console's line: %w", err)
	}
	return 0, 0, nil
}
