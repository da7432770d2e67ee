// SPDX-License-Identifier: GPL-2.0-only
/* Puts a classic filter, which takes every packet, on a TCP socket of a plain user. */
#define _GNU_SOURCE
#include <sys/socket.h>
#include <linux/filter.h>

#include "../show.h"

int main(void)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0xffff);
	struct sock_fprog program = { .len = 1, .filter = &all };
	int fd;

	become_nobody();
	fd = socket(AF_INET, SOCK_STREAM, 0);
	need(fd >= 0, "socket");
	return answer(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)));
}
