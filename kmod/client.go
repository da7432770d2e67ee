// SPDX-License-Identifier: GPL-2.0-only

package kmod

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Path is the module's device.
const Path = "/dev/spotos"

// Errors that callers distinguish.
var (
	ErrNotLoaded  = errors.New("the module spotos is not loaded: modprobe spotos (or insmod spotos.ko)")
	ErrPermission = errors.New("the module spotos answers only root (CAP_SYS_ADMIN): run it with sudo")
	ErrNoPatch    = errors.New("no such patch is loaded")
	ErrNotArmed   = errors.New("nothing is armed")
	ErrSwitched   = errors.New("it has switched already: revert it to take that back")
)

// Refused is an arming that the module has refused. Nothing has changed.
type Refused struct {
	Reason string
	Errno  unix.Errno // EALREADY: the patch is in that state already
}

func (r *Refused) Error() string { return r.Reason }
func (r *Refused) Unwrap() error { return r.Errno }

// Device is an open /dev/spotos. It carries one operation at a time; closing it disarms. ReadEvent may run
// at the same time as the other methods.
type Device struct{ f *os.File }

// Open opens the device and checks that the module has the same version as this client.
func Open() (*Device, error) {
	f, err := os.OpenFile(Path, os.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, missing(os.DirFS("/"))
	case errors.Is(err, fs.ErrPermission):
		return nil, ErrPermission
	case err != nil:
		return nil, fmt.Errorf("opening %s: %w", Path, err)
	}
	d := &Device{f}
	info, err := d.Info()
	if err == nil && info.ABI != ABI {
		err = fmt.Errorf("the loaded module spotos speaks version %d, this program version %d: "+
			"load the module that came with it", info.ABI, ABI)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return d, nil
}

// missing says why there is no device: without it the module may be loaded all the same, in a container for example,
// and then nothing may be said of its patches.
func missing(root fs.FS) error {
	if _, err := fs.Stat(root, "sys/module/spotos"); errors.Is(err, fs.ErrNotExist) {
		return ErrNotLoaded
	}
	return fmt.Errorf("the module spotos is loaded, but %s is not here: %w: run it on the host itself, with /dev and "+
		"/sys mounted", Path, unix.ENODEV)
}

// Close disarms and waits until nothing is armed any more.
func (d *Device) Close() error { return d.f.Close() }

// Info returns the module's version, its flags and how many patches are loaded and armed.
func (d *Device) Info() (Info, error) {
	var info Info
	return info, d.ioctl("asking for the version", iocInfo, unsafe.Pointer(&info))
}

// PatchStatus is a loaded patch.
type PatchStatus struct {
	Name       string
	State      State
	Stuck      bool // armed, and past the deadline: no attempt is made
	Funcs      int
	Applied    time.Duration // CLOCK_MONOTONIC of the switch, 0 while not applied
	Stays      bool          // its module can be unloaded no more before the machine is booted again
	NotRunning string        // why it is not proved that its replacements run though it is applied; "" where it is
}

// Patches lists the loaded patches, in the order of loading.
func (d *Device) Patches() ([]PatchStatus, error) {
	var list []PatchStatus
	for i := uint32(0); ; i++ {
		s, err := d.patch(patchStatus{Index: i})
		if errors.Is(err, ErrNoPatch) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
}

// Patch returns the patch with the module's name.
func (d *Device) Patch(name string) (PatchStatus, error) {
	s := patchStatus{Index: byName}
	copy(s.Name[:len(s.Name)-1], name)
	return d.patch(s)
}

func (d *Device) patch(s patchStatus) (PatchStatus, error) {
	err := d.ioctl("asking for a patch", iocPatch, unsafe.Pointer(&s))
	if errors.Is(err, unix.ENOENT) {
		err = ErrNoPatch
	}
	p := PatchStatus{Name: cString(s.Name[:]), State: State(s.State), Stuck: s.Flags&patchStuck != 0,
		Funcs: int(s.NFuncs), Applied: time.Duration(s.AppliedNS), Stays: s.Flags&patchStays != 0}
	if s.Flags&patchNotRunning != 0 {
		p.NotRunning = cString(s.Reason[:])
	}
	return p, err
}

// FuncStatus is a function of a loaded patch, its name as in the patch: see Judge. Address and Size are 0 unless the
// patch is armed or applied.
type FuncStatus struct {
	Name, Object               string
	Address, Size, Replacement uint64
	ReplacementSize            uint64 // 0: not known
}

// Funcs lists the functions of a loaded patch, in the patch's order.
func (d *Device) Funcs(patch string) ([]FuncStatus, error) {
	var list []FuncStatus
	for i := uint32(0); ; i++ {
		s := funcStatus{Index: i}
		copy(s.Patch[:len(s.Patch)-1], patch)
		err := d.ioctl("asking for a function", iocFunc, unsafe.Pointer(&s))
		if errors.Is(err, unix.ENOENT) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		list = append(list, FuncStatus{cString(s.Name[:]), cString(s.Object[:]), s.Address, s.Size, s.Replacement,
			uint64(s.ReplacementSize)})
	}
}

// ArmOptions are the details of an arming; zero values are the module's defaults.
type ArmOptions struct {
	Direction Direction
	Strategy  Strategy
	Timeout   time.Duration // after which it is stuck; 0: none
	Attempts  int           // Retry: how many before it is stuck
	Interval  time.Duration // Retry: between attempts; SafePoint: of the slow check
	TriggerFD int           // BPF ring buffer map, -1: none
	SharedFD  int           // BPF array of a Shared, -1: none
}

// Prepare begins what an arming through this device would wait for, so that Arm waits less. It costs what an arming
// does, until Arm or Close. The error is EBUSY while something is armed.
func (d *Device) Prepare() error { return d.ioctl("preparing to arm", iocPrepare, nil) }

// Arm asks for a switch at the next safe point. ReadEvent returns what follows. A *Refused says what stands
// in the way.
func (d *Device) Arm(patch string, o ArmOptions) error {
	req := armRequest{
		Direction: uint32(o.Direction), Strategy: uint32(o.Strategy),
		TimeoutNS: uint64(o.Timeout), Attempts: uint32(o.Attempts), IntervalNS: uint64(o.Interval),
		TriggerFD: int32(o.TriggerFD), SharedFD: int32(o.SharedFD),
	}
	if len(patch) >= len(req.Patch) {
		return &Refused{fmt.Sprintf("no patch %s is loaded", patch), unix.ENOENT}
	}
	copy(req.Patch[:], patch)
	err := d.ioctl("arming", iocArm, unsafe.Pointer(&req))
	var errno unix.Errno
	if reason := cString(req.Reason[:]); reason != "" && errors.As(err, &errno) {
		return &Refused{reason, errno}
	}
	return err
}

// Disarm disarms: on return nothing is armed. ErrSwitched: the switch came first.
func (d *Device) Disarm() error {
	err := d.ioctl("disarming", iocDisarm, nil)
	switch {
	case errors.Is(err, unix.ENOENT):
		return ErrNotArmed
	case errors.Is(err, unix.EALREADY):
		return ErrSwitched
	}
	return err
}

// Retry arms a stuck operation again, with a new timeout; 0: without a deadline.
func (d *Device) Retry(timeout time.Duration) error {
	ns := uint64(timeout)
	err := d.ioctl("retrying", iocRetry, unsafe.Pointer(&ns))
	switch {
	case errors.Is(err, unix.ENOENT):
		return fmt.Errorf("only a stuck operation can be retried: %w: arm it", ErrNotArmed)
	case errors.Is(err, unix.EINVAL):
		return errors.New("only a stuck operation can be retried: wait for the deadline, or abort and arm again")
	}
	return err
}

// Holders returns the holders that the last failed attempt found, at most MaxHolders, and how many there were.
func (d *Device) Holders() ([]Holder, int, error) {
	buf := make([]Holder, MaxHolders)
	req := holdersRequest{Buffer: uint64(uintptr(unsafe.Pointer(&buf[0]))), Capacity: MaxHolders}
	err := d.ioctl("asking for the holders", iocHolders, unsafe.Pointer(&req), buf)
	if err != nil {
		return nil, 0, err
	}
	return buf[:req.Count], int(req.Total), nil
}

// ReadEvent waits for the next event and returns it; os.ErrClosed after Close.
func (d *Device) ReadEvent() (Event, error) {
	var ev Event
	buf := make([]byte, unsafe.Sizeof(ev))
	if _, err := d.f.Read(buf); err != nil {
		return ev, err
	}
	_, err := binary.Decode(buf, binary.NativeEndian, &ev)
	return ev, err
}

func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}
