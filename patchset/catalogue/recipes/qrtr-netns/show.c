// SPDX-License-Identifier: GPL-2.0-only
/* Opens a socket of the family QIPCRTR, whose state all namespaces share, in a network namespace of its own. */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/socket.h>

#include "../show.h"

enum {
	FAMILY = 42
}; /* AF_QIPCRTR */

int main(void)
{
	need(unshare(CLONE_NEWNET) == 0, "unshare");
	return answer(socket(FAMILY, SOCK_DGRAM, 0));
}
