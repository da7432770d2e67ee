// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel's probes do to a stack: hooks, where a function returns to while a return probe or the graph
 * tracer watches it, and detours, which a function takes at an optimised kprobe.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/pgtable.h>
#include <linux/rethook.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/text-patching.h>

#include "internal.h"

/* On a stack these replace return addresses, which a word-by-word look does not find then. */
static struct text_range rethook, graph_hook;

static bool in_text(const struct text_range *r, unsigned long addr)
{
	return addr >= r->start && addr < r->end;
}

bool is_return_hook(unsigned long addr)
{
	return in_text(&rethook, addr) || is_graph_hook(addr);
}

/* Of the two the function graph tracer's, whose return addresses rethooks_lead_to() does not know. */
bool is_graph_hook(unsigned long addr)
{
	return in_text(&graph_hook, addr);
}

/*
 * Returns the text that one of the return addresses leads to which kretprobes have replaced on a task's stack; or
 * NULL. The machine must be stopped: a return address comes into the task's list, and goes, with preemption
 * disabled, and so while the machine stands each that is hidden is in there.
 */
const struct text_range *rethooks_lead_to(const struct ranges *ranges, struct task_struct *t)
{
	const struct text_range *hit = NULL;
#ifdef CONFIG_RETHOOK
	struct llist_node *node;

	for (node = t->rethooks.first; node && !hit; node = node->next)
		hit = leads_to(ranges, container_of(node, struct rethook_node, llist)->ret_addr);
#endif
	return hit;
}

/* What a detour calls. */
static unsigned long optimized_callback;

/*
 * Whether that is the return address of a call that a detour has made. The task goes on in the function that took
 * the detour, and until the callback has noted where, no word of its stack says so. Where tasks are preempted
 * anywhere it may be there for long.
 */
bool is_detour(unsigned long addr)
{
	u8 call[CALL_INSN_SIZE];
	s32 distance;

	if (addr < MODULES_VADDR || addr >= MODULES_END || !optimized_callback ||
	    copy_from_kernel_nofault(call, (void *)(addr - CALL_INSN_SIZE), CALL_INSN_SIZE) ||
	    call[0] != CALL_INSN_OPCODE)
		return false;
	memcpy(&distance, &call[1], sizeof(distance));
	return addr + distance == optimized_callback;
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

/* Without one that the kernel has, a stack with a hooked return, or below a detour, would pass for clear. */
int hooks_init(void)
{
	int err = 0;

	if (IS_ENABLED(CONFIG_RETHOOK))
		err = find_hook("arch_rethook_trampoline", &rethook);
	if (!err && IS_ENABLED(CONFIG_FUNCTION_GRAPH_TRACER))
		err = find_hook("return_to_handler", &graph_hook);
	if (!err && IS_ENABLED(CONFIG_OPTPROBES)) {
		optimized_callback = symbol_address("optimized_callback");
		if (!optimized_callback) {
			pr_info("this kernel hides optimized_callback, which kprobes call: not loaded\n");
			err = -EOPNOTSUPP;
		}
	}
	return err;
}
