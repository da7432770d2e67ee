// SPDX-License-Identifier: GPL-2.0-only
/* A patch for trace_clock_local(), which is notrace: ftrace has no site to redirect. */
#include "spotos_patch.h"

static u64 replacement(void)
{
	return 0;
}

SPOTOS_PATCH(SPOTOS_FUNC(vmlinux, trace_clock_local, replacement));
SPOTOS_TITLE("Replaces a function that cannot be traced");
MODULE_DESCRIPTION("Bad patch for tests");
