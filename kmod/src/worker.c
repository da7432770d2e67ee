// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an operation's worker does: it waits for moments that are worth an attempt, until one has switched or it
 * is told to stop.
 */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rtmutex.h>
#include <linux/timekeeping.h>

#include "internal.h"

#define MOVING_PEEKS 5
#define MOVING_NS (2 * NSEC_PER_MSEC)
#define PRUNE_NS (100 * NSEC_PER_MSEC)

/* Sleeps at most until then (ktime), or until a bit of mask was kicked or the worker is to stop. */
static void sleep_until(struct operation *op, u64 then, unsigned long mask)
{
	u64 now = ktime_get_mono_fast_ns();

	if (then > now)
		wait_event_idle_timeout(op->wait, (READ_ONCE(op->kick) & mask) || kthread_should_stop(),
					nsecs_to_jiffies(then - now) + 1);
}

static bool past(u64 then)
{
	return then && ktime_get_mono_fast_ns() >= then;
}

static u64 or_deadline(const struct operation *op, u64 then)
{
	return op->deadline_ns ? min(then, op->deadline_ns) : then;
}

/* Now and then: tasks that have died meanwhile are not to be held for as long as it takes. */
static void prune(struct operation *op)
{
	if (ktime_get_mono_fast_ns() < op->prune_after_ns)
		return;
	rt_mutex_lock(&attempt_lock);
	record_prune();
	rt_mutex_unlock(&attempt_lock);
	op->prune_after_ns = ktime_get_mono_fast_ns() + PRUNE_NS;
}

/* Waits for as long as the cap on stopped time forbids attempts. Zeros meanwhile come too early. */
static void hold_off(struct operation *op)
{
	if (past(op->not_before_ns) || !op->not_before_ns)
		return;
	if (op->trigger)
		trigger_close_gate(op->trigger);
	while (!past(op->not_before_ns) && !past(op->deadline_ns) && !kthread_should_stop()) {
		prune(op);
		sleep_until(op, or_deadline(op, min(op->not_before_ns, ktime_get_mono_fast_ns() + PRUNE_NS)),
			    0);
	}
	clear_bit(SPOTOS_BY_TRIGGER, &op->kick);
}

/* Sleeps until something may be worth an attempt; returns its cause, 0 to begin anew. */
static u32 wait_for_cause(struct operation *op)
{
	hold_off(op);
	/* Where all is at zero now no crossing may come: look at once, but not again and again in vain. */
	if (op->trigger && trigger_open_gate(op->trigger) && !op->hopeless)
		set_bit(SPOTOS_BY_CHECK, &op->kick);
	sleep_until(op, or_deadline(op, ktime_get_mono_fast_ns() + op->req.interval_ns), ~0ul);
	clear_bit(SPOTOS_BY_CHECK, &op->kick);
	clear_bit(SPOTOS_BY_RETRY, &op->kick);
	if (test_and_clear_bit(KICK_LATE, &op->kick)) {
		/* Lends a task that is in the middle of its attempt, and has lost its CPU, our priority. */
		rt_mutex_lock(&attempt_lock);
		rt_mutex_unlock(&attempt_lock);
	}
	if (test_and_clear_bit(KICK_ATTEMPTED, &op->kick) || kthread_should_stop())
		return 0;
	if (test_bit(SPOTOS_BY_TRIGGER, &op->kick))
		return SPOTOS_BY_TRIGGER;
	if (past(op->deadline_ns))
		return SPOTOS_BY_DEADLINE;
	if (test_and_clear_bit(SPOTOS_BY_WAKE, &op->kick))
		return SPOTOS_BY_WAKE;
	return SPOTOS_BY_CHECK;
}

/*
 * A look without stopping anything: true if an attempt would be in vain. It has its own cap, a twentieth of
 * one CPU, since a busy holder is switched out very often; a trigger ends the wait for it.
 */
static enum peek peek(struct operation *op)
{
	enum peek seen;
	u64 begin;

	sleep_until(op, or_deadline(op, op->peek_after_ns), BIT(SPOTOS_BY_TRIGGER) | BIT(KICK_ATTEMPTED));
	rt_mutex_lock(&attempt_lock);
	begin = ktime_get_mono_fast_ns();
	seen = record_peek(&op->ranges, op->scratch);
	rt_mutex_unlock(&attempt_lock);
	op->peek_after_ns = ktime_get_mono_fast_ns();
	op->peek_after_ns += (op->peek_after_ns - begin) * 20;
	return seen;
}

/*
 * A known holder that runs is given a moment to get out: an attempt just before it does would fail, and the
 * cap would then forbid the one that would have succeeded. One that runs on is likely out, in user space.
 */
static bool in_vain(struct operation *op)
{
	unsigned int patience = MOVING_PEEKS;
	enum peek seen;

	while ((seen = peek(op)) == PEEK_MOVING && patience-- && !kthread_should_stop()) {
		clear_bit(SPOTOS_BY_WAKE, &op->kick);
		sleep_until(op, or_deadline(op, ktime_get_mono_fast_ns() + MOVING_NS),
			    BIT(SPOTOS_BY_TRIGGER) | BIT(SPOTOS_BY_WAKE) | BIT(KICK_ATTEMPTED));
	}
	op->hopeless = seen == PEEK_HELD;
	return op->hopeless || test_bit(KICK_ATTEMPTED, &op->kick);
}

/* Waits for a RETRY call or the end. */
static void stay_stuck(struct operation *op)
{
	rt_mutex_lock(&attempt_lock);
	if (!op->switched) {
		WRITE_ONCE(op->stuck, true);
		if (op->trigger)
			trigger_close_gate(op->trigger);
	}
	rt_mutex_unlock(&attempt_lock);
	if (op->switched)
		return;
	operation_emit(op, SPOTOS_EV_STUCK);
	while (!wait_event_idle_timeout(op->wait, !READ_ONCE(op->stuck) || kthread_should_stop(), HZ))
		prune(op);
}

static void run_safepoint(struct operation *op)
{
	u32 cause;

	while (!kthread_should_stop() && !READ_ONCE(op->switched)) {
		prune(op);
		cause = wait_for_cause(op);
		if (!cause)
			continue;
		/* A zero and a deadline are worth a stop in any case. */
		if ((cause == SPOTOS_BY_CHECK || cause == SPOTOS_BY_WAKE) && in_vain(op))
			continue;
		if (attempt_by_worker(op, cause))
			break;
		op->hopeless = false;
		if (cause == SPOTOS_BY_DEADLINE)
			stay_stuck(op);
	}
}

static void pause_until(struct operation *op, u64 then)
{
	while (!past(then) && !kthread_should_stop()) {
		prune(op);
		sleep_until(op, min(then, ktime_get_mono_fast_ns() + NSEC_PER_SEC), 0);
	}
}

/* Ksplice's way: blind attempts, a fixed time apart, each looking at every task. */
static void run_retry(struct operation *op)
{
	u32 left = op->req.attempts;

	while (!kthread_should_stop()) {
		if (attempt_by_worker(op, SPOTOS_BY_RETRY))
			return;
		if (--left) {
			pause_until(op, ktime_get_mono_fast_ns() + op->req.interval_ns);
			continue;
		}
		stay_stuck(op);
		left = op->req.attempts;
	}
}

/*
 * Takes down what arm() set up. The redirection and the module's reference stay while the patch is applied;
 * p->state has been final since the switch, or is put back here.
 */
void worker_finish(struct operation *op)
{
	struct patch_state *p = op->p;
	struct module *mod = p->patch->mod;
	bool live;

	attempt_shut_doors();
	trigger_detach(op->trigger);
	op->trigger = NULL;
	nudge_over();
	door_open();
	record_stop();
	mutex_lock(&registry_lock);
	live = p->live;
	if (!op->switched)
		WRITE_ONCE(p->state, live ? SPOTOS_APPLIED : SPOTOS_LOADED);
	if (!live)
		redirect_unregister(p);
	registry_set_armed(NULL);
	op->finished = true;
	mutex_unlock(&registry_lock);
	if (!op->switched)
		operation_emit(op, SPOTOS_EV_DISARMED);
	/*
	 * One reference for the arming, one for being applied, which an arming to apply hands on. With the last
	 * of them p may go away.
	 */
	if (op->req.direction == SPOTOS_REVERT)
		module_put(mod);
	if (!live)
		module_put(mod);
}

/* The worker's thread. */
int worker_run(void *data)
{
	struct operation *op = data;

	sched_set_fifo(current);
	record_baseline(&op->ranges, op->scratch);
	/* Only now would a safe point be noticed. */
	op->armed_ns = ktime_get_mono_fast_ns();
	op->prune_after_ns = op->armed_ns + PRUNE_NS;
	if (op->req.timeout_ns)
		op->deadline_ns = op->armed_ns + op->req.timeout_ns;
	if (op->req.strategy == SPOTOS_STRATEGY_RETRY) {
		operation_emit(op, SPOTOS_EV_ARMED);
		run_retry(op);
	} else {
		/*
		 * The gate is open before anybody hears that it is armed, so that a zero that comes at once is
		 * noticed; an attempt at it comes after.
		 */
		rt_mutex_lock(&attempt_lock);
		attempt_open_doors(op);
		if (op->trigger)
			trigger_open_gate(op->trigger);
		operation_emit(op, SPOTOS_EV_ARMED);
		rt_mutex_unlock(&attempt_lock);
		run_safepoint(op);
	}
	worker_finish(op);
	return 0;
}
