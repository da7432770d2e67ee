// SPDX-License-Identifier: GPL-2.0-only
/* Sets the clock of a new time namespace off by a number of nanoseconds that is below zero once it is read. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>

#include "../show.h"

int main(void)
{
	static const char offset[] = "monotonic 1 18446744073709551615";
	int fd;

	need(unshare(CLONE_NEWTIME) == 0, "unshare");
	fd = open("/proc/self/timens_offsets", O_WRONLY);
	need(fd >= 0, "/proc/self/timens_offsets");
	return answer(write(fd, offset, sizeof(offset) - 1));
}
