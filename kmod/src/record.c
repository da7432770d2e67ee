// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record of possible holders: every task that was switched out since its stack was last found clear. All
 * others are clear, so an attempt need not look at them, and its length does not grow with the number of
 * threads.
 *
 *  - record_start() hooks sched_switch. record_baseline() then waits for tasks that are so far into their exit
 *    that no list shows them, looks at all other tasks, and records the holders among them.
 *  - A task that runs afterwards is recorded when it is switched out. A task that runs when the machine is
 *    stopped has just been switched out, for its CPU's stopper. So no task is missing, and it does no harm if the
 *    baseline looked at the stack of a running task and saw nonsense.
 *  - Recorded tasks are kept with a reference; a task whose stack is gone is clear. Exits, new tasks and
 *    reused pids need nothing special: a new task is recorded once it has run.
 *  - Inside stop_machine record_check() looks at the recorded tasks, and changes nothing.
 *  - Outside the stop, the worker retires the clear ones in rounds, so that an attempt finds only those that ran
 *    lately, and dead tasks are not kept for long. A round turns away all that are recorded now (record_turn()),
 *    waits for an RCU grace period, looks at each task that was turned away, and records again those that hold.
 *  - If a task could not be recorded, a check looks at every task, until the next round has, as the baseline
 *    does. No list shows tasks late in their exit; the last quarter of the record is for these and for idle
 *    tasks. If even that overflows, nothing is clear until record_restart() has waited for them again.
 *
 * Why no holder slips through a round. Take a task t, and the last time before the round's end that it was
 * switched out, S. It was recorded at S, or was recorded already, in the half that was active then on its CPU.
 *  1. That half is still active: t is recorded.
 *  2. It was turned away after S. We look at t after the grace period, which began after the turn. The scheduler
 *     records a task and leaves it (clears t->on_cpu) with interrupts off all the while, so the grace period ends
 *     after that, and we look at t after S.
 *      a. t does not run while we look: its stack is as it was left at S, and if it holds we see it.
 *      b. t runs, or begins to while we look: we may see nonsense. But it is running on: S was the last time, so
 *         it has not been switched out since, and it will be recorded when it is, at the latest for its CPU's
 *         stopper.
 * The same goes for a task that found no place at S, and for which the mark was taken back at the turn: the
 * look at all tasks finds it, or it is hidden, and counts as lost. Attempts and rounds exclude each other by
 * attempt_lock, so no check comes between taking a task out and recording it again. One that comes between two
 * steps of a round looks at both halves.
 *
 * There is one record, for the one operation that is armed.
 */
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>

#include "internal.h"
#include "record.h"

#define BUSY 128  /* so many recorded tasks that may be clear are worth a round soon */
#define MANY 1024 /* so many recorded tasks make an attempt long */
#define REST_AFTER_NS ((u64)200 * NSEC_PER_USEC)

/* The round under way. attempt_lock. */
static struct {
	bool turned;
	unsigned long grace;
	u64 last_bloom;        /* the holders of the last round */
	u32 kept, kept_before; /* how many times one was recorded again */
} this_round;

/* Whether t is to be recorded again. If it runs it need not be, unless as a holder for record_peek() to see. */
static bool keep_holder(struct task_struct *t, void *arg)
{
	if (!stack_holds(t, &recording_for->ranges, NULL, STACK_SURE))
		return READ_ONCE(t->on_cpu) && this_round.last_bloom & bloom_bit(t);
	this_round.kept++;
	record_seen.round |= bloom_bit(t);
	WRITE_ONCE(record_seen.holders, record_seen.holders | bloom_bit(t));
	return true;
}

/*
 * Lets others run for as long as has been spent since the last rest: the worker is ahead of all that wait for its
 * CPU. Sleeps.
 */
void record_rest(u64 *since)
{
	u64 spent = ktime_get_mono_fast_ns() - *since;

	if (spent < REST_AFTER_NS)
		return;
	spent = min_t(u64, div_u64(spent, NSEC_PER_USEC), USEC_PER_MSEC);
	usleep_range(spent, 2 * spent);
	*since = ktime_get_mono_fast_ns();
}

/*
 * Calls fn for each task that has a pid, as all have that a list shows, in the order of pids and with rests. It
 * leaves out those that come meanwhile, or it would never end where many do, and may leave out one that takes
 * another pid: all those have run, or hold nothing yet. False: it was to give way to a zero, whose attempt is
 * not to wait, and one came.
 */
static bool each_task(void (*fn)(struct task_struct *t, void *arg), void *arg, bool give_way)
{
	u64 since = ktime_get_mono_fast_ns(), begin = ktime_get_ns();
	struct pid *pid;
	u32 n = 0;
	int nr;

	rcu_read_lock();
	for (nr = 1; (pid = idr_get_next(&init_pid_ns.idr, &nr)); nr++) {
		struct task_struct *t = pid_task(pid, PIDTYPE_PID);

		if (!t || t->start_time > begin)
			continue;
		fn(t, arg);
		if (++n % AT_ONCE)
			continue;
		rcu_read_unlock();
		if (give_way && test_bit(SPOTOS_BY_TRIGGER, &recording_for->kick))
			return false;
		record_rest(&since);
		rcu_read_lock();
	}
	rcu_read_unlock();
	WRITE_ONCE(record_seen.tasks, n);
	return true;
}

static void record_if_holder(struct task_struct *t, void *arg)
{
	if (!keep_holder(t, NULL))
		return;
	local_irq_disable();
	record_add(t);
	local_irq_enable();
}

/* Not one of which only another tool's hook is seen: an attempt may find it clear. */
static void list_if_holder(struct task_struct *t, void *out)
{
	stack_holds(t, &recording_for->ranges, out, STACK_HINT);
}

/*
 * The worker's, before an attempt that nothing promises to succeed, attempt_lock held: fills out with the holders
 * that sleep if the attempt would look at many tasks. Returns whether there are any: then the attempt is in vain.
 * Sleeps.
 */
bool record_in_vain(struct holder_list *out)
{
	out->total = 0;
	out->count = 0;
	if (!record_wants_all() && record_count() < MANY)
		return false;
	return each_task(list_if_holder, out, true) && out->total;
}

static void begin_round(void)
{
	record_seen.incomplete |= record_turn();
	/* A full barrier: the grace period begins after the turn. */
	this_round.grace = start_poll_synchronize_rcu();
	this_round.last_bloom = record_seen.round;
	record_seen.round = 0;
	this_round.kept = 0;
	this_round.turned = true;
}

/* After the grace period. Returns whether there is more to do at once. */
static bool go_on_with_round(bool give_way)
{
	if (record_seen.incomplete) {
		record_seen.incomplete = !each_task(record_if_holder, NULL, give_way);
		return !record_seen.incomplete;
	}
	if (record_retire(keep_holder, NULL, AT_ONCE))
		return true;
	/* A holder that has just run may not have been looked at; it keeps its bit for one round more. */
	WRITE_ONCE(record_seen.holders, record_seen.round | this_round.last_bloom);
	this_round.kept_before = this_round.kept;
	this_round.turned = false;
	return false;
}

/*
 * The worker's, now and then, attempt_lock held: takes the next step of a round. Never waits. Returns whether
 * there is more to do at once.
 */
bool record_round(void)
{
	if (this_round.turned)
		return poll_state_synchronize_rcu(this_round.grace) && go_on_with_round(true);
	if (record_count() || record_overflowed())
		begin_round();
	return false;
}

/* Whether a round would make the next attempt much shorter. */
bool record_busy(void)
{
	return record_count() > this_round.kept_before + BUSY || record_overflowed();
}

/* Ends the round that is under way, or makes a whole one. Sleeps. */
static void whole_round(void)
{
	u64 since;

	if (!this_round.turned)
		begin_round();
	cond_synchronize_rcu(this_round.grace);
	since = ktime_get_mono_fast_ns();
	while (this_round.turned) {
		go_on_with_round(false);
		record_rest(&since);
	}
}

/*
 * The worker's, once after record_start(): waits until there is no task left that no list shows and that was
 * last switched out before the recording began; then records the holders among all others. Those that ran while
 * it waited are retired with them: an attempt right afterwards is as short as a later one. False: the worker is
 * to stop, and nothing is clear.
 */
bool record_baseline(void)
{
	struct tasks_wait *begun = recording_grace();

	if (begun && record_lost_exiting()) {
		grace_give_up(begun);
		begun = NULL;
		whole_round(); /* makes room, as below */
	}
	if (!begun) {
		record_clear_lost();
		begun = grace_begin();
	}
	if (!grace_end(begun)) {
		record_set_lost();
		return false;
	}
	record_seen.incomplete = true;
	whole_round();
	return true;
}

/*
 * Starts over, as if just armed, after record_lost_exiting(). False as from record_baseline(). attempt_lock
 * held. The worker's; sleeps.
 */
bool record_restart(void)
{
	whole_round(); /* makes room: most of those that were exiting have died */
	return record_baseline();
}

/*
 * Begins op's record, or goes on with the one that record_prepare() began. registry_lock held, nothing armed.
 * Sleeps.
 */
int record_start(struct operation *op)
{
	memset(&this_round, 0, sizeof(this_round));
	memset(&record_seen, 0, sizeof(record_seen));
	return recording_begin(op);
}
