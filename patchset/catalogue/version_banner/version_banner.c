// SPDX-License-Identifier: GPL-2.0-only
/*
 * version-banner: /proc/version says that the kernel is patched.
 *
 * The easy case: reading /proc/version takes microseconds and nothing sleeps in it, so nearly every moment is a
 * safe point.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/seq_file.h>
#include <linux/utsname.h>
#include <generated/compile.h>
#include "spotos_patch.h"

/* As version_proc_show() in fs/proc/version.c; its text is repeated, since linux_proc_banner is not exported. */
static int spotos_version_proc_show(struct seq_file *m, void *v)
{
	seq_printf(m,
		   "%s version %s (" LINUX_COMPILE_BY "@" LINUX_COMPILE_HOST ") (" LINUX_COMPILER
		   ") %s [patched by SPOTOS]\n",
		   utsname()->sysname, utsname()->release, utsname()->version);
	return 0;
}

SPOTOS_PATCH(SPOTOS_FUNC(vmlinux, version_proc_show, spotos_version_proc_show));
SPOTOS_TITLE("/proc/version says that the kernel is patched");
SPOTOS_SEVERITY("low");
SPOTOS_LOOK("cat /proc/version");
MODULE_DESCRIPTION("SPOTOS patch: /proc/version says that the kernel is patched");
