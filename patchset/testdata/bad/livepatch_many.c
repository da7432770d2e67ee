// SPDX-License-Identifier: GPL-2.0-only
/* A livepatch module of several functions in two objects, for reading its lists; it is not meant to be loaded. */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include "pair_target.h"

static int livepatch_version_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, "patched by livepatch\n");
	return 0;
}

static int livepatch_cmdline_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, "hidden by livepatch\n");
	return 0;
}

static u64 livepatch_pair_decode(const struct pair_call *call)
{
	return ~call->value;
}

static struct klp_func vmlinux_funcs[] = {
	{ .old_name = "version_proc_show", .new_func = livepatch_version_proc_show },
	{ .old_name = "cmdline_proc_show", .new_func = livepatch_cmdline_proc_show },
	{},
};

static struct klp_func module_funcs[] = {
	{ .old_name = "pair_decode", .new_func = livepatch_pair_decode },
	{},
};

static struct klp_object objs[] = {
	{ .funcs = vmlinux_funcs },
	{ .name = "pair_target", .funcs = module_funcs },
	{},
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init livepatch_many_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit livepatch_many_exit(void)
{
}

module_init(livepatch_many_init);
module_exit(livepatch_many_exit);
MODULE_DESCRIPTION("Livepatch module for tests");
MODULE_INFO(livepatch, "Y");
MODULE_LICENSE("GPL");
