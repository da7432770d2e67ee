// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hook by which tasks are recorded when they are switched out. It is on while an operation is armed, and
 * before that from record_prepare() on, so that the wait for RCU's tasks passes while the rest of an arming is
 * prepared.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/sched/signal.h>
#include <linux/tracepoint.h>
#include <trace/events/sched.h>

#include "internal.h"
#include "record.h"

struct operation *recording_for; /* to be woken when a holder is switched out; NULL: none is armed yet */

static struct tracepoint *sched_switch_tp;
static const void *prepared_by; /* registry_lock; whose arming may go on with the record, or NULL */
static struct tasks_wait
	*begun; /* after the hook was on; the worker's once armed, before under registry_lock */

static void on_sched_switch(void *data, bool preempt, struct task_struct *prev, struct task_struct *next,
			    unsigned int prev_state)
{
	struct operation *op;

	/* A dead task never runs again; where many die they would fill the record. */
	if (!(prev_state & TASK_DEAD))
		record_add(prev);
	op = READ_ONCE(recording_for);
	/*
	 * Not for the worker, which would wake itself without end where it shares a bit with a holder, nor for
	 * a task that is stopping the machine.
	 */
	if (!op || prev == READ_ONCE(op->worker) || prev == READ_ONCE(op->attempter))
		return;
	/* A task that was to come to the door and goes to sleep on the way leaves the attempt to the worker. */
	if (!(READ_ONCE(record_seen.holders) & bloom_bit(prev)) &&
	    !(prev == READ_ONCE(op->closer) && test_bit(SPOTOS_BY_TRIGGER, &op->kick)))
		return;
	/*
	 * One wake-up at a time: not before the worker has seen the last one. A CPU that is going offline has
	 * run its last irq_work.
	 */
	if (!test_bit(SPOTOS_BY_WAKE, &op->kick) && cpu_online(raw_smp_processor_id()))
		irq_work_queue(&op->wake_work);
}

static int hook(void)
{
	int err = record_alloc();

	if (err)
		return err;
	err = tracepoint_probe_register(sched_switch_tp, on_sched_switch, NULL);
	if (err)
		record_free();
	return err;
}

static void unhook(void)
{
	tracepoint_probe_unregister(sched_switch_tp, on_sched_switch, NULL);
	spotos_sync_sched_switch();
}

/*
 * Begins to record for the next arming, until who, a file's queue of events, ends that; or takes over what
 * another file has begun. registry_lock held, nothing armed. Sleeps.
 */
int record_prepare(const void *who)
{
	int err;

	if (!prepared_by) {
		err = hook();
		if (err)
			return err;
		begun = grace_begin();
	}
	prepared_by = who;
	return 0;
}

/* Ends what who prepared, unless it was armed. registry_lock held. Sleeps. */
void record_unprepare(const void *who)
{
	if (prepared_by != who)
		return;
	prepared_by = NULL;
	grace_give_up(begun);
	begun = NULL;
	unhook();
	record_free();
}

/* Records for op, or goes on with what was prepared. registry_lock held, nothing armed. Sleeps. */
int recording_begin(struct operation *op)
{
	int err = 0;

	WRITE_ONCE(recording_for, op);
	if (!prepared_by)
		err = hook();
	if (err)
		WRITE_ONCE(recording_for, NULL);
	prepared_by = NULL;
	return err;
}

/* Returns the wait that record_prepare() began, which the caller ends, or NULL: none. The worker's, once. */
struct tasks_wait *recording_grace(void)
{
	struct tasks_wait *w = begun;

	begun = NULL;
	return w;
}

/* Ends what record_start() began. Sleeps. */
void record_stop(void)
{
	struct operation *op = recording_for;

	unhook();
	WRITE_ONCE(recording_for, NULL);
	irq_work_sync(&op->wake_work);
	grace_give_up(recording_grace());
	record_free();
}

static void find_sched_switch(struct tracepoint *tp, void *priv)
{
	if (!strcmp(tp->name, "sched_switch"))
		sched_switch_tp = tp;
}

int record_init(void)
{
	/* Does nothing but compile: the kernel calls it with the arguments of its headers' tracepoint. */
	check_trace_callback_type_sched_switch(on_sched_switch);
	for_each_kernel_tracepoint(find_sched_switch, NULL);
	if (!sched_switch_tp) {
		pr_info("this kernel has no tracepoint sched_switch (CONFIG_TRACEPOINTS)\n");
		return -EOPNOTSUPP;
	}
	return 0;
}
