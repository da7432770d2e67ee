// SPDX-License-Identifier: GPL-2.0-only
/* Gives the process an auxiliary vector of one entry, and prints whether the old rest still follows it. */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <sys/prctl.h>

#include "../show.h"

int main(void)
{
	unsigned long mine[2] = { AT_PAGESZ, 4096 }, got[128];
	ssize_t size;
	int fd;

	need(prctl(PR_SET_MM, PR_SET_MM_AUXV, mine, sizeof(mine), 0) == 0, "prctl");
	fd = open("/proc/self/auxv", O_RDONLY);
	need(fd >= 0, "/proc/self/auxv");
	size = read(fd, got, sizeof(got));
	need(size >= (ssize_t)sizeof(mine), "read");
	puts(size > 2 * (ssize_t)sizeof(mine) ? "the old rest follows" : "nothing follows");
	return 0;
}
