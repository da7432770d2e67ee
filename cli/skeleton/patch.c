// SPDX-License-Identifier: GPL-2.0-only
/*
 * {{.Name}}: what it changes, and how that can be seen.
 *
 * As it stands it replaces version_proc_show(), which prints /proc/version. Put your functions in its place.
 * A replacement has the type of what it replaces, and must not leave pointers to itself behind (timers, work
 * items, callbacks) that outlive its calls.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/seq_file.h>
#include <linux/utsname.h>
#include "spotos_patch.h"

static int new_version_proc_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%s version %s %s [{{.Name}}]\n", utsname()->sysname, utsname()->release,
		   utsname()->version);
	return 0;
}

/* Every function once: where it lives (vmlinux, or a module), its name in /proc/kallsyms, its replacement. */
SPOTOS_PATCH(SPOTOS_FUNC(vmlinux, version_proc_show, new_version_proc_show));
SPOTOS_TITLE("{{.Name}}: say in a line what it does");
SPOTOS_SEVERITY("low"); /* low, medium, high or critical */
/* SPOTOS_REFERENCE("CVE-..."); */
MODULE_DESCRIPTION("SPOTOS patch: {{.Name}}");
