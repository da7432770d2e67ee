// SPDX-License-Identifier: GPL-2.0-only

package vm

import (
	"bufio"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"spotos/internal/ko"
	"spotos/lab/wire"
)

// share is a host directory that the guest may read, or also write to.
type share struct {
	tag, hostDir string
	readOnly     bool
}

func (s share) flags(*descriptors) []string {
	// In QEMU's option syntax a comma in a value is written twice.
	dir := strings.ReplaceAll(s.hostDir, ",", ",,")
	readOnly := "off"
	if s.readOnly {
		readOnly = "on"
	}
	return []string{
		"-fsdev", fmt.Sprintf("local,id=%s,path=%s,security_model=none,readonly=%s,multidevs=remap", s.tag, dir, readOnly),
		"-device", fmt.Sprintf("virtio-9p-pci,fsdev=%s,mount_tag=%s", s.tag, s.tag),
	}
}

func (share) kernelArgs() []string { return nil }

// shareDirs says how the guest gets the host's directories: by 9p, which needs the returned features; or copied into
// the image, if its kernel has no 9p, as Debian's for clouds have none.
func (c *Config) shareDirs() ([]feature, error) {
	if len(c.Shares) == 0 && c.Export == "" {
		return nil, nil
	}
	mounts, err := c.Kernel.has("9p")
	if err != nil {
		return nil, err
	}
	if !mounts && c.Export != "" {
		return nil, fmt.Errorf("sharing %s: kernel %s has no 9p, by which the guest could write there", c.Export,
			c.Kernel.Release)
	}
	var shares []feature
	for _, guest := range slices.Sorted(maps.Keys(c.Shares)) { // so that a share inside another follows it
		how := wire.Share{Tag: fmt.Sprintf("share%d", len(c.Job.Shares)), Dir: guest, Copied: !mounts}
		if mounts {
			shares = append(shares, share{how.Tag, c.Shares[guest], true})
		}
		c.Job.Shares = append(c.Job.Shares, how)
	}
	if c.Export != "" {
		shares = append(shares, share{"export", c.Export, false})
		c.Job.Shares = append(c.Job.Shares, wire.Share{Tag: "export", Dir: c.Export, Writable: true})
	}
	return shares, nil
}

// has reports whether a kernel has a module of that name, or the same built in. One without a list of its modules is
// taken to have it.
func (k Kernel) has(name string) (bool, error) {
	files, err := k.moduleFiles()
	if err != nil || k.Modules == "" {
		return true, err
	}
	if _, ok := files[name]; ok {
		return true, nil
	}
	builtin, err := os.Open(filepath.Join(k.Modules, "modules.builtin"))
	if err != nil {
		return false, fmt.Errorf("listing what is built into %s: %w", k.Release, err)
	}
	defer builtin.Close()
	for lines := bufio.NewScanner(builtin); lines.Scan(); {
		if ko.Name(strings.TrimSuffix(filepath.Base(lines.Text()), ".ko")) == name {
			return true, nil
		}
	}
	return false, nil
}

// addTree copies what is below a directory of the host and returns how many bytes that is. It follows no link.
func (img *image) addTree(guest, host string) (bytes int64, err error) {
	root, err := filepath.EvalSymlinks(host)
	if err != nil {
		return 0, err
	}
	err = filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		name := path.Join(guest, filepath.ToSlash(inside))
		switch entry.Type() {
		case fs.ModeDir:
			return img.addDir(strings.TrimPrefix(path.Clean(name), "/"))
		case fs.ModeSymlink:
			target, err := os.Readlink(file)
			if err != nil {
				return err
			}
			return img.addLink(name, target)
		case 0:
			info, err := entry.Info()
			if err != nil {
				return err
			}
			bytes += info.Size()
			return img.addFile(name, file)
		}
		return nil
	})
	return bytes, err
}

// plainSize is how QEMU takes a size of memory in its simplest form; without a unit it is of MiB.
var plainSize = regexp.MustCompile(`^([0-9]+)([MG]?)$`)

// enlarged adds room for so many bytes to a size of memory; one that is written otherwise stays as it is.
func enlarged(memory string, bytes int64) string {
	size := plainSize.FindStringSubmatch(memory)
	if size == nil {
		return memory
	}
	mib, err := strconv.ParseInt(size[1], 10, 64)
	if err != nil {
		return memory
	}
	if size[2] == "G" {
		mib *= 1024
	}
	return fmt.Sprintf("%dM", mib+bytes>>20+1)
}
