// SPDX-License-Identifier: GPL-2.0-only

package ko

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
)

// SealKey is the key in a module's .modinfo of the hash over the whole file: SHA-256 in hexadecimal. It is made with
// the digits of the hash as zeros, which is what NoSeal is, and without what signing appends.
const SealKey = "spotos_sha256"

// NoSeal is what a module has in the place of its hash before it is sealed.
const NoSeal = "0000000000000000000000000000000000000000000000000000000000000000"

// signed ends a file to which a signature was appended.
const signed = "~Module signature appended~\n"

// Seal writes a module's hash into it. It is to be called once nothing but a signature changes the file any more. The
// module must have been built with NoSeal as the value of SealKey.
func Seal(data []byte) error {
	at, end, err := sealed(data)
	if err != nil {
		return fmt.Errorf("writing the module's hash into it: %w", err)
	}
	if string(data[at:at+len(NoSeal)]) != NoSeal {
		return errors.New("writing the module's hash into it: it has one already")
	}
	copy(data[at:], sealOf(data, at, end))
	return nil
}

// CheckSeal compares a module with the hash in it. Any byte that was changed since it was built is an error.
func CheckSeal(data []byte) error {
	at, end, err := sealed(data)
	if err == nil && string(data[at:at+len(NoSeal)]) != sealOf(data, at, end) {
		err = errors.New("its hash is another one")
	}
	if err != nil {
		return fmt.Errorf("was changed or damaged since it was built: %w: copy or build it again", err)
	}
	return nil
}

// sealed returns where the digits of a module's hash are, and where the file ends without a signature.
func sealed(data []byte) (at, end int, err error) {
	file, err := Relocatable(data)
	if err != nil {
		return 0, 0, err
	}
	i := slices.IndexFunc(file.Sections, func(s *elf.Section) bool { return s.Name == ".modinfo" })
	if i < 0 || file.Sections[i].Type == elf.SHT_NOBITS {
		return 0, 0, errors.New("it has no section .modinfo")
	}
	s := file.Sections[i]
	info := data[s.Offset : s.Offset+s.Size]
	key := []byte(SealKey + "=")
	found := bytes.Index(info, append([]byte{0}, key...)) + 1
	if found == 0 && !bytes.HasPrefix(info, key) {
		return 0, 0, errors.New("it has no hash in its .modinfo")
	}
	found += len(key)
	if len(info)-found < len(NoSeal) {
		return 0, 0, errors.New("its hash is cut off")
	}
	if end, err = fileEnd(data); err != nil {
		return 0, 0, err
	}
	return int(s.Offset) + found, end, nil
}

// Offsets of fields in the header of an ELF file for 64 bits.
const (
	headersAt    = 0x28
	headerLength = 0x3a
	headerCount  = 0x3c
)

// fileEnd returns where the table of sections ends, with which every module ends that was not signed. data is known to
// begin with an ELF header. What follows must be a signature.
func fileEnd(data []byte) (int, error) {
	field := func(at int) uint64 { return uint64(binary.LittleEndian.Uint16(data[at:])) }
	length := field(headerLength) * field(headerCount)
	begin, size := binary.LittleEndian.Uint64(data[headersAt:]), uint64(len(data))
	if begin > size || length > size-begin {
		return 0, errors.New("its table of sections reaches past its end")
	}
	end := int(begin + length)
	if end < len(data) && !bytes.HasSuffix(data[end:], []byte(signed)) {
		return 0, fmt.Errorf("%d bytes follow its last part that are no signature", len(data)-end)
	}
	return end, nil
}

// sealOf computes the hash of a file whose own hash is at an offset.
func sealOf(data []byte, at, end int) string {
	sum := sha256.New()
	sum.Write(data[:at])
	sum.Write([]byte(NoSeal))
	if rest := at + len(NoSeal); rest < end {
		sum.Write(data[rest:end])
	}
	return hex.EncodeToString(sum.Sum(nil))
}
