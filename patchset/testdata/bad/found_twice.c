// SPDX-License-Identifier: GPL-2.0-only
/* A patch for m_show(), a name that fs/namespace.c and kernel/module/procfs.c both use. */
#include <linux/seq_file.h>
#include "spotos_patch.h"

static int replacement(struct seq_file *m, void *v)
{
	return 0;
}

SPOTOS_PATCH(SPOTOS_FUNC(vmlinux, m_show, replacement));
SPOTOS_TITLE("Replaces a function whose name is found twice");
MODULE_DESCRIPTION("Bad patch for tests");
