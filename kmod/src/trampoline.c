// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks in a BPF trampoline that have not called the function yet.
 *
 * A trampoline with an exit program calls the function itself, behind its call site: no redirection stops a task
 * in there. A call site that calls the trampoline leaves its address on the stack, where a look finds it. A
 * kernel that jumps to the trampoline leaves nothing, and a task can sleep there in an entry program, or be
 * preempted, and enter the old body long after the switch: the kernel keeps the trampoline for it even when all
 * programs are off. So the trampoline's code is read: does what the task has still to run call the function?
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/filter.h>
#include <linux/pgtable.h>
#include <linux/static_call.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"

#define CALL_LEN 5
#define CALL_OPCODE 0xe8

/* One look at a time uses them: see stand_in in stack.c. */
static struct symbol image;
static u8 code[PAGE_SIZE]; /* a trampoline is no larger */

/* Not exported; see put_stack in stack.c. To find an address among a module's symbols takes far longer. */
DEFINE_STATIC_CALL_RET0(is_bpf_text, is_bpf_text_address);

/* The JIT's memory is part of the modules'. */
static bool is_trampoline(unsigned long addr)
{
	return addr >= MODULES_VADDR && addr < MODULES_END && static_call(is_bpf_text)(addr) &&
	       symbol_at(addr, &image) && str_has_prefix(image.name, "bpf_trampoline_");
}

/*
 * Returns the text that a task will enter which goes on at addr, in a BPF trampoline; or NULL. It returns any
 * text if that cannot be known. Of the trampoline it reads what lies behind addr: its only jumps are forward, and
 * a return address behind the call is that of a task which has entered the function, which is found by its own
 * frame there.
 */
static const struct text_range *trampoline_leads_to(const struct ranges *ranges, unsigned long addr)
{
	const struct text_range *r;
	unsigned long len, i;
	s32 distance;

	if (!SPOTOS_JUMP_SITES || !is_trampoline(addr))
		return NULL;
	len = image.end - addr;
	if (len > sizeof(code) || copy_from_kernel_nofault(code, (void *)addr, len))
		return ranges->r;
	for (i = 0; i + CALL_LEN <= len; i++) {
		if (code[i] != CALL_OPCODE)
			continue;
		memcpy(&distance, &code[i + 1], sizeof(distance));
		r = ranges_find(ranges, addr + i + CALL_LEN + distance);
		if (r)
			return r;
	}
	return NULL;
}

/*
 * Returns the text that a task is in, or is about to enter, which has addr on its stack; or NULL. stack_holds()
 * calls it.
 */
const struct text_range *leads_to(const struct ranges *ranges, unsigned long addr)
{
	return ranges_find(ranges, addr) ?: trampoline_leads_to(ranges, addr);
}

int trampoline_init(void)
{
	unsigned long addr;

	if (!SPOTOS_JUMP_SITES)
		return 0;
	addr = symbol_address("is_bpf_text_address");
	if (!addr) {
		pr_info("this kernel hides is_bpf_text_address(), which finds BPF trampolines: not loaded\n");
		return -EOPNOTSUPP;
	}
	static_call_update(is_bpf_text, (typeof(&is_bpf_text_address))addr);
	return 0;
}
