// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/u-root/u-root/pkg/cpio"
	"golang.org/x/sys/unix"

	"spotos/lab/wire"
)

// image writes an initramfs. It is never packed: an emulated CPU needs longer to unpack it than QEMU to load it.
type image struct {
	w    cpio.RecordWriter
	dirs map[string]bool
}

// buildImage makes the initramfs in memory: the running program as init, the kernel's drivers, the
// project's modules, busybox if the host has a static one, the files asked for, the shares that cannot be mounted, of
// which it returns the size in bytes, and the job.
func buildImage(config Config, drivers []driver) (file *os.File, copied int64, err error) {
	fd, err := unix.MemfdCreate("spotos-lab-image", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, 0, fmt.Errorf("making the image: %w", err)
	}
	file = os.NewFile(uintptr(fd), "spotos-lab-image")
	buffer := bufio.NewWriterSize(file, 1<<20)
	img := &image{w: cpio.Newc.Writer(buffer), dirs: map[string]bool{".": true, "/": true}}
	if copied, err = img.addShares(config); err == nil {
		err = img.fill(config, drivers)
	}
	if err == nil {
		err = cpio.WriteTrailer(img.w)
	}
	if err == nil {
		err = buffer.Flush()
	}
	if err != nil {
		file.Close()
		return nil, 0, fmt.Errorf("making the image: %w", err)
	}
	return file, copied, nil
}

// addShares copies the shares that the guest cannot mount, and returns how many bytes they are.
func (img *image) addShares(config Config) (copied int64, err error) {
	for _, s := range config.Job.Shares {
		if !s.Copied {
			continue
		}
		size, err := img.addTree(s.Copy(), config.Shares[s.Dir])
		if err != nil {
			return 0, err
		}
		copied += size
	}
	return copied, nil
}

func (img *image) fill(config Config, drivers []driver) error {
	if err := img.addInit(); err != nil {
		return err
	}
	if err := img.addBusybox(); err != nil {
		return err
	}
	job := config.Job
	for _, d := range drivers {
		name := "/lib/lab/" + d.name + ".ko"
		job.Drivers = append(job.Drivers, name)
		if err := img.addData(name, d.data, 0o644); err != nil {
			return err
		}
	}
	if err := img.addModules(config.Modules); err != nil {
		return err
	}
	for guest, host := range config.Files {
		if err := img.addFile(guest, host); err != nil {
			return err
		}
	}
	text, err := json.Marshal(job)
	if err != nil {
		return err
	}
	return img.addData(wire.JobFile, text, 0o644)
}

// addInit puts the running program into the image, from the file it was started from, even if that was deleted since.
func (img *image) addInit() error {
	program, err := elf.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer program.Close()
	for _, segment := range program.Progs {
		if segment.Type == elf.PT_INTERP {
			return fmt.Errorf("this program is linked dynamically and so cannot be the VM's init: build it with CGO_ENABLED=0")
		}
	}
	if err := img.addFile("/bin/spotos", "/proc/self/exe"); err != nil {
		return err
	}
	return img.addLink("/init", "bin/spotos")
}

// addBusybox adds the host's busybox and a link for each of its applets. Without a static busybox it adds nothing.
func (img *image) addBusybox() error {
	const busybox = "/bin/busybox"
	list, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		return nil
	}
	if err := img.addFile(busybox, busybox); err != nil {
		return err
	}
	for applet := range strings.FieldsSeq(string(list)) {
		if applet == "busybox" {
			continue
		}
		if err := img.addLink("/bin/"+applet, "busybox"); err != nil {
			return err
		}
	}
	return nil
}

// addModules copies the .ko files under dir, except those in obj/: there the build keeps the same files half made.
func (img *image) addModules(dir string) error {
	if dir == "" {
		return nil
	}
	return filepath.WalkDir(dir, func(host string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(dir, host)
		if err != nil {
			return err
		}
		if inside == "obj" {
			return fs.SkipDir
		}
		if entry.IsDir() || filepath.Ext(host) != ".ko" {
			return nil
		}
		return img.addFile(path.Join(wire.ModulesDir, filepath.ToSlash(inside)), host)
	})
}

func (img *image) addFile(guest, host string) error {
	file, err := os.Open(host)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file: share its directory instead", host)
	}
	return img.add(cpio.Record{
		ReaderAt: file,
		Info: cpio.Info{Mode: unix.S_IFREG | uint64(info.Mode().Perm()), FileSize: uint64(info.Size()), NLink: 1,
			Name: guest},
	})
}

func (img *image) addData(guest string, data []byte, mode uint64) error {
	return img.add(cpio.Record{
		ReaderAt: bytes.NewReader(data),
		Info:     cpio.Info{Mode: unix.S_IFREG | mode, FileSize: uint64(len(data)), NLink: 1, Name: guest},
	})
}

func (img *image) addLink(guest, target string) error {
	return img.add(cpio.Symlink(guest, target))
}

// add writes a file's record after those of its directories, which the kernel does not create by itself.
func (img *image) add(record cpio.Record) error {
	record.Name = strings.TrimPrefix(path.Clean(record.Name), "/")
	if err := img.addDir(path.Dir(record.Name)); err != nil {
		return err
	}
	return img.w.WriteRecord(record)
}

func (img *image) addDir(dir string) error {
	if img.dirs[dir] {
		return nil
	}
	img.dirs[dir] = true
	if err := img.addDir(path.Dir(dir)); err != nil {
		return err
	}
	return img.w.WriteRecord(cpio.Directory(dir, 0o755))
}
