// SPDX-License-Identifier: GPL-2.0-only

// Package bzimage reads the header of a kernel's image for x86.
package bzimage

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// Version returns what an image says of its version, such as "6.1.0-47-amd64 (builder) #1 SMP Debian 6.1.170-3": see
// "kernel_version" in the kernel's Documentation/arch/x86/boot.rst.
func Version(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	head := make([]byte, 64<<10)
	n, err := file.Read(head)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	head = head[:n]
	if len(head) < 0x210 || string(head[0x202:0x206]) != "HdrS" {
		return "", fmt.Errorf("reading %s: %w", path, errors.New("not a bzImage of an x86 kernel"))
	}
	at := 0x200 + int(head[0x20e]) + int(head[0x20f])<<8
	if at >= len(head) {
		return "", fmt.Errorf("reading %s: its release lies past its header", path)
	}
	text, _, _ := bytes.Cut(head[at:], []byte{0})
	return string(text), nil
}
