// SPDX-License-Identifier: GPL-2.0-only
/* Has a plain user's packets take a route that he names hop by hop. */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include "../show.h"

int main(void)
{
	unsigned char route[8] = { IPOPT_LSRR, 7, 4, 127, 0, 0, 1, IPOPT_EOL };
	int fd;

	become_nobody();
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	need(fd >= 0, "socket");
	return answer(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, route, sizeof(route)));
}
