// SPDX-License-Identifier: GPL-2.0-only
/*
 * Redirection by ftrace. Arming registers it, and it does nothing until the patch goes live: ftrace cannot be
 * registered inside stop_machine, but a flag can be stored there.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "internal.h"

/* A call site is at the function's start, or behind an ENDBR. */
#define SITE_OFFSET 16

/*
 * Runs at the entry of every function of an armed or applied patch, in any context (NMI too), with preemption as
 * the caller had it. It calls nothing that can be traced, so it needs no recursion guard.
 */
static void notrace redirect_handler(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
				     struct ftrace_regs *fregs)
{
	struct patch_state *p = container_of(ops, struct patch_state, ops);
	const struct redirection *r = p->redirections;
	unsigned int n = p->nfuncs;

	if (!READ_ONCE(p->live))
		return;
	/* Halves what is left, until r is the last one that begins at ip or before it. */
	while (n > 1) {
		unsigned int half = n / 2;

		if (r[half].original <= ip)
			r += half;
		n -= half;
	}
	if (ip - r->original < SITE_OFFSET)
		ftrace_get_regs(fregs)->ip = r->replacement;
}

static int by_address(const void *a, const void *b)
{
	const struct redirection *one = a, *other = b;

	return one->original < other->original ? -1 : one->original > other->original;
}

/* Says what the handler does, which is not registered. */
static void fill_redirections(struct patch_state *p)
{
	unsigned int i;

	for (i = 0; i < p->nfuncs; i++) {
		p->redirections[i].original = p->funcs[i].parts[0].start;
		p->redirections[i].replacement = (unsigned long)p->funcs[i].def->replacement;
	}
	sort(p->redirections, p->nfuncs, sizeof(*p->redirections), by_address, NULL);
}

/*
 * Tries again while ftrace asks for it. A BPF trampoline on one of the functions takes part in the registration;
 * while a watch that comes or goes is changing it, ftrace does not wait, since that could deadlock.
 */
static int register_patiently(struct ftrace_ops *ops)
{
	int err, tries = 250;

	while ((err = register_ftrace_function(ops)) == -EAGAIN && tries--)
		msleep(1);
	return err;
}

/*
 * Frees what belongs to a redirection that is off. Once ftrace has met an inconsistency it takes nothing off any
 * more and goes on calling the handler, so the patch and its module have to stay.
 */
static void let_go(struct patch_state *p)
{
	if (!(p->ops.flags & FTRACE_OPS_FL_ENABLED)) {
		ftrace_free_filter(&p->ops);
		return;
	}
	if (p->on_for_good)
		return;
	pr_info("ftrace is broken and goes on calling the redirection of %s, which stays until a reboot\n",
		p->name);
	__module_get(p->patch->mod);
	p->on_for_good = true;
}

/* Refuses a patch whose redirection ftrace did not take off. registry_lock held. */
int redirect_possible(const struct patch_state *p, char *reason)
{
	if (!p->on_for_good)
		return 0;
	return refuse(reason, EOPNOTSUPP,
		      "ftrace is broken on this machine (see dmesg), so %s cannot be redirected: reboot it",
		      p->name);
}

/* redirect_possible() has said yes. registry_lock held, and the patch's module referenced. Sleeps. */
int redirect_register(struct patch_state *p, char *reason)
{
	unsigned int i;
	int err;

	fill_redirections(p);
	memset(&p->ops, 0, sizeof(p->ops));
	p->ops.func = redirect_handler;
	/* PERMANENT: while it is registered nobody can switch ftrace off, and the redirection with it. */
	p->ops.flags = FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT;
	for (i = 0; i < p->nfuncs; i++) {
		err = ftrace_set_filter_ip(&p->ops, p->funcs[i].parts[0].start, 0, 0);
		if (err) {
			err = refuse(reason, EOPNOTSUPP,
				     "ftrace refused %s, which it has a site for: error %d",
				     p->funcs[i].def->name, err);
			goto free;
		}
	}
	err = register_patiently(&p->ops);
	if (!err)
		return 0;
	if (err == -EAGAIN)
		err = refuse(reason, EBUSY,
			     "the probes on a function of %s are being attached and detached all the time; "
			     "end what traces it, or try again",
			     p->name);
	else if (err == -EBUSY)
		err = refuse(
			reason, EBUSY,
			"a function of %s is redirected already, by a livepatch (see "
			"/sys/kernel/livepatch) or another tool: disable that first; or ftrace is switched "
			"off: sysctl kernel.ftrace_enabled=1",
			p->name);
	else
		err = refuse(reason, EOPNOTSUPP,
			     "ftrace refused the redirection of %s: error %d; the kernel's log (dmesg) may "
			     "say why",
			     p->name, err);
free:
	let_go(p);
	return err;
}

/*
 * registry_lock held, and the patch's module referenced. Sleeps until no task is inside the handler or its
 * trampoline any more.
 */
void redirect_unregister(struct patch_state *p)
{
	char reason[SPOTOS_REASON];

	/* Fails only where ftrace leaves the redirection on. */
	if (site_leads_here(p, reason))
		unregister_ftrace_function(&p->ops);
	else
		pr_info("%s\n", reason);
	let_go(p);
}
