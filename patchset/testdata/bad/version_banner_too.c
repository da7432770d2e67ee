// SPDX-License-Identifier: GPL-2.0-only
/* A good patch that is in version-banner's way: both replace version_proc_show(). */
#include <linux/seq_file.h>
#include "spotos_patch.h"

static int spotos_version_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, "patched by version-banner-too\n");
	return 0;
}

SPOTOS_PATCH(SPOTOS_FUNC(vmlinux, version_proc_show, spotos_version_proc_show));
SPOTOS_TITLE("Replaces what version-banner replaces");
MODULE_DESCRIPTION("Patch for tests of patches that overlap");
