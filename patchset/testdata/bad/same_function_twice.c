// SPDX-License-Identifier: GPL-2.0-only
/* A patch that lists one function twice. */
#include <linux/seq_file.h>
#include "spotos_patch.h"

static int first(struct seq_file *m, void *v)
{
	return 0;
}

static int second(struct seq_file *m, void *v)
{
	return 1;
}

SPOTOS_PATCH(SPOTOS_FUNC(vmlinux, version_proc_show, first), SPOTOS_FUNC(vmlinux, version_proc_show, second));
SPOTOS_TITLE("Lists one function twice");
MODULE_DESCRIPTION("Bad patch for tests");
