// SPDX-License-Identifier: GPL-2.0-only
/* Sends a packet whose own header says that it is shorter than a header can be. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include "../show.h"

int main(void)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char packet[40] = { 0x41 }; /* version 4, one word of header */
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	need(fd >= 0, "socket");
	return answer(sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&here, sizeof(here)));
}
