// SPDX-License-Identifier: GPL-2.0-only
/*
 * An operation, from its arming to its end.
 *
 * arm() prepares everything that may fail, then starts a worker. From then on the operation is the worker's:
 * it makes the attempts, and takes everything down when it has switched or was told to stop. The file that
 * owns the operation stops the worker and waits for it; so an operation's memory is freed only after its
 * worker is gone.
 *
 * Only the attempt that a zero sets off is made by the task that was the last to leave, on its way back to user
 * space, since that saves the time in which the worker would be woken (see door.c). Whoever attempts, or looks at
 * the record, holds attempt_lock.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rtmutex.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "internal.h"

#define MOVING_LOOKS 5
#define MOVING_NS (2 * NSEC_PER_MSEC)
/* In op->kick, beside enum spotos_cause: */
#define ATTEMPTED 31 /* a task at the door has made an attempt */
#define LATE 30      /* it may not have come to the door, or not through */
#define PRUNE_NS (100 * NSEC_PER_MSEC)

static struct operation *armed; /* registry_lock; the one operation under way */

/* With priority inheritance: a task at the door may have less than the worker that waits for it. */
static DEFINE_RT_MUTEX(attempt_lock);
static struct operation *open_to_doors; /* attempt_lock; whose attempts tasks at the door may make */

u32 armed_count(void)
{
	lockdep_assert_held(&registry_lock);
	return armed ? 1 : 0;
}

/* Any context but under a run queue's lock. */
void operation_kick(struct operation *op, unsigned int cause)
{
	set_bit(cause, &op->kick);
	wake_up(&op->wait);
}

/* The task that was to come to the door has not, or is not through. Any context. */
void operation_late(struct operation *op)
{
	operation_kick(op, LATE);
}

static void on_wake_work(struct irq_work *work)
{
	operation_kick(container_of(work, struct operation, wake_work), SPOTOS_BY_WAKE);
}

static void tell(struct operation *op, u32 type)
{
	struct spotos_event ev = {
		.type = type,
		.time_ns = ktime_get_mono_fast_ns(),
		.attempts = op->attempts,
		.safe_points = op->safe_points,
	};

	ev.wait_ns = ev.time_ns - op->armed_ns;
	events_put(op->events, &ev);
}

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
	while (!past(op->not_before_ns) && !past(op->deadline_ns) && !kthread_should_stop())
		sleep_until(op, or_deadline(op, op->not_before_ns), 0);
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
	if (test_and_clear_bit(LATE, &op->kick)) {
		/* Lends a task that is in the middle of its attempt, and has lost its CPU, our priority. */
		rt_mutex_lock(&attempt_lock);
		rt_mutex_unlock(&attempt_lock);
	}
	if (test_and_clear_bit(ATTEMPTED, &op->kick) || kthread_should_stop())
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
static enum look look(struct operation *op)
{
	enum look seen;
	u64 begin;

	sleep_until(op, or_deadline(op, op->look_after_ns), BIT(SPOTOS_BY_TRIGGER) | BIT(ATTEMPTED));
	rt_mutex_lock(&attempt_lock);
	begin = ktime_get_mono_fast_ns();
	seen = record_look(&op->ranges, op->scratch);
	rt_mutex_unlock(&attempt_lock);
	op->look_after_ns = ktime_get_mono_fast_ns();
	op->look_after_ns += (op->look_after_ns - begin) * 20;
	return seen;
}

/*
 * A known holder that runs is given a moment to get out: an attempt just before it does would fail, and the
 * cap would then forbid the one that would have succeeded. One that runs on is likely out, in user space.
 */
static bool in_vain(struct operation *op)
{
	unsigned int patience = MOVING_LOOKS;
	enum look seen;

	while ((seen = look(op)) == LOOK_MOVING && patience-- && !kthread_should_stop()) {
		clear_bit(SPOTOS_BY_WAKE, &op->kick);
		sleep_until(op, or_deadline(op, ktime_get_mono_fast_ns() + MOVING_NS),
			    BIT(SPOTOS_BY_TRIGGER) | BIT(SPOTOS_BY_WAKE) | BIT(ATTEMPTED));
	}
	op->hopeless = seen == LOOK_HELD;
	return op->hopeless || test_bit(ATTEMPTED, &op->kick);
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
	tell(op, SPOTOS_EV_STUCK);
	while (!wait_event_idle_timeout(op->wait, !READ_ONCE(op->stuck) || kthread_should_stop(), HZ))
		prune(op);
}

/* The worker's attempts. Returns whether it, or a task at the door before, has switched. */
static bool attempt_alone(struct operation *op, u32 cause)
{
	bool capped;

	rt_mutex_lock(&attempt_lock);
	/* An attempt at the door may have come before. What the user asked for is not capped. */
	capped = cause != SPOTOS_BY_DEADLINE && cause != SPOTOS_BY_RETRY &&
		 ktime_get_mono_fast_ns() < op->not_before_ns;
	if (!op->switched && !capped) {
		if (record_lost_exiting())
			record_restart(&op->ranges, op->scratch);
		/* A zero that came meanwhile is what it is made at. */
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
 * The attempt that current's leaving set off, where the worker is not about to make it and the cap allows
 * it. In task context; sleeps. Where task_work runs on other ways than the one to user space (execve, KVM),
 * the task may hold locks, but none that stopping the machine needs.
 */
void operation_at_door(void)
{
	struct operation *op;

	if (!rt_mutex_trylock(&attempt_lock))
		return;
	op = open_to_doors;
	if (op && !op->switched && !op->stuck && ktime_get_mono_fast_ns() >= op->not_before_ns &&
	    !record_lost_exiting() && test_and_clear_bit(SPOTOS_BY_TRIGGER, &op->kick)) {
		op->safe_points++;
		WRITE_ONCE(op->attempter, current);
		attempt(op, SPOTOS_BY_TRIGGER);
		WRITE_ONCE(op->attempter, NULL);
		operation_kick(op, ATTEMPTED);
	}
	rt_mutex_unlock(&attempt_lock);
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
		if (attempt_alone(op, cause))
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
		if (attempt_alone(op, SPOTOS_BY_RETRY))
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
static void finish(struct operation *op)
{
	struct patch_state *p = op->p;

	struct module *mod = p->patch->mod;
	bool live;

	rt_mutex_lock(&attempt_lock);
	open_to_doors = NULL;
	rt_mutex_unlock(&attempt_lock);
	trigger_detach(op->trigger);
	op->trigger = NULL;
	door_over();
	record_stop();
	mutex_lock(&registry_lock);
	live = p->live;
	if (!op->switched)
		WRITE_ONCE(p->state, live ? SPOTOS_APPLIED : SPOTOS_LOADED);
	if (!live)
		redirect_unregister(p);
	armed = NULL;
	op->finished = true;
	mutex_unlock(&registry_lock);
	if (!op->switched)
		tell(op, SPOTOS_EV_DISARMED);
	/*
	 * One reference for the arming, one for being applied, which an arming to apply hands on. With the last
	 * of them p may go away.
	 */
	if (op->req.direction == SPOTOS_REVERT)
		module_put(mod);
	if (!live)
		module_put(mod);
}

static int worker(void *data)
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
		tell(op, SPOTOS_EV_ARMED);
		run_retry(op);
	} else {
		/*
		 * The gate is open before anybody hears that it is armed, so that a zero that comes at once is
		 * noticed; an attempt at it comes after.
		 */
		rt_mutex_lock(&attempt_lock);
		open_to_doors = op;
		if (op->trigger)
			trigger_open_gate(op->trigger);
		tell(op, SPOTOS_EV_ARMED);
		rt_mutex_unlock(&attempt_lock);
		run_safepoint(op);
	}
	finish(op);
	return 0;
}

static int check_request(struct spotos_arm *req)
{
	if (strnlen(req->patch, sizeof(req->patch)) == sizeof(req->patch))
		return refuse(req->reason, EINVAL, "the patch's name does not end");
	if (req->direction > SPOTOS_REVERT || req->strategy > SPOTOS_STRATEGY_RETRY || req->reserved)
		return refuse(req->reason, EINVAL, "no such direction or strategy");
	if (!req->attempts)
		req->attempts = 5;
	if (!req->interval_ns)
		req->interval_ns = req->strategy == SPOTOS_STRATEGY_RETRY ? NSEC_PER_SEC
									  : 100 * NSEC_PER_MSEC;
	if (req->attempts > 1000 || req->interval_ns < NSEC_PER_MSEC ||
	    req->interval_ns > 3600ull * NSEC_PER_SEC || req->timeout_ns > 86400ull * NSEC_PER_SEC)
		return refuse(req->reason, EINVAL,
			      "out of range: at most 1000 attempts, 1 ms to 1 h apart, a timeout of 24 h");
	return 0;
}

/* registry_lock held. Finds the patch and sees to it that it may be armed so. */
static int check_state(struct spotos_arm *req, struct patch_state **found)
{
	struct patch_state *p = registry_find(req->patch);
	u32 want = req->direction == SPOTOS_APPLY ? SPOTOS_LOADED : SPOTOS_APPLIED;
	u32 is = req->direction == SPOTOS_APPLY ? SPOTOS_APPLIED : SPOTOS_LOADED;

	if (!p)
		return refuse(req->reason, ENOENT, "no patch %s is loaded", req->patch);
	if (armed)
		return refuse(req->reason, EBUSY,
			      "patch %s is being switched by %s (pid %d); wait for it or abort it there",
			      armed->p->name, armed->owner_comm, armed->owner);
	if (READ_ONCE(p->state) == is)
		return refuse(req->reason, EALREADY, "patch %s is %s already", p->name,
			      is == SPOTOS_APPLIED ? "applied" : "not applied");
	if (READ_ONCE(p->state) != want)
		return refuse(req->reason, EBUSY, "patch %s is armed", p->name);
	*found = p;
	return 0;
}

void operation_free(struct operation *op)
{
	kvfree(op->holders);
	kvfree(op->scratch);
	kvfree(op);
}

static struct operation *operation_new(const struct spotos_arm *req, struct event_queue *events)
{
	struct operation *op = kvzalloc(sizeof(*op), GFP_KERNEL);

	if (!op)
		return NULL;
	op->req = *req;
	op->events = events;
	init_waitqueue_head(&op->wait);
	init_irq_work(&op->wake_work, on_wake_work);
	mutex_init(&op->holders_lock);
	op->holders = kvzalloc(sizeof(*op->holders), GFP_KERNEL);
	op->scratch = kvzalloc(sizeof(*op->scratch), GFP_KERNEL);
	op->number = door_operation();
	op->owner = task_tgid_nr(current);
	get_task_comm(op->owner_comm, current);
	if (!op->holders || !op->scratch) {
		operation_free(op);
		return NULL;
	}
	return op;
}

/* registry_lock held, the patch's module and its redirection are ours already. */
static int start_worker(struct operation *op, char *reason)
{
	struct patch_state *p = op->p;
	struct task_struct *t;
	int err;

	op->trigger = trigger_attach(op, reason);
	if (IS_ERR(op->trigger)) {
		err = PTR_ERR(op->trigger);
		op->trigger = NULL;
		return err;
	}
	err = record_start(op);
	if (err)
		goto detach;
	t = kthread_create(worker, op, "spotos/%s", p->name);
	if (IS_ERR(t)) {
		err = PTR_ERR(t);
		goto stop;
	}
	op->worker = get_task_struct(t);
	WRITE_ONCE(p->state, op->req.direction == SPOTOS_APPLY ? SPOTOS_ARMED_APPLY : SPOTOS_ARMED_REVERT);
	armed = op;
	wake_up_process(t);
	return 0;
stop:
	record_stop();
detach:
	trigger_detach(op->trigger);
	op->trigger = NULL;
	return err;
}

/* registry_lock held. */
static int arm_locked(struct operation *op, char *reason)
{
	bool apply = op->req.direction == SPOTOS_APPLY;
	struct patch_state *p = op->p;
	int err;

	if (!try_module_get(p->patch->mod))
		return refuse(reason, EBUSY, "patch %s is being unloaded", p->name);
	if (apply) {
		err = resolve_patch(p, reason);
		if (err)
			goto put;
		err = redirect_register(p, reason);
		if (err)
			goto put;
	}
	build_ranges(p, op->req.direction, &op->ranges);
	err = start_worker(op, reason);
	if (!err)
		return 0;
	if (apply)
		redirect_unregister(p);
put:
	module_put(p->patch->mod);
	return err;
}

/*
 * Arms as req asks. Sleeps. Returns an operation that the caller owns and ends with disarm() and
 * operation_free(), or an error pointer, with what stands in the way in req->reason.
 */
struct operation *arm(struct spotos_arm *req, struct event_queue *events)
{
	struct operation *op;
	int err;

	err = check_request(req);
	if (err)
		return ERR_PTR(err);
	op = operation_new(req, events);
	if (!op)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&registry_lock);
	err = check_state(req, &op->p);
	if (!err)
		err = arm_locked(op, req->reason);
	mutex_unlock(&registry_lock);
	if (err) {
		operation_free(op);
		return ERR_PTR(err);
	}
	return op;
}

/* Stops the worker and waits for it. -EALREADY: it has switched. Sleeps. */
int disarm(struct operation *op)
{
	if (op->worker) {
		kthread_stop(op->worker);
		put_task_struct(op->worker);
		op->worker = NULL;
		/* A thread that is stopped before it first ran never runs its function. */
		if (!op->finished)
			finish(op);
	}
	return op->switched ? -EALREADY : 0;
}

/* Makes a stuck operation try again for timeout_ns. -EINVAL: it is not stuck. */
int operation_retry(struct operation *op, u64 timeout_ns)
{
	if (timeout_ns > 86400ull * NSEC_PER_SEC || !READ_ONCE(op->stuck))
		return -EINVAL;
	op->deadline_ns = timeout_ns ? ktime_get_mono_fast_ns() + timeout_ns : 0;
	op->not_before_ns = 0;
	clear_bit(SPOTOS_BY_TRIGGER, &op->kick); /* of a zero long ago */
	tell(op, SPOTOS_EV_ARMED);
	/* The worker reads the deadline after it saw that it is no longer stuck. */
	smp_store_release(&op->stuck, false);
	operation_kick(op, SPOTOS_BY_RETRY);
	return 0;
}
