// SPDX-License-Identifier: GPL-2.0-only
/* Asks for one byte of an option and prints how many bytes were written. */
#define _GNU_SOURCE
#include <sys/socket.h>
#include <linux/phonet.h>

#include "../show.h"

enum {
	LEVEL = 275
}; /* SOL_PNPIPE */

int main(void)
{
	unsigned char got[8];
	socklen_t length = 1;
	int fd = socket(AF_PHONET, SOCK_SEQPACKET, 0);
	size_t i, written = 0;

	need(fd >= 0, "socket");
	memset(got, 0xa5, sizeof(got));
	need(getsockopt(fd, LEVEL, PNPIPE_IFINDEX, got, &length) == 0, "getsockopt");
	for (i = 0; i < sizeof(got); i++)
		written += got[i] != 0xa5;
	printf("%zu\n", written);
	return 0;
}
