// SPDX-License-Identifier: GPL-2.0-only

package probe

//go:generate go tool bpf2go -tags linux -target amd64 -go-package probe -cflags "-O2 -g -Wall -mcpu=v3 -I/usr/include/x86_64-linux-gnu -I../kmod/src/include" watch bpf/watch.c
//go:generate go tool bpf2go -tags linux -target amd64 -go-package probe -cflags "-O2 -g -Wall -mcpu=v3 -I/usr/include/x86_64-linux-gnu -I../kmod/src/include" -type holder holders bpf/holders.c
