// SPDX-License-Identifier: GPL-2.0-only
/* Asks a datagram socket for its mark, which only a stream has. */
#define _GNU_SOURCE
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/sockios.h>

#include "../show.h"

int main(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	int mark;

	need(fd >= 0, "socket");
	return answer(ioctl(fd, SIOCATMARK, &mark));
}
