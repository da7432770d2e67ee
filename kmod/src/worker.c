// SPDX-License-Identifier: GPL-2.0-only
/*
 * An operation's worker: waits for moments that are worth an attempt until one has switched, or until disarm()
 * stops it, and takes the operation down.
 */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rtmutex.h>
#include <linux/timekeeping.h>

#include "internal.h"
#include "record.h"

#define MOVING_PEEKS 5
#define MOVING_NS (2 * NSEC_PER_MSEC)
/* From one step of the record's rounds to the next. */
#define ROUND_NS ((u64)100 * NSEC_PER_MSEC)
#define BUSY_ROUND_NS ((u64)20 * NSEC_PER_MSEC)

/*
 * Has the record retire clear tasks, step by step, in at most a twentieth of one CPU. A zero that comes meanwhile
 * gets the lock, and its attempt, between two steps.
 */
static void retire(struct operation *op)
{
	u64 begin = ktime_get_mono_fast_ns(), since = begin, end;
	bool more, busy;

	if (begin < op->round_after_ns)
		return;
	do {
		rt_mutex_lock(&attempt_lock);
		more = record_round();
		busy = record_busy();
		rt_mutex_unlock(&attempt_lock);
		record_rest(&since);
	} while (more && !test_bit(SPOTOS_BY_TRIGGER, &op->kick) && !kthread_should_stop());
	end = ktime_get_mono_fast_ns();
	op->round_after_ns = end + max((end - begin) * 20, busy ? BUSY_ROUND_NS : ROUND_NS);
}

/* Sleeps until then (ktime) at most, or until a bit of mask is kicked or the worker is to stop. */
static void sleep_until(struct operation *op, u64 then, unsigned long mask)
{
	u64 now, next;

	while (!(READ_ONCE(op->kick) & mask) && !kthread_should_stop()) {
		retire(op);
		now = ktime_get_mono_fast_ns();
		if (now >= then)
			return;
		next = min(then, op->round_after_ns);
		swait_event_idle_timeout_exclusive(op->wait,
						   (READ_ONCE(op->kick) & mask) || kthread_should_stop(),
						   nsecs_to_jiffies(next > now ? next - now : 0) + 1);
	}
}

static bool past(u64 then)
{
	return then && ktime_get_mono_fast_ns() >= then;
}

static u64 or_deadline(const struct operation *op, u64 then)
{
	return op->deadline_ns ? min(then, op->deadline_ns) : then;
}

/* Waits while the cap on stopped time allows no attempt, with the gate closed: zeros come too early then. */
static void hold_off(struct operation *op)
{
	if (past(op->not_before_ns) || !op->not_before_ns)
		return;
	if (op->trigger)
		trigger_close_gate(op->trigger);
	clear_bit(SPOTOS_BY_TRIGGER, &op->kick); /* the record need not give way to it */
	sleep_until(op, or_deadline(op, op->not_before_ns), 0);
	clear_bit(SPOTOS_BY_TRIGGER, &op->kick);
}

/* Sleeps until something may be worth an attempt. Returns its cause, or 0: start over. */
static u32 wait_for_cause(struct operation *op)
{
	hold_off(op);
	/* Where all counts are zero already, no zero may come: check at once, but not again and again in vain. */
	if (op->trigger && trigger_open_gate(op->trigger) && !op->hopeless)
		set_bit(SPOTOS_BY_CHECK, &op->kick);
	sleep_until(op, or_deadline(op, ktime_get_mono_fast_ns() + op->req.interval_ns), ~0ul);
	clear_bit(SPOTOS_BY_CHECK, &op->kick);
	clear_bit(SPOTOS_BY_RETRY, &op->kick);
	if (test_and_clear_bit(KICK_LATE, &op->kick)) {
		/* Lends our priority to a task that has lost its CPU in the middle of its attempt. */
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
 * Looks at the record without stopping anything, some tasks at a time and with rests: capped at a twentieth of
 * one CPU, since a busy holder is switched out very often. A trigger ends the wait for the cap, and the look.
 * Only the worker takes tasks out of the record, so attempts may come between two steps.
 */
static enum peek peek(struct operation *op)
{
	const unsigned long enough = BIT(SPOTOS_BY_TRIGGER) | BIT(KICK_ATTEMPTED);
	struct record_cursor at = {};
	u64 begin, since, spent = 0;
	enum peek seen;

	sleep_until(op, or_deadline(op, op->peek_after_ns), enough);
	since = ktime_get_mono_fast_ns();
	do {
		rt_mutex_lock(&attempt_lock);
		begin = ktime_get_mono_fast_ns();
		seen = record_peek(&op->ranges, &at);
		spent += ktime_get_mono_fast_ns() - begin;
		rt_mutex_unlock(&attempt_lock);
		if (seen == PEEK_MORE)
			record_rest(&since);
	} while (seen == PEEK_MORE && !(READ_ONCE(op->kick) & enough) && !past(op->deadline_ns) &&
		 !kthread_should_stop());
	op->peek_after_ns = ktime_get_mono_fast_ns() + spent * 20;
	return seen;
}

/*
 * Returns whether an attempt would fail now, or is not needed. A known holder that runs gets a moment to leave:
 * an attempt just before it leaves would fail, and the cap would then hold up the one that would succeed. A
 * holder that goes on running has probably left, and is in user space.
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
	if (kthread_should_stop() || test_bit(KICK_ATTEMPTED, &op->kick))
		return true;
	/* A look that was broken off says nothing; only a zero is worth an attempt then. */
	return op->hopeless || (seen == PEEK_MORE && !test_bit(SPOTOS_BY_TRIGGER, &op->kick));
}

/* Waits for operation_retry() or the end. */
static void stay_stuck(struct operation *op)
{
	rt_mutex_lock(&attempt_lock);
	if (!op->switched) {
		clear_bit(SPOTOS_BY_RETRY, &op->kick);
		WRITE_ONCE(op->stuck, true);
		if (op->trigger)
			trigger_close_gate(op->trigger);
	}
	rt_mutex_unlock(&attempt_lock);
	if (op->switched)
		return;
	operation_emit(op, SPOTOS_EV_STUCK);
	while (!kthread_should_stop()) {
		/* A zero that came late is for nobody, and would keep the record from being retired. */
		clear_bit(SPOTOS_BY_TRIGGER, &op->kick);
		clear_bit(SPOTOS_BY_RETRY, &op->kick);
		smp_mb__after_atomic(); /* operation_retry() clears op->stuck, and kicks then */
		if (!READ_ONCE(op->stuck))
			return;
		sleep_until(op, ktime_get_mono_fast_ns() + NSEC_PER_SEC, BIT(SPOTOS_BY_RETRY));
	}
}

static void run_safepoint(struct operation *op)
{
	u32 cause;

	while (!kthread_should_stop() && !READ_ONCE(op->switched)) {
		cause = wait_for_cause(op);
		if (!cause)
			continue;
		/* A zero is worth a stop in any case, and a deadline unless that is long and in vain. */
		if ((cause == SPOTOS_BY_CHECK || cause == SPOTOS_BY_WAKE) && in_vain(op))
			continue;
		if (!(cause == SPOTOS_BY_DEADLINE && attempt_in_vain(op)) && attempt_by_worker(op, cause))
			break;
		op->hopeless = false;
		if (cause == SPOTOS_BY_DEADLINE)
			stay_stuck(op);
	}
}

static void pause_until(struct operation *op, u64 then)
{
	while (!past(then) && !kthread_should_stop())
		sleep_until(op, then, 0);
}

/* As Ksplice: makes blind attempts, a fixed time apart, each of which looks at every task. */
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
 * Takes down what arm() set up. The redirection and a reference on the patch's module stay while it is applied.
 * p->state is final since the switch; without a switch it is put back here.
 */
void worker_finish(struct operation *op)
{
	struct patch_state *p = op->p;
	struct module *mod = p->patch->mod;
	bool live;

	attempt_shut_doors();
	nudge_over(); /* first: what follows waits for RCU */
	trigger_detach(op->trigger);
	op->trigger = NULL;
	door_open();
	record_stop();
	mutex_lock(&registry_lock);
	live = p->live;
	if (!op->switched)
		WRITE_ONCE(p->state, live ? SPOTOS_APPLIED : SPOTOS_LOADED);
	if (live) {
		registry_applied(p);
	} else {
		redirect_unregister(p);
		resolve_release(p);
	}
	registry_set_armed(NULL);
	op->finished = true;
	mutex_unlock(&registry_lock);
	if (!op->switched)
		operation_emit(op, SPOTOS_EV_DISARMED);
	/*
	 * There is one reference for the arming and one for being applied; an arming to apply hands its own on.
	 * With the last of them p may go away.
	 */
	if (op->req.direction == SPOTOS_REVERT)
		module_put(mod);
	if (!live)
		module_put(mod);
}

/* The worker's thread. data is the operation. */
int worker_run(void *data)
{
	struct operation *op = data;

	sched_set_fifo(current);
	if (!record_baseline()) {
		worker_finish(op);
		return 0;
	}
	/* From here on a safe point would be noticed. */
	op->armed_ns = ktime_get_mono_fast_ns();
	op->round_after_ns = op->armed_ns + BUSY_ROUND_NS;
	if (op->req.timeout_ns)
		op->deadline_ns = op->armed_ns + op->req.timeout_ns;
	if (op->req.strategy == SPOTOS_STRATEGY_RETRY) {
		operation_emit(op, SPOTOS_EV_ARMED);
		run_retry(op);
	} else {
		/*
		 * The gate opens before the event says that it is armed, so that a zero right after it is
		 * noticed; the lock keeps an attempt at that zero behind the event.
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
