// SPDX-License-Identifier: GPL-2.0-only
/* Takes a file out of a process that has ended and is not yet waited for. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../show.h"

int main(void)
{
	siginfo_t info;
	pid_t child = fork();
	int fd;

	need(child >= 0, "fork");
	if (child == 0)
		_exit(0);
	need(waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0, "waitid");
	fd = syscall(SYS_pidfd_open, child, 0);
	need(fd >= 0, "pidfd_open");
	return answer(syscall(SYS_pidfd_getfd, fd, 0, 0));
}
