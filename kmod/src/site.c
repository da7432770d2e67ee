// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads what stands at the start of a function: whether ftrace can redirect it, and whether its calls still reach
 * the redirection that was put there.
 *
 * ftrace keeps a nop of five bytes there, or a call. Of a function with one user the call leads to that user's
 * own trampoline; with more, to ftrace_regs_caller(), which asks each on ftrace's list. A BPF trampoline that is
 * alone on a function is called at once, or jumped to where kernels do that.
 */
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"

#define SITE_LEN 5

static unsigned long regs_caller;
static struct ftrace_ops *const *ops_list; /* NULL: this kernel does not show it */

enum site {
	SITE_NONE,
	SITE_NOP,
	SITE_CALL,
	SITE_JUMP,
	SITE_CHANGING,
};

/* Reads the site of the function that starts at addr. to is where a call or a jump leads, or 0. */
static enum site read_site(unsigned long addr, unsigned long *to)
{
	static const u8 nop[SITE_LEN] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	u8 code[ENDBR_LEN + SITE_LEN], *at = code;
	s32 distance;

	*to = 0;
	if (copy_from_kernel_nofault(code, (void *)addr, sizeof(code)))
		return SITE_NONE;
	if (is_endbr_at(code))
		at += ENDBR_LEN;
	if (!memcmp(at, nop, SITE_LEN))
		return SITE_NOP;
	if (*at == 0xcc)
		return SITE_CHANGING;
	if (*at != 0xe8 && !(SPOTOS_JUMP_SITES && *at == 0xe9))
		return SITE_NONE;
	memcpy(&distance, at + 1, sizeof(distance));
	*to = addr + (at - code) + SITE_LEN + distance;
	return *at == 0xe8 ? SITE_CALL : SITE_JUMP;
}

/*
 * As read_site(), but waits while somebody is changing it. What stands there is believed at the second time: a
 * reader that is preempted in the middle sees two states in one. Sleeps.
 */
static enum site settled_site(unsigned long addr, unsigned long *to)
{
	unsigned long led_to;
	unsigned int tries = 50;
	enum site was, site = read_site(addr, to);

	while (tries--) {
		was = site;
		led_to = *to;
		if (was == SITE_CHANGING)
			msleep(1);
		site = read_site(addr, to);
		if (site != SITE_CHANGING && site == was && *to == led_to)
			break;
	}
	return site;
}

/* Asks ftrace whether it has a site in the function at addr. It leaves nothing behind. Sleeps. */
static int ask_ftrace(unsigned long addr)
{
	struct ftrace_ops *ops = kzalloc(sizeof(*ops), GFP_KERNEL);
	int err;

	if (!ops)
		return -ENOMEM;
	err = ftrace_set_filter_ip(ops, addr, 0, 1);
	ftrace_free_filter(ops);
	kfree(ops);
	return err;
}

/* Whether calls of the function at addr can be redirected. Sleeps. */
int site_possible(unsigned long addr, const char *name, char *reason)
{
	unsigned long to = 0;
	int err = ask_ftrace(addr);

	if (err == -ENODEV)
		return refuse(
			reason, EOPNOTSUPP,
			"ftrace is broken on this machine (see dmesg), so %s cannot be redirected: reboot it",
			name);
	if (err == -ENOMEM)
		return refuse(reason, ENOMEM, "out of memory");
	/* ftrace takes a site anywhere in the function, as one that the linker left of a weak function. */
	if (err || settled_site(addr, &to) == SITE_NONE)
		return refuse(
			reason, EOPNOTSUPP,
			"%s cannot be traced by ftrace, so it cannot be switched; patch its callers instead",
			name);
	return 0;
}

/*
 * Whether ftrace's list leads past somebody who has no handler before it comes to ops: ftrace gives up there. On
 * 6.1 a BPF program that is attached beside one that came after our redirection leaves its trampoline like that.
 */
static bool list_is_cut(const struct ftrace_ops *ops)
{
	const struct ftrace_ops *op;
	bool cut = false;

	if (!ops_list)
		return false;
	preempt_disable();
	for (op = READ_ONCE(*ops_list); op && op != ops; op = READ_ONCE(op->next))
		cut |= !READ_ONCE(op->func);
	preempt_enable();
	return cut || !op;
}

/*
 * Whether it is proved that calls of p's functions reach its redirection, which is registered. If not, reason
 * says what is in the way, and nobody may ask ftrace to take the redirection off: on 6.1 that can end in a panic.
 * registry_lock held. Sleeps.
 */
bool site_leads_here(const struct patch_state *p, char *reason)
{
	unsigned long to = 0;
	unsigned int i;

	if (ask_ftrace(p->funcs[0].parts[0].start) == -ENODEV) {
		refuse(reason, 0,
		       "ftrace is broken on this machine (see dmesg): what the functions of %s run is not "
		       "known, and "
		       "it cannot be reverted: reboot the machine",
		       p->name);
		return false;
	}
	for (i = 0; i < p->nfuncs; i++) {
		const char *name = p->funcs[i].def->name;
		enum site site = settled_site(p->funcs[i].parts[0].start, &to);

		if (site != SITE_CALL && site != SITE_JUMP) {
			refuse(reason, 0,
			       "%s runs its old code: nothing is called at its start any more: reboot the "
			       "machine",
			       name);
			return false;
		}
		if (site == SITE_CALL && p->ops.trampoline && to == p->ops.trampoline)
			continue;
		if (site == SITE_JUMP || (regs_caller && to != regs_caller)) {
			refuse(reason, 0,
			       "%s runs its old code: another tool's program (%pS) has taken its start over: "
			       "reboot "
			       "the machine",
			       name, (void *)to);
			return false;
		}
		if (list_is_cut(&p->ops)) {
			refuse(reason, 0,
			       "%s runs its old code: a BPF program of another tool on it has broken "
			       "ftrace's list: "
			       "reboot the machine",
			       name);
			return false;
		}
	}
	return true;
}

void site_init(void)
{
	regs_caller = symbol_address("ftrace_regs_caller");
	ops_list = (struct ftrace_ops *const *)symbol_address("ftrace_ops_list");
}
