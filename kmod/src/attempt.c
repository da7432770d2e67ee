// SPDX-License-Identifier: GPL-2.0-only
/*
 * An attempt: one stop_machine with an activeness check inside. It switches, or finds holders and changes
 * nothing.
 *
 * The worker makes the attempts, except the one that a zero causes: the task that was the last to leave makes it,
 * on its way back to user space, which saves the time that waking the worker takes (see door.c). Attempts and
 * looks at the record are made under attempt_lock.
 */
#include <linux/cpu.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rtmutex.h>
#include <linux/stop_machine.h>
#include <linux/timekeeping.h>

#include "internal.h"

/* How long the cap on stopped time may hold up the next attempt. */
#define PAUSE_NS (30 * NSEC_PER_SEC)

/* With priority inheritance: a task at the door may have a lower priority than the worker that waits for it. */
DEFINE_RT_MUTEX(attempt_lock);
static struct operation *open_to_doors; /* attempt_lock; tasks at the door may make its attempts */

#ifdef SPOTOS_TEST_BUILD
/* For tests: switches whatever the check finds, to show that a test can see a wrong switch. */
static bool ignore_check;
module_param(ignore_check, bool, 0600);
#else
#define ignore_check false
#endif

struct stop_args {
	struct operation *op;
	bool full;
	bool clear;
	u64 start_ns;
	u64 end_ns;
	u32 walked;
};

/*
 * Runs on one CPU while all others stand with interrupts off. Must not sleep, take a mutex or free a task.
 * Here one store switches all functions for all CPUs: no CPU is between two of the patch's functions, and each
 * passes a barrier on its way out.
 */
static int stopped(void *data)
{
	struct stop_args *a = data;
	struct operation *op = a->op;
	struct patch_state *p = op->p;
	struct holder_list *out = op->scratch;

	a->start_ns = ktime_get_mono_fast_ns();
	out->total = 0;
	out->count = 0;
	a->full = op->req.strategy == SPOTOS_STRATEGY_RETRY || record_wants_all();
	if (a->full)
		a->walked = record_check_all(&op->ranges, out);
	else
		a->walked = record_check(&op->ranges, out);
	a->clear = !out->total && !record_lost_exiting();
	if (a->clear || ignore_check) {
		bool apply = op->req.direction == SPOTOS_APPLY;

		WRITE_ONCE(p->live, apply);
		WRITE_ONCE(p->state, apply ? SPOTOS_APPLIED : SPOTOS_LOADED);
		p->applied_ns = apply ? a->start_ns : 0;
		op->switched = true;
		if (a->clear && op->trigger)
			trigger_proved_clear(op->trigger);
	}
	a->end_ns = ktime_get_mono_fast_ns();
	return 0;
}

/* Makes the holders that were found the ones that SPOTOS_IOC_HOLDERS returns. */
static void publish_holders(struct operation *op)
{
	mutex_lock(&op->holders_lock);
	swap(op->holders, op->scratch);
	mutex_unlock(&op->holders_lock);
}

/* Returns how long no attempt may follow one: attempts may take one part in SPOTOS_STOP_SHARE of the time. */
static u64 pause_after(u64 window_ns, u64 gathering_ns)
{
	return min_t(u64, (window_ns + gathering_ns) * (SPOTOS_STOP_SHARE - 1), PAUSE_NS);
}

/*
 * Whether the attempt at the deadline is known to be in vain and would stop the machine for long. Its holders are
 * published without it then. Sleeps.
 */
bool attempt_in_vain(struct operation *op)
{
	bool vain;

	rt_mutex_lock(&attempt_lock);
	vain = !op->switched && record_in_vain(op->scratch);
	if (vain)
		publish_holders(op);
	rt_mutex_unlock(&attempt_lock);
	return vain;
}

/* attempt_lock held. Sleeps. Returns whether it switched. */
static bool attempt(struct operation *op, u32 cause)
{
	struct stop_args a = { .op = op };
	struct spotos_event ev = {
		.cause = cause,
		.direction = op->req.direction,
		.strategy = op->req.strategy,
	};
	u64 begin, zero_ns = 0;

	if (cause == SPOTOS_BY_TRIGGER)
		zero_ns = trigger_zero_ns(op->trigger);
	/* stop_machine() waits for CPU hotplug, which disturbs nobody. CPUs that wait for the last one stand. */
	cpus_read_lock();
	cpus_read_unlock();
	begin = ktime_get_mono_fast_ns();
	stop_machine(stopped, &a, NULL);
	door_open();

	op->attempts++;
	ev.type = op->switched ? SPOTOS_EV_SWITCHED : SPOTOS_EV_ATTEMPT;
	ev.time_ns = a.start_ns;
	ev.wait_ns = a.start_ns - op->armed_ns;
	ev.window_ns = a.end_ns - a.start_ns;
	ev.stop_ns = a.start_ns - begin;
	if (zero_ns && zero_ns < a.start_ns)
		ev.trigger_ns = a.start_ns - zero_ns;
	ev.attempts = op->attempts;
	ev.safe_points = op->safe_points;
	ev.holders = op->scratch->total;
	ev.walked = a.walked;
	ev.full_walk = a.full;
	if (!op->switched)
		publish_holders(op);
	events_put(op->events, &ev);

	op->not_before_ns = ktime_get_mono_fast_ns() + pause_after(a.end_ns - a.start_ns, a.start_ns - begin);
	return op->switched;
}

/* Makes one of the worker's attempts. Returns whether it, or a task at the door before it, has switched. */
bool attempt_by_worker(struct operation *op, u32 cause)
{
	bool capped;

	rt_mutex_lock(&attempt_lock);
	/* An attempt at the door may have switched before. What the user asked for is not capped. */
	capped = cause != SPOTOS_BY_DEADLINE && cause != SPOTOS_BY_RETRY &&
		 ktime_get_mono_fast_ns() < op->not_before_ns;
	if (!op->switched && !capped && (!record_lost_exiting() || record_restart())) {
		/* If a zero has come meanwhile, the attempt counts as caused by it. */
		if (op->req.strategy == SPOTOS_STRATEGY_SAFEPOINT &&
		    test_and_clear_bit(SPOTOS_BY_TRIGGER, &op->kick)) {
			op->safe_points++;
			cause = SPOTOS_BY_TRIGGER;
		}
		attempt(op, cause);
	}
	rt_mutex_unlock(&attempt_lock);
	return op->switched;
}

/*
 * Makes the attempt that current's leaving caused, unless the worker is about to make it or the cap forbids
 * it. In task context; sleeps. For the locks that current may hold see door.c.
 */
void attempt_at_door(void)
{
	struct operation *op;

	/*
	 * CPU hotplug may be waiting for this very task, as it does where that serves a disk from user space.
	 * Then the worker makes the attempt. Only hotplug that begins right now is not seen.
	 */
	if (!cpus_read_trylock())
		return;
	cpus_read_unlock();
	if (!rt_mutex_trylock(&attempt_lock))
		return;
	op = open_to_doors;
	if (op && !op->switched && !op->stuck && ktime_get_mono_fast_ns() >= op->not_before_ns &&
	    !record_lost_exiting() && test_and_clear_bit(SPOTOS_BY_TRIGGER, &op->kick)) {
		op->safe_points++;
		WRITE_ONCE(op->attempter, current);
		attempt(op, SPOTOS_BY_TRIGGER);
		WRITE_ONCE(op->attempter, NULL);
		operation_kick(op, KICK_ATTEMPTED);
	}
	rt_mutex_unlock(&attempt_lock);
}

/* Lets tasks at the door make op's attempts from now on. attempt_lock held. */
void attempt_open_doors(struct operation *op)
{
	open_to_doors = op;
}

/* Lets no task at the door make an attempt any more. Waits for the one that is being made. */
void attempt_shut_doors(void)
{
	rt_mutex_lock(&attempt_lock);
	open_to_doors = NULL;
	rt_mutex_unlock(&attempt_lock);
}
