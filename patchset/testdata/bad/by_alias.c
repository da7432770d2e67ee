// SPDX-License-Identifier: GPL-2.0-only
/* A good patch for a system call by the second name of its function: the first is __do_sys_getppid. */
#include <linux/ptrace.h>
#include "spotos_patch.h"

static long spotos_getppid(const struct pt_regs *regs)
{
	return 424242;
}

SPOTOS_PATCH(SPOTOS_FUNC(vmlinux, __x64_sys_getppid, spotos_getppid));
SPOTOS_TITLE("Replaces a function by its second name");
MODULE_DESCRIPTION("Patch for tests of names");
