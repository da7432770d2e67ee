// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bell: how the probes reach the module at once on a kernel with PREEMPT_RT.
 *
 * The ring buffer's wake-up runs in a thread there. It comes late, and never in the context of the task that was
 * the last to leave, so the door (see door.c) cannot keep that task. A hard interrupt comes at once, and whoever
 * is called by the exit program may ask for one.
 *
 * What calls us is ftrace, at the entry of a helper: of those that programs may call on every kernel, one that
 * hardly any other program needs. The exit program writes down its CPU and calls the helper. The handler here
 * takes the number away, by which the program knows that it was heard, and queues the interrupt. A program that
 * finds its number where it was wakes the ring buffer: there is no handler, or ftrace is switched off.
 *
 * If another tool's program calls the helper at that very moment on that very CPU, or a process writes numbers
 * itself, that can cause an attempt in vain and nothing else, as all nonsense in the shared memory can: see
 * trigger.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>

#include "internal.h"

#define HELPER "bpf_ktime_get_tai_ns"

#ifdef SPOTOS_TEST_BUILD
/* For tests: hears nothing, as if ftrace had refused the handler. */
static bool deaf;
module_param(deaf, bool, 0600);
#else
#define deaf false
#endif

/* All but the handler: registry_lock, or the worker's while something is armed. */
static struct ftrace_ops ops;
static bool stays; /* ftrace has failed and goes on calling the handler */
static struct bell *listening;

/*
 * Runs at the helper's entry, in any context (NMI too). Nothing that it calls comes to the helper, so it needs no
 * recursion guard.
 */
static void notrace on_helper(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *op,
			      struct ftrace_regs *fregs)
{
	struct bell *bell;
	u32 cpu, number;

	preempt_disable_notrace();
	/* Pairs with bell_listen(). */
	bell = smp_load_acquire(&listening);
	cpu = raw_smp_processor_id();
	number = cpu + 1;
	/* A CPU that is going offline has run its last irq_work. One that is queued already has yet to run. */
	if (bell && READ_ONCE(*bell->number) == number && cpu_online(cpu) &&
	    cmpxchg(bell->number, number, 0) == number)
		irq_work_queue(&bell->work);
	preempt_enable_notrace();
}

static int hang(void)
{
	static unsigned long helper;
	int err;

	if (!helper)
		helper = symbol_address(HELPER);
	if (!helper)
		return -ENOENT;
	memset(&ops, 0, sizeof(ops));
	ops.func = on_helper;
	err = ftrace_set_filter_ip(&ops, helper, 0, 0);
	if (!err)
		err = register_ftrace_function(&ops);
	if (err)
		ftrace_free_filter(&ops);
	return err;
}

/*
 * Has heard() run in a hard interrupt when a program has written its CPU's number, which begins with 1, and calls
 * the helper. Without that the ring buffer has to do. registry_lock held, nothing armed. Sleeps.
 */
void bell_listen(struct bell *bell, u32 *number, void (*heard)(struct irq_work *work))
{
	int err;

	if (!SPOTOS_LATE_RING || deaf)
		return;
	err = stays ? 0 : hang();
	if (err) {
		pr_info_once("ftrace refused " HELPER "() (error %d): zeros are noticed late\n", err);
		return;
	}
	bell->number = number;
	bell->work = IRQ_WORK_INIT_HARD(heard);
	/* The handler reads the two. */
	smp_store_release(&listening, bell);
}

/* On return heard() does not run any more, nor does the handler read bell. Sleeps. */
void bell_stop(struct bell *bell)
{
	if (listening != bell)
		return;
	WRITE_ONCE(listening, NULL);
	synchronize_rcu(); /* the handler runs with preemption off */
	irq_work_sync(&bell->work);
	if (stays)
		return;
	unregister_ftrace_function(&ops);
	if (!(ops.flags & FTRACE_OPS_FL_ENABLED)) {
		ftrace_free_filter(&ops);
		return;
	}
	/* Once ftrace has met an inconsistency it takes nothing off any more. */
	pr_info("ftrace is broken and goes on calling spotos, which stays until a reboot\n");
	__module_get(THIS_MODULE);
	stays = true;
}
