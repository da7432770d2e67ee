// SPDX-License-Identifier: GPL-2.0-only

package patchset

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
)

// The section that SPOTOS_ORIGINALS() makes, and that of the livepatch relocations which the kernel's loader fills it
// by.
const (
	originals     = ".spotos.originals"
	originalsLate = ".klp.rela.vmlinux." + originals
)

// checkOriginals returns an error unless each original's address is to be that of the function that the list names. A
// module's function may have none.
func (o *object) checkOriginals(funcs []Function) error {
	_, data, err := o.Content(originals)
	if err != nil {
		return fmt.Errorf("%w: it is where a patch of format %s has its originals", err, formatAt)
	}
	if len(data) != 8*len(funcs) {
		return fmt.Errorf("section %s has %d bytes for %d functions, which take 8 each: build the patch again", originals,
			len(data), len(funcs))
	}
	found, err := o.lateNames()
	if err != nil {
		return err
	}
	for i, f := range funcs {
		want := fmt.Sprintf(".klp.sym.%s.%s,%d", f.Object, f.Name, f.Position)
		got, has := found[uint64(8*i)]
		if got != want && (has || f.Object == VMLinux) {
			return fmt.Errorf("the address of %s is to be that of %q, not of %s: build the patch again", f.Full(), got, want)
		}
	}
	return nil
}

// lateNames returns the symbols of the originals, by their offsets.
func (o *object) lateNames() (map[uint64]string, error) {
	_, data, err := o.Content(originalsLate)
	if err != nil {
		return nil, fmt.Errorf("%w: without it the kernel does not fill in where the originals are", err)
	}
	names := make(map[uint64]string)
	for ; len(data) >= 24; data = data[24:] {
		info := binary.LittleEndian.Uint64(data[8:])
		symbol, addend := elf.R_SYM64(info), binary.LittleEndian.Uint64(data[16:])
		if elf.R_X86_64(elf.R_TYPE64(info)) == elf.R_X86_64_64 && symbol != 0 && int(symbol) <= len(o.symbols) &&
			addend == 0 {
			names[binary.LittleEndian.Uint64(data)] = o.symbols[symbol-1].Name
		}
	}
	return names, nil
}
