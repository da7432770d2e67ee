// SPDX-License-Identifier: GPL-2.0-only
/* Asks for a class of traffic that does not exist. */
#define _GNU_SOURCE
#include <sys/socket.h>
#include <linux/atm.h>

#include "../show.h"

int main(void)
{
	struct atm_qos qos = { .txtp = { .traffic_class = 77, .max_pcr = 1000 }, .aal = ATM_AAL5 };
	int fd = socket(AF_ATMPVC, SOCK_DGRAM, 0);

	need(fd >= 0, "socket");
	return answer(setsockopt(fd, SOL_ATM, SO_ATMQOS, &qos, sizeof(qos)));
}
