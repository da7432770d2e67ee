// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record of possible holders: every task that was switched out since its stack was last found clear. All
 * others are clear, so an attempt need not look at them, and its length does not grow with the number of threads.
 *
 *  - record_start() hooks sched_switch. record_baseline() then waits for tasks that are so far into their exit
 *    that no list shows them, looks at all other tasks, and records the holders among them.
 *  - A task that runs afterwards is recorded when it is switched out. A task that runs when the machine is
 *    stopped has just been switched out, for its CPU's stopper. So no task is missing, and it does no harm if the
 *    baseline looked at the stack of a running task and saw nonsense.
 *  - Recorded tasks are kept with a reference; a task whose stack is gone is clear. Exits, new tasks and
 *    reused pids need nothing special: a new task is recorded once it has run.
 *  - Inside stop_machine record_check() looks at the recorded tasks, keeps the holders and sifts out the others;
 *    record_drop() puts their references afterwards, since that may free and must not happen inside.
 *  - Dead tasks are pruned while the worker waits, so that their memory is not kept for long.
 *  - If the record has overflowed, or has more entries than there are tasks, the next check looks at every
 *    task. That does not find tasks late in their exit; the last quarter of the record is for these and for
 *    idle tasks. If even that overflows, nothing is clear until record_restart() has waited for them again.
 *
 * There is one record, for the one operation that is armed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/hash.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/stop_machine.h>
#include <linux/tracepoint.h>

#include "internal.h"
#include "record.h"

static struct operation *recording_for; /* to be woken when a holder is switched out */
static u64 holder_bloom;                /* a bit for each known holder; a false hit costs a peek */
static u32 tasks;                       /* how many there were at the baseline */
static struct tracepoint *sched_switch_tp;

static u64 bloom_bit(const struct task_struct *t)
{
	return 1ull << hash_ptr(t, 6);
}

static void on_sched_switch(void *data, bool preempt, struct task_struct *prev, struct task_struct *next,
			    unsigned int prev_state)
{
	struct operation *op;

	/* A dead task never runs again; where many die they would fill the record. */
	if (!(prev_state & TASK_DEAD))
		record_add(prev);
	op = READ_ONCE(recording_for);
	/*
	 * Not for the worker, which would wake itself without end where it shares a bit with a holder, nor for a
	 * task that is stopping the machine.
	 */
	if (!op || prev == READ_ONCE(op->worker) || prev == READ_ONCE(op->attempter))
		return;
	/* A task that was to come to the door and goes to sleep on the way leaves the attempt to the worker. */
	if (!(READ_ONCE(holder_bloom) & bloom_bit(prev)) &&
	    !(prev == READ_ONCE(op->closer) && test_bit(SPOTOS_BY_TRIGGER, &op->kick)))
		return;
	/*
	 * One wake-up at a time: not before the worker has seen the last one. A CPU that is going offline has run
	 * its last irq_work.
	 */
	if (!test_bit(SPOTOS_BY_WAKE, &op->kick) && cpu_online(raw_smp_processor_id()))
		irq_work_queue(&op->wake_work);
}

struct check {
	const struct ranges *ranges;
	struct holder_list *out;
	u64 bloom;
	u32 walked;
};

static bool keep_holder(struct task_struct *t, void *arg)
{
	struct check *c = arg;

	c->walked++;
	if (!stack_holds(t, c->ranges, c->out, STACK_STOPPED))
		return false;
	c->bloom |= bloom_bit(t);
	return true;
}

/*
 * Inside stop_machine: fills out with the holders among the recorded tasks, and keeps only those recorded. No
 * other task holds, unless record_wants_all(). Returns how many stacks it looked at.
 */
u32 record_check(const struct ranges *ranges, struct holder_list *out)
{
	struct check c = { .ranges = ranges, .out = out };

	record_sift(keep_holder, &c);
	holder_bloom = c.bloom;
	return c.walked;
}

static bool keep_hidden(struct task_struct *t, void *arg)
{
	return record_hidden(t) && keep_holder(t, arg);
}

/*
 * As record_check(), but looks at every task: all that the lists show, and those of the recorded ones that no
 * list shows. Clears the overflow first; it is set again if the record cannot hold all holders.
 */
u32 record_check_all(const struct ranges *ranges, struct holder_list *out)
{
	struct check c = { .ranges = ranges, .out = out };
	struct task_struct *p, *t;

	record_sift(keep_hidden, &c);
	/* Before the walk, which overflows a record itself if there are more holders than that can hold. */
	record_clear_overflow();
	rcu_read_lock();
	for_each_process_thread(p, t) {
		/* A listed task that is exiting was looked at above too, if it was recorded. */
		c.walked++;
		if (!stack_holds(t, ranges, out, STACK_STOPPED))
			continue;
		c.bloom |= bloom_bit(t);
		record_add(t);
	}
	rcu_read_unlock();
	holder_bloom = c.bloom;
	return c.walked;
}

/*
 * Inside stop_machine: whether to look at every task: because one that ran may be missing from the record, or
 * because that is less work, since a task that ran on many CPUs is recorded by each.
 */
bool record_wants_all(void)
{
	return record_overflowed() || record_count() > tasks;
}

struct peeking {
	const struct ranges *ranges;
	struct holder_list *out;
	bool moving;
};

static void peek_at(struct task_struct *t, void *arg)
{
	struct peeking *l = arg;

	stack_holds(t, l->ranges, l->out, STACK_HINT);
	l->moving |= READ_ONCE(t->on_cpu) && holder_bloom & bloom_bit(t);
}

/*
 * The worker's, outside stop_machine: looks at the recorded tasks and fills out with those that hold. A holder
 * found earlier that runs now is on its way, out or further in; its place is known once it has been switched out.
 */
enum peek record_peek(const struct ranges *ranges, struct holder_list *out)
{
	struct peeking l = { .ranges = ranges, .out = out };

	out->total = 0;
	out->count = 0;
	cpus_read_lock();
	rcu_read_lock();
	record_each(peek_at, &l);
	rcu_read_unlock();
	cpus_read_unlock();
	if (out->total)
		return PEEK_HELD;
	return l.moving ? PEEK_MOVING : PEEK_CLEAR;
}

/*
 * The worker's, once after record_start(): waits until there is no task left that no list shows and that was last
 * switched out before the recording began; then records the holders among all others.
 */
void record_baseline(const struct ranges *ranges, struct holder_list *out)
{
	struct task_struct *p, *t;
	u64 bloom = 0;
	u32 n = 0;

	synchronize_rcu_tasks();
	out->total = 0;
	out->count = 0;
	cpus_read_lock();
	rcu_read_lock();
	for_each_process_thread(p, t) {
		n++;
		if (!stack_holds(t, ranges, out, STACK_SURE))
			continue;
		bloom |= bloom_bit(t);
		local_irq_disable();
		record_add(t);
		local_irq_enable();
	}
	rcu_read_unlock();
	cpus_read_unlock();
	WRITE_ONCE(holder_bloom, bloom);
	WRITE_ONCE(tasks, n);
}

static int forget_all(void *arg)
{
	record_forget();
	return 0;
}

/* Starts over, as if just armed, after record_lost_exiting(). The worker's; sleeps. */
void record_restart(const struct ranges *ranges, struct holder_list *out)
{
	stop_machine(forget_all, NULL, NULL);
	record_drop();
	record_baseline(ranges, out);
}

/* registry_lock held, no other recording under way. Sleeps. */
int record_start(struct operation *op)
{
	int err = record_alloc();

	if (err)
		return err;
	WRITE_ONCE(holder_bloom, 0);
	WRITE_ONCE(recording_for, op);
	err = tracepoint_probe_register(sched_switch_tp, on_sched_switch, NULL);
	if (err)
		record_free();
	return err;
}

void record_stop(void)
{
	struct operation *op = recording_for;

	tracepoint_probe_unregister(sched_switch_tp, on_sched_switch, NULL);
	tracepoint_synchronize_unregister();
	WRITE_ONCE(recording_for, NULL);
	irq_work_sync(&op->wake_work);
	record_free();
}

static void find_sched_switch(struct tracepoint *tp, void *priv)
{
	if (!strcmp(tp->name, "sched_switch"))
		sched_switch_tp = tp;
}

int record_init(void)
{
	for_each_kernel_tracepoint(find_sched_switch, NULL);
	if (!sched_switch_tp) {
		pr_info("this kernel has no tracepoint sched_switch (CONFIG_TRACEPOINTS)\n");
		return -EOPNOTSUPP;
	}
	return 0;
}
