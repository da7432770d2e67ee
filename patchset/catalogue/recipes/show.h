/* SPDX-License-Identifier: GPL-2.0-only */
/* What the reproducers share: each prints its answer as one line, and exits with 1 if it could not ask. */
#ifndef SHOW_H
#define SHOW_H

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* need ends the program if what has to work before the question did not. */
static inline void need(int worked, const char *what)
{
	if (worked)
		return;
	perror(what);
	exit(1);
}

/* become_nobody gives up every privilege: the question is what a plain user may do. */
static inline void become_nobody(void)
{
	need(setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0, "giving up root");
}

/* answer prints what a system call said. */
static inline int answer(long result)
{
	puts(result < 0 ? strerrorname_np(errno) : "ok");
	return 0;
}

#endif
