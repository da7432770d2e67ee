// SPDX-License-Identifier: GPL-2.0-only
/* Sets a least size of a socket's buffer above its greatest, and prints what the size becomes. */
#define _GNU_SOURCE
#include <sys/socket.h>
#include <linux/vm_sockets.h>

#include "../show.h"

static void set(int fd, int option, unsigned long long value)
{
	need(setsockopt(fd, AF_VSOCK, option, &value, sizeof(value)) == 0, "setsockopt");
}

int main(void)
{
	unsigned long long size;
	socklen_t length = sizeof(size);
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	need(fd >= 0, "socket");
	set(fd, SO_VM_SOCKETS_BUFFER_MIN_SIZE, 4096);
	set(fd, SO_VM_SOCKETS_BUFFER_MAX_SIZE, 1024);
	need(getsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size, &length) == 0, "getsockopt");
	printf("%llu\n", size);
	return 0;
}
