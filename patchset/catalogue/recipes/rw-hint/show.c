// SPDX-License-Identifier: GPL-2.0-only
/* Says how long what is written to a file will live, of a file that nothing can be written to. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <linux/fs.h>

#include "../show.h"

int main(void)
{
	int fd = memfd_create("show", 0);
	int flags = FS_IMMUTABLE_FL;
	uint64_t hint = RWH_WRITE_LIFE_SHORT;

	need(fd >= 0, "memfd_create");
	need(ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0, "making the file immutable");
	return answer(fcntl(fd, F_SET_RW_HINT, &hint));
}
