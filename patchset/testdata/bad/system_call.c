// SPDX-License-Identifier: GPL-2.0-only
/* A good patch for a system call at whose entry kernels let programs sleep. */
#include <linux/ptrace.h>
#include "spotos_patch.h"

static long spotos_umask(const struct pt_regs *regs)
{
	return 0777;
}

SPOTOS_PATCH(SPOTOS_FUNC(vmlinux, __x64_sys_umask, spotos_umask));
SPOTOS_TITLE("Replaces a system call");
MODULE_DESCRIPTION("Patch for tests of tasks that are about to call the original");
