// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's return hooks: where a function returns to while a return probe or the graph tracer watches it. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/slab.h>

#include "internal.h"

/* On a stack these replace return addresses, which a word-by-word look does not find then. */
static struct text_range return_hooks[2];

bool is_return_hook(unsigned long addr)
{
	return (addr >= return_hooks[0].start && addr < return_hooks[0].end) ||
	       (addr >= return_hooks[1].start && addr < return_hooks[1].end);
}

static int find_hook(const char *name, struct text_range *r)
{
	unsigned long addr = symbol_address(name);
	struct symbol *sym = kmalloc(sizeof(*sym), GFP_KERNEL);
	bool ok;

	if (!sym)
		return -ENOMEM;
	ok = addr && symbol_at(addr, sym);
	if (ok)
		*r = (struct text_range){ sym->start, sym->end, 0 };
	else
		pr_info("this kernel hides %s, which hooks the returns of functions: not loaded\n", name);
	kfree(sym);
	return ok ? 0 : -EOPNOTSUPP;
}

/* Without one that the kernel has, a stack with a hooked return would pass for clear. */
int hooks_init(void)
{
	int err = 0;

	if (IS_ENABLED(CONFIG_RETHOOK))
		err = find_hook("arch_rethook_trampoline", &return_hooks[0]);
	if (!err && IS_ENABLED(CONFIG_FUNCTION_GRAPH_TRACER))
		err = find_hook("return_to_handler", &return_hooks[1]);
	return err;
}
