// SPDX-License-Identifier: GPL-2.0-only
/* A livepatch module, switched by the kernel's own livepatch when it loads: version_proc_show() is then its. */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static int livepatch_version_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, "patched by livepatch\n");
	return 0;
}

static struct klp_func funcs[] = {
	{ .old_name = "version_proc_show", .new_func = livepatch_version_proc_show },
	{},
};

static struct klp_object objs[] = {
	{ .funcs = funcs },
	{},
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init livepatch_version_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit livepatch_version_exit(void)
{
}

module_init(livepatch_version_init);
module_exit(livepatch_version_exit);
MODULE_DESCRIPTION("Livepatch module for tests");
MODULE_INFO(livepatch, "Y");
MODULE_LICENSE("GPL");
