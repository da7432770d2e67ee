// SPDX-License-Identifier: GPL-2.0-only

package prototype

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Headers are a kernel's headers, in which types are looked for. A nil one has none.
type Headers struct {
	files    []header // the best place for a definition first
	typedefs map[string]place
	tags     map[string]place
}

// header is one of them.
type header struct {
	name string // as #include has it
	text []byte
	rank int
}

// place is where something is defined.
type place struct {
	header string // "" if spotos_patch.h includes it in any case
	found  bool
}

// basic are headers that spotos_patch.h includes in any case.
var basic = []string{"linux/types.h", "asm-generic/int-ll64.h", "asm-generic/posix_types.h", "asm/posix_types_64.h",
	"linux/module.h", "linux/list.h", "linux/kobject.h"}

// dirs are the directories of headers of both kinds, those of a kernel's build and those that all its flavours share,
// the ones whose headers are best to include first.
var dirs = []string{"include/linux", "include/net", "include", "arch/x86/include", "include/uapi",
	"arch/x86/include/uapi"}

// parts are headers, and directories of them, that cannot be included by themselves or not on every machine, with the
// header to include in their place, or "" if what they define is done without.
var parts = map[string]string{
	"include/acpi/": "", "include/asm-generic/": "", "include/uapi/asm-generic/": "", "include/trace/": "",
	"include/dt-bindings/": "", "include/math-emu/": "", "include/xen/arm/": "",
	"include/xen/interface/": "", "include/linux/posix_acl.h": "", "include/linux/fileattr.h": "",
	"include/linux/pci-doe.h": "", "include/linux/pr.h": "", "include/linux/posix_acl_xattr.h": "",
	"include/linux/eventpoll.h": "", "include/keys/asymmetric-parser.h": "",
	"arch/x86/include/asm/pgtable": "linux/pgtable.h", "include/linux/irqdesc.h": "linux/irq.h",
	"include/linux/huge_mm.h": "linux/mm.h", "include/linux/vmstat.h": "linux/mm.h",
	"include/linux/fw_table.h":      "linux/acpi.h",
	"include/linux/mnt_idmapping.h": "linux/fs.h", "include/linux/pm_wakeup.h": "linux/device.h",
	"include/linux/tty_ldisc.h": "linux/tty.h", "include/net/tcp_ao.h": "net/tcp.h",
	"include/linux/slab_def.h": "", "include/linux/slub_def.h": "", "include/linux/rcutiny.h": "",
	"include/linux/rcutree.h": "", "include/linux/srcutiny.h": "", "include/linux/sh_clk.h": "",
	"include/linux/console_struct.h": "", "include/linux/hugetlb_cgroup.h": "", "include/linux/pci-acpi.h": "",
	"include/linux/usb/hcd.h": "", "include/linux/8250_pci.h": "", "include/linux/pci_hotplug.h": "",
}

// included matches the directory with the rest of a kernel's headers, in the Makefile of a build's directory.
var included = regexp.MustCompile(`(?m)^include (/\S+)/Makefile$`)

// ReadHeaders reads the headers in a kernel's directory for builds, as linux-headers-RELEASE has it: 50 MB.
func ReadHeaders(dir string) (*Headers, error) {
	makefile, err := os.ReadFile(filepath.Join(dir, "Makefile"))
	if err != nil {
		return nil, fmt.Errorf("reading the kernel's headers: %w", err)
	}
	if m := included.FindSubmatch(makefile); m != nil {
		dir = string(m[1])
	}
	h := &Headers{typedefs: make(map[string]place), tags: make(map[string]place)}
	for _, top := range []string{"include", "arch/x86/include"} {
		if err := h.read(os.DirFS(dir), top); err != nil {
			return nil, fmt.Errorf("reading the kernel's headers in %s: %w", dir, err)
		}
	}
	slices.SortStableFunc(h.files, func(a, b header) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(strings.Count(a.name, "/"), strings.Count(b.name, "/")))
	})
	return h, nil
}

// read reads what is below a directory.
func (h *Headers) read(root fs.FS, top string) error {
	return fs.WalkDir(root, top, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(file) != ".h" {
			return err
		}
		name := strings.TrimPrefix(strings.TrimPrefix(file, top+"/"), "uapi/")
		for part, by := range parts {
			if strings.HasPrefix(file, part) && !slices.Contains(basic, name) {
				name = by
			}
		}
		if name == "" {
			return nil
		}
		text, err := fs.ReadFile(root, file)
		h.files = append(h.files, header{name: name, text: text, rank: rank(file, name)})
		return err
	})
}

// rank says how good a place is for a definition: less is better.
func rank(file, name string) int {
	if slices.Contains(basic, name) {
		return -1
	}
	best := len(dirs)
	for i, dir := range dirs {
		if strings.HasPrefix(file, dir+"/") && (best == len(dirs) || len(dir) > len(dirs[best])) {
			best = i
		}
	}
	return best
}

// typedef finds the header that defines a typedef.
func (h *Headers) typedef(name string) (string, bool) {
	if h == nil {
		return "", false
	}
	at, asked := h.typedefs[name]
	if !asked {
		n := regexp.QuoteMeta(name)
		at = h.find(name, regexp.MustCompile(`(?m)\btypedef\s[^;{}()]*[\s*]`+n+`\s*(?:;|\[|\()`+
			`|\btypedef\s[^;{}()]*\(\s*\*?\s*`+n+`\s*\)\s*\(`+
			`|^\}[^;{}]*[\s}]`+n+`\s*;`+
			`|\btypedef\s[^;{}()]*\{[^{}]*\}[^;{}]*[\s}]`+n+`\s*;`))
		h.typedefs[name] = at
	}
	return at.header, at.found
}

// tag finds the header that defines a structure, a union or an enumeration.
func (h *Headers) tag(kind, name string) (string, bool) {
	if h == nil {
		return "", false
	}
	tag := kind + " " + name
	at, asked := h.tags[tag]
	if !asked {
		at = h.find(name, regexp.MustCompile(`\b`+kind+`\s+`+regexp.QuoteMeta(name)+`\s*\{`))
		h.tags[tag] = at
	}
	return at.header, at.found
}

// find returns the best header in which a pattern with a name in it matches.
func (h *Headers) find(name string, pattern *regexp.Regexp) place {
	for _, file := range h.files {
		if bytes.Contains(file.text, []byte(name)) && pattern.Match(file.text) {
			if file.rank < 0 {
				return place{found: true}
			}
			return place{header: file.name, found: true}
		}
	}
	return place{}
}
