// SPDX-License-Identifier: GPL-2.0-only
/* Takes the same flow label for one socket again and again, as a plain user, and prints how often it could. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "../show.h"

/* As in <linux/in6.h>, which cannot be used together with <netinet/in.h>. */
struct request {
	struct in6_addr to;
	unsigned int label;
	unsigned char action;
	unsigned char share;
	unsigned short flags;
	unsigned short expires;
	unsigned short linger;
	unsigned int pad;
};

enum {
	GET = 0,
	CREATE = 1,
	ANY = 255,
	FLOWLABEL_MGR = 32
};

int main(void)
{
	struct request r = { .to = IN6ADDR_LOOPBACK_INIT, .action = GET, .share = ANY, .flags = CREATE };
	int fd, got = 0;

	become_nobody();
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	need(fd >= 0, "socket");
	r.label = htonl(0x4711);
	while (got < 200 && setsockopt(fd, IPPROTO_IPV6, FLOWLABEL_MGR, &r, sizeof(r)) == 0)
		got++;
	printf("%d\n", got);
	return 0;
}
